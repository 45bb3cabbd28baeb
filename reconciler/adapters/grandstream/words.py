"""Words for the choices of P-values, by the P-value of account 1 (named dialect).

From the sample of a GRP2614 (grandstream.md) and the lists of words in templates of GRP26xx
phones in use; a choice stands here when its codes and its words are both listed, in the same
order. Transport 2 is left out: one template says "Tls Or Tcp", none confirms it, and a phone
that does not know the word would register in clear text.
"""

from collections.abc import Mapping
from typing import Final

_SWITCH: Final = {"0": "No", "1": "Yes"}
_TURNED: Final = {"0": "Yes", "1": "No"}
"""The P-value says "disable", the name says what is enabled."""
_SWITCHES: Final = (
    "P271", "P31", "P272", "P99", "P2347", "P2367", "P2395", "P2301", "P2302", "P2303", "P90",
    "P298", "P1684", "P22119", "P8463", "P22174", "P1409", "P8458", "P26015", "P8375", "P2306",
    "P258", "P2346", "P8300", "P4506", "P8469",
)  # fmt: skip
_TURNED_SWITCHES: Final = ("P91", "P186", "P276", "P4428")
_CODEC: Final = {
    "0": "PCMU", "8": "PCMA", "2": "G.726-32", "4": "G.723.1", "9": "G.722", "18": "G.729A/B",
    "98": "iLBC", "125": "OPUS",
}  # fmt: skip
_PROTOCOL: Final = {"0": "TFTP", "1": "HTTP", "2": "HTTPS"}

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    **dict.fromkeys(_SWITCHES, _SWITCH),
    **dict.fromkeys(_TURNED_SWITCHES, _TURNED),
    **dict.fromkeys(("P57", "P58", "P59", "P60", "P61", "P62", "P46", "P98"), _CODEC),
    "P130": {"0": "UDP", "1": "TCP"},
    "P183": {"0": "Disabled", "1": "EnabledButNotForced", "2": "EnabledAndForced"},
    "P52": {"0": "No", "1": "STUN", "2": "KeepAlive", "3": "UPnP", "4": "Auto", "5": "VPN"},
    "P81": {"0": "No", "1": "Yes", "2": "Instance"},
    "P8": {"0": "DHCP", "1": "StaticIP", "2": "PPPoE"},
    "P1348": {"0": "Enabled", "1": "Disabled", "2": "Mirrored"},
    "P7901": {"0": "Disable", "1": "EAP_MD5", "2": "EAP_TLS", "3": "EAP_PEAPv0OrMSCHAPv2"},
    "P122": {"0": "12Hour", "1": "24Hour"},
    "P208": {"0": "None", "1": "Debug", "2": "Info", "3": "Warning", "4": "Error"},
    "P212": _PROTOCOL,
    "P6767": {**_PROTOCOL, "3": "FTP"},
    "P194": {
        "0": "No", "1": "YesUpgradeMin", "2": "YesUpgradeHourOfDay", "3": "YesUpgradeDayOfWeek",
    },
    "P238": {"0": "AlwaysCheck", "1": "CheckWhenChange", "2": "SkipCheck"},
    "P1650": {"0": "HTTPS", "1": "HTTP", "2": "Disabled", "3": "Both"},
    "P330": {
        "0": "Disabled", "1": "EnabledUseHTTP", "2": "EnabledUseTFTP", "3": "EnabledUseHTTPS",
    },
    "P2916": {"0": "Default", "1": "Download"},
}  # fmt: skip

KEY_MODES: Final[Mapping[int, str]] = {
    -1: "None", 0: "SpeedDial", 1: "BLF", 4: "SpeedDialViaActiveAccount", 5: "DialDTMF",
    6: "VoiceMail", 8: "Transfer", 9: "CallPark", 10: "Intercom", 31: "Line",
}  # fmt: skip
"""Modes of keys in the scale of GRP26xx phones."""

_NUMBERS: Final = (
    2, 3, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 30, 32,
    33, 34, 35, 36, 39, 40, 47, 48, 51, 64, 71, 76, 79, 84, 87, 192, 193, 196, 207, 229, 230, 237,
    246, 270, 285, 290, 331, 332, 1347, 1359, 1360, 1361, 1362, 1558, 1559, 2312, 2333, 2917,
    2919, 6768, 6769, 7902, 7903, 8020, 8021, 8022, 8023, 8024, 8025, 8026, 8028, 8029, 8333,
    8352, 8356, 8385, 8459,
)  # fmt: skip
_EVENTS: Final = (8304, 8305, 8306, *range(8308, 8315), *range(8316, 8322), 8324, 8325)
TEXTS: Final = frozenset(f"P{each}" for each in (*_NUMBERS, *_EVENTS, *range(1569, 1589)))
"""P-values of texts and numbers, which are the same in both dialects."""
