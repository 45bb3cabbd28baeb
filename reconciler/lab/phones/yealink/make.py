"""Yealink's phones: which web server, which accounts."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from reconciler.lab.phones.device import Account, Identity, Order, Phone
from reconciler.lab.phones.make import Web
from reconciler.lab.phones.sip.message import parameter
from reconciler.lab.phones.sip.watch import extension_in
from reconciler.lab.phones.visit import Applied, Provisioning, Visit
from reconciler.lab.phones.yealink import provision
from reconciler.lab.phones.yealink.api import Api
from reconciler.lab.phones.yealink.basic_pages import BasicPages
from reconciler.lab.phones.yealink.servlet import Servlet

_KEY: Final = re.compile(r"(?:linekey|memorykey|programablekey|expansion_module\.\d+\.key)\.\d+")
_TRANSPORTS: Final = {"0": "udp", "1": "tcp", "2": "tls", "3": "udp"}


class Yealink:
    """Yealink."""

    def factory(self, identity: Identity) -> Mapping[str, str]:
        """Return factory settings."""
        return {
            "sip.notify_reboot_enable": "1", "features.action_uri.enable": "1",
            "static.auto_provision.power_on": "1", "static.auto_provision.dhcp_option.enable": "1",
            "static.wui.http_enable": "1", "static.wui.https_enable": "1",
        }  # fmt: skip

    def web_control(self, identity: Identity) -> Mapping[str, str]:
        """Return what lets Action URIs come from anywhere."""
        return {"features.action_uri_limit_ip": "any"}

    def web(self, phone: Phone) -> Web:
        """Return the web server of the phone's generation."""
        kinds: dict[str, Callable[[Phone], Web]] = {"A": BasicPages, "D": Api}
        return kinds.get(phone.identity.generation, Servlet)(phone)

    def serves(self, phone: Phone, scheme: str) -> bool:
        """Tell by the web server's switches."""
        return phone.settings.get(f"static.wui.{scheme}_enable", "1") == "1"

    def refuses_parallel(self, identity: Identity) -> bool:
        """Tell that they wait."""
        return False

    def accounts(self, phone: Phone) -> dict[int, Account]:
        """Return the accounts that are enabled and have a server and a user."""
        found = {}
        for number in range(1, phone.identity.accounts + 1):
            name = f"account.{number}."
            held = {key: phone.settings.get(name + key, "") for key in (
                "enable", "user_name", "auth_name", "password", "label", "display_name",
                "outbound_proxy_enable", "outbound_proxy.1.address",
                *(f"sip_server.1.{each}" for each in
                  ("address", "port", "expires", "transport_type")),
            )}  # fmt: skip
            if held["enable"] == "1" and held["sip_server.1.address"] and held["user_name"]:
                found[number] = self._account(number, held)
        return found

    @staticmethod
    def _account(number: int, held: Mapping[str, str]) -> Account:
        port, expires = held["sip_server.1.port"], held["sip_server.1.expires"]
        proxied = held["outbound_proxy_enable"] == "1"
        return Account(
            number, held["user_name"], held["sip_server.1.address"],
            int(port) if port.isdigit() and port != "0" else 5060,
            held["auth_name"] or held["user_name"], held["password"],
            held["label"] or held["display_name"],
            expires_s=int(expires) if expires.isdigit() else 3600,
            transport=_TRANSPORTS.get(held["sip_server.1.transport_type"] or "0", "udp"),
            proxy=held["outbound_proxy.1.address"] if proxied else "",
        )  # fmt: skip

    def watched(self, phone: Phone) -> Mapping[str, int]:
        """Return what keys of type 16 have as value; line 0 is the first account (B)."""
        found, settings = {}, phone.settings
        for name, kind in settings.items():
            key, _, last = name.rpartition(".")
            if last == "type" and kind == "16" and _KEY.fullmatch(key):
                value = extension_in(settings.get(f"{key}.value", ""))
                line = settings.get(f"{key}.line", "1")
                if value:
                    found[value] = max(1, int(line)) if line.isdigit() else 1
        return found

    def ordered(self, phone: Phone, event: str, body: bytes) -> Order:
        """Reboot or not as sip.notify_reboot_enable says: 0 never, 1 always, 2 as the event says.

        Keys come in a body and need sip.trust_ctrl.
        """
        settings, name = phone.settings, event.split(";")[0].strip().lower()
        if name == "check-sync":
            mode = settings.get("sip.notify_reboot_enable", "1")
            said = parameter(event, "reboot").lower() == "true"
            return "reboot" if mode == "1" or (mode == "2" and said) else "fetch"
        if name == "reset" and settings.get("sip.notify_reset.enable") == "1":
            return "reset"
        trusts = (settings.get(each) for each in ("sip.trust_ctrl", "account.1.sip_trust_ctrl"))
        if name == "action-uri" and "1" in trusts:
            keys: dict[bytes, Order] = {
                b"key=callend": "hang_up", b"key=reboot": "reboot", b"key=autop": "fetch",
            }  # fmt: skip
            return keys.get(body.strip().lower(), "nothing")
        return "unknown"

    def challenges(self, phone: Phone) -> bool:
        """Tell that it never does."""
        return False

    def realm(self, phone: Phone) -> str:
        """Return nothing."""
        return ""

    def provisioning(self, phone: Phone, offered: str | None) -> Provisioning | None:
        """Return where it fetches."""
        return provision.provisioning(phone, offered)

    def fetch_agent(self, phone: Phone, *, booting: bool) -> str:
        """Return the User-Agent with which it fetches."""
        return provision.agent(phone)

    async def fetch(self, phone: Phone, visit: Visit) -> Applied | None:
        """Fetch its files; upload its own if it is told to."""
        applied = await provision.fetch(phone, visit)
        await provision.upload_own(phone, visit)
        return applied

    def firmware(
        self, phone: Phone, applied: Applied | None, at: Provisioning
    ) -> Provisioning | None:
        """Return where its image is."""
        return provision.image(phone)

    def restarts(self, changed: frozenset[str]) -> bool:
        """Tell that changes of the network and of VLANs do (M)."""
        return any(each.startswith("static.network.") for each in changed)

    def account_settings(
        self, identity: Identity, number: int, user: str, password: str, server: str
    ) -> Mapping[str, str]:
        """Return the settings of an account."""
        host, _, port = server.partition(":")
        said = {
            "enable": "1", "user_name": user, "auth_name": user, "password": password,
            "sip_server.1.address": host, "sip_server.1.port": port or "5060",
        }  # fmt: skip
        return {f"account.{number}.{name}": value for name, value in said.items()}

    def sip_agent(self, identity: Identity) -> str:
        """Return the User-Agent ("Yealink SIP-T46U 108.86.0.90")."""
        prefix = "" if identity.model[:1] in "WCA" else "SIP-"
        return f"Yealink {prefix}{identity.model} {identity.firmware}"
