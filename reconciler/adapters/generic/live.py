"""Any SIP phone through its PBX: what a registration tells, and NOTIFY (other-phones.md).

There is no login to such a phone and no session with it: the PBX is asked, and the PBX asks.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType
from typing import Final, NoReturn, Protocol

from reconciler.adapter import LiveState
from reconciler.device import (
    Ability,
    Accepted,
    Action,
    Backup,
    Consequence,
    Device,
    DeviceAccount,
    DeviceCall,
    Generation,
    Identity,
    Image,
    LineState,
    Login,
    Pushed,
    Reach,
    ReadValues,
    SipAccount,
    Status,
)
from reconciler.errors import NotPossible
from reconciler.model.secret import Clear
from reconciler.model.step import Disruption

_FILE: Final = "its file carries the settings; no live way to its web pages is built"
_NOTIFIED: Final = Ability(
    can=True, why="its PBX asks it to (SIP NOTIFY); that it was sent is not that it arrived",
    sure="medium",
)  # fmt: skip
_NEVER: Final[Mapping[Action, Ability]] = {
    "read_values": Ability(can=False, why="it is known by its registration only"),
    "push_values": Ability(can=False, why=_FILE),
    "push_account": Ability(can=False, why=_FILE),
    "safe_restart": Ability(can=False, why="no NOTIFY says that it shall wait"),
    "factory_reset": Ability(can=False, why="no safe way is known; reset it at the phone"),
    "upgrade": Ability(can=False, why="its file carries the address of the firmware"),
    "backup": Ability(can=False, why="it is known by its registration only"),
}
GENERATION: Final = Generation(
    "sip",
    "any SIP phone, through its PBX",
    {"status": Ability(can=True, why="registration, contact, User-Agent, calls on the PBX"),
     "resync": _NOTIFIED, "reboot": _NOTIFIED, **_NEVER},
    ("Asterisk 22 with sipp",),
)  # fmt: skip

EVENTS: Final[Mapping[str, tuple[str, str | None]]] = MappingProxyType(
    {
        "snom": ("check-sync;reboot=false", "check-sync;reboot=true"),
        "fanvil": ("check-sync", None),
        "cisco": ("resync", "reboot"),
        "htek": ("check-sync", None),
        "mitel": ("check-sync", None),
    }
)
"""Vendor -> the events of a resync and of a restart; None where none is known (sip/notify.txt)."""
_USUAL: Final = ("check-sync", None)
_STATES: Final[Mapping[str, LineState]] = {
    "up": "connected", "ringing": "ringing", "ring": "calling", "dialing": "calling",
}  # fmt: skip


class Pbx(Protocol):
    """A PBX that tells what goes on and sends NOTIFY (`Watcher` and `Notifier`)."""

    async def live_state(self) -> LiveState:
        """Return registrations and calls."""
        ...

    async def notify(self, extension: str, event: str) -> str:
        """Send NOTIFY."""
        ...


class SipDevice:
    """A phone by one extension of its PBX."""

    def __init__(self, pbx: Pbx, extension: str, phones: "SipPhones") -> None:
        self._pbx = pbx
        self._extension = extension
        self._phones = phones
        self.identity = Identity(phones.name, "sip", how="its registration", sure="low")

    async def status(self) -> Status:
        """Return what the PBX knows: who is registered from where, and which calls are up."""
        live = await self._pbx.live_state()
        mine = [each for each in live.registrations if each.address.key == self._extension]
        calls = tuple(
            DeviceCall(1, _STATES.get(each.state, "other"), each.callee, "", each.duration_s)
            for each in live.calls
            if each.address is not None and each.address.key == self._extension
        )
        agent = mine[0].user_agent if mine else ""
        model, firmware = model_of(agent)
        self.identity = Identity(
            self._phones.name,
            "sip",
            model,
            firmware,
            mac_of(agent),
            how="User-Agent",
            sure="medium",
        )
        registered = any(each.state not in ("unreachable", "removed") for each in mine)
        notes = () if mine else ("no phone is registered at its extension",)
        return Status(
            self.identity,
            accounts=(DeviceAccount(1, self._extension, registered=registered),),
            calls=calls,
            in_call=bool(calls),
            notes=notes,
        )

    async def resync(self) -> Accepted:
        """Ask for a resync by NOTIFY."""
        return await self._notify("resync", reboot=False)

    async def reboot(self) -> Accepted:
        """Ask for a restart by NOTIFY."""
        return await self._notify("reboot", reboot=True)

    async def _notify(self, action: Action, *, reboot: bool) -> Accepted:
        event = self._phones.notify_event(reboot=reboot, told={})
        if event is None:
            self._refuse(action, "no NOTIFY is known that restarts it")
        return Accepted(await self._pbx.notify(self._extension, event), in_doubt=True)

    async def read_values(self, names: Sequence[str]) -> ReadValues:
        """Not possible."""
        self._refuse("read_values")

    async def push_values(self, values: Mapping[str, str | Clear]) -> Pushed:
        """Not possible."""
        self._refuse("push_values")

    async def push_account(self, account: SipAccount) -> Pushed:
        """Not possible."""
        self._refuse("push_account")

    async def safe_restart(self) -> Accepted:
        """Not possible."""
        self._refuse("safe_restart")

    async def factory_reset(self) -> Accepted:
        """Not possible."""
        self._refuse("factory_reset")

    async def upgrade(self, image: Image) -> Accepted:
        """Not possible."""
        self._refuse("upgrade")

    async def backup(self) -> Backup:
        """Not possible."""
        self._refuse("backup")

    def _refuse(self, action: Action, why: str | None = None) -> NoReturn:
        reason = why or GENERATION.ability(action).why
        raise NotPossible(f"extension {self._extension}", action.replace("_", " "), reason)


def model_of(agent: str) -> tuple[str, str]:
    """Return model and firmware out of a User-Agent; "" for what it does not tell."""
    own = re.sub(r"^Mozilla/[\d.]+ \(compatible; ", "", agent[:200])
    found = re.search(r"([A-Za-z]{1,12}[-_ ]?\w{2,12})[/ -](\d+(?:\.\d+){1,4}\w*)", own)
    return (found[1], found[2]) if found else ("", "")


def mac_of(agent: str) -> str:
    """Return the MAC in a User-Agent, where there is one."""
    found = re.search(r"(?<![0-9A-Fa-f])([0-9A-Fa-f]{12})(?![0-9A-Fa-f])", agent[:200])
    return found[1].lower() if found else ""


class SipPhones:
    """What any SIP phone can do. `pbx_device` makes a device; there is nothing to connect to."""

    title = "any SIP phone"
    generations: Mapping[str, Generation] = MappingProxyType({"sip": GENERATION})
    deciding: tuple[str, ...] = ()
    upgrade_s = 1200

    def __init__(self, vendor: str = "generic") -> None:
        self.name = vendor

    def consequence(
        self, action: Action, model: str, told: Mapping[str, str], generation: str | None = None
    ) -> Consequence:
        """Return the worse of what may happen: of such a phone little is known."""
        if action == "status":
            return Consequence(Disruption())
        if action == "resync" and self.name == "snom":
            return Consequence(Disruption("resync"), sure="medium")
        return Consequence(Disruption("reboot", None, "perhaps"), sure="low")

    def change_consequence(
        self,
        parameters: Collection[str],
        model: str,
        told: Mapping[str, str],
        *,
        pushed: bool = False,
    ) -> Consequence:
        """Return the same: which parameter restarts it is not known."""
        return self.consequence("resync", model, told) if parameters else Consequence(Disruption())

    def notify_event(self, *, reboot: bool, told: Mapping[str, str]) -> str | None:
        """Return the vendor's event."""
        return EVENTS.get(self.name, _USUAL)[1 if reboot else 0]

    async def identify(self, reach: Reach, *, timeout_s: float) -> Identity | None:
        """Return None: it is known by its registration only."""
        return None

    def connect(
        self, reach: Reach, login: Login | None, *, timeout_s: float
    ) -> AbstractAsyncContextManager[Device]:
        """Refuse: nothing is known of its web pages."""
        raise NotPossible(reach.phone, "connecting", "it is reached through its PBX only")

    def pbx_device(self, pbx: Pbx, extension: str) -> Device:
        """Return a phone by an extension."""
        return SipDevice(pbx, extension, self)
