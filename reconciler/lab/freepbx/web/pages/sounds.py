"""Music on hold classes and system recordings, as the source of their modules has them.

Their files are not there: a class has no music, and a recording is its name and its file names.
"""

from __future__ import annotations

import re
from typing import Any

from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Row
from reconciler.lab.freepbx.web.forms import Filled
from reconciler.lab.freepbx.web.pages.page import Done, Page, columns_of, shown
from reconciler.lab.freepbx.wire import Params, text

NOT_IN_NAMES = re.compile(r"[\s'`\\/\"<>?*.&|]")
"""What is left out of the name of a new class (source: music, Music::addCategory)."""


def fill_music(pbx: Pbx, params: Params) -> Filled | None:
    """A form for a new class, or that of one: its name cannot be changed."""
    action = text(params, "action")
    if action == "add":
        return Filled("music-add")
    row = _class(pbx, params)
    if action != "edit" or row is None:
        return None
    values = columns_of(row, "id", "type", "application", "format")
    return Filled("music", {**values, "erand": "yes" if row["random"] else "no"})


def send_music(pbx: Pbx, params: Params, action: str) -> Done | None:
    """New classes and deletions come as forms; a change comes over ajax.php (`save_music`)."""
    tables = pbx.tables
    row = _class(pbx, params)
    if action == "delete":
        if row is not None:
            tables.delete("music", id=row["id"])
        return Done()
    if action != "addnew":
        return None
    latin = text(params, "category").encode("latin-1", "replace").decode("latin-1")
    name = NOT_IN_NAMES.sub("", latin.lower())
    if tables.row("music", category=name) is None:
        new: Row = {"category": name, "type": text(params, "type")}
        tables.insert("music", {"id": tables.next_id("music"), **new})
    return Done()


def save_music(pbx: Pbx, params: Params) -> Any:
    """`ajax.php?module=music&command=save`; what is not sent becomes empty."""
    row = _class(pbx, params)
    if row is not None:
        pbx.tables.change(
            row, "music", type=text(params, "type"),
            random=int(text(params, "erand") == "yes"),
            application=text(params, "application"), format=text(params, "format"),
        )  # fmt: skip
    pbx.tables.needs_reload = True
    return {"status": True}


def _class(pbx: Pbx, params: Params) -> Row | None:
    number = text(params, "id")
    return pbx.tables.row("music", id=int(number)) if number.isdigit() else None


def fill_recording(_pbx: Pbx, _params: Params) -> None:
    """The form is made by a script and sent over ajax.php; here there is only the list."""


def send_recording(pbx: Pbx, params: Params, action: str) -> Done | None:
    number = text(params, "id")
    if action != "delete" or not number.isdigit():
        return None
    pbx.tables.delete("recordings", id=int(number))
    return Done()


def recordings(pbx: Pbx) -> Any:
    """`ajax.php?module=recordings&command=grid`; everything is taken for English."""
    rows = sorted(pbx.tables.rows("recordings"), key=lambda row: shown(row["displayname"]).lower())
    return [{**row, "languages": "English"} for row in rows]


MUSIC = Page(fill_music, send_music)
RECORDINGS = Page(fill_recording, send_recording)
