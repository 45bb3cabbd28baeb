"""Values of one field as people write them: names, numbers, hours, addresses, secrets."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, get_args

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from pydantic import AfterValidator, BeforeValidator

from reconciler.kinds.entry import Seconds
from reconciler.kinds.hours import show_days, show_time
from reconciler.kinds.hours_text import DaysText, HoursText, WeeklyHours
from reconciler.kinds.ivr import Option
from reconciler.kinds.outbound_route import DialPattern
from reconciler.kinds.parking_lot import Slots
from reconciler.kinds.pbx import NumberRange
from reconciler.kinds.phone_key import KeyTarget
from reconciler.kinds.policy import RailName
from reconciler.kinds.rails import DEFAULT_RAILS
from reconciler.kinds.text import (
    E164,
    Cidr,
    Code,
    Country,
    Dialled,
    Email,
    ExternalNumber,
    FileText,
    Host,
    HostOrNetwork,
    IpAddress,
    IsoDay,
    Mac,
    Percent,
    SettingsMap,
    Sha256,
    Slug,
    TimeOfDay,
    TimeZone,
    Url,
)

_NAMES = (
    "Ada Okafor", "Ben O'Neill-Ångström", 'Zoë "Zed" Müller', "Jürgen Groß", "日本 太郎", "0042",
    "true", "null", "no", "a: b # c", "x=y;z", "{curly}", "<angle> & co", "1.10", "12:30", "~",
    "Ñandú, 2º piso", "- dash", "50%", "back\\slash", "😀 desk", "e\u0301", "ends with dot.",
)  # fmt: skip
_COUNTRIES = ("US", "GB", "DE", "gb")
ZONES = ("America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
TRUE_FALSE = ("true", "false", "yes", "no", "on", "off")


def texts(max_size: int = 40, min_size: int = 0) -> SearchStrategy[str]:
    """Return text on one line as people write names: unicode, quotes, YAML's own words."""
    letters = st.characters(
        exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp"), exclude_characters="{}"
    )
    free = st.text(letters, min_size=min_size, max_size=max(min_size, min(max_size, 40)))
    longest = st.just("ü" * max_size) if max_size < 5000 else st.nothing()
    known = [each for each in _NAMES if min_size <= len(each) <= max_size]
    return st.one_of(st.sampled_from(known), free, longest) if known else st.one_of(free, longest)


def numbers(min_size: int = 1, max_size: int = 20) -> SearchStrategy[str]:
    """Return digits, leading zeros included."""
    return st.text("0123456789", min_size=min_size, max_size=max_size)


def matching(pattern: str) -> SearchStrategy[str]:
    """Return text that a pattern matches as a whole."""
    return st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)


@st.composite
def _macs(draw: DrawFn) -> str:
    digits = draw(st.text("0123456789abcdefABCDEF", min_size=12, max_size=12))
    form = draw(st.sampled_from((("", 12), (":", 2), ("-", 2), (".", 4))))
    return form[0].join(digits[at : at + form[1]] for at in range(0, 12, form[1]))


@st.composite
def _hours(draw: DrawFn, days: frozenset[int] | None = None) -> str:
    start = draw(st.integers(0, 1438))
    end = draw(st.integers(start + 1, 1440))
    chosen = days or draw(st.frozensets(st.integers(0, 6), min_size=1))
    return f"{show_days(chosen)} {show_time(start)}-{show_time(end)}"


@st.composite
def _weeks(draw: DrawFn) -> list[str]:
    """Return hours that do not overlap: each of them has days of its own."""
    days = list(draw(st.permutations(range(7))))
    cut = draw(st.integers(1, 6))
    groups = (days[:cut], days[cut:])[: draw(st.integers(1, 2))]
    return [draw(_hours(frozenset(group))) for group in groups]


@st.composite
def _day_ranges(draw: DrawFn) -> str:
    day = draw(st.dates(date(2024, 1, 1), date(2030, 12, 31)))
    text = day.isoformat()
    form = draw(st.sampled_from(("day", "range", "part")))
    if form == "range":
        return f"{text}..{max(day, draw(st.dates(day, date(2031, 1, 31)))).isoformat()}"
    return f"{text} 13:00-24:00" if form == "part" else text


@st.composite
def _slots(draw: DrawFn) -> str:
    first = draw(st.integers(0, 99_000))
    return f"{first}-{first + draw(st.integers(0, 99))}"


@st.composite
def _number_ranges(draw: DrawFn) -> str:
    first = draw(st.integers(100, 900))
    return f"{first}-{draw(st.integers(first, 999))}"


_HOSTS = st.one_of(
    st.sampled_from(
        ("sip.example.com", "192.0.2.7", "2001:db8::7", "pbx", "xn--mller-kva.example")
    ),
    matching(r"[a-z][a-z0-9-]{0,20}[a-z0-9]\.example\.net"),
)
_CIDRS = st.sampled_from(("10.20.0.0/24", "192.0.2.7", "2001:db8::/64", "198.51.100.7/32"))


def check_of(alias: Any) -> Callable[..., Any]:
    """Return the function by which a type of text is known among a field's marks."""
    marks = [
        each for each in get_args(alias)[1:] if isinstance(each, (AfterValidator, BeforeValidator))
    ]
    return marks[0].func


BY_CHECK: Mapping[Callable[..., Any], SearchStrategy[Any]] = {
    check_of(E164): matching(r"\+[0-9]{2,15}"),
    check_of(Cidr): _CIDRS,
    check_of(Code): matching(r"[*#]?[0-9]{1,10}"),
    check_of(Country): st.sampled_from(_COUNTRIES),
    check_of(Dialled): matching(r"\+?[0-9*#]{1,32}"),
    check_of(Email): st.sampled_from(
        ("a.okafor@example.com", "o'neill+pbx@example.org", "jürgen@xn--mller-kva.example")
    ),
    check_of(ExternalNumber): matching(r"\+?[0-9]{2,20}"),
    check_of(FileText): st.sampled_from(("custom/closed", "de/willkommen", "Ansage ä", "b.wav")),
    check_of(Host): _HOSTS,
    check_of(HostOrNetwork): st.one_of(_HOSTS, _CIDRS),
    check_of(IpAddress): st.sampled_from(("192.0.2.7", "2001:db8::7", "239.1.2.3")),
    check_of(IsoDay): st.dates(date(2020, 1, 1), date(2035, 12, 31)).map(
        lambda day: day.isoformat()
    ),
    check_of(Mac): _macs(),
    check_of(Percent): st.one_of(
        st.integers(0, 100).map(lambda n: f"{n}%"), st.sampled_from(("2.5%", "0", "100 %"))
    ),
    check_of(Sha256): matching(r"[0-9a-fA-F]{64}"),
    check_of(Slug): matching(r"[a-z][a-z0-9_-]{0,20}"),
    check_of(TimeOfDay): matching(r"([01][0-9]|2[0-3]):[0-5][0-9]"),
    check_of(TimeZone): st.sampled_from(ZONES),
    check_of(Url): st.sampled_from(("https://example.com", "https://h.example.net:8443/p?x=1")),
    check_of(HoursText): st.one_of(_hours(), st.sampled_from(("24/7", "Fri 22:00-06:00"))),
    check_of(WeeklyHours): _weeks(),
    check_of(DaysText): _day_ranges(),
    check_of(Option): matching(r"[0-9*#]{1,10}"),
    check_of(DialPattern): matching(r"_?\+?([0-9XZN]|\[1-5\]){1,12}[.!]?"),
    check_of(Slots): _slots(),
    check_of(NumberRange): _number_ranges(),
    check_of(RailName): st.sampled_from(sorted(DEFAULT_RAILS)),
}
SECONDS, TARGET = check_of(Seconds), check_of(KeyTarget)
SETTINGS = check_of(get_args(get_args(SettingsMap)[0])[0])


def secrets() -> SearchStrategy[dict[str, str]]:
    """Return secrets by reference."""
    references = st.sampled_from(("generated", "store:ext-1002", "env:SIP_SECRET", "file:/run/s"))
    return references.map(lambda reference: {"secret": reference})


def settings_maps() -> SearchStrategy[dict[str, str | None]]:
    """Return settings in a platform's own words."""
    names = st.sampled_from(("allow_transfer", "account.1.label", "P270", "rtp_timeout", "x-ü"))
    return st.dictionaries(names, st.one_of(texts(60), st.none()), max_size=3)
