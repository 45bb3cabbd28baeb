"""Live objects against what was written. Pure.

`Reload` says Success whatever happens: a PJSIP section with a bad value is skipped and the old
object stays live, a bad dialplan line is skipped alone (seen). So every written section is looked
for among what Asterisk has loaded, before and after the reload.

A sorcery object is taken or refused as a whole. So it is enough to see one changed option arrive
to know that all did; and if nothing changed although an option should have, it was refused.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Final, NamedTuple

from reconciler.adapters.asterisk.files import Key, Lines, is_quiet

Details = Mapping[str, str]


class Step(NamedTuple):
    """A step of the dialplan as ShowDialPlan gives it; a hint's priority is `hint`."""

    extension: str
    priority: str
    application: str
    data: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What Asterisk has loaded. Names in lower case; options in Asterisk's camel case.

    `pjsip` is by type and name; an endpoint's details are empty unless they were asked for. `lots`
    is None where nobody may ask.
    """

    pjsip: Mapping[str, Mapping[str, Details]] = field(default_factory=dict, repr=False)
    dialplan: Mapping[str, frozenset[Step]] = field(default_factory=dict)
    queues: Mapping[str, frozenset[str]] = field(default_factory=dict)
    boxes: frozenset[tuple[str, str]] = frozenset()
    lots: frozenset[str] | None = None


class Written(NamedTuple):
    """What a key held when Asterisk was last right about it, and what it holds now."""

    before: Lines | None
    after: Lines | None
    known: bool = True
    """False when nobody remembers `before` (an earlier run wrote it)."""


class Problem(NamedTuple):
    """Why something is not in effect. `certain` is False when its values may just be synonyms."""

    text: str
    certain: bool = True


_LISTED: Final = frozenset({"endpoint", "aor", "auth", "registration", "identify"})
_NOT_SHOWN: Final = frozenset({"type", "disallow", "contact"})
"""Options that no list gives back as they are written."""
_REPEATED: Final = frozenset({"set_var", "match", "contact"})
_TRUE, _FALSE = frozenset({"yes", "true", "on", "1"}), frozenset({"no", "false", "off", "0"})

_NO_BOX: Final = (
    "Asterisk did not load the voicemail box; does it have voicemail at all (reconciler doctor)?"
)


def problem_of(key: Key, written: Written, before: Loaded, after: Loaded) -> Problem | None:
    """Return why a key is not in effect, None if it is or if Asterisk has no way to tell."""
    if written.after is None:
        return None  # what may still be there under this name is not ours
    if key.family in {"pjsip", "aor"}:
        return _pjsip_problem(key, written, before, after)
    text = None
    if key.family == "ext":
        text = _dialplan_problem(key, written.after, after)
    elif key.family == "queues":
        text = _queue_problem(key, written.after, after)
    elif key.family == "vm" and key.variable is not None:
        there = (key.name, key.variable) in after.boxes
        text = None if there else _NO_BOX
    elif key.family == "parking" and key.name != "general" and after.lots is not None:
        text = None if key.name in after.lots else "Asterisk did not load the parking lot"
    return None if text is None else Problem(text)


def _pjsip_problem(key: Key, written: Written, before: Loaded, after: Loaded) -> Problem | None:
    lines = written.after or ()
    kind = dict(lines).get("type", "")
    if kind not in _LISTED:
        return None
    live = after.pjsip.get(kind, {}).get(key.name)
    if live is None:
        what = "changed" if written.before else "new"
        why = _suspects(kind, lines, after)
        return Problem(f"Asterisk did not load the {what} {kind} [{key.name}]{why}")
    past = before.pjsip.get(kind, {}).get(key.name)
    if past is None or (written.known and written.before is None):
        return None  # it appeared, so it was taken
    if not written.known:
        shown = tuple(line for line in lines if camel(line[0]) in live)
        return _unchanged(kind, key.name, (), shown, live) if kind == "endpoint" else None
    assert written.before is not None
    if past and _config_of(past) != _config_of(live):
        return None  # something arrived, so all did
    if not past and _arrived(written.before, lines, live):
        return None
    return _unchanged(kind, key.name, written.before, lines, live)


def _arrived(old: Lines, new: Lines, live: Details) -> bool:
    """Whether an option that was changed shows its new value, and not by having had it before."""
    return any(
        will is not None
        and was is not None
        and _normal(was) != _normal(will) == _normal(live.get(camel(option), ""))
        for option, was, will in _changes(old, new)
    )


def _changes(old: Lines, new: Lines) -> Iterator[tuple[str, str | None, str | None]]:
    for option in dict.fromkeys(variable for variable, _ in (*old, *new)):
        was, will = _values(old, option), _values(new, option)
        if option not in _NOT_SHOWN and was != will:
            yield option, was, will


def _unchanged(kind: str, name: str, old: Lines, new: Lines, live: Details) -> Problem | None:
    """Return which options should have changed and did not, None if none had to."""
    stuck = []
    for option, _, will in _changes(old, new):
        shown = live.get(camel(option))
        if shown is None:
            if will is not None:
                stuck.append(f"option {option} is not among those that it shows")
        elif will is not None and _normal(will) != _normal(shown):
            values = "" if is_quiet(option) else f" is still {shown!r} instead of {will!r}"
            stuck.append(f"{option}{values or ' is still the old one'}")
    if not stuck:
        return None
    text = f"Asterisk refused the changed {kind} [{name}] and keeps the old one: "
    return Problem(text + "; ".join(stuck), certain=kind != "endpoint")


def _suspects(kind: str, lines: Lines, after: Loaded) -> str:
    """Return which options of a refused object no accepted object of its type has.

    Where callers are told by a name, that name is not known to its machine in all likelihood.
    """
    hosts = [each for option, value in lines if option == "match" for each in value.split(",")]
    named = [each.strip() for each in hosts if _is_name(each.strip())]
    if kind == "identify" and named:
        return f": does the PBX's machine know {' and '.join(named)} (DNS)?"
    shown = next((each for each in after.pjsip.get(kind, {}).values() if each), None)
    if shown is None:
        options = ", ".join(dict.fromkeys(v for v, _ in lines if v not in _NOT_SHOWN))
        return f"; one of its options is bad: {options}" if options else ""
    unknown = [v for v, _ in lines if v not in _NOT_SHOWN and camel(v) not in shown]
    if unknown:
        return f": probably unknown option {', '.join(dict.fromkeys(unknown))}"
    return "; the value of one of its options is bad: " + ", ".join(
        dict.fromkeys(v for v, _ in lines if v not in _NOT_SHOWN)
    )


def _is_name(text: str) -> bool:
    """Whether a host is no address nor network."""
    try:
        ip_network(text, strict=False)
    except ValueError:
        return True
    return False


def camel(option: str) -> str:
    """Return an option's name as AMI shows it: `direct_media` -> `DirectMedia`."""
    return "".join(part[:1].upper() + part[1:] for part in option.split("_"))


_STATE: Final = frozenset(
    {
        "Event", "ActionID", "EventList", "DeviceState", "ActiveChannels", "Contacts",
        "TotalContacts", "ContactsRegistered", "EndpointName", "Status", "NextReg",
    }
)  # fmt: skip


def _config_of(details: Details) -> dict[str, str]:
    return {name: value for name, value in details.items() if name not in _STATE}


def _values(lines: Lines, option: str) -> str | None:
    found = [value for variable, value in lines if variable == option]
    if not found:
        return None
    return ",".join(found) if option in _REPEATED else found[-1]


def _normal(value: str) -> str:
    """Return a value in a form in which the file's and AMI's spelling agree."""
    lower = value.strip().lower()
    if lower in _TRUE:
        return "1"
    if lower in _FALSE:
        return "0"
    if re.fullmatch(r"-?\d+(\.\d+)?", lower):
        return f"{float(lower):g}"
    return re.sub(r"[\s\"()]|!all,?", "", lower).replace("|", ",")


# -- dialplan --


def _dialplan_problem(key: Key, lines: Lines, after: Loaded) -> str | None:
    live = after.dialplan.get(key.name, frozenset())
    missing = [step for step in steps_of(lines) if step not in live]
    if not missing:
        return None
    shown = "; ".join(
        f"exten {s.extension}, priority {s.priority}: {s.application}" for s in missing[:3]
    )
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    return f"Asterisk did not load from [{key.name}]: {shown}{more}"


def steps_of(lines: Iterable[tuple[str, str]]) -> Iterator[Step]:
    """Yield the steps that a context's lines mean, as far as they can be foretold.

    Lines that depend on variables or on the caller's number are left out.
    """
    extension, priority = "", 0
    for variable, value in lines:
        name = variable.lower()
        if name == "exten":
            extension, _, value = value.partition(",")
            extension = extension.strip()
        elif name == "same":
            value = value.strip()
        else:
            continue
        number, _, call = value.partition(",")
        number = number.strip().partition("(")[0].strip()
        if number == "hint":
            if "${" not in extension + call:
                yield Step(extension, "hint", call.strip(), "")
            continue
        if number.isdigit():
            priority = int(number)
        elif found := re.fullmatch(r"n(?:\+(\d+))?", number):
            priority += 1 + int(found[1] or 0)
        elif number != "s":
            yield Step(extension, number, call.strip(), "")
            continue
        if "${" not in extension and "/" not in extension:
            yield _step(extension, priority, call.strip())


def _step(extension: str, priority: int, call: str) -> Step:
    application, bracket, rest = call.partition("(")
    data = rest[: rest.rindex(")")] if bracket and ")" in rest else rest
    return Step(extension, str(priority), application.strip(), data.strip())


# -- queues --


def _queue_problem(key: Key, lines: Lines, after: Loaded) -> str | None:
    if key.name == "general":
        return None
    live = after.queues.get(key.name)
    if live is None:
        return "the queue is not loaded"
    wanted = [value.split(",")[0].strip().lower() for name, value in lines if name == "member"]
    missing = [member for member in wanted if member not in live]
    return f"these members are not loaded: {', '.join(missing)}" if missing else None


# -- everything at once --

_TELLING: Final = {"auth": ("username", "password"), "aor": ("max_contacts",)}
"""Options that AMI's lists show as they are written: enough to see a change that is not loaded."""


def unloaded(keys: Mapping[Key, Lines], loaded: Loaded) -> list[Key]:
    """Return which of our keys Asterisk does not have: written and not reloaded, or refused."""
    return [key for key, lines in keys.items() if not _is_loaded(key, lines, loaded)]


def _is_loaded(key: Key, lines: Lines, loaded: Loaded) -> bool:
    options = dict(lines)
    kind = options.get("type", "")
    if kind == "identify":
        return True  # there is no list of them
    if problem_of(key, Written(None, lines, known=False), Loaded(), loaded) is not None:
        return False
    live = loaded.pjsip.get(kind, {}).get(key.name, {})
    return all(
        options[option] == live[camel(option)]
        for option in _TELLING.get(kind, ())
        if option in options and camel(option) in live
    )
