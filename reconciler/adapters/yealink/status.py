"""What a Yealink says of itself now, by generation (yealink.md, A)."""

import html
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from reconciler.adapters.yealink.identify import page_variables, stamp
from reconciler.adapters.yealink.session import Session
from reconciler.device import DeviceAccount, Identity, Status
from reconciler.transport.phone_http import PhoneAnswer

_DOING: Final = "reading its status"
_REGISTERED: Final[Mapping[str, bool]] = {"1": False, "2": True, "3": False, "4": False}
"""0 disabled, 1 registering, 2 registered, 3 failed, 4 unregistered."""
_MOST: Final = 64
_ROWS, _ROW, _CELLS = 500, 4000, 20
"""How much of a page's table is looked at."""


async def read_status(session: Session) -> Status:
    """Return the status."""
    if session.generation == "D":
        return await _read_json(session)
    if session.generation == "A":
        return Status(_from_rows(session.identity, rows_of(session.start_page)))
    page = await session.page("status", doing=_DOING)
    variables = page_variables(page)
    identity = _from_rows(session.identity, {**rows_of(page), **labels_of(page)})
    firmware = variables.get("g_strFirmware", "")
    if re.fullmatch(r"[\d.]{3,40}", firmware):
        identity = identity._replace(firmware=firmware)
    return Status(identity, accounts=_page_accounts(page))


async def _read_json(session: Session) -> Status:
    states = await session.ask("/api/account/status", "AccountRegister", {}, doing=_DOING)
    details = await session.ask("/api/account/info", "AccountRegister", {}, doing=_DOING)
    answer = await session.get("/api/common/info/status/talking", stamp("Status"), doing=_DOING)
    return Status(
        session.identity,
        accounts=_accounts(states, details),
        in_call=_talking(answer),
    )


def _talking(answer: PhoneAnswer) -> bool | None:
    found = answer.object()
    said = found.get("data") if found.get("ret") == "ok" else None
    return said if isinstance(said, bool) else None


def _accounts(states: Any, details: Any) -> tuple[DeviceAccount, ...] | None:
    if not isinstance(states, dict):
        return None
    rows: dict[str, Mapping[str, Any]] = {}
    for row in details if isinstance(details, list) else ():
        if isinstance(row, dict):
            rows[str(row.get("id") or row.get("account"))] = row
    found = []
    for number, code in list(states.items())[:_MOST]:
        if not re.fullmatch(r"\d{1,3}", str(number)) or str(code) == "0":
            continue
        row = rows.get(str(number), {})
        user = next(
            (str(row[n])[:128] for n in ("userName", "user_name", "user") if row.get(n)), ""
        )
        found.append(DeviceAccount(int(number), user, registered=_REGISTERED.get(str(code))))
    return tuple(found)


def _page_accounts(page: str) -> tuple[DeviceAccount, ...] | None:
    """Return accounts out of `g_dataAccStatus`; None unless it is what it is taken for (L)."""
    text = page.partition("g_dataAccStatus")[2][:8192].partition(";")[0].strip()
    try:
        data = json.loads(text.removeprefix("=")) if text.startswith("=") else None
    except (ValueError, RecursionError):
        return None
    if isinstance(data, list):
        data = {str(number): code for number, code in enumerate(data, 1)}
    return _accounts(data, None)


def rows_of(page: str) -> dict[str, str]:
    """Return the rows of a page's table: label -> value, tags removed, labels in lower case.

    The page is cut apart instead of searched through: a hostile one must not cost more than its
    length.
    """
    rows: dict[str, str] = {}
    for row in re.split(r"(?i)<tr\b", page)[1:_ROWS]:
        texts = []
        for cell in re.split(r"(?i)<t[dh]\b", row[:_ROW])[1:_CELLS]:
            inner = cell.partition(">")[2].partition("</t")[0]
            text = " ".join(html.unescape(re.sub(r"<[^<>]*>", " ", inner)).split()).strip(" :")
            texts += [text] if text else []
        if len(texts) >= 2:
            rows.setdefault(texts[0].lower(), texts[1])
    return rows


def labels_of(page: str) -> dict[str, str]:
    """Return what stands in `T("MAC Address")` and the next `dvalue="..."`, labels in lower case.

    Ids of the values are known for a few only (facts on Yealink, A), so the labels are read.
    """
    found: dict[str, str] = {}
    for part in page.split('T("')[1:_ROWS]:
        label, _, rest = part[:_ROW].partition('")')
        value = re.search(r'\bdvalue="([^"]{0,200})"', rest)
        if value is not None:
            found.setdefault(label.strip().lower(), html.unescape(value[1]))
    return found


def _from_rows(identity: Identity, rows: Mapping[str, str]) -> Identity:
    mac = re.sub(r"[^0-9a-f]", "", rows.get("mac address", rows.get("mac", "")).lower())
    model = rows.get("product name", "").removeprefix("SIP-")
    firmware = rows.get("firmware version", "")
    return identity._replace(
        model=identity.model or (model if re.fullmatch(r"[\w .+-]{1,32}", model) else ""),
        firmware=firmware if re.fullmatch(r"[\d.]{3,40}", firmware) else identity.firmware,
        mac=mac if len(mac) == 12 else identity.mac,
        serial=rows.get("machine id", identity.serial)[:64],
        hw_revision=rows.get("hardware version", identity.hw_revision)[:64],
    )
