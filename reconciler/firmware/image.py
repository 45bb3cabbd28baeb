"""A firmware image before any phone hears of it: from an allowed place, and the right one. IO."""

import asyncio
import hashlib
import ipaddress
import socket
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from reconciler.errors import Refused, UnexpectedReply, Unreachable
from reconciler.firmware.tracks import Release

LARGEST: Final = 536_870_912
_DOING: Final = "checking the firmware file"


async def check_image(
    release: Release, *, own: str | None, allow_unchecked: bool, folder: Path | None = None,
    timeout_s: float = 30.0,
) -> str:  # fmt: skip
    """Fetch an image, compare its checksum and size, and return what was found, in words.

    `own` is the provisioning server's address: only there may an image lie in a private network,
    and plain HTTP be spoken. It gives images to phones, and not to every machine that runs this:
    then the file in its `folder` is looked at. Raises Refused, UnexpectedReply, Unreachable.
    """
    url = release.url
    if url is None:
        raise Refused(release.version, _DOING, "the firmware section says no url for it")
    is_own = own is not None and url.startswith(f"{own.rstrip('/')}/")
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_own:
        raise Refused(release.version, _DOING, "it is fetched by https, or from our own server")
    if not is_own:
        await _prove_public(release.version, parts.hostname or "", parts.port or 443)
    if release.sha256 is None and not allow_unchecked:
        raise Refused(
            release.version, _DOING, "no checksum is declared",
            hint="write its sha256; or say --no-checksum",
        )  # fmt: skip
    where = ""
    try:
        digest, size = await _fetch(release.version, url, timeout_s)
    except (UnexpectedReply, Unreachable):
        file = _in_folder(url, own, folder) if is_own else None
        if file is None:
            raise
        digest, size = await asyncio.to_thread(_digest, file)
        where = f" in {folder}, for the server gives it to phones only"
    if release.sha256 is not None and digest != release.sha256.lower():
        raise UnexpectedReply(release.version, _DOING, "its checksum is another: it is not used")
    if release.size is not None and size != release.size:
        raise UnexpectedReply(
            release.version, _DOING, f"it has {size:,} bytes instead of {release.size:,}"
        )
    checked = "checksum right" if release.sha256 is not None else "no checksum"
    return f"{size:,} bytes, {checked}{where}"


async def _prove_public(version: str, host: str, port: int) -> None:
    """Refuse hosts that are this machine or inside: addresses in files must reach nothing there."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise Unreachable(version, _DOING, f"{host} is not known") from None
    for row in found:
        address = ipaddress.ip_address(row[4][0])
        if not address.is_global or address.is_multicast:
            raise Refused(version, _DOING, f"{host} is an address inside ({address})")


async def _fetch(version: str, url: str, timeout_s: float) -> tuple[str, int]:
    import httpx

    digest, size = hashlib.sha256(), 0
    try:
        async with (
            httpx.AsyncClient(timeout=timeout_s, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as answer,
        ):
            if answer.status_code != 200:
                raise UnexpectedReply(version, _DOING, f"HTTP {answer.status_code}")
            async for chunk in answer.aiter_raw():
                digest.update(chunk)
                size += len(chunk)
                if size > LARGEST:
                    raise UnexpectedReply(version, _DOING, f"it is larger than {LARGEST:,} bytes")
    except httpx.HTTPError as error:
        why = f"{_shown(url)} cannot be fetched from here ({error or type(error).__name__})"
        raise Unreachable(version, _DOING, why) from None
    return digest.hexdigest(), size


def _in_folder(url: str, own: str | None, folder: Path | None) -> Path | None:
    """Return the file that our server gives under an address; None if it has none."""
    name = unquote(url.removeprefix(f"{(own or '').rstrip('/')}/"))
    if folder is None or not name or "/" in name or name.startswith("."):
        return None
    file = folder / name
    return file if file.is_file() else None


def _digest(file: Path) -> tuple[str, int]:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest(), file.stat().st_size


def _shown(url: str) -> str:
    """Return an address without what may let somebody in."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
