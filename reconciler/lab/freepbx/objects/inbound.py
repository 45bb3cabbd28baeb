"""Inbound routes: table `incoming`, whose key is number and caller id together."""

from __future__ import annotations

from reconciler.lab.freepbx.tables import Row, Tables, Value

NEW: dict[str, Value] = {
    "privacyman": 0, "alertinfo": "", "ringing": "", "fanswer": "", "mohclass": "default",
    "description": "", "grppre": "", "delay_answer": 0, "pricid": "", "pmmaxretries": "3",
    "pmminlength": "10", "reversal": "", "rvolume": "", "indication_zone": "default",
}  # fmt: skip


def find(tables: Tables, number: str, caller: str) -> Row | None:
    """The route of a number and a caller id, both of which may be empty."""
    return tables.row("incoming", extension=number, cidnum=caller)


def write(tables: Tables, number: str, caller: str, values: dict[str, Value]) -> Row:
    """Insert a route; what is not given gets its default."""
    return tables.insert("incoming", {**NEW, **values, "extension": number, "cidnum": caller})


def delete(tables: Tables, number: str, caller: str) -> bool:
    """Remove a route; whether there was one."""
    return bool(tables.delete("incoming", extension=number, cidnum=caller))
