"""Whether the PBX's host knows time zones: without its zone files every one is UTC, unsaid.

Asterisk takes them from its host (tzdata), which a container often has not. Seen on 22.10: an
unknown zone is +0000, without a word.
"""

import asyncio
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from reconciler.adapter import Finding
from reconciler.adapters.asterisk.session import Session
from reconciler.adapters.asterisk.writing import Piece
from reconciler.errors import PermissionMissing, Refused

_MOMENT: Final = datetime(2026, 6, 15, 8, tzinfo=UTC)
"""A fixed one, so that nobody's clock matters."""
_OFFSETS: Final = {"Asia/Tokyo": "+0900", "America/New_York": "-0400"}
_FIX: Final = "apt install tzdata   # on the PBX's host, or in its container; then restart Asterisk"

_ZONE: Final = re.compile(r"STRFTIME\(\$\{REC_AT\},([^,]+),")
_HALF_A_YEAR: Final = timedelta(days=182)


async def examine_zones(session: Session, declared: Collection[str]) -> list[Finding]:
    """Ask what time it is elsewhere: in two zones far apart, and in those that are declared."""
    told = {zone: await _offset(session, zone, _MOMENT) for zone in _OFFSETS}
    if None in told.values():
        return []  # missing rights are told already
    wrong = [
        f"{zone} is {told[zone] or 'nothing'} in June instead of {usual}"
        for zone, usual in _OFFSETS.items()
        if told[zone] != usual
    ]
    wrong += (await _other_zones(session, sorted({*declared} - _OFFSETS.keys()))).values()
    if not wrong:
        also = f", {', '.join(sorted(declared))} too" if declared else ""
        return [Finding("time zones", "ok", f"known{also}")]
    detail = f"opening hours would be judged by a wrong clock: {', '.join(wrong)}"
    return [Finding("time zones", "warning", detail, _FIX)]


async def refuse_other_zones(session: Session, pieces: Iterable[Piece]) -> None:
    """Let no schedule through that would go by the clock of another zone: its piece fails.

    Looked at today and half a year on. Of a login that may not ask nothing is known, nor said.
    Raises what `Ami.send` raises for a connection.
    """
    of_piece = [(piece, _zones_in(piece)) for piece in pieces if piece.error is None]
    told = await _other_zones(session, {zone for _, zones in of_piece for zone in zones})
    for piece, zones in of_piece:
        said = [told[zone] for zone in sorted(zones) if zone in told]
        if said:
            piece.error = f"its opening hours would be judged by a wrong clock: {said[0]}. {_FIX}"


def _zones_in(piece: Piece) -> set[str]:
    return {
        zone
        for wish in piece.wishes
        for key, lines in wish.wanted.items()
        if key.family == "ext"
        for _, value in lines or ()
        for zone in _ZONE.findall(str(value))
    }


async def _other_zones(session: Session, zones: Collection[str]) -> Mapping[str, str]:
    now = datetime.now(UTC)
    asked = [(zone, at) for zone in zones for at in (now + _HALF_A_YEAR, now)]
    told = await asyncio.gather(*(_offset(session, *each) for each in asked))
    found: dict[str, str] = {}
    for (zone, at), there in zip(asked, told, strict=True):
        here = f"{at.astimezone(ZoneInfo(zone)):%z}"
        if there and there != here:
            found[zone] = f"{zone} is {there} there on {at:%Y-%m-%d} instead of {here}"
    return found


async def _offset(session: Session, zone: str, at: datetime) -> str | None:
    """Return a zone's distance from UTC on the PBX (+0100); None of a login that may not ask."""
    variable = f"STRFTIME({int(at.timestamp())},{zone},%z)"
    try:
        answer = await session.ask("Getvar", [("Variable", variable)], doing="asking for time")
    except (PermissionMissing, Refused):
        return None
    return answer.get("Value") or ""
