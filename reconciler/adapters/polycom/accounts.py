"""Registrations of Poly phones (polycom.md, B, rows "account n" to "MWI")."""

from typing import Final

from reconciler.phonefiles.accounts import held_codecs, numbered, refuse_realm
from reconciler.phonefiles.phone import Account, Phone, Said
from reconciler.phonefiles.rows import Turn, as_is, write_said
from reconciler.phonefiles.sheet import NotHeld, Sheet
from reconciler.phonefiles.words import chosen, endpoint

_TRANSPORTS: Final = {"udp": "UDPOnly", "tcp": "TCPOnly", "tls": "TLS"}

_CODECS: Final = {
    "ulaw": "G711_Mu", "alaw": "G711_A", "g722": "G722", "g729": "G729_AB",
}  # fmt: skip
"""Codecs without a rate in their name: of Opus and iLBC the sources give no whole name."""

_SRTP: Final = {"off": "000", "optional": "110", "required": "111"}
"""Enabled, offered, required."""


def write_accounts(phone: Phone, sheet: Sheet) -> None:
    """Write the registrations that are declared, and empty the others (an empty one is off)."""
    for number, account in numbered(phone):
        if account is not None:
            _write(account, phone, sheet)
        else:
            sheet.put(f"reg.{number}.address", "")
    if phone.accounts:
        _write_for_all(phone, sheet)


def _write(account: Account, phone: Phone, sheet: Sheet) -> None:
    prefix, line = f"reg.{account.number}", account.source
    sheet.put(f"{prefix}.address", account.user, line)
    label, sources = _label(account, phone)
    sheet.put(f"{prefix}.label", label, *sources)
    sheet.put(f"{prefix}.displayName", account.name, line)
    sheet.put(f"{prefix}.auth.userId", account.user, line)
    if account.secret is not None:
        sheet.put(f"{prefix}.auth.password", account.secret, line)
    # Lines that several phones show are shared by registering more than once; "shared" would ask
    # the server for a kind of sharing that only some have.
    sheet.put(f"{prefix}.type", "private", f"{line}.shared")
    sheet.put(f"{prefix}.lineKeys", 1)
    _write_servers(prefix, account, sheet)
    voicemail = account.sip.get("voicemail_number")
    if voicemail is not None:
        mode = "contact" if voicemail.value else "disabled"
        sheet.put(f"msg.mwi.{account.number}.callBackMode", mode, voicemail.source)
        sheet.put(f"msg.mwi.{account.number}.callBack", voicemail.value, voicemail.source)
    mwi = account.sip.get("subscribe_mwi")
    if mwi is not None:
        # What is subscribed to is the registration's own address; empty is not at all.
        address = account.user if mwi.value else ""
        sheet.put(f"msg.mwi.{account.number}.subscribe", address, mwi.source)
    plan = account.sip.get("dial_plan")
    if plan is not None:
        write_said(plan, (f"dialplan.{account.number}.digitmap",), as_is, sheet)
    refuse_realm(account, sheet)


def _label(account: Account, phone: Phone) -> tuple[str, tuple[str, ...]]:
    """A line's key shows the registration's label, so what the key says counts there."""
    own = f"{account.source}.label"
    for key in phone.keys or ():
        is_its = key.action == "line" and key.value == str(account.number)
        says_it = "label" in key.parts
        if is_its and says_it and (own not in phone.declared or key.label == account.label):
            return key.label, (f"{key.source}.label", own)
    return account.label, (own,)


def _write_servers(prefix: str, account: Account, sheet: Sheet) -> None:
    sip = account.sip
    if sip.get("server", Said(None)).value is None:
        return
    _write_server(f"{prefix}.server.1", account, "server", "port", sheet)
    if sip.get("backup_server", Said(None)).value is not None:
        _write_server(f"{prefix}.server.2", account, "backup_server", "backup_port", sheet)
    proxy = sip.get("outbound_proxy")
    if proxy is not None:
        with sheet.about(proxy.source):
            through = endpoint(proxy.value) if proxy.value else None
            host = through.host if through else ""
            sheet.put(f"{prefix}.outboundProxy.address", host, proxy.source)
            if through is not None and through.port is not None:
                sheet.put(f"{prefix}.outboundProxy.port", through.port, proxy.source)
            if through is not None:
                word = chosen(sip["transport"].value, _TRANSPORTS)
                sheet.put(f"{prefix}.outboundProxy.transport", word, proxy.source)


def _write_server(prefix: str, account: Account, server: str, port: str, sheet: Sheet) -> None:
    sip = account.sip
    with sheet.about(sip[server].source):
        sheet.put(f"{prefix}.address", endpoint(sip[server].value).host, sip[server].source)
    number = sip.get(port, sip["port"])
    sheet.put(f"{prefix}.port", number.value, number.source)
    turn: Turn = lambda value: chosen(value, _TRANSPORTS)  # noqa: E731
    write_said(sip["transport"], (f"{prefix}.transport",), turn, sheet)
    write_said(sip["register_expiry"], (f"{prefix}.expires",), as_is, sheet)
    sheet.put(f"{prefix}.register", 1)


def _write_for_all(phone: Phone, sheet: Sheet) -> None:
    """Write what this vendor says once for all registrations."""
    for name, write in (("srtp", _write_srtp), ("codecs", _write_codecs), ("dtmf", _write_dtmf)):
        said = [each.sip[name] for each in phone.accounts if name in each.sip]
        for other in said[1:]:
            if other.value != said[0].value:
                sheet.refuse(other.source, f"it has one {name} for all its lines")
        if said:
            with sheet.about(said[0].source):
                write(said[0], sheet)


def _write_srtp(said: Said, sheet: Sheet) -> None:
    flags = (None,) * 3 if said.value is None else chosen(said.value, _SRTP)
    for name, flag in zip(("enable", "offer", "require"), flags, strict=True):
        sheet.put(f"sec.srtp.{name}", flag, said.source)


def _write_codecs(said: Said, sheet: Sheet) -> None:
    if not said.value:
        for codec in _CODECS.values():
            sheet.put(f"voice.codecPref.{codec}", None, said.source)
        return
    held = held_codecs(said, _CODECS, sheet)
    for place, codec in enumerate(held, 1):
        sheet.put(f"voice.codecPref.{codec}", place, said.source)
    for codec in _CODECS.values():
        if held and codec not in held:
            sheet.put(f"voice.codecPref.{codec}", 0, said.source)


def _write_dtmf(said: Said, sheet: Sheet) -> None:
    ways = {"rfc4733": ("1", "1", "0"), "inband": ("1", "0", "0"), "info": ("0", "0", "1")}
    if said.value is not None and said.value not in ways:
        raise NotHeld(f"it knows no {said.value}", f"it knows {', '.join(ways)}")
    in_rtp, as_event, in_info = (None,) * 3 if said.value is None else ways[said.value]
    sheet.put("tone.dtmf.viaRtp", in_rtp, said.source)
    sheet.put("tone.dtmf.rfc2833Control", as_event, said.source)
    sheet.put("voIpProt.SIP.dtmfViaSignaling.rfc2976", in_info, said.source)
