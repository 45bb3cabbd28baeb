"""Render: a Grandstream phone's `cfg<mac>.xml` (grandstream.md, B).

Everything is written as P-values (`config version="1"`), which every family takes, or all of it
as names (`version="2"`, `dialect.py`) where that is asked for: a file never mixes them.
"""

from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import Final

from lxml import etree

from reconciler.adapters.grandstream.accounts import write_accounts
from reconciler.adapters.grandstream.dialect import (
    NamedSheet,
    is_named,
    lint_named,
    write_dialect,
)
from reconciler.adapters.grandstream.keys import write_keys
from reconciler.adapters.grandstream.phonebook import write_phonebook
from reconciler.adapters.grandstream.ports import write_ports
from reconciler.adapters.grandstream.settings import QOS_ADAPTERS, QOS_PHONES, SETTINGS
from reconciler.adapters.grandstream.special import write_special
from reconciler.adapters.grandstream.table import SECRET_NAMES, lint, takes
from reconciler.phonefiles.file import Marks, Part, PhoneFile
from reconciler.phonefiles.models import Models, models_of
from reconciler.phonefiles.phone import Phone
from reconciler.phonefiles.rows import write_rows
from reconciler.phonefiles.sheet import Parameter, Sheet
from reconciler.phonefiles.vendor import Remark


class GrandstreamRenderer:
    """Grandstream's `gs_provision` XML."""

    name = "grandstream"
    title = "Grandstream"
    by_name_only = False
    secret_names = SECRET_NAMES

    @cached_property
    def models(self) -> Models:
        """The models of models.yaml."""
        return models_of(__package__)

    def sheet(self, phone: Phone) -> Sheet:
        """Return an empty sheet, in the dialect that is asked for."""
        return NamedSheet(phone) if is_named(phone) else Sheet(phone)

    def fill(self, phone: Phone, sheet: Sheet) -> None:
        """Write everything but `raw`."""
        write_dialect(phone, sheet)
        is_adapter = "ports" in phone.model.traits
        if is_adapter:
            write_ports(phone, sheet)
        else:
            write_accounts(phone, sheet)
        write_keys(phone, sheet)
        rows = (*SETTINGS, *(QOS_ADAPTERS if is_adapter else QOS_PHONES))
        held = [each for each in rows if all(takes(phone, name) for name in each.names)]
        write_rows(held, phone, sheet)
        write_special(phone, sheet)
        if phone.pickup_code and not is_adapter and phone.accounts:
            # What is dialled to take a call that rings at a key; known for the first account.
            sheet.put("P1347", phone.pickup_code)

    def lint(self, name: str, value: str | None, phone: Phone) -> Remark | None:
        """Return what is to be said about a raw parameter."""
        return (lint_named if is_named(phone) else lint)(name, value, phone)

    def files(self, phone: Phone, sheet: Sheet) -> tuple[PhoneFile, ...]:
        """Return the phone's file, and a phonebook where one is asked for."""
        parts = _document(phone.mac, sheet.parameters, is_named=is_named(phone))
        media, rules = "text/xml; charset=utf-8", tuple(sheet.rules)
        own = PhoneFile(f"cfg{phone.mac}.xml", parts, "xml", media, rules=rules)
        return (own, write_phonebook(phone.book, phone.mac)) if phone.book else (own,)


def _document(mac: str, parameters: Iterable[Parameter], *, is_named: bool) -> tuple[Part, ...]:
    marks = Marks()
    line, config = (_item, _NAMED) if is_named else (_line, _CONFIG)
    lines = [line(each.name, marks.text(each.parts)) for each in parameters]
    return marks.parts("\n".join((*_HEAD, f"  <mac>{mac}</mac>", config, *lines, *_TAIL)))


_HEAD: Final = ('<?xml version="1.0" encoding="UTF-8"?>', '<gs_provision version="1">')
_CONFIG: Final = '  <config version="1">'
_NAMED: Final = '  <config version="2">'
_TAIL: Final = ("  </config>", "</gs_provision>", "")


@lru_cache(maxsize=32768)
def _line(name: str, text: str) -> str:
    """Return an element; most are the same for many phones, and made once."""
    element = etree.Element(name)
    element.text = text
    return f"    {etree.tostring(element, encoding='unicode')}"


@lru_cache(maxsize=32768)
def _item(name: str, text: str) -> str:
    element = etree.Element("item", name=name)
    element.text = text
    return f"    {etree.tostring(element, encoding='unicode')}"
