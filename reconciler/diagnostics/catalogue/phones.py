"""Codes of phone files: what a phone's model cannot be told."""

from typing import Final

from reconciler.diagnostics.code import Code

CODES: Final = (
    Code(
        "unknown-phone-model",
        "error",
        "Nobody knows this phone model",
        "Each model has a row in its vendor's table, which says how many lines and keys it has "
        "and what its files are called. A file for a model that is not there would be a guess, "
        "and phones silently ignore what they do not understand.",
    ),
    Code(
        "no-template",
        "error",
        "A phone has no template",
        "Which settings a phone needs is never guessed: it names a template, or its site names "
        "one for all its phones.",
    ),
    Code(
        "template-mismatch",
        "error",
        "A phone's template is made for other phones",
        "The template's vendor or model_pattern does not fit the phone. Settings that every "
        "vendor understands belong into a template with vendor: any that others extend.",
    ),
    Code(
        "beyond-model",
        "error",
        "The phone's model does not have that many",
        "Lines, keys and expansion modules beyond what the model has would be lost without a "
        "word. It is a warning where the figure itself is not confirmed.",
    ),
    Code(
        "phone-incomplete",
        "error",
        "Something is missing that the phone needs",
        "Without a server and a password a phone cannot register. The PBX says where phones "
        "register to (sip.host), the extension holds the password (secret).",
    ),
    Code(
        "phone-file-too-large",
        "error",
        "A phone's file would be too large",
        "Phones stop reading long files somewhere, and then hold half a configuration.",
    ),
    Code(
        "unknown-parameter",
        "warning",
        "The vendor's table does not have this parameter",
        "It is written nevertheless; phones ignore parameters that they do not know. The table "
        "holds what is known of the vendor's templates and may be incomplete.",
    ),
    Code(
        "dangerous-parameter",
        "warning",
        "A vendor's parameter can take the phone out of hand",
        "It is written nevertheless. What it does is said with it: some let changes on the phone "
        "hide what is managed here, some let others in, some reset the phone.",
    ),
    Code(
        "parameter-overrides",
        "warning",
        "A vendor's parameter hides a setting",
        "A vendor-neutral setting writes the same parameter. What raw says wins, and the setting "
        "has no effect any more.",
    ),
    Code(
        "locked-out",
        "error",
        "A phone refuses logins for a while",
        "Somebody, or something, tried wrong passwords; a phone usually allows five. Nothing was "
        "tried again, for that would only make it last. Wait, then `reconciler phones "
        "test-connection` with the right password.",
    ),
    Code(
        "session-taken",
        "error",
        "Somebody else is logged in to the phone",
        "The phone takes one web session at a time, and nobody is pushed out. It is free once "
        "they log out, or after some minutes without activity.",
    ),
    Code(
        "phone-not-trusted",
        "error",
        "A phone is not trusted with a password",
        "Either its certificate is another than at first use (a factory reset makes a new one on "
        "some phones; so does somebody in between), or the password would travel in the clear "
        "outside the site's subnets. Both can be acknowledged for a single phone.",
    ),
    Code(
        "not-possible",
        "error",
        "This phone has no way to do that",
        "Nothing was sent. Only ways that are known to work are taken; `reconciler adapters "
        "VENDOR` lists what each generation can do, and why not the rest.",
    ),
    Code(
        "known-to-old-phone",
        "warning",
        "A phone is replaced, and its password stays",
        "Whoever has the old hardware can still register with it. Generated passwords are made "
        "anew by the apply that brings the new hardware; others have to be changed where they come "
        "from.",
    ),
)
