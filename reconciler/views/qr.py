"""QR codes: a text as SVG, PNG or characters of a terminal. Pure.

Error correction M (15 %): a code on paper that is folded, or on a screen with a reflection, is
still read. The white border of four modules is part of the code (ISO/IEC 18004, 6.3.8).
"""

from io import BytesIO
from typing import Final

import segno

_BORDER: Final = 4
_PIXELS: Final = 10
"""Side of a module in a PNG: 450 pixels for a code that holds an address."""
_HALVES: Final = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}
_ON_PAPER: Final = "\x1b[38;5;16;48;5;231m"
_OFF: Final = "\x1b[0m"


def _code(text: str) -> segno.QRCode:
    return segno.make(text, error="m", boost_error=False, micro=False, encoding="utf-8", eci=False)


def fits(text: str) -> bool:
    """Whether a code can hold the text: 2,331 bytes is the most."""
    try:
        _code(text)
    except segno.DataOverflowError:
        return False
    return True


def svg(text: str, title: str) -> str:
    """Return the code as SVG for inside HTML or a file of its own, as large as its surroundings."""
    out = BytesIO()
    _code(text).save(
        out, kind="svg", border=_BORDER, omitsize=True, light="#fff", dark="#000", title=title,
        xmldecl=False, svgclass=None, lineclass=None, nl=False,
    )  # fmt: skip
    return out.getvalue().decode()


def png(text: str) -> bytes:
    """Return the code as a PNG file."""
    out = BytesIO()
    _code(text).save(out, kind="png", scale=_PIXELS, border=_BORDER)
    return out.getvalue()


def terminal(text: str, *, coloured: bool) -> str:
    """Return the code as lines, two rows of modules in each.

    `coloured` draws black on white whatever the terminal's colours are; without it the light
    modules are drawn, which is right on dark terminals (most scanners read both).
    """
    rows = [[bool(module) for module in row] for row in _code(text).matrix_iter(border=_BORDER)]
    if not coloured:
        rows = [[not module for module in row] for row in rows]
    rows += [[not coloured] * len(rows[0])] if len(rows) % 2 else []
    lines = [
        "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    ]
    return "\n".join(f"{_ON_PAPER}{line}{_OFF}" if coloured else line for line in lines)
