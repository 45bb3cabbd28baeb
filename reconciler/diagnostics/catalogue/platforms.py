"""Codes about platforms, secrets and the workspace: what the world says no to."""

from typing import Final

from reconciler.diagnostics.code import Code

CODES: Final = (
    Code(
        "no-adapter",
        "error",
        "No adapter can hold this",
        "The target's vendor has no adapter here. `reconciler adapters` lists those that there "
        "are; `adapter: memory` holds everything, for tests and demos.",
    ),
    Code(
        "kind-not-held",
        "error",
        "The platform does not hold this kind of object",
        "`reconciler adapters` shows what each platform holds.",
    ),
    Code(
        "field-not-held",
        "error",
        "The platform cannot hold this field",
        "It would be lost without a word, so it is refused. Leave it out, or use what the "
        "platform offers instead.",
    ),
    Code(
        "value-not-held",
        "error",
        "The platform cannot hold this value",
        "The field exists there, but not with this value.",
    ),
    Code(
        "secret-unavailable",
        "error",
        "A secret cannot be read",
        "The reference leads to no value: an environment variable that is not set, a file or an "
        "entry of the store that does not exist, a command that failed.",
    ),
    Code(
        "secret-unfit",
        "error",
        "A secret's value does not fit its field",
        "Passwords have 8 to 128 characters, PINs 4 to 10 digits.",
    ),
    Code(
        "weak-secret",
        "warning",
        "A secret is easily guessed",
        "SIP passwords and PINs are tried from all over the world, day and night.",
    ),
    Code(
        "secret-file-open",
        "warning",
        "Everybody on this machine can read a secret",
        "Files with secrets belong to one user and have the mode 0600.",
    ),
    Code("platform-failed", "error", "A platform or its wire failed", "See the message."),
    Code(
        "unreachable",
        "error",
        "A platform does not answer",
        "No connection, a connection lost, or no answer in time. What could not be read is not "
        "planned; nothing is taken for absent because of it. `reconciler doctor` looks closer.",
    ),
    Code(
        "authentication-failed",
        "error",
        "The platform refused our credentials",
        "Check user, password and the address that the platform expects us from.",
    ),
    Code(
        "permission-missing",
        "error",
        "Logged in, but not allowed to do this",
        "`reconciler doctor` prints the permissions that are needed, ready to copy.",
    ),
    Code(
        "refused-by-platform",
        "error",
        "The platform said no",
        "It understood the request and changed nothing.",
    ),
    Code(
        "unsupported-version",
        "error",
        "A version that the adapter was not proved against",
        "What is read and written may be wrong in ways that nobody has looked at.",
    ),
    Code(
        "unexpected-reply",
        "error",
        "An answer that the protocol does not have",
        "Something else listens there, or a proxy stands between.",
    ),
    Code("adapter-broke", "error", "The adapter broke its contract", "A bug: please report it."),
    Code("journal-failed", "error", "The journal cannot be used", "See the message."),
    Code(
        "journal-locked",
        "error",
        "Another run holds the journal",
        "Wait for it, or, if it is dead, `reconciler unlock`.",
    ),
    Code(
        "journal-too-new",
        "error",
        "The journal was written by a newer reconciler",
        "Use that version; an older one would damage what it does not know.",
    ),
    Code(
        "journal-tampered",
        "error",
        "The journal's audit chain does not add up",
        "A line was changed or removed after it was written. Compare with a copy.",
    ),
    Code(
        "plan-file-invalid",
        "error",
        "The plan file cannot be applied",
        "It was changed, has expired, or something has moved since. Make a new plan.",
    ),
    Code(
        "workspace-failed",
        "error",
        "The folder .reconciler cannot be used",
        "A full disk, or missing rights.",
    ),
    Code("failed", "error", "It did not work", "See the message."),
)
