"""Whether the PBX's host knows time zones: without its zone files every zone is UTC, unsaid."""

from typing import Final

from reconciler.adapter import Finding
from reconciler.adapters.asterisk.session import Session
from reconciler.errors import PermissionMissing, Refused

_MOMENT: Final = 1781510400
"""15 June 2026, 08:00 UTC: a fixed one, so that nobody's clock matters."""
_OFFSETS: Final = {"Asia/Tokyo": "+0900", "America/New_York": "-0400"}


async def examine_zones(session: Session) -> list[Finding]:
    """Ask what time it is elsewhere. Seen on 22.10: an unknown zone is +0000, without a word."""
    told: dict[str, str] = {}
    try:
        for zone in _OFFSETS:
            variable = f"STRFTIME({_MOMENT},{zone},%z)"
            answer = await session.ask("Getvar", [("Variable", variable)], doing="asking for time")
            told[zone] = answer.get("Value")
    except (PermissionMissing, Refused):
        return []  # missing rights are told already
    if told == _OFFSETS:
        return [Finding("time zones", "ok", "known")]
    wrong = ", ".join(f"{zone} is {told[zone] or 'nothing'}" for zone in _OFFSETS)
    return [
        Finding(
            "time zones",
            "warning",
            f"opening hours would be judged by a wrong clock: {wrong} in June",
            "apt install tzdata   # on the PBX's host, or in its container; then restart Asterisk",
        )
    ]
