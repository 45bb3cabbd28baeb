"""The live client of Poly: a device by its REST API, and what it declares."""

import json
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from reconciler.adapters.polycom import consequences
from reconciler.adapters.polycom.generations import GENERATIONS
from reconciler.adapters.polycom.rest import Rest
from reconciler.adapters.polycom.status import read_identity, read_status
from reconciler.device import (
    RESTARTS,
    Accepted,
    Action,
    Backup,
    Consequence,
    Device,
    Identity,
    Image,
    Login,
    Pushed,
    Reach,
    ReadValues,
    SipAccount,
    Status,
)
from reconciler.errors import (
    NotPossible,
    UnexpectedReply,
    Unreachable,
)
from reconciler.model.secret import Clear
from reconciler.model.step import Disruption
from reconciler.phonefiles.models import Models
from reconciler.transport.phone_http import Dropped, PhoneHttp
from reconciler.transport.phone_meeting import prove_meant, saved

USER: Final = "Polycom"
_CHUNK: Final = 20
_CONFIG_BYTES: Final = 4_194_304
_LAST: Final = ("voIpProt.SIP.", *consequences.RESTARTING)
_SECRET: Final = re.compile(r"password|passwd|\.secret|pin$|\.key$", re.IGNORECASE)
_TRANSPORTS: Final = {"udp": "UDPOnly", "tcp": "TCPOnly", "tls": "TLS"}


class PolyDevice:
    """A phone by its API. There is no session: every request carries the login."""

    def __init__(self, rest: Rest, found: tuple[Identity, int | None]) -> None:
        self._rest = rest
        self._fresh: tuple[Identity, int | None] | None = found
        self.identity = found[0]

    async def status(self) -> Status:
        """Return what the phone says of itself."""
        found = await read_status(self._rest, self.identity, self._fresh)
        self.identity, self._fresh = found.identity, None
        return found

    async def read_values(self, names: Sequence[str]) -> ReadValues:
        """Return values by parameter. Passwords are not even asked for."""
        doing = "reading values"
        hidden = frozenset(each for each in names if _SECRET.search(each))
        asked = [each for each in dict.fromkeys(names) if each not in hidden]
        values: dict[str, str] = {}
        for chunk in _chunks(asked):
            found = await self._rest.post("v1/mgmt/config/get", {"data": chunk}, doing=doing)
            data = found.get("data")
            if not isinstance(data, dict):
                raise UnexpectedReply(self._phone, doing, "values that are no table")
            for name in chunk:
                row = data.get(name)
                if isinstance(row, dict) and isinstance(row.get("Value"), str | int):
                    values[name] = str(row["Value"])
        return ReadValues(values, frozenset(asked) - values.keys(), hidden)

    async def push_values(self, values: Mapping[str, str | Clear]) -> Pushed:
        """Write values, and read every one back that is no password."""
        doing = "writing values"
        texts = {
            name: each.reveal() if isinstance(each, Clear) else each
            for name, each in values.items()
        }
        secret = {n for n in texts if _SECRET.search(n) or isinstance(values[n], Clear)}
        # Some make it restart by itself (polycom.md, A): those come last.
        for chunk in _chunks(sorted(texts, key=lambda each: each.startswith(_LAST))):
            body = {"data": {name: texts[name] for name in chunk}}
            await self._rest.post("v1/mgmt/config/set", body, doing=doing)
        readable = [name for name in texts if name not in secret]
        try:
            back = await self.read_values(readable)
        except Unreachable:
            gone = Disruption("reboot", consequences.REBOOT_S, "it is away since it was told")
            return Pushed(frozenset(), {}, frozenset(texts), gone)
        kept = {
            name: "it does not have this value" if name in back.unknown
            else "it said yes and kept another value"
            for name in readable
            if back.values.get(name) != texts[name]
        }  # fmt: skip
        held = frozenset(readable) - kept.keys()
        return Pushed(held, kept, frozenset(secret), absent=back.unknown)

    async def push_account(self, account: SipAccount) -> Pushed:
        """Write a SIP account."""
        pushed = await self.push_values(account_values(account))
        return pushed._replace(then=Disruption("re-register"))

    async def resync(self) -> Accepted:
        """Let the phone fetch its settings now."""
        return await self._do("updateConfiguration", "resyncing")

    async def reboot(self) -> Accepted:
        """Restart; the phone itself waits for the end of a call."""
        return await self._do("safeReboot", "restarting")

    async def safe_restart(self) -> Accepted:
        """Restart the application as soon as no call is up."""
        return await self._do("safeRestart", "restarting")

    async def factory_reset(self) -> Accepted:
        """Erase everything that was ever set."""
        return await self._do("factoryReset", "resetting")

    async def upgrade(self, image: Image) -> Accepted:
        """Restart when idle: its file names the image, and it looks for it when it starts."""
        return await self._do("safeRestart", "restarting for new firmware")

    async def backup(self) -> Backup:
        """Return the running configuration."""
        doing = "reading its configuration"
        found = await self._rest.get("v1/mgmt/device/runningConfig", doing=doing,
                                     limit=_CONFIG_BYTES)  # fmt: skip
        content = json.dumps(found.get("data"), indent=1, sort_keys=True).encode()
        return Backup("running-config.json", "application/json", content)

    @property
    def _phone(self) -> str:
        return self._rest.http.phone

    async def _do(self, verb: str, doing: str) -> Accepted:
        try:
            await self._rest.post(f"v1/mgmt/{verb}", {}, doing=doing)
        except Dropped:
            return RESTARTS
        return Accepted("the phone accepted; it waits until no call is up")


def _chunks(names: Sequence[str]) -> Iterator[list[str]]:
    """Return names in the portions that the API takes."""
    for start in range(0, len(names), _CHUNK):
        yield list(names[start : start + _CHUNK])


def account_values(account: SipAccount) -> dict[str, str | Clear]:
    """Return an account's parameters (polycom.md, B)."""
    prefix = f"reg.{account.number}"
    said: dict[str, str | Clear | None] = {
        "address": account.user, "auth.userId": account.auth_user or account.user,
        "auth.password": account.password, "label": account.label or None,
        "displayName": account.name or None, "server.1.address": account.server,
        "server.1.port": str(account.port) if account.port is not None else None,
        "server.1.transport": _TRANSPORTS[account.transport],
        "server.1.expires": str(account.expiry_s) if account.expiry_s else None,
        "outboundProxy.address": account.outbound_proxy or None,
    }  # fmt: skip
    return {f"{prefix}.{name}": value for name, value in said.items() if value is not None}


async def identify_phone(http: PhoneHttp) -> Identity | None:
    """Return who is there: 401 means that the API is on, 404 from a Poly that it is off."""
    answer = await http.get("/api/v1/mgmt/device/info", anonymous=True, doing="asking who is there")
    server = answer.headers.get("server", "").lower()
    mac, ours = certificate_mac(http.certificate), "poly" in server
    if not ours and mac is None:
        return None
    generation = "edge" if "edge" in server else "vvx"
    if answer.status == 404:
        generation = "off"
    elif answer.status != 401 or not answer.challenges:
        return None
    return Identity(
        "polycom", generation, mac=mac or "", scheme=http.scheme, pin=http.pin,
        how="its certificate" if mac else "its Server header", sure="high" if mac else "medium",
    )  # fmt: skip


def certificate_mac(der: bytes | None) -> str | None:
    """Return the MAC that a Poly's certificate is made out to; None if it names none.

    `CN=64167F169981,O=Polycom Inc.`, upper-case, without separators (polycom.md, A).
    """
    if not der:
        return None
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    try:
        subject = x509.load_der_x509_certificate(der).subject
        names = [str(each.value) for each in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    except (ValueError, TypeError):
        return None
    return next((each.lower() for each in names if re.fullmatch(r"[0-9A-F]{12}", each)), None)


class PolyPhones:
    """What Poly's phones can do, and the way in."""

    name = "polycom"
    title = "Poly"
    generations = GENERATIONS
    deciding = consequences.DECIDING
    upgrade_s = consequences.EDGE_UPGRADE_S

    def __init__(self, models: Callable[[], Models]) -> None:
        self._models = models

    def consequence(
        self, action: Action, model: str, told: Mapping[str, str], generation: str | None = None
    ) -> Consequence:
        """Return what an action does."""
        return consequences.consequence(action, model, told)

    def change_consequence(
        self,
        parameters: Collection[str],
        model: str,
        told: Mapping[str, str],
        *,
        pushed: bool = False,
    ) -> Consequence:
        """Return what changed parameters do."""
        return consequences.change_consequence(parameters, model, told, pushed=pushed)

    def notify_event(self, *, reboot: bool, told: Mapping[str, str]) -> str | None:
        """Return `check-sync`; it always restarts only where alwaysReboot is set (C)."""
        if reboot and told.get(consequences.ALWAYS) != "1":
            return None
        return "check-sync"

    async def identify(self, reach: Reach, *, timeout_s: float) -> Identity | None:
        """Return who is there. Sends no login."""
        async with PhoneHttp.open(reach, timeout_s=timeout_s) as http:
            return await http.find(lambda: identify_phone(http))

    @asynccontextmanager
    async def connect(
        self, reach: Reach, login: Login | None, *, timeout_s: float
    ) -> AsyncIterator[Device]:
        """Look who is there, then ask with the login. There is no session to be left."""
        from reconciler.transport.phone_auth import ChallengedAuth

        async with PhoneHttp.open(reach, timeout_s=timeout_s) as http:
            identity = await http.find(lambda: identify_phone(http))
            if identity is None:
                raise UnexpectedReply(reach.phone, "asking who is there", "it is no Poly phone")
            prove_meant(reach, identity)
            if identity.generation == "off":
                why = GENERATIONS["off"].ability("status").why
                raise NotPossible(reach.phone, "logging in", why)
            rest = Rest(http, ChallengedAuth(saved(login, reach), USER, http.challenges))
            found = await read_identity(rest, identity)
            prove_meant(reach, found[0])
            yield PolyDevice(rest, found)
