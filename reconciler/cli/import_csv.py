"""`reconciler import csv FILE --out FILE`: people from a table become declarations."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from reconciler.cli.exits import DONE, ERROR
from reconciler.cli.new_files import write_new
from reconciler.cli.options import json_option, no_color_option, path_option
from reconciler.cli.running import Stopped, checked
from reconciler.cli.screen import style_for, width
from reconciler.cli.workspace import given, surroundings
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.intake.columns import Column, by_map, by_name, fields, filled, plain
from reconciler.intake.estate import (
    Whither,
    back_to_table,
    is_secret,
    lacks_a_site,
    secrets_of,
    write_estate,
)
from reconciler.intake.people import InFull, Person, Pool, people
from reconciler.intake.table import Table, read_table
from reconciler.language.load import shown_path
from reconciler.language.source import unwritten
from reconciler.workflow.declare import Declared, declare
from reconciler.workspace import Surroundings, open_stores

_MOST_BYTES = 32 * 1024 * 1024
_MOST_NUMBERS = 100_000
_MOST_SHOWN = 20


@click.command("import csv")
@click.argument("table", metavar="FILE.csv", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.yaml",
    help="The file to write; one that is there is not touched.",
)  # fmt: skip
@click.option("--pbx", metavar="NAME", help="PBX of the people; not needed if there is one only.")
@click.option("--site", metavar="NAME", help="Site of their phones; not needed if there is one.")
@click.option(
    "--map", "map_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.yaml",
    help="What the columns mean, for tables with other names.",
)  # fmt: skip
@click.option("--ignore", multiple=True, metavar="COLUMN", help="Leave this column out.")
@click.option(
    "--set", "shared", multiple=True, metavar="FIELD=VALUE",
    help="What all of them have: template=clerk. Repeatable.",
)  # fmt: skip
@click.option("--numbers", metavar="FIRST-LAST", help="Extensions that `auto` is taken from.")
@click.option("--dids", metavar="FIRST-LAST", help="Direct numbers that `auto` is taken from.")
@click.option("--skip-invalid", is_flag=True, help="Take in the others when rows are wrong.")
@click.option("--encoding", default="utf-8-sig", help="Of the table, where it is not UTF-8.")
@path_option
@click.option("--dry-run", is_flag=True, help="Print the file instead of writing it.")
@json_option
@no_color_option
def command(
    table: Path, out: Path, pbx: str | None, site: str | None, map_file: Path | None,
    ignore: tuple[str, ...], shared: tuple[str, ...], numbers: str | None, dids: str | None,
    skip_invalid: bool, encoding: str, paths: tuple[Path, ...], dry_run: bool, as_json: bool,
    no_color: bool,
) -> int:  # fmt: skip
    """Take people from a table into the estate: extensions, phones and direct numbers.

    The first line names the columns, in any order: number, name, email, did, mac, model, template,
    location, and every other field of an extension, or of a phone as phone.FIELD. A number or
    direct number that is empty or `auto` is taken from --numbers or --dids.

    All that is wrong with any row is said with its position, and nothing is written; nothing
    happens on any PBX before `apply`. Passwords and PINs of the table go to the workspace's
    encrypted store; who has none gets a generated one.
    """
    at = surroundings(paths)
    declared = checked(paths, at, no_color=no_color, planned=False)
    if out.exists():
        raise _stopped("file-exists", f"{out} exists; import never writes over a file",
                       "give another file with --out")  # fmt: skip
    found = _understand(table, encoding, map_file, ignore)
    to = _whither(declared, pbx, site, shared, table.name)
    pool = _pool(declared, to.pbx, numbers, dids)
    country = declared.desired.pbxs[to.pbx].get("country")
    read = people(
        found.table.file, found.rows, pool, InFull(country if isinstance(country, str) else None)
    )
    proved = _prove(read, to, paths, at._replace(use_cache=False), out, found.table)
    problems = (*found.problems, *read.diagnostics, *proved.problems)
    wrong = len(found.table.rows) - len(proved.kept) + found.lost
    hopeless = any(each.code != "csv-row" for each in found.problems)
    refused = hopeless or not proved.kept or (wrong > 0 and not skip_invalid)
    if not as_json:
        _say(problems, declared, no_color=no_color)
    if not (refused or dry_run):
        _write(proved, to, out, declared, at)
    rows = len(found.table.rows) + found.lost
    if as_json:
        click.echo(
            json.dumps(_machine(problems, declared, proved, to, out, rows, wrote=not refused))
        )
    elif refused:
        click.echo(_refusal(rows, wrong, hopeless=hopeless), err=True)
    elif dry_run:
        click.echo(proved.text, nl=False)
    else:
        click.echo(_summary(proved, to, out, found.table.file, wrong))
    return ERROR if refused else DONE


@dataclass(frozen=True, slots=True)
class _Understood:
    """A table with what its columns mean. `lost` rows had no proper shape."""

    table: Table
    rows: tuple[Mapping[str, Any], ...]
    problems: tuple[Diagnostic, ...]
    lost: int


def _understand(
    path: Path, encoding: str, map_file: Path | None, ignore: Sequence[str]
) -> _Understood:
    """Read a table. Ends the command when there is none."""
    name = shown_path(path, Path.cwd())
    table = read_table(name, _text(path, encoding))
    columns = _columns(table.value, map_file, ignore) if table.value.header else None
    problems = [*table.diagnostics]
    rows: list[Mapping[str, Any]] = []
    if columns is not None:
        from reconciler.resolve.variables import VariableProblem, Variables

        variables = Variables()

        def render(text: str, names: Mapping[str, str]) -> str:
            try:
                return variables.render(text, names)
            except VariableProblem as error:
                raise ValueError(error.detail) from None

        problems += columns.diagnostics
        for each in filled(table.value, columns.value, render):
            rows.append(each.value)
            problems += each.diagnostics
    lost = sum(each.code == "csv-row" for each in table.diagnostics)
    return _Understood(table.value, tuple(rows), tuple(problems), lost)


def _text(path: Path, encoding: str) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _stopped("file-too-large", f"{path} is larger than 32 MiB", "divide it")
        content = path.read_bytes()
    except OSError as error:
        raise _stopped("file-unreadable", f"{path}: {error.strerror}", "name the table") from None
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    try:
        return content.decode(encoding)
    except LookupError:
        raise click.UsageError(f'There is no encoding "{encoding}".') from None
    except UnicodeError:
        raise _stopped(
            "file-not-utf8", f"{path} is not {encoding} text",
            "save it as CSV UTF-8, or say what it is: --encoding cp1252",
        ) from None  # fmt: skip


def _columns(
    table: Table, map_file: Path | None, ignore: Sequence[str]
) -> Checked[tuple[Column, ...]]:
    headers = {plain(each.text) for each in table.header}
    for name in ignore:
        if plain(name) not in headers:
            raise click.UsageError(f'--ignore "{name}": {table.file} has no such column.')
    if map_file is None:
        return by_name(table, ignore)
    import yaml
    from yaml.cyaml import CBaseLoader

    try:
        told = yaml.load(map_file.read_text("utf-8"), CBaseLoader)  # noqa: S506 -- text alone
    except OSError as error:
        raise _stopped("file-unreadable", f"{map_file}: {error.strerror}", "name the map") from None
    except (yaml.YAMLError, UnicodeError) as error:
        where = getattr(error, "problem_mark", None)
        line = f":{where.line + 1}:{where.column + 1}" if where else ""
        raise _stopped("malformed-yaml", f"{map_file}{line} cannot be read", _MAP_HINT) from None
    if not isinstance(told, dict) or not all(isinstance(each, str) for each in told.values()):
        raise _stopped("csv-map", f"{map_file} is no map of fields to columns", _MAP_HINT)
    return by_map(table, told, str(map_file))


_MAP_HINT = "a field and its column on each line: number: Extension"


def _whither(
    declared: Declared, pbx: str | None, site: str | None, shared: Sequence[str], name: str
) -> Whither:  # fmt: skip
    """Return where the people go. Raises UsageError where that cannot be told."""
    desired = declared.desired
    chosen = _one("PBX", "--pbx", pbx, desired.pbxs)
    sites = [n for n, each in desired.sites.items() if each.get("pbx") in (None, chosen)]
    if site is None and len(sites) == 1:
        site = sites[0]
    if site is not None:
        site = _one("site", "--site", site, desired.sites)
    said: dict[str, str] = {}
    for each in shared:
        field, sign, value = each.partition("=")
        path = fields().get(field.strip())
        if not sign or path is None or path in ("number", "did", "name", "phone", "phone.mac"):
            raise click.UsageError(f'--set "{each}": say a field that all can have: template=clerk')
        if is_secret(path):
            raise click.UsageError(f'--set "{field}": a password is not said on a command line.')
        said[path] = value.strip()
    return Whither(chosen, site, said, f"People from {name}.")


def _one(what: str, option: str, name: str | None, known: Mapping[str, object]) -> str:
    names = ", ".join(sorted(known)) or "none"
    if name is None:
        if len(known) != 1:
            raise click.UsageError(f"Say the {what}: {option} NAME (declared: {names}).")
        return next(iter(known))
    if name not in known:
        raise click.UsageError(f'No {what} "{name}" is declared (declared: {names}).')
    return name


def _pool(declared: Declared, pbx: str, numbers: str | None, dids: str | None) -> Pool:
    desired = declared.desired
    taken = {a.key for a in desired.resources if a.scope == pbx or a.kind == "phone"}
    return Pool(_range("--numbers", numbers), _range("--dids", dids), frozenset(taken))


def _range(option: str, said: str | None) -> tuple[str, ...]:
    """Return the numbers of `1100-1199`, with their leading zeros and plus. Raises UsageError."""
    if said is None:
        return ()
    first, _, last = said.replace(" ", "").partition("-")
    last = last or first
    plus = "+" if first.startswith("+") else ""
    start, end = first.removeprefix("+"), last.removeprefix("+")
    if not (start.isdecimal() and end.isdecimal()) or len(start) != len(end):
        raise click.UsageError(f'{option} "{said}": say the first and the last, as 1100-1199.')
    if not 0 <= int(end) - int(start) < _MOST_NUMBERS:
        raise click.UsageError(f'{option} "{said}": not a range of at most {_MOST_NUMBERS:,}.')
    return tuple(f"{plus}{n:0{len(start)}d}" for n in range(int(start), int(end) + 1))


@dataclass(frozen=True, slots=True)
class _Proved:
    """People who fit into the estate, the file that says so, and what is wrong with the others."""

    kept: tuple[Person, ...]
    text: str
    problems: tuple[Diagnostic, ...]


def _prove(
    read: Checked[tuple[Person, ...]], to: Whither, paths: Sequence[Path], at: Surroundings,
    out: Path, table: Table,
) -> _Proved:  # fmt: skip
    """Check the estate with the people in it, again without those with whom it is wrong."""
    if to.site is None and any(lacks_a_site(each) for each in read.value):
        raise click.UsageError(
            "There are phones in the table: say their site with --site NAME, or in a column `site`."
        )
    name = shown_path(at.cwd / out, at.cwd)
    wanted = read.value
    said = {each.at for each in read.diagnostics}  # a cell that is wrong is said once
    problems: dict[Diagnostic, None] = {}
    while wanted:
        text = write_estate(wanted, to)
        found = declare(given(paths), at, beside=(unwritten(name, text),))
        wrong = {each.number for each in wanted if not each.sound}
        general = False
        for each, person in back_to_table(found.diagnostics, wanted, name, table.file):
            if each.code == "no-adapter" or each.severity == "info":
                continue
            if each.at not in said:
                problems[each] = None
            if each.severity == "error":
                general |= person is None
                wrong |= {person.number} if person is not None else set()
        if general:
            return _Proved((), "", tuple(problems))
        if not wrong:
            return _Proved(wanted, text, tuple(problems))
        wanted = tuple(each for each in wanted if each.number not in wrong)
    return _Proved((), "", tuple(problems))


def _write(proved: _Proved, to: Whither, out: Path, declared: Declared, at: Surroundings) -> None:
    """Store secrets, then write the file: it must never refer to what is not stored."""
    secrets = secrets_of(proved.kept, to.pbx)
    if secrets:
        with open_stores(at, declared.desired) as stores:
            for name, value in secrets.items():
                kept = stores.store.get(name)
                if kept is not None and kept.reveal() != value.reveal():
                    raise _stopped(
                        "secret-exists", f"the store has another value for {name} already",
                        f"reconciler secrets rm {name}, if nobody needs it any more",
                    )  # fmt: skip
            stores.store.add(secrets)
    write_new(out.parent, {out.name: proved.text}, at.folder / "schemas" / "estate.json")


def _say(problems: Sequence[Diagnostic], declared: Declared, *, no_color: bool) -> None:
    from reconciler.views.diagnostics import text
    from reconciler.views.words import count

    shown = problems[:_MOST_SHOWN]
    # Without the table's own text: a row may hold a password.
    said = text(shown, declared.sources.texts, style=style_for(no_color=no_color), width=width())
    if said:
        click.echo(said, err=True)
    if len(problems) > len(shown):
        more = count(len(problems) - len(shown), "more finding")
        click.echo(f"... and {more}: --json lists them all", err=True)


def _refusal(rows: int, wrong: int, *, hopeless: bool) -> str:
    from reconciler.views.words import count

    if hopeless or wrong >= rows:
        return "Nothing was written."
    be, them = ("is", "it") if wrong == 1 else ("are", "them")
    return (
        f"{wrong} of {count(rows, 'row')} {be} wrong; nothing was written.\n"
        f"Mend {them}, or take in the others with --skip-invalid."
    )


def _counts(proved: _Proved) -> dict[str, int]:
    return {
        "extension": len(proved.kept),
        "phone": sum(bool(each.phone_fields) for each in proved.kept),
        "direct number": sum(bool(each.did) for each in proved.kept),
    }


def _summary(proved: _Proved, to: Whither, out: Path, table: str, wrong: int) -> str:
    from reconciler.views.words import count

    told = ", ".join(count(n, what) for what, n in _counts(proved).items() if n)
    secrets = len(secrets_of(proved.kept, to.pbx))
    lines = [f"{out}: {told} from {table}"]
    if secrets:
        lines.append(f"{count(secrets, 'password or PIN', 'passwords and PINs')} stored, encrypted")
    if wrong:
        lines.append(f"{count(wrong, 'row')} left out, as said above")
    return "\n".join((*lines, "", "Look at it, then:  reconciler plan"))


def _machine(
    problems: Sequence[Diagnostic], declared: Declared, proved: _Proved, to: Whither, out: Path,
    rows: int, *, wrote: bool,
) -> dict[str, Any]:  # fmt: skip
    from reconciler.views.diagnostics import machine

    return {
        **machine(problems, declared.sources.texts, "import csv"),
        "rows": rows,
        "taken": len(proved.kept) if wrote else 0,
        "pbx": to.pbx,
        "file": str(out) if wrote else None,
        "extensions": [each.number for each in proved.kept] if wrote else [],
    }


def _stopped(code: str, detail: str, hint: str) -> Stopped:
    click.echo(f"error[{code}]: {detail}\n  hint: {hint}", err=True)
    return Stopped(ERROR)
