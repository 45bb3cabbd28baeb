"""Menders: what fields of one generated object ask of each other, which their types do not say."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from reconciler.kinds.dial_pattern import shortest
from reconciler.testing.pool import Pool, Raw
from reconciler.testing.texts import secrets, texts

Mender: TypeAlias = Callable[[DrawFn, Raw, Pool, tuple[str, ...]], Raw]


def _trunk(draw: DrawFn, raw: Raw, _pool: Pool, without: tuple[str, ...]) -> Raw:
    if "mode" in without or "secret" in without or "username" in without:
        raw["mode"] = "ip"
    if raw.get("mode", "register") == "register":
        raw["username"] = draw(texts(60, 1))
        raw["secret"] = draw(secrets())
    elif raw.get("registration") is not None:
        del raw["registration"]
    return raw


def _route(_draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    if raw.get("emergency") in ("true", "yes", "on"):
        for name in ("classes", "pin", "schedule", "max_duration"):
            raw.pop(name, None)
    return raw


def _pattern(draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    if "strip" in raw:
        least = shortest(raw["match"].removeprefix("_"))
        raw["strip"] = str(draw(st.integers(0, min(least, 20))))
    return raw


def _music(_draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    mode = raw.get("mode", "files")
    raw.pop("files", None)
    raw.pop("url", None)
    if mode == "playlist":
        raw["files"] = ["moh/one", "moh/zwei"]
    if mode == "stream":
        raw["url"] = "https://radio.example.com/live"
    return raw


def _paging(_draw: DrawFn, raw: Raw, pool: Pool, _without: tuple[str, ...]) -> Raw:
    if raw.get("multicast") is not None:
        raw["multicast"]["address"] = "239.1.2.3"
    elif not raw.get("members"):
        raw["members"] = list(pool.of(["extension"])[:1])
    if not raw.get("members") and raw.get("multicast") is None:
        raw["multicast"] = {"address": "239.1.2.3", "port": "5000"}
    return raw


def _calendar(_draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    if raw.get("subdivision") is not None:
        raw["country"], raw["subdivision"] = "US", "NY"
    if raw.get("country") is not None:
        raw["years"] = ["2026", "2028-2029"]
    else:
        raw["years"] = raw.get("years", [])
    return raw


def _pbx(_draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    tls = raw.get("tls")
    if tls is not None and tls.get("verify") in ("false", "no", "off"):
        raw["tls_verify_disabled_acknowledged"] = "true"
    return raw


def _provisioning(_draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    if any("signature" in each for each in raw.get("require", ())):
        raw["signing_key"] = {"secret": "store:provisioning-key"}
    if (raw.get("listen") or {}).get("client_ca") is not None:
        raw["listen"]["certificate"] = "server.pem"
    return raw


def _firmware(_draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    versions: dict[str, Raw] = {each["version"]: each for each in raw.get("versions", [])}
    if "versions" in raw:
        raw["versions"] = list(versions.values())
    known = sorted(versions)
    targets = raw.pop("targets", [])
    if known and targets:
        raw["targets"] = [{**each, "version": known[0]} for each in targets]
    return raw


def _version(_draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    if raw.get("url") is not None:
        raw["url"] = "https://fw.example.com/T43U.rom"
        raw.pop("file", None)
    if raw.get("file") is not None:
        raw["file"] = "T43U-108.86.0.90.rom"
    return raw


def _template(_draw: DrawFn, raw: Raw, _pool: Pool, _without: tuple[str, ...]) -> Raw:
    if raw.get("model_pattern") is not None:
        raw["model_pattern"] = "T4[36]U"
    return raw


MENDERS: Mapping[str, Mender] = {
    "Trunk": _trunk,
    "OutboundRoute": _route,
    "RoutePattern": _pattern,
    "Music": _music,
    "PagingGroup": _paging,
    "Calendar": _calendar,
    "Pbx": _pbx,
    "Provisioning": _provisioning,
    "Firmware": _firmware,
    "FirmwareVersion": _version,
    "Template": _template,
}
