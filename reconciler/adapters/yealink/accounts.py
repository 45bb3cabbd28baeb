"""Accounts of Yealink phones (yealink.md, B, rows "account n" to "MWI/VM")."""

from collections.abc import Mapping
from typing import Final

from reconciler.model.value import Value
from reconciler.phonefiles.accounts import held_codecs, numbered, refuse_realm
from reconciler.phonefiles.phone import Account, Phone, Said
from reconciler.phonefiles.rows import Turn, as_is, between, write_said
from reconciler.phonefiles.sheet import Sheet, Written
from reconciler.phonefiles.words import chosen, endpoint

TRANSPORTS: Final = {"udp": "0", "tcp": "1", "tls": "2"}
_SRTP: Final = {"off": "0", "optional": "1", "required": "2"}
_DTMF: Final = {"inband": "0", "rfc4733": "1", "info": "2"}
_CODECS: Final = {
    "ulaw": "pcmu", "alaw": "pcma", "g722": "g722", "g729": "g729", "opus": "opus",
    "ilbc": "ilbc", "g726": "g726_32",
}  # fmt: skip
_EVERYWHERE: Final = ("pcmu", "pcma", "g722", "g729")
"""Codecs of every model: what is not wanted of them is switched off by name."""


def _word(words: Mapping[str, str]) -> Turn:
    def turn(value: Value) -> Written:
        return chosen(value, words)

    return turn


_PLAIN: Final[tuple[tuple[str, str, Turn], ...]] = (
    ("srtp", "srtp_encryption", _word(_SRTP)),
    ("dtmf", "dtmf.type", _word(_DTMF)),
    ("local_port", "sip_listen_port", as_is),
    ("session_timer", "session_timer.enable", as_is),
    ("prack", "100rel_enable", as_is),
    ("subscribe_mwi", "subscribe_mwi", as_is),
    ("accept_only_from_server", "sip_trust_ctrl", as_is),
)


def write_accounts(phone: Phone, sheet: Sheet) -> None:
    """Write the accounts that are declared, and switch the others off."""
    for number, account in numbered(phone):
        if account is not None:
            _write(account, phone, sheet)
        else:
            sheet.put(f"account.{number}.enable", 0)


def _write(account: Account, phone: Phone, sheet: Sheet) -> None:
    prefix, line = f"account.{account.number}", account.source
    sheet.put(f"{prefix}.enable", 1, line)
    sheet.put(f"{prefix}.label", account.label, f"{line}.label")
    if phone.model.traits["dect"] == "yes":
        # A base gives line n to handset n; its name is what the handset shows.
        sheet.put(f"handset.{account.number}.name", account.label, f"{line}.label")
    sheet.put(f"{prefix}.display_name", account.name, line)
    sheet.put(f"{prefix}.user_name", account.user, line)
    sheet.put(f"{prefix}.auth_name", account.user, line)
    if account.secret is not None:
        sheet.put(f"{prefix}.password", account.secret, line)
    _write_servers(prefix, account, sheet)
    for name, parameter, turn in _PLAIN:
        if name in account.sip:
            write_said(account.sip[name], (f"{prefix}.{parameter}",), turn, sheet)
    _write_codecs(prefix, account, sheet)
    _write_keep_alive(prefix, account, sheet)
    if "voicemail_number" in account.sip:
        said = account.sip["voicemail_number"]
        write_said(said, (f"voice_mail.number.{account.number}",), as_is, sheet)
    if account.shared is not None:
        # 0 is private, 1 shared call appearance (BroadSoft): Asterisk and its kin share a line by
        # registering it more than once, which needs no parameter.
        sheet.put(f"{prefix}.shared_line", "0", f"{line}.shared")
    _write_for_line(prefix, account, phone, sheet)
    refuse_realm(account, sheet)


def _write_servers(prefix: str, account: Account, sheet: Sheet) -> None:
    sip = account.sip
    if sip.get("server", Said(None)).value is None:
        return
    _write_server(f"{prefix}.sip_server.1", sip["server"], sip["port"], sip, sheet)
    if sip.get("backup_server", Said(None)).value is not None:
        port = sip.get("backup_port", sip["port"])
        _write_server(f"{prefix}.sip_server.2", sip["backup_server"], port, sip, sheet)
    proxy = sip.get("outbound_proxy")
    if proxy is None:
        sheet.put(f"{prefix}.outbound_proxy_enable", 0)
        return
    with sheet.about(proxy.source):
        sheet.put(f"{prefix}.outbound_proxy_enable", proxy.value is not None, proxy.source)
        if proxy.value is not None:
            through = endpoint(proxy.value)
            sheet.put(f"{prefix}.outbound_proxy.1.address", through.host, proxy.source)
            sheet.put(f"{prefix}.outbound_proxy.1.port", through.port or 5060, proxy.source)


def _write_server(
    prefix: str, server: Said, port: Said, sip: Mapping[str, Said], sheet: Sheet
) -> None:
    with sheet.about(server.source):
        sheet.put(f"{prefix}.address", endpoint(server.value).host, server.source)
    sheet.put(f"{prefix}.port", port.value, port.source)
    write_said(sip["transport"], (f"{prefix}.transport_type",), _word(TRANSPORTS), sheet)
    write_said(sip["register_expiry"], (f"{prefix}.expires",), as_is, sheet)


def _write_codecs(prefix: str, account: Account, sheet: Sheet) -> None:
    said = account.sip.get("codecs")
    if said is None:
        return
    if not said.value:
        for codec in _EVERYWHERE:
            sheet.put(f"{prefix}.codec.{codec}.enable", None, said.source)
            sheet.put(f"{prefix}.codec.{codec}.priority", None, said.source)
        return
    held = held_codecs(said, _CODECS, sheet)
    for place, codec in enumerate(held, 1):
        sheet.put(f"{prefix}.codec.{codec}.enable", 1, said.source)
        sheet.put(f"{prefix}.codec.{codec}.priority", place, said.source)
    for codec in _EVERYWHERE:
        if codec not in held:
            sheet.put(f"{prefix}.codec.{codec}.enable", 0, said.source)


def _write_keep_alive(prefix: str, account: Account, sheet: Sheet) -> None:
    said = account.sip.get("keep_alive")
    if said is not None:
        enabled = None if said.value is None else said.value > 0
        sheet.put(f"{prefix}.nat.udp_update_enable", enabled, said.source)
        if enabled:
            name = f"{prefix}.nat.udp_update_time"
            write_said(said, (name,), between(15, 2147483647, "seconds"), sheet)


def _write_for_line(prefix: str, account: Account, phone: Phone, sheet: Sheet) -> None:
    """Write what a line says itself, or the phone for all its lines."""
    answer = phone.said("features.auto_answer")
    if account.auto_answer is not None:
        own = f"{account.source}.auto_answer"
        sheet.put(f"{prefix}.auto_answer", account.auto_answer, own)
    elif answer is not None:
        write_said(answer, (f"{prefix}.auto_answer",), as_is, sheet)
    if account.ring_tone is not None:
        name = f"{prefix}.ringtone.ring_type"
        sheet.put(name, account.ring_tone, f"{account.source}.ring_tone")
    missed = phone.said("features.missed_calls")
    if missed is not None:
        write_said(missed, (f"{prefix}.missed_calllog",), as_is, sheet)
