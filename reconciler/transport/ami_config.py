"""Configuration files over AMI: what GetConfig answers, and edits packed into UpdateConfig.

Pure. Facts were seen on Asterisk 22.10.1:
- one UpdateConfig request is all-or-nothing: the first edit that fails leaves the file untouched;
- edits are numbered from 000000 without a gap: after a gap the rest is ignored, with Success;
- a request has 128 lines at most, which is about 30 appended lines of configuration;
- with another source than destination, the destination becomes the edited source, in one go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, NamedTuple

from reconciler.errors import AdapterBroke, UnexpectedReply
from reconciler.transport.ami_message import MAX_LINES, Message, check_request

EditAction = Literal["NewCat", "RenameCat", "DelCat", "EmptyCat", "Update", "Delete", "Append"]
"""`Insert` is missing on purpose: it loses lines, and twice in one request it crashes Asterisk."""

_FRAME_LINES = 4
"""Lines of a request that are not edits: Action, ActionID, SrcFilename, DstFilename."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a configuration file, in file order; lines as (name, value), in order.

    Values of `templates` are already expanded into `lines`. `=>` reads back as `=`.
    """

    name: str
    templates: tuple[str, ...]
    lines: tuple[tuple[str, str], ...] = field(repr=False)
    is_template: bool = False


class Edit(NamedTuple):
    """One action inside UpdateConfig.

    An edit hits every section of that name; `options` such as `catfilter="type=auth"` narrow it
    (the double quotes are needed), and for NewCat say `allowdups`, `template` or `inherit="name"`.
    `match` narrows Update and Delete to lines with this value. RenameCat takes the new name as
    `value`.
    """

    action: EditAction
    category: str
    variable: str | None = None
    value: str | None = None
    match: str | None = None
    options: str | None = None

    def __repr__(self) -> str:
        return f"Edit({self.action} {self.category} {self.variable})"  # values may be passwords

    @property
    def lines(self) -> int:
        """How many lines of a request it takes."""
        return len(self) - self.count(None)


class Unit(NamedTuple):
    """Edits that become visible together or not at all: a phone's endpoint, auth and aor, say."""

    name: str
    edits: tuple[Edit, ...]


class Staging(NamedTuple):
    """Two files beside the real ones, for units that no single request can hold.

    `work` is overwritten and wiped; `blank` stays empty for ever and is what `work` is wiped with.
    Both must exist (CreateConfig), like the real file, and no `#include` or `#tryinclude` glob may
    match them. Two runs at a time must not share a `work` file.
    """

    work: str
    blank: str


class ConfigFile:
    """What GetConfig tells of a file. Made out when somebody looks: most is as it was before.

    Made of `content`, the answer of a target without the number of the question, or of sections.
    Passwords are in it, and stay out of the repr.
    """

    def __init__(
        self,
        content: bytes = b"",
        sections: tuple[Section, ...] | None = None,
        *,
        target: str = "asterisk",
    ) -> None:
        self.content = content
        self._target = target
        if sections is not None:
            self.sections = sections

    def __repr__(self) -> str:
        return "ConfigFile()"

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Its sections, in file order. Raises UnexpectedReply where lines belong to none."""
        try:
            return sections_of(Message(raw=self.content))
        except (KeyError, ValueError):  # whose text may hold a password
            why = "its answer has lines that belong to no section"
            raise UnexpectedReply(self._target, "reading a configuration file", why) from None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of its sections, in file order. Quicker than to ask for the sections."""
        if "sections" in self.__dict__:
            return tuple([each.name for each in self.sections])
        return names_in(self.content)

    @cached_property
    def variables(self) -> frozenset[str]:
        """The names of its lines, whatever their section. As quick as `names`."""
        if "sections" in self.__dict__:
            return frozenset([name for each in self.sections for name, _ in each.lines])
        return frozenset(_decoded(_LINE.findall(self.content)))


_CATEGORY: Final = re.compile(rb"\r\nCategory-\d+: ([^\r]*)")
_LINE: Final = re.compile(rb"\r\nLine-\d+-\d+: ([^=\r]*)")


def names_in(content: bytes) -> tuple[str, ...]:
    """Return the names of sections in an answer to GetConfig or ListCategories."""
    return tuple(_decoded(_CATEGORY.findall(content)))


def _decoded(names: Iterable[bytes]) -> list[str]:
    return [name.decode("utf-8", "replace") for name in names]


def sections_of(response: Message) -> tuple[Section, ...]:
    """Return the sections of a GetConfig response, same-named ones apart, in file order.

    Works on `Category-000002: 1001`, `Templates-000002: a,b`, `IsTemplate-000002: 1` and
    `Line-000002-000000: type=endpoint`. Raises KeyError for a line of no section,
    ValueError for one without a number.
    """
    names: dict[str, str] = {}
    templates: dict[str, tuple[str, ...]] = {}
    are_templates: set[str] = set()
    lines: dict[str, list[tuple[str, str]]] = {}
    for header, value in response.headers:
        kind, _, number = header.partition("-")
        if kind == "Line":
            variable, _, text = value.partition("=")
            lines[number[: number.index("-")]].append((variable, text))
        elif kind == "Category":
            names[number] = value
            lines[number] = []
        elif kind == "Templates":
            templates[number] = tuple(name.strip() for name in value.split(",") if name.strip())
        elif kind == "IsTemplate" and value == "1":
            are_templates.add(number)
    return tuple(
        Section(name, templates.get(at, ()), tuple(lines[at]), at in are_templates)
        for at, name in names.items()
    )


def split_update_config(
    filename: str, units: Sequence[Unit], *, target: str, staging: Staging | None = None
) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Pack units into the fields of as few UpdateConfig requests as their order allows.

    Send them in order, and stop at the first that fails: what is then in the file are whole units.
    The requests do not reload anything. None of them is idempotent.

    A unit that fits into one request is never spread over two. A longer one is built in
    `staging.work`: its first request copies the real file there with the first edits applied, more
    requests edit the copy, and the last one writes the edited copy over the real file with the last
    edits applied: the visible switch is one all-or-nothing request whatever the unit's size.
    The copy is then wiped, by the very last request, for it holds passwords. (Building under a
    temporary section name and renaming at the end would put half-built sections into a live file,
    where anybody's reload makes them real.) When a chain stops halfway, the real file is untouched
    and the next chain starts with a fresh copy.

    Raises AdapterBroke, naming the unit: it is longer than a request and `staging` is None, or an
    edit would not survive the way into the file.
    """
    requests: list[_Request] = []
    room = MAX_LINES - _FRAME_LINES
    for unit in units:
        _check_unit(target, filename, unit)
        size = sum([edit.lines for edit in unit.edits])
        if size > room:
            if staging is None:
                why = (
                    f"unit {unit.name!r} has {size} lines and no staging, one request takes {room}"
                )
                raise AdapterBroke(target, f"editing {filename}", why)
            requests += _staged(filename, unit, staging, room)
        elif requests and requests[-1].lines + size <= room:
            # Also after a chain: its last request writes the real file, and may write more of it.
            requests[-1].edits.extend(unit.edits)
        elif unit.edits:
            requests.append(_Request(filename, filename, list(unit.edits)))
    if staging is not None and any(request.source == staging.work for request in requests):
        requests.append(_Request(staging.blank, staging.work, []))
    fields = tuple(request.fields() for request in requests)
    for each in fields:
        check_request(target, "UpdateConfig", each)
    return fields


@dataclass(slots=True)
class _Request:
    """A request being filled."""

    source: str
    destination: str
    edits: list[Edit]

    @property
    def lines(self) -> int:
        return sum(edit.lines for edit in self.edits)

    def fields(self) -> tuple[tuple[str, str], ...]:
        edits = [pair for at, edit in enumerate(self.edits) for pair in _numbered(edit, at)]
        return (("SrcFilename", self.source), ("DstFilename", self.destination), *edits)


def _staged(filename: str, unit: Unit, staging: Staging, room: int) -> list[_Request]:
    """Spread one unit over several requests, of which only the last touches the real file."""
    parts: list[_Request] = []
    for edit in unit.edits:
        if not parts or parts[-1].lines + edit.lines > room:
            parts.append(_Request(staging.work, staging.work, []))
        parts[-1].edits.append(edit)
    parts[0].source = filename
    parts[-1].destination = filename
    return parts


_HEADERS: Final = ("Action", "Cat", "Var", "Value", "Match", "Options")
"""By which headers a request says what an `Edit` says, in its order."""


def _numbered(edit: Edit, at: int) -> list[tuple[str, str]]:
    """Return the headers of one edit under its number."""
    number = f"-{at:06d}"
    pairs = zip(_HEADERS, edit, strict=True)
    return [(name + number, text) for name, text in pairs if text is not None]


def _check_unit(target: str, filename: str, unit: Unit) -> None:
    """Refuse edits that Asterisk accepts and then writes as something else.

    Adapters tell the operator earlier and better; this keeps a file whole if one forgets.
    """

    def refuse(edit: Edit, why: str) -> AdapterBroke:
        where = f"{edit.action} {edit.variable or ''}".strip()
        return AdapterBroke(target, f"editing {filename}", f"unit {unit.name!r}, {where}: {why}")

    for edit in unit.edits:
        renamed = edit.value if edit.action == "RenameCat" else None
        for name in (edit.category, renamed or ""):
            # A "]" ends the name early and a ";" starts a comment: the file is then corrupt.
            if "[" in name or "]" in name or ";" in name:
                raise refuse(edit, "a section name cannot hold '[', ']' or ';'")
        if edit.action in {"Update", "Append", "RenameCat"} and edit.value is None:
            raise refuse(edit, "it has no value")
        if edit.action in {"Update", "Append", "Delete"} and not edit.variable:
            raise refuse(edit, "it has no variable")
        if edit.value is not None and edit.value != edit.value.strip():
            raise refuse(edit, "blanks at the ends of a value are lost in the file")
        if edit.value is not None and edit.value.startswith(">"):
            raise refuse(edit, "a value that starts with '>' turns '=' into '=>'")
