"""Pages of Yealink's generations B and C, as far as the facts name what is in them.

Source: facts on Yealink, A (C login, pages). Rows are `T("Label")` and a label with its value in
`dvalue`; of the ids only some are told, and how account states are written in `g_dataAccStatus` is
not: here it is the code of each account by its number, as generation D has it.
"""

import json
from html import escape
from typing import Final

from reconciler.lab.phones.device import Identity, Phone
from reconciler.lab.phones.wire import Answer
from reconciler.lab.phones.yealink import state

CHANGE_PASSWORD: Final = (
    b'<html><input type="password" name="new"><input type="password" name="again">'
    b'<a id="idConfirm">Confirm</a></html>'
)


def login(identity: Identity, key: str | None, cookie: str) -> Answer:
    """Return the login page, which names model and firmware to everybody; `key` in hex."""
    keys = f'var g_rsa_n="{key}";var g_rsa_e="10001";' if key else ""
    page = (
        f'<html><script>{keys}var g_phonetype="{identity.model}";'
        f'var g_strFirmware="{identity.firmware}";</script>'
        '<input id="idUsername" name="username"><input id="idPassword" type="password" '
        'name="pwd"><a id="idConfirm">Login</a></html>'
    )
    header = ("Set-Cookie", f"JSESSIONID={cookie}; Path=/; HttpOnly")
    return Answer(200, page.encode(), headers=(header,))


def result(content: object) -> Answer:
    """Return what scripts read: JSON in a page."""
    text = json.dumps(content, separators=(",", ":"))
    return Answer(200, f'<html><body><div id="_RES_INFO_">{text}</div></body></html>'.encode())


def verdict(word: str) -> Answer:
    """Return what came of a login on C: `done`, `none` or `lock` with words for people."""
    answer = result({"authstatus": word})
    if word != "lock":
        return answer
    return Answer(200, answer.body + b"Please try again 3 minutes later.")


def _with_token(token: str, content: str) -> Answer:
    return Answer(200, f'<html><script>var g_strToken="{token}";</script>{content}</html>'.encode())


def status(phone: Phone, token: str) -> Answer:
    """Return the status page."""
    identity = phone.identity
    rows = (
        ("Hardware Version", "hardware-version", identity.hardware),
        ("Firmware Version", "tdFirmware", identity.firmware),
        ("MAC Address", "tdMACAddress", identity.colons.upper()),
        ("Machine ID", "tdMachineID", identity.serial),
        ("WAN IP", "tdWANIP", phone.address),
    )
    cells = "".join(
        f'<tr><td><script>document.write(T("{label}"))</script></td>'
        f'<td><label id="{name}" dvalue="{escape(value)}"></label></td></tr>'
        for label, name, value in rows
    )
    script = (
        f'<script>var g_strFirmware="{identity.firmware}";var g_hwVer="{identity.hardware}";'
        f'var g_phonetype="{identity.model}";'
        f"var g_dataAccStatus={json.dumps(state.states(phone))};</script>"
    )
    return _with_token(token, f"{script}<table>{cells}</table>")


def autop(phone: Phone, token: str) -> Answer:
    """Return the page of auto provisioning."""
    url = escape(state.shown(phone, "static.auto_provision.server.url"))
    return _with_token(
        token,
        f'<input id="AutoProvisionServerURL" value="{url}"><input id="AutoProvisionUser">'
        '<input id="AutoProvisionPassword" type="password"><a id="btn_confirm1">Confirm</a>'
        '<a id="btnAutopNow">Auto Provision Now</a>',
    )


def upgrade(token: str) -> Answer:
    """Return the page with the button that resets; the request behind it is in no source."""
    return _with_token(token, '<a id="ResetFactory">Reset to Factory</a>')
