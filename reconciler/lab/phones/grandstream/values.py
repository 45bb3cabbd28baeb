"""Grandstream's P-values: which number holds what, and their other names.

Source: facts on Grandstream, section B (tables of accounts and device values), and the vendor's
template of the GRP261x for the aliases.
"""

import re
from functools import cache
from typing import Final

from reconciler.lab.phones.device import Identity

COLUMNS: Final = (
    "active", "server", "proxy", "user", "auth", "password", "name", "title", "expires",
    "register", "transport",
)  # fmt: skip
_FIRST: Final = (271, 47, 48, 35, 36, 34, 3, 270, 32, 31, 130)
_OFFSETS: Final = (1, 2, 3, 4, 5, 6, 7, 17, 12, 10, 48)
_BASES: Final = {2: 400, 3: 500, 4: 600, 5: 1700, 6: 1800}
_ACCOUNT_ALIASES: Final = {
    "active": "enable", "server": "sip.server.1.address", "proxy": "sip.outboundProxy.1.address",
    "user": "sip.userid", "auth": "sip.subscriber.userid", "password": "sip.subscriber.password",
    "name": "sip.subscriber.name", "title": "name", "expires": "sip.registerExpiration",
    "register": "sip.registration", "transport": "sip.transport",
}  # fmt: skip
_DEVICE_ALIASES: Final = {
    "users.admin.password": "2", "users.user.password": "196",
    "provisioning.config.protocol": "212", "provisioning.config.serverPath": "237",
    "provisioning.config.username": "1360", "provisioning.config.password": "1361",
    "provisioning.config.filePassword": "1359", "provisioning.config.filePrefix": "234",
    "provisioning.config.filePostfix": "235", "provisioning.config.processAll.enable": "8467",
    "provisioning.firmware.protocol": "6767", "provisioning.firmware.serverPath": "192",
    "provisioning.firmware.username": "6768", "provisioning.firmware.password": "6769",
    "provisioning.firmware.checkCondition": "238",
    "provisioning.firmware.confirm.enable": "8375", "provisioning.auto.mode": "194",
    "provisioning.auto.minute": "193", "provisioning.override.dhcp.allowCommonOptions": "145",
    "sip.notify.challenge": "4428",
}  # fmt: skip
HT_ONE_PORT_PER_ACCOUNT: Final = re.compile(r"HT80\d|HT813")
HT_PROFILES: Final = re.compile(r"HT81[248]")
_GRP260X: Final = re.compile(r"GRP260\d")
_WORDS: Final = {
    "yes": "1", "no": "0", "udp": "0", "tcp": "1", "tls": "2", "http": "1", "https": "2",
    "tftp": "0", "ftp": "3", "ftps": "4", "alwayscheck": "0", "checkifchanged": "1",
    "skipcheck": "2",
}  # fmt: skip
"""Words of the alias dialect and the numbers that they stand for, as far as the lab reads them."""
_ENUMS: Final = frozenset({"31", "130", "212", "6767", "238", "271", "8467", "145"})


def numbers_of(identity: Identity, account: int) -> dict[str, str]:
    """Return the P-values of an account by column, as the family has them."""
    if account == 2 and HT_ONE_PORT_PER_ACCOUNT.match(identity.model):
        return {"active": "401", "server": "747", "user": "735", "auth": "736", "password": "734"}
    if HT_PROFILES.match(identity.model):
        port = {"active": 4594, "user": 4059, "auth": 4089, "password": 4119}
        shared = {"server": "47", "proxy": "48", "expires": "32", "transport": "130"}
        return {**{name: str(base + account) for name, base in port.items()}, **shared}
    if account == 1:
        return dict(zip(COLUMNS, map(str, _FIRST), strict=True))
    base = _BASES.get(account, 50600 + 100 * (account - 7))
    if account in (5, 6) and _GRP260X.match(identity.model):
        base = 100 * (account + 2)
    return {name: str(base + by) for name, by in zip(COLUMNS, _OFFSETS, strict=True)}


@cache
def aliases() -> dict[str, str]:
    """Return alias -> number, of accounts 1 to 16 and of what the device has once."""
    found = dict(_DEVICE_ALIASES)
    usual = Identity("grandstream", "GRP2615", "", "", "G3")
    for account in range(1, 17):
        for column, number in numbers_of(usual, account).items():
            found[f"account.{account}.{_ACCOUNT_ALIASES[column]}"] = number
    return found


@cache
def _alias_by_number() -> dict[str, str]:
    return {number: alias for alias, number in aliases().items()}


def alias_of(number: str) -> str:
    """Return a P-value's alias, "" when none is known."""
    return _alias_by_number().get(number, "")


def number_of(alias: str, value: str) -> tuple[str, str]:
    """Return the number and value that an alias with its word stands for; others as they are."""
    number = aliases().get(alias, alias)
    if number == "4428":  # the alias has the opposite sense: "Yes" is to challenge
        return number, "0" if value.lower() in ("yes", "1") else "1"
    return number, _WORDS.get(value.lower(), value) if number in _ENUMS else value


@cache
def secrets_of_all() -> frozenset[str]:
    """Return the numbers that hold passwords, of any family."""
    families = [Identity("grandstream", each, "", "", "") for each in
                ("GRP2615", "GRP2604", "HT802", "HT818")]  # fmt: skip
    found = {numbers_of(each, account)["password"] for each in families for account in range(1, 17)
             if account <= 8 or not each.model.startswith("HT")}  # fmt: skip
    return frozenset(found | {"2", "196", "1361", "6769", "1359"})


def bare(name: str) -> str:
    """Return a P-value's number; names of other kinds as they are."""
    return name[1:] if name[:1] == "P" and name[1:].isdigit() else name
