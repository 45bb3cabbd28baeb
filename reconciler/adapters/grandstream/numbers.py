"""Where an account's parameters stand among the P-values (grandstream.md, B, "Account P-values").

Account 1 is scattered; accounts 2 to 4 begin at 400, 500 and 600, 5 and 6 at 1700 and 1800, or at
700 and 800 on GRP phones (both of the vendor's GRP templates say so); from 7 on at 50600. What
came later stands at 2300 + 100 for each account, of six accounts.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from reconciler.phonefiles.sheet import NotHeld

_FIRST: Final[Mapping[str, int]] = {
    "active": 271, "server": 47, "proxy": 48, "user": 35, "auth": 36, "password": 34, "name": 3,
    "label": 270, "expiry": 32, "registers": 31, "transport": 130, "srtp": 183, "voicemail": 33,
    "local_port": 40, "nat": 52, "mwi": 99, "auto_answer": 90, "prack": 272, "intercom": 298,
    "dial_plan": 290,
}  # fmt: skip
_FIRST_CODECS: Final = (57, 58, 59, 60, 61, 62, 46, 98)

_OTHERS: Final[Mapping[str, int]] = {
    "active": 1, "server": 2, "proxy": 3, "user": 4, "auth": 5, "password": 6, "name": 7,
    "label": 17, "expiry": 12, "registers": 10, "transport": 48, "srtp": 43, "voicemail": 26,
    "local_port": 13, "nat": 14, "mwi": 15, "auto_answer": 25, "prack": 35, "intercom": 38,
    "dial_plan": 59,
}  # fmt: skip
_OTHER_CODECS: Final = 51

_LATER: Final[Mapping[str, int]] = {
    "in_audio": 2301, "in_rtp": 2302, "in_info": 2303, "backup": 2312, "from_server": 2347,
    "verify": 2367, "session_timer": 2395,
}  # fmt: skip
_LATER_ACCOUNTS: Final = 6


def parameter(name: str, account: int, high: int) -> str:
    """Return an account's parameter. Raises NotHeld where nobody knows its P-value."""
    if name in _LATER:
        if account > _LATER_ACCOUNTS:
            raise NotHeld(f"its P-value for account {account} is not known")
        return f"P{_LATER[name] + 100 * (account - 1)}"
    if account == 1:
        return f"P{_FIRST[name]}"
    if name == "dial_plan" and account == 5:
        return "P1759"  # on GRP phones, too
    return f"P{_block(account, high) + _OTHERS[name]}"


@cache
def codec_parameters(account: int, high: int, eighth: bool) -> tuple[str, ...]:  # noqa: FBT001
    """Return the parameters of an account's codecs, the preferred one first."""
    if account == 1:
        numbers: tuple[int, ...] = _FIRST_CODECS
    else:
        first = _block(account, high) + _OTHER_CODECS
        numbers = tuple(range(first, first + 8))
    return tuple(f"P{each}" for each in numbers[: 8 if eighth else 7])


@cache
def firsts(high: int, accounts: int) -> Mapping[str, tuple[str, int]]:
    """Return of each account's parameter that of account 1, and the account."""
    found: dict[str, tuple[str, int]] = {}
    for account in range(1, accounts + 1):
        for name, first in _FIRST.items():
            found[parameter(name, account, high)] = (f"P{first}", account)
        if account <= _LATER_ACCOUNTS:
            for name, first in _LATER.items():
                found[parameter(name, account, high)] = (f"P{first}", account)
        codecs = codec_parameters(account, high, eighth=True)
        for codec, first in zip(codecs, _FIRST_CODECS, strict=True):
            found[codec] = (f"P{first}", account)
    return found


def _block(account: int, high: int) -> int:
    if account <= 4:
        return 100 * (account + 2)
    if account <= 6:
        return high + 100 * (account - 5)
    return 50600 + 100 * (account - 7)
