"""Law of what is settled: what is not compared again would be found to be as it should be."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.adapters import ADAPTERS
from reconciler.kept.settled import FILE
from reconciler.model.address import Address
from reconciler.model.plan import Plan
from reconciler.planning.planfile import digest
from reconciler.workflow.carry_out import carry_out
from reconciler.workflow.declare import declare
from reconciler.workflow.propose import header_of, keep_settled, propose
from reconciler.workflow.survey import Survey, survey
from reconciler.workspace import Surroundings, open_sessions, open_stores
from tests.laws.test_kept import NOON, exactly

HEAD = "apiVersion: reconciler/v1\n"
INVENTORY = f"""{HEAD}
workspace: {{name: office}}
pbxs: {{office: {{adapter: memory, file: pbx.json}}}}
sites:
  london: {{timezone: Europe/London, country: GB, pbx: office,
           phones: {{adapter: memory, file: phones.json}}}}
"""


def people(first: int) -> str:
    keys = range(first, first + 3)
    return f"{HEAD}pbx: office\nsite: london\nextensions:\n" + "".join(
        f'  "{key}": {{name: Ada {key}, secret: {{secret: "env:E{key}"}}, ring_time: 20}}\n'
        for key in keys
    ) + "phones:\n" + "".join(
        f'  p{key}: {{mac: "80:5e:c0:f0:{key // 100}:{key % 100:02}", vendor: yealink, '
        f'model: T43U, lines: ["{key}"]}}\n'
        for key in keys
    )  # fmt: skip


class Office:
    """A workspace on disk, with two platforms."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {
            f"E{key}": f"a-Secret-of-{key}" for key in (*range(1001, 1004), *range(2001, 2004))
        }
        (folder / "inventory.yaml").write_text(INVENTORY)
        (folder / "a.yaml").write_text(people(1001))
        (folder / "b.yaml").write_text(people(2001))

    def around(self, *, cached: bool = True) -> Surroundings:
        return Surroundings(
            self.folder, self.folder / ".reconciler", self.environ, lambda: NOON, "tester",
            adapters=ADAPTERS, use_cache=cached,
        )  # fmt: skip

    def plan(self, *, cached: bool = True, apply: bool = False) -> tuple[Plan, Survey]:
        at = self.around(cached=cached)

        async def go() -> tuple[Plan, Survey]:
            files = declare([Path()], at)
            declared = files.value
            assert not files.has_errors
            with open_stores(at, declared.desired) as stores:
                async with open_sessions(declared.desired, stores, at) as sessions:
                    found = (await survey(declared, stores, sessions, at)).value
                    planned = propose(found, declared, at)
                    keep_settled(planned, found)
                    if apply:
                        header = header_of(declared, at)
                        await carry_out(
                            planned, header, found, stores, sessions, at, command="apply"
                        )
                    return planned, found

        return asyncio.run(go())

    def disown(self, address: Address) -> None:
        at = self.around()
        with open_stores(at, declare([Path()], at).value.desired) as stores:
            stores.journal.change_ownership("forget", "ada", disowned=[address])

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        path.write_text(path.read_text().replace(old, new))

    def edit_platform(self, kind: str, key: str, **fields: Any) -> None:
        path = self.folder / ("phones.json" if kind == "phone" else "pbx.json")
        held = json.loads(path.read_text())
        if fields:
            held.get(kind, {}).get(key, {}).update(fields)
        else:
            held.get(kind, {}).pop(key, None)
        path.write_text(json.dumps(held))


@contextmanager
def an_office() -> Iterator[Office]:
    with tempfile.TemporaryDirectory() as name:
        office = Office(Path(name))
        office.plan(apply=True)
        office.plan()
        yield office


DEEDS = {
    "nothing": lambda office: None,
    "a field": lambda office: office.edit("a.yaml", "Ada 1001", "Ben"),
    "it back": lambda office: office.edit("a.yaml", "Ben", "Ada 1001"),
    "a line": lambda office: office.edit("b.yaml", "pbx:", "# new\npbx:"),
    "another model": lambda office: office.edit("b.yaml", "T43U", "T46U"),
    "a field that is left alone": lambda office: office.edit(
        "a.yaml", "Ada 1002,", "Ada 1002, ignore: [ring_time],"
    ),
    "the inventory": lambda office: office.edit("inventory.yaml", "GB", "US"),
    "a secret": lambda office: office.environ.update(E1001="another-Secret"),
    "the secret back": lambda office: office.environ.update(E1001="a-Secret-of-1001"),
    "a weak one": lambda office: office.environ.update(E2002="password"),
    "by hand": lambda office: office.edit_platform("extension", "1002", ring_time=59),
    "by hand, back": lambda office: office.edit_platform("extension", "1002", ring_time=20),
    "another password": lambda office: office.edit_platform("extension", "2001", secret="theirs"),
    "other hardware": lambda office: office.edit_platform("phone", "p1001", mac="805ec0f00999"),
    "deleted": lambda office: office.edit_platform("extension", "2003"),
    "not ours": lambda office: office.disown(Address("extension", "office", "1003")),
    "applied": lambda office: office.plan(apply=True),
}  # fmt: skip


@settings(max_examples=25)
@given(st.lists(st.sampled_from(sorted(DEEDS)), min_size=1, max_size=5))
def test_what_is_not_compared_again_is_as_it_should_be(deeds: list[str]) -> None:
    with an_office() as office:
        for deed in deeds:
            DEEDS[deed](office)
            known, seen = office.plan()
            fresh, survey_ = office.plan(cached=False)
            assert survey_.settled == frozenset()
            assert exactly(seen.desired.resources) == exactly(survey_.desired.resources)
            assert seen.weak == survey_.weak
            assert known.matching == fresh.matching
            assert digest(known) == digest(fresh)


A, B = range(1001, 1004), range(2001, 2004)


@pytest.mark.parametrize(
    ("deed", "settled"),
    [
        ("nothing", (*A, *B)),
        ("a field", B),
        ("a secret", B),
        ("a line", A),
        ("the inventory", ()),
        ("by hand", ()),
        ("other hardware", ()),
        ("not ours", ()),
    ],
)
def test_only_what_is_as_it_was_is_not_compared_again(deed: str, settled: tuple[int, ...]) -> None:
    with an_office() as office:
        DEEDS[deed](office)
        _, found = office.plan()
        keys = {each.key for each in found.settled}
        assert keys == {f"{prefix}{each}" for each in settled for prefix in ("", "p")}


def test_what_differs_is_compared_each_time() -> None:
    with an_office() as office:
        office.edit("a.yaml", "Ada 1001", "Ben")
        for _ in range(2):
            planned, found = office.plan()
            assert [each.address.key for each in planned.changes] == ["1001"]
            assert all(each.key.lstrip("p") >= "2001" for each in found.settled)


def test_what_others_wrote_into_the_cache_counts_for_nothing() -> None:
    with an_office() as office:
        file = office.folder / ".reconciler/cache" / FILE
        office.edit("a.yaml", "Ada 1001", "Ben")
        office.plan()
        signed = file.read_text()
        _, _, body = signed.partition("\n")
        rest, ledger, files, sealed = json.loads(body)
        at = office.around()
        trace = declare([Path()], at).value.traces["a.yaml"]
        files["a.yaml"] = [trace, files["b.yaml"][1]]
        for forged in (
            signed.replace(body, json.dumps([rest, ledger, files, sealed])),
            "",
            "\n",
            signed[1:],
        ):
            file.write_text(forged)
            planned, found = office.plan()
            assert found.settled == frozenset()
            assert not planned.is_empty
