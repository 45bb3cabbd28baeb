"""Models: what a phone is by its model's name, as far as the facts say.

The first row that fits says vendor, generation of the web server, a firmware of that time and how
many accounts there are. Source: facts on each vendor (tables of generations and accounts).
"""

import re
from typing import Final, NamedTuple

from reconciler.lab.phones.device import Identity, Vendor


class Row(NamedTuple):
    """A family of models."""

    pattern: str
    vendor: Vendor
    generation: str
    firmware: str
    accounts: int


_ROWS: Final = tuple(
    Row(*each)
    for each in (
        (r"HT80[12]V2", "grandstream", "G4", "1.0.15.4", 2),
        (r"HT801", "grandstream", "G1", "1.0.17.5", 1),
        (r"HT8(02|13)", "grandstream", "G1", "1.0.63.3", 2),
        (r"HT81[24]", "grandstream", "G1", "1.0.63.3", 4),
        (r"HT818", "grandstream", "G1", "1.0.63.3", 8),
        (r"GXP14\d\d", "grandstream", "G1", "1.0.8.9", 2),
        (r"GXP16(10|15)", "grandstream", "G2", "1.0.7.13", 1),
        (r"GXP1630", "grandstream", "G2", "1.0.7.13", 3),
        (r"GXP16\d\d", "grandstream", "G2", "1.0.7.13", 2),
        (r"GXP1760\w*", "grandstream", "G2", "1.0.1.116", 3),
        (r"GXP178\d", "grandstream", "G2", "1.0.1.116", 4),
        (r"GXP2135", "grandstream", "G2b", "1.0.11.16", 4),
        (r"GXP2130", "grandstream", "G3", "1.0.11.106", 3),
        (r"GXP2140", "grandstream", "G3", "1.0.11.106", 4),
        (r"GXP21[67]0", "grandstream", "G3", "1.0.11.106", 6),
        (r"GRP2601\w*", "grandstream", "G3", "1.0.7.71", 2),
        (r"GRP2602\w*", "grandstream", "G3", "1.0.7.71", 4),
        (r"GRP260[34]\w*", "grandstream", "G3", "1.0.7.71", 6),
        (r"GRP261[012]\w?", "grandstream", "G3", "1.0.9.103", 4),
        (r"GRP2613\w?", "grandstream", "G3", "1.0.9.103", 6),
        (r"GRP26[123]4\w?", "grandstream", "G3", "1.0.9.103", 12),
        (r"GRP26\d\d\w?", "grandstream", "G3", "1.0.15.19", 16),
        (r"WP8[23]6", "grandstream", "G3", "1.0.3.35", 3),
        (r"WP856", "grandstream", "G3", "1.0.3.35", 6),
        (r"WP8\d\d", "grandstream", "G3", "1.0.1.87", 2),
        (r"T2[0268]P", "yealink", "A", "9.73.0.50", 3),
        (r"T46G", "yealink", "B", "28.80.0.130", 16),
        (r"T48G", "yealink", "B", "35.80.0.130", 16),
        (r"T42G", "yealink", "B", "29.80.0.130", 12),
        (r"T41P", "yealink", "B", "36.80.0.130", 6),
        (r"T38G|T32G", "yealink", "B", "38.80.0.130", 3),
        (r"T19P_?E2", "yealink", "C", "53.84.0.15", 1),
        (r"T2[13579]\w+", "yealink", "C", "44.84.0.15", 6),
        (r"T41S", "yealink", "C", "66.86.0.15", 6),
        (r"T42S", "yealink", "C", "66.86.0.15", 12),
        (r"T4[68]S", "yealink", "C", "66.86.0.15", 16),
        (r"T40[PG]", "yealink", "C", "76.84.0.15", 3),
        (r"T3[034]\w?", "yealink", "C", "124.86.0.75", 4),
        (r"T31\w?", "yealink", "C", "124.86.0.75", 2),
        (r"T5[24]S", "yealink", "C", "70.84.0.15", 16),
        (r"T4[1234]\w", "yealink", "D", "108.86.0.90", 12),
        (r"T4[68]U", "yealink", "D", "108.86.0.90", 16),
        (r"T53W?", "yealink", "D", "96.87.0.22", 12),
        (r"T5[47]W", "yealink", "D", "96.87.0.22", 16),
        (r"T58\w?", "yealink", "D", "150.87.0.15", 16),
        (r"T[78]\d\w", "yealink", "D", "185.87.0.34", 16),
        (r"AX8\d\w", "yealink", "D", "180.86.0.20", 4),
        (r"W[56]\d\w", "yealink", "C", "77.85.0.20", 8),
        (r"W[789]\d\w", "yealink", "D", "146.85.0.20", 10),
        (r"CP9\d\d", "yealink", "C", "143.86.0.20", 1),
        (r"VVX101", "polycom", "vvx", "5.9.5.0614", 1),
        (r"VVX(150|201)", "polycom", "vvx", "6.4.7.4560", 2),
        (r"VVX(3[01]0|4[01]0|500|600|1500)", "polycom", "vvx", "5.9.6.2327", 34),
        (r"VVX\w+", "polycom", "vvx", "6.4.7.4560", 34),
        (r"(EDGE)?E100", "polycom", "edge", "8.6.0.1321", 8),
        (r"(EDGE)?E220", "polycom", "edge", "8.6.0.1321", 16),
        (r"(EDGE)?E3\d\d", "polycom", "edge", "8.6.0.1321", 32),
        (r"(EDGE)?E\d\d\d", "polycom", "edge", "8.6.0.1321", 34),
        (r"CCX\d+", "polycom", "vvx", "8.0.2.3267", 24),
        (r"(SNOM)?[DM]?[3789]\d\d", "snom", "snom", "10.1.215.13", 12),
        (r"(FANVIL)?[XVHWI]\d+\w*", "fanvil", "fanvil", "2.12.16.17", 6),
        (r"(CISCO)?SPA\d+\w*", "cisco", "spa", "7.5.5", 4),
        (r"(CISCO)?(CP)?[678]8\d\d\w*", "cisco", "mpp", "11.3.1", 4),
    )
)

PREFIXES: Final[dict[Vendor, str]] = {
    "grandstream": "000b82", "yealink": "805ec0", "polycom": "64167f", "snom": "000413",
    "fanvil": "0c383e", "cisco": "000e08",
}  # fmt: skip
"""A registered prefix of each vendor's MACs (facts on discovery, 1)."""
FACTORY_PASSWORDS: Final = {"polycom": "456"}
"""Passwords that phones leave the factory with, where it is not `admin`."""


class UnknownModelError(ValueError):
    """No row fits a model's name; the message says which do exist."""


def _plain(model: str) -> str:
    return re.sub(r"[\s_-]|^SIP-|^POLY(COM)?|^YEALINK|^GRANDSTREAM", "", model.upper())


def shown_model(vendor: str, model: str) -> str:
    """Return the model as the phone itself writes it ("VVX 411", "Edge E350", "T46S")."""
    plain = _plain(model)
    if vendor == "polycom":
        kind = plain[:3] if plain[:3] in ("VVX", "CCX") else "Edge"
        number = plain.removeprefix("EDGE").removeprefix(kind)
        return f"{kind} {number}"
    if vendor == "yealink":
        return re.sub(r"E2$", "_E2", plain)
    return re.sub(r"^(SNOM|FANVIL|CISCO)", "", plain)


def identify(
    model: str,
    mac: str,
    *,
    vendor: str | None = None,
    firmware: str | None = None,
    generation: str | None = None,
    serial: str | None = None,
) -> Identity:
    """Return what a phone of this model is. `mac` in any notation.

    Raises UnknownModelError for models that nothing is known of.
    """
    for row in _ROWS:
        if vendor in (None, row.vendor) and re.fullmatch(row.pattern, _plain(model)):
            digits = re.sub(r"[^0-9a-f]", "", mac.lower())
            return Identity(
                row.vendor,
                shown_model(row.vendor, model),
                digits,
                firmware or row.firmware,
                generation or row.generation,
                row.accounts,
                "V1.6A" if row.vendor == "grandstream" else "66.0.0.128.0.0.0",
                serial or f"SN{digits.upper()}",
            )
    raise UnknownModelError(
        f"the lab knows nothing of a {vendor or ''} {model}".replace("  ", " ")
        + "; it has Grandstream GXP/GRP/WP/HT, Yealink T/CP/W/AX, Poly VVX/Edge/CCX, "
        "Snom, Fanvil X/V/H and Cisco SPA/MPP"
    )


MIXTURE: Final = (
    "T46U", "GRP2614", "VVX 411", "T54W", "GXP2170", "Edge E350", "T46S", "GXP1628", "T33G",
    "GXP2135", "D785", "X4U", "HT802V2", "T46G", "SPA504G", "GXP1405",
)  # fmt: skip
"""A fleet of all vendors and generations, used when nobody says which phones there are."""
