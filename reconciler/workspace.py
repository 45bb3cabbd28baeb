"""The workspace: where, when and by whom a command runs, and what it keeps between runs. IO."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.adapter import Adapter
from reconciler.adapters import ADAPTERS
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.errors import SecretUnavailable
from reconciler.execution.secrets.fingerprint import Fingerprints, workspace_key
from reconciler.execution.secrets.keys import KEY_FILE, StoreKey
from reconciler.execution.secrets.sources import KnownSchemes, Secrets
from reconciler.execution.secrets.store import Store, file_store
from reconciler.journal import open_journal
from reconciler.language.load import load
from reconciler.language.source import Sources
from reconciler.model.address import Address
from reconciler.model.resource import Desired
from reconciler.model.secret import Secret
from reconciler.model.target import Target
from reconciler.model.value import Fields

if TYPE_CHECKING:
    # Only named here: `validate` has no use for them.
    from reconciler.execution.session import Sessions
    from reconciler.execution.values import Values
    from reconciler.journal import Journal, Lock
    from reconciler.provisioning.store.published import Published

_PROVISIONING = Address("provisioning", "", "provisioning")
_WORKSPACE = Address("workspace", "", "workspace")


class Surroundings(NamedTuple):
    """Where, when, by whom and how a command runs.

    `folder` is the workspace's own (`.reconciler`), `journal` a URL or None for the file in it.
    What is None is taken from the files' `workspace` section.
    """

    cwd: Path
    folder: Path
    environ: Mapping[str, str]
    now: Callable[[], datetime]
    actor: str
    commit: str = ""
    journal: str | None = None
    use_cache: bool = True
    timeout_s: float = 10.0
    lock_wait_s: float | None = None
    parallelism: int | None = None
    reason: str = ""
    adapters: Mapping[str, Adapter] = ADAPTERS
    lacks: Callable[[str], bool] = lambda _: False
    """Whether the history of what is checked out lacks a commit."""

    def stamp(self, later_s: int = 0) -> str:
        """Return the time as ISO 8601 in UTC, to the second."""
        return (self.now() + timedelta(seconds=later_s)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Keys(NamedTuple):
    """What can be opened before the journal: secrets, and the key of fingerprints."""

    key: bytes
    store: Store
    secrets: Secrets
    fingerprints: Fingerprints


class Stores(NamedTuple):
    """The workspace's own things, opened: journal, secrets, the key of fingerprints."""

    journal: "Journal"
    secrets: Secrets
    store: Store
    fingerprints: Fingerprints
    key: bytes
    workspace: Fields

    def lock(
        self, purpose: str, at: Surroundings, told: Callable[[str], None] | None = None
    ) -> "Lock":
        """Take the journal's lock, waiting as long as asked; who waits is `told` for whom.

        Raises JournalLocked.
        """
        wait_s = at.lock_wait_s
        if wait_s is None:
            wait_s = float(self.workspace.get("lock_timeout") or 0)
        for_s = f"Waiting up to {wait_s:g} s."
        waits = None if told is None else (lambda why: told(f"{why} {for_s}"))
        return self.journal.lock(purpose, at.actor, wait_s, told=waits)

    @property
    def values(self) -> "Values":
        """Secrets by reference and by fingerprint."""
        from reconciler.execution.values import Values

        return Values(self.secrets, self.fingerprints)


def open_keys(at: Surroundings, workspace: Fields) -> Keys:
    """Open the secrets. Raises WorkspaceError, SecretUnavailable."""
    key = workspace_key(at.folder, at.environ)
    store = file_store(at.folder, at.environ)
    return Keys(key, store, _secrets(at, workspace, store), Fingerprints(key))


@contextmanager
def open_stores(
    at: Surroundings,
    desired: Desired | None = None,
    keys: Keys | None = None,
    *,
    paths: Sequence[Path] = (),
) -> Iterator[Stores]:
    """Open the journal and the secrets. Raises JournalError, WorkspaceError, SecretUnavailable.

    Commands that read no files leave `desired` out: where things are is looked up in `paths`, or
    beside the folder. `keys` were opened before.
    """
    workspace = desired.workspace if desired else _workspace_in(paths or [at.folder.parent], at)
    keys = keys or open_keys(at, workspace)
    store, secrets = keys.store, keys.secrets
    url = journal_url(at, workspace)
    password = workspace.get("journal_password")
    revealed = (
        secrets.reveal(password.reference, address=_WORKSPACE, path="journal_password")
        if isinstance(password, Secret) and password.reference
        else None
    )
    with open_journal(
        url, key=keys.key, password=revealed, folder=at.folder, clock=at.now
    ) as journal:
        if workspace.get("secrets.store.in_journal"):
            store = Store(journal.document("secrets"), StoreKey(at.folder / KEY_FILE, at.environ))
            secrets.keep_in(store)
        yield Stores(journal, secrets, store, keys.fingerprints, keys.key, workspace)


def journal_url(at: Surroundings, workspace: Fields) -> str:
    """Return where the journal is: a path or a database's address."""
    return at.journal or _beside(at.folder, workspace.get("journal"), "journal.db")


def firmware_folder(provisioning: Fields, at: Surroundings) -> Path | None:
    """Return the folder of the firmware that the provisioning server gives out; None without."""
    folder = provisioning.get("firmware_folder")
    return at.folder.parent / str(folder) if folder else None


def signing_keys(provisioning: Fields, secrets: Secrets) -> tuple[str, ...]:
    """Return the keys that sign addresses, the new one first. Raises SecretUnavailable."""
    from reconciler.provisioning.signatures import SHORTEST

    keys = []
    for name in ("signing_key", "previous_signing_key"):
        secret = provisioning.get(name)
        if isinstance(secret, Secret) and secret.reference:
            found = secrets.reveal(secret.reference, address=_PROVISIONING, path=name).reveal()
            if len(found) < SHORTEST:
                raise SecretUnavailable(
                    f"provisioning: {name} has fewer than {SHORTEST} characters: its signatures "
                    f"could be guessed.",
                    hint="openssl rand -hex 32 | reconciler secrets set provisioning-key",
                )
            keys.append(found)
    return tuple(keys)


def _secrets(at: Surroundings, workspace: Fields, store: Store) -> Secrets:
    return Secrets(
        store,
        commands=workspace.get("secrets.commands") or {},
        environ=_with_vault(at, workspace),
        folder=at.folder.parent,
        command_timeout_s=workspace.get("secrets.command_timeout") or 10,
    )


@contextmanager
def open_secrets(at: Surroundings, workspace: Fields) -> Iterator[Secrets]:
    """Give the secrets alone: what serves needs no journal, unless they are kept in it."""
    if workspace.get("secrets.store.in_journal"):
        with open_stores(at) as stores:
            yield stores.secrets
    else:
        yield _secrets(at, workspace, file_store(at.folder, at.environ))


@contextmanager
def open_published_store(
    at: Surroundings, provisioning: Fields, secrets: Secrets
) -> Iterator["Published"]:
    """Open what devices may fetch: where the provisioning section says, or in the folder.

    Raises StoreError, WorkspaceError, SecretUnavailable.
    """
    from reconciler.provisioning.store.published import open_published
    from reconciler.provisioning.store.sealing import published_key

    url = _beside(at.folder, provisioning.get("store"), "published.db")
    password = provisioning.get("store_password")
    revealed = (
        secrets.reveal(password.reference, address=_PROVISIONING, path="store_password")
        if isinstance(password, Secret) and password.reference
        else None
    )
    key = published_key(at.folder, at.environ)
    with open_published(url, key, password=revealed, clock=at.now) as store:
        yield store


def _workspace_in(paths: Sequence[Path], at: Surroundings) -> Fields:
    """Return what the files say of the workspace, as far as they can be read."""
    return read_sections(paths, at).value.workspace


class Sections(NamedTuple):
    """What the files say of workspace and provisioning, without looking at the rest of them."""

    workspace: Fields
    provisioning: Fields
    sources: Sources


def read_sections(paths: Sequence[Path], at: Surroundings) -> Checked[Sections]:
    """Read those files only that have these sections: who serves need not know every phone."""
    from reconciler.language.decode import decode
    from reconciler.language.parse import parse
    from reconciler.resolve.singles import merged

    sources = load(paths, cwd=at.cwd)
    named = Sources(
        {
            file: source
            for file, source in sources.value.files.items()
            if re.search(r"""(?m)(^|[{,\s"'])(workspace|provisioning)["']?\s*:""", source.text)
        }
    )
    nodes = parse(named, {})
    declarations = decode(nodes.value, KnownSchemes())
    problems: list[Diagnostic] = []
    sections = Sections(
        merged(declarations.value.of("workspace"), problems),
        merged(declarations.value.of("provisioning"), problems),
        named,
    )
    found = (*sources.diagnostics, *nodes.diagnostics, *declarations.diagnostics, *problems)
    return Checked(sections, found)


def _beside(folder: Path, url: str | None, usual: str) -> str:
    """Return where a database is: the folder's own file, or a path from the workspace's folder."""
    if url is None:
        return str(folder / usual)
    return url if "://" in url else str(folder.parent / url)


def with_store(desired: Desired, at: Surroundings) -> Desired:
    """Return the estate with the published store as the place of all targets that hold files."""
    said = desired.provisioning
    store = {
        "store": _beside(at.folder, said.get("store"), "published.db"),
        "store_password": said.get("store_password"),
        "folder": str(at.folder),
    }
    targets = {
        name: each._replace(settings=store) if _holds_files(each, at) else each
        for name, each in desired.targets.items()
    }
    return desired._replace(targets=targets)


def _holds_files(target: Target, at: Surroundings) -> bool:
    adapter = at.adapters.get(target.adapter)
    return adapter is not None and any(each.rendered for each in adapter.supports.values())


def _with_vault(at: Surroundings, workspace: Fields) -> Mapping[str, str]:
    """Return the environment with what the files say of the vault; the environment wins."""
    said = {
        "VAULT_ADDR": workspace.get("secrets.vault.url"),
        "VAULT_NAMESPACE": workspace.get("secrets.vault.namespace"),
    }
    token = workspace.get("secrets.vault.token")
    if isinstance(token, Secret) and token.reference and "VAULT_TOKEN" not in at.environ:
        # The token comes from a file or a variable: the store itself may need nothing of it.
        plain = Secrets(None, environ=at.environ, folder=at.folder.parent)
        clear = plain.reveal(token.reference, address=_WORKSPACE, path="secrets.vault.token")
        said["VAULT_TOKEN"] = clear.reveal()
    named = {name: str(value) for name, value in said.items() if value}
    return {**named, **at.environ} if named else at.environ


def open_sessions(desired: Desired, keys: Keys | Stores, at: Surroundings) -> "Sessions":
    """Get ready to talk to the targets; each is connected when it is first needed."""
    from reconciler.execution.session import Sessions
    from reconciler.kept.answers import FOLDER, KeptAnswers

    targets = {n: each for n, each in desired.targets.items() if each.adapter in at.adapters}
    moves = {each.source: each.destination for each in desired.moved}
    answers = KeptAnswers(
        at.folder / "cache" / FOLDER, targets, at.adapters, moves, keys.fingerprints
    )
    return Sessions(
        targets,
        at.adapters,
        keys.secrets,
        keys.fingerprints,
        moves,
        folder=at.folder.parent,
        timeout_s=at.timeout_s,
        parallelism=at.parallelism or desired.workspace.get("parallelism") or 10,
        answers=answers if at.use_cache else None,
    )
