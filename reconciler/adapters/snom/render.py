"""Render: a Snom phone's `snom<MODEL>-<MAC>.htm` (other-phones.md, "Snom").

The phone asks for `snom<MODEL>.htm`, which is the same for all of the model and holds nothing, then
for the file with its MAC. That one holds the settings, or, where a phonebook goes with them, a list
of two files: the settings (`<MAC>.xml`) and the phonebook.
"""

from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import Final

from lxml import etree

from reconciler.adapters.snom.accounts import write_accounts
from reconciler.adapters.snom.keys import write_keys
from reconciler.adapters.snom.lint import lint
from reconciler.adapters.snom.settings import SETTINGS
from reconciler.adapters.snom.special import write_special
from reconciler.phonefiles.file import Marks, Part, PhoneFile, SecretRule
from reconciler.phonefiles.models import Models, models_of
from reconciler.phonefiles.phone import Phone
from reconciler.phonefiles.phonebook import Phonebook
from reconciler.phonefiles.rows import write_rows
from reconciler.phonefiles.sheet import Parameter, Sheet
from reconciler.phonefiles.vendor import Remark

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MEDIA: Final = "text/xml; charset=utf-8"
_OVERWRITTEN: Final = "RW"
"""The user may change it until the phone reads its file again."""


class SnomRenderer:
    """Snom's XML: one element a setting, accounts by `idx`."""

    name = "snom"
    title = "Snom"
    by_name_only = False
    secret_names = r"(?:user_pass|http_pass|\w*_?password(?:_confirm)?|http_client_pass)(?:\.\d+)?"  # noqa: S105

    @cached_property
    def models(self) -> Models:
        """The models of models.yaml."""
        return models_of(__package__)

    def sheet(self, phone: Phone) -> Sheet:
        """Return an empty sheet."""
        return Sheet(phone)

    def fill(self, phone: Phone, sheet: Sheet) -> None:
        """Write everything but `raw`."""
        write_accounts(phone, sheet)
        write_rows(SETTINGS, phone, sheet)
        write_special(phone, sheet)
        write_keys(phone, sheet)

    def lint(self, name: str, value: str | None, phone: Phone) -> Remark | None:
        """Return what is to be said about a raw parameter."""
        return lint(name, value)

    def files(self, phone: Phone, sheet: Sheet) -> tuple[PhoneFile, ...]:
        """Return the model's file, the phone's own, and the phonebook's."""
        model, mac, book = phone.model.name, phone.mac.upper(), phone.book
        settings = _settings(phone, sheet.parameters)
        common = _file(f"snom{model}.htm", (f"{_HEAD}<settings/>\n",), shared=True)
        rules = tuple(sheet.rules)
        if book is None:
            return (common, _file(f"snom{model}-{mac}.htm", settings, rules=rules))
        own = f"{mac}.xml"
        listed = _listed(phone.beside(book.base, own), phone.beside(book.base, book.file))
        return (
            common,
            _file(f"snom{model}-{mac}.htm", listed),
            _file(own, settings, rules=rules),
            _phonebook(book),
        )


def _file(
    name: str, parts: tuple[Part, ...], *, shared: bool = False, rules: tuple[SecretRule, ...] = ()
) -> PhoneFile:
    return PhoneFile(name, parts, "xml", _MEDIA, shared, rules)


def _listed(*urls: tuple[Part, ...]) -> tuple[Part, ...]:
    marks = Marks()
    root = etree.Element("setting-files")
    for url in urls:
        etree.SubElement(root, "file", url=marks.text(url))
    return marks.parts(_text(root))


def _settings(phone: Phone, parameters: Iterable[Parameter]) -> tuple[Part, ...]:
    marks = Marks()
    # Read-only keeps the user from hiding what is managed; "!" lets the user's change win.
    usual = "!" if phone.value("provisioning.local_changes") == "keep" else "R"
    lines: list[str] = []
    keys: dict[str, dict[str, str]] = {}
    for each in parameters:
        text = marks.text(each.parts)
        if each.name.startswith("fkey."):
            _, number, *part = each.name.split(".")
            keys.setdefault(number, {})[part[0] if part else "fkey"] = text
            continue
        name, _, index = each.name.partition(".")
        lines.append(_line(name, index, _OVERWRITTEN if name == "setting_server" else usual, text))
    held = ('  <phone-settings e="2">', *lines, "  </phone-settings>")
    buttons = ('  <functionKeys e="2">', *_keys(keys), "  </functionKeys>") if keys else ()
    body = "\n".join(("<settings>", *held, *buttons, "</settings>", ""))
    return marks.parts(f"{_HEAD}{body}")


@lru_cache(maxsize=16384)
def _line(name: str, index: str, perm: str, text: str) -> str:
    """Return an element; most are the same for many phones, and made once."""
    element = etree.Element(name, {"idx": index, "perm": perm} if index else {"perm": perm})
    element.text = text
    return f"    {etree.tostring(element, encoding='unicode')}"


def _keys(keys: dict[str, dict[str, str]]) -> Iterable[str]:
    for number in sorted(keys, key=int):
        key = keys[number]
        yield _key(
            number, key.get("context", "active"), key.get("label", ""),
            key.get("perm", _OVERWRITTEN), key.get("fkey", "none"),
        )  # fmt: skip


@lru_cache(maxsize=16384)
def _key(number: str, context: str, label: str, perm: str, text: str) -> str:
    attributes = {"idx": number, "context": context, "label": label, "perm": perm}
    element = etree.Element("fkey", attributes)
    element.text = text
    return f"    {etree.tostring(element, encoding='unicode')}"


@lru_cache(maxsize=8)
def _phonebook(book: Phonebook) -> PhoneFile:
    """`<tbook>` in the form of firmware from 8.2 on (Snom's wiki, "tbook tag")."""
    root = etree.Element("tbook", e="2", complete="true")
    for index, contact in enumerate(book.contacts):
        item = etree.SubElement(root, "item", context="active", type="colleagues", index=str(index))
        etree.SubElement(item, "name").text = contact.name
        etree.SubElement(item, "number").text = contact.number
    etree.indent(root)
    return _file(book.file, (_text(root),), shared=True)


def _text(root: "etree._Element") -> str:
    return f"{_HEAD}{etree.tostring(root, encoding='unicode')}\n"
