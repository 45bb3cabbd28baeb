"""The parking lot. There is one, number 1; more come with a module that costs money (source)."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.lab.freepbx.tables import Row, Tables

LOT = 1
DEFAULTS: Row = {
    "name": "Parking Lot", "type": "public", "parkext": "", "parkpos": "", "numslots": 4,
    "parkingtime": 45, "parkedmusicclass": "default", "generatehints": "yes", "generatefc": "yes",
    "findslot": "first", "parkedplay": "both", "parkedcalltransfers": "caller",
    "parkedcallreparking": "caller", "alertinfo": "", "cidpp": "", "autocidpp": "none",
    "announcement_id": None, "comebacktoorigin": "yes", "dest": "", "rvolume": "",
}  # fmt: skip
"""What a setting becomes that is left out (source: parking, functions.inc/geters_seters.php)."""


def furnish(tables: Tables) -> None:
    """The lot that every new system has: 70, with places 71 to 78."""
    save(tables, {"name": "Default Lot", "parkext": "70", "parkpos": "71", "numslots": "8"})


def save(tables: Tables, given: Mapping[str, object]) -> int:
    """Write the lot, whatever number was asked for; what is left out goes back to its default."""
    told = {name: str(given[name]) for name in DEFAULTS if given.get(name) is not None}
    row: Row = {**DEFAULTS, **told, "id": LOT, "defaultlot": "yes"}
    tables.delete("parkplus", id=LOT)
    tables.insert("parkplus", row)
    return LOT
