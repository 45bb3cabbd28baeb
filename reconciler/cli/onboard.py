"""`reconciler onboard`: take discovered phones into use, as an edit of the operator's own files."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from reconciler.cli.discover import contact_rows
from reconciler.cli.exits import ERROR
from reconciler.cli.options import path_option
from reconciler.cli.phones.choosing import Selecting, run_on, standing_on
from reconciler.cli.phones.declaring import write_changes
from reconciler.cli.running import Stopped, checked
from reconciler.cli.workspace import surroundings
from reconciler.device import Device
from reconciler.discovery.linking import link_by_accounts, link_by_address
from reconciler.discovery.proposing import Linked, Proposal, TemplateOffer, propose
from reconciler.language.amend import CannotAmend, set_fields
from reconciler.phones.acting import Manners
from reconciler.phones.declared import declared_phones
from reconciler.phones.meant import Chosen, NotOurs, Placed, choose
from reconciler.workflow.declare import Declared
from reconciler.workspace import Surroundings


@click.command("onboard")
@click.argument("names", nargs=-1, metavar="[PHONE]...")
@path_option
@click.option("--site", metavar="NAME", help="Their site; by subnet when not given.")
@click.option("--template", metavar="NAME", help="Their template; by model when not given.")
@click.option("--dry-run", is_flag=True, help="Only show what would change in the files.")
@click.option("--json", "as_json", is_flag=True, help="Print the proposals as JSON; write nothing.")
def command(
    names: tuple[str, ...], paths: tuple[Path, ...], site: str | None, template: str | None,
    dry_run: bool, as_json: bool,
) -> int:  # fmt: skip
    """Propose site, template and extension for discovered phones, and edit the files so.

    The site is found by subnet, the template by model_pattern or default, the extension by who is
    registered from the phone's address on a PBX, or by the phone's own accounts where its login is
    saved. Comments are kept. Nothing happens at any phone
    before `apply`.
    """
    at = surroundings(paths)
    declared = checked(paths, at, planned=False, brief=True)
    phones = _chosen(declared, names)
    links = asyncio.run(_links(phones, declared, paths, at))
    offers = templates_of(declared)
    proposals = [
        propose(each, declared.desired, offers, links, site=site, template=template)
        for each in phones
    ]
    if as_json:
        rows = [_row(each) for each in proposals]
        click.echo(json.dumps({"version": 1, "command": "onboard", "proposals": rows}))
        return ERROR if any(each.problems for each in proposals) else 0
    for each in proposals:
        click.echo(f"{each.phone.name}: {'; '.join(each.why)}", err=True)
        for problem in each.problems:
            click.echo(f"  left as it is: {problem}", err=True)
    good = [each for each in proposals if not each.problems]
    code = _edit(good, declared, paths, at, dry_run=dry_run)
    return code or (ERROR if len(good) < len(proposals) else 0)


def _chosen(declared: Declared, names: tuple[str, ...]) -> tuple[Placed, ...]:
    if not names:
        raise click.UsageError("Say which phones: names, or '*' for all discovered ones.")
    found = [each for each in declared_phones(declared) if each.lifecycle == "discovered"]
    try:
        return choose(found, Chosen(names=names))
    except NotOurs as error:
        click.echo(
            f"error[not-discovered]: {', '.join(error.names)}: no discovered phone is called so.\n"
            "  hint: reconciler discover SITE finds them",
            err=True,
        )
        raise Stopped(ERROR) from None


async def _links(
    phones: tuple[Placed, ...], declared: Declared, paths: tuple[Path, ...], at: Surroundings
) -> dict[str, Linked]:
    """Return each phone's extension: by who is registered, else as phones with a login say."""
    rows = await contact_rows(declared, at)
    found = {
        str(each.address): link
        for each in phones
        if (link := link_by_address(each.host, rows, each.mac)) is not None
    }
    lost = tuple(each for each in phones if str(each.address) not in found)
    return found | await _asked(lost, declared, paths)


async def _asked(
    phones: tuple[Placed, ...], declared: Declared, paths: tuple[Path, ...]
) -> dict[str, Linked]:
    """Ask phones for their accounts, where a login is saved. Only reads."""
    found: dict[str, Linked] = {}

    async def act(device: Device, phone: Placed) -> tuple[str, Mapping[str, Any]]:
        link = link_by_accounts((await device.status()).accounts or (), declared.desired)
        if link is not None:
            found[str(phone.address)] = link
        return "", {}

    if phones:
        said = Selecting(names=tuple(each.name for each in phones), paths=paths)
        async with standing_on(said, most=None) as ground:
            known = tuple(e for e in ground.phones if ground.logins.of(e.address) is not None)
            part = replace(ground, phones=known)
            await run_on(part, act, Manners(), command="onboard", recorded=False)
    return found


def templates_of(declared: Declared) -> list[TemplateOffer]:
    """Return what there is to choose from."""
    return [
        TemplateOffer(
            each.key,
            str(each.entry.__dict__["vendor"]),
            each.entry.__dict__.get("model_pattern"),
            bool(each.entry.__dict__.get("default")),
        )
        for each in declared.declarations.of("template")
    ]


def _edit(
    proposals: list[Proposal], declared: Declared, paths: tuple[Path, ...], at: Surroundings, *,
    dry_run: bool,
) -> int:  # fmt: skip
    before = {file: source.text for file, source in declared.sources.files.items()}
    after = dict(before)
    for each in proposals:
        origin = declared.desired.resources[each.phone.address].origin
        fields: dict[str, Any] = {"lifecycle": None, "lines": list(each.lines)}
        if each.template is not None:
            fields["template"] = each.template
        if each.site != each.phone.address.scope:
            fields["site"] = each.site
        try:
            after[origin.file] = set_fields(
                after[origin.file], origin.document, origin.path, fields
            )
        except CannotAmend as error:
            click.echo(f"error[not-amended]: {origin.file}: {each.phone.name}: {error}", err=True)
            raise Stopped(ERROR) from None
    changed = {file: text for file, text in after.items() if text != before[file]}
    return write_changes(changed, before, paths, at, dry_run=dry_run)


def _row(proposal: Proposal) -> dict[str, Any]:
    return {
        "phone": str(proposal.phone.address), "site": proposal.site,
        "template": proposal.template, "lines": list(proposal.lines),
        "why": list(proposal.why), "problems": list(proposal.problems),
    }  # fmt: skip
