"""What is seen of a lab, as lines on a terminal. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.lab.room import Seen, counted
from reconciler.views.terminal.page import Look, Page
from reconciler.views.terminal.table import Cell, table
from reconciler.views.words import count

HEAD = ("phone", "model", "firmware", "web", "state")


def opening(addresses: Mapping[str, Any], look: Look, *, elsewhere: bool = False) -> str:
    """Return what is said when a lab opens: where everything is.

    `elsewhere` says that the files are another server's.
    """
    page = Page(look)
    phones = len(addresses["phones"])
    page.add((f"{count(phones, 'emulated phone')} on loopback; Ctrl-C ends them.", "bold"))
    if addresses["pbx"] is not None:
        page.add(
            f"PBX: {addresses['pbx']['host']}:{addresses['pbx']['port']} (SIP over UDP, TCP or TLS)"
        )
    if addresses["files"] is not None:
        whose = "" if elsewhere else " (rendered from yours, with made-up secrets)"
        page.add(f"Files: {addresses['files']}{whose}")
    return page.text()


def listing(seen: Sequence[Seen], most: int, look: Look) -> str:
    """Return a row per phone, at most so many; those that are not as they should be come first."""
    page = Page(look)
    # The order stays as it is declared, but for what does not fit.
    shown = list(seen)
    if len(seen) > most:
        shown = sorted(seen, key=lambda each: each.good)[:most]
    rows: list[Sequence[Cell]] = [
        (each.name, each.model, each.firmware, each.https if each.vendor == "polycom"
         else each.http, (each.state, "good" if each.good else "warn"))
        for each in shown
    ]  # fmt: skip
    table(page, HEAD, rows)
    if len(seen) > most:
        page.add(f"and {len(seen) - most:,} more", indent=2)
    return page.text()


def summary(seen: Sequence[Seen], look: Look) -> str:
    """Return how many phones are as they should be."""
    good, bad = counted(seen)
    page = Page(look)
    if not bad:
        page.add((f"All {good:,} are registered.", "good"))
    else:
        page.add((f"{good:,} of {good + bad:,} are registered.", "warn"))
    return page.text()
