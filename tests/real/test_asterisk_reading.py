"""What is read with less work says what a read of everything says, whatever was done to the files.

Known answers: what has the same traces is the same. Single objects: as a whole read tells them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from reconciler.adapter import Work
from reconciler.adapters.asterisk import ADAPTER
from reconciler.adapters.asterisk.connection import AsteriskConnection
from reconciler.execution.secrets.fingerprint import Fingerprints
from reconciler.execution.secrets.seal import seal_live
from reconciler.kept.answer import from_text, to_text
from reconciler.model.address import Address
from reconciler.model.change import Create, Update
from reconciler.model.extent import Extent
from reconciler.model.live import TargetLive, Traces
from reconciler.model.secret import Clear
from reconciler.model.step import Request
from reconciler.model.value import Fields
from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk_io import settings_of
from tests.real.test_asterisk_adapter import ABOUT, TARGET, WHOLE, carry_out
from tests.unit.asterisk.estate import office
from tests.unit.asterisk.make import at, shown

Change = Callable[[Path], None]


def edited(pattern: str, old: str, new: str) -> Change:
    """Return a hand edit of every file of ours that holds the text."""

    def change(etc: Path) -> None:
        for file in sorted(etc.glob(pattern)):
            text = file.read_text(encoding="utf-8")
            if old in text:
                file.write_text(text.replace(old, new), encoding="utf-8")

    return change


def moved(family: str, shard: int) -> Change:
    """Return what another number of shards does: sections stand in other files."""

    def change(etc: Path) -> None:
        files = sorted(etc.glob(f"rec_{family}_[0-9][0-9].conf"))
        file = next(each for each in files if "1001" in each.read_text(encoding="utf-8"))
        target = etc / f"rec_{family}_{shard:02}.conf"
        text = target.read_text(encoding="utf-8") if target.exists() else ""
        target.write_text(text + file.read_text(encoding="utf-8"), encoding="utf-8")
        file.write_text("", encoding="utf-8")

    return change


def taken_out(family: str, name: str, main: str | None = None) -> Change:
    """Return the removal of a section, or its way into a hand-written file."""

    def change(etc: Path) -> None:
        for file in sorted(etc.glob(f"rec_{family}_[0-9][0-9].conf")):
            text = file.read_text(encoding="utf-8")
            found = re.search(rf"^\[{name}\][^\[]*", text, re.MULTILINE)
            if found:
                file.write_text(text.replace(found[0], ""), encoding="utf-8")
                if main is not None:
                    by_hand = etc / main
                    by_hand.write_text(f"{found[0]}\n{by_hand.read_text()}", encoding="utf-8")

    return change


def with_phone(number: str) -> Change:
    """Return a hand-written phone."""

    def change(etc: Path) -> None:
        file = etc / "pjsip.conf"
        own = f"[{number}]\ntype = endpoint\naors = {number}\n[{number}]\ntype = aor\n"
        file.write_text(own + file.read_text(encoding="utf-8"), encoding="utf-8")

    return change


CANARY = "canary-Hand-4kPz7Wxd"


def with_password(etc: Path) -> None:
    """Give the hand-written phone a password, and a line of which nobody knows what it is."""
    file = etc / "pjsip.conf"
    text = file.read_text(encoding="utf-8")
    lines = f"aors = 1009\nauth = 1009\nvoicemail_extension = {CANARY}"
    own = f"[1009]\ntype = auth\nusername = 1009\npassword = {CANARY}\n"
    file.write_text(own + text.replace("aors = 1009", lines), encoding="utf-8")


_FEATURES = "[rec-features]"
_STEP = "exten = 1,1,NoOp()"
CHANGES: dict[str, Change] = {
    "nothing": lambda _: None,
    "another ring time": edited("rec_ext_*.conf", ",20", ",35"),
    "another password": edited("rec_pjsip_*.conf", "password = ", "password = x"),
    "another PIN": edited("rec_vm_*.conf", "=> ", "=> 9"),
    "another name": edited("rec_meta_*.conf", "name = ", "surname = "),
    "an endpoint elsewhere": moved("pjsip", 77),
    "a dialplan elsewhere": moved("ext", 78),
    "a meta section elsewhere": moved("meta", 79),
    "no endpoint": taken_out("pjsip", "1002"),
    "an endpoint in the main file": taken_out("pjsip", "1003", "pjsip.conf"),
    "a hand-written phone": with_phone("1009"),
    "another name of the hand-written phone": edited(
        "pjsip.conf", "aors = 1009", "aors = 1009\ncallerid = Eve <1009>"
    ),
    "a hand-written password": with_password,
    "another ring time beside a hand-written password": edited("rec_ext_*.conf", ",35", ",40"),
    "a hand-written phone of the same number": with_phone("1001"),
    "a line in the index": edited("rec_ext_*.conf", _FEATURES, f"{_FEATURES}\n{_STEP}"),
    "a section of nobody's": edited(
        "rec_ext_*.conf", _FEATURES, f"[rec-extension-1001-x]\n{_STEP}\n{_FEATURES}"
    ),
}  # fmt: skip


async def test_less_work_gives_the_same_answer(asterisk: Asterisk) -> None:
    wanted = dict(office())
    wanted[at("trunk/alpha")] = {**wanted[at("trunk/alpha")], "host": "127.0.0.250"}
    made = [Create(address, *ABOUT, after=fields) for address, fields in wanted.items()]
    asked = [at(f"extension/{number}") for number in ("1001", "1002", "1003", "1009", "4711")]
    settings = settings_of(asterisk)
    rng = random.Random(7)
    async with ADAPTER.connect(TARGET, settings, timeout_s=60) as open_all_along:
        await open_all_along.read(WHOLE)
        await carry_out(open_all_along, made, wanted)
        after = await open_all_along.read(WHOLE)
        known = await _fresh(settings)
        assert told(after) == told(known), "who wrote it knows it as who comes later"
        again = await _fresh(settings, after)
        assert (again.as_known, again.pending_reload) == (True, None)
        assert again.traces.in_effect == after.traces.in_effect != {}, "nor is it compared again"
        wrong, recalled, reused, is_told, in_effect = [], 0, 0, False, after
        since, older = TargetLive(TARGET.id), known
        for name, change in CHANGES.items():
            change(asterisk.etc)
            if rng.random() < 0.5:
                asterisk.cli("module reload")
            fresh = await _fresh(settings)
            again = await _fresh(settings, known)
            recalled += again.as_known
            # What was read alone, after a whole answer that is older.
            late = await _fresh(settings, since, older)
            reused += any(late.objects.get(a) is each for a, each in since.objects.items())
            if told(older if late.as_known else late) != told(fresh):
                wrong.append(f"{name}: with what was read alone it was made out otherwise")
            if again.as_known and told(known) != told(fresh):
                wrong.append(f"{name}: it is not as it was known")
            if not again.as_known and told(again) != told(fresh):
                wrong.append(f"{name}: it was made out otherwise")
            # From when all was in effect, however much has changed since.
            later = (await _fresh(settings, in_effect)).pending_reload
            if later != fresh.pending_reload:
                wrong.append(f"{name}: {later} instead of {fresh.pending_reload}")
            is_told = is_told or CANARY in str([each.fields for each in fresh.objects.values()])
            text = to_text(_sealed(known))
            from_file = _sealed(await _fresh(settings, from_text(TARGET.id, text)))
            if not from_file.as_known and from_file.objects != _sealed(fresh).objects:
                wrong.append(f"{name}: with what a file has kept it was made out otherwise")
            if CANARY in text:
                wrong.append(f"{name}: a password in clear is kept")
            if again.pending_reload != fresh.pending_reload:
                wrong.append(f"{name}: {again.pending_reload} instead of {fresh.pending_reload}")
            for extent in (
                Extent(objects=frozenset(asked)),
                *(Extent(objects=frozenset({each})) for each in asked),
                Extent(mentioned=frozenset(asked), objects=frozenset({at("ring_group/600")})),
            ):
                some = await open_all_along.read(extent)
                since = since._replace(
                    objects={**since.objects, **some.objects},
                    traces=Traces(objects={**since.traces.objects, **some.traces.objects}),
                )
                for address in extent.objects | extent.mentioned:
                    if _shown(some, address) != _shown(fresh, address):
                        wrong.append(f"{name}: {address} is told otherwise, asked {extent}")
                    if some.has(address) is not fresh.has(address):
                        wrong.append(f"{name}: {address} is there or not, asked {extent}")
            older, known = known, fresh
            in_effect = fresh if fresh.traces.in_effect and rng.random() < 0.5 else in_effect
    assert wrong == []
    assert is_told, "a line of somebody that is told, and not kept"
    assert recalled >= 1, "an answer is known again where nothing was done"
    assert reused >= 1, "what was read alone is not made out again"


async def _fresh(settings: dict[str, object], *known: TargetLive) -> TargetLive:
    async with ADAPTER.connect(TARGET, settings, timeout_s=60) as connection:
        assert isinstance(connection, AsteriskConnection)
        for each in known:
            connection.recall(each)
        return await connection.read(WHOLE)


def _sealed(live: TargetLive) -> TargetLive:
    return seal_live(live, Fingerprints(b"k" * 32), {})


def told(live: TargetLive) -> object:
    """Return all that is kept of an answer."""
    return {a: _shown(live, a) for a in live.objects}, live.complete, live.edits


def _shown(live: TargetLive, address: object) -> object:
    found = live.objects.get(address)  # type: ignore[call-overload]
    return found and (shown(found.fields), found._replace(fields={}))


async def test_a_single_object_is_read_from_few_files(asterisk: Asterisk) -> None:
    """What others have is not asked for; an apply reads three times around its one write."""
    wanted = {at(f"extension/{1001 + each}"): office()[at("extension/1001")] for each in range(40)}
    wanted = {a: {**fields, "secret": Clear("S3cret-of-" + a.key)} for a, fields in wanted.items()}
    made = [Create(address, *ABOUT, after=fields) for address, fields in wanted.items()]
    async with ADAPTER.connect(TARGET, settings_of(asterisk), timeout_s=60) as connection:
        await carry_out(connection, made, wanted)
        assert isinstance(connection, AsteriskConnection)
        asked: list[str] = []
        configs = connection._session.configs

        async def counted(names: dict[str, str]) -> object:
            asked.extend(names)
            return await configs(names)

        connection._session.configs = counted  # type: ignore[method-assign, assignment]
        live = await connection.read(Extent(objects=frozenset({at("extension/1007")})))
        assert set(live.objects) == {at("extension/1007")}
        assert live.complete == frozenset()
        assert len(asked) < 20
        await _what_comes_meanwhile_is_seen(connection, asterisk, wanted)


async def _what_comes_meanwhile_is_seen(
    connection: AsteriskConnection, asterisk: Asterisk, held: Mapping[Address, Fields]
) -> None:
    """What somebody does to an object between our write and our reload."""
    address = at("extension/1007")
    one = Extent(objects=frozenset({address}))
    fields = {**held[address], "ring_time": 33}
    change = Update(address, *ABOUT, before=held[address], after=fields, fields=())
    await connection.read(one)
    await connection.send([Work("1", address, ADAPTER.encode(change, TARGET))])
    back = await connection.read(one)
    taken_out("pjsip", "1007", "pjsip.conf")(asterisk.etc)
    await connection.commit((Request("reload", {"modules": ["pbx_config.so"]}),), [address])
    verdict, fresh = await connection.read(one), await _fresh(settings_of(asterisk))
    assert back.objects[address].fields["ring_time"] == 33, "what was written is read back"
    assert _shown(verdict, address) == _shown(fresh, address) != _shown(back, address)


async def test_an_asterisk_that_grants_one_login_is_read_by_that_one(
    asterisk_factory: Callable[..., Asterisk],
) -> None:
    asterisk = asterisk_factory(extra={"manager.conf": "[general](+)\nallowmultiplelogin = no\n"})
    wanted = {at("extension/1001"): office()[at("extension/1001")]}
    made = [Create(address, *ABOUT, after=fields) for address, fields in wanted.items()]
    async with ADAPTER.connect(TARGET, settings_of(asterisk), timeout_s=60) as connection:
        await carry_out(connection, made, wanted)
        assert isinstance(connection, AsteriskConnection)
        session = connection._session
        assert await session.beside() is session.ami
    found = await _fresh(settings_of(asterisk))
    assert set(found.objects) == set(wanted)
