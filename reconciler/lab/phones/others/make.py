"""Snom, Fanvil, Cisco SPA and MPP: their accounts, from settings by the files' own names."""

from collections.abc import Mapping
from typing import Final

from reconciler.lab.phones.device import Account, Identity, Order, Phone
from reconciler.lab.phones.make import Web
from reconciler.lab.phones.others import provision
from reconciler.lab.phones.others.web import Pages
from reconciler.lab.phones.sip.message import parameter
from reconciler.lab.phones.visit import Applied, Provisioning, Visit

_ON: Final = ("on", "yes", "1", "true")


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isdigit() and text != "0" else otherwise


class _Other:
    """What the three have in common."""

    active, user, auth, password, server, title, expires = ("",) * 7
    """Names of an account's settings, with `{n}` for its number."""
    own_address = ""
    """Name of the setting that holds where it fetches."""

    def factory(self, identity: Identity) -> Mapping[str, str]:
        """Return factory settings."""
        return {}

    def web_control(self, identity: Identity) -> Mapping[str, str]:
        """Return nothing: the pages are on."""
        return {}

    def web(self, phone: Phone) -> Web:
        """Return the web server."""
        return Pages(phone)

    def serves(self, phone: Phone, scheme: str) -> bool:
        """Tell whether it listens: both."""
        return True

    def refuses_parallel(self, identity: Identity) -> bool:
        """Tell that they wait."""
        return False

    def accounts(self, phone: Phone) -> dict[int, Account]:
        """Return the accounts that are on and have a server and a user."""
        found = {}
        for number in range(1, phone.identity.accounts + 1):

            def held(name: str, number: int = number) -> str:
                return phone.settings.get(name.format(n=number), "")

            if held(self.active).lower() in _ON and held(self.server) and held(self.user):
                host, _, port = held(self.server).split(";")[0].partition(":")
                found[number] = Account(
                    number, held(self.user), host,
                    _number(port or held("sip.line.{n}.RegisterPort"), 5060),
                    held(self.auth) or held(self.user), held(self.password), held(self.title),
                    expires_s=_number(held(self.expires), 3600),
                )  # fmt: skip
        return found

    def account_settings(
        self, identity: Identity, number: int, user: str, password: str, server: str
    ) -> Mapping[str, str]:
        """Return the settings of an account."""
        said = {self.active: "on", self.user: user, self.auth: user, self.password: password,
                self.server: server}  # fmt: skip
        return {name.format(n=number): value for name, value in said.items()}

    def ordered(self, phone: Phone, event: str, body: bytes) -> Order:
        """Read again on check-sync; reboot if it says so."""
        if event.split(";")[0].strip().lower() != "check-sync":
            return "unknown"
        return "reboot" if parameter(event, "reboot").lower() == "true" else "fetch"

    def challenges(self, phone: Phone) -> bool:
        """Tell that it does not."""
        return False

    def realm(self, phone: Phone) -> str:
        """Return the realm of a challenge."""
        return phone.identity.model

    def provisioning(self, phone: Phone, offered: str | None) -> Provisioning | None:
        """Return where it fetches."""
        return provision.provisioning(phone, offered, self.own_address)

    def firmware(
        self, phone: Phone, applied: Applied | None, at: Provisioning
    ) -> Provisioning | None:
        """Return nothing: their upgrades are not built, but Snom's."""
        return None

    def watched(self, phone: Phone) -> Mapping[str, int]:
        """Return nothing: its BLF keys are not lit."""
        return {}

    def restarts(self, changed: frozenset[str]) -> bool:
        """Tell that no change restarts it."""
        return False


class Snom(_Other):
    """Snom."""

    active, user, auth, password = (
        "user_active.{n}", "user_name.{n}", "user_pname.{n}", "user_pass.{n}",
    )  # fmt: skip
    server, title, expires = "user_host.{n}", "user_realname.{n}", "user_expiry.{n}"
    own_address = "setting_server"

    def fetch_agent(self, phone: Phone, *, booting: bool) -> str:
        """Return the User-Agent with which it fetches."""
        return provision.snom_agent(phone.identity)

    async def fetch(self, phone: Phone, visit: Visit) -> Applied | None:
        """Fetch its files."""
        return await provision.fetch_snom(phone, visit)

    def firmware(
        self, phone: Phone, applied: Applied | None, at: Provisioning
    ) -> Provisioning | None:
        """Return where its image is, if its policy lets it load one by itself."""
        url = phone.settings.get("firmware", "")
        free = phone.settings.get("update_policy") == "auto_update"
        return Provisioning(url) if url and free else None

    def sip_agent(self, identity: Identity) -> str:
        """Return the User-Agent ("snomD785/10.1.215.13")."""
        return f"snom{identity.model}/{identity.firmware}"


class Fanvil(_Other):
    """Fanvil."""

    active, user, auth, password = (
        "sip.line.{n}.EnableReg", "sip.line.{n}.PhoneNumber", "sip.line.{n}.RegisterUser",
        "sip.line.{n}.RegisterPswd",
    )  # fmt: skip
    server, title, expires = (
        "sip.line.{n}.RegisterAddr", "sip.line.{n}.DisplayName", "sip.line.{n}.RegisterTTL",
    )  # fmt: skip
    own_address = "ap.FlashServerIP"

    def ordered(self, phone: Phone, event: str, body: bytes) -> Order:
        """Reboot on check-sync if NotifyReboot says so, else read again."""
        order = super().ordered(phone, event, body)
        reboots = phone.settings.get("sip.NotifyReboot") == "1"
        return "reboot" if order == "fetch" and reboots else order

    def fetch_agent(self, phone: Phone, *, booting: bool) -> str:
        """Return the User-Agent with which it fetches."""
        return provision.fanvil_agent(phone.identity)

    async def fetch(self, phone: Phone, visit: Visit) -> Applied | None:
        """Fetch its file."""
        return await provision.fetch_fanvil(phone, visit)

    def sip_agent(self, identity: Identity) -> str:
        """Return the User-Agent ("Fanvil X4 2.10.2.6887")."""
        return f"Fanvil {identity.model} {identity.firmware}"


class Cisco(_Other):
    """Cisco."""

    active, user, auth, password = (
        "Line_Enable_{n}_", "User_ID_{n}_", "Auth_ID_{n}_", "Password_{n}_",
    )  # fmt: skip
    server, title, expires = "Proxy_{n}_", "Display_Name_{n}_", "Register_Expires_{n}_"
    own_address = "Profile_Rule"

    def ordered(self, phone: Phone, event: str, body: bytes) -> Order:
        """Do what the event's name says."""
        orders: dict[str, Order] = {
            "resync": "fetch", "check-sync": "fetch", "reboot": "reboot", "report": "nothing",
        }  # fmt: skip
        return orders.get(event.split(";")[0].strip().lower(), "unknown")

    def challenges(self, phone: Phone) -> bool:
        """Tell by Auth_Resync-Reboot."""
        return phone.settings.get("Auth_Resync-Reboot", "").lower() == "yes"

    def fetch_agent(self, phone: Phone, *, booting: bool) -> str:
        """Return the User-Agent with which it fetches."""
        return provision.cisco_agent(phone.identity)

    async def fetch(self, phone: Phone, visit: Visit) -> Applied | None:
        """Fetch its files."""
        return await provision.fetch_cisco(phone, visit)

    def sip_agent(self, identity: Identity) -> str:
        """Return the User-Agent ("Cisco/SPA504G-7.5.2", "Cisco-CP-7821-3PCC/11.0.0")."""
        if identity.generation == "mpp":
            return f"Cisco-CP-{identity.model.removeprefix('CP')}-3PCC/{identity.firmware}"
        return f"Cisco/{identity.model}-{identity.firmware}"
