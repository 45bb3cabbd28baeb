"""What somebody else does in the web pages meanwhile: for tests of drift and pending changes.

Each leaves the PBX as the pages would, with Apply Config waiting, and raises LookupError for what
is not there.
"""

from __future__ import annotations

from reconciler.lab.freepbx.objects import extension, ring_group
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Row, Value
from reconciler.lab.freepbx.web.pages import routes


def _row(pbx: Pbx, table: str, **where: Value) -> Row:
    row = pbx.tables.row(table, **where)
    if row is None:
        raise LookupError(f"{table}: {where}")
    return row


def reorders_routes(pbx: Pbx, *names: str) -> None:
    """Drags the outbound routes into this order; all of them have to be named.

    Afterwards FreePBX counts them from 1, not from 0.
    """
    numbers = [str(_row(pbx, "outbound_routes", name=name)["route_id"]) for name in names]
    if len(numbers) != len(pbx.tables.rows("outbound_routes")):
        raise LookupError("the list on the page has all routes")
    routes.reorder(pbx.tables, numbers)
    pbx.tables.needs_reload = True


def adds_misc_destination(pbx: Pbx, name: str, dials: str) -> str:
    """Adds a miscellaneous destination; returns where calls are sent for it."""
    tables = pbx.tables
    row = tables.insert(
        "miscdests", {"id": tables.next_id("miscdests"), "description": name, "destdial": dials}
    )
    tables.needs_reload = True
    return f"ext-miscdests,{row['id']},1"


def renames_extension(pbx: Pbx, number: str, name: str) -> None:
    """Changes the display name on the extension's page."""
    tables = pbx.tables
    tables.change(_row(pbx, "users", extension=number), "users", name=name)
    tables.change(_row(pbx, "devices", id=number), "devices", description=name)
    tables.put(f"AMPUSER/{number}/cidname", name)
    tables.needs_reload = True


def deletes_extension(pbx: Pbx, number: str) -> None:
    """Deletes an extension; ring groups and routes go on naming it (seen)."""
    _row(pbx, "users", extension=number)
    extension.delete(pbx.tables, number)


def deletes_ring_group(pbx: Pbx, number: str) -> None:
    """Deletes a ring group."""
    _row(pbx, "ringgroups", grpnum=number)
    ring_group.delete(pbx.tables, number)
    pbx.tables.needs_reload = True


def presses_apply(pbx: Pbx) -> None:
    """Presses Apply Config and waits for it: everybody's changes are in effect."""
    pbx.reloads.run_now()
