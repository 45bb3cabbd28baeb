"""Codes about what is declared, entry by entry: reported by decode."""

from typing import Final

from reconciler.diagnostics.code import Code

CODES: Final = (
    Code(
        "unknown-section",
        "error",
        "A section that does not exist",
        "The top level of a document holds sections (extensions, ring_groups, trunks, ...) and "
        "the words apiVersion, pbx, site, defaults, moved and removed. `reconciler schema` "
        "prints them all.",
    ),
    Code(
        "unknown-field",
        "error",
        "A field that this kind does not have",
        "A misspelt field would be lost without a word, so it is refused. A platform's own "
        "settings go under `settings` (PBX) or `raw` (phones).",
    ),
    Code(
        "missing-field",
        "error",
        "A field that is required is missing",
        "The object cannot exist without it.",
    ),
    Code(
        "wrong-type",
        "error",
        "A value of the wrong type",
        "For example a list where one value is expected, or words where a number is.",
    ),
    Code(
        "bad-value",
        "error",
        "A value that the field does not take",
        "The value has the right type but not the right form, length or range.",
    ),
    Code(
        "unknown-choice",
        "error",
        "A word that is not one of the field's choices",
        "The field takes one of a fixed list of words.",
    ),
    Code(
        "bad-key",
        "error",
        "A key that this section does not take",
        "Extensions and groups are named by their number, other things by a name; the key is the "
        "object's identity and part of its address.",
    ),
    Code(
        "bad-destination",
        "error",
        "A destination that is not understood",
        "Destinations are written `kind/key` (extension/1001, ring_group/600, voicemail/1001, "
        "queue/700, ivr/main, schedule/hours, announcement/closed, external/+441134960100), "
        "`pbx:kind/key` for another PBX, or `hangup`.",
    ),
    Code(
        "secret-literal",
        "error",
        "A secret is written down",
        "Files of an estate are committed, reviewed and copied, so they hold references only: "
        '`{secret: "store:NAME"}`, `{secret: "env:NAME"}`, `{secret: generated}`. A password '
        "that was written here should be changed: the history of the repository remembers it.",
    ),
    Code(
        "bad-secret-reference",
        "error",
        "A secret reference that is not understood",
        "A reference is `scheme:rest` (env:NAME, file:PATH, store:NAME, command:NAME) or "
        "`generated`.",
    ),
    Code(
        "unknown-secret-scheme",
        "error",
        "A secret scheme that does not exist",
        "The built-in schemes are env, file, store, command and generated; installed packages "
        "can add others (entry points `reconciler.secrets`).",
    ),
    Code(
        "duplicate-address",
        "error",
        "The same thing is declared twice",
        "Documents merge by key, and each object is declared in one place, so that there is one "
        "place to change it.",
    ),
    Code(
        "bad-move",
        "error",
        "A move that makes no sense",
        "`moved: [{from: ADDRESS, to: ADDRESS}]` says that an object kept its identity under a "
        "new address. Both must be addresses of the same kind; the old one must not be declared "
        "any more, and no address moves twice. Moves may be written one after the other (A to B, "
        "later B to C): the last address must be declared. Two things cannot change places in one "
        "go, because afterwards nobody could tell that they have; go over a free address.",
    ),
    Code(
        "bad-removal",
        "error",
        "A removal that makes no sense",
        "`removed: [{address: ADDRESS, destroy: false}]` says that an object is no longer "
        "managed. It must be an address, and must not be declared any more.",
    ),
    Code(
        "defaults-unused",
        "warning",
        "Defaults for a section that the document does not have",
        "`defaults` fills fields of the entries of the same document only.",
    ),
)
