"""What each login generation of Grandstream can do (grandstream.md, A), and why not the rest."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from reconciler.device import Ability, Action, Generation

_NO_SAFE_RESTART: Final = Ability(
    can=False, why="its restart is immediate; reconciler waits for the end of a call instead"
)
_BLIND: Final = Ability(
    can=False,
    why="what its pages write cannot be read back; its file carries the settings instead",
)
_BY_NOTIFY: Final = Ability(can=False, why="only its PBX can ask it to (SIP NOTIFY check-sync)")
_BY_VALUES: Final = Ability(
    can=True,
    why="tells the phone where the image is (P192, P6767) and restarts it; the way of its web "
    "page is not known",
    sure="medium",
)

_JSON: Final[Mapping[Action, Ability]] = {
    "status": Ability(can=True, why="a call that is up is seen on its PBX only", sure="medium"),
    "read_values": Ability(can=True),
    "push_values": Ability(can=True),
    "push_account": Ability(can=True, why="the password is proved by registration only"),
    "resync": _BY_NOTIFY,
    "reboot": Ability(can=True),
    "safe_restart": _NO_SAFE_RESTART,
    "factory_reset": Ability(can=True),
    "upgrade": _BY_VALUES,
    "backup": Ability(can=True, why="the file that its web page exports", sure="medium"),
}

GENERATIONS: Final[Mapping[str, Generation]] = MappingProxyType(
    {
        "G2b": Generation("G2b", "GXP16xx and GXP2135 with a token", _JSON, ("emulator",)),
        "G3": Generation(
            "G3",
            "GXP21xx from 1.0.11, GRP26xx, WP8xx",
            {
                **_JSON,
                "status": Ability(can=True),
                "resync": Ability(can=True, why="PROV: fetches its settings now"),
                "backup": Ability(
                    can=True,
                    why="every value that its family has, read one by one; no passwords",
                    sure="medium",
                ),
            },
            ("emulator",),
        ),
        "G2": Generation("G2", "GXP14xx, GXP16xx, GXP17xx, GXP21xx to 1.0.7", _JSON, ("emulator",)),
        "G4": Generation(
            "G4",
            "HT801, HT802, HT812 V2",
            {
                "status": Ability(can=True),
                "read_values": Ability(can=True),
                "push_values": Ability(can=True),
                "push_account": Ability(
                    can=False,
                    why="it says yes to SIP passwords over the web and keeps the old ones; its "
                    "file carries them",
                ),
                "resync": _BY_NOTIFY,
                "reboot": Ability(can=True),
                "safe_restart": _NO_SAFE_RESTART,
                "factory_reset": Ability(can=True, sure="medium"),
                "upgrade": Ability(
                    can=False,
                    why="one parameter (P212) decides how files and firmware are fetched; say the "
                    "version in YAML, and its file carries the address",
                ),
                "backup": Ability(can=True),
            },
            ("emulator",),
        ),
        "G1": Generation(
            "G1",
            "GXP14xx and old GXP21xx, web pages only",
            {
                "status": Ability(
                    can=True, why="only that it is there and takes the password", sure="medium"
                ),
                "read_values": Ability(can=False, why="its pages are not meant for programs"),
                "push_values": _BLIND,
                "push_account": _BLIND,
                "resync": _BY_NOTIFY,
                "reboot": Ability(can=True),
                "safe_restart": _NO_SAFE_RESTART,
                "factory_reset": Ability(can=False, why="no source shows the request"),
                "upgrade": Ability(can=False, why="its file carries the address of the firmware"),
                "backup": Ability(can=False, why="no source shows the request"),
            },
            ("emulator",),
        ),
    }
)
"""In the order in which they are told apart."""
