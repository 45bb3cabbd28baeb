"""Render: `<mac>.xml`, every declared value by its own name; no phone reads it as it is.

It is what a converter of one's own begins with, and it is asked for by name (`vendor: generic`):
a phone that is not in any table never gets it by chance.
"""

from functools import cache
from typing import Final

from lxml import etree

from reconciler.model.secret import Secret
from reconciler.model.value import Value
from reconciler.phonefiles.file import Marks, Part, PhoneFile
from reconciler.phonefiles.models import Model, Models
from reconciler.phonefiles.phone import Account, Phone
from reconciler.phonefiles.phonebook import Phonebook
from reconciler.phonefiles.sheet import Sheet
from reconciler.phonefiles.vendor import Remark

_MEDIA: Final = "text/xml; charset=utf-8"


class AnyModel(Models):
    """Whatever people call their phone, with as much of everything as can be declared."""

    def __init__(self) -> None:
        super().__init__(())

    def get(self, name: str) -> Model | None:
        """Return a model of that name."""
        return _model(name)


@cache
def _model(name: str) -> Model:
    return Model(name, 100, 1000, 10, 1000, sources=("the language's own limits",))


class GenericRenderer:
    """Plain XML in the language's own words."""

    name = "generic"
    title = "generic"
    secret_names = r"[A-Za-z0-9_.]*(?:password|secret|config_key)"  # noqa: S105
    models: Models = AnyModel()
    by_name_only = True

    def sheet(self, phone: Phone) -> Sheet:
        """Return an empty sheet."""
        return Sheet(phone)

    def fill(self, phone: Phone, sheet: Sheet) -> None:
        """Write everything but `raw`."""
        for account in phone.accounts:
            _write_account(account, sheet)
        for key in phone.keys or ():
            prefix = f"key.{key.module}.{key.number}"
            sheet.put(f"{prefix}.action", key.action, key.source)
            sheet.put(f"{prefix}.value", key.value, key.source)
            sheet.put(f"{prefix}.label", key.label, f"{key.source}.label")
            sheet.put(f"{prefix}.account", key.account, f"{key.source}.on_line")
            if key.locked is not None:
                sheet.put(f"{prefix}.locked", key.locked, f"{key.source}.locked")
        for number, module in enumerate(phone.modules, 1):
            sheet.put(f"expansion_module.{number}", module)
        for path, said in phone.settings.items():
            if path == "provisioning.url" and said.value is not None:
                sheet.put(path, phone.folder(str(said.value)), said.source)
            elif path == "features.phonebook_url" and phone.book is not None:
                where = phone.beside(phone.book.base, phone.book.file)
                sheet.put(path, where, said.source)
            else:
                _write(path, said.value, said.source, sheet)
        if phone.firmware_url is not None:
            sheet.put("firmware.url", phone.firmware, "firmware")

    def lint(self, name: str, value: str | None, phone: Phone) -> Remark | None:
        """Return nothing: every name is as good as another."""
        return None

    def files(self, phone: Phone, sheet: Sheet) -> tuple[PhoneFile, ...]:
        """Return the phone's file, and a phonebook if it has one."""
        own = PhoneFile(f"{phone.mac}.xml", _document(phone, sheet), "xml", _MEDIA)
        return (own, _phonebook(phone.book)) if phone.book else (own,)


def _write_account(account: Account, sheet: Sheet) -> None:
    prefix, line = f"account.{account.number}", account.source
    sheet.put(f"{prefix}.user", account.user, line)
    sheet.put(f"{prefix}.name", account.name, line)
    sheet.put(f"{prefix}.label", account.label, f"{line}.label")
    if account.secret is not None:
        sheet.put(f"{prefix}.password", account.secret, line)
    for name in ("shared", "ring_tone", "auto_answer"):
        value = getattr(account, name)
        if value is not None:
            _write(f"{prefix}.{name}", value, f"{line}.{name}", sheet)
    for name, said in account.sip.items():
        _write(f"{prefix}.sip.{name}", said.value, said.source, sheet)


def _write(name: str, value: Value, source: str, sheet: Sheet) -> None:
    """Write a value; lists and maps as one parameter for each item."""
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value, 1))
    else:
        plain = ("true" if value else "false") if isinstance(value, bool) else value
        sheet.put(name, plain if isinstance(plain, Secret) else _text(plain), source)
        return
    sheet.claim(source)
    for part, each in items:
        _write(f"{name}.{part}", each, source, sheet)


def _text(value: Value) -> str | None:
    return None if value is None else str(value)


def _document(phone: Phone, sheet: Sheet) -> tuple[Part, ...]:
    marks = Marks()
    root = etree.Element("phone", mac=phone.mac, model=phone.model.name)
    for each in sheet.parameters:
        etree.SubElement(root, "item", name=each.name).text = marks.text(each.parts)
    etree.indent(root)
    text = etree.tostring(root, encoding="unicode")
    return marks.parts(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n')


def _phonebook(book: Phonebook) -> PhoneFile:
    root = etree.Element("phonebook")  # shared: what a phone calls it is the phone's
    for contact in book.contacts:
        etree.SubElement(root, "contact", number=contact.number, name=contact.name)
    etree.indent(root)
    text = etree.tostring(root, encoding="unicode")
    whole = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'
    return PhoneFile(book.file, (whole,), "xml", _MEDIA, shared=True)
