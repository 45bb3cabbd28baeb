"""One PBX: its tables, what is in effect, and whether its Asterisk runs."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field

from reconciler.lab.freepbx.live import Live, loaded_from
from reconciler.lab.freepbx.objects import parking_lot
from reconciler.lab.freepbx.objects.destinations import Destinations
from reconciler.lab.freepbx.objects.reload import Reloads
from reconciler.lab.freepbx.tables import NoAsterisk, Row, Tables
from reconciler.lab.freepbx.version import Version

SECONDS = ",".join(str(number) for number in range(121))
SETTINGS = (
    ("RINGTIMER", "15", "Ringtime Default", SECONDS),
    ("DIAL_OPTIONS", "HhTtr", "Asterisk Dial Options", ""),
    ("ASTSIPDRIVER", "chan_pjsip", "SIP Channel Driver", "both,chan_sip,chan_pjsip"),
    ("AUTHTYPE", "usermanager", "Authorization Type", "none,webserver,database,usermanager"),
    ("CHECKREFERER", "1", "Check Server Referrer", "0,1"),
    ("SESSION_TIMEOUT", "0", "Session Timeout", ""),
    ("BADDESTABORT", "0", "Abort Config Gen on Bad Dest", "0,1"),
)
"""Advanced settings that the facts name: keyword, value, name, options. A real system has 300."""


@dataclass(frozen=True)
class Credentials:
    """Made anew for each PBX: an emulator has no fixed password."""

    client_id: str = field(default_factory=lambda: secrets.token_hex(32))
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    web_user: str = "admin"
    web_password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    ami_user: str = "reconciler"
    ami_password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    own_ami_password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    """The PBX's own (user `admin`), which one of its error texts carries."""


class Pbx:
    """What all channels share."""

    def __init__(
        self, version: Version, credentials: Credentials, *, reload_s: float = 0.05
    ) -> None:
        self.version = version
        self.modules = {**version.modules, **version.usual}
        """Modules that are installed, with their versions."""
        self.credentials = credentials
        self.tables = Tables()
        self.live = Live()
        self.mistakes: list[str] = []
        """Tracebacks of what the emulator itself did wrong, never FreePBX's failures."""
        self.reloads = Reloads(self.tables, self.live, reload_s)
        self._destinations: tuple[int, Destinations] | None = None
        self._furnish()

    def _furnish(self) -> None:
        """What every new system has: an administrator, a group, a music class."""
        tables, own = self.tables, self.credentials
        digest = hashlib.sha1(own.web_password.encode(), usedforsecurity=False).hexdigest()
        tables.insert(
            "ampusers", {"username": own.web_user, "password_sha1": digest, "sections": "*"}
        )
        tables.insert(
            "userman_groups",
            {
                "id": 1, "auth": "1", "groupname": "All Users", "priority": 5, "users": "[]",
                "description": "This group was created on install and is automatically assigned to "
                "new users. This can be disabled in User Manager Settings",
            },
        )  # fmt: skip
        tables.insert("music", {"id": 1, "category": "default", "type": "files", "random": 0})
        parking_lot.furnish(tables)
        tables.insert(
            "certman_certs",
            {
                "cid": 1, "caid": 1, "basename": "default", "type": "ss", "default": 1,
                "description": "Default Self-Signed certificate", "additional": json.dumps([]),
            },
        )  # fmt: skip
        for keyword, value, name, options in SETTINGS:
            row: Row = {
                "keyword": keyword, "value": value, "name": name, "options": options,
                "category": "Dialplan and Operational", "defaultval": value,
                "description": f"What FreePBX says about {name}",
            }  # fmt: skip
            tables.insert("freepbx_settings", row)
        self.load()

    @property
    def asterisk_is_up(self) -> bool:
        """Whether Asterisk runs: reads and writes through it fail while it does not."""
        return self.reloads.asterisk_is_up

    @asterisk_is_up.setter
    def asterisk_is_up(self, value: bool) -> None:
        self.reloads.asterisk_is_up = self.tables.asterisk_is_up = value

    @property
    def no_connection(self) -> str:
        """What FreePBX says where it needs Asterisk and there is none: with a password (seen)."""
        return (
            f"Cannot connect to Asterisk Manager with admin/{self.credentials.own_ami_password}::"
        )

    def excuse(self, error: NoAsterisk) -> str:
        """What FreePBX says when it could not ask Asterisk: writing gives the password away."""
        return self.no_connection if error.writing else str(error)

    def load(self) -> None:
        """Put everything in effect, as a reload that works does."""
        self.tables.needs_reload = False
        self.reloads.loaded = self.tables.changes
        self.live.loaded = loaded_from(self.tables)

    @property
    def in_effect(self) -> bool:
        """Whether everything that was written has been reloaded, whatever the flag says."""
        self.reloads.settle()
        return self.reloads.loaded == self.tables.changes

    def destinations(self) -> Destinations:
        """The list of now; made again only after a change."""
        if self._destinations is None or self._destinations[0] != self.tables.changes:
            self._destinations = (self.tables.changes, Destinations(self.tables))
        return self._destinations[1]
