"""Strategies: valid entries of every kind, and small estates whose references exist.

Made from the kinds' own declarations, so a new field or kind is covered at once. All values come
as the loader gives them: scalars as text, `null` as None. For property tests and contract suites;
needs hypothesis.

    @given(entries("ring_group"))                 one entry, references into `SAMPLE_POOL`
    @given(estates())                             documents of an estate, ready for YAML
    @given(estates(kinds={"extension"}))          only what an adapter holds
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from types import UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MinLen
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic.fields import FieldInfo

from reconciler.kinds import KINDS
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.destination import DESTINATION_KINDS
from reconciler.kinds.dial_pattern import shortest
from reconciler.kinds.entry import META_FIELDS, Entry, Part, Seconds, ShortPart, leaf_paths
from reconciler.kinds.hours import show_days, show_time
from reconciler.kinds.hours_text import DaysText, HoursText, WeeklyHours
from reconciler.kinds.ivr import Option
from reconciler.kinds.marks import DestinationMark, Reference
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
    Line,
    Mac,
    Percent,
    SettingsMap,
    Sha256,
    Slug,
    TimeOfDay,
    TimeZone,
    Url,
)
from reconciler.model.secret import Secret

Raw: TypeAlias = dict[str, Any]
"""An entry or document as the loader gives it."""

Without: TypeAlias = Mapping[str, Collection[str]]
"""Fields to leave out, by kind: dotted paths or their beginnings (what an adapter cannot hold)."""


@dataclass(frozen=True, eq=False, slots=True)
class Pool:
    """Objects that may be referred to: their keys by kind."""

    keys: Mapping[str, tuple[str, ...]]

    def of(self, kinds: Iterable[str]) -> tuple[str, ...]:
        """Return the keys of all objects of these kinds."""
        return tuple(key for kind in kinds for key in self.keys.get(kind, ()))

    def destinations(self) -> tuple[str, ...]:
        """Return everything that a destination may name."""
        kinds = [kind for kind in DESTINATION_KINDS if kind not in ("voicemail", "external")]
        return (
            *(f"{kind}/{key}" for kind in kinds for key in self.keys.get(kind, ())),
            *(f"voicemail/{key}" for key in self.keys.get("extension", ())),
            "external/+441134960100",
            "hangup",
        )


SAMPLE_POOL = Pool(
    {
        "extension": ("1001", "0042", "7"),
        "trunk": ("bandlane", "northwire-2"),
        "ring_group": ("600",),
        "queue": ("700",),
        "ivr": ("main",),
        "schedule": ("hours",),
        "calendar": ("public", "practice"),
        "announcement": ("closed", "welcome"),
        "music": ("calm",),
        "conference": ("800",),
        "paging_group": ("500",),
        "parking_lot": ("70",),
        "day_night": ("night",),
        "template": ("desk",),
        "site": ("fb-main",),
        "pbx": ("ferrybank",),
        "tenant": ("ferrybank-dental",),
    }
)
"""What entries refer to when nothing else is given."""

_NAMES = (
    "Ada Okafor", "Ben O'Neill-Ångström", 'Zoë "Zed" Müller', "Jürgen Groß", "日本 太郎", "0042",
    "true", "null", "no", "a: b # c", "x=y;z", "{curly}", "<angle> & co", "1.10", "12:30", "~",
    "Ñandú, 2º piso", "- dash", "50%", "back\\slash", "😀 desk", "e\u0301", "ends with dot.",
)  # fmt: skip
_COUNTRIES = ("US", "GB", "DE", "gb")
_ZONES = ("America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
_MANY = 12
"""Parts with more fields than this get about a quarter of them, others half."""
_TRUE_FALSE = ("true", "false", "yes", "no", "on", "off")


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


def _from(pattern: str) -> SearchStrategy[str]:
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
    _from(r"[a-z][a-z0-9-]{0,20}[a-z0-9]\.example\.net"),
)
_CIDRS = st.sampled_from(("10.20.0.0/24", "192.0.2.7", "2001:db8::/64", "198.51.100.7/32"))


def _check(alias: Any) -> Callable[..., Any]:
    """Return the function by which a type of text is known among a field's marks."""
    marks = [
        each for each in get_args(alias)[1:] if isinstance(each, (AfterValidator, BeforeValidator))
    ]
    return marks[0].func


_BY_CHECK: Mapping[Callable[..., Any], SearchStrategy[Any]] = {
    _check(E164): _from(r"\+[0-9]{2,15}"),
    _check(Cidr): _CIDRS,
    _check(Code): _from(r"[*#]?[0-9]{1,10}"),
    _check(Country): st.sampled_from(_COUNTRIES),
    _check(Dialled): _from(r"\+?[0-9*#]{1,32}"),
    _check(Email): st.sampled_from(
        ("a.okafor@example.com", "o'neill+pbx@example.org", "jürgen@xn--mller-kva.example")
    ),
    _check(ExternalNumber): _from(r"\+?[0-9]{2,20}"),
    _check(FileText): st.sampled_from(("custom/closed", "de/willkommen", "Ansage ä", "b.wav")),
    _check(Host): _HOSTS,
    _check(HostOrNetwork): st.one_of(_HOSTS, _CIDRS),
    _check(IpAddress): st.sampled_from(("192.0.2.7", "2001:db8::7", "239.1.2.3")),
    _check(IsoDay): st.dates(date(2020, 1, 1), date(2035, 12, 31)).map(lambda day: day.isoformat()),
    _check(Mac): _macs(),
    _check(Percent): st.one_of(
        st.integers(0, 100).map(lambda n: f"{n}%"), st.sampled_from(("2.5%", "0", "100 %"))
    ),
    _check(Sha256): _from(r"[0-9a-fA-F]{64}"),
    _check(Slug): _from(r"[a-z][a-z0-9_-]{0,20}"),
    _check(TimeOfDay): _from(r"([01][0-9]|2[0-3]):[0-5][0-9]"),
    _check(TimeZone): st.sampled_from(_ZONES),
    _check(Url): st.sampled_from(("https://example.com", "https://h.example.net:8443/p?x=1")),
    _check(HoursText): st.one_of(_hours(), st.sampled_from(("24/7", "Fri 22:00-06:00"))),
    _check(WeeklyHours): _weeks(),
    _check(DaysText): _day_ranges(),
    _check(Option): _from(r"[0-9*#]{1,10}"),
    _check(DialPattern): _from(r"_?\+?([0-9XZN]|\[1-5\]){1,12}[.!]?"),
    _check(Slots): _slots(),
    _check(NumberRange): _number_ranges(),
    _check(RailName): st.sampled_from(sorted(DEFAULT_RAILS)),
}
_LINE, _SECONDS_OF, _TARGET = _check(Line), _check(Seconds), _check(KeyTarget)
_SETTINGS_OF = _check(get_args(get_args(SettingsMap)[0])[0])


def secrets() -> SearchStrategy[dict[str, str]]:
    """Return secrets by reference."""
    references = st.sampled_from(("generated", "store:ext-1002", "env:SIP_SECRET", "file:/run/s"))
    return references.map(lambda reference: {"secret": reference})


def _settings_maps() -> SearchStrategy[dict[str, str | None]]:
    names = st.sampled_from(("allow_transfer", "account.1.label", "P270", "rtp_timeout", "x-ü"))
    return st.dictionaries(names, st.one_of(texts(60), st.none()), max_size=3)


def keys(kind: str) -> SearchStrategy[str]:
    """Return keys that a kind allows."""
    model = KINDS[kind]
    if kind == "firmware":
        return st.sampled_from(("yealink/T43U", "grandstream/GRP2612W", "stable"))
    if model.single:
        return st.just(kind)
    return _from(model.key.pattern.replace("{0,62}", "{0,12}"))


def entries(
    kind: str, pool: Pool = SAMPLE_POOL, *, without: Collection[str] = ()
) -> SearchStrategy[Raw]:
    """Return valid entries of a kind. What they refer to is in the pool."""
    return _entry(KINDS[kind], pool, tuple(without))


@st.composite
def _entry(draw: DrawFn, model: type[Entry], pool: Pool, without: tuple[str, ...]) -> Raw:
    raw: Raw = draw(_part(model, pool, without, ""))
    if draw(st.integers(0, 9)) == 9:
        raw |= draw(_meta(model))
    return raw


def _meta(model: type[Entry]) -> SearchStrategy[Raw]:
    return st.fixed_dictionaries(
        {},
        optional={
            "protect": st.sampled_from(_TRUE_FALSE),
            "on_delete": st.sampled_from(("delete", "forget")),
            "ignore": st.lists(st.sampled_from(leaf_paths(model)), max_size=2),
            "note": texts(),
            "waive": st.just(
                [{"rule": "weak-secret", "reason": "old", "by": "ada", "until": "2031-01-31"}]
            ),
        },
    )


@st.composite
def _part(draw: DrawFn, model: type[Part], pool: Pool, without: tuple[str, ...], path: str) -> Raw:
    raw: Raw = {}
    fields = _fields(model, pool, without, path)
    # One number says which fields are there: a draw for each would take most of the time.
    chosen = draw(st.integers(0, 2 ** len(fields) - 1))
    if len(fields) > _MANY:
        chosen &= draw(st.integers(0, 2 ** len(fields) - 1))
    for index, (name, required, values) in enumerate(fields):
        if not required and not chosen >> index & 1:
            continue
        if values is not None:
            raw[name] = draw(values)
        elif required:
            raise LookupError(f"{model.__name__}.{name} refers to something that does not exist")
    mend = _MENDERS.get(model.__name__)
    return mend(draw, raw, pool, without) if mend else raw


@lru_cache(maxsize=2048)
def _fields(
    model: type[Part], pool: Pool, without: tuple[str, ...], path: str
) -> tuple[tuple[str, bool, SearchStrategy[Any] | None], ...]:
    """Return a part's fields as they are written, whether each is required, and its values."""
    fields = []
    for name, info in model.model_fields.items():
        here = f"{path}{name}"
        if name in META_FIELDS and issubclass(model, Entry):
            continue
        if any(here == each or here.startswith(f"{each}.") for each in without):
            continue
        values = _values(info.annotation, list(info.metadata), pool, without, f"{here}.")
        fields.append((info.alias or name, info.is_required(), values))
    return tuple(fields)


def _values(
    annotation: Any, marks: list[Any], pool: Pool, without: tuple[str, ...], path: str
) -> SearchStrategy[Any] | None:
    """Return the values of a field's type; None when it refers to kinds of which there are none."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *own = get_args(annotation)
        return _values(inner, [*own, *marks], pool, without, path)
    checks = [each.func for each in marks if isinstance(each, (AfterValidator, BeforeValidator))]
    for mark in marks:
        if isinstance(mark, Reference):
            return _referring(mark, pool)
        if isinstance(mark, DestinationMark):
            found = st.sampled_from(pool.destinations())
            if _TARGET in checks:
                digits = st.sampled_from(("911", "*97", "+441134960100"))
                return st.one_of(found.filter(lambda text: text != "hangup"), digits)
            return found
    if origin in (Union, UnionType):
        options = [
            _values(each, marks, pool, without, path)
            for each in get_args(annotation)
            if each is not type(None)
        ]
        known = [each for each in options if each is not None]
        if not known:
            return st.none() if type(None) in get_args(annotation) else None
        if type(None) in get_args(annotation):
            known = [*known * 4, st.none()]
        return st.one_of(known)
    if _SETTINGS_OF in checks:
        return _settings_maps()
    for check in checks:
        if check in _BY_CHECK:
            return _BY_CHECK[check]
    if annotation is Secret:
        return secrets()
    if origin is Literal:
        return st.sampled_from([str(each) for each in get_args(annotation)])
    if origin is list:
        return _lists(annotation, marks, pool, without, path)
    if origin is dict:
        name, value = get_args(annotation)
        names = _values(name, [], pool, without, path)
        values = _values(value, [], pool, without, path)
        assert names is not None
        least = _bound(marks, MinLen, 0)
        return (
            None if values is None else st.dictionaries(names, values, min_size=least, max_size=3)
        )
    if isinstance(annotation, type) and issubclass(annotation, Part):
        parts = _part(annotation, pool, without, path)
        short = annotation.shorthand if issubclass(annotation, ShortPart) else None
        return parts.map(_shorten(short)) if short else parts
    return _plain(annotation, marks, checks)


def _plain(annotation: Any, marks: list[Any], checks: list[Any]) -> SearchStrategy[Any]:
    if annotation is bool:
        return st.sampled_from(_TRUE_FALSE)
    if annotation in (int, float):
        low, high = int(_bound(marks, Ge, 0)), int(_bound(marks, Le, 100_000))
        whole = st.one_of(st.sampled_from((low, high)), st.integers(low, high)).map(str)
        if _SECONDS_OF not in checks:
            return whole
        minutes = [f"{each}m" for each in (1, 5) if low <= each * 60 <= high]
        return st.one_of(whole, st.sampled_from(minutes)) if minutes else whole
    assert annotation is str, f"no strategy for {annotation}"
    for mark in marks:
        if isinstance(mark, WithJsonSchema) and "pattern" in (mark.json_schema or {}):
            longest = _bound(marks, MaxLen, 1000)
            bare = str((mark.json_schema or {})["pattern"]).removeprefix("^").removesuffix("$")
            return _from(bare).filter(partial(_fits, longest))
    return texts(_bound(marks, MaxLen, 255), _bound(marks, MinLen, 0))


def _fits(longest: int, text: str) -> bool:
    return len(text) <= longest


def _lists(
    annotation: Any, marks: list[Any], pool: Pool, without: tuple[str, ...], path: str
) -> SearchStrategy[Any] | None:
    item = get_args(annotation)[0]
    items = _values(item, [], pool, without, path)
    if items is None:
        return st.just([]) if not _bound(marks, MinLen, 0) else None
    unique: Callable[[Any], Any] | None = None
    if not (isinstance(item, type) and issubclass(item, Part)):
        unique = str
    least = _bound(marks, MinLen, 0)
    return st.lists(
        items, min_size=least, max_size=min(4, _bound(marks, MaxLen, 4)), unique_by=unique
    )


def _bound(marks: list[Any], kind: type, otherwise: int) -> int:
    for mark in _unpacked(marks):
        if isinstance(mark, kind):
            for name in ("ge", "le", "min_length", "max_length"):
                found = getattr(mark, name, None)
                if found is not None:
                    return int(found)
    return otherwise


def _unpacked(marks: Iterable[Any]) -> Iterable[Any]:
    for mark in marks:
        if isinstance(mark, FieldInfo):
            yield from _unpacked(mark.metadata)
        else:
            yield mark


def _referring(mark: Reference, pool: Pool) -> SearchStrategy[str] | None:
    found = pool.of(mark.kinds)
    if mark.external:
        found = (*found, "+441134960100", "+16035550199")
    return st.sampled_from(found) if found else None


def _shorten(field: str) -> Callable[[Raw], Any]:
    return lambda raw: raw[field] if set(raw) == {field} and raw[field] is not None else raw


Mender: TypeAlias = Callable[[DrawFn, Raw, Pool, tuple[str, ...]], Raw]


def _trunk(draw: DrawFn, raw: Raw, _pool: Pool, without: tuple[str, ...]) -> Raw:
    if "mode" in without or "secret" in without or "username" in without:
        raw["mode"] = "ip"
    if raw.get("mode", "register") == "register":
        raw["username"] = draw(texts(60, 1))
        raw["secret"] = draw(secrets())
    elif raw.get("registration") is not None:
        del raw["registration"]
    return raw


def _route(_draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    if raw.get("emergency") in ("true", "yes", "on"):
        for name in ("classes", "pin", "schedule"):
            raw.pop(name, None)
    return raw


def _pattern(draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    if "strip" in raw:
        least = shortest(raw["match"].removeprefix("_"))
        raw["strip"] = str(draw(st.integers(0, min(least, 20))))
    return raw


def _music(_draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    mode = raw.get("mode", "files")
    raw.pop("files", None)
    raw.pop("url", None)
    if mode == "playlist":
        raw["files"] = ["moh/one", "moh/zwei"]
    if mode == "stream":
        raw["url"] = "https://radio.example.com/live"
    return raw


def _paging(_draw: DrawFn, raw: Raw, pool: Pool, _without: tuple[str, ...]) -> Raw:
    if raw.get("multicast") is not None:
        raw["multicast"]["address"] = "239.1.2.3"
    elif not raw.get("members"):
        raw["members"] = list(pool.of(["extension"])[:1])
    if not raw.get("members") and raw.get("multicast") is None:
        raw["multicast"] = {"address": "239.1.2.3", "port": "5000"}
    return raw


def _calendar(_draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    if raw.get("subdivision") is not None:
        raw["country"], raw["subdivision"] = "US", "NY"
    if raw.get("country") is not None:
        raw["years"] = ["2026", "2028-2029"]
    else:
        raw["years"] = raw.get("years", [])
    return raw


def _pbx(_draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    tls = raw.get("tls")
    if tls is not None and tls.get("verify") in ("false", "no", "off"):
        raw["tls_verify_disabled_acknowledged"] = "true"
    return raw


def _provisioning(_draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    if any("signature" in each for each in raw.get("require", ())):
        raw["signing_key"] = {"secret": "store:provisioning-key"}
    if (raw.get("listen") or {}).get("client_ca") is not None:
        raw["listen"]["certificate"] = "server.pem"
    return raw


def _firmware(_draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    versions: dict[str, Raw] = {each["version"]: each for each in raw.get("versions", [])}
    if "versions" in raw:
        raw["versions"] = list(versions.values())
    known = sorted(versions)
    targets = raw.pop("targets", [])
    if known and targets:
        raw["targets"] = [{**each, "version": known[0]} for each in targets]
    return raw


def _version(_draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    if raw.get("url") is not None:
        raw["url"] = "https://fw.example.com/T43U.rom"
        raw.pop("file", None)
    if raw.get("file") is not None:
        raw["file"] = "T43U-108.86.0.90.rom"
    return raw


def _template(_draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    if raw.get("model_pattern") is not None:
        raw["model_pattern"] = "T4[36]U"
    return raw


_KEY_ACTIONS = (
    "blf", "speed", "line", "park", "pickup", "intercom", "dtmf", "ldap", "xml", "url",
    "multicast", "function", "none",
)  # fmt: skip


def _phone_key(draw: DrawFn, raw: Raw, pool: Pool, without: tuple[str, ...]) -> Raw:
    looks = {name: each for name, each in raw.items() if name not in _KEY_ACTIONS}
    action = draw(st.sampled_from(_KEY_ACTIONS))
    model = KINDS["phone"].model_fields["keys"]
    info = next(iter(_parts_in(model.annotation))).model_fields[action]
    optional = _values(info.annotation, list(info.metadata), pool, without, "")
    assert optional is not None
    return {action: draw(optional.filter(lambda each: each is not None)), **looks}


def _parts_in(annotation: Any) -> Iterable[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for each in get_args(annotation):
        yield from _parts_in(each)


_MENDERS: Mapping[str, Mender] = {
    "Trunk": _trunk,
    "OutboundRoute": _route,
    "RoutePattern": _pattern,
    "Music": _music,
    "PagingGroup": _paging,
    "Calendar": _calendar,
    "Pbx": _pbx,
    "Provisioning": _provisioning,
    "Firmware": _firmware,
    "FirmwareVersion": _version,
    "Template": _template,
    "PhoneKey": _phone_key,
}
"""What fields of one object ask of each other, which their types alone do not say."""

_NUMBERED = ("extension", "ring_group", "queue", "conference", "parking_lot", "paging_group")
_ORDER: Mapping[str, tuple[str, ...]] = {
    "workspace": ("calendar", "template"),
    "pbx": (
        "tenant", "trunk", "music", "extension", "announcement", "conference", "parking_lot",
        "paging_group", "ring_group", "queue", "day_night", "schedule", "ivr", "inbound_route",
        "outbound_route", "blocklist", "softphone",
    ),
    "site": ("phone",),
}  # fmt: skip
"""In which order objects are made; each refers only to those before it, so nothing circles."""


@st.composite
def estates(
    draw: DrawFn,
    kinds: Collection[str] | None = None,
    *,
    without: Without | None = None,
    pbxs: int = 2,
    most: int = 3,
    adapter: str = "memory",
) -> list[Raw]:
    """Return an estate's documents: inventory, then one for each PBX with its site's phones.

    Every reference leads to an object that exists, numbers are used once per PBX over all kinds,
    and MAC addresses once over all. `kinds` limits what is declared (all by default), `without`
    leaves out fields, `pbxs` and `most` bound the number of PBXs and of objects of a kind.
    """
    wanted = set(KINDS if kinds is None else kinds)
    hidden = {kind: tuple(paths) for kind, paths in (without or {}).items()}
    names = [f"pbx-{index + 1}" for index in range(draw(st.integers(1, pbxs)))]
    sites = {name: f"site-{index + 1}" for index, name in enumerate(names)}
    inventory: Raw = {
        "apiVersion": "reconciler/v1",
        "sites": {
            site: {"timezone": draw(st.sampled_from(_ZONES)), "country": "GB", "pbx": name}
            for name, site in sites.items()
        },
        "pbxs": {
            name: {"adapter": adapter, "timezone": draw(st.sampled_from(_ZONES))} for name in names
        },
    }
    shared: dict[str, tuple[str, ...]] = {"pbx": tuple(names), "site": tuple(sites.values())}
    _add(draw, inventory, _ORDER["workspace"], shared, wanted, hidden, most, set())
    documents = [inventory]
    macs: set[str] = set()
    for name in names:
        document: Raw = {"apiVersion": "reconciler/v1", "pbx": name, "site": sites[name]}
        known = dict(shared)
        _add(draw, document, _ORDER["pbx"], known, wanted, hidden, most, set())
        known |= {"pbx": (name,), "site": (sites[name],)}
        if known.get("extension"):
            _add(draw, document, _ORDER["site"], known, wanted, hidden, most, set())
        for phone in document.get("phones", {}).values():
            macs.add(_new_mac(phone, len(macs)))
        documents.append(document)
    return documents


def _add(
    draw: DrawFn,
    document: Raw,
    order: Iterable[str],
    known: dict[str, tuple[str, ...]],
    wanted: Collection[str],
    hidden: Without,
    most: int,
    numbers_used: set[str],
) -> None:
    """Add objects of these kinds to the document, and their keys to what is known."""
    for kind in order:
        if kind not in wanted:
            continue
        section: Raw = {}
        pool = Pool(dict(known))
        for _ in range(draw(st.integers(0, most))):
            key = draw(keys(kind))
            if key in section or (kind in _NUMBERED and key in numbers_used):
                continue
            try:
                raw = draw(entries(kind, pool, without=hidden.get(kind, ())))
            except LookupError:  # nothing there that it has to refer to
                break
            number = raw.get("number")
            if number in numbers_used:
                del raw["number"]
            numbers_used.update(each for each in (key, raw.get("number")) if each)
            section[key] = raw
        if section:
            document[TRAITS[kind].section] = section
            known[kind] = (*known.get(kind, ()), *section)


def _new_mac(phone: Raw, index: int) -> str:
    """Give the phone a MAC address that no other has; a real vendor's, in its notation."""
    digits = f"805ec0f0{index:04x}"
    separator = next((each for each in ":-" if each in phone["mac"]), "")
    step = 2 if separator else 12
    phone["mac"] = separator.join(digits[at : at + step] for at in range(0, 12, step))
    return digits
