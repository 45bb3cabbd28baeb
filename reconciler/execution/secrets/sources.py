"""Where values come from: references by scheme, revealed one at a time and kept for the run.

A failure names the reference and a way out, never a value, nor what a program or server said
besides (it may repeat the value).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from reconciler.errors import ReconcilerError, SecretUnavailable
from reconciler.execution.secrets.command import TIMEOUT_S, run_command
from reconciler.execution.secrets.derived import Derived
from reconciler.execution.secrets.generated import Generated
from reconciler.execution.secrets.redact import redact
from reconciler.execution.secrets.store import Store
from reconciler.execution.secrets.vault import read_vault
from reconciler.kinds.all_traits import TRAITS
from reconciler.model.address import Address
from reconciler.model.secret import SCHEMES, Clear

Scheme: TypeAlias = Callable[[str, Mapping[str, str]], str]
"""What follows `scheme:`, and the environment -> the value. Raises SecretUnavailable."""

Command: TypeAlias = str | Sequence[str]
ENTRY_POINTS = "reconciler.secrets"
GENERATED = "generated"
_FILE_LIMIT = 65_536


def installed_schemes() -> dict[str, Scheme]:
    """Return the schemes beside the built-in ones: `vault`, and those of installed packages."""
    from importlib.metadata import entry_points  # with parsers of mail and archives: when needed

    found: dict[str, Scheme] = {"vault": read_vault}
    found.update({each.name: each.load() for each in entry_points(group=ENTRY_POINTS)})
    return found


class KnownSchemes(Collection[str]):
    """Every scheme that a secret may have. What is installed is looked for where ours do not do."""

    def __contains__(self, scheme: object) -> bool:
        return scheme in SCHEMES or scheme in self._others

    def __iter__(self) -> Iterator[str]:
        return iter({*SCHEMES, *self._others})

    def __len__(self) -> int:
        return len({*SCHEMES, *self._others})

    @cached_property
    def _others(self) -> frozenset[str]:
        return frozenset(installed_schemes())


def qualified(reference: str, address: Address, path: str) -> str:
    """Return the reference in a form that needs no context: a bare `generated` names its field."""
    return f"{GENERATED}:{address}/{path}" if reference == GENERATED else reference


class Secrets:
    """Turns references into values.

    `folder` is what `file:` paths are relative to, `commands` the inventory's by name, `schemes`
    others than the built-in ones (`installed_schemes()` unless given), `moves` objects that have
    a new address (old -> new) and take their generated values along.
    """

    def __init__(
        self,
        store: Store | None,
        *,
        commands: Mapping[str, Command] | None = None,
        environ: Mapping[str, str],
        folder: Path,
        schemes: Mapping[str, Scheme] | None = None,
        moves: Mapping[Address, Address] | None = None,
        command_timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._store = store
        self._commands = commands or {}
        self._environ = environ
        self._folder = folder
        self._schemes = schemes
        self._command_timeout_s = command_timeout_s
        self._known: dict[str, Clear] = {}
        self._failed: dict[str, SecretUnavailable] = {}
        self._generated = Generated(store)
        self._derived: dict[str, Derived] = {}
        self.open_files: set[str] = set()
        """References to files that everybody on the machine may read."""
        self.follow(moves or {})

    def keep_in(self, store: Store) -> None:
        """Use another store from now on: one that could only be opened with a secret of its own."""
        self._store = store
        self._generated.keep_in(store)

    def derive(self, scheme: str, derived: Derived) -> None:
        """Put values of a scheme together from others' from now on."""
        self._derived[scheme] = derived

    def is_derived(self, reference: str) -> bool:
        """Whether a value is made of others: those are judged, it is not."""
        return reference.partition(":")[0] in self._derived

    def follow(self, moves: Mapping[Address, Address]) -> None:
        """Take note of objects that have a new address (old -> new)."""
        self._generated.follow(moves)

    def reveal(self, reference: str, *, address: Address, path: str) -> Clear:
        """Return the value; a generated one is made and stored first if there is none yet.

        Raises SecretUnavailable, or WorkspaceError when the store cannot be used.
        """
        reference = qualified(reference, address, path)
        self.make([reference])
        found = self.look_up(reference, address=address, path=path)
        if found is None:
            raise SecretUnavailable(f"The secret {reference} could not be stored.")
        return found

    def look_up(self, reference: str, *, address: Address, path: str) -> Clear | None:
        """Return the value, None for a generated one that does not exist yet. Stores nothing.

        Raises SecretUnavailable, or WorkspaceError when the store cannot be used.
        """
        known = self._known.get(reference)
        if known is not None:
            return known
        reference = qualified(reference, address, path)
        if self.is_derived(reference):
            return self._put_together(reference, address, path)
        if reference in self._failed:
            raise self._failed[reference]
        found = self._known.get(reference)
        if found is None:
            try:
                found = self._find(reference, address)
            except SecretUnavailable as failure:
                self._failed[reference] = failure
                raise
            if found is not None:
                self._known[reference] = found
        return found

    def renew(self, references: Iterable[str]) -> None:
        """Have generated secrets made anew by the next `make`; others are passed over."""
        mine = [each for each in references if each.startswith(f"{GENERATED}:")]
        for each in mine:
            self._known.pop(each, None)
        self._generated.renew(each.removeprefix(f"{GENERATED}:") for each in mine)

    def make(self, references: Iterable[str]) -> None:
        """Make the generated secrets that do not exist yet: one write, durable before it returns.

        Values of objects that have moved are kept under their new address. `references` are
        qualified (`generated:...`); of those that are made of others, what they need is made.
        """
        mine = f"{GENERATED}:"
        self._generated.make(
            each.removeprefix(mine) for each in self._resolved(references) if each.startswith(mine)
        )

    @property
    def has_made(self) -> bool:
        """Whether a generated secret was made, or renamed, since this was opened."""
        return self._generated.has_made

    def _resolved(self, references: Iterable[str]) -> Iterator[str]:
        for each in references:
            scheme, _, name = each.partition(":")
            if scheme in self._derived:
                yield from self._resolved(self._derived[scheme].needs(name))
            else:
                yield each

    def _put_together(self, reference: str, address: Address, path: str) -> Clear | None:
        """Return a value that is made of others; None while one of those does not exist yet.

        It is not kept: files are large, and putting one together is quick.
        """
        scheme, _, name = reference.partition(":")
        derived = self._derived[scheme]
        values: dict[str, str] = {}
        for each in derived.needs(name):
            found = self.look_up(each, address=address, path=path)
            if found is None:
                return None
            values[each] = found.reveal()
        return derived.value(name, values.__getitem__)

    def redact(self, text: str) -> str:
        """Return the text without any value that was revealed in this run."""
        return redact(text, [each.reveal() for each in self._known.values()])

    def _find(self, reference: str, address: Address) -> Clear | None:
        scheme, _, rest = reference.partition(":")
        if scheme == GENERATED:
            return self._generated.find(rest)
        if scheme == "store":
            found = self._needed_store(reference).get(rest)
            if found is None:
                hint = f"reconciler secrets set {rest}"
                if address.kind in TRAITS and TRAITS[address.kind].scope == "pbx":
                    # A login is no such secret: to recover anything, one has to log in.
                    hint += (
                        "; where a PBX still has what a lost store held: "
                        "reconciler secrets recover PBX"
                    )
                raise SecretUnavailable(f"The secret {reference} is not in the store.", hint=hint)
            return found
        if scheme == "env":
            return self._variable(rest)
        if scheme == "file":
            return self._file(rest)
        if scheme == "command":
            return self._command(rest)
        return self._foreign(scheme, rest)

    def _variable(self, name: str) -> Clear:
        value = self._environ.get(name)
        if not value:
            state = "is empty" if value == "" else "is not set"
            raise SecretUnavailable(
                f"The secret env:{name} is not available: the variable {state}.",
                hint=f"export {name}=... in the shell, or define it in the pipeline's secrets",
            )
        return Clear(value)

    def _file(self, name: str) -> Clear:
        file = self._folder / name
        try:
            with file.open(encoding="utf-8", newline="") as handle:
                text = handle.read(_FILE_LIMIT + 1)
            if file.stat().st_mode & 0o007:
                self.open_files.add(f"file:{name}")
        except (OSError, UnicodeDecodeError) as failure:
            why = failure.strerror if isinstance(failure, OSError) else "it is not text"
            raise SecretUnavailable(
                f"The secret file:{name} is not available: {file}: {why}.",
                hint=f"write the secret to {file} (chmod 600), or correct the path",
            ) from None
        if len(text) > _FILE_LIMIT:
            raise SecretUnavailable(f"The secret file:{name} is larger than 64 KiB.")
        value = text.removesuffix("\n").removesuffix("\r")
        if not value:
            raise SecretUnavailable(f"The secret file:{name} is empty: {file}.")
        return Clear(value)

    def _command(self, rest: str) -> Clear:
        name, _, argument = rest.partition(":")
        if name not in self._commands:
            known = ", ".join(sorted(self._commands)) or "none"
            raise SecretUnavailable(
                f"The secret command:{rest} names a command that the inventory does not list "
                f"(listed: {known}).",
                hint=f'workspace: {{secrets: {{commands: {{{name}: ["program", "argument"]}}}}}}',
            )
        return run_command(
            f"command:{rest}",
            self._commands[name],
            argument,
            self._environ,
            self._folder,
            timeout_s=self._command_timeout_s,
        )

    def _foreign(self, scheme: str, rest: str) -> Clear:
        if self._schemes is None:
            self._schemes = installed_schemes()
        if scheme not in self._schemes:
            known = ", ".join(sorted({*SCHEMES, *self._schemes}))
            raise SecretUnavailable(
                f"The secret {scheme}:{rest} has an unknown scheme.",
                hint=f"schemes: {known}; packages add others (entry points {ENTRY_POINTS})",
            )
        try:
            return Clear(self._schemes[scheme](rest, self._environ))
        except ReconcilerError:
            raise
        except Exception as failure:  # noqa: BLE001 - a plug-in's failure must not show its text
            raise SecretUnavailable(
                f"The secret {scheme}:{rest} is not available: the scheme's plug-in failed with "
                f"{type(failure).__name__}.",
            ) from None

    def _needed_store(self, reference: str) -> Store:
        if self._store is None:
            raise SecretUnavailable(
                f"The secret {reference} is kept in the store, and there is none.",
                hint="reconciler secrets init",
            )
        return self._store
