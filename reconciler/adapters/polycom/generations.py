"""What Poly's phones can do over REST (polycom.md, A), and why not the rest."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from reconciler.device import Ability, Action, Generation

_REST: Final[Mapping[Action, Ability]] = {
    "status": Ability(can=True),
    "read_values": Ability(can=True, why="passwords are not asked for"),
    "push_values": Ability(
        can=True, why="kept as web settings, which win over its file until they are reset"
    ),
    "push_account": Ability(
        can=True, why="kept as web settings, which win over its file until they are reset"
    ),
    "resync": Ability(can=True, why="updateConfiguration, from UCS 5.9", sure="medium"),
    "reboot": Ability(can=True, why="safeReboot: the phone itself waits for the end of a call"),
    "safe_restart": Ability(can=True),
    "factory_reset": Ability(can=True),
    "upgrade": Ability(can=True, why="its file names the image; this restarts it when it is idle"),
    "backup": Ability(can=True, why="the running configuration", sure="medium"),
}
_OFF: Final = (
    "its REST API is off (apps.restapi.enabled, httpd.enabled and httpd.cfg.enabled switch it on)"
)
_ACTIONS: Final[tuple[Action, ...]] = (
    "status", "read_values", "push_values", "push_account", "resync", "reboot", "safe_restart",
    "factory_reset", "upgrade", "backup",
)  # fmt: skip

GENERATIONS: Final[Mapping[str, Generation]] = MappingProxyType(
    {
        "edge": Generation("edge", "Edge E on PVOS, REST with Digest", _REST, ("emulator",)),
        "vvx": Generation("vvx", "VVX on UCS from 5.4, REST", _REST, ("emulator",)),
        "off": Generation(
            "off",
            "Poly phones whose REST API is off",
            {action: Ability(can=False, why=_OFF) for action in _ACTIONS},
        ),
    }
)
