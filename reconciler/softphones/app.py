"""What an app offers. The command line and the plan take them by name."""

from typing import Literal, Protocol

from reconciler.phonefiles.file import PhoneFile
from reconciler.phonefiles.sheet import Sheet
from reconciler.softphones.softphone import Link, Softphone


class App(Protocol):
    """An app's format. Everything is pure."""

    name: str
    """As written at softphones (`linphone`)."""
    title: str
    """As people call it."""
    delivery: Literal["link", "login", "portal", "scan"]
    """How the account comes into the app.

    `link`: the QR code is an address that the app fetches. `login`: it holds a user name and a
    one-time password that the app sends to an address which its maker's portal knows. `portal`:
    the maker draws the code; the address is typed or pasted. `scan`: the code is the account
    itself, with the password."""
    proved: str
    """What the format was taken from, and how sure that is."""

    def fill(self, softphone: Softphone, sheet: Sheet) -> None:
        """Write everything that the app shall be told."""
        ...

    def account(self, sheet: Sheet) -> PhoneFile:
        """Put the sheet into the file that is fetched or the text that is scanned."""
        ...

    def scanned(self, softphone: Softphone, link: Link) -> str:
        """Return what the QR code carries. Not asked of an app that scans the account itself."""
        ...
