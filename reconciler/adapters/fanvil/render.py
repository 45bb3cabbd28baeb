"""Render: a Fanvil phone's `<mac>.cfg`, XML for firmware from 2.4 on (other-phones.md, "Fanvil").

The phone skips a file that is the one it has applied last, so equal bytes cost nothing.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Final, TypeAlias

from lxml import etree

from reconciler.adapters.fanvil.accounts import write_accounts
from reconciler.adapters.fanvil.keys import write_keys
from reconciler.adapters.fanvil.lint import lint
from reconciler.adapters.fanvil.settings import SETTINGS
from reconciler.adapters.fanvil.special import write_special
from reconciler.phonefiles.file import Marks, Part, PhoneFile
from reconciler.phonefiles.models import Models, models_of
from reconciler.phonefiles.phone import Phone
from reconciler.phonefiles.rows import write_rows
from reconciler.phonefiles.sheet import Parameter, Sheet
from reconciler.phonefiles.vendor import Remark

_VERSION: Final = "2.0000000000"


class FanvilRenderer:
    """Fanvil's `sysConf` XML; a parameter's name is an element's path (`sip/line.1/RingType`)."""

    name = "fanvil"
    title = "Fanvil"
    by_name_only = False
    secret_names = r"\w*(?:Pswd|Password|PassWd|CfgFileKey|CryptoKey)"  # noqa: S105

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
        write_keys(phone, sheet)
        write_rows(SETTINGS, phone, sheet)
        write_special(phone, sheet)

    def lint(self, name: str, value: str | None, phone: Phone) -> Remark | None:
        """Return what is to be said about a raw parameter."""
        return lint(name, value)

    def files(self, phone: Phone, sheet: Sheet) -> tuple[PhoneFile, ...]:
        """Return the phone's file."""
        parts = _document(sheet.parameters)
        rules = tuple(sheet.rules)
        name, media = f"{phone.mac}.cfg", "text/xml; charset=utf-8"
        return (PhoneFile(name, parts, "xml", media, rules=rules),)


Tree: TypeAlias = dict[str, "Tree | str"]
"""Elements by tag, with the index after a dot; texts at the ends."""


def _document(parameters: Iterable[Parameter]) -> tuple[Part, ...]:
    marks = Marks()
    root: Tree = {"Version": _VERSION}
    for each in parameters:
        *parents, last = each.name.split("/")
        place = root
        for parent in parents:
            inner = place.setdefault(parent, {})
            assert isinstance(inner, dict)
            place = inner
        place[last] = marks.text(each.parts)
    lines = ('<?xml version="1.0" encoding="UTF-8"?>', "<sysConf>", *_lines(root, "  "))
    return marks.parts("\n".join((*lines, "</sysConf>", "")))


def _lines(tree: Tree, indent: str) -> Iterator[str]:
    for name, held in tree.items():
        if isinstance(held, str):
            yield _line(name, held, indent)
            continue
        tag, dot, index = name.partition(".")
        yield f'{indent}<{tag} index="{index}">' if dot else f"{indent}<{tag}>"
        yield from _lines(held, f"{indent}  ")
        yield f"{indent}</{tag}>"


@lru_cache(maxsize=32768)
def _line(name: str, text: str, indent: str) -> str:
    """Return an element; most are the same for many phones, and made once."""
    element = etree.Element(name)
    element.text = text
    return f"{indent}{etree.tostring(element, encoding='unicode')}"
