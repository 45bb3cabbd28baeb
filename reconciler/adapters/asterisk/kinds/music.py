"""Music: a class of musiconhold.conf. A folder without `/` in front is below Asterisk's data."""

from typing import Final

from reconciler.adapters.asterisk.carrier import Carrier, Found, Options, Place, Setup
from reconciler.adapters.asterisk.sections import Line, Section
from reconciler.model.value import Fields, Value

KIND: Final = "music"

_SORTS: Final = {"name": "alpha", "random": "random", "random-start": "randstart"}


def render(key: str, fields: Fields, _setup: Setup) -> tuple[Section, ...]:
    """Return the class."""
    options = Options(KIND, fields)
    if options["mode"] == "playlist":
        lines = [Line("mode", "playlist")]
        lines += [Line("entry", file) for file in options["files"]]
    else:
        lines = [Line("mode", "files"), Line("directory", options["directory"] or f"moh/{key}")]
    lines.append(Line("sort", _SORTS[options["sort"]]))
    if options["announcement"]:
        lines.append(Line("announcement", options["announcement"]))
    return (Section("moh", key, tuple(lines)),)


def read(key: str, found: Found, _base: Fields | None) -> dict[str, Value]:
    """Return what the class tells."""
    values: dict[str, Value] = {"announcement": found.value("moh", key, "announcement")}
    mode = found.value("moh", key, "mode")
    if mode in ("files", "playlist"):
        values["mode"] = mode
    if mode == "playlist":
        values["files"] = found.values("moh", key, "entry")
    else:
        values["directory"] = found.value("moh", key, "directory")
    sorts = {word: name for name, word in _SORTS.items()}
    if (sort := found.value("moh", key, "sort")) in sorts:
        values["sort"] = sorts[sort]
    return values


CARRIER: Final = Carrier(KIND, render, read, lambda key: (Place("moh", key),))
