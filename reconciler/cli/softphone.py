"""`reconciler softphone`: what a person is given so that an app on a mobile gets its account."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from reconciler.cli.exits import DONE, ERROR
from reconciler.cli.options import all_of, json_option, no_color_option, path_option
from reconciler.cli.revealing import moves_among, revealed
from reconciler.cli.running import Stopped, checked, show_diagnostics
from reconciler.cli.screen import wants_colour
from reconciler.cli.workspace import surroundings
from reconciler.diagnostics.diagnostic import errors
from reconciler.errors import StoreError, WorkspaceError
from reconciler.resolve.targets import FILES
from reconciler.softphones.handout import Handout, hand_out
from reconciler.softphones.render import Account
from reconciler.views.machine import handout_json
from reconciler.views.words import moment
from reconciler.workflow.declare import Declared
from reconciler.workspace import open_published_store, open_stores

F = TypeVar("F", bound=Callable[..., Any])
_EXPIRES_S = 86400


@click.group("softphone")
def command() -> None:
    """Give a person the account of an app: as QR code, link or printed page.

    NAME is an address (`softphone/office/ada-mobile`), `office/ada-mobile`, or the name alone.
    Every call makes a new link and ends the ones before. It expires (`link_expires`) and works
    once (`one_time`).
    """


_options = all_of(click.argument("name"), path_option)


@command.command("qr")
@_options
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write a .png or .svg file."
)
@click.option(
    "--reveal", is_flag=True,
    help="Also for an app whose code is the password: draw it.",
)  # fmt: skip
@no_color_option
def draw(name: str, paths: tuple[Path, ...], out: Path | None, reveal: bool, no_color: bool) -> int:
    """Draw the QR code that an app scans: on the terminal, or into a file."""
    from reconciler.views import qr

    if out is not None and out.suffix.lower() not in (".png", ".svg"):
        raise click.UsageError("--out names a .png or a .svg file.")
    with _given(name, paths, "qr", no_color=no_color) as given:
        text = _scanned(given, reveal=reveal)
        if not qr.fits(text):
            raise WorkspaceError(f"{given.account.address} has more to say than a QR code holds.")
        if out is None:
            click.echo(qr.terminal(text, coloured=wants_colour(no_color=no_color)))
        else:
            is_svg = out.suffix.lower() == ".svg"
            title = f"{given.account.app.title}, {given.account.softphone.label}"
            _write(out, qr.svg(text, title).encode() if is_svg else qr.png(text))
            click.echo(f"Written to {out}, readable by you alone.")
        _say(given)
    return DONE


@command.command("url")
@_options
@json_option
def link(name: str, paths: tuple[Path, ...], as_json: bool) -> int:
    """Print the link that opens the account: to be mailed, tapped or typed."""
    with _given(name, paths, "url") as given:
        if given.handout.address is None:
            raise WorkspaceError(
                f"{given.account.address}: {given.account.app.title} takes no address, only a "
                f"code with the password.",
                hint=f"reconciler softphone qr {given.account.address} --reveal",
            )
        if as_json:
            click.echo(handout_json(given.account, given.handout, given.expires, given.once))
            return DONE
        click.echo(given.handout.address)
        _say(given)
    return DONE


@command.command("sheet")
@_options
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; NAME.html when not given.",
)  # fmt: skip
@click.option(
    "--paper", type=click.Choice(["a4", "letter"]), help="By the country, when not given."
)
@click.option("--language", default="en", show_default=True, metavar="CODE", help="en or de.")
def sheet(
    name: str, paths: tuple[Path, ...], out: Path | None, paper: str | None, language: str
) -> int:
    """Write the welcome page for a person: opens in a browser, prints on one sheet of paper.

    No password is on it. Its code and link work once, until the day that it says.
    """
    from reconciler.views.welcome import LANGUAGES, gather, page

    if language not in LANGUAGES:
        raise click.UsageError(f"--language is one of {', '.join(LANGUAGES)}.")
    with _given(name, paths, "sheet") as given:
        told = gather(
            given.account, given.handout, given.declared.desired,
            expires=given.expires, once=given.once,
        )  # fmt: skip
        usual = "letter" if told.country in ("US", "CA", "MX", "PH") else "a4"
        html = page(told.welcome, language=language, paper=paper or usual)
        file = out or Path(f"{given.account.address.key}.html")
        _write(file, html.encode())
        click.echo(f"Written to {file}: open it in a browser and print it.")
        _say(given)
    return DONE


@dataclass(frozen=True, slots=True)
class _Given:
    """What is handed out, to whom, until when (ISO 8601 in UTC; empty for ever)."""

    account: Account
    handout: Handout
    declared: Declared
    reveal: Callable[[], str]
    expires: str
    once: bool


@contextmanager
def _given(
    name: str, paths: tuple[Path, ...], way: str, *, no_color: bool = False
) -> Iterator[_Given]:
    at = surroundings(paths)
    declared = checked(paths, at, no_color=no_color, planned=False, brief=True)
    account = _account(name, declared, no_color=no_color)
    fields = declared.desired.resources[account.address].fields
    allowed = fields.get("delivery")
    if allowed is not None and way not in allowed:
        raise click.UsageError(
            f"{account.address} is handed out as {' and '.join(allowed)}; "
            f"delivery: [{', '.join((*allowed, way))}] allows this, too."
        )
    with open_stores(at, declared.desired) as stores:
        stores.secrets.follow(moves_among(declared.desired))

        def reveal() -> str:
            return revealed(account.file, account.address, stores.secrets).decode()

        if account.app.delivery == "scan":
            yield _Given(account, hand_out(account, None), declared, reveal, "", once=False)
            return
        base_url = account.softphone.base_url
        if base_url is None:
            raise WorkspaceError(
                f"{account.address}: where softphones fetch their accounts is not known.",
                hint="provisioning: {base_url: https://...}",
            )
        from reconciler.provisioning.serving.links import end_links, give_link

        lasts_s = int(fields.get("link_expires") or _EXPIRES_S)
        once = fields.get("one_time") is not False
        expires = at.stamp(lasts_s)
        with open_published_store(at, declared.desired.provisioning, stores.secrets) as store:
            # A page that was lost must not open anything beside the new one.
            end_links(store, account.address)
            try:
                link = give_link(store, account.address, base_url, expires_s=lasts_s, once=once)
            except StoreError as error:
                raise _kept_by_its_pbx(account, declared) or error from None
        yield _Given(account, hand_out(account, link), declared, reveal, expires, once)


def _kept_by_its_pbx(account: Account, declared: Declared) -> WorkspaceError | None:
    """Return what to say where the PBX keeps softphones itself: `apply` publishes none then."""
    target = declared.desired.targets[declared.desired.resources[account.address].target]
    if target.adapter == FILES:
        return None
    return WorkspaceError(
        f"{account.address}: {target.scope} ({target.adapter}) keeps its softphones itself, and "
        f"no account is published: a link would open nothing.",
        hint="accounts are published for PBXs that hold no softphones, such as asterisk, freepbx",
    )


def _account(name: str, declared: Declared, *, no_color: bool) -> Account:
    from reconciler.phonefiles.inventory import take_inventory
    from reconciler.softphones.render import render_softphones, softphones_of

    desired = declared.desired
    known = [each.address for each in softphones_of(desired)]
    bare = name.removeprefix("softphone/")
    meant = [each for each in known if bare in (f"{each.scope}/{each.key}", each.key)]
    if len(meant) > 1:
        raise click.UsageError(
            f'Several softphones are called "{name}": {", ".join(map(str, meant))}.'
        )
    if not meant:
        from reconciler.diagnostics.suggest import closest

        near = closest(name, [str(each) for each in known] + [each.key for each in known])
        hint = f' Did you mean "{near}"?' if near else ""
        raise click.UsageError(f'There is no softphone "{name}" that is switched on.{hint}')
    base_url = desired.provisioning.get("base_url")
    pbxs = take_inventory(declared.declarations).pbxs
    found = render_softphones(desired, str(base_url) if base_url else None, pbxs, meant)
    show_diagnostics(found.diagnostics, declared, no_color=no_color)
    if errors(found.diagnostics) or not found.value:
        raise Stopped(ERROR)
    return found.value[0]


def _scanned(given: _Given, *, reveal: bool) -> str:
    address, handout = given.account.address, given.handout
    if handout.scanned is None:
        raise WorkspaceError(
            f"{address}: {' '.join(handout.says)}", hint=f"reconciler softphone url {address}"
        )
    if not handout.holds_password:
        return "".join(str(each) for each in handout.scanned)
    if not reveal:
        raise WorkspaceError(
            f"{address}: {' '.join(handout.says)}",
            hint=f"reconciler softphone qr {address} --reveal",
        )
    return given.reveal()


def _say(given: _Given) -> None:
    """Say on stderr what it is and how long it lasts: stdout may be piped."""
    account = given.account
    softphone = account.softphone
    click.echo(
        f"{account.address}: {account.app.title} of {softphone.label}, number {softphone.user}.",
        err=True,
    )
    for sentence in given.handout.says:
        click.echo(sentence, err=True)
    if given.expires:
        times = "Works once" if given.once else "Works any number of times"
        click.echo(f"{times}, until {moment(given.expires)}.", err=True)


def _write(file: Path, content: bytes) -> None:
    """Write a file that its owner alone can read: it opens an account for a while."""
    draft = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
    draft.replace(file)
