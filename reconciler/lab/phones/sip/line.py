"""What registrations and calls of a phone share: its place, its name, its way to the network."""

import secrets
from dataclasses import dataclass
from typing import Final

from reconciler.lab.phones.certificate import device_context
from reconciler.lab.phones.device import Account, Phone
from reconciler.lab.phones.hosts import Hosts, Place
from reconciler.lab.phones.make import Make
from reconciler.lab.phones.sip.digest import Credentials
from reconciler.lab.phones.sip.exchange import Exchange

ALLOW: Final = "INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY, INFO, UPDATE"


@dataclass(slots=True)
class Line:
    """A phone's end of the wire."""

    phone: Phone
    make: Make
    exchange: Exchange
    place: Place
    hosts: Hosts

    def server(self, account: Account) -> Place:
        """Return where an account's messages go. Raises NotInTheLabError."""
        host, _, port = account.proxy.partition(":")
        if host:
            return self.hosts.place(host, int(port) if port.isdigit() else 5060)
        return self.hosts.place(account.server, account.port)

    def contact(self, account: Account) -> str:
        """Return the address under which the phone is called: where it is seen, if connected."""
        seen = None
        if account.transport != "udp":
            seen = self.exchange.streams.local(self.place, self.server(account))
        host, port = seen or self.place
        behind = f";transport={account.transport}" if seen else ""
        return f"<sip:{account.user}@{host}:{port}{behind}>"

    async def connect(self, account: Account) -> None:
        """Open the connection that an account wants, unless it is open. Raises OSError."""
        server, context = self.server(account), None
        if account.transport == "tls":
            identity = self.phone.identity
            context = device_context(identity.vendor, identity.mac, server=False)
        await self.exchange.streams.reach(self.place, server, context)

    def common(self, call_id: str, sequence: str) -> tuple[tuple[str, str], ...]:
        """Return headers that all our requests have."""
        agent = self.make.sip_agent(self.phone.identity)
        return (("call-id", call_id), ("cseq", sequence), ("max-forwards", "70"),
                ("user-agent", agent), ("allow", ALLOW))  # fmt: skip


def login(account: Account) -> Credentials:
    """Return what an account shows."""
    return Credentials(account.auth, account.password)


def domain(account: Account) -> str:
    """Return the host of an account's addresses, with a port that is not the usual one."""
    return account.server if account.port == 5060 else f"{account.server}:{account.port}"


def token() -> str:
    """Return a new tag, call id or nonce."""
    return secrets.token_hex(8)
