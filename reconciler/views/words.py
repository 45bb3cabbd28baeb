"""Numbers, times and counts as people say them. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo

from reconciler.model.address import Address
from reconciler.planning.impact import names
from reconciler.planning.impact.names import kind_words


def count(number: int, one: str, many: str | None = None) -> str:
    """Return `1 object`, `12 objects`, `20,000 objects`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def kinds(addresses: Iterable[Address]) -> str:
    """Return `7 extensions, 1 trunk`: the most frequent kind first."""
    counted = Counter(each.kind for each in addresses)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{number:,} {kind_words(kind, number)}" for kind, number in ordered)


def span(seconds: float) -> str:
    """Return a time span with its unit: `under 0.1 s`, `52 s`, `1 min 1 s`, `3 days`."""
    if 0 < seconds < 0.05:
        return "under 0.1 s"
    if seconds < 9.95:
        return f"{seconds:.1f} s" if seconds % 1 else f"{seconds:.0f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole, 60, "min", "s")
    if whole < 86400:
        return _two(whole // 60, 60, "h", "min")
    return count(whole // 86400, "day")


def _two(value: int, base: int, unit: str, below: str) -> str:
    first, rest = divmod(value, base)
    return f"{first} {unit} {rest} {below}" if rest else f"{first} {unit}"


def moment(iso: str, zone: tzinfo = UTC) -> str:
    """Return a time in the zone, which it names: `2026-11-22 22:00 UTC`; other texts as is."""
    found = _parsed(iso)
    return iso if found is None else found.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")


def day(iso: str, zone: tzinfo = UTC) -> str:
    """Return the day of a time in the zone: `2026-11-22`."""
    found = _parsed(iso)
    return iso if found is None else found.astimezone(zone).strftime("%Y-%m-%d")


def _parsed(iso: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def scope_of(target: str) -> str:
    """Return a target's own name: `pbx/ferrybank` is `ferrybank`."""
    return target.partition("/")[2] or target


def short(commit: str) -> str:
    """Return a commit's first seven digits; other words as they are."""
    hexadecimal = len(commit) == 40 and not commit.strip("0123456789abcdef")
    return commit[:7] if hexadecimal else commit


def listed(words: Sequence[str], most: int = 8) -> str:
    """Return `a, b and c`, or `a, b, c and 12 more`."""
    return names.listed(words, most)
