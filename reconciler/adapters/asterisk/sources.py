"""Trunks whose calls come from one address: Asterisk takes them all for the first one's. Pure.

Seen on 22.10: of two `identify` sections with one address the one whose name comes first is taken,
whatever number was called. (Only where a carrier sends back the `line` of our registration it
finds the other.) So their routes are looked at together.
"""

from collections.abc import Mapping

from reconciler.model.value import Fields


def alike_trunks(trunks: Mapping[str, Fields]) -> dict[str, list[str]]:
    """Return for trunks which others cannot be told from them."""
    sources = {name: _sources(fields) for name, fields in trunks.items() if _takes_calls(fields)}
    by_source: dict[str, set[str]] = {}
    for name, texts in sources.items():
        for text in texts:
            by_source.setdefault(text, set()).add(name)
    found: dict[str, set[str]] = {}
    for text, names in by_source.items():
        together = names | {
            name
            for other in by_source
            if "/" in text + other and _overlap(text, other)
            for name in by_source[other]
        }
        for name in names if len(together) > 1 else ():
            found.setdefault(name, set()).update(together - {name})
    return {name: sorted(others) for name, others in found.items() if others}


def _takes_calls(fields: Fields) -> bool:
    return fields.get("enabled") is not False and fields.get("mode") != "none"


def _sources(fields: Fields) -> list[str]:
    texts = fields.get("match") or [fields.get("host")]
    return [text.strip().lower() for text in texts if isinstance(text, str)]


def _overlap(one: str, other: str) -> bool:
    from ipaddress import ip_network  # only where a trunk names a network

    try:
        first, second = ip_network(one, strict=False), ip_network(other, strict=False)
    except ValueError:
        return False
    return first.version == second.version and first.overlaps(second)
