"""`reconciler provision dhcp`: what a DHCP server tells a site's phones."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.exits import DONE
from reconciler.cli.options import path_option
from reconciler.cli.running import checked
from reconciler.cli.workspace import surroundings
from reconciler.errors import WorkspaceError
from reconciler.model.resource import Resource
from reconciler.model.value import Fields
from reconciler.workflow.declare import Declared
from reconciler.workspace import Surroundings, open_secrets, signing_keys

if TYPE_CHECKING:
    from reconciler.provisioning.dhcp import Host


@click.command("dhcp")
@click.argument("site")
@click.option(
    "--format", "to", type=click.Choice(["isc", "kea", "dnsmasq", "mikrotik"]), required=True,
    help="Whose configuration is written.",
)  # fmt: skip
@click.option(
    "--option", "only", type=int, metavar="NUMBER",
    help="Use this option for phones that look at it, where 66 is taken (network boot).",
)  # fmt: skip
@path_option
def command(site: str, to: str, only: int | None, paths: tuple[Path, ...]) -> int:
    """Write what a DHCP server tells the phones of SITE: where they fetch.

    Each maker's phones look at options of their own (66, 43, 160, 150, 114): what is needed for the
    phones that are declared is written. Where a signature is required, every phone is told an
    address of its own; such a configuration is as secret as a password.
    """
    from reconciler.provisioning.dhcp import Told, deaf_to, options_of, write_dhcp

    at = surroundings(paths)
    declared = checked(paths, at, planned=False, brief=True)
    desired = declared.desired
    if site not in desired.sites:
        known = ", ".join(sorted(desired.sites)) or "none"
        raise click.UsageError(f'There is no site "{site}". There are: {known}.')
    base_url = desired.provisioning.get("base_url")
    if not base_url:
        raise WorkspaceError(
            "Where phones fetch is not known.",
            hint="provisioning: {base_url: https://prov.example.com/p}",
        )
    url = f"{str(base_url).rstrip('/')}/"
    phones = [(each, _vendor(each)) for each in _phones(declared, site)]
    vendors = sorted({vendor for _, vendor in phones})
    notes = [f"Phones of {site} ({', '.join(vendors) or 'none declared yet'}) fetch from {url}"]
    if only is not None and deaf_to(vendors, only):
        notes.append(f"Phones of {', '.join(deaf_to(vendors, only))} do not look at option {only}.")
    if only == 43:
        notes.append("Option 43 as plain text: no phone has been seen to read it. Try one first.")
    required = [set(each.split("|")) for each in desired.provisioning.get("require") or ["subnet"]]
    hosts: tuple[Host, ...] = ()
    if any(each & {"token"} and "subnet" not in each and "digest" not in each for each in required):
        notes.append(
            "A token is required, which this does not hold. Phones that DHCP offers an address go "
            "there and not to the one in their file: offer none, and see `provision tokens issue`."
        )
    if any("signature" in each and "subnet" not in each for each in required):
        notes.append("Every phone is told an address of its own, which opens its files: secret.")
        hosts = _hosts(at, desired.workspace, desired.provisioning, url, phones, only)
    options = {} if hosts else dict.fromkeys(options_of(vendors or ["generic"], only), url)
    subnets = tuple(str(each) for each in desired.sites[site].get("subnets") or ())
    click.echo(write_dhcp(Told(site, subnets, options, hosts, tuple(notes)), to), nl=False)
    return DONE


def _phones(declared: Declared, site: str) -> list[Resource]:
    from reconciler.phonefiles.render import phones_of

    return [each for each in phones_of(declared.desired) if each.address.scope == site]


def _vendor(phone: Resource) -> str:
    from reconciler.adapters.renderers import RENDERERS

    said = phone.fields.get("vendor")
    if said:
        return str(said)
    model = str(phone.fields["model"])
    return next(
        (name for name, each in RENDERERS.items() if not each.by_name_only
         and each.models.get(model)), "generic",
    )  # fmt: skip


def _hosts(
    at: Surroundings, workspace: Fields, provisioning: Fields, url: str,
    phones: Sequence[tuple[Resource, str]], only: int | None,
) -> "tuple[Host, ...]":  # fmt: skip
    from reconciler.provisioning.dhcp import Host, options_of
    from reconciler.provisioning.signatures import sign

    with open_secrets(at, workspace) as secrets:
        key = signing_keys(provisioning, secrets)[0]
    hosts = []
    for phone, vendor in phones:
        mac = str(phone.fields["mac"]).replace(":", "").lower()
        own = f"{url}{mac}-{sign(key, mac)}/"
        colons = ":".join(mac[each : each + 2] for each in range(0, 12, 2))
        hosts.append(
            Host(phone.address.key, colons, dict.fromkeys(options_of([vendor], only), own))
        )
    return tuple(hosts)
