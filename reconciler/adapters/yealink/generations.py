"""What each web generation of Yealink can do (yealink.md, A), and why not the rest."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from reconciler.device import Ability, Generation

_NO_SAFE_RESTART: Final = Ability(
    can=False, why="its restart is immediate; reconciler waits for the end of a call instead"
)
_NO_RESET: Final = Ability(
    can=False, why="no source shows the request behind the button; reset it at the phone"
)
_NO_EXPORT: Final = Ability(can=False, why="its pages are not meant for programs")
_NO_IMPORT: Final = Ability(can=False, why="its file carries the settings instead")
_BY_NOTIFY: Final = Ability(can=False, why="only its PBX can ask it to (SIP NOTIFY check-sync)")
_IMPORT: Final = Ability(
    can=True, why="imports a file of these values alone and reads them back", sure="medium"
)
_BY_FILE: Final = Ability(
    can=True, why="its file names the image (static.firmware.url); this lets it fetch that file"
)
_EXPORT: Final = Ability(can=True, why="the file that its web page exports", sure="medium")

GENERATIONS: Final[Mapping[str, Generation]] = MappingProxyType(
    {
        "D": Generation(
            "D",
            "T4xU, T5xW, AX8x, W70B from v85",
            {
                "status": Ability(can=True),
                "read_values": Ability(can=True),
                "push_values": _IMPORT,
                "push_account": _IMPORT,
                "resync": Ability(
                    can=True,
                    why="by Action URI, where the phone's settings name who may; else its PBX asks "
                    "it to (SIP NOTIFY check-sync)",
                    sure="medium",
                ),
                "reboot": Ability(can=True),
                "safe_restart": _NO_SAFE_RESTART,
                "factory_reset": _NO_RESET,
                "upgrade": _BY_FILE,
                "backup": _EXPORT,
            },
            ("emulator",),
        ),
        "C": Generation(
            "C",
            "T19E2 to T4xS, T3x with v81 to v86",
            {
                "status": Ability(can=True, why="a call is seen on its PBX only", sure="medium"),
                "read_values": Ability(can=True, why="out of the exported file", sure="medium"),
                "push_values": _IMPORT,
                "push_account": _IMPORT,
                "resync": Ability(can=True, why="auto provision now", sure="medium"),
                "reboot": Ability(can=True, sure="medium"),
                "safe_restart": _NO_SAFE_RESTART,
                "factory_reset": _NO_RESET,
                "upgrade": _BY_FILE,
                "backup": _EXPORT,
            },
            ("emulator",),
        ),
        "B": Generation(
            "B",
            "T2x, T4xG with v80",
            {
                "status": Ability(can=True, why="model and firmware", sure="medium"),
                "read_values": _NO_EXPORT,
                "push_values": _NO_IMPORT,
                "push_account": _NO_IMPORT,
                "resync": _BY_NOTIFY,
                "reboot": Ability(can=True, sure="medium"),
                "safe_restart": _NO_SAFE_RESTART,
                "factory_reset": _NO_RESET,
                "upgrade": Ability(can=True, why="its file names the image; this restarts it"),
                "backup": _NO_EXPORT,
            },
            ("emulator",),
        ),
        "A": Generation(
            "A",
            "T20P to T28P up to v7x",
            {
                "status": Ability(can=True, why="what its status page says", sure="medium"),
                "read_values": _NO_EXPORT,
                "push_values": _NO_IMPORT,
                "push_account": _NO_IMPORT,
                "resync": _BY_NOTIFY,
                "reboot": Ability(can=True),
                "safe_restart": _NO_SAFE_RESTART,
                "factory_reset": _NO_RESET,
                "upgrade": Ability(can=True, why="its file names the image; this restarts it"),
                "backup": _NO_EXPORT,
            },
            ("emulator",),
        ),
    }
)
"""In the order in which they are told apart."""
