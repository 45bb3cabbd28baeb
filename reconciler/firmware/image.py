"""A firmware image before any phone hears of it: from an allowed place, and the right one. IO."""

import asyncio
import hashlib
import ipaddress
import socket
from typing import Final
from urllib.parse import urlsplit

from reconciler.errors import Refused, UnexpectedReply, Unreachable
from reconciler.firmware.tracks import Release

LARGEST: Final = 536_870_912
_DOING: Final = "checking the firmware file"


async def check_image(
    release: Release, *, own: str | None, allow_unchecked: bool, timeout_s: float = 30.0
) -> str:
    """Fetch an image, compare its checksum and size, and return what was found, in words.

    `own` is the provisioning server's address: only there may an image lie in a private network,
    and plain HTTP be spoken. Raises Refused, UnexpectedReply, Unreachable.
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
    digest, size = await _fetch(release.version, url, timeout_s)
    if release.sha256 is not None and digest != release.sha256.lower():
        raise UnexpectedReply(release.version, _DOING, "its checksum is another: it is not used")
    if release.size is not None and size != release.size:
        raise UnexpectedReply(
            release.version, _DOING, f"it has {size:,} bytes instead of {release.size:,}"
        )
    checked = "checksum right" if release.sha256 is not None else "no checksum"
    return f"{size:,} bytes, {checked}"


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


def _shown(url: str) -> str:
    """Return an address without what may let somebody in."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
