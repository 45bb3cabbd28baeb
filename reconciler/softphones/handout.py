"""Handing out: what a person is given so that an app gets its account, and what to say of it. Pure.

An app that fetches its account is given a link, which holds no secret of the account. One that
scans the account itself can only be given the password: that is said, and never printed on paper.
"""

from dataclasses import dataclass
from typing import Final

from reconciler.phonefiles.file import Part
from reconciler.softphones.render import Account
from reconciler.softphones.softphone import Link
from reconciler.softphones.zoiper import portal_url


@dataclass(frozen=True, slots=True)
class Handout:
    """What is given to a person.

    `scanned` is what the QR code carries, in parts, because it may hold the password; None where
    there is no code that the app would take. `address` is what is opened or tapped, `typed` what
    a person can type into the app; None where it takes none. `says` are sentences for whoever
    hands it out.
    """

    scanned: tuple[Part, ...] | None
    address: str | None
    typed: str | None
    says: tuple[str, ...]

    @property
    def holds_password(self) -> bool:
        """Whether the code is as good as the password."""
        return self.scanned is not None and not all(isinstance(each, str) for each in self.scanned)


_NO_SECRET: Final = "It holds no password: whoever opens it in time gets the account, nobody later."  # noqa: S105


def hand_out(account: Account, link: Link | None) -> Handout:
    """Return what a softphone's person is given. `link` is None only for apps that scan."""
    app, softphone = account.app, account.softphone
    if app.delivery == "scan" or link is None:
        return Handout(
            account.file.parts,
            None,
            None,
            (
                f"{app.title} fetches nothing: its code is the account itself, WITH the password.",
                "Show it to the person alone; do not mail, print or keep it.",
            ),
        )
    if app.delivery == "portal":
        return _by_portal(account, link)
    scanned = app.scanned(softphone, link)
    if app.delivery == "login":
        said = (
            f"It holds a user name and a password of its own, with which {app.title} asks for the "
            "account. The SIP password is not in it."
        )
        return Handout((scanned,), scanned, None, (said,))
    typed = scanned if scanned == link.url else None
    return Handout((scanned,), scanned, typed, (_NO_SECRET,))


def _by_portal(account: Account, link: Link) -> Handout:
    title, page = account.app.title, portal_url(account.softphone, link)
    on_computers = f"On computers {title} loads its account from {link.url}."
    if page is None:
        why = f"{title} scans only codes that its maker draws, which takes a provider id."
        return Handout(None, link.url, link.url, (why, on_computers, _NO_SECRET))
    shows = f"{title} scans only codes that its maker draws: the address shows one."
    told = "The maker is told user name, server and the link's token, and no password."
    return Handout(None, page, link.url, (shows, told, on_computers, _NO_SECRET))
