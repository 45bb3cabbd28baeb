"""`phones migrate`, `maintenance`, `decommission`: edits of the operator's own files.

What a phone's life is like is declared, so these change the files, comments kept, and say what
comes next. Nothing happens at any phone before `apply`.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from reconciler.cli.exits import DONE, ERROR
from reconciler.cli.options import all_of, path_option
from reconciler.cli.phones.choosing import Selecting, chosen_phones
from reconciler.cli.running import Stopped, checked
from reconciler.cli.workspace import surroundings
from reconciler.language.amend import CannotAmend, add_item, set_fields
from reconciler.phones.logins import Logins
from reconciler.phones.meant import Placed
from reconciler.views.words import count
from reconciler.workflow.declare import Declared, declare
from reconciler.workspace import Surroundings, open_stores

Edit = Callable[[str, Declared, Placed], str]
"""A file's text -> the text with the phone's entry changed. Raises CannotAmend."""

_options = all_of(
    click.argument("names", nargs=-1, metavar="[PHONE]..."),
    click.option("--site", "sites", multiple=True, metavar="NAME", help="Of this site."),
    click.option("--model", "models", multiple=True, metavar="MODEL", help="Of this model."),
    click.option("--tag", "tags", multiple=True, metavar="TAG", help="With this tag."),
    path_option,
    click.option("--dry-run", is_flag=True, help="Only show what would change in the files."),
    click.option("--many", is_flag=True, help="More than 200 phones are meant."),
)


@click.command("maintenance")
@_options
@click.option("--end", is_flag=True, help="Take them into use again.")
def maintenance(end: bool, dry_run: bool, many: bool, **given: Any) -> int:
    """Declare phones to be left alone (lifecycle: maintenance), or in use again."""
    value = None if end else "maintenance"

    def edit(text: str, declared: Declared, phone: Placed) -> str:
        return _set(text, declared, phone, {"lifecycle": value})

    return _edit(edit, Selecting(**given), dry_run=dry_run, many=many)


@click.command("decommission")
@_options
def decommission(dry_run: bool, many: bool, **given: Any) -> int:
    """Declare phones out of service; `apply` withdraws their files and unbinds their extensions.

    Their own saved logins are forgotten at once.
    """

    def edit(text: str, declared: Declared, phone: Placed) -> str:
        return _set(text, declared, phone, {"lifecycle": "decommissioned"})

    said = Selecting(**given)
    code = _edit(edit, said, dry_run=dry_run, many=many)
    if code == DONE and not dry_run:
        forget_logins(said)
    return code


def forget_logins(said: Selecting) -> int:
    """Forget the chosen phones' own logins; return how many there were."""
    at = surroundings(said.paths)
    declared = checked(said.paths, at, planned=False, brief=True)
    with open_stores(at, declared.desired) as stores:
        logins = Logins(stores.store)
        return sum(logins.forget(each.address) for each in chosen_phones(declared, said, most=None))


@click.command("forget-login")
@_options
def forget_login(dry_run: bool, many: bool, **given: Any) -> int:
    """Forget the saved logins of phones; those of whole sites stay."""
    said = Selecting(**given)
    if not dry_run:
        click.echo(f"{count(forget_logins(said), 'login')} forgotten.")
    return DONE


@click.command("migrate")
@_options
@click.option("--to", "target", required=True, metavar="SITE", help="Site where they go.")
@click.option("--template", metavar="NAME", help="Template that they have there.")
def migrate(target: str, template: str | None, dry_run: bool, many: bool, **given: Any) -> int:
    """Move phones to another site; their extensions, keys and secrets stay as they are declared."""

    def edit(text: str, declared: Declared, phone: Placed) -> str:
        if target not in declared.desired.sites:
            sites = ", ".join(sorted(declared.desired.sites))
            raise click.UsageError(f'There is no site "{target}"; there are {sites}.')
        if phone.address.scope == target:
            return text
        fields: dict[str, Any] = {"site": target}
        if template is not None:
            fields["template"] = template
        text = _set(text, declared, phone, fields)
        document = declared.desired.resources[phone.address].origin.document
        after = phone.address._replace(scope=target)
        return add_item(text, document, "moved", {"from": str(phone.address), "to": str(after)})

    return _edit(edit, Selecting(**given), dry_run=dry_run, many=many)


def _set(text: str, declared: Declared, phone: Placed, fields: Mapping[str, Any]) -> str:
    origin = declared.desired.resources[phone.address].origin
    return set_fields(text, origin.document, origin.path, fields)


def _edit(edit: Edit, said: Selecting, *, dry_run: bool, many: bool) -> int:
    at = surroundings(said.paths)
    declared = checked(said.paths, at, planned=False, brief=True)
    phones = chosen_phones(declared, said, most=None if many else 200)
    before = {file: source.text for file, source in declared.sources.files.items()}
    after = dict(before)
    for phone in phones:
        file = declared.desired.resources[phone.address].origin.file
        try:
            after[file] = edit(after[file], declared, phone)
        except CannotAmend as error:
            click.echo(
                f"error[not-amended]: {file}: {phone.name}: {error}; nothing was written.\n"
                "  hint: change the entry by hand",
                err=True,
            )
            raise Stopped(ERROR) from None
    changed = {file: text for file, text in after.items() if text != before[file]}
    return write_changes(changed, before, said.paths, at, dry_run=dry_run)


def write_changes(
    changed: Mapping[str, str],
    before: Mapping[str, str],
    paths: Sequence[Path],
    at: Surroundings,
    *,
    dry_run: bool,
) -> int:
    """Show changed files, write them, and put them back if they are not valid together."""
    for file, text in changed.items():
        lines = difflib.unified_diff(
            before.get(file, "").splitlines(), text.splitlines(), file, file, lineterm="", n=1
        )
        click.echo("\n".join(lines))
    if not changed:
        click.echo("Nothing changes.")
        return DONE
    if dry_run:
        click.echo("Nothing was written.")
        return DONE
    _write(changed, at)
    found = declare(paths or (at.cwd,), at)
    wrong = [each for each in found.diagnostics if each.severity == "error"]
    if wrong:
        _write({file: before[file] for file in changed if file in before}, at)
        for file in changed.keys() - before.keys():
            (at.cwd / file).unlink()
        for each in wrong[:5]:
            click.echo(f"error[{each.code}]: {each.detail}", err=True)
        click.echo("The files are as they were.", err=True)
        return ERROR
    click.echo(f"{len(changed)} file{'s' if len(changed) > 1 else ''} changed; next: "
               "reconciler plan, reconciler apply.")  # fmt: skip
    return DONE


def _write(texts: Mapping[str, str], at: Surroundings) -> None:
    for file, text in texts.items():
        path = at.cwd / file
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.tmp")
        draft.write_text(text, encoding="utf-8")
        if path.exists():
            draft.chmod(path.stat().st_mode & 0o7777)
        draft.replace(path)
