"""Lines of Fanvil phones (other-phones.md, "Fanvil"; Wazo's plug-in for what numbers mean)."""

from typing import Final

from reconciler.model.value import Value
from reconciler.phonefiles.accounts import held_codecs, numbered, refuse_realm
from reconciler.phonefiles.phone import Account, Phone, Said
from reconciler.phonefiles.rows import Turn, as_is, write_said
from reconciler.phonefiles.sheet import NotHeld, Sheet, Written
from reconciler.phonefiles.words import chosen, endpoint

_TRANSPORTS: Final = {"udp": "0", "tcp": "1", "tls": "3"}
_DTMF: Final = {"inband": "0", "rfc4733": "1", "info": "2"}
_CODECS: Final = {
    "ulaw": "PCMU", "alaw": "PCMA", "g722": "G722", "g729": "G729", "g726": "G726-32",
    "ilbc": "iLBC",
}  # fmt: skip


def _srtp(value: Value) -> Written:
    if value != "off":
        raise NotHeld(
            "which number its MediaCrypto takes for that is not known",
            "try it on the phone and write sip/line.1/MediaCrypto in raw",
        )
    return "0"


_PLAIN: Final[tuple[tuple[str, str, Turn], ...]] = (
    ("dtmf", "DTMFMode", lambda value: chosen(value, _DTMF)),
    ("srtp", "MediaCrypto", _srtp),
    ("prack", "PRACK", as_is),
    ("session_timer", "SessionTimer", as_is),
    ("subscribe_mwi", "Subscribe", as_is),
    ("voicemail_number", "MWINum", as_is),
)


def write_accounts(phone: Phone, sheet: Sheet) -> None:
    """Write the lines that are declared, and switch the others off."""
    for number, account in numbered(phone):
        if account is not None:
            _write(account, phone, sheet)
        else:
            sheet.put(f"sip/line.{number}/EnableReg", 0)


def _write(account: Account, phone: Phone, sheet: Sheet) -> None:
    prefix, line = f"sip/line.{account.number}", account.source
    sheet.put(f"{prefix}/PhoneNumber", account.user, line)
    sheet.put(f"{prefix}/DisplayName", account.name, line)
    sheet.put(f"{prefix}/RegisterUser", account.user, line)
    if account.secret is not None:
        sheet.put(f"{prefix}/RegisterPswd", account.secret, line)
    sheet.put(f"{prefix}/EnableReg", 1, line)
    _write_servers(prefix, account, sheet)
    for name, element, turn in _PLAIN:
        if name in account.sip:
            write_said(account.sip[name], (f"{prefix}/{element}",), turn, sheet)
    _write_codecs(prefix, account, sheet)
    _write_keep_alive(prefix, account, sheet)
    _write_for_line(prefix, account, phone, sheet)


def _write_servers(prefix: str, account: Account, sheet: Sheet) -> None:
    sip = account.sip
    server = sip.get("server", Said(None))
    if server.value is None:
        return
    with sheet.about(server.source):
        sheet.put(f"{prefix}/RegisterAddr", endpoint(server.value).host, server.source)
    sheet.put(f"{prefix}/RegisterPort", sip["port"].value, sip["port"].source)
    turn: Turn = lambda value: chosen(value, _TRANSPORTS)  # noqa: E731
    write_said(sip["transport"], (f"{prefix}/Transport",), turn, sheet)
    write_said(sip["register_expiry"], (f"{prefix}/RegisterTTL",), as_is, sheet)
    _write_proxy(prefix, account, sheet)
    backup = sip.get("backup_server")
    if backup is not None and backup.value is not None:
        with sheet.about(backup.source):
            sheet.put(f"{prefix}/BackupAddr", endpoint(backup.value).host, backup.source)
        port = sip.get("backup_port", sip["port"])
        sheet.put(f"{prefix}/BackupPort", port.value, port.source)
        sheet.put(f"{prefix}/BackupTransport", chosen(sip["transport"].value, _TRANSPORTS))
        sheet.put(f"{prefix}/BackupTTL", sip["register_expiry"].value)


def _write_proxy(prefix: str, account: Account, sheet: Sheet) -> None:
    proxy = account.sip.get("outbound_proxy", Said(None))
    with sheet.about(proxy.source):
        through = endpoint(proxy.value) if proxy.value else None
        sheet.put(f"{prefix}/ProxyAddr", through.host if through else None, proxy.source)
        if through is not None:
            sheet.put(f"{prefix}/ProxyPort", through.port or 5060, proxy.source)
            sheet.put(f"{prefix}/ProxyUser", account.user, proxy.source)
            if account.secret is not None:
                sheet.put(f"{prefix}/ProxyPswd", account.secret, proxy.source)


def _write_codecs(prefix: str, account: Account, sheet: Sheet) -> None:
    said = account.sip.get("codecs")
    if said is None:
        return
    if not said.value:
        sheet.put(f"{prefix}/VoiceCodecMap", None, said.source)
        return
    held = held_codecs(said, _CODECS, sheet, "how it writes {} is not known")
    if held:
        sheet.put(f"{prefix}/VoiceCodecMap", ",".join(held), said.source)


def _write_keep_alive(prefix: str, account: Account, sheet: Sheet) -> None:
    said = account.sip.get("keep_alive")
    if said is not None:
        kind = None if said.value is None else 2 if said.value else 0
        sheet.put(f"{prefix}/NATUDPUpdate", kind, said.source)
        if said.value:
            sheet.put(f"{prefix}/UDPUpdateTTL", said.value, said.source)


def _write_for_line(prefix: str, account: Account, phone: Phone, sheet: Sheet) -> None:
    """Write what a line says itself, or the phone for all its lines."""
    own = account.source
    answer = phone.said("features.auto_answer")
    if account.auto_answer is not None:
        sheet.put(f"{prefix}/AutoAnswer", account.auto_answer, f"{own}.auto_answer")
    elif answer is not None:
        write_said(answer, (f"{prefix}/AutoAnswer",), as_is, sheet)
    if account.ring_tone is not None:
        sheet.put(f"{prefix}/RingType", account.ring_tone, f"{own}.ring_tone")
    missed = phone.said("features.missed_calls")
    if missed is not None:
        write_said(missed, (f"{prefix}/MissedCallLog",), as_is, sheet)
    hotline = phone.said("features.hotline")
    if hotline is not None:
        sheet.put(f"{prefix}/EnableHotline", bool(hotline.value), hotline.source)
        sheet.put(f"{prefix}/HotlineNum", hotline.value, hotline.source)
    # Sharing is done by registering more than once: no element is needed.
    sheet.claim(f"{own}.shared")
    has_key = any(
        each.action == "line" and each.value == str(account.number) for each in phone.keys or ()
    )
    if f"{own}.label" in phone.declared and not has_key:
        why = "only keys have labels, and the line has none"
        sheet.refuse(f"{own}.label", why, f"add {{line: {account.number}}} to keys")
    refuse_realm(account, sheet)
