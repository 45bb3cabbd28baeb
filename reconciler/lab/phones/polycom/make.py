"""Poly's phones: REST, and accounts from registrations."""

import json
from collections.abc import Mapping
from typing import Final

from reconciler.lab.phones.device import Account, Identity, Order, Phone
from reconciler.lab.phones.make import Web
from reconciler.lab.phones.polycom import provision
from reconciler.lab.phones.polycom.rest import Rest
from reconciler.lab.phones.sip.watch import extension_in
from reconciler.lab.phones.visit import Applied, Provisioning, Visit

_TRANSPORTS: Final = {"TCPOnly": "tcp", "TCPpreferred": "tcp", "TLS": "tls"}


class Polycom:
    """Poly."""

    def factory(self, identity: Identity) -> Mapping[str, str]:
        """Return factory settings: REST is off, the web server speaks TLS alone."""
        return {
            "apps.restapi.enabled": "0", "httpd.enabled": "1", "httpd.cfg.enabled": "1",
            "httpd.cfg.secureTunnelRequired": "1", "device.prov.serverType": "HTTP",
            "voIpProt.SIP.specialEvent.checkSync.alwaysReboot": "0",
        }  # fmt: skip

    def web_control(self, identity: Identity) -> Mapping[str, str]:
        """Return what switches REST on."""
        return {"apps.restapi.enabled": "1"}

    def web(self, phone: Phone) -> Web:
        """Return the web server."""
        return Rest(phone)

    def serves(self, phone: Phone, scheme: str) -> bool:
        """Tell by the web server's switches."""
        settings = phone.settings
        on = settings.get("httpd.enabled") == "1" == settings.get("httpd.cfg.enabled")
        return on and (scheme == "https" or settings.get("httpd.cfg.secureTunnelRequired") == "0")

    def refuses_parallel(self, identity: Identity) -> bool:
        """Tell that a VVX refuses; both was seen, and nobody says which phone does what."""
        return identity.generation == "vvx"

    def accounts(self, phone: Phone) -> dict[int, Account]:
        """Return the registrations that have an address and a server."""
        found = {}
        for number in range(1, phone.identity.accounts + 1):
            address = phone.settings.get(f"reg.{number}.address", "")
            account = self._account(number, address, phone.settings)
            if address and account.server:
                found[number] = account
        return found

    @staticmethod
    def _account(number: int, address: str, settings: Mapping[str, str]) -> Account:
        reg = f"reg.{number}."
        user, _, domain = address.partition("@")

        def of_server(name: str, otherwise: str = "") -> str:
            common = settings.get(f"voIpProt.server.1.{name}", otherwise)
            return settings.get(f"{reg}server.1.{name}") or common

        port, expires = of_server("port", "5060"), of_server("expires", "3600")
        return Account(
            number, user, of_server("address") or domain,
            int(port) if port.isdigit() and port != "0" else 5060,
            settings.get(f"{reg}auth.userId") or user, settings.get(f"{reg}auth.password", ""),
            settings.get(f"{reg}label") or settings.get(f"{reg}displayName") or user,
            expires_s=int(expires) if expires.isdigit() else 3600,
            transport=_TRANSPORTS.get(of_server("transport", "UDPOnly"), "udp"),
            proxy=settings.get(f"{reg}outboundProxy.address", ""),
            register=of_server("register", "1") != "0",
        )  # fmt: skip

    def watched(self, phone: Phone) -> Mapping[str, int]:
        """Return the addresses of the attendant's resource list, which its account watches."""
        settings = phone.settings
        registration = settings.get("attendant.reg", "1")
        account = int(registration) if registration.isdigit() else 1
        return {
            extension_in(value): account
            for name, value in settings.items()
            if name.startswith("attendant.resourceList.") and name.endswith(".address") and value
        }

    def ordered(self, phone: Phone, event: str, body: bytes) -> Order:
        """Look for changes (and restart if there are any), or always reboot as it is told to.

        An Edge takes call control in a JSON body when apps.restapi.sipNotify.enabled says so.
        """
        name = event.split(";")[0].strip().lower()
        if name == "check-sync":
            always = phone.settings.get("voIpProt.SIP.specialEvent.checkSync.alwaysReboot")
            return "reboot" if always == "1" else "fetch"
        if name == "action-uri" and phone.settings.get("apps.restapi.sipNotify.enabled") == "1":
            try:
                command = str(json.loads(body)["command-URI"])
            except (ValueError, KeyError, TypeError):
                return "nothing"
            return "hang_up" if command.endswith("/callctrl/endCall") else "nothing"
        return "unknown"

    def challenges(self, phone: Phone) -> bool:
        """Tell whether requestValidation asks for it (it is off by default)."""
        prefix = "voIpProt.SIP.requestValidation.1."
        asked = phone.settings.get(f"{prefix}request", "") in ("NOTIFY", "ALL")
        return asked and phone.settings.get(f"{prefix}method") == "digest"

    def realm(self, phone: Phone) -> str:
        """Return the realm of the challenge."""
        return phone.settings.get("voIpProt.SIP.requestValidation.digest.realm", "PolycomSPIP")

    def provisioning(self, phone: Phone, offered: str | None) -> Provisioning | None:
        """Return where it fetches."""
        return provision.provisioning(phone, offered)

    def fetch_agent(self, phone: Phone, *, booting: bool) -> str:
        """Return the User-Agent with which it fetches."""
        return provision.agent(phone, booting=booting)

    async def fetch(self, phone: Phone, visit: Visit) -> Applied | None:
        """Fetch its files."""
        return await provision.fetch(phone, visit)

    def firmware(
        self, phone: Phone, applied: Applied | None, at: Provisioning
    ) -> Provisioning | None:
        """Return where the image is that the master file names."""
        name = applied.image if applied is not None else None
        return provision.image(at, name) if name else None

    def restarts(self, changed: frozenset[str]) -> bool:
        """Tell that any change does: it compares, and restarts only then."""
        return bool(changed)

    def account_settings(
        self, identity: Identity, number: int, user: str, password: str, server: str
    ) -> Mapping[str, str]:
        """Return the settings of a registration."""
        host, _, port = server.partition(":")
        said = {
            "address": user, "auth.userId": user, "auth.password": password,
            "server.1.address": host, "server.1.port": port or "5060",
        }  # fmt: skip
        return {f"reg.{number}.{name}": value for name, value in said.items()}

    def sip_agent(self, identity: Identity) -> str:
        """Return the User-Agent; an Edge's carries the MAC."""
        name = identity.model.replace(" ", "_")
        if identity.generation == "edge":
            return f"PolyEdge-{name}-UA/{identity.firmware}_{identity.mac}"
        family = "PolyCCX" if name.startswith("CCX") else "PolycomVVX"
        return f"{family}-{name}-UA/{identity.firmware}"
