"""What differs between FreePBX 16 and 17, and the modules that each says it has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Literal

Number = Literal["16", "17"]

MODULES_17 = {
    "announcement": "17.0.2.1", "api": "17.0.8", "arimanager": "17.0.1.1",
    "asteriskinfo": "17.0.2", "backup": "17.0.7", "blacklist": "17.0.1.2", "builtin": "",
    "bulkhandler": "17.0.7.1", "calendar": "17.0.4.24", "callforward": "17.0.1.7",
    "callrecording": "17.0.3.9", "callwaiting": "17.0.3.4", "cdr": "17.0.11.1",
    "cel": "17.0.2.13", "certman": "17.0.3.14", "cidlookup": "17.0.1.1",
    "conferences": "17.0.3.2", "contactmanager": "17.0.5.15", "core": "17.0.18.45",
    "customappsreg": "17.0.1", "dashboard": "17.0.5", "daynight": "17.0.1.2",
    "donotdisturb": "17.0.2.3", "fax": "17.0.3.5", "featurecodeadmin": "17.0.2",
    "filestore": "17.0.3", "findmefollow": "17.0.4.13", "framework": "17.0.28",
    "infoservices": "17.0.1.1", "ivr": "17.0.9", "logfiles": "17.0.5", "manager": "17.0.7",
    "missedcall": "17.0.3", "music": "17.0.6", "paging": "17.0.3", "parking": "17.0.2.7",
    "pm2": "17.0.3.4", "presencestate": "17.0.2.4", "queues": "17.0.4", "recordings": "17.0.5",
    "ringgroups": "17.0.2.8", "setcid": "17.0.1.2", "sipsettings": "17.0.6.10",
    "soundlang": "17.0.5", "timeconditions": "17.0.1.18", "ucp": "", "userman": "17.0.7",
    "voicemail": "17.0.5.34",
}  # fmt: skip
"""Installed modules of the recorded 17; an empty version is one that is not installed."""

SEEN_16 = {
    "announcement": "16.0.7", "api": "16.0.13", "backup": "16.0.69", "blacklist": "16.0.21",
    "cdr": "16.0.30", "certman": "16.0.30", "core": "16.0.68.30", "filestore": "16.0.18",
    "findmefollow": "16.0.23", "framework": "16.0.40.11", "recordings": "16.0.13",
    "ringgroups": "16.0.11", "sipsettings": "16.0.27", "voicemail": "16.0.58",
}  # fmt: skip


@dataclass(frozen=True)
class Version:
    """One of the two versions. The questions are those that the rest of the emulator asks."""

    number: Number

    @property
    def is_17(self) -> bool:
        """Whether this is 17 and not 16."""
        return self.number == "17"

    @property
    def framework(self) -> str:
        """What `system.version` says."""
        return "17.0.28" if self.is_17 else "16.0.40.11"

    @property
    def asterisk(self) -> str:
        """What `system.engine` says; both recorded systems ran this one."""
        return "22.10.1"

    @cached_property
    def modules(self) -> dict[str, str]:
        """Versions by module. The rest of 16's modules have made-up versions: not recorded."""
        if self.is_17:
            return MODULES_17
        names = [name for name in MODULES_17 if name != "arimanager"]
        return {name: SEEN_16.get(name, "16.0.10" if MODULES_17[name] else "") for name in names}

    def no_key(self, key: str) -> str:
        """What PHP says of a missing key: 8.2 runs under 17, 7.4 under 16."""
        return f'Undefined array key "{key}"' if self.is_17 else f"Undefined index: {key}"

    @property
    def usual(self) -> dict[str, str]:
        """What the recorded systems had not and most others have; the version is made up."""
        return {"miscdests": "17.0.1" if self.is_17 else "16.0.2"}

    @cached_property
    def schema_text(self) -> str:
        """The GraphQL schema as text."""
        path = files("reconciler.lab.freepbx") / "data" / f"schema-{self.number}.graphql"
        return path.read_text(encoding="utf-8")
