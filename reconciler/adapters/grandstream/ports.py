"""Ports of HT8xx adapters (grandstream.md, B, the two bullets on HT801 to HT818)."""

from typing import Final

from reconciler.adapters.grandstream.accounts import CODECS, SRTP, TRANSPORTS, write_codecs
from reconciler.adapters.grandstream.numbers import codec_parameters, parameter
from reconciler.phonefiles.phone import Account, Phone, Said
from reconciler.phonefiles.rows import Turn, as_is, write_said
from reconciler.phonefiles.sheet import NotHeld, Sheet
from reconciler.phonefiles.words import Endpoint, chosen, endpoint, minutes

_DTMF: Final = {
    "inband": ("100", "101", "102"), "rfc4733": ("101", "102", "100"),
    "info": ("102", "101", "100"),
}  # fmt: skip
"""P850 to P852, the preferred way first: 100 in audio, 101 in RTP, 102 in SIP INFO."""

_HT_CODECS: Final = {**CODECS, "ilbc": "97", "opus": "123"}

_SECOND: Final = {"active": 401, "server": 747, "user": 735, "auth": 736, "password": 734}
"""Port 2 of an HT802; of its other parameters no source tells."""

_PROFILE: Final[tuple[tuple[str, str, Turn], ...]] = (
    ("outbound_proxy", "P48", lambda value: str(endpoint(value))),
    ("transport", "P130", lambda value: chosen(value, TRANSPORTS)),
    ("register_expiry", "P32", minutes),
    ("srtp", "P183", lambda value: chosen(value, SRTP)),
    ("local_port", "P40", as_is),
    ("prack", "P272", as_is),
    ("session_timer", "P2395", as_is),
    ("subscribe_mwi", "P99", as_is),
    ("verify_certificate", "P2367", as_is),
    ("dial_plan", "P4200", as_is),
)

_SAME: Final = ("server", "port", "transport", "register_expiry", "outbound_proxy")
_USUAL: Final = {"transport": "udp", "register_expiry": 3600, "outbound_proxy": None}


def write_ports(phone: Phone, sheet: Sheet) -> None:
    """Write the adapter's ports; those that nobody declares are switched off."""
    if not phone.accounts:
        return
    _write_profile(phone.accounts[0], sheet)
    taken = {each.number: each for each in phone.accounts}
    for number in range(1, phone.model.accounts + 1):
        account = taken.get(number)
        if phone.model.traits["ports"] == "profiled":
            _write_profiled(number, account, phone, sheet)
        elif number == 1:
            _write_first(account, sheet)
        else:
            _write_second(account, phone, sheet)


def _write_profile(account: Account, sheet: Sheet) -> None:
    """Write what the first profile (or port) holds: server and calls."""
    sip = account.sip
    if sip.get("server", Said(None)).value is None:
        return
    with sheet.about(sip["server"].source):
        server = Endpoint(endpoint(sip["server"].value).host, sip["port"].value)
        sheet.put("P47", str(server), sip["server"].source, sip["port"].source)
    for name, parameter_name, turn in _PROFILE:
        if name in sip:
            write_said(sip[name], (parameter_name,), turn, sheet)
    dtmf = sip.get("dtmf")
    if dtmf is not None:
        with sheet.about(dtmf.source):
            if dtmf.value is not None and dtmf.value not in _DTMF:
                raise NotHeld(f"it knows no {dtmf.value}", f"it knows {', '.join(_DTMF)}")
            ways = (None,) * 3 if dtmf.value is None else _DTMF[dtmf.value]
            for index, way in enumerate(ways):
                sheet.put(f"P{850 + index}", way, dtmf.source)
    codecs = sip.get("codecs")
    if codecs is not None:
        write_codecs(codecs, _HT_CODECS, codec_parameters(1, 0, eighth=False), sheet)


def _write_first(account: Account | None, sheet: Sheet) -> None:
    sheet.put("P271", "1" if account else "0", *((account.source,) if account else ()))
    if account is not None:
        sheet.put("P3", account.name, account.source)
        for name, value in (("user", account.user), ("auth", account.user)):
            sheet.put(parameter(name, 1, 0), value, account.source)
        if account.secret is not None:
            sheet.put(parameter("password", 1, 0), account.secret, account.source)
        _claim_line(account, sheet)


def _write_second(account: Account | None, phone: Phone, sheet: Sheet) -> None:
    sheet.put(f"P{_SECOND['active']}", "1" if account else "0")
    if account is None:
        return
    for name, usual in _USUAL.items():
        said = account.sip.get(name, Said(usual))
        if said.value != usual:
            sheet.refuse(said.source, f"for port {account.number} its parameter is not known")
    server = Endpoint(endpoint(account.sip["server"].value).host, account.sip["port"].value)
    sheet.put(f"P{_SECOND['server']}", str(server), account.source)
    sheet.put(f"P{_SECOND['user']}", account.user, account.source)
    sheet.put(f"P{_SECOND['auth']}", account.user, account.source)
    if account.secret is not None:
        sheet.put(f"P{_SECOND['password']}", account.secret, account.source)
    _claim_line(account, sheet)


def _write_profiled(number: int, account: Account | None, phone: Phone, sheet: Sheet) -> None:
    """Every port belongs to the first profile, which is numbered 0."""
    if number == 1:
        sheet.put("P271", "1")
    sheet.put(f"P{4594 + number}", "1" if account else "0")
    if account is None:
        return
    first = phone.accounts[0].sip
    if any(account.sip.get(name) != first.get(name) for name in _SAME):
        sheet.refuse(account.source, "all its ports register to the same server in the same way")
    sheet.put(f"P{4059 + number}", account.user, account.source)
    sheet.put(f"P{4089 + number}", account.user, account.source)
    if account.secret is not None:
        sheet.put(f"P{4119 + number}", account.secret, account.source)
    sheet.put(f"P{4149 + number}", "0", account.source)
    _claim_line(account, sheet)


def _claim_line(account: Account, sheet: Sheet) -> None:
    """Sharing is the PBX's doing; the rest a port cannot have."""
    sheet.claim(f"{account.source}.shared")
