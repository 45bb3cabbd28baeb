"""Identities of Snom phones (other-phones.md, "Snom", bullet "Accounts")."""

from typing import Final

from reconciler.phonefiles.accounts import held_codecs, numbered, refuse_realm
from reconciler.phonefiles.phone import Account, Phone, Said
from reconciler.phonefiles.rows import as_is, write_said
from reconciler.phonefiles.sheet import NotHeld, Sheet
from reconciler.phonefiles.words import Endpoint, chosen, endpoint

_SRTP: Final = {
    "off": ("off", "off"),
    "optional": ("on", "optional"),
    "required": ("on", "mandatory"),
}
"""user_srtp and user_savp."""

_DTMF: Final = {"rfc4733": "off", "info": "sip_info_only"}
"""user_dtmf_info; digits in the sound itself are something that no setting asks for."""

_CODECS: Final = {
    "ulaw": "pcmu", "alaw": "pcma", "g722": "g722", "g729": "g729", "gsm": "gsm", "g726": "g726-32",
}  # fmt: skip


def write_accounts(phone: Phone, sheet: Sheet) -> None:
    """Write the identities that are declared, and switch the others off."""
    for number, account in numbered(phone):
        if account is not None:
            _write(account, phone, sheet)
        else:
            sheet.put(f"user_active.{number}", "off")


def _write(account: Account, phone: Phone, sheet: Sheet) -> None:
    number, line = account.number, account.source
    sheet.put(f"user_active.{number}", "on", line)
    sheet.put(f"user_realname.{number}", account.name, line)
    sheet.put(f"user_name.{number}", account.user, line)
    sheet.put(f"user_pname.{number}", account.user, line)
    if account.secret is not None:
        sheet.put(f"user_pass.{number}", account.secret, line)
    sheet.put(f"user_idle_text.{number}", account.label, f"{line}.label")
    sheet.put(f"user_idle_number.{number}", account.user, line)
    _write_server(account, sheet)
    _write_sound(account, sheet)
    for name, parameter in (
        ("voicemail_number", "user_mailbox"), ("keep_alive", "keepalive_interval"),
    ):  # fmt: skip
        if name in account.sip:
            write_said(account.sip[name], (f"{parameter}.{number}",), as_is, sheet)
    stun = account.sip.get("stun_server")
    if stun is not None:
        with sheet.about(stun.source):
            text = str(endpoint(stun.value)) if stun.value else None
            sheet.put(f"stun_server.{number}", text, stun.source)
    if account.ring_tone is not None:
        sheet.put(f"user_ringer.{number}", account.ring_tone, f"{line}.ring_tone")
    # Asterisk and its kin share a line by registering it more than once: no setting is needed.
    sheet.claim(f"{line}.shared")
    _write_lists(account, phone, sheet)
    refuse_realm(account, sheet)


def _write_server(account: Account, sheet: Sheet) -> None:
    """Where calls go to, and by which transport: that stands at the proxy only."""
    sip, number = account.sip, account.number
    server, port, transport = sip.get("server", Said(None)), sip["port"], sip["transport"]
    if server.value is None:
        return
    with sheet.about(server.source):
        host = Endpoint(endpoint(server.value).host, port.value)
        sheet.put(f"user_host.{number}", str(host), server.source, port.source)
        proxy = sip.get("outbound_proxy", Said(None))
        with sheet.about(proxy.source):
            through = endpoint(proxy.value) if proxy.value else host
            text = (
                f"{Endpoint(through.host, through.port or port.value)};transport={transport.value}"
            )
            sheet.put(f"user_outbound.{number}", text, transport.source, proxy.source)
    write_said(sip["register_expiry"], (f"user_expiry.{number}",), as_is, sheet)
    backup = sip.get("backup_server")
    if backup is not None and backup.value is not None:
        sheet.refuse(backup.source, "a second server would take one of its identities",
                     "let the server's name resolve to both (SRV)")  # fmt: skip
        sheet.claim(sip.get("backup_port", Said(None)).source)


def _write_sound(account: Account, sheet: Sheet) -> None:
    sip, number = account.sip, account.number
    srtp = sip.get("srtp")
    if srtp is not None:
        with sheet.about(srtp.source):
            for name, word in zip(("user_srtp", "user_savp"), _srtp(srtp), strict=True):
                sheet.put(f"{name}.{number}", word, srtp.source)
    dtmf = sip.get("dtmf")
    if dtmf is not None:
        with sheet.about(dtmf.source):
            word = None if dtmf.value is None else chosen(dtmf.value, _DTMF)
            sheet.put(f"user_dtmf_info.{number}", word, dtmf.source)
    codecs = sip.get("codecs")
    if codecs is None:
        return
    if not codecs.value:
        sheet.put(f"codec_priority_list.{number}", None, codecs.source)
        return
    held = held_codecs(codecs, _CODECS, sheet)
    if held:
        events = [] if dtmf is not None and dtmf.value == "info" else ["telephone-event"]
        sheet.put(f"codec_priority_list.{number}", ",".join(held + events), codecs.source)


def _srtp(said: Said) -> tuple[str | None, str | None]:
    if said.value is None:
        return None, None
    if said.value not in _SRTP:
        raise NotHeld(f"it knows no {said.value}", f"it knows {', '.join(_SRTP)}")
    return _SRTP[said.value]


def _write_lists(account: Account, phone: Phone, sheet: Sheet) -> None:
    """Which calls it remembers, identity by identity."""
    kept = phone.said("features.history")
    missed = phone.said("features.missed_calls")
    names = {"record_dialed_calls": kept, "record_received_calls": kept}
    names["record_missed_calls"] = missed or kept
    for name, said in names.items():
        if said is not None:
            word = None if said.value is None else "on" if said.value else "off"
            sheet.put(f"{name}.{account.number}", word, said.source)
