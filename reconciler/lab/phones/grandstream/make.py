"""Grandstream's phones: which web server, which accounts."""

from collections.abc import Callable, Mapping
from typing import Final

from reconciler.lab.phones.device import Account, Identity, Order, Phone
from reconciler.lab.phones.grandstream import provision
from reconciler.lab.phones.grandstream.adapter_v2 import AdapterV2
from reconciler.lab.phones.grandstream.json_phone import JsonPhone
from reconciler.lab.phones.grandstream.pages import Pages
from reconciler.lab.phones.grandstream.values import HT_PROFILES, numbers_of
from reconciler.lab.phones.make import Web
from reconciler.lab.phones.sip.message import parameter
from reconciler.lab.phones.visit import Applied, Provisioning, Visit

_TRANSPORTS: Final = {"0": "udp", "1": "tcp", "2": "tls"}
_WEB_MODES: Final = {"0": ("https",), "1": ("http",), "2": ()}


class Grandstream:
    """Grandstream."""

    def factory(self, identity: Identity) -> Mapping[str, str]:
        """Return factory settings: GDMS's address, NOTIFY challenged on phones, not on adapters."""
        return {
            "237": "fm.grandstream.com/gs", "212": "2", "145": "1", "271": "1", "32": "60",
            "238": "0", "4428": "1" if identity.model.startswith("HT") else "0", "1650": "3",
        }  # fmt: skip

    def web_control(self, identity: Identity) -> Mapping[str, str]:
        """Return nothing: the web interface is on."""
        return {}

    def web(self, phone: Phone) -> Web:
        """Return the web server of the phone's generation."""
        kinds: dict[str, Callable[[Phone], Web]] = {"G1": Pages, "G4": AdapterV2}
        return kinds.get(phone.identity.generation, JsonPhone)(phone)

    def serves(self, phone: Phone, scheme: str) -> bool:
        """Tell by the web access mode (P1650: 0 HTTPS, 1 HTTP, 2 off, 3 both)."""
        return scheme in _WEB_MODES.get(phone.settings.get("1650", "3"), ("http", "https"))

    def refuses_parallel(self, identity: Identity) -> bool:
        """Tell that they wait."""
        return False

    def accounts(self, phone: Phone) -> dict[int, Account]:
        """Return the accounts that are active and have a server and a user."""
        found = {}
        shared_active = bool(HT_PROFILES.match(phone.identity.model))
        for number in range(1, phone.identity.accounts + 1):
            numbers = numbers_of(phone.identity, number)
            held = {column: phone.settings.get(at, "") for column, at in numbers.items()}
            if shared_active and phone.settings.get("271") != "1":
                continue
            if held["active"] == "1" and held["server"] and held["user"]:
                found[number] = self._account(number, held)
        return found

    @staticmethod
    def _account(number: int, held: Mapping[str, str]) -> Account:
        host, _, port = held["server"].partition(":")
        minutes = held.get("expires", "")
        return Account(
            number, held["user"], host, int(port) if port.isdigit() else 5060,
            held.get("auth") or held["user"], held.get("password", ""),
            held.get("title") or held.get("name", ""),
            expires_s=60 * (int(minutes) if minutes.isdigit() else 60),
            transport=_TRANSPORTS.get(held.get("transport", "0"), "udp"),
            proxy=held.get("proxy", ""), register=held.get("register", "1") != "0",
        )  # fmt: skip

    def ordered(self, phone: Phone, event: str, body: bytes) -> Order:
        """Provision again; old phones, `sys-control` and `reboot=true` reboot."""
        name = event.split(";")[0].strip().lower()
        if name == "sys-control":
            return "reboot"
        if name not in ("check-sync", "resync"):
            return "unknown"
        old = phone.identity.generation == "G1"
        return "reboot" if old or parameter(event, "reboot").lower() == "true" else "fetch"

    def challenges(self, phone: Phone) -> bool:
        """Tell that it does, unless P4428 switches that off."""
        return phone.settings.get("4428") != "1"

    def realm(self, phone: Phone) -> str:
        """Return the realm of the challenge; no source gives its words."""
        return "grandstream"

    def provisioning(self, phone: Phone, offered: str | None) -> Provisioning | None:
        """Return where it fetches."""
        return provision.provisioning(phone, offered)

    def fetch_agent(self, phone: Phone, *, booting: bool) -> str:
        """Return the User-Agent with which it fetches."""
        return provision.agent(phone)

    async def fetch(self, phone: Phone, visit: Visit) -> Applied | None:
        """Fetch its files."""
        return await provision.fetch(phone, visit)

    def firmware(
        self, phone: Phone, applied: Applied | None, at: Provisioning
    ) -> Provisioning | None:
        """Return where its image is."""
        return provision.image(phone)

    def watched(self, phone: Phone) -> Mapping[str, int]:
        """Return nothing: its BLF keys are not lit."""
        return {}

    def restarts(self, changed: frozenset[str]) -> bool:
        """Tell that no change restarts it; which P-values do is not known."""
        return False

    def account_settings(
        self, identity: Identity, number: int, user: str, password: str, server: str
    ) -> Mapping[str, str]:
        """Return the settings of an account."""
        numbers = numbers_of(identity, number)
        said = {"active": "1", "server": server, "user": user, "auth": user, "password": password}
        return {"271": "1", **{numbers[column]: value for column, value in said.items()}}

    def sip_agent(self, identity: Identity) -> str:
        """Return the User-Agent ("Grandstream GXP1628 1.0.4.138")."""
        return f"Grandstream {identity.model} {identity.firmware}"
