"""People: what each row declares, an extension with its phone and its direct number. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Checked, Diagnostic, Related
from reconciler.execution.secrets.strength import unfit, weakness
from reconciler.intake.columns import DIRECT, NUMBER, PHONE
from reconciler.intake.table import Cell
from reconciler.kinds.entry import Entry, secret_paths
from reconciler.kinds.extension import Extension
from reconciler.kinds.phone import Phone
from reconciler.kinds.shape import annotation_at
from reconciler.model.secret import Clear
from reconciler.model.value import Fields, Value

AUTO: Final = "auto"
_AS_A_FIGURE: Final = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+")
_YES: Final = frozenset(("yes", "y", "true", "on", "1"))
_NO: Final = frozenset(("no", "n", "false", "off", "0"))
_DAMAGED: Final = (
    "a spreadsheet has made a figure of it and its digits are lost: format the column as text, "
    "enter it again and save the table anew"
)

_LEAVE_EMPTY: Final = "leave the cell empty: a strong one is made at the first apply"


@dataclass(frozen=True, slots=True)
class Person:
    """A row, understood. Fields are by dotted path; secrets stand apart and are never shown.

    `cells` tell where each value stands: by section and path.
    """

    number: str
    fields: Fields
    secrets: Mapping[str, Clear]
    phone: str
    phone_fields: Fields
    did: str
    cells: Mapping[tuple[str, str], Cell]
    sound: bool = True
    """Whether nothing is wrong with the row itself."""

    @property
    def first(self) -> Cell:
        """The first cell that says anything of the person."""
        return min(self.cells.values(), key=lambda each: (each.line, each.column))


@dataclass(frozen=True, slots=True)
class Pool:
    """What `auto` takes from, in order, without what is taken."""

    numbers: Sequence[str] = ()
    dids: Sequence[str] = ()
    taken: frozenset[str] = frozenset()
    """Numbers of the PBX, direct numbers and names of phones that are declared already."""


@dataclass(slots=True)
class _Hand:
    """Gives out each thing once."""

    free: Iterator[str]
    used: dict[str, Cell] = field(default_factory=dict)

    def next(self) -> str | None:
        return next((each for each in self.free if each not in self.used), None)


def people(
    file: str, rows: Iterable[Mapping[str, Cell]], pool: Pool, in_full: Callable[[str], str]
) -> Checked[tuple[Person, ...]]:
    """Understand rows, in the order of the table.

    A row with a problem is not sound; it is kept, so that the estate's rules are tried on it, too.
    One whose number is not known, or stands in another row, is said and left out.
    """
    kept = [row for row in rows if row]
    problems: list[Diagnostic] = []
    numbers = _Hand(each for each in pool.numbers if each not in pool.taken)
    dids = _Hand(each for each in pool.dids if each not in pool.taken)
    for row in kept:  # what is written comes before what is given out
        for hand, name in ((numbers, NUMBER), (dids, DIRECT)):
            cell = row.get(name)
            if cell is not None and cell.text.lower() != AUTO:
                text = in_full(cell.text) if name == DIRECT else _bare(cell.text)
                hand.used.setdefault(text, cell)
    names: set[str] = set(pool.taken)
    understood: list[Person] = []
    known: set[str] = set()
    for row in kept:
        reader = _Row(file, row)
        number = reader.given(NUMBER, numbers, _bare, always=True)
        did = reader.given(DIRECT, dids, in_full)
        person = reader.person(number, did, names)
        problems += reader.problems
        sound = not any(each.severity == "error" for each in reader.problems)
        if number and number not in known:
            names.add(person.phone)
            known.add(number)
            understood.append(replace(person, sound=sound))
    return Checked(tuple(understood), tuple(problems))


class InFull:
    """Writes a direct number in full, as the country of the PBX dials it."""

    def __init__(self, country: str | None) -> None:
        self._country = country

    def __call__(self, text: str) -> str:
        """Return the number as +16035550100; as it is when it cannot be told what it is."""
        said = _bare(text)
        if re.fullmatch(r"\+[0-9]{2,15}", re.sub(r"[\s().-]", "", said)):
            return re.sub(r"[\s().-]", "", said)
        if self._country is None or not re.fullmatch(r"[0-9][0-9\s()./-]{3,20}|\([0-9].*", said):
            return said
        import phonenumbers  # only where numbers are written without a plus

        try:
            parsed = phonenumbers.parse(said, self._country)
        except phonenumbers.NumberParseException:
            return said
        if not phonenumbers.is_possible_number(parsed):
            return said
        return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _bare(text: str) -> str:
    """Return a cell without the apostrophe by which spreadsheets keep text as text."""
    return text.removeprefix("'")


class _Row:
    """Understands one row, and notes what is wrong with it."""

    def __init__(self, file: str, row: Mapping[str, Cell]) -> None:
        self._file = file
        self._row = row
        self._first = min(row.values(), key=lambda each: (each.line, each.column))
        self.problems: list[Diagnostic] = []

    def given(
        self, name: str, hand: _Hand, written: Callable[[str], str], *, always: bool = False
    ) -> str:
        """Return a number that is written, or one of those to be given out for `auto`."""
        cell = self._row.get(name)
        if cell is None and not always:
            return ""
        if cell is not None and cell.text.lower() != AUTO:
            text = written(cell.text)
            first = hand.used.get(text)
            if _AS_A_FIGURE.fullmatch(cell.text):
                self._say(cell, f'{name} "{cell.text}" is not a number that can be dialled: '
                          f"{_DAMAGED}.")  # fmt: skip
            elif first is not None and first != cell:
                self._say(
                    cell, f"{name} {text} stands in another row, too.",
                    related=(Related(first.span(self._file), "first here"),),
                )  # fmt: skip
            return text
        text = hand.next() or ""
        if not text:
            option = {NUMBER: "--numbers 1100-1199", DIRECT: "--dids +16035550100-+16035550149"}
            self._say(cell or self._first, f"There is no {name} left to be given to this row.",
                      hint=f"say which may be given out: {option[name]}")  # fmt: skip
        else:
            hand.used[text] = cell or self._first
        return text

    def person(self, number: str, did: str, names: set[str]) -> Person:
        """Return the person that the row tells of."""
        extension: dict[str, Value] = {}
        phone: dict[str, Value] = {}
        secrets: dict[str, Clear] = {}
        cells: dict[tuple[str, str], Cell] = {
            ("extensions", ""): self._row.get(NUMBER, self._first),
            ("inbound_routes", ""): self._row.get(DIRECT, self._first),
            ("phones", ""): self._row.get("phone.mac", self._first),
        }
        for path, cell in self._row.items():
            if path in (NUMBER, DIRECT, PHONE):
                continue
            section, inner = (
                ("phones", path.removeprefix("phone."))
                if path.startswith("phone.")
                else ("extensions", path)
            )
            cells[section, inner] = cell
            if section == "extensions" and inner in secret_paths(Extension):
                secrets[inner] = self._secret(inner, cell, number)
            elif section == "extensions":
                extension[inner] = self._value(Extension, inner, cell)
            else:
                phone[inner] = self._value(Phone, inner, cell)
        if "name" not in extension:
            self._say(self._first, "The row has no name.", hint="every person or place has a name")
        name = ""
        if "mac" in phone:
            said = self._row.get(PHONE)
            name = said.text if said else _free(str(extension.get("name", "")), number, names)
            phone.setdefault("owner", extension.get("name", ""))
        elif phone.keys() & {"model", "vendor", "serial"}:
            self._say(
                next(c for p, c in self._row.items() if p.startswith("phone.")),
                "The row tells of a phone without its MAC address.",
                hint="phones are known by it: fill `mac`, or leave the phone's cells empty",
            )
        else:
            phone = {}  # where a phone would stand, if there were one
        return Person(number, extension, secrets, name, phone, did, cells)

    def _value(self, model: type[Entry], path: str, cell: Cell) -> Value:
        text = _bare(cell.text)
        annotation, _ = annotation_at(model, path.split("."))
        if annotation is bool or bool in getattr(annotation, "__args__", ()):
            if text.lower() in _YES | _NO:
                return text.lower() in _YES
            self._say(cell, f'"{text}" is neither yes nor no.', hint="yes or no")
        if path == "tags":
            return text.replace(",", " ").split()
        if path == "mac" and _AS_A_FIGURE.fullmatch(text):
            self._say(cell, f'mac "{text}" is no MAC address: {_DAMAGED}.')
        return text

    def _secret(self, path: str, cell: Cell, number: str) -> Clear:
        """Return a password or PIN; what is wrong with it is said without it."""
        bad, weak = unfit(path, cell.text), weakness(cell.text, number)
        if bad is not None:
            told = f"The {path} of {number} {bad}."
            self._say(cell, told, code="secret-unfit", hint=_LEAVE_EMPTY)
        elif weak is not None:
            told = f"The {path} of {number} is easily guessed: it {weak}."
            self._say(cell, told, code="weak-secret", hint=_LEAVE_EMPTY)
        return Clear(cell.text)

    def _say(
        self, cell: Cell, detail: str, *, code: str = "csv-row", hint: str | None = None,
        related: tuple[Related, ...] = (),
    ) -> None:  # fmt: skip
        told = found(code, detail, cell.span(self._file), hint=hint, related=related)
        self.problems.append(told)


def _free(name: str, number: str, names: set[str]) -> str:
    """Return a phone's name made of a person's: ada-okafor, or ada-okafor-1101 if that is taken."""
    import unicodedata

    letters = unicodedata.normalize("NFKD", name.lower())
    slug = "-".join(re.findall(r"[a-z0-9]+", letters.encode("ascii", "ignore").decode()))[:50]
    return f"phone-{number}" if not slug else slug if slug not in names else f"{slug}-{number}"
