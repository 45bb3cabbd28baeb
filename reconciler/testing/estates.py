"""Small estates whose references exist, as documents ready for YAML.

@given(estates())                             of every kind
@given(estates(kinds={"extension"}))          only what an adapter holds
"""

from collections.abc import Collection, Iterable, Mapping

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from reconciler.kinds import KINDS
from reconciler.kinds.all_traits import TRAITS
from reconciler.testing.pool import Pool, Raw, Without
from reconciler.testing.strategies import entries, keys
from reconciler.testing.texts import ZONES

_NUMBERED = ("extension", "ring_group", "queue", "conference", "parking_lot", "paging_group")
_ORDER: Mapping[str, tuple[str, ...]] = {
    "workspace": ("calendar", "template"),
    "pbx": (
        "tenant", "trunk", "music", "extension", "announcement", "conference", "parking_lot",
        "paging_group", "ring_group", "queue", "day_night", "schedule", "ivr", "inbound_route",
        "outbound_route", "blocklist", "softphone",
    ),
    "site": ("phone",),
}  # fmt: skip
"""In which order objects are made; each refers only to those before it, so nothing circles."""


@st.composite
def estates(
    draw: DrawFn,
    kinds: Collection[str] | None = None,
    *,
    without: Without | None = None,
    pbxs: int = 2,
    most: int = 3,
    adapter: str = "memory",
) -> list[Raw]:
    """Return an estate's documents: inventory, then one for each PBX with its site's phones.

    Every reference leads to an object that exists, numbers are used once per PBX over all kinds,
    and MAC addresses once over all. `kinds` limits what is declared (all by default), `without`
    leaves out fields, `pbxs` and `most` bound the number of PBXs and of objects of a kind.
    """
    wanted = set(KINDS if kinds is None else kinds)
    hidden = {kind: tuple(paths) for kind, paths in (without or {}).items()}
    names = [f"pbx-{index + 1}" for index in range(draw(st.integers(1, pbxs)))]
    sites = {name: f"site-{index + 1}" for index, name in enumerate(names)}
    inventory: Raw = {
        "apiVersion": "reconciler/v1",
        "sites": {
            site: {"timezone": draw(st.sampled_from(ZONES)), "country": "GB", "pbx": name}
            for name, site in sites.items()
        },
        "pbxs": {
            name: {"adapter": adapter, "timezone": draw(st.sampled_from(ZONES))} for name in names
        },
    }
    shared: dict[str, tuple[str, ...]] = {"pbx": tuple(names), "site": tuple(sites.values())}
    _add(draw, inventory, _ORDER["workspace"], shared, wanted, hidden, most, set())
    documents = [inventory]
    macs: set[str] = set()
    for name in names:
        document: Raw = {"apiVersion": "reconciler/v1", "pbx": name, "site": sites[name]}
        known = dict(shared)
        _add(draw, document, _ORDER["pbx"], known, wanted, hidden, most, set())
        known |= {"pbx": (name,), "site": (sites[name],)}
        if known.get("extension"):
            _add(draw, document, _ORDER["site"], known, wanted, hidden, most, set())
        for phone in document.get("phones", {}).values():
            macs.add(_new_mac(phone, len(macs)))
        documents.append(document)
    return documents


def _add(
    draw: DrawFn,
    document: Raw,
    order: Iterable[str],
    known: dict[str, tuple[str, ...]],
    wanted: Collection[str],
    hidden: Without,
    most: int,
    numbers_used: set[str],
) -> None:
    """Add objects of these kinds to the document, and their keys to what is known."""
    for kind in order:
        if kind not in wanted:
            continue
        section: Raw = {}
        pool = Pool(dict(known))
        for _ in range(draw(st.integers(0, most))):
            key = draw(keys(kind))
            if key in section or (kind in _NUMBERED and key in numbers_used):
                continue
            try:
                raw = draw(entries(kind, pool, without=hidden.get(kind, ())))
            except LookupError:  # nothing there that it has to refer to
                break
            number = raw.get("number")
            if number in numbers_used:
                del raw["number"]
            numbers_used.update(each for each in (key, raw.get("number")) if each)
            section[key] = raw
        if section:
            document[TRAITS[kind].section] = section
            known[kind] = (*known.get(kind, ()), *section)


def _new_mac(phone: Raw, index: int) -> str:
    """Give the phone a MAC address that no other has; a real vendor's, in its notation."""
    digits = f"805ec0f0{index:04x}"
    separator = next((each for each in ":-" if each in phone["mac"]), "")
    step = 2 if separator else 12
    phone["mac"] = separator.join(digits[at : at + step] for at in range(0, 12, step))
    return digits
