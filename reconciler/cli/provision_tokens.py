"""`reconciler provision tokens`: what opens devices' files, by its mark and never by its text."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from reconciler.cli.exits import DONE
from reconciler.cli.options import json_option, path_option
from reconciler.cli.provided import Provided, meant, provided, sections_of
from reconciler.cli.screen import look
from reconciler.cli.workspace import surroundings
from reconciler.errors import ReconcilerError, WorkspaceError
from reconciler.model.address import Address
from reconciler.model.secret import Clear
from reconciler.views.words import count, moment
from reconciler.workspace import open_published_store, open_stores

if TYPE_CHECKING:
    from reconciler.execution.secrets.store import Store
    from reconciler.provisioning.store.published import Published

_PATHS: Final = {"phone": "provisioning.token", "softphone": "device_key"}
"""Which generated secret of a device its token is."""


@click.group("tokens")
def command() -> None:
    """List, rotate, revoke and issue tokens: parts of devices' addresses that nobody can guess.

    A device's steady token stands in the address that its own files name. `rotate` makes a new one;
    `apply` publishes it, and the one before counts until the device has used the new one. `issue`
    makes one for a first access, which ends when the device first uses its own.
    """


@command.command("list")
@click.argument("devices", nargs=-1, metavar="[DEVICE]...")
@json_option
@path_option
def list_(devices: tuple[str, ...], as_json: bool, paths: tuple[Path, ...]) -> int:
    """List tokens by their marks, with what became of them."""
    from reconciler.provisioning.tokens import digest_of, state_of

    with provided(paths) as ready:
        wanted = _meant(ready.store, devices)
        tokens = ready.store.admissions.tokens(wanted)
        shows = {each: digest_of(ready.store.access(each).token) for each in
                 {token.owner for token in tokens}}  # fmt: skip
        now = ready.store.admissions.now()
    rows = [
        {"device": str(each.owner), "mark": each.mark,
         "state": state_of(each, shows[each.owner], now), "once": each.once,
         "issued_at": each.issued_at, "expires_at": each.expires_at,
         "first_used": each.first_used, "last_used": each.last_used, "ended_at": each.ended_at}
        for each in sorted(tokens, key=lambda each: (str(each.owner), each.issued_at))
    ]  # fmt: skip
    if as_json:
        said = {"version": 1, "command": "provision tokens list", "tokens": rows}
        click.echo(json.dumps(said, indent=1))
        return DONE
    if not rows:
        click.echo("There are no tokens. Devices get them where `require` names them.")
        return DONE
    from reconciler.views.terminal.page import Page
    from reconciler.views.terminal.table import table

    page = Page(look())
    body = [
        [str(each["device"]), str(each["mark"]), str(each["state"]),
         *(moment(str(each[at]), page.look.zone) if each[at] else "-"
           for at in ("issued_at", "last_used", "expires_at"))]
        for each in rows
    ]  # fmt: skip
    table(page, ("device", "token", "state", "issued", "last used", "until"), body, indent=0)
    click.echo(page.text())
    return DONE


@command.command("issue")
@click.argument("device")
@click.option(
    "--expires", "expires_s", type=click.IntRange(60, 31_536_000), metavar="SECONDS",
    help="How long it can be used; a week, or what the files say.",
)  # fmt: skip
@path_option
def issue(device: str, expires_s: int | None, paths: tuple[Path, ...]) -> int:
    """Make a token for a phone's first access and print the address that holds it.

    It is shown this once and kept nowhere. It ends when the phone first uses its own.
    """
    from reconciler.provisioning.serving.access import policy_of

    with provided(paths) as ready:
        owner = meant(device, ready.store.owners())
        if owner.address.kind != "phone":
            raise click.UsageError(f"{owner.address}: reconciler softphone url makes a link.")
        base_url = ready.fields.get("base_url")
        if not base_url:
            raise WorkspaceError(
                "Where phones fetch is not known.",
                hint="provisioning: {base_url: https://prov.example.com/p}",
            )
        lasts_s = expires_s or policy_of(ready.fields).first_access_expires_s
        text, token = ready.store.admissions.issue(owner.address, lasts_s)
    click.echo(f"{str(base_url).rstrip('/')}/{text}/")
    click.echo(f"Until {token.expires_at}, or until {owner.address} uses its own.", err=True)
    return DONE


@command.command("rotate")
@click.argument("devices", nargs=-1, metavar="[DEVICE]...")
@click.option("--all", "whole", is_flag=True, help="Every device that has a token.")
@path_option
def rotate(devices: tuple[str, ...], whole: bool, paths: tuple[Path, ...]) -> int:
    """Make new tokens; those before count until each device has used its new one.

    A device's files name the new one as soon as they are applied.
    """
    if bool(devices) == whole:
        raise click.UsageError("Name devices, or say --all.")
    with _opened(paths) as (ready, store):
        owners = _meant(ready.store, devices) or [
            each.address for each in ready.store.owners() if ready.store.access(each.address).token
        ]
        names, strange = _generated(owners, store)
        if strange:
            raise ReconcilerError(
                f"The token of {strange[0]} is none that was generated here; nothing was changed.",
                hint="change the secret that its device_key names, then reconciler apply",
            )
        _renew(names, store)
    is_new = "is new" if len(owners) == 1 else "are new"
    click.echo(f"{count(len(owners), 'token')} {is_new}. reconciler apply publishes them.")
    return DONE


@command.command("revoke")
@click.argument("devices", nargs=-1, required=True, metavar="DEVICE...")
@path_option
def revoke(devices: tuple[str, ...], paths: tuple[Path, ...]) -> int:
    """End every token of devices at once: lost, stolen, given away.

    They are locked out until the next apply has published new ones and somebody has given them
    those: `provision tokens issue` for a phone, `softphone qr` for a softphone.
    """
    with _opened(paths) as (ready, store):
        owners = _meant(ready.store, devices) or []
        tokens = ready.store.admissions.tokens(owners)
        ended = ready.store.admissions.end([each.digest for each in tokens], "revoked")
        names, strange = _generated(owners, store)
        _renew(names, store)
    click.echo(f"{count(len(ended), 'token')} revoked. reconciler apply publishes new ones.")
    for each in strange:
        click.echo(f"{each}: change the secret that its device_key names first.")
    return DONE


def _meant(store: "Published", devices: Sequence[str]) -> list[Address] | None:
    if not devices:
        return None
    owners = store.owners()
    return [meant(each, owners).address for each in devices]


def _generated(owners: Sequence[Address], store: "Store") -> tuple[list[str], list[Address]]:
    """Return the names of devices' tokens in the secret store, and whose are not kept there."""
    names = {each: f"generated/{each}/{_PATHS.get(each.kind, '')}" for each in owners}
    kept = [name for name in names.values() if store.get(name) is not None]
    return kept, [owner for owner, name in names.items() if name not in kept]


def _renew(names: Sequence[str], store: "Store") -> None:
    from reconciler.provisioning.tokens import new_token

    for name in names:
        store.put(name, Clear(new_token()))


@contextmanager
def _opened(paths: Sequence[Path]) -> "Iterator[tuple[Provided, Store]]":
    at = surroundings(paths)
    fields = sections_of(paths, at).provisioning
    with open_stores(at) as stores, open_published_store(at, fields, stores.secrets) as store:
        yield Provided(at, fields, stores.secrets, store), stores.store
