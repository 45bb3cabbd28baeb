"""Hand-written configuration beside our files: objects that we see and never touch.

Only what reconciler could declare is reported, so that a number that is taken is seen before it is
given away, and `import` can take it over into files of ours. What would be lost by that, and what
no kind of ours stands for, is told beside (`untold.py`).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from reconciler.adapters.asterisk.carrier import Found, Pairs, Place, Setup
from reconciler.adapters.asterisk.handwritten import wizard
from reconciler.adapters.asterisk.handwritten.unsaid import contact_of, kept
from reconciler.adapters.asterisk.handwritten.untold import SECRET, Beside, beside, lost, written
from reconciler.adapters.asterisk.kinds import queue
from reconciler.adapters.asterisk.kinds.endpoint import VARIABLE
from reconciler.adapters.asterisk.render import CARRIERS
from reconciler.adapters.asterisk.sections import MAIN_FILES, Family, Section, text_of
from reconciler.kinds.all_traits import TRAITS
from reconciler.model.address import Address
from reconciler.model.live import LiveObject
from reconciler.model.value import Fields, Value

Named = dict[tuple[str, str], Pairs]
"""Sections by (type, name); the type is empty where there are none."""

Boxes = dict[str, list[tuple[Place, Pairs]]]
"""Voicemail boxes by their numbers; several contexts may have the same."""


class HandWritten(dict[str, Value]):
    """The fields of an object that stands in a hand-written file: the index leaves it out."""


class Seen(NamedTuple):
    """What was written by hand: locked objects, and what of it reconciler would not write."""

    objects: dict[Address, LiveObject]
    beyond: dict[Address, tuple[str, ...]]


_REPEATED: Final = frozenset(
    {"allow", "disallow", "match", "contact", "set_var", "member", "entry"}
)
"""Lines of which each counts; of all others the last one does (seen on 22.10)."""
_FIRST: Final = frozenset({("queues", "strategy")})
"""Lines of which the first one counts, a template's before a section's own (seen on 22.10)."""

_NOBODYS: Final = frozenset({"res_parking", "res_pjsip_config_wizard"})
"""Who loads dialplan for what is told with its own file."""

_KINDS_OF: Final[Mapping[Family, str]] = {"queues": "queue", "moh": "music"}


def decode_hand_written(sections: Sequence[Section], scope: str, setup: Setup) -> Seen:
    """Return hand-written endpoints, queues and music classes as locked objects."""
    seen = Seen({}, {})
    pjsip: Named = {}
    by_wizard: dict[str, Pairs] = {}
    boxes: Boxes = {}
    rest = Beside()
    for section in sections:
        pairs = _in_effect(section)
        if section.by and section.family != "ext":
            if not _add_unread(seen, section, scope):
                rest.unread.append(section)
        elif section.family in ("pjsip", "aor"):
            if (type_ := dict(pairs).get("type", "")) == wizard.TYPE:
                by_wizard[section.name] = _pairs(section)
            else:
                pjsip[type_, section.name] = pairs
        elif section.family == "vm":
            for pair in pairs if section.name != "zonemessages" else ():
                place = Place("vm", section.name, pair[0])
                boxes.setdefault(pair[0], []).append((place, (pair,)))
        elif section.family not in _KINDS_OF:
            if section.name == "globals":
                continue
            if section.by not in _NOBODYS:
                rest.sections.append(section)
        elif re.fullmatch(TRAITS[_KINDS_OF[section.family]].key.pattern, section.name):
            found = Found({Place(section.family, section.name): pairs})
            _add(seen, _KINDS_OF[section.family], section.name, found, scope, setup)
        else:
            rest.unnamable.append(f"{_KINDS_OF[section.family]} {section.name}")
    rest.unowned = [each for each in pjsip if each[0] in ("registration", "identify")]
    # Of two with one name the one in pjsip.conf is taken (seen on 22.10).
    by_wizard = {name: each for name, each in by_wizard.items() if ("endpoint", name) not in pjsip}
    for name, pairs in by_wizard.items():
        made = wizard.objects_of(name, pairs)
        pjsip |= {at: _last_of(each) for at, each in made.items() if at not in pjsip}
    for type_, name in pjsip:
        if type_ == "endpoint":
            kind, found = _endpoint(name, pjsip, boxes)
            if re.fullmatch(TRAITS[kind].key.pattern, name):
                _add(seen, kind, name, found, scope, setup, by_wizard.get(name))
                rest.unowned = [e for e in rest.unowned if not _is_of(*e, pjsip, name)]
                rest.boxes |= {at for at in found.sections if at.family == "vm"}
            else:
                rest.unnamable.append(f"endpoint {name}")
    rest.boxes ^= {place for every in boxes.values() for place, _ in every}
    if told := beside(rest):
        seen.beyond[Address("pbx", "", scope)] = told
    return seen


def _in_effect(section: Section) -> Pairs:
    """Return the lines that count: a section's own value comes after that of its template."""
    pairs = _pairs(section)
    if section.shared:
        return pairs
    first = [pair for pair in pairs if (section.family, pair[0]) in _FIRST][:1]
    return _last_of((*pairs, *first))


def _pairs(section: Section) -> Pairs:
    return tuple((line.variable, text_of(line.value)) for line in section.lines)


def _last_of(pairs: Pairs) -> Pairs:
    last = {name: number for number, (name, _) in enumerate(pairs)}
    return tuple(
        pair for number, pair in enumerate(pairs) if pair[0] in _REPEATED or last[pair[0]] == number
    )


def _add(
    seen: Seen,
    kind: str,
    key: str,
    found: Found,
    scope: str,
    setup: Setup,
    by_wizard: Pairs | None = None,
) -> None:
    told = CARRIERS[kind].read(key, found, None)
    if kind == queue.KIND:
        told = {**queue.UNSAID, **told}
    fields = HandWritten(
        {path: v for path, v in told.items() if v is not None and not _may_be_secret(path)}
    )
    if kind in ("extension", "trunk"):
        name = key if kind == "extension" else f"trunk-{key}"
        fields |= {**_context(name, found, setup), **contact_of(name, found)}
        if (ours := written(kind, key, fields, setup)) is not None:
            fields |= kept(name, found, ours)
        if "settings.transport" in fields:
            fields.pop("transport", None)
    family = next(iter(found.sections)).family
    file = MAIN_FILES[family] if by_wizard is None else wizard.FILE
    locked = (
        f"it stands in {file}, which reconciler never edits; take it out there, do not reload, and "
        f"the next apply writes it into a file of its own and reloads both at once"
    )
    address = Address(kind, scope, key)
    seen.objects[address] = LiveObject(address, fields, native_id=f"{file} [{key}]", locked=locked)
    gone = lost(kind, key, found, fields, setup)
    if by_wizard and (context := wizard.hint_context_of(by_wizard)):
        gone = (*gone, f"the lamp that the wizard makes in [{context}] is left out")
    if gone:
        seen.beyond[address] = gone


def _add_unread(seen: Seen, section: Section, scope: str) -> bool:
    """Add a phone of a database, of which the number is known alone; False of what has none."""
    if re.fullmatch(TRAITS["extension"].key.pattern, section.name) is None:
        return False
    address = Address("extension", scope, section.name)
    locked = f"it stands in a database ({section.by}), which reconciler neither reads nor writes"
    seen.objects[address] = LiveObject(address, {}, native_id=section.by, locked=locked, apart=True)
    return True


def _may_be_secret(path: str) -> bool:
    """Whether a phone's variable may be a password, which is not for a YAML file."""
    return path.startswith(f"settings.{VARIABLE}") and SECRET.search(path) is not None


def _context(name: str, found: Found, setup: Setup) -> Fields:
    """Return the context in which a phone dials or a trunk's calls come in, if it is not ours.

    It is what they can reach: taken over without it, a phone could not even dial 911 any more.
    """
    context = found.value("pjsip", name, "context") or "default"
    is_ours = context == setup.internal_context or context.startswith("rec-")
    return {} if is_ours else {"settings.context": context}


def _endpoint(name: str, pjsip: Named, boxes: Boxes) -> tuple[str, Found]:
    """Return an endpoint with all that belongs to it, under the names that we would give."""
    endpoint = pjsip["endpoint", name]
    values = dict(endpoint)
    registration = next(
        (p for at, p in pjsip.items() if at[0] == "registration" and _is_of(*at, pjsip, name)), ()
    )
    # A carrier that calls from several networks may have a section for each of them.
    identify = tuple(
        pair
        for (type_, at), pairs in pjsip.items()
        if type_ == "identify" and _is_of(type_, at, pjsip, name)
        for pair in pairs
    )
    aor = pjsip.get(("aor", values.get("aors", name)), ())
    # A phone may be called as it likes; without a number it is none that can be declared.
    is_trunk = bool(registration or identify) or (not name.isdigit() and "contact" in dict(aor))
    ours = f"trunk-{name}" if is_trunk else name
    auth = values.get("outbound_auth" if is_trunk else "auth", "")
    places: dict[Place, Pairs] = {
        Place("pjsip", ours): endpoint,
        Place("pjsip", f"{ours}-auth"): pjsip.get(("auth", auth), ()),
        Place("aor", ours): aor,
        Place("pjsip", f"{ours}-reg"): registration,
        Place("pjsip", f"{ours}-identify"): identify,
    }
    if not is_trunk and (box := _box(name, values.get("mailboxes", ""), boxes.get(name, []))):
        places[box[0]] = box[1]
    return "trunk" if is_trunk else "extension", Found({at: p for at, p in places.items() if p})


def _box(
    number: str, watched: str, boxes: Sequence[tuple[Place, Pairs]]
) -> tuple[Place, Pairs] | None:
    """Return somebody's box: the one of their number that their phone watches, or the only one."""
    names = [each.strip() for each in watched.split(",")]
    theirs = [each for each in boxes if f"{number}@{each[0].name}" in names]
    return next(iter(theirs or boxes), None) if theirs or len(boxes) == 1 else None


def _is_of(type_: str, name: str, pjsip: Named, endpoint: str) -> bool:
    """Whether a section belongs to an endpoint: it says so, or has its name, or its login.

    A registration says whose it is only where it takes calls by its line.
    """
    said, of = dict(pjsip[type_, name]), dict(pjsip["endpoint", endpoint])
    if "endpoint" in said:
        return said["endpoint"] == endpoint
    if name == endpoint:
        return True
    login = said.get("outbound_auth") if type_ == "registration" else None
    return login is not None and login == of.get("outbound_auth")
