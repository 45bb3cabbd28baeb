"""The plan: what will be done and why, as one frozen value that is shown, saved and replayed."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.address import Address
from reconciler.model.change import Change
from reconciler.model.live import Edit
from reconciler.model.step import Commit, Step
from reconciler.model.value import EMPTY


class Waiting(NamedTuple):
    """Something declared that cannot be judged now: not reachable, not read."""

    address: Address
    target: str
    reason: str


class TargetSummary(NamedTuple):
    """What the plan knows of a target: adapter, version, how it was read.

    `edits` are what others changed in what is written once for many; its commit puts it right.
    `order` is how objects stood of which the plan depends on the order (routes, when one is
    written); those of different kinds follow each other.
    """

    target: str
    adapter: str
    version: str
    objects: int
    unmanaged: tuple[Address, ...]
    unreachable: str | None
    pending_reload: str | None
    active_calls: int | None
    edits: tuple[Edit, ...] = ()
    order: tuple[Address, ...] = ()
    reloading: str | None = None


class Impact(NamedTuple):
    """Who notices what, in people's words: ("Reception (600)", "rings 2 phones instead of 3")."""

    who: str
    what: str


class FileChange(NamedTuple):
    """How files change, with secrets masked: the same change of many files is one.

    `lines` is a unified diff of the first of them, with the lines around; empty for files that come
    or go as a whole. `added` and `removed` count lines. `files` are those concerned, by address and
    field's path.
    """

    lines: tuple[str, ...]
    added: int
    removed: int
    files: tuple[tuple[Address, str], ...]


class Firmware(NamedTuple):
    """A phone that shall have another version than it has, as far as that is known.

    `address` is `firmware/SITE/PHONE`. Versions are as phones write them; "" is not known. `known`
    says by what the version is known, `through` which ones lie on the way. `state`: planned (a step
    does it), itself (the phone takes it when it fetches), waits (its life has not come so far),
    refused or unknown, because of `why`.
    """

    address: Address
    model: str
    now: str
    known: str
    through: tuple[str, ...]
    wanted: str
    state: Literal["planned", "itself", "waits", "refused", "unknown"]
    why: str = ""
    hint: str = ""


class SiteWindow(NamedTuple):
    """When a site's phones may restart, as written, by its own clock; `steps` keep to it."""

    target: str
    timezone: str
    hours: tuple[str, ...]
    steps: tuple[str, ...]


class Refusal(NamedTuple):
    """A safety rail's finding. `allowed` holds the reason when the operator overrode it."""

    rail: str
    diagnostic: Diagnostic
    allowed: str | None = None


class Plan(NamedTuple):
    """Changes for people, steps for apply: of the same objects, in the order of carrying out."""

    changes: tuple[Change, ...]
    steps: tuple[Step, ...]
    commits: tuple[Commit, ...]
    waiting: tuple[Waiting, ...]
    refusals: tuple[Refusal, ...]
    targets: tuple[TargetSummary, ...]
    matching: int
    config_hash: str
    policy_hash: str
    overrides: Mapping[str, str] = EMPTY
    impact: tuple[Impact, ...] = ()
    files: tuple[FileChange, ...] = ()
    windows: tuple[SiteWindow, ...] = ()
    firmware: tuple[Firmware, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do. Unread objects do not count as something to do."""
        flashing = any(each.state == "planned" for each in self.firmware)
        return not self.changes and not self.commits and not flashing

    @property
    def refused(self) -> tuple[Refusal, ...]:
        """The rails' refusals that stop the plan: errors that nobody allowed."""
        return tuple(
            each
            for each in self.refusals
            if each.allowed is None and each.diagnostic.severity == "error"
        )
