"""What each vendor's phones do in a way of their own, in one place per vendor."""

from collections.abc import Mapping
from typing import Protocol

from reconciler.lab.phones.device import Account, Identity, Phone
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

    def sip_agent(self, identity: Identity) -> str:
        """Return its User-Agent in SIP."""
        ...
