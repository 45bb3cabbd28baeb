"""The whole adapter against a real server: what is declared is written, proved, read back, gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.adapter import Connection, Work
from reconciler.adapters.asterisk import ADAPTER
from reconciler.diagnostics.place import Place
from reconciler.model.address import Address
from reconciler.model.change import Change, Create, Delete, Update
from reconciler.model.extent import Extent
from reconciler.model.live import TargetLive
from reconciler.model.secret import Clear, Secret
from reconciler.model.target import Target
from reconciler.model.value import Fields
from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk_io import settings_of
from tests.unit.asterisk.estate import office
from tests.unit.asterisk.make import SCOPE, at, shown

TARGET = Target(f"pbx/{SCOPE}", SCOPE, "asterisk", {"country": "US"}, Place("i.yaml", 0, ()), 1)
ABOUT: Any = (TARGET.id, (), None, 1)
KINDS = frozenset(ADAPTER.supports)
WHOLE = Extent(KINDS)


async def carry_out(
    connection: Connection, changes: Sequence[Change], after: dict[Address, Fields]
) -> TargetLive:
    """Send the changes and commit them; return what the PBX holds then."""
    work = [Work(str(x.address), x.address, ADAPTER.encode(x, TARGET)) for x in changes]
    assert [each.error for each in await connection.send(work) if each.error] == []
    end = ADAPTER.finish(changes, after, (), TARGET)
    assert end is not None
    done = await connection.commit(end.requests, [each.address for each in changes])
    assert done.rejected == {}
    live = await connection.read(WHOLE)
    assert live.pending_reload is None
    assert live.edits == ()
    assert [each for each in live.objects.values() if each.edits] == []
    return live


def as_planned(fields: Fields) -> Fields:
    """Return fields as a plan knows them: secrets by fingerprint."""
    return {
        path: Secret(None, f"fp {path}") if isinstance(value, Clear) else value
        for path, value in fields.items()
    }


async def test_an_office_comes_changes_and_goes(asterisk: Asterisk) -> None:
    wanted: dict[Address, Fields] = dict(office())
    wanted[at("trunk/alpha")] = {**wanted[at("trunk/alpha")], "host": "127.0.0.250"}
    async with ADAPTER.connect(TARGET, settings_of(asterisk), timeout_s=60) as connection:
        made = [Create(address, *ABOUT, after=fields) for address, fields in wanted.items()]
        live = await carry_out(connection, made, wanted)
        found = {address: shown(each.fields) for address, each in live.objects.items()}
        assert found == {address: shown(fields) for address, fields in wanted.items()}

        before = as_planned(wanted[at("extension/1001")])
        after = {**before, "name": "Renamed; [x]"}
        change = Update(at("extension/1001"), *ABOUT, before, after, fields=())
        live = await carry_out(connection, [change], {**wanted, change.address: after})
        now = shown(live.objects[change.address].fields)
        assert now == {**shown(wanted[change.address]), "name": "Renamed; [x]"}

        gone = [
            Delete(address, *ABOUT, before=as_planned(each.fields))
            for address, each in live.objects.items()
        ]
        assert (await carry_out(connection, gone, {})).objects == {}
    assert "rec-" not in asterisk.cli("dialplan show")
    assert "1001" not in asterisk.cli("pjsip show endpoints")


async def test_hand_edits_are_seen_through_the_wire(asterisk: Asterisk) -> None:
    wanted: dict[Address, Fields] = {at("extension/1001"): office()[at("extension/1001")]}
    made = [Create(address, *ABOUT, after=fields) for address, fields in wanted.items()]
    async with ADAPTER.connect(TARGET, settings_of(asterisk), timeout_s=60) as connection:
        await carry_out(connection, made, wanted)
        for file in asterisk.etc.glob("rec_*.conf"):
            text = file.read_text(encoding="utf-8")
            text = text.replace("g722,alaw", "ulaw").replace(
                "direct_media = no", "direct_media = yes"
            )
            file.write_text(text, encoding="utf-8")
        live = (await connection.read(WHOLE)).objects[at("extension/1001")]
    assert live.fields["codecs"] == ["ulaw"]
    assert [(each.expected, each.actual) for each in live.edits] == [
        ("direct_media = no", "direct_media = yes")
    ]


async def test_hand_written_phones_are_seen_and_locked(asterisk: Asterisk) -> None:
    pjsip = asterisk.etc / "pjsip.conf"
    own = (
        '[1007]\ntype = endpoint\nauth = 1007\naors = 1007\ncallerid = "Alice" <1007>\n'
        "[1007]\ntype = auth\nusername = 1007\npassword = by-hand\n"
        "[1007]\ntype = aor\nmax_contacts = 2\n"
    )
    pjsip.write_text(own + pjsip.read_text())
    asterisk.cli("module reload res_pjsip.so")
    async with ADAPTER.connect(TARGET, settings_of(asterisk), timeout_s=60) as connection:
        found = (await connection.read(WHOLE)).objects[at("extension/1007")]
    assert found.locked
    assert "pjsip.conf" in found.locked
    assert {path: shown(found.fields)[path] for path in ("name", "secret", "max_contacts")} == {
        "name": "Alice", "secret": "by-hand", "max_contacts": 2,
    }  # fmt: skip
