"""What each vendor's phones do in a way of their own, in one place per vendor."""

from collections.abc import Mapping
from typing import Protocol

from reconciler.lab.phones.device import Account, Identity, Order, Phone
from reconciler.lab.phones.visit import Applied, Provisioning, Visit
from reconciler.lab.phones.wire import Answer, Asked


class Web(Protocol):
    """A web server's answers."""

    def answer(self, asked: Asked) -> Answer:
        """Answer a request."""
        ...


class Make(Protocol):
    """A vendor's phones. All but `Web` is pure."""

    def factory(self, identity: Identity) -> Mapping[str, str]:
        """Return the settings that a phone leaves the factory with, as far as they matter."""
        ...

    def web_control(self, identity: Identity) -> Mapping[str, str]:
        """Return the settings that switch on what controls the phone over the network."""
        ...

    def web(self, phone: Phone) -> Web:
        """Return a phone's web server."""
        ...

    def serves(self, phone: Phone, scheme: str) -> bool:
        """Tell whether its settings let it listen for `http` or `https`."""
        ...

    def refuses_parallel(self, identity: Identity) -> bool:
        """Tell whether parallel requests get 403 instead of waiting their turn."""
        ...

    def accounts(self, phone: Phone) -> dict[int, Account]:
        """Return the accounts that the settings declare, not yet registered."""
        ...

    def watched(self, phone: Phone) -> Mapping[str, int]:
        """Return the extensions that its BLF keys watch, each with the account that asks."""
        ...

    def ordered(self, phone: Phone, event: str, body: bytes) -> Order:
        """Return what a NOTIFY's event (with its parameters) and body make the phone do."""
        ...

    def challenges(self, phone: Phone) -> bool:
        """Tell whether a NOTIFY has to show the account's password."""
        ...

    def realm(self, phone: Phone) -> str:
        """Return the realm of that challenge."""
        ...

    def provisioning(self, phone: Phone, offered: str | None) -> Provisioning | None:
        """Return where the phone fetches its files. `offered` is what DHCP says."""
        ...

    def fetch_agent(self, phone: Phone, *, booting: bool) -> str:
        """Return the User-Agent with which it fetches."""
        ...

    async def fetch(self, phone: Phone, visit: Visit) -> Applied | None:
        """Fetch the files and return what they say, None when there was none.

        Raises NotReachedError when the server could not be asked, and BadFileError for a file that
        the phone does not take.
        """
        ...

    def firmware(
        self, phone: Phone, applied: Applied | None, at: Provisioning
    ) -> Provisioning | None:
        """Return where the image is that the settings want, None when they want none."""
        ...

    def restarts(self, changed: frozenset[str]) -> bool:
        """Tell whether changes of these settings, fetched while it ran, make it restart."""
        ...

    def account_settings(
        self, identity: Identity, number: int, user: str, password: str, server: str
    ) -> Mapping[str, str]:
        """Return the settings of an account. `server` is `host:port`."""
        ...

    def sip_agent(self, identity: Identity) -> str:
        """Return its User-Agent in SIP."""
        ...
