"""The contract suite: what every adapter must do, tested through plan and apply.

Subclass it in a test module and say how to get a fresh platform:

    from reconciler.testing.contract import AdapterContract
    from reconciler.testing.platforms import Platform

    class TestMine(AdapterContract):
        adapter = ADAPTER

        @pytest.fixture
        def platform(self, tmp_path):
            with my_server() as server:
                yield Platform(target=Target(...), secrets={"PW": server.password})

Everything else comes from `adapter.supports`: each kind and each field that it declares is written,
read back, changed, taken back and deleted. What is declared and does not work fails; a kind that
leaves a field out of `unheld` claims to hold it. Needs pytest and hypothesis.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar, Literal

import pytest

from reconciler.adapter import Adapter
from reconciler.errors import AdapterError, AuthenticationFailed, Unreachable
from reconciler.kinds import KINDS
from reconciler.kinds.all_traits import TRAITS
from reconciler.model.address import Address
from reconciler.model.change import Adopt, Create, Move, Replace, Update
from reconciler.model.codec import canonical, to_json
from reconciler.model.extent import Extent
from reconciler.model.live import TargetLive
from reconciler.model.ownership import Ownership
from reconciler.model.plan import Plan
from reconciler.model.resource import Resource
from reconciler.model.secret import Clear, Secret
from reconciler.model.target import Target
from reconciler.model.value import UNSET, Value
from reconciler.planning.compare import default_of
from reconciler.planning.held import check_held
from reconciler.planning.planfile import Header, write_plan
from reconciler.testing.platforms import (
    Killed,
    Lab,
    Platform,
    assert_nothing_told,
    differences,
    unused,
)

HEADER = Header("0", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "", "", "", ())

NAMES = (
    "Zoë Müller-Ångström", "日本 太郎", "O'Neill & Söhne (Empfang)", "0042", "true", "null", "1.10",
    "😀 desk", "50% off", "# not a comment", "x" * 255,
)  # fmt: skip
"""Names that formats like to mistake for something else."""


class AdapterContract:
    """What every adapter must do. Subclass it; see the module's docstring."""

    adapter: ClassVar[Adapter]
    scope: ClassVar[Literal["pbx", "site"]] = "pbx"
    """Whether the platform is a PBX or a site's phones."""
    most: ClassVar[int] = 40
    """How many objects of a kind are tried at most."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run the tests that ask for a kind once for each kind that is supported."""
        if "kind" in metafunc.fixturenames:
            kinds = [each for each in self.adapter.supports if TRAITS[each].scope == self.scope]
            metafunc.parametrize("kind", sorted(kinds))

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        """Yield a fresh platform. To be overridden."""
        raise NotImplementedError("say how to get a fresh platform")

    @pytest.fixture
    def lab(self, platform: Platform, tmp_path: Path) -> Lab:
        """Return the platform with a workspace."""
        folder = tmp_path / "workspace"
        folder.mkdir()
        return Lab(self.adapter, platform, folder)

    def objects(self, lab: Lab, kind: str) -> tuple[Resource, ...]:
        """Return what is tried of a kind."""
        found = lab.samples.of(kind, self.most)
        assert found, f"no {kind} at all can be written: {lab.samples.refused}"
        return found

    # What is declared

    def test_what_it_supports_exists(self, kind: str) -> None:
        """Kinds and fields of `supports` are the names that the kinds have."""
        support = self.adapter.supports[kind]
        assert support.kind == kind
        assert TRAITS[kind].scope != "workspace"
        if self.adapter.holds is not None:
            assert TRAITS[kind].scope == self.adapter.holds
        leaves = TRAITS[kind].leaves
        sections = {path.partition(".")[0] for path in leaves}
        for path in {*support.unheld, *support.notes}:
            known = path in leaves or path in sections or path.partition(".")[0] == "settings"
            assert known, f"{kind} has no field {path}"
        for path in {*support.unreadable, *support.immutable, *support.defaults}:
            assert path in leaves, f"{kind} has no field {path}"
        assert support.how, f"it does not say how it holds a {kind}"
        assert all(support.unheld.values()), "every field that is not held needs a reason"

    def test_what_it_does_not_hold_is_said(self, lab: Lab, kind: str) -> None:
        """A declared field that is not held is a finding with a place, before any plan."""
        for path in self.adapter.supports[kind].unheld:
            leaf = next(each for each in TRAITS[kind].leaves if f"{each}.".startswith(path))
            entry = Resource(
                Address(kind, lab.target.scope, "x"), lab.target.id, {leaf: "x"},
                lab.target.origin, 1,
            )  # fmt: skip
            found = check_held(lab.estate([entry]), lab.world.adapters)
            assert [each.code for each in found if each.code == "field-not-held"], path
            assert all(each.at is not None for each in found)

    # Writing and reading

    def test_it_reads_what_it_wrote(self, lab: Lab, kind: str) -> None:
        """Every held field of a kind reads back as it was written, and nothing differs then."""
        objects = self.objects(lab, kind)
        self.assert_all_tried(lab, kind, objects)
        everything = (*lab.samples.pool, *objects)
        lab.apply(everything)
        found = differences(everything, lab.read(), self.adapter)
        assert not found, "\n".join(found)
        again = lab.plan(everything)
        assert again.is_empty, described(again)

    def assert_all_tried(self, lab: Lab, kind: str, objects: Sequence[Resource]) -> None:
        """Fail when a field that is said to be held was refused in every form."""
        tried = {path for each in objects for path, value in each.fields.items() if value}
        tried |= {path.partition(".")[0] for path in tried}
        never = {
            path: sorted(lab.samples.refused[f"{kind}.{path}"])
            for path in lab.samples.held(kind)
            if path not in tried and f"{kind}.{path}" in lab.samples.refused
        }
        assert not never, f"said to be held, and never accepted: {never}"

    def test_names_survive(self, lab: Lab, kind: str) -> None:
        """Unicode, long names, leading zeros and words that formats mistake for values."""
        first, *_ = self.objects(lab, kind)
        if "name" not in TRAITS[kind].leaves or "name" not in lab.samples.held(kind):
            pytest.skip(f"{kind} has no name")
        named = []
        for number, name in enumerate(NAMES):
            key = f"0{number}00" if first.address.key.isdigit() else f"n{number}"
            if kind == "inbound_route":
                key = f"+1603555{number:04}"
            address = Address(kind, lab.target.scope, key)
            fields = {p: v for p, v in first.fields.items() if p not in ("number", "override_code")}
            entry = first._replace(address=address, fields={**fields, "name": name})
            if not self.adapter.check(entry, lab.target):
                named.append(entry)
        assert any("Müller" in each.fields["name"] for each in named), "it refuses plain umlauts"
        everything = (*lab.samples.pool, *named)
        lab.apply(everything)
        found = differences(everything, lab.read(), self.adapter)
        assert not found, "\n".join(found)
        assert lab.plan(everything).is_empty

    def test_a_read_says_whether_it_is_complete(self, lab: Lab) -> None:
        """A platform that answers has read all kinds that were asked for; more is told whole."""
        live = lab.raw()
        assert live.complete == frozenset(self.adapter.supports)
        assert live.target == lab.target.id

        async def some() -> TargetLive:
            async with lab.world.sessions(lab.estate(())) as sessions:
                connection = await sessions.connection(lab.target.id)
                return await connection.read(Extent(frozenset({sorted(self.adapter.supports)[0]})))

        lab.apply(lab.samples.pool)
        one = lab.do(some())
        assert sorted(self.adapter.supports)[0] in one.complete
        assert {each.kind for each in one.objects} <= one.complete

    def test_a_narrowed_read_is_the_whole_read_restricted(self, lab: Lab) -> None:
        """What is asked for is told as a whole read tells it; more may be told, nothing else."""
        kinds = sorted(each for each in self.adapter.supports if TRAITS[each].scope == self.scope)
        pooled = {each.address.kind for each in lab.samples.pool}
        rest = (lab.samples.of(each, 1)[:1] for each in kinds if each not in pooled)
        there = (*lab.samples.pool, *(each for found in rest for each in found))
        lab.apply(there)
        extents = []
        for kind in kinds:
            mine = sorted(each.address for each in there if each.address.kind == kind)
            some = frozenset((*mine[:2], unused(kind, lab.target.scope)))
            extents += [Extent(objects=some), Extent(mentioned=some)]
        whole, *narrowed = lab.reads(*extents)
        for asked, answer in zip(extents, narrowed, strict=True):
            assert {a: whole.objects.get(a) for a in answer.objects} == answer.objects, asked
            complete = {a for a in whole.objects if a.kind in answer.complete}
            assert complete <= answer.objects.keys(), asked
            assert asked.objects & whole.objects.keys() <= answer.objects.keys(), asked
            for address in asked.objects | asked.mentioned:
                assert answer.has(address) is (address in whole.objects), (asked, address)

    # Changing

    def test_an_update_changes_only_what_it_names(self, lab: Lab, kind: str) -> None:
        """Fields that are not declared stay as they are, whoever has set them."""
        objects = self.objects(lab, kind)
        lab.apply((*lab.samples.pool, *objects))
        before = lab.read()
        lab.world.ledger = Ownership()  # as if somebody else had made them
        wish = list(self._one_field_changed(kind, objects, lab.target))
        if not wish:
            pytest.skip(f"no {kind} has a field that could be changed alone")
        planned = lab.apply([*self._bare(lab.samples.pool), *wish])
        after = lab.read()
        named = {
            each.address: {f.path for f in each.fields}
            for each in planned.changes
            if isinstance(each, Update | Replace | Adopt | Move)
        }
        wrong = []
        for address, here in before.objects.items():
            now = after.objects[address].fields if address in after.objects else {}
            for path, value in here.fields.items():
                if path not in named.get(address, set()) and now.get(path) != value:
                    if isinstance(value, Secret) and value.fingerprint is None:
                        continue
                    wrong.append(f"{address} {path}: {value!r} became {now.get(path)!r}")
        assert not wrong, "\n".join(wrong)
        found = differences(wish, after, self.adapter)
        assert not found, "\n".join(found)

    def _bare(self, resources: Iterable[Resource]) -> list[Resource]:
        """Return the objects with only what they must have."""
        found = []
        for each in resources:
            required = {
                name
                for name, info in KINDS[each.address.kind].model_fields.items()
                if info.is_required()
            }
            kept = {p: v for p, v in each.fields.items() if p in required}
            found.append(each._replace(fields=kept))
        return found

    def _one_field_changed(
        self, kind: str, objects: Sequence[Resource], target: Target
    ) -> Iterator[Resource]:
        """Yield each object with one field as another object has it, every field in turn."""
        turn = 0
        support = self.adapter.supports[kind]
        bare = self._bare(objects)
        for number, each in enumerate(objects):
            other = objects[(number + 1) % len(objects)]
            possible = [
                path
                for path, value in other.fields.items()
                if each.fields.get(path, UNSET) != value
                and value is not None
                and path not in support.immutable
                and path not in support.unreadable
                and path not in ("number", "override_code", "mode")
            ]
            if possible:
                path = sorted(possible)[turn % len(possible)]
                turn += 1
                changed = each._replace(
                    fields={**bare[number].fields, path: other.fields[path]},
                    needs=tuple(dict.fromkeys((*each.needs, *other.needs))),
                )
                whole = each._replace(fields={**each.fields, path: other.fields[path]})
                if not (self.adapter.check(changed, target) or self.adapter.check(whole, target)):
                    yield changed

    def test_a_field_that_left_the_files_goes_back_to_its_default(
        self, lab: Lab, kind: str
    ) -> None:
        """What we had set is taken back, and then nothing differs."""
        objects = self.objects(lab, kind)
        lab.apply((*lab.samples.pool, *objects))
        bare = self._bare(objects)
        if kind == "trunk":  # what a trunk must have depends on its mode
            bare = [each._replace(fields={**each.fields, "mode": "ip"}) for each in bare]
        lab.apply((*lab.samples.pool, *bare))
        again = lab.plan((*lab.samples.pool, *bare))
        assert again.is_empty, described(again)
        live = lab.read()
        support = self.adapter.supports[kind]
        wrong = []
        for was, now in zip(objects, bare, strict=True):
            for path in was.fields.keys() - now.fields.keys() - support.unreadable:
                back = live.objects[was.address].fields.get(path)
                if back not in (None, default_of(kind, path, support)):
                    wrong.append(f"{was.address} {path} is still {back!r}")
        assert not wrong, "\n".join(wrong)

    def test_immutable_fields_are_changed_by_a_replacement(self, lab: Lab, kind: str) -> None:
        """A field that needs a new object gets one."""
        immutable = self.adapter.supports[kind].immutable
        objects = self.objects(lab, kind)
        for path in sorted(immutable):
            having = [each for each in objects if each.fields.get(path) is not None]
            values: list[Value] = []
            for each in having:
                if each.fields[path] not in values:
                    values.append(each.fields[path])
            if len(values) > 1:
                first = next(each for each in having if each.fields[path] == values[0])
                other = first._replace(fields={**first.fields, path: values[1]})
                lab.apply((*lab.samples.pool, first))
                planned = lab.apply((*lab.samples.pool, other))
                assert [type(each).__name__ for each in planned.changes] == ["Replace"]
                assert not differences([other], lab.read(), self.adapter)

    # Deleting and leaving alone

    def test_deletes_leave_nothing_behind(self, lab: Lab, kind: str) -> None:
        """After everything is deleted, the platform is as it was."""
        before = set(lab.read().objects)
        lab.apply((*lab.samples.pool, *self.objects(lab, kind)))
        lab.apply(())
        assert set(lab.read().objects) == before
        assert lab.plan(()).is_empty
        left = list(lab.platform.left_behind())
        assert not left, "left behind: " + ", ".join(left)

    def test_what_is_not_ours_survives(self, lab: Lab, kind: str) -> None:
        """Objects of others are the same after ours came and went beside them."""
        objects = self.objects(lab, kind)
        theirs, ours = objects[::2], objects[1::2]
        lab.apply((*lab.samples.pool, *theirs))
        before = lab.read().objects
        lab.world.ledger = Ownership()
        lab.apply(ours)
        lab.apply(())
        after = lab.read().objects
        assert {a: dict(each.fields) for a, each in after.items()} == {
            a: dict(each.fields) for a, each in before.items()
        }

    # Secrets

    def test_secrets_are_never_told(self, lab: Lab, kind: str) -> None:
        """Not by plans, requests, answers, errors or anything that prints."""
        objects = self.objects(lab, kind)
        everything = (*lab.samples.pool, *objects)
        planned = lab.plan(everything)
        told = [write_plan(planned, HEADER, b"k" * 32), repr(planned)]
        lab.apply(everything)
        raw = lab.raw()
        told += [repr(raw), repr(lab.world.ledger), repr(lab.read())]
        told.append(canonical([to_json(each.fields) for each in lab.read().objects.values()]))
        for text in told:
            assert_nothing_told(text, lab.planted.values())
        for address, here in raw.objects.items():
            for path in TRAITS[address.kind].secrets:
                value = here.fields.get(path)
                assert value is None or isinstance(value, (Clear, Secret)), f"{address} {path}"

    def test_requests_are_data_and_always_the_same(self, lab: Lab, kind: str) -> None:
        """`encode` is pure: JSON, the same for the same change, secrets not in it."""
        for each in self.objects(lab, kind):
            change = Create(
                each.address, each.target, each.needs, each.origin, each.line, after=each.fields
            )
            requests = self.adapter.encode(change, lab.target)
            text = json.dumps([[r.verb, to_json(r.args)] for r in requests], sort_keys=True)
            again = self.adapter.encode(change, lab.target)
            assert text == json.dumps([[r.verb, to_json(r.args)] for r in again], sort_keys=True)
            assert_nothing_told(text, lab.planted.values())

    # The world fails

    def test_a_wrong_password_is_said_in_time(self, lab: Lab) -> None:
        """The platform refuses us: that is `AuthenticationFailed`, and soon."""
        self._fails(lab, lab.platform.wrong_password, AuthenticationFailed)

    def test_nobody_there_is_said_in_time(self, lab: Lab) -> None:
        """Nobody answers: that is `Unreachable`, and soon."""
        self._fails(lab, lab.platform.nobody_there, Unreachable)

    def _fails(self, lab: Lab, target: Target | None, expected: type[AdapterError]) -> None:
        if target is None:
            pytest.skip("this platform cannot be broken like that")
        started = monotonic()
        lab.do(lab.world.read(lab.estate((), target)))
        assert monotonic() - started < lab.platform.timeout_s + 60
        assert [type(each) for each in lab.world.failures] == [expected]
        (failure,) = lab.world.failures
        assert isinstance(failure, AdapterError)
        assert failure.target == target.scope
        assert_nothing_told(str(failure), [*lab.planted.values(), *lab.platform.secrets.values()])
        planned = lab.do(lab.world.plan(lab.estate(lab.samples.pool, target)))
        assert planned.is_empty
        assert len(planned.waiting) == len(lab.samples.pool)

    @pytest.mark.parametrize("call", ["intend", "settle"])
    @pytest.mark.parametrize("number", [0, 1, 2])
    def test_an_interrupted_apply_is_continued(self, lab: Lab, call: str, number: int) -> None:
        """Killed before or after anything was sent, the next run finishes, and doubles nothing."""
        everything = lab.samples.pool
        wish = lab.estate(everything)
        lab.world.dies_at = (call, number)

        async def killed() -> None:
            planned = await lab.world.plan(wish)
            await lab.world.apply(planned, wish)

        try:
            lab.do(killed())
        except Killed:
            pass
        else:
            lab.world.dies_at = None
        lab.apply(everything)
        live = lab.read()
        assert not differences(everything, live, self.adapter)
        assert {each.address for each in everything} <= set(live.objects)
        assert set(lab.world.ledger.objects) == {each.address for each in everything}
        assert lab.plan(everything).is_empty


def described(planned: Plan) -> str:
    """Return what a plan would do, as lines."""
    lines = []
    for change in planned.changes:
        fields: Sequence[Any] = getattr(change, "fields", ())
        edits: Sequence[Any] = getattr(change, "edits", ())
        lines.append(f"{type(change).__name__} {change.address}")
        lines += [f"  {f.path}: {f.before!r} -> {f.after!r} ({f.cause})" for f in fields]
        lines += [f"  {each.where}: {each.actual!r} -> {each.expected!r}" for each in edits]
    lines += [f"{each.id}: {each.summary}" for each in planned.commits]
    return "\n".join(lines)
