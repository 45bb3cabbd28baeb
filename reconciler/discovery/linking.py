"""Which extension a phone belongs to, and whether it is declared already. Pure."""

from collections.abc import Iterable, Sequence

from reconciler.device import DeviceAccount
from reconciler.discovery.evidence import Candidate
from reconciler.discovery.proposing import Linked
from reconciler.model.address import Address
from reconciler.model.resource import Desired
from reconciler.phones.meant import Placed


def link_by_address(
    host: str | None, rows: Iterable[tuple[str, str, str, str]], mac: str = ""
) -> Linked | None:
    """Return the extension that is registered from an address, if it is just one.

    `rows` are (address, PBX, extension, User-Agent) of everybody who is registered. A User-Agent
    that names the phone's MAC says more than an address, which may be a router's.
    """
    rows = list(rows)
    named = {(pbx, own) for _, pbx, own, agent in rows if mac and mac in _digits(agent)}
    if len(named) == 1:
        pbx, extension = named.pop()
        return Linked(pbx, extension, f"registered with its MAC on {pbx}")
    found = {(pbx, own) for address, pbx, own, _ in rows if address == host}
    if host is None or len(found) != 1:
        return None
    pbx, extension = found.pop()
    return Linked(pbx, extension, f"registered from {host} on {pbx}")


def declared_as(candidate: Candidate, phones: Iterable[Placed]) -> str | None:
    """Return the name under which a phone that was found is declared; None for a stranger.

    It is known by its MAC. One whose MAC nobody sees is known by the line that it is registered to,
    if vendor and model are what is declared there.
    """
    for each in phones:
        if candidate.mac:
            if candidate.mac == each.mac:
                return each.name
        elif candidate.extension in each.lines and _is_a(candidate, each):
            return each.name
    return None


def _is_a(candidate: Candidate, phone: Placed) -> bool:
    return candidate.vendor == phone.vendor and _plain(candidate.model) == _plain(phone.model)


def _plain(text: str) -> str:
    return "".join(each for each in text.lower() if each.isalnum())


def _digits(text: str) -> str:
    return "".join(each for each in text.lower() if each in "0123456789abcdef")


def link_by_accounts(accounts: Sequence[DeviceAccount], desired: Desired) -> Linked | None:
    """Return the extension that the phone's first account names, if just one PBX fits.

    A PBX fits when the account's server is what its phones are told (`sip.host`), and it has an
    extension of the account's user.
    """
    for account in accounts:
        server = account.server.rpartition("@")[2].split(":")[0].strip().lower().rstrip(".")
        fitting = [
            name
            for name, fields in desired.pbxs.items()
            if server
            and server == str(fields.get("sip.host") or "").lower().rstrip(".")
            and Address("extension", name, account.user) in desired.resources
        ]
        if len(fitting) == 1:
            why = f"the phone itself registers {account.user} at {server}"
            return Linked(fitting[0], account.user, why)
    return None
