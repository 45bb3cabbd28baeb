"""What is said about sound: enough for a PBX to set a call up. No sound is sent or heard."""

import re
from typing import Final

_KNOWN: Final = ("0", "8", "9")
"""PCMU, PCMA, G.722: payload types that every phone has."""
_NAMES: Final = {"0": "PCMU", "8": "PCMA", "9": "G722"}
PORT: Final = 4000


def offer(address: str) -> bytes:
    """Return an offer of what every phone has."""
    return _text(address, list(_KNOWN), None)


def answer(asked: bytes, address: str) -> bytes | None:
    """Return an answer to an offer; None if there is no codec in common."""
    text = asked.decode("utf-8", "replace")
    media = re.search(r"^m=audio \d+ \S+ ([\d ]+)", text, re.MULTILINE)
    if not text.strip():
        return offer(address)
    formats = media[1].split() if media else []
    chosen = next((each for each in formats if each in _KNOWN), None)
    if chosen is None:
        return None
    events = re.search(r"^a=rtpmap:(\d+) telephone-event/8000", text, re.MULTILINE)
    return _text(address, [chosen], events[1] if events else None)


def _text(address: str, formats: list[str], events: str | None) -> bytes:
    listed = [*formats, *([events] if events else [])]
    lines = [
        "v=0", f"o=- 1 1 IN IP4 {address}", "s=-", f"c=IN IP4 {address}", "t=0 0",
        f"m=audio {PORT} RTP/AVP {' '.join(listed)}",
        *(f"a=rtpmap:{each} {_NAMES[each]}/8000" for each in formats),
        *([f"a=rtpmap:{events} telephone-event/8000"] if events else []), "a=sendrecv",
    ]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n").encode()
