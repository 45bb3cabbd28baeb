"""The live client of Grandstream: a device by its web interface, and what it declares."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

from reconciler.adapters.grandstream import consequences
from reconciler.adapters.grandstream.accounts import TRANSPORTS
from reconciler.adapters.grandstream.generations import GENERATIONS
from reconciler.adapters.grandstream.identify import identify_phone
from reconciler.adapters.grandstream.login import log_in
from reconciler.adapters.grandstream.numbers import parameter
from reconciler.adapters.grandstream.session import Session
from reconciler.adapters.grandstream.status import read_status
from reconciler.adapters.grandstream.table import families
from reconciler.adapters.grandstream.values import push_values, read_values
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
    AdapterError,
    NotPossible,
    UnexpectedReply,
)
from reconciler.model.secret import Clear
from reconciler.model.step import Disruption
from reconciler.phonefiles.models import Model, Models
from reconciler.phonefiles.sheet import NotHeld
from reconciler.transport.phone_http import Dropped, PhoneHttp
from reconciler.transport.phone_meeting import meet, saved

_EXPORT_BYTES: Final = 4_194_304
_REQUESTS: Final = {"reboot": "REBOOT", "factory_reset": "RESET", "resync": "PROV"}


class GrandstreamDevice:
    """A session with one phone."""

    def __init__(self, session: Session, model: Model | None) -> None:
        self._session = session
        self._model = model
        self.identity: Identity = session.identity

    async def status(self) -> Status:
        """Return what the phone says of itself."""
        self._need("status")
        found = await read_status(self._session, self._model.accounts if self._model else 1)
        self.identity = found.identity
        return found

    async def read_values(self, names: Sequence[str]) -> ReadValues:
        """Return values by P-value."""
        self._need("read_values")
        return await read_values(self._session, names)

    async def push_values(self, values: Mapping[str, str | Clear]) -> Pushed:
        """Write values by P-value, and read every one back."""
        self._need("push_values")
        return await push_values(self._session, values)

    async def push_account(self, account: SipAccount) -> Pushed:
        """Write a SIP account."""
        self._need("push_account")
        pushed = await push_values(self._session, self._account(account))
        return pushed._replace(then=Disruption("re-register"))

    async def resync(self) -> Accepted:
        """Let the phone fetch its settings now."""
        return await self._operate("resync")

    async def reboot(self) -> Accepted:
        """Restart now."""
        return await self._operate("reboot")

    async def safe_restart(self) -> Accepted:
        """Not possible: its restart does not wait."""
        self._need("safe_restart")
        raise AssertionError("no generation has it")

    async def factory_reset(self) -> Accepted:
        """Erase everything that was ever set."""
        return await self._operate("factory_reset")

    async def upgrade(self, image: Image) -> Accepted:
        """Say where the image is, and restart: the phone looks for firmware when it starts."""
        self._need("upgrade")
        doing = "preparing the firmware"
        parts = urlsplit(image.url)
        folder = parts.path.rpartition("/")[0]
        protocol = {"http": "1", "https": "2"}.get(parts.scheme)
        if protocol is None or not parts.netloc:
            raise NotPossible(self.identity.model, doing, "it fetches by http or https only")
        wanted = {"P192": f"{parts.netloc}{folder}", "P6767": protocol, "P238": "0", "P8375": "0"}
        known = families()
        pushed = await push_values(
            self._session, {name: text for name, text in wanted.items() if name in known}
        )
        lost = {"P192", "P6767"} & pushed.kept.keys()
        if lost:
            why = "; ".join(f"{name}: {pushed.kept[name]}" for name in sorted(lost))
            raise UnexpectedReply(self._session.http.phone, doing, why)
        return await self._operate("reboot")

    async def backup(self) -> Backup:
        """Return its configuration: the file that it exports, or all its values."""
        self._need("backup")
        if self._session.generation == "G3":
            return await self._backup_values()
        answer = await self._session.get(
            "/cgi-bin/download_cfg", limit=_EXPORT_BYTES, doing="exporting its configuration"
        )
        if answer.status != 200 or b"=" not in answer.content:
            why = f"HTTP {answer.status} without a configuration"
            raise UnexpectedReply(self._session.http.phone, "exporting its configuration", why)
        return Backup("config.txt", "text/plain", answer.content)

    async def _backup_values(self) -> Backup:
        columns = set((self._model.traits["columns"] if self._model else "26,new").split(","))
        names = sorted(
            (each for each, taken in families().items() if not taken.isdisjoint(columns)),
            key=lambda name: int(name[1:]),
        )
        found = (await read_values(self._session, names)).values
        lines = [f"{name}={text}" for name, text in found.items() if "\n" not in text]
        return Backup("values.txt", "text/plain", ("\n".join(lines) + "\n").encode())

    async def _operate(self, action: Action) -> Accepted:
        """Ask for a restart and its kin. A phone that drops the line has accepted (A3, 9)."""
        self._need(action)
        doing = {"reboot": "restarting", "factory_reset": "resetting"}.get(action, "resyncing")
        session = self._session
        try:
            if session.generation == "G1":
                await session.act("/cgi-bin/rs", doing=doing)
            elif session.generation == "G4":
                path, form = (
                    ("/cgi-bin/rs", []) if action == "reboot"
                    else ("/cgi-bin/unit_reset", [("reset_type", "2")])
                )  # fmt: skip
                session.body_of(await session.post(path, form, doing=doing), doing)
            else:
                form = [("request", _REQUESTS[action])]
                answer = await session.post("/cgi-bin/api-sys_operation", form, doing=doing)
                session.body_of(answer, doing)
        except Dropped:
            return RESTARTS
        return Accepted("the phone accepted")

    def _account(self, account: SipAccount) -> dict[str, str | Clear]:
        """Return an account's P-values. Raises NotPossible where nobody knows them."""
        doing = f"writing account {account.number}"
        high = int(self._model.traits["high"]) if self._model else 0
        if not high and account.number > 4:
            why = f"where account {account.number} of a {self.identity.model} stands is not known"
            raise NotPossible(self._session.http.phone, doing, why)
        server = account.server + (f":{account.port}" if account.port else "")
        said: dict[str, str | Clear | None] = {
            "active": "1", "server": server, "proxy": account.outbound_proxy or None,
            "user": account.user, "auth": account.auth_user or account.user,
            "password": account.password, "name": account.name or None,
            "label": account.label or None, "transport": TRANSPORTS[account.transport],
            "expiry": str(-(-account.expiry_s // 60)) if account.expiry_s else None,
        }  # fmt: skip
        try:
            return {
                parameter(name, account.number, high): value
                for name, value in said.items()
                if value is not None
            }
        except NotHeld as problem:
            raise NotPossible(self._session.http.phone, doing, str(problem)) from None

    def _need(self, action: Action) -> None:
        GENERATIONS[self._session.generation].demand(action, self._session.http.phone)


class GrandstreamPhones:
    """What Grandstream's phones can do, and the way in."""

    name = "grandstream"
    title = "Grandstream"
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
        """Return what changed P-values do."""
        return consequences.change_consequence(parameters, told, pushed=pushed)

    def notify_event(self, *, reboot: bool, told: Mapping[str, str]) -> str | None:
        """Return `check-sync`. Whether it restarts, the firmware decides (grandstream.md, C)."""
        return f"check-sync;reboot={'true' if reboot else 'false'}"

    async def identify(self, reach: Reach, *, timeout_s: float) -> Identity | None:
        """Return who is there. Sends no login."""
        async with PhoneHttp.open(reach, timeout_s=timeout_s) as http:
            found = await http.find(lambda: identify_phone(http))
            return found[0] if found is not None else None

    @asynccontextmanager
    async def connect(
        self, reach: Reach, login: Login | None, *, timeout_s: float
    ) -> AsyncIterator[Device]:
        """Log in, once, in the way of the phone's generation."""
        async with PhoneHttp.open(reach, timeout_s=timeout_s) as http:
            identity, challenge = await meet(http, reach, identify_phone, self.title)
            session = await log_in(http, identity, challenge, saved(login, reach))
            try:
                yield GrandstreamDevice(session, self._models().get(session.identity.model))
            finally:
                with suppress(AdapterError):  # a phone that restarts cannot say goodbye
                    await session.close()
