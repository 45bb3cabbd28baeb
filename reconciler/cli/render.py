"""`reconciler render`: the files that phones are given, as each model reads them."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

import click

from reconciler.cli.exits import DONE, ERROR
from reconciler.cli.options import no_color_option, path_option
from reconciler.cli.revealing import moves_among, revealed
from reconciler.cli.running import Stopped, checked
from reconciler.cli.screen import style_for, width
from reconciler.cli.workspace import surroundings
from reconciler.diagnostics.diagnostic import errors
from reconciler.model.address import Address
from reconciler.phonefiles.difference import Difference, compare, masked_by_name
from reconciler.phonefiles.file import PhoneFile
from reconciler.phonefiles.render import Rendered
from reconciler.views.terminal.page import Role
from reconciler.views.words import count
from reconciler.workflow.declare import Declared
from reconciler.workflow.survey import derive
from reconciler.workspace import Surroundings, open_stores

Contents: TypeAlias = Callable[[Rendered, PhoneFile], bytes]
"""A phone's file -> its bytes, masked or with the secrets in clear."""

_CONTEXT: Final = 3
_ROLES: Final[dict[str, Role]] = {"+": "add", "-": "destroy", "@": "dim"}


@click.command("render")
@click.argument("phone", required=False)
@click.option("--all", "whole", is_flag=True, help="All phones.")
@path_option
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR",
    help="Write the files into this folder.",
)  # fmt: skip
@click.option(
    "--diff", "other", type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR", help="Show what changes against the files in this folder.",
)  # fmt: skip
@click.option(
    "--reveal", is_flag=True,
    help="With the secrets in clear; written files can be read by their owner alone.",
)  # fmt: skip
@no_color_option
def command(
    phone: str | None, whole: bool, paths: tuple[Path, ...], out: Path | None, other: Path | None,
    reveal: bool, no_color: bool,
) -> int:  # fmt: skip
    """Print or write the files that a phone is given, or all phones.

    PHONE is an address (`phone/london/lobby`), `london/lobby`, or the name alone where only one
    site has it. Secrets are masked unless --reveal is given. Everything that is declared for a
    phone and that its model cannot hold is an error with its position; nothing is written then.
    """
    if (phone is None) != whole:
        raise click.UsageError("Name a phone, or say --all.")
    if other is not None and (out is not None or reveal):
        raise click.UsageError("--diff compares with secrets masked: without --out and --reveal.")
    at = surroundings(paths)
    declared = checked(paths, at, no_color=no_color, planned=False)
    rendered = rendered_phones(declared, phone, no_color=no_color)
    if other is not None:
        return _show_differences(rendered, other, no_color=no_color)
    with _contents(declared, at, reveal=reveal) as contents:
        # Everything is put together before the first byte is written.
        files = [(file, contents(each, file)) for each in rendered for file in each.files]
    if out is None:
        _print(files)
    else:
        _write(files, out, len(rendered), private=reveal)
    return DONE


def rendered_phones(declared: Declared, phone: str | None, *, no_color: bool) -> Sequence[Rendered]:
    """Return the files of a phone, or of all; ends the command if something is wrong with them."""
    from reconciler.adapters.renderers import RENDERERS
    from reconciler.phonefiles.inventory import take_inventory
    from reconciler.phonefiles.render import phones_of, render_phones
    from reconciler.views.diagnostics import text

    known = [each.address for each in phones_of(declared.desired)]
    only = known if phone is None else [_meant(phone, known)]
    found = render_phones(declared.desired, take_inventory(declared.declarations), RENDERERS, only)
    said = text(
        found.diagnostics, declared.sources.texts, style=style_for(no_color=no_color), width=width()
    )
    if said:
        click.echo(said, err=True)
    if errors(found.diagnostics):
        raise Stopped(ERROR)
    return found.value


def _meant(text: str, known: Sequence[Address]) -> Address:
    """Return the phone that is meant. Raises UsageError when there is none, or several."""
    from reconciler.diagnostics.suggest import closest

    bare = text.removeprefix("phone/")
    found = [each for each in known if bare in (f"{each.scope}/{each.key}", each.key)]
    if len(found) == 1:
        return found[0]
    if found:
        raise click.UsageError(f'Several phones are called "{text}": {", ".join(map(str, found))}.')
    near = closest(text, [str(each) for each in known] + [each.key for each in known])
    hint = f' Did you mean "{near}"?' if near else ""
    raise click.UsageError(f'There is no phone "{text}" that gets files.{hint}')


@contextmanager
def _contents(declared: Declared, at: Surroundings, *, reveal: bool) -> Iterator[Contents]:
    if not reveal:
        yield lambda _, file: file.masked().encode()
        return
    with open_stores(at, declared.desired) as stores:
        stores.secrets.follow(moves_among(declared.desired))
        derive(declared, stores)
        yield lambda of, file: revealed(file, of.address, stores.secrets)


def _print(files: Sequence[tuple[PhoneFile, bytes]]) -> None:
    for name, content in {file.path: content for file, content in files}.items():
        click.echo(f"==> {name} <==")
        click.echo(content.decode())


def _write(
    files: Sequence[tuple[PhoneFile, bytes]], folder: Path, phones: int, *, private: bool
) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700 if private else 0o777)
    written = {file.path: content for file, content in files}
    for name, content in written.items():
        target = folder / name
        target.parent.mkdir(exist_ok=True, mode=0o700 if private else 0o777)
        draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        mode = 0o600 if private else 0o644
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(content)
        draft.replace(target)
    kind = "with secrets in clear, readable by you alone" if private else "with secrets masked"
    click.echo(
        f"{count(len(written), 'file')} for {count(phones, 'phone')} written to {folder}, {kind}."
    )


def _show_differences(rendered: Sequence[Rendered], folder: Path, *, no_color: bool) -> int:
    style = style_for(no_color=no_color)
    texts = {file.path: (each, file) for each in rendered for file in each.files}
    found: dict[Difference, list[str]] = {}
    for name, (each, file) in texts.items():
        there = folder / name
        before = there.read_text(encoding="utf-8", errors="replace") if there.is_file() else ""
        difference = compare(
            masked_by_name(before, each.secret_names, file.escaping),
            masked_by_name(file.masked(), each.secret_names, file.escaping),
            _CONTEXT,
        )
        if difference is not None:
            found.setdefault(difference, []).append(name)
    for difference, names in found.items():
        more = f" and {count(len(names) - 1, 'more file')}, same change" if len(names) > 1 else ""
        click.echo(style(f"{names[0]}{more}: {difference.counts}", "bold"))
        for line in difference.lines:
            click.echo(style(line, _ROLES.get(line[:1], "")))
    changed = sum(len(names) for names in found.values())
    click.echo(f"{changed:,} of {count(len(texts), 'file')} differ from {folder}.")
    return DONE
