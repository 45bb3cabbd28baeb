"""What was written by hand and no field holds: what taking it over would change, and the rest."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.adapters.asterisk.carrier import Found, Pairs, Place, Setup, found_in
from reconciler.adapters.asterisk.handwritten.unlike import unlike, unlike_box
from reconciler.adapters.asterisk.handwritten.unsaid import DEFAULTS, alike
from reconciler.adapters.asterisk.kinds.queue import member_interface, read_members
from reconciler.adapters.asterisk.render import CARRIERS
from reconciler.adapters.asterisk.sections import MAIN_FILES, Family, Section, file_of
from reconciler.model.address import Address
from reconciler.model.live import Leading
from reconciler.model.value import Fields, Value

_HELD: Final = frozenset(
    {
        "type", "context", "disallow", "allow", "auth", "aors", "outbound_auth", "callerid",
        "mailboxes", "endpoint", "password", "match", "contact", "member", "directory", "set_var",
    }
)  # fmt: skip
"""Lines that fields stand for, or that name other sections; see also `unlike.py`."""

_OF_REGISTERING: Final = frozenset(
    {"max_contacts", "remove_existing", "minimum_expiration", "maximum_expiration"}
)
"""Lines of an aor about whoever registers there; they come along with a template for all."""
SECRET: Final = re.compile(r"pass|pin|cred|digest|secret|token|key", re.IGNORECASE)


_MOST: Final = 40
"""How many names are told at once."""


@dataclass(slots=True)
class Beside:
    """What no kind of ours stands for. `boxes` are at first those that belong to somebody."""

    sections: list[Section] = field(default_factory=list)
    unnamable: list[str] = field(default_factory=list)
    unowned: list[tuple[str, str]] = field(default_factory=list)
    unread: list[Section] = field(default_factory=list)
    boxes: set[Place] = field(default_factory=set)


def beside(rest: Beside) -> tuple[str, ...]:
    """Return in words what stands in hand-written files and is no object of ours."""
    told: list[str] = []
    by_file: dict[tuple[Family, str], dict[str, None]] = {}
    for section in rest.sections:
        by_file.setdefault((section.family, file_of(section)), {})[section.name] = None
    for (family, file), names in by_file.items():
        what = "contexts with all that is dialled there" if family == "ext" else "sections"
        told.append(f"{file}: {what}: {_few([*names])}")
    if rest.unnamable:
        told.append(f"what has no name that can be declared: {_few(rest.unnamable)}")
    if rest.unowned:
        named = _few([f"{type_} {name}" for type_, name in rest.unowned])
        told.append(f"{MAIN_FILES['pjsip']}: what belongs to no phone or trunk: {named}")
    by_source: dict[str, list[str]] = {}
    for section in rest.unread:
        what = f"endpoint {section.name}" if section.name else "whatever stands there"
        by_source.setdefault(section.by, []).append(what)
    for source, whats in by_source.items():
        told.append(f"what stands in a database ({source}) is not read: {_few(whats)}")
    if rest.boxes:
        boxes = sorted(f"{each.key}@{each.name}" for each in rest.boxes)
        told.append(f"{MAIN_FILES['vm']}: boxes that are nobody's: {_few(boxes)}")
    return tuple(told)


def lost(kind: str, key: str, found: Found, fields: Fields, setup: Setup) -> tuple[str, ...]:
    """Return in words which hand-written lines would say something else in files of ours."""
    if kind == "extension" and "secret" not in fields:
        return ("its password does not stand there in clear: nobody could register",)
    ours = written(kind, key, fields, setup)
    if ours is None:
        return ("its lines say what cannot be declared: look before it is taken out there",)
    told: list[str] = []
    for place, pairs in found.sections.items():
        ready = _by_name(ours.get(place, ()))
        if place.family == "vm":
            told += unlike_box(pairs, tuple(ours.get(place, ())))
            continue
        theirs = _by_name(pairs)
        told += unlike(theirs, ready)
        if kind == "extension" and place == Place("pjsip", key):
            told += _known_as(key, theirs)
        # Of a trunk whose address stands there nobody registers: it cannot have too many.
        aside = _OF_REGISTERING if kind == "trunk" and "contact" in theirs else frozenset()
        for name, values in theirs.items():
            if name in _HELD or name in aside or alike(values, ready.get(name, _usual(name))):
                continue
            said = ", ".join(values)
            shown = "" if SECRET.search(name) or "@" in said else f" {said}"
            then = f"becomes {', '.join(ready[name])}" if name in ready else "is left out"
            told.append(f"{name}{shown} {then}")
        for name, values in ready.items():
            if name in DEFAULTS and name not in theirs and not alike(values, _usual(name)):
                usual = f"{name} {DEFAULTS[name]}".strip()
                told.append(f"{usual} (nothing is said) becomes {values[-1]}")
    by_address = Place("pjsip", f"trunk-{key}-identify")
    if by_address in ours and by_address not in found.sections:
        hosts = ", ".join(value for name, value in ours[by_address] if name == "match")
        told.append(f"calls from {hosts} are its own (identify), of which nothing is said")
    if kind == "queue":
        told += _other_members(found.values("queues", key, "member"))
    return tuple(dict.fromkeys(told))


def _known_as(key: str, endpoint: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield in words what a phone would be known by otherwise, at Asterisk and to whom it calls."""
    names = endpoint.get("aors", [key])[-1]
    if names != key:
        yield f"aors {names} becomes {key}: who registers as {names} has to register as {key}"
    if "callerid" not in endpoint:
        yield (
            "callerid (nothing is said, so that others see what the phone sends) becomes its name "
            "and number"
        )


def _other_members(members: Iterable[str]) -> Iterator[str]:
    """Yield in words which members of a queue would be left out, or have another name.

    Members are known by their interface alone: of one that is `Local/...` Asterisk says "Unable to
    pause interface 'PJSIP/9001'", and adds PJSIP/9001 beside it, which rings twice (seen on 22.10).
    """
    renamed: dict[str, str] = {}
    called: dict[str, str] = {}
    for each in members:
        if not (read := read_members([each])):
            yield f"member {each} is left out"
        elif (was := each.partition(",")[0].strip()) != (now := member_interface(read[0])):
            renamed[was] = now
        if read and (name := (*each.split(",", 3), "", "")[2].strip()) not in ("", _key(read[0])):
            called[name] = _key(read[0])
    if called:
        names = ", ".join(f"{name} becomes {key}" for name, key in called.items())
        yield f"the name of a member, in queue_log and on screens: {names}"
    if renamed:
        yield (
            f"member {', '.join(f'{was} becomes {now}' for was, now in renamed.items())}: whatever "
            f"pauses, adds or removes it by the old name (PauseQueueMember, AddQueueMember, AMI) "
            f"has to say the new one, or it rings on, or twice"
        )


def _key(member: Mapping[str, Value]) -> str:
    return str(member["extension"])


def renamed(
    leading: Iterable[Leading], objects: Collection[Address], scope: str
) -> Mapping[Address, tuple[str, ...]]:
    """Return in words which lines would have to name an object otherwise if it were ours."""
    found: dict[Address, dict[tuple[str, str], list[str]]] = {}
    for each in leading:
        address = Address(each.kind, scope, each.key)
        if each.instead and address in objects:
            lines = found.setdefault(address, {})
            lines.setdefault((each.line, each.instead), []).append(each.where)
    return {
        address: tuple(
            f"`{line}` has to be `{instead}` in {_few(places)}"
            for (line, instead), places in lines.items()
        )
        for address, lines in found.items()
    }


def _usual(name: str) -> list[str]:
    return [DEFAULTS[name]] if name in DEFAULTS else []


def written(kind: str, key: str, fields: Fields, setup: Setup) -> Mapping[Place, Pairs] | None:
    """Return what we would write; None where people's lines make that impossible."""
    try:
        return found_in(CARRIERS[kind].render(key, fields, setup), key).sections
    except (KeyError, ValueError, TypeError, AttributeError, IndexError):
        return None


def _by_name(pairs: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{', '.join(names[:_MOST])}{more}"
