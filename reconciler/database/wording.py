"""What a database is called in messages, and the way out of its failures."""

from typing import Final, NamedTuple

from reconciler.errors import JournalError, JournalTooNew, ReconcilerError, StoreError


class Wording(NamedTuple):
    """The words of one database.

    `fails` is raised when it cannot be used, `too_new` when its schema is a later one.
    """

    title: str
    setting: str
    file: str
    rescue: str
    in_memory: str
    fails: type[ReconcilerError]
    too_new: type[ReconcilerError]


JOURNAL: Final = Wording(
    title="journal",
    setting="workspace: journal",
    file=".reconciler/journal.db",
    rescue="restore it from a backup, or move it aside and run `reconciler adopt`: that rebuilds "
    "ownership from what is declared and live",
    in_memory="A journal in memory would forget what is ours.",
    fails=JournalError,
    too_new=JournalTooNew,
)

PUBLISHED: Final = Wording(
    title="published store",
    setting="provisioning: store",
    file=".reconciler/published.db",
    rescue="restore it from a backup, or move it aside and run `reconciler apply`: that publishes "
    "every phone's files again",
    in_memory="A published store in memory would have nothing to serve.",
    fails=StoreError,
    too_new=StoreError,
)
