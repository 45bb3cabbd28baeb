"""The phonebook that Grandstream phones fetch (P331; fusionpbx-samples, gxp2170-phonebook).

The phone is told a folder and asks there for `phonebook.xml`, whatever the PBX is called. So the
file is the phone's own, in a folder with its MAC: which phone asks is known then.
"""

from functools import lru_cache
from typing import Final

from lxml import etree

from reconciler.phonefiles.file import Part, PhoneFile
from reconciler.phonefiles.phone import Phone
from reconciler.phonefiles.phonebook import Phonebook

_FILE: Final = "phonebook.xml"


def folder_of(phone: Phone, bare: str) -> tuple[Part, ...]:
    """Return where the phone finds its phonebook; `bare` is its server and path, no scheme."""
    return phone.beside(bare, phone.mac)


def write_phonebook(book: Phonebook, mac: str) -> PhoneFile:
    """Return the file of a phone: one contact for each person, dialled with the first account."""
    return PhoneFile(_FILE, (_text(book),), "xml", "text/xml; charset=utf-8", folder=mac)


@lru_cache(maxsize=8)
def _text(book: Phonebook) -> str:
    root = etree.Element("AddressBook")
    etree.SubElement(root, "version").text = "1"
    for index, contact in enumerate(book.contacts):
        item = etree.SubElement(root, "Contact")
        etree.SubElement(item, "id").text = str(index)
        etree.SubElement(item, "FirstName").text = contact.name
        etree.SubElement(item, "LastName").text = ""
        phone = etree.SubElement(item, "Phone", type="Work")
        etree.SubElement(phone, "phonenumber").text = contact.number
        etree.SubElement(phone, "accountindex").text = "0"
    etree.indent(root)
    text = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'
