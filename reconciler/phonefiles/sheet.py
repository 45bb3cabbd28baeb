"""A sheet: the parameters of one device, each with what it carries out. Nothing is lost silently.

Renderers write here and nowhere else. Each parameter names the declared values that it stands
for; what nobody claimed in the end is a finding with a position, and so is what was refused.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, Protocol, TypeAlias

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic, Severity
from reconciler.diagnostics.place import Place
from reconciler.model.secret import Secret
from reconciler.phonefiles.file import Part, SecretRule, unwritable
from reconciler.phonefiles.phone import Origin

Written: TypeAlias = str | int | bool | Secret | tuple[Part, ...]
TextRule: TypeAlias = Callable[[str], str | None]

_WAY_OUT: Final = "leave it out for this model, or write the vendor's own parameter in raw"


class Subject(Protocol):
    """Whom a sheet is about: a phone, or an app on somebody's mobile."""

    @property
    def title(self) -> str:
        """The device as messages name it."""
        ...

    @property
    def place(self) -> Place:
        """Where it is declared."""
        ...

    @property
    def declared(self) -> Mapping[str, Origin]:
        """Everything that was said for it, by source."""
        ...


class NotHeld(Exception):
    """A value that this phone cannot hold: why, and a way out."""

    def __init__(self, detail: str, hint: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.hint = hint


class Parameter(NamedTuple):
    """A vendor's parameter, and the declared values that it carries out."""

    name: str
    parts: tuple[Part, ...]
    sources: tuple[str, ...] = ()


class Sheet:
    """Collects a device's parameters in order, and what cannot be written.

    `rule` says why the vendor's format cannot hold a text that all formats can; `empty` is how
    the format says that a parameter goes back to what it was; `way_out` is what people can do
    about a value that has no parameter.
    """

    def __init__(
        self,
        subject: Subject,
        *,
        rule: TextRule | None = None,
        empty: str = "",
        way_out: str = _WAY_OUT,
    ) -> None:
        self.subject = subject
        self.parameters: list[Parameter] = []
        self.rules: list[SecretRule] = []
        self._rule = rule
        self._empty = empty
        self._way_out = way_out
        self._claimed: set[str] = set()
        self._findings: list[Diagnostic] = []

    def put(self, name: str, value: Written | None, *sources: str) -> None:
        """Write a parameter that carries out these declared values; None empties it."""
        if type(value) is str:
            why = self._unwritable(value)
            if why is not None:
                self._refuse_text(why, sources)
                return
            parts: tuple[Part, ...] = (value,)
        elif type(value) is int:
            parts = (str(value),)
        elif isinstance(value, tuple):
            for part in value:
                why = self._unwritable(part) if isinstance(part, str) else None
                if why is not None:
                    self._refuse_text(why, sources)
                    return
            parts = value
        else:
            parts = self._parts(value)
        if sources:
            if "" in sources:
                sources = tuple(each for each in sources if each)
            self._claimed.update(sources)
        self.parameters.append(Parameter(name, parts, sources))

    @property
    def empty(self) -> str:
        """How the format says that a parameter goes back to what it was."""
        return self._empty

    def spelling(self, name: str) -> str:
        """Return the name under which a parameter is written that people gave another name."""
        return name

    def _unwritable(self, text: str) -> str | None:
        """Return why the format cannot hold a text; None when it can, as nearly always."""
        return unwritable(text) or (self._rule(text) if self._rule else None)

    def _refuse_text(self, why: str, sources: tuple[str, ...]) -> None:
        self.refuse(sources[0] if sources else "", f"its text {why}")
        self.claim(*sources)

    def _parts(self, value: Written | None) -> tuple[Part, ...]:
        if value is None:
            return (self._empty,)
        if isinstance(value, Secret):
            return (value,)
        if isinstance(value, bool):
            return ("1" if value else "0",)
        return (str(value),)

    def require(self, secret: Secret, pattern: str, says: str) -> None:
        """Ask something of a secret's value; it is checked when it is put in."""
        self.rules.append(SecretRule(secret.reference or "", pattern, says))

    def claim(self, *sources: str) -> None:
        """Say that these declared values are dealt with."""
        self._claimed.update(sources)

    def has_claimed(self, source: str) -> bool:
        """Whether a declared value is dealt with."""
        return source in self._claimed

    def refuse(
        self, source: str, why: str, hint: str | None = None, severity: Severity | None = None
    ) -> None:
        """Say that the device cannot hold a declared value."""
        self._claimed.add(source)
        origin = self.subject.declared.get(source)
        place = origin.place if origin else self.subject.place
        usual = origin.severity if origin else "error"
        what = f"{self.subject.title} cannot hold this {source}" if source else self.subject.title
        self._findings.append(
            found("value-not-held", f"{what}: {why}.", place, hint=hint, severity=severity or usual)
        )

    def about(self, *sources: str) -> "_About":
        """Turn a NotHeld inside into a finding about the first of these values."""
        return _About(self, sources)

    def report(self, code: str, detail: str, place: Place, hint: str | None = None) -> None:
        """Add a finding of another kind."""
        self.add(found(code, detail, place, hint=hint))

    def add(self, finding: Diagnostic) -> None:
        """Add a finding."""
        self._findings.append(finding)

    def findings(self) -> tuple[Diagnostic, ...]:
        """Return what was refused, and everything declared that no parameter carries out."""
        unclaimed = [
            found(
                "field-not-held",
                f"{self.subject.title} cannot hold {source}: its file has no parameter for it.",
                origin.place.key() if origin.place.path else origin.place,
                hint=self._way_out,
                severity=origin.severity,
            )
            for source, origin in self.subject.declared.items()
            if source not in self._claimed and not origin.is_empty
        ]
        return (*self._findings, *unclaimed)


class _About:
    """Notes a NotHeld on the sheet and lets the work go on; a class, as it is entered often."""

    __slots__ = ("_sheet", "_sources")

    def __init__(self, sheet: Sheet, sources: tuple[str, ...]) -> None:
        self._sheet = sheet
        self._sources = sources

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, refusal: object, trace: object) -> bool:
        if not isinstance(refusal, NotHeld):
            return False
        self._sheet.refuse(self._sources[0], refusal.detail, refusal.hint)
        self._sheet.claim(*self._sources)
        return True
