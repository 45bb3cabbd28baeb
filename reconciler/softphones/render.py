"""Render: each softphone's account, checked for loss. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Resource
from reconciler.phonefiles.file import PhoneFile
from reconciler.phonefiles.sheet import Sheet
from reconciler.softphones.app import App
from reconciler.softphones.apps import APPS
from reconciler.softphones.build import build_softphone
from reconciler.softphones.softphone import Softphone

_OF_LINKS: Final = ("device_key", "link_expires", "one_time")
_WAY_OUT: Final = "leave it out for this app, or write the app's own setting in settings"


@dataclass(frozen=True, slots=True)
class Account:
    """A softphone's account: the file that its app fetches, or the text that it scans."""

    app: App
    softphone: Softphone
    file: PhoneFile

    @property
    def address(self) -> Address:
        """Whose account it is."""
        return self.softphone.address


def softphones_of(desired: Desired) -> list[Resource]:
    """Return the softphones that get accounts, by address: those switched off get none."""
    return [
        resource
        for address, resource in sorted(desired.resources.items(), key=lambda each: str(each[0]))
        if address.kind == "softphone" and resource.fields.get("enabled") is not False
    ]


def render_softphones(
    desired: Desired,
    base_url: str | None = None,
    pbx_places: Mapping[str, Place] | None = None,
    only: Iterable[Address] | None = None,
) -> Checked[tuple[Account, ...]]:
    """Return the accounts of softphones, and once each thing that is wrong with them."""
    wanted = None if only is None else frozenset(only)
    accounts: list[Account] = []
    findings: dict[Diagnostic, None] = {}
    for resource in softphones_of(desired):
        if wanted is None or resource.address in wanted:
            each = render_softphone(resource, desired, base_url, pbx_places)
            findings.update(dict.fromkeys(each.diagnostics))
            if each.value is not None:
                accounts.append(each.value)
    return Checked(tuple(accounts), tuple(findings))


def render_softphone(
    resource: Resource,
    desired: Desired,
    base_url: str | None = None,
    pbx_places: Mapping[str, Place] | None = None,
) -> Checked[Account | None]:
    """Return a softphone's account with everything that is wrong with it."""
    app = APPS[str(resource.fields["app"])]
    view = build_softphone(resource, desired, app.title, base_url, pbx_places)
    softphone = view.value
    if softphone is None:
        return Checked(None, view.diagnostics)
    sheet = Sheet(softphone, way_out=_WAY_OUT)
    if app.delivery == "scan":
        _refuse_links(app, resource, sheet)
    sheet.claim(*_OF_LINKS)
    app.fill(softphone, sheet)
    file = app.account(sheet)
    return Checked(Account(app, softphone, file), (*view.diagnostics, *sheet.findings()))


def _refuse_links(app: App, resource: Resource, sheet: Sheet) -> None:
    for name in _OF_LINKS:
        if resource.fields.get(name) is not None:
            sheet.refuse(
                name, "it fetches nothing: its code is the account itself, with the password"
            )
    if "url" in (resource.fields.get("delivery") or ()):
        sheet.report(
            "value-not-held",
            f"{resource.address}: {app.title} takes no address, only a code with the password.",
            resource.place_of("delivery"),
            "delivery: [qr]",
        )
