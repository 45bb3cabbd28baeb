"""The phonebook that Yealink phones fetch (remote_phonebook.data.1.url)."""

from functools import lru_cache

from lxml import etree

from reconciler.phonefiles.file import PhoneFile
from reconciler.phonefiles.phonebook import Phonebook


@lru_cache(maxsize=8)
def write_phonebook(book: Phonebook) -> PhoneFile:
    """Return the file: one entry for each person, in the order of names."""
    root = etree.Element("YealinkIPPhoneDirectory")
    for contact in book.contacts:
        entry = etree.SubElement(root, "DirectoryEntry")
        etree.SubElement(entry, "Name").text = contact.name
        etree.SubElement(entry, "Telephone").text = contact.number
    etree.indent(root)
    text = etree.tostring(root, encoding="unicode")
    whole = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'
    return PhoneFile(book.file, (whole,), "xml", "text/xml; charset=utf-8", shared=True)
