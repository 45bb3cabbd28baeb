"""Routing: routes and destinations that certainly do not do what they say."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic, Related
from reconciler.diagnostics.place import PathPart, Place
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.destination import parse_destination
from reconciler.kinds.dial_pattern import taken_by
from reconciler.kinds.marks import DestinationMark
from reconciler.kinds.outside import outside_number
from reconciler.kinds.traits import ReferenceField
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Resource
from reconciler.model.value import Fields
from reconciler.rules.rule import Finding, Sorted

_SOME: Final = 4
"""How many patterns a hint names."""
_WITH_MEMBERS: Final = ("ring_group", "queue", "paging_group")
_IN_TURN: Final = ("hunt", "memoryhunt", "rrmemory", "rrordered")


_WITH_DESTINATIONS: Final = frozenset(
    name
    for name, traits in TRAITS.items()
    if any(isinstance(field.mark, DestinationMark) for field in traits.references)
)


def dead_voicemail(estate: Sorted) -> Iterator[Finding]:
    """Destinations that lead to a voicemail box that is switched off, or that nobody declared."""
    for resource in estate.of(_WITH_DESTINATIONS):
        for field in TRAITS[resource.address.kind].references:
            if not isinstance(field.mark, DestinationMark):
                continue
            for text, at in field.texts(resource.fields):
                to = parse_destination(text)
                if to is None or to.kind != "voicemail":
                    continue
                whose = Address("extension", to.pbx or resource.address.scope, to.key)
                if diagnostic := _box(estate.desired, whose, resource, field.path, at):
                    yield Finding(diagnostic, resource)


def _box(
    desired: Desired, whose: Address, resource: Resource, path: str, at: tuple[PathPart, ...]
) -> Diagnostic | None:
    """Return what is wrong with a box to which a resource sends calls."""
    extension = desired.resources.get(whose)
    if extension is None or not desired.knows(whose, "voicemail"):
        return None
    is_off = extension.fields.get("voicemail.enabled") is False
    if not is_off and any(name.startswith("voicemail") for name in extension.fields):
        return None
    sends = f"{resource.address} sends calls to the voicemail of {whose.key}, which is"
    place = resource.place_of(path).at(*at)
    if is_off:
        text, hint = f"{sends} switched off.", "send them elsewhere, or enable the box"
        return found("voicemail-off", text, place, hint=hint)
    text = f"{sends} not declared: there is one only if the PBX has it already."
    hint = f'declare it: extensions: {{"{whose.key}": {{voicemail: {{enabled: true}}}}}}'
    return found("voicemail-off", text, place, hint=hint, severity="warning")


class _Ways(NamedTuple):
    """The routes of a PBX in use that need no PIN, and the patterns of those for help."""

    usual: list[Fields]
    urgent: list[str]

    def patterns(self, class_: str | None, *, any_class: bool) -> list[str]:
        """Return the patterns of the usual routes that a class of service may use."""
        return [
            pattern["match"]
            for fields in self.usual
            if any_class or not fields.get("classes") or class_ in fields["classes"]
            for pattern in fields["patterns"]
        ]


def unroutable_numbers(estate: Sorted) -> Iterator[Finding]:
    """Outside numbers in members, forwards and destinations that no outbound route takes.

    Routes that ask for a PIN are no way out for them: nobody is there to enter it. Nor are routes
    for help: those are for people who dial. Extensions forward as far as their class may call.
    Where the files declare no route at all, they stand elsewhere.
    """
    desired = estate.desired
    ways: dict[str, _Ways] = {}
    unsure: set[str] = set()
    for resource in estate.of(("outbound_route",)):
        scope, fields = resource.address.scope, resource.fields
        known = ("enabled", "pin", "emergency", "patterns", "classes")
        if not desired.knows(resource.address, *known):
            unsure.add(scope)
            continue
        of_pbx = ways.setdefault(scope, _Ways([], []))
        if fields.get("enabled") is False:
            continue
        if fields.get("emergency"):
            of_pbx.urgent.extend(each["match"] for each in fields["patterns"])
        elif fields.get("pin") is None:
            of_pbx.usual.append(fields)
    if "outbound_route" in desired.unread:
        return
    for resource in desired.resources.values() if ways else ():
        scope = resource.address.scope
        if scope in ways and scope not in unsure:
            yield from _without_a_way_out(resource, ways[scope], desired)


def _without_a_way_out(resource: Resource, ways: _Ways, desired: Desired) -> Iterator[Finding]:
    address = resource.address
    for field in TRAITS[address.kind].references:
        for text, at in field.texts(resource.fields):
            number = outside_number(text, field.mark)
            if number is None or Address("extension", address.scope, number) in desired.resources:
                continue
            any_class = address.kind != "extension" or not desired.knows(
                address, "class_of_service"
            )
            class_ = resource.fields.get("class_of_service")
            patterns = ways.patterns(class_, any_class=any_class)
            place = resource.place_of(field.path).at(*at)
            if _is_taken(number, ways.urgent):
                yield Finding(_for_people(resource, number, place), resource)
            elif not _is_taken(number, patterns):
                whose = f" for class {class_}" if class_ and not any_class else ""
                yield Finding(
                    found(
                        "unroutable-number",
                        f"{address} sends calls to {number}, which no outbound route of "
                        f"{address.scope}{whose} takes.",
                        place,
                        hint=_way_out(number, patterns),
                    ),
                    resource,
                )


def _for_people(resource: Resource, number: str, place: Place) -> Diagnostic:
    return found(
        "unroutable-number",
        f"{resource.address} sends calls to {number}, a number for help that only people dial.",
        place,
        hint="who calls for help has to speak, and be found: send these calls to somebody here",
    )


def _is_taken(number: str, patterns: Sequence[str]) -> bool:
    return any(taken_by(each).fullmatch(number) for each in patterns)


def _way_out(number: str, patterns: Sequence[str]) -> str:
    if _is_taken(bare := number.lstrip("+"), patterns):
        return f'write it as people there dial it: "{bare}"'
    some = ", ".join(patterns[:_SOME]) + (", ..." if len(patterns) > _SOME else "")
    return f"write it as people there dial it; the routes take {some or 'nothing without a PIN'}"


def repeated_members(estate: Sorted) -> Iterator[Finding]:
    """Members that stand twice in a group, a queue or a page.

    Groups that ring one after the other may mean it: the first is tried again at the end.
    """
    for resource in estate.of(_WITH_MEMBERS):
        kind = resource.address.kind
        if kind == "ring_group" and resource.fields.get("strategy") in _IN_TURN:
            continue
        if not estate.desired.knows(resource.address, "strategy"):
            continue
        for field in TRAITS[kind].references:
            if field.path == "members":
                yield from _repeated(resource, field)


def _repeated(resource: Resource, field: ReferenceField) -> Iterator[Finding]:
    first: dict[str, tuple[PathPart, ...]] = {}
    for member, at in field.texts(resource.fields):
        if first.setdefault(member, at) != at:
            place = resource.place_of(field.path)
            yield Finding(
                found(
                    "repeated-member",
                    f"{resource.address} has {member} twice.",
                    place.at(*at),
                    hint="leave one of them out",
                    related=(Related(place.at(*first[member]), "the first one"),),
                ),
                resource,
            )


def shadowed_patterns(estate: Sorted) -> Iterator[Finding]:
    """Patterns that an earlier route of the PBX takes for everybody, so that they never match."""
    by_pbx: dict[str, list[Resource]] = {}
    for resource in estate.of(("outbound_route",)):
        if not estate.desired.knows(
            resource.address, "enabled", "order", "patterns", "classes", "schedule"
        ):
            continue
        if resource.fields.get("enabled") is not False:
            by_pbx.setdefault(resource.address.scope, []).append(resource)
    for routes in by_pbx.values():
        takers: dict[str, Resource] = {}
        for route in sorted(routes, key=lambda each: (each.fields["order"], each.address)):
            yield from _shadowed(route, takers)


def _shadowed(route: Resource, takers: dict[str, Resource]) -> Iterator[Finding]:
    bars = any(route.fields.get(name) for name in ("classes", "schedule"))
    for number, pattern in enumerate(route.fields["patterns"]):
        match = pattern["match"]
        earlier = takers.get(match)
        if earlier is not None and earlier is not route:
            yield Finding(
                found(
                    "shadowed-pattern",
                    f"{route.address} never gets calls to {match}: {earlier.address} comes first "
                    "and takes them all.",
                    route.place_of("patterns").at(number, "match"),
                    related=(Related(earlier.place_of("patterns"), "taken here"),),
                ),
                route,
            )
        elif not bars and pattern.get("caller_id") is None:
            takers.setdefault(match, route)
