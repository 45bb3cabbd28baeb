"""Which Grandstream is there: asked in the order that burns no login attempt (grandstream.md, A).

1. `api.values.get`: JSON names model, firmware and MAC before any login; a token means G2b.
2. `access` gives out a nonce: G3. It is no attempt; the firmware does not even check the name.
3. JSON but neither: G2. 4. `api-get_system_base_info`: G4. 5. A page with a P2 field: G1.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from reconciler.device import Identity
from reconciler.transport.phone_http import PhoneAnswer, PhoneHttp

USER: Final = "admin"
_ASKED: Final = "phone_model:68:67:vendor_name:password_token"
_MODEL: Final = re.compile(r"\b((?:GXP|GRP|GXV|WP|HT|DP|GAC)\d{3,4}[A-Z]?(?:V2)?)\b")


class Challenge(NamedTuple):
    """What a login has to begin with: the nonce of G3 or the token of G2b."""

    generation: str
    text: str = ""


def page_headers(http: PhoneHttp) -> dict[str, str]:
    """Return what a browser says of where it comes from: without it phones answer 403 (A3, 4)."""
    return {"Origin": http.origin, "Referer": f"{http.origin}/"}


def success(answer: PhoneAnswer) -> Any:
    """Return the body of a `{"response":"success"}`; None for anything else."""
    found = answer.object()
    return found.get("body") if found.get("response") == "success" else None


async def identify_phone(http: PhoneHttp) -> tuple[Identity, Challenge] | None:
    """Return who is there and how its login begins; None if it is no Grandstream."""
    told = await ask_model(http)
    token = str(told.get("password_token") or "")
    if token:
        return _identity(http, "G2b", told), Challenge("G2b", token)
    nonce = await ask_nonce(http)
    if nonce is not None:
        if not told:
            told = await _ask_definition(http)
        found = _identity(http, "G3", told)
        return (found, Challenge("G3", nonce)) if found.model or told else None
    if told:
        return _identity(http, "G2", told), Challenge("G2")
    return await _identify_other(http)


async def ask_model(http: PhoneHttp) -> Mapping[str, Any]:
    """Return what the phone tells everybody; empty if it does not speak so, or is another's."""
    answer = await http.get(
        "/cgi-bin/api.values.get", [("request", _ASKED)], headers=page_headers(http),
        anonymous=True, doing="asking who is there",
    )  # fmt: skip
    body = success(answer)
    if not isinstance(body, dict):
        return {}
    vendor = str(body.get("vendor_name") or "")
    model = str(body.get("phone_model") or "")
    return body if "grandstream" in vendor.lower() or _MODEL.search(model) else {}


async def ask_nonce(http: PhoneHttp) -> str | None:
    """Return a fresh nonce of a G3, None if there is no such thing. Each login needs its own."""
    access = hashlib.sha256(USER.encode()).hexdigest()
    answer = await http.send(
        "POST", "/cgi-bin/access", form=[("access", access)], headers=page_headers(http),
        anonymous=True, doing="asking how to log in",
    )  # fmt: skip
    body = success(answer) if answer.status == 200 else None
    return body if isinstance(body, str) and 8 <= len(body) <= 256 else None


async def _ask_definition(http: PhoneHttp) -> Mapping[str, Any]:
    answer = await http.get(
        "/json/configs/model.define.js", anonymous=True, headers=page_headers(http),
        doing="asking who is there",
    )  # fmt: skip
    text = answer.text if answer.status == 200 else ""
    found = re.search(r"""["']?\bmodel["']?\s*[:=]\s*["']([\w.-]{2,32})["']""", text)
    return {"phone_model": found[1]} if found else {}


async def _identify_other(http: PhoneHttp) -> tuple[Identity, Challenge] | None:
    answer = await http.get(
        "/cgi-bin/api-get_system_base_info", anonymous=True, headers=page_headers(http),
        doing="asking who is there",
    )  # fmt: skip
    body = success(answer)
    if isinstance(body, dict) and body.get("product"):
        told = {"phone_model": body["product"]}
        return _identity(http, "G4", told), Challenge("G4")
    page = await http.get("/", anonymous=True, doing="asking who is there")
    server = page.headers.get("server", "")
    ours = "grandstream" in server.lower() or "grandstream" in page.text.lower()
    if not ours or not ("dologin" in page.text or 'name="P2"' in page.text):
        return None
    model = _MODEL.search(f"{server} {page.text}")
    told = {"phone_model": model[1]} if model else {}
    return _identity(http, "G1", told), Challenge("G1")


def _identity(http: PhoneHttp, generation: str, told: Mapping[str, Any]) -> Identity:
    mac = re.sub(r"[^0-9a-f]", "", str(told.get("67") or "").lower())
    return Identity(
        vendor="grandstream",
        generation=generation,
        model=_word(told.get("phone_model")),
        firmware=_word(told.get("68")),
        mac=mac if len(mac) == 12 else "",
        scheme=http.scheme,
        pin=http.pin,
        how="api.values.get" if told.get("68") else "its web page",
        sure="high" if generation != "G2b" else "medium",
    )


def _word(value: object) -> str:
    """Return a short printable word of what a stranger said."""
    text = str(value or "")[:64].strip()
    return text if text.isprintable() else ""
