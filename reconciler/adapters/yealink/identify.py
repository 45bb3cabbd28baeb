"""Which Yealink is there: asked without a login (yealink.md, A; discovery.md, 2)."""

import re
import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from reconciler.device import Identity
from reconciler.model.value import EMPTY
from reconciler.transport.phone_http import PhoneAnswer, PhoneHttp

_DOING: Final = "asking who is there"
RSA: Final = ["wui.common.rsaN", "wui.common.rsaE"]
DEVICE: Final = ["wui.device.phoneName", "wui.device.firmware", "wui.device.mac"]
FORM_C: Final = [("m", "mod_listener"), ("p", "login"), ("q", "loginForm")]
FORM_B: Final = [("p", "login"), ("q", "loginForm")]


class Greeting(NamedTuple):
    """What the login page gave: cookies that go with the login, its variables, its text."""

    cookies: Mapping[str, str] = EMPTY
    variables: Mapping[str, str] = EMPTY
    page: str = ""


def page_headers(http: PhoneHttp) -> dict[str, str]:
    """Return what a browser says of where it comes from."""
    return {"Origin": http.origin, "Referer": f"{http.origin}/"}


def stamp(page: str) -> list[tuple[str, str]]:
    """Return the query that every call of generation D carries."""
    return [("p", page), ("t", str(int(time.time() * 1000)))]


def page_variables(text: str) -> dict[str, str]:
    """Return the `g_...` variables of a page that hold a text or number."""
    return dict(re.findall(r"""\b(g_\w{1,40})\s*=\s*["']?([^"';<>\n]{0,2048})""", text))


async def identify_phone(http: PhoneHttp) -> tuple[Identity, Greeting] | None:
    """Return who is there and what its login begins with; None if it is no Yealink."""
    found = await _identify_d(http)
    for generation, query in (("C", FORM_C), ("B", FORM_B)):
        found = found or await _identify_servlet(http, generation, query)
    return found or await _identify_a(http)


async def _identify_d(http: PhoneHttp) -> tuple[Identity, Greeting] | None:
    answer = await http.send(
        "POST", "/api/common/info", query=stamp("Login"), body={"idlist": [*RSA, *DEVICE]},
        headers={**page_headers(http), "X-CSRFToken": ""}, anonymous=True, doing=_DOING,
    )  # fmt: skip
    data = d_data(answer)
    if not isinstance(data, dict) or not any("rsa" in str(each).lower() for each in _keys(data)):
        return None
    flat = {name: found for name in (*RSA, *DEVICE) if (found := looked_up(data, name))}
    identity = _identity(
        http, "D", flat.get("wui.device.phoneName", ""), flat.get("wui.device.firmware", ""),
        flat.get("wui.device.mac", ""), "/api/common/info",
    )  # fmt: skip
    return identity, Greeting(answer.cookies, flat)


def d_data(answer: PhoneAnswer) -> Any:
    """Return the data of a `{"ret":"ok"}`; None for anything else."""
    found = answer.object()
    return found.get("data") if found.get("ret") == "ok" else None


def looked_up(data: Mapping[str, Any], name: str) -> str:
    """Return a value by its dotted name: flat, by its last part, or nested (A, D1)."""
    for key in (name, name.rpartition(".")[2]):
        if isinstance(data.get(key), str | int) and not isinstance(data.get(key), bool):
            return str(data[key])[:2048]
    inner: Any = data
    for part in name.split("."):
        inner = inner.get(part) if isinstance(inner, dict) else None
    return str(inner)[:2048] if isinstance(inner, str | int) else ""


def _keys(data: Mapping[str, Any]) -> list[str]:
    inner = data.get("wui")
    common = inner.get("common") if isinstance(inner, dict) else None
    return [*data, *(common if isinstance(common, dict) else ())]


async def _identify_servlet(
    http: PhoneHttp, generation: str, query: list[tuple[str, str]]
) -> tuple[Identity, Greeting] | None:
    answer = await http.get(
        "/servlet", [*query, ("Random", f"{time.time() % 1:.6f}")], headers=page_headers(http),
        anonymous=True, doing=_DOING,
    )  # fmt: skip
    text = answer.text
    if answer.status != 200 or not ("g_phonetype" in text or "idUsername" in text):
        return None
    variables = page_variables(text)
    identity = _identity(
        http, generation, variables.get("g_phonetype", ""), variables.get("g_strFirmware", ""),
        "", "/servlet",
    )  # fmt: skip
    return identity, Greeting(answer.cookies, variables, text)


async def _identify_a(http: PhoneHttp) -> tuple[Identity, Greeting] | None:
    answer = await http.get(
        "/cgi-bin/ConfigManApp.com", [("Id", "1")], anonymous=True, doing=_DOING
    )
    realm = " ".join(answer.challenges)
    found = re.search(r"(?:Yealink\s+)?(?:SIP-)?((?:T|VP|CP|W)\d{2,3}\w*)", realm)
    if answer.status != 401 or not (found or "yealink" in realm.lower()):
        return None
    return _identity(http, "A", found[1] if found else "", "", "", "its realm"), Greeting()


def _identity(
    http: PhoneHttp, generation: str, model: str, firmware: str, mac: str, how: str
) -> Identity:
    digits = re.sub(r"[^0-9a-f]", "", mac.lower())
    name = model.strip().removeprefix("SIP-").removeprefix("Yealink ").removeprefix("SIP-")
    return Identity(
        vendor="yealink",
        generation=generation,
        model=name if re.fullmatch(r"[\w .+-]{1,32}", name) else "",
        firmware=firmware if re.fullmatch(r"[\d.]{3,40}", firmware) else "",
        mac=digits if len(digits) == 12 else "",
        scheme=http.scheme,
        pin=http.pin,
        how=how,
        sure="high" if generation in ("C", "D") else "medium",
    )
