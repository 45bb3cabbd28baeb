"""Render: a Poly phone's `<mac>.cfg` and its parts, and `000000000000.cfg` (polycom.md, B).

`<mac>.cfg` is the master file: which firmware, which files, the first one wins. `-lines.cfg` holds
registrations and keys, `-settings.cfg` the rest, `-directory.xml` speed dials that have a key.
`000000000000.cfg` goes to phones without a master of their own and points them at the same names.
Only attributes count to the phone; the elements' names are for people.
"""

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Final

from lxml import etree

from reconciler.adapters.polycom.accounts import write_accounts
from reconciler.adapters.polycom.keys import SpeedDial, write_keys
from reconciler.adapters.polycom.lint import lint
from reconciler.adapters.polycom.settings import SETTINGS
from reconciler.adapters.polycom.special import write_special
from reconciler.phonefiles.file import Marks, Part, PhoneFile, SecretRule
from reconciler.phonefiles.models import Models, models_of
from reconciler.phonefiles.phone import Phone
from reconciler.phonefiles.rows import write_rows
from reconciler.phonefiles.sheet import Parameter, Sheet
from reconciler.phonefiles.vendor import Remark

_LINES: Final = frozenset(("reg", "msg", "dialplan", "lineKey", "attendant"))
_FOLDERS: Final = {
    "MISC_FILES": "", "LOG_FILE_DIRECTORY": "", "OVERRIDES_DIRECTORY": "",
    "CONTACTS_DIRECTORY": "", "LICENSE_DIRECTORY": "",
}  # fmt: skip


class DirectorySheet(Sheet):
    """A sheet that also keeps the directory's entries."""

    dials: tuple[SpeedDial, ...] = ()


class PolycomRenderer:
    """Poly's XML attributes."""

    name = "polycom"
    title = "Poly"
    by_name_only = False
    secret_names = r"[A-Za-z0-9_.]*(?:[Pp]assword|[Pp]asswd|[Ss]ecret|\.pin)[A-Za-z0-9_.]*"  # noqa: S105

    @cached_property
    def models(self) -> Models:
        """The models of models.yaml."""
        return models_of(__package__)

    def sheet(self, phone: Phone) -> Sheet:
        """Return an empty sheet."""
        return DirectorySheet(phone)

    def fill(self, phone: Phone, sheet: Sheet) -> None:
        """Write everything but `raw`."""
        assert isinstance(sheet, DirectorySheet)
        write_accounts(phone, sheet)
        sheet.dials = write_keys(phone, sheet)
        if sheet.dials and phone.pushed:
            sheet.refuse(
                sheet.dials[0].source, "such a key stands in its directory, which is a file and "
                "cannot be pushed", "let the phone fetch: provisioning: {delivery: fetch}",
            )  # fmt: skip
        write_rows(SETTINGS, phone, sheet)
        write_special(phone, sheet)

    def lint(self, name: str, value: str | None, phone: Phone) -> Remark | None:
        """Return what is to be said about a raw parameter."""
        return lint(name, value)

    def files(self, phone: Phone, sheet: Sheet) -> tuple[PhoneFile, ...]:
        """Return master files, parts and directory."""
        lines = [each for each in sheet.parameters if each.name.partition(".")[0] in _LINES]
        rest = [each for each in sheet.parameters if each.name.partition(".")[0] not in _LINES]
        mac, directory = phone.mac, getattr(sheet, "dials", ())
        return (
            _file("000000000000.cfg", _master("[PHONE_MAC_ADDRESS]", ()), shared=True),
            _file(f"{mac}.cfg", _master(mac, phone.firmware)),
            _file(f"{mac}-lines.cfg", _parameters(lines)),
            _file(f"{mac}-settings.cfg", _parameters(_with_set(rest)), rules=tuple(sheet.rules)),
            *((_file(f"{mac}-directory.xml", _directory(directory)),) if directory else ()),
        )


def _file(
    name: str, parts: tuple[Part, ...], *, shared: bool = False, rules: tuple[SecretRule, ...] = ()
) -> PhoneFile:
    return PhoneFile(name, parts, "xml", "text/xml; charset=utf-8", shared, rules)


def _master(mac: str, firmware: tuple[Part, ...]) -> tuple[Part, ...]:
    """An empty APP_FILE_PATH leaves the firmware alone."""
    marks = Marks()
    attributes = {
        "APP_FILE_PATH": marks.text(firmware),
        "CONFIG_FILES": f"{mac}-lines.cfg, {mac}-settings.cfg",
        **_FOLDERS,
    }
    return marks.parts(_text(etree.Element("APPLICATION", attributes)))


def _with_set(parameters: Iterable[Parameter]) -> list[Parameter]:
    """Add what makes the phone take device settings: `.set` beside each, and device.set."""
    wanted = list(parameters)
    names = {each.name for each in wanted}
    added: list[Parameter] = []
    for each in wanted:
        if each.name.startswith("device.") and not each.name.endswith((".set", "device.set")):
            if "device.set" not in names:
                added.append(Parameter("device.set", ("1",)))
                names.add("device.set")
            added.append(Parameter(f"{each.name}.set", ("1",)))
        added.append(each)
    return added


def _parameters(parameters: Iterable[Parameter]) -> tuple[Part, ...]:
    marks = Marks()
    root = etree.Element("polycomConfig")
    groups: dict[str, etree._Element] = {}
    for each in parameters:
        head = each.name.partition(".")[0]
        if head not in groups:
            groups[head] = etree.SubElement(root, head)
        groups[head].set(each.name, marks.text(each.parts))
    etree.indent(root)
    # One attribute a line, so that differences show what changed; values hold no bare quotes.
    head, body = _text(root).split("\n", 1)
    lines = re.sub(r'" (?=[\w.-]+=")', '"\n    ', body)
    return marks.parts(f"{head}\n{lines}")


def _directory(dials: Iterable[SpeedDial]) -> tuple[Part, ...]:
    root = etree.Element("directory")
    entries = etree.SubElement(root, "item_list")
    for dial in dials:
        item = etree.SubElement(entries, "item")
        for name, text in (("fn", dial.name), ("ct", dial.number), ("sd", str(dial.place))):
            etree.SubElement(item, name).text = text
    etree.indent(root)
    return (_text(root),)


def _text(root: "etree._Element") -> str:
    text = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{text}\n'
