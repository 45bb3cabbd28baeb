"""Building blocks of the dialplan: names of contexts, destinations, and a script line by line.

Every object has a context of its own, `rec-KIND-KEY`, so that others can go to it by its name
alone. Numbered objects are entered at their number (call records then show it), others at `s`.
Nothing here puts text that a caller controls into an application without `FILTER`.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

from reconciler.adapters.asterisk.sections import Line, Section, Text
from reconciler.kinds.destination import Destination, parse_destination

MAX_CONTEXT: Final = 79
"""Longest context name (AST_MAX_CONTEXT is 80 with the closing zero)."""

NUMBERED: Final = frozenset(
    {
        "extension", "voicemail", "ring_group", "queue", "conference", "paging_group",
        "parking_lot",
    }
)  # fmt: skip
"""Kinds whose key is the number at which their context is entered."""

INTERNAL: Final = "rec-internal"
EXTERNAL: Final = "rec-external"
FORWARD: Final = "rec-forward"
LONG_NUMBER: Final = 7
"""From so many digits on, a reference may mean an outside number."""

EXTENSIONS: Final = "rec-extensions"
CONFIRM: Final = "rec-confirm"
LEG: Final = "b(rec-leg^s^1)"
"""Option of Dial: what is done to a phone's leg before it rings (Alert-Info)."""
HANG_UP: Final = "Hangup(${IF($[0${HANGUPCAUSE}]?${HANGUPCAUSE}:19)})"
"""Ends the call with the reason of the last leg; when it gave none, with "no answer" (480)."""

ROUND: Final = "Gosub(rec-round,s,1)"
"""Step of what leads on although nobody did anything: a call that goes round is slowed."""

ON_A_CALL: Final = "INUSE|BUSY|RINGINUSE|ONHOLD"
"""Device states of a phone that talks."""


_SAFE: Final = str.maketrans({"+": "p", "@": "=", "*": "x", "/": "-"})
"""What keys of inbound routes and blocklists hold that names of contexts had better not."""


def context_of(kind: str, key: str) -> str:
    """Return the name of an object's context. Over-long names end in a hash."""
    name = f"rec-{kind}-{key.translate(_SAFE)}"
    if len(name) <= MAX_CONTEXT:
        return name
    return f"{name[: MAX_CONTEXT - 11]}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def entry_of(kind: str, key: str) -> str:
    """Return the extension at which an object's context is entered."""
    return key if kind in NUMBERED and key.isdigit() else "s"


def goto(destination: str) -> str:
    """Return the application that sends a call to a destination (`voicemail/1001`, `hangup`)."""
    found = parse_destination(destination) or Destination("hangup", "")
    if found.kind == "hangup":
        return "Hangup()"
    if found.kind == "external":
        return f"Goto({EXTERNAL},{found.key},1)"
    return enter(found.kind, found.key)


def ring_of(member: str, outside: str = EXTERNAL) -> str:
    """Return what rings a member: the extension's phones, or an outside number by the routes."""
    if is_extension(member):
        return f"Local/ring@{context_of('extension', member)}"
    return f"Local/{outside_number(member)}@{outside}"


def is_extension(member: str) -> bool:
    """Tell whether a member is an extension and not an outside number.

    Outside numbers have a `+`, `external/` before them, or seven digits and more. An extension
    with so long a number is found on the way outside (`index.py`).
    """
    return member.isdigit() and len(member) < LONG_NUMBER


def may_be_extension(member: str) -> bool:
    """Tell whether a member may be an extension: so long a number says nothing either way.

    Where it is none of ours, Asterisk knows no phone by it (`has_state` says INVALID).
    """
    return member.isdigit()


def outside_number(member: str) -> str:
    """Return the number of a member that is no extension."""
    return member.removeprefix("external/")


def has_state(extension: str, states: str) -> str:
    """Return an expression that is true when a phone's state is one of `A|B|C`.

    `:` compares from the start of the text, so that INUSE does not find NOT_INUSE.
    """
    return f'$["${{DEVICE_STATE(PJSIP/{extension})}}":"{states}"]'


def dial_status(*states: str) -> str:
    """Return an expression that is true when the last Dial ended in one of these states."""
    tests = [f'"${{DIALSTATUS}}"="{state}"' for state in states]
    return f"$[{' | '.join(tests)}]"


def enter(kind: str, key: str) -> str:
    """Return the application that sends a call to an object of ours."""
    return f"Goto({context_of(kind, key)},{entry_of(kind, key)},1)"


def play(announcement: str) -> str:
    """Return the application that plays an announcement and comes back."""
    return f"Gosub({context_of('play', announcement)},s,1)"


class Script:
    """A context, written line by line."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: list[Line] = []

    def include(self, *names: str) -> None:
        """Include other contexts, in order of precedence."""
        self.lines += [Line("include", name) for name in names]

    def hint(self, number: str, device: str) -> None:
        """Say whose state a subscription to the number shows."""
        self.lines.append(Line("exten", f"{number},hint,{device}"))

    def exten(self, pattern: str, application: Text, label: str = "") -> None:
        """Begin an extension with its first step."""
        self._add("exten", f"{pattern},1{_label(label)},", application)

    def same(self, application: Text, label: str = "") -> None:
        """Add the next step."""
        self._add("same", f"n{_label(label)},", application)

    def steps(self, pattern: str, applications: Iterable[tuple[str, Text]]) -> None:
        """Add an extension with its steps as (label, application)."""
        for number, (label, application) in enumerate(applications):
            if number == 0:
                self.exten(pattern, application, label)
            else:
                self.same(application, label)

    def section(self) -> Section:
        """Return the finished context."""
        return Section("ext", self.name, tuple(self.lines))

    def _add(self, variable: str, before: str, application: Text) -> None:
        if isinstance(application, list):
            self.lines.append(Line(variable, [before, *application]))
        elif isinstance(application, str):
            self.lines.append(Line(variable, before + application))
        else:
            self.lines.append(Line(variable, [before, application]))


def _label(label: str) -> str:
    return f"({label})" if label else ""


def prefix_step(prefix: str) -> str:
    """Return the step that puts text before the caller's name."""
    return f"Set(CALLERID(name)={prefix}${{CALLERID(name)}})"


def record_step(kind: str, key: str) -> str:
    """Return the step that records the call as soon as it is bridged."""
    name = context_of(kind, key).removeprefix("rec-")
    return f"MixMonitor({name}-${{STRFTIME(${{EPOCH}},,%Y%m%d-%H%M%S)}}-${{UNIQUEID}}.wav,b)"
