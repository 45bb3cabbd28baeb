"""Which version a phone shall have, and by which steps it gets there. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from reconciler.firmware.versions import compare
from reconciler.phonefiles.inventory import firmware_address
from reconciler.phones.meant import Placed


@dataclass(frozen=True, slots=True)
class Release:
    """A version that is declared. `needs` are versions from which it can be installed at once."""

    version: str
    url: str | None = None
    sha256: str | None = None
    size: int | None = None
    stable: bool = True
    recommended: bool = False
    hw_revisions: tuple[str, ...] | None = None
    needs: tuple[str, ...] | None = None
    one_way: bool = False


@dataclass(frozen=True, slots=True)
class Aim:
    """Which phones shall have which version; None fits all."""

    version: str
    sites: tuple[str, ...] | None = None
    models: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    phones: tuple[str, ...] | None = None
    not_before: str | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """The firmware of some models of one vendor."""

    vendor: str
    models: frozenset[str]
    releases: tuple[Release, ...]
    aims: tuple[Aim, ...]

    def release(self, version: str) -> Release | None:
        """Return a declared version."""
        return next((each for each in self.releases if each.version == version), None)


class Wanted(NamedTuple):
    """The version that a phone shall have, and who says so."""

    version: str
    why: str
    track: Track | None


def tracks_of(
    entries: Iterable[tuple[str, Mapping[str, Any]]], base_url: object = None
) -> tuple[Track, ...]:
    """Return the tracks of `firmware` entries: (key, fields). `base_url` serves our own files."""
    found = []
    for key, entry in entries:
        vendor, slash, model = key.partition("/")
        models = [model] if slash else list(entry.get("models") or [])
        found.append(
            Track(
                str(entry.get("vendor") or vendor),
                frozenset(map(_folded, models)),
                tuple(_release(each, base_url) for each in entry.get("versions") or []),
                tuple(_aim(each) for each in entry.get("targets") or []),
            )
        )
    return tuple(found)


def _release(version: Any, base_url: object) -> Release:
    return Release(
        version.version, firmware_address(version, base_url), version.sha256, version.size,
        version.stable, version.recommended,
        None if version.hw_revisions is None else tuple(version.hw_revisions),
        None if version.from_ is None else tuple(version.from_), version.one_way,
    )  # fmt: skip


def _aim(target: Any) -> Aim:
    select = target.select
    parts = ("sites", "models", "tags", "phones")
    chosen = {
        name: tuple(found)
        for name in parts
        if select is not None and (found := getattr(select, name)) is not None
    }
    return Aim(target.version, not_before=target.not_before, **chosen)


def track_for(phone: Placed, tracks: Sequence[Track]) -> Track | None:
    """Return the track of a phone's model."""
    model = _folded(phone.model)
    return next(
        (each for each in tracks if each.vendor == phone.vendor and model in each.models), None
    )


def wanted_for(phone: Placed, tracks: Sequence[Track], *, today: str) -> Wanted | None:
    """Return what a phone shall have: its own word, the first target, what is recommended."""
    track = track_for(phone, tracks)
    if phone.firmware:
        return Wanted(phone.firmware, "the phone or its template says so", track)
    if track is None:
        return None
    for aim in track.aims:
        if _fits(phone, aim):
            if aim.not_before is not None and today < aim.not_before:
                return None
            return Wanted(aim.version, "a target of the firmware section", track)
    found = next((each for each in track.releases if each.recommended), None)
    return Wanted(found.version, "it is recommended", track) if found is not None else None


def _fits(phone: Placed, aim: Aim) -> bool:
    return (
        (aim.sites is None or phone.address.scope in aim.sites)
        and (aim.models is None or _folded(phone.model) in map(_folded, aim.models))
        and (aim.tags is None or not phone.tags.isdisjoint(aim.tags))
        and (aim.phones is None or phone.name in aim.phones)
    )


class Way(NamedTuple):
    """The steps to a version, or why there is no way."""

    steps: tuple[Release, ...]
    refusal: str = ""
    hint: str | None = None


def way_to(
    phone: Placed, current: str, wanted: Wanted, *, hw_revision: str, accept_one_way: bool
) -> Way:
    """Return the steps from the version that a phone has to the one that it shall have.

    Steps between are those that are declared (`from`), never computed (firmware.md, 3).
    """
    track = wanted.track
    last = track.release(wanted.version) if track is not None else None
    if track is None or last is None:
        return Way((), f"version {wanted.version} is not in the firmware section")
    if compare(phone.vendor, current, last.version) == "equal":
        return Way(())
    held = track.release(current)
    if (
        held is not None
        and held.one_way
        and compare(phone.vendor, current, last.version) != "older"
    ):
        return Way((), f"there is no way back from {current}, which it has")
    chain = _chain(phone.vendor, current, last, track)
    if chain is None:
        steps = ", ".join(last.needs or ())
        return Way((), f"{last.version} needs {steps} first, and no declared version leads there")
    for step in chain:
        if step.hw_revisions is not None and hw_revision not in step.hw_revisions:
            known = hw_revision or "a hardware revision that nobody knows"
            fits = ", ".join(step.hw_revisions)
            return Way((), f"{step.version} fits {fits}; the phone has {known}")
        if step.one_way and not accept_one_way:
            return Way((), f"there is no way back from {step.version}", "--accept-one-way")
    return Way(tuple(chain))


def _chain(vendor: str, current: str, last: Release, track: Track) -> list[Release] | None:
    """Return the shortest chain of declared steps; None if there is none."""
    ways: list[list[Release]] = [[last]]
    seen = {last.version}
    while ways:
        way = ways.pop(0)
        first = way[0]
        if first.needs is None or any(
            compare(vendor, current, each) == "equal" for each in first.needs
        ):
            return way
        for needed in first.needs:
            step = track.release(needed)
            if step is not None and needed not in seen:
                seen.add(needed)
                ways.append([step, *way])
    return None


def _folded(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter not in " -_")
