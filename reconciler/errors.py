"""Failures of the world, as one tree. A user's mistake is a diagnostic, never one of these.

ReconcilerError
 ├─ AdapterError(target, doing, reply)   a platform or its wire failed
 │   ├─ Unreachable                      no connection, connection lost, or no answer in time
 │   ├─ AuthenticationFailed             the platform refused the credentials
 │   ├─ PermissionMissing                logged in, but not allowed to do this
 │   ├─ Refused                          the platform understood and said no
 │   ├─ UnsupportedVersion               a version that this adapter was not proved against
 │   ├─ UnexpectedReply                  an answer that the protocol does not have
 │   ├─ LockedOut                        logins are refused for a while after wrong passwords
 │   ├─ SessionTaken                     somebody else is logged in, and only one may be
 │   ├─ NotTrusted                       another certificate than before; a login in the clear
 │   ├─ NotPossible                      it has no way to do that
 │   └─ AdapterBroke                     the adapter violated its contract: our bug
 ├─ SecretUnavailable                    a reference could not be turned into a value
 ├─ JournalError                         the journal cannot be used
 │   ├─ JournalLocked                    another run holds it
 │   ├─ JournalTooNew                    written by a newer reconciler
 │   └─ JournalTampered                  the audit chain does not add up
 ├─ StoreError                           the published store of files cannot be used
 ├─ PlanFileInvalid                      tampered, expired, stale or of another version
 └─ WorkspaceError                       the folder `.reconciler` is unusable (full disk, rights)

No message ever contains a secret: whoever raises redacts.
"""


class ReconcilerError(Exception):
    """A failure that ends a command with a message instead of a traceback.

    `code` is a slug that `reconciler explain CODE` knows; `hint` is a way out that can be copied.
    """

    code: str = "failed"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class AdapterError(ReconcilerError):
    """A platform or its wire failed while we were doing something to a target.

    `target` is the pbx's or site's name, `doing` a phrase in the gerund ("reading extensions"),
    `reply` what the platform answered, with secrets redacted.
    """

    code = "platform-failed"

    def __init__(self, target: str, doing: str, reply: str, *, hint: str | None = None) -> None:
        super().__init__(f"{target}: {doing}: {reply}", hint=hint)
        self.target = target
        self.doing = doing
        self.reply = reply


class Unreachable(AdapterError):
    """No connection, a connection lost, or no answer within the deadline."""

    code = "unreachable"


class AuthenticationFailed(AdapterError):
    """The platform refused our credentials."""

    code = "authentication-failed"


class PermissionMissing(AdapterError):
    """We are logged in, but may not do this."""

    code = "permission-missing"


class Refused(AdapterError):
    """The platform understood the request and said no; nothing was changed by it."""

    code = "refused-by-platform"


class UnsupportedVersion(AdapterError):
    """The platform runs a version that this adapter was not proved against."""

    code = "unsupported-version"


class UnexpectedReply(AdapterError):
    """The platform answered something that its protocol does not have."""

    code = "unexpected-reply"


class LockedOut(AdapterError):
    """The phone refuses logins for a while. `seconds` is about how long, None if not told."""

    code = "locked-out"

    def __init__(
        self,
        target: str,
        doing: str,
        reply: str,
        *,
        seconds: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(target, doing, reply, hint=hint)
        self.seconds = seconds


class SessionTaken(AdapterError):
    """Somebody else is logged in to the phone, which takes one session at a time."""

    code = "session-taken"


class NotTrusted(AdapterError):
    """The certificate is another than before, or a login would travel in the clear."""

    code = "phone-not-trusted"


class NotPossible(AdapterError):
    """A phone or PBX has no (known, safe) way to do what was asked; nothing was sent."""

    code = "not-possible"


class AdapterBroke(AdapterError):
    """The adapter violated its contract. A bug of ours (or of a plug-in), not of the operator."""

    code = "adapter-broke"


class SecretUnavailable(ReconcilerError):
    """A secret reference could not be turned into a value.

    `target` is the pbx's or site's name whose login it is, `reply` what is said without that.
    """

    code = "secret-unavailable"

    def __init__(self, message: str, *, hint: str | None = None, target: str = "") -> None:
        super().__init__(f"{target}: {message}" if target else message, hint=hint)
        self.reply = message


class JournalError(ReconcilerError):
    """The journal cannot be used."""

    code = "journal-failed"


class JournalLocked(JournalError):
    """Another run holds the journal's lock."""

    code = "journal-locked"


class JournalTooNew(JournalError):
    """The journal was written by a newer reconciler; this one would damage it."""

    code = "journal-too-new"


class JournalTampered(JournalError):
    """A line of the audit chain was changed or removed."""

    code = "journal-tampered"


class StoreError(ReconcilerError):
    """The published store, which holds the files that phones fetch, cannot be used."""

    code = "published-store-failed"


class PlanFileInvalid(ReconcilerError):
    """The plan file was tampered with, has expired, is stale or is of another version."""

    code = "plan-file-invalid"


class WorkspaceError(ReconcilerError):
    """The workspace's own folder `.reconciler` cannot be read or written."""

    code = "workspace-failed"
