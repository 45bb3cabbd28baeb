"""The live client of Yealink: a device by its web interface, and what it declares."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from reconciler.adapters.yealink import consequences
from reconciler.adapters.yealink.generations import GENERATIONS
from reconciler.adapters.yealink.identify import identify_phone
from reconciler.adapters.yealink.login import log_in
from reconciler.adapters.yealink.session import Session
from reconciler.adapters.yealink.status import read_status, rows_of
from reconciler.adapters.yealink.values import export, push_values, read_values
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
from reconciler.errors import NotPossible, Refused
from reconciler.model.secret import Clear
from reconciler.model.step import Disruption
from reconciler.phonefiles.models import Models
from reconciler.transport.phone_http import Dropped, PhoneHttp
from reconciler.transport.phone_meeting import meet, saved

_TRANSPORTS: Final = {"udp": "0", "tcp": "1", "tls": "2"}
_POLLS: Final = 20
_POLL_S: Final = 0.5


class YealinkDevice:
    """A web session with one phone."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def identity(self) -> Identity:
        """Who it is."""
        return self._session.identity

    @identity.setter
    def identity(self, found: Identity) -> None:
        self._session.identity = found

    async def status(self) -> Status:
        """Return what the phone says of itself."""
        self._need("status")
        found = await read_status(self._session)
        self.identity = found.identity
        return found

    async def read_values(self, names: Sequence[str]) -> ReadValues:
        """Return values by parameter."""
        self._need("read_values")
        return await read_values(self._session, names)

    async def push_values(self, values: Mapping[str, str | Clear]) -> Pushed:
        """Import values, and read every one back."""
        self._need("push_values")
        return await push_values(self._session, values)

    async def push_account(self, account: SipAccount) -> Pushed:
        """Import a SIP account."""
        self._need("push_account")
        pushed = await push_values(self._session, account_values(account))
        return pushed._replace(then=Disruption("re-register"))

    async def resync(self) -> Accepted:
        """Auto provision now: the phone fetches its files."""
        self._need("resync")
        if self._session.generation == "D":
            return await self._resync_by_uri()
        doing = "auto provisioning"
        inner = [("m", "mod_data"), ("p", "settings-autop")]
        answer = await self._session.act("/servlet", [*inner, ("q", "autopnow")], doing=doing)
        found = re.search(r'"data"\s*:\s*"?(\w{1,32})', answer.text)
        if found is None:
            raise Refused(self._session.http.phone, doing, "it did not begin")
        for _ in range(_POLLS):
            query = [*inner, ("q", "askautop"), ("sessionid", found[1])]
            answer = await self._session.get("/servlet", query, doing=doing)
            if re.search(r'"data"\s*:\s*"?0\b', answer.text):
                return Accepted("it fetched its files")
            await asyncio.sleep(_POLL_S)
        return Accepted("it began to fetch its files and did not say that it ended", in_doubt=True)

    async def _resync_by_uri(self) -> Accepted:
        """Ask by Action URI, but only where somebody said who may: else a box asks the person."""
        doing = "resyncing"
        names = (consequences.URI_ON, consequences.URI_WHO)
        said = (await read_values(self._session, names)).values
        if said.get(consequences.URI_ON, "1") != "1" or not said.get(consequences.URI_WHO):
            raise NotPossible(
                self._session.http.phone, doing,
                f"{consequences.URI_WHO} names nobody: the phone would ask the person at it",
                hint="let its PBX ask it (SIP NOTIFY), or set the parameter in its template",
            )  # fmt: skip
        answer = await self._session.act("/servlet", [("key", "AutoP")], doing=doing)
        if answer.status == 200:
            return Accepted("it fetches its files")
        raise Refused(self._session.http.phone, doing, f"HTTP {answer.status}")

    async def reboot(self) -> Accepted:
        """Restart now. Never repeated: what was not answered is in doubt."""
        self._need("reboot")
        doing, session = "restarting", self._session
        try:
            if session.generation == "D":
                data = await session.ask("/api/system/reboot", "SettingUpgrade", {}, doing=doing)
                if data is None:
                    raise Refused(session.http.phone, doing, "it said no")
            elif session.generation == "A":
                query = [("key", "Reboot")]
                answer = await session.act("/cgi-bin/ConfigManApp.com", query, doing=doing)
                if answer.status == 200 and rows_of(answer.text):
                    # It showed its status instead: older firmware wants the form (A, row A).
                    answer = await session.post(
                        "/cgi-bin/ConfigManApp.com", [("Reboot", "Reboot")], doing=doing
                    )
                self._check(answer.status, doing)
            else:
                await session.page("status", doing=doing)  # for the token in it
                inner = [("m", "mod_data")] if session.generation == "C" else []
                query = [*inner, ("p", "settings-upgrade"), ("q", "reboot")]
                answer = await session.post(
                    "/servlet", [("token", session.token)], query=query, doing=doing
                )
                self._check(answer.status, doing)
        except Dropped:
            return RESTARTS
        return Accepted("the phone accepted")

    async def safe_restart(self) -> Accepted:
        """Not possible: its restart does not wait."""
        return await self._impossible("safe_restart")

    async def factory_reset(self) -> Accepted:
        """Not possible: no source shows the request."""
        return await self._impossible("factory_reset")

    async def upgrade(self, image: Image) -> Accepted:
        """Let the phone fetch its file, which names the image; it installs what is different."""
        self._need("upgrade")
        return await (self.resync() if self._session.generation == "C" else self.reboot())

    async def backup(self) -> Backup:
        """Return the exported configuration."""
        self._need("backup")
        return Backup("config.cfg", "text/plain", (await export(self._session)).encode())

    async def _impossible(self, action: Action) -> Accepted:
        self._need(action)
        raise AssertionError("no generation has it")

    def _check(self, status: int, doing: str) -> None:
        if status >= 400:
            raise Refused(self._session.http.phone, doing, f"HTTP {status}")

    def _need(self, action: Action) -> None:
        GENERATIONS[self._session.generation].demand(action, self._session.http.phone)


def account_values(account: SipAccount) -> dict[str, str | Clear]:
    """Return an account's parameters (yealink.md, B)."""
    prefix = f"account.{account.number}"
    said: dict[str, str | Clear | None] = {
        "enable": "1", "user_name": account.user,
        "auth_name": account.auth_user or account.user, "password": account.password,
        "label": account.label or None, "display_name": account.name or None,
        "sip_server.1.address": account.server,
        "sip_server.1.port": str(account.port) if account.port is not None else None,
        "sip_server.1.transport_type": _TRANSPORTS[account.transport],
        "sip_server.1.expires": str(account.expiry_s) if account.expiry_s else None,
        "outbound_proxy_enable": "1" if account.outbound_proxy else None,
        "outbound_proxy.1.address": account.outbound_proxy or None,
    }  # fmt: skip
    return {f"{prefix}.{name}": value for name, value in said.items() if value is not None}


class YealinkPhones:
    """What Yealink's phones can do, and the way in."""

    name = "yealink"
    title = "Yealink"
    generations = GENERATIONS
    deciding = consequences.DECIDING
    upgrade_s = consequences.UPGRADE_S

    def __init__(self, models: Callable[[], Models]) -> None:
        self._models = models

    def consequence(
        self, action: Action, model: str, told: Mapping[str, str], generation: str | None = None
    ) -> Consequence:
        """Return what an action does."""
        return consequences.consequence(action, told)

    def change_consequence(
        self,
        parameters: Collection[str],
        model: str,
        told: Mapping[str, str],
        *,
        pushed: bool = False,
    ) -> Consequence:
        """Return what changed parameters do."""
        return consequences.change_consequence(parameters, told, pushed=pushed)

    def notify_event(self, *, reboot: bool, told: Mapping[str, str]) -> str | None:
        """Return the check-sync that does what is asked; None where none does."""
        return consequences.notify_event(reboot=reboot, told=told)

    async def identify(self, reach: Reach, *, timeout_s: float) -> Identity | None:
        """Return who is there. Sends no login."""
        async with PhoneHttp.open(reach, timeout_s=timeout_s) as http:
            found = await http.find(lambda: identify_phone(http))
            return found[0] if found is not None else None

    @asynccontextmanager
    async def connect(
        self, reach: Reach, login: Login | None, *, timeout_s: float
    ) -> AsyncIterator[Device]:
        """Log in, once; log out whatever happens."""
        async with PhoneHttp.open(reach, timeout_s=timeout_s) as http:
            identity, greeting = await meet(http, reach, identify_phone, self.title)
            session = await log_in(http, identity, greeting, saved(login, reach))
            try:
                yield YealinkDevice(session)
            finally:
                await session.leave()
