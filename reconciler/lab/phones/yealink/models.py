"""Which file all phones of a model share: `y` and twelve digits.

Source: facts on Yealink, the table of models.
"""

from typing import Final

_NUMBERS: Final = {
    0: "T28P",
    4: "T26P",
    5: "T22P",
    7: "T20P",
    23: "VP530",
    25: "W52P W56P",
    28: "T46G",
    29: "T42G",
    31: "T19P",
    32: "T32G",
    34: "T21P",
    35: "T48G",
    36: "T41P",
    37: "CP860",
    38: "T38G",
    44: "T23P T23G",
    45: "T27P",
    46: "T29G",
    51: "T49G",
    52: "T21P_E2",
    53: "T19P_E2",
    54: "T40P",
    56: "T56A",
    58: "T58A T58V",
    65: "T48S",
    66: "T46S",
    67: "T42S",
    68: "T41S",
    69: "T27G",
    70: "T54S",
    73: "CP960",
    74: "T52S",
    76: "T40G",
    77: "W60B W53P",
    78: "CP920",
    91: "VP59",
    95: "T53 T53W",
    96: "T54W",
    97: "T57W",
    107: "T43U",
    108: "T46U",
    109: "T48U",
    116: "T42U",
    123: "T31 T31G T31P",
    124: "T33G T33P",
    127: "T30 T30P",
    143: "CP965",
    146: "W70B",
    148: "CP925",
    150: "T58W",
    171: "T34W",
    172: "T31W",
    174: "T44W",
    175: "W75B W80B",
    180: "AX83H",
    182: "AX86R",
    183: "T73W",
    184: "T74W",
    186: "T73U",
    187: "T74U",
    188: "T77U",
    192: "T88W T88V",
    196: "T85W",
    197: "T87W",
}
_BY_MODEL: Final = {name: at for at, names in _NUMBERS.items() for name in names.split()}


def release(firmware: str) -> int:
    """Return the release in a firmware's version (86 of 66.86.0.15), 0 if it has none."""
    parts = firmware.split(".")
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0


def common_file(model: str) -> str:
    """Return the common file of a model; of an unknown one the file of number 0."""
    return f"y{_BY_MODEL.get(model, 0):012}.cfg"
