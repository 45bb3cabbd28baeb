"""Codes of softphones: what an app cannot be told, and what lets strangers at accounts."""

from typing import Final

from reconciler.diagnostics.code import Code

CODES: Final = (
    Code(
        "softphone-incomplete",
        "error",
        "Something is missing that the softphone needs",
        "Without a server and a password an app cannot register. The PBX says where softphones "
        "register to (sip.host), the extension holds the password (secret); apps that a maker "
        "builds for providers need the provider's code.",
    ),
    Code(
        "softphone-unproved",
        "warning",
        "A setting is written in a form that nobody has seen an app read",
        "It is written nevertheless, as documents or other projects write it. Try it with the "
        "app before many people are given it.",
    ),
    Code(
        "frequent-checks",
        "warning",
        "A softphone asks for new settings very often",
        "Each question wakes the app and costs battery, and many of them are load on the server. "
        "A quarter of an hour is the least that is sensible; what is urgent goes by a new link.",
    ),
    Code(
        "shared-device-key",
        "error",
        "Two things have the same key",
        "A device key opens the account of one softphone. A key that is also another softphone's, "
        "or an extension's password, opens more than it should.",
    ),
)
