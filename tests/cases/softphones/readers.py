"""Readers of the apps' formats, written from the facts alone: nothing here comes from the package.

Each returns what an app would hold after reading its account: name -> value.
"""

import json
import re

from lxml import etree

LPCONFIG = "{http://www.linphone.org/xsds/lpconfig.xsd}"
Settings = dict[str, str]


def read_linphone(text: str) -> Settings:
    """`<section name="x"><entry name="y" overwrite="true">value</entry></section>`."""
    root = etree.fromstring(text.encode())
    assert root.tag == f"{LPCONFIG}config"
    found: Settings = {}
    for section in root.iterchildren("*"):
        for entry in section.iterchildren("*"):
            assert entry.tag == f"{LPCONFIG}entry"
            found[f"{section.get('name')}/{entry.get('name')}"] = entry.text or ""
    return found


def read_acrobits(text: str) -> Settings:
    """Account XML: an element for each setting."""
    root = etree.fromstring(text.encode())
    assert root.tag == "account"
    return {str(each.tag): each.text or "" for each in root}


def read_zoiper(text: str) -> Settings:
    """`<options><accounts><account>`: an element for each setting."""
    (account,) = etree.fromstring(text.encode()).findall("accounts/account")
    return {str(each.tag): each.text or "" for each in account}


def read_wave(text: str) -> Settings:
    """`<AccountConfig version="1"><Account>`: an element for each setting."""
    root = etree.fromstring(text.encode())
    assert (root.tag, root.get("version")) == ("AccountConfig", "1")
    (account,) = root.findall("Account")
    return {str(each.tag): each.text or "" for each in account}


def read_sessiontalk(text: str) -> Settings:
    """External provisioning's answer: one account in a list."""
    whole = json.loads(text)
    assert whole["update"] is True
    (account,) = whole["sipaccounts"]
    return dict(account)


def read_generic(text: str) -> Settings:
    """The language's own words."""
    account = json.loads(text)["account"]
    return {name: ",".join(v) if isinstance(v, list) else v for name, v in account.items()}


def read_sipnetic(text: str) -> Settings:
    """`name=value;`, a semicolon in a value doubled."""
    parts = re.findall(r"([A-Za-z]+)=((?:[^;]|;;)*);(?!;)", text)
    return {name: value.replace(";;", ";") for name, value in parts}


READERS = {
    "linphone": read_linphone,
    "acrobits": read_acrobits,
    "groundwire": read_acrobits,
    "zoiper": read_zoiper,
    "sessiontalk": read_sessiontalk,
    "sipnetic": read_sipnetic,
    "grandstream-wave": read_wave,
    "generic": read_generic,
}
