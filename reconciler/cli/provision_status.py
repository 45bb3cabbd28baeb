"""`reconciler provision status`: how far each device is, as far as it is proved."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from reconciler.cli.exits import DONE
from reconciler.cli.options import json_option, no_color_option, path_option
from reconciler.cli.provided import meant, provided
from reconciler.cli.screen import look
from reconciler.views.words import moment
from reconciler.workspace import signing_keys

if TYPE_CHECKING:
    from reconciler.provisioning.store.records import Status
    from reconciler.views.terminal.page import Look, Role
    from reconciler.views.terminal.table import Cell

_ROLES: "Final[dict[str, Role]]" = {
    "applied": "good", "pushed": "add", "generated": "note", "stale": "warn", "failed": "error",
    "pending": "dim",
}  # fmt: skip
_MEANS: Final = {
    "pending": "nothing to fetch yet",
    "generated": "published, not fetched yet",
    "pushed": "fetched; nobody knows whether it took it",
    "applied": "fetched, and seen to use it",
    "stale": "has an older file than is published",
    "failed": "could not be given its file",
}


@click.command("status")
@click.argument("devices", nargs=-1, metavar="[DEVICE]...")
@click.option("--site", metavar="NAME", help="Only this site.")
@json_option
@no_color_option
@path_option
def command(
    devices: tuple[str, ...], site: str | None, as_json: bool, no_color: bool,
    paths: tuple[Path, ...],
) -> int:  # fmt: skip
    """Show how far each device is: what it was given, when, and what it said of itself.

    DEVICE is an address, a name or a MAC. `pushed` means that the device was given its file;
    `applied` that it was seen to use it, by registering or by being read back.
    """
    with provided(paths) as ready:
        found = ready.store.statuses()
        found = tuple(each for each in found if not each.owner.shared)
        if site is not None:
            found = tuple(each for each in found if each.owner.site == site)
        if devices:
            owners = [each.owner for each in found]
            wanted = {meant(each, owners).address for each in devices}
            found = tuple(each for each in found if each.owner.address in wanted)
        waits = _waiting(ready, found)
    if as_json:
        shape = {"version": 1, "command": "provision status",
                 "devices": [_data(each) for each in found], "without_new_key": waits}  # fmt: skip
        click.echo(json.dumps(shape, indent=1))
        return DONE
    _show(found, look(no_color=no_color), waits)
    return DONE


def _waiting(ready: Any, found: "Sequence[Status]") -> list[str]:
    """Return the phones that have not shown a signature of the new key, while there are two."""
    from reconciler.provisioning.serving.rotation import Rotation

    if ready.fields.get("previous_signing_key") is None:
        return []
    rotation = Rotation(signing_keys(ready.fields, ready.secrets))
    rotation.expect(each.owner.address for each in found if each.owner.mac and each.owner.enabled)
    rotation.use(ready.store.admissions.key_uses())
    return sorted(map(str, rotation.missing))


def _show(found: "Sequence[Status]", look: "Look", waits: Sequence[str]) -> None:
    if not found:
        click.echo("Nothing is published. reconciler apply publishes what is declared.")
        return
    from reconciler.views.terminal.page import Page
    from reconciler.views.terminal.table import table

    page = Page(look)
    table(
        page, ("device", "state", "what", "seen", "from"),
        [_row(each, look.zone) for each in found], indent=0,
    )  # fmt: skip
    page.blank()
    for each in found:
        if each.status == "failed":
            page.add(f"{each.owner.address}: ", (each.seen.failure or "", "error"))
    page.blank()
    counts: Counter[str] = Counter(each.status for each in found)
    for status, says in _MEANS.items():
        if counts[status]:
            page.add(
                f"{counts[status]:>7,} ", (f"{status:9}", _ROLES[status]), f"  {says}", hang=19
            )
    if waits:
        page.blank()
        page.add(
            f"The signing key before counts until {len(waits):,} more have fetched: "
            f"{', '.join(waits[:5])}{', ...' if len(waits) > 5 else ''}"
        )
    click.echo(page.text())


def _row(each: "Status", zone: tzinfo) -> "list[Cell]":
    seen, owner = each.seen, each.owner
    what = " ".join(part for part in (seen.model or owner.model, seen.firmware) if part)
    state = each.status if owner.enabled else f"{each.status}, off"
    when = moment(seen.last_seen, zone) if seen.last_seen else "never"
    return [str(owner.address), (state, _ROLES[each.status]), what, when, seen.source]


def _data(each: "Status") -> dict[str, Any]:
    owner = each.owner
    return {
        "address": str(owner.address),
        "status": each.status,
        "mac": owner.mac,
        "vendor": owner.vendor,
        "model": owner.model,
        "enabled": owner.enabled,
        "published_at": owner.published_at,
        "run": owner.run,
        "seen": each.seen._asdict(),
        "files": [
            {
                "name": name,
                "size": file.size,
                "published_at": file.published_at,
                "fetched_at": each.fetched[name].at if name in each.fetched else None,
                "current": name in each.fetched and each.fetched[name].etag == file.etag,
            }
            for name, file in sorted(owner.files.items())
        ],
    }
