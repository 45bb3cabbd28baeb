"""Ring groups: table `ringgroups`, and the caller id in AstDB `RINGGROUP/`."""

from __future__ import annotations

from reconciler.lab.freepbx.tables import Row, Tables, Value

NEW: dict[str, Value] = {
    "strategy": "ringall", "grptime": 20, "grppre": "", "grplist": "", "annmsg_id": 0,
    "postdest": "app-blackhole,hangup,1", "alertinfo": "", "remotealert_id": 0, "needsconf": "",
    "toolate_id": 0, "ringing": "Ring", "cwignore": "", "cfignore": "", "cpickup": "",
    "recording": "dontcare", "progress": "no", "elsewhere": "no", "rvolume": "",
}  # fmt: skip


def write(tables: Tables, number: str, values: dict[str, Value]) -> Row:
    """Delete and insert, as FreePBX updates a group."""
    old = tables.row("ringgroups", grpnum=number)
    tables.delete("ringgroups", grpnum=number)
    row = {**NEW, "description": f"ring group{number}", **(old or {}), **values, "grpnum": number}
    return tables.insert("ringgroups", row)


def write_caller_id(tables: Tables, number: str, change: str, fixed: str) -> None:
    """Caller id of outgoing legs; not in the table (seen)."""
    tables.put(f"RINGGROUP/{number}/changecid", change)
    tables.put(f"RINGGROUP/{number}/fixedcid", fixed)


def delete(tables: Tables, number: str) -> None:
    """Remove a group; nobody looks whether there was one."""
    tables.delete("ringgroups", grpnum=number)
    tables.drop(f"RINGGROUP/{number}")
