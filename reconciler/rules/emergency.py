"""Emergency: whoever can dial out can call for help, and can be called back."""

import re
from collections.abc import Iterator, Mapping, Set
from typing import Any, Final

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.place import Place
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Resource
from reconciler.model.value import Fields
from reconciler.rules.digits import dials
from reconciler.rules.rule import Finding, Sorted


def no_emergency_route(estate: Sorted) -> Iterator[Finding]:
    """PBXs whose phones can dial out, but for which no emergency route is declared."""
    desired = estate.desired
    dial_out: dict[str, bool] = {}
    for resource in estate.of(("outbound_route",)):
        scope = resource.address.scope
        if resource.fields.get("enabled") is not False:
            helps = resource.fields.get("emergency") or not desired.knows(
                resource.address, "emergency"
            )
            dial_out[scope] = dial_out.get(scope, False) or bool(helps)
    for scope, has_one in dial_out.items():
        target = desired.targets.get(f"pbx/{scope}")
        if has_one or target is None or "outbound_route" in desired.unread:
            continue
        yield Finding(
            found(
                "no-emergency-route",
                f"PBX {scope} has outbound routes, but none with emergency: true.",
                target.origin.key(),
                hint='outbound_routes: {emergency: {order: 1, patterns: ["911"], trunks: [...], '
                "emergency: true}}",
            ),
            target,
        )


def undialled_emergency(estate: Sorted) -> Iterator[Finding]:
    """Phones whose own dial plan does not let an emergency number of their site out."""
    kept: dict[Place, list[tuple[Resource, tuple[str, ...]]]] = {}
    for resource in estate.of(("phone",)):
        plan = resource.fields.get("sip.dial_plan")
        site = estate.desired.sites.get(resource.address.scope, {})
        numbers = tuple(map(str, site.get("emergency.numbers") or ()))
        if isinstance(plan, str) and plan:
            missing = tuple(each for each in numbers if dials(plan, each) is False)
            if missing:
                kept.setdefault(resource.place_of("sip.dial_plan"), []).append((resource, missing))
    for place, phones in kept.items():
        first = phones[0][0]
        more = f" and {len(phones) - 1:,} more" if len(phones) > 1 else ""
        missing = tuple(dict.fromkeys(each for _, numbers in phones for each in numbers))
        yield Finding(
            found(
                "dial-plan-without-emergency",
                f"{first.address}{more} cannot dial {', '.join(missing)}: emergency numbers of the "
                "site that no part of the dial plan takes.",
                place,
                hint=f"add to the dial plan: |{'|'.join(missing)}",
            ),
            first,
        )


_HELP: Final = frozenset({"911", "112", "999", "000", "933"})
"""Numbers for help that carriers take wherever they are; sites say theirs besides."""

_ACCESS: Final = 2
"""So many digits may stand before a number, as those that give an outside line do."""


def wrong_emergency_digits(estate: Sorted) -> Iterator[Finding]:
    """Emergency routes that send a carrier other digits than the number for help.

    A `9` for an outside line that is not stripped goes out with it, and nobody answers 9911.
    Numbers with wildcards, and those that are changed into a long one, are somebody's intention.
    """
    known = {
        str(number)
        for each in estate.desired.sites.values()
        for number in each.get("emergency.numbers") or ()
    }
    for route in estate.of(("outbound_route",)):
        fields = route.fields
        if not fields.get("emergency") or fields.get("enabled") is False:
            continue
        for index, pattern in enumerate(fields.get("patterns") or ()):
            said = _wrongly_sent(pattern, known | _HELP)
            if said is None:
                continue
            dialled, number, sent = said
            yield Finding(
                found(
                    "wrong-emergency-digits",
                    f"who dials {dialled} calls for help, and the carrier is sent "
                    f"{sent or 'nothing'} instead of {number}.",
                    route.place_of("patterns").at(index),
                    hint=f'{{match: "{dialled}", strip: {len(dialled) - len(number)}}}'
                    if dialled != number
                    else f'"{number}"',
                ),
                route,
            )


def _wrongly_sent(pattern: Mapping[str, Any], known: Set[str]) -> tuple[str, str, str] | None:
    """Return what is dialled, the number for help in it, and what is sent, if that is another."""
    dialled = str(pattern.get("match", "")).lstrip("_")
    tails = (dialled[at:] for at in range(min(_ACCESS, len(dialled)) + 1))
    number = next((each for each in tails if each in known), None)
    if number is None or not dialled.isdigit():
        return None
    sent = f"{pattern.get('prepend') or ''}{dialled[int(pattern.get('strip') or 0) :]}"
    return None if sent in known or len(sent) >= _LONG else (dialled, number, sent)


_CALLABLE: Final = re.compile(r"\+?[0-9]{7,}")
_BESIDE_FROM: Final = ("settings.send_pai", "settings.send_rpid")
"""Options of a trunk that send the number in a header of its own (chan_pjsip)."""

_LONG: Final = 7
"""From so many digits on, an extension's number may be one that can be called from outside."""

_NAMED: Final = 5

_OWN_NUMBERS: Final = ("emergency_caller_id", "outbound_caller_id.number")
"""Which number of an extension emergency routes show: the first that it has."""


def no_callback_number(estate: Sorted) -> Iterator[Finding]:
    """Emergency routes over which extensions would show a number that nobody can call back."""
    yield from _internal_numbers(estate)
    yield from _put_in_by_trunks(estate)
    silent: dict[str, list[str]] = {}
    for extension in estate.of(("extension",)):
        address = extension.address
        if len(address.key) < _LONG and _shows_nothing(estate.desired, extension):
            silent.setdefault(address.scope, []).append(address.key)
    for route in estate.of(("outbound_route",)):
        callers = sorted(silent.get(route.address.scope, ()))
        if not callers or not _leaves_it_to_trunks(estate.desired, route):
            continue
        trunk = next((e for e in route.fields["trunks"] if _is_mute(estate.desired, route, e)), "")
        if trunk:
            more = f" and {len(callers) - _NAMED} more" if len(callers) > _NAMED else ""
            yield Finding(
                found(
                    "no-callback-number",
                    f"calls for help over {trunk} would show the extension's own number: who "
                    f"answers cannot call back {', '.join(callers[:_NAMED])}{more}, nor see where "
                    "they are.",
                    route.origin.key(),
                    hint='emergency_caller_id: "+1..." for each of them, or for all of a document: '
                    "defaults: {extensions: {emergency_caller_id: ...}}",
                ),
                route,
            )


def _internal_numbers(estate: Sorted) -> Iterator[Finding]:
    """Yield where the number that is declared for outside is one of an extension."""
    told: set[Place] = set()
    for each, path in _shown_for_help(estate):
        number = each.fields.get(path)
        if not isinstance(number, str) or len(number) >= _LONG:
            continue
        is_inside = Address("extension", each.address.scope, number) in estate.desired.resources
        place = each.place_of(path)
        if is_inside and place not in told:
            told.add(place)
            yield Finding(
                found(
                    "no-callback-number",
                    f"calls for help would show the {number} of {each.address}, which is the "
                    "number of an extension: who answers outside cannot call it back.",
                    place,
                    hint='write a number that can be dialled from outside, as "+1..."',
                ),
                each,
            )


def _shown_for_help(estate: Sorted) -> Iterator[tuple[Resource, str]]:
    """Yield the fields of which an emergency route may show the number."""
    trunks: set[Address] = set()
    for route in estate.of(("outbound_route",)):
        if route.fields.get("emergency") and route.fields.get("enabled") is not False:
            yield route, "caller_id.number"
            scope = route.address.scope
            trunks |= {Address("trunk", scope, each) for each in route.fields.get("trunks") or ()}
    for trunk in estate.of(("trunk",)):
        if trunk.address in trunks and trunk.fields.get("enabled") is not False:
            yield trunk, "outbound_caller_id.number"
    scopes = {each.scope for each in trunks}
    for extension in estate.of(("extension",)):
        if extension.address.scope not in scopes or extension.fields.get("secret") is None:
            continue
        if estate.desired.knows(extension.address, *_OWN_NUMBERS):
            own = extension.fields.get(_OWN_NUMBERS[0])
            yield extension, _OWN_NUMBERS[0 if own else 1]


def _put_in_by_trunks(estate: Sorted) -> Iterator[Finding]:
    """Yield trunks whose user stands in From for whoever calls: what is declared is not sent.

    Seen on a real Asterisk: `from_user` replaces the number that was set for the call.
    """
    used = {
        each.address: each for each, _ in _shown_for_help(estate) if each.address.kind == "trunk"
    }
    for trunk in used.values():
        user = _from_user(trunk.fields)
        if user is None or not estate.desired.knows(trunk.address, "from_user", *_BESIDE_FROM):
            continue
        if not _CALLABLE.fullmatch(user):
            lost = "whatever number is declared: who answers cannot call it back"
        elif numbers := _other_numbers(estate, trunk.address.scope, user):
            lost = f"for everybody: {', '.join(numbers)} would not be sent"
        else:
            continue
        yield Finding(
            found(
                "no-callback-number",
                f"calls for help over {trunk.address.key} would show its from_user {user}, {lost}.",
                trunk.place_of("from_user"),
                hint="leave from_user out if the carrier does not insist; or where it takes the "
                'number from a header of its own (Asterisk): settings: {send_pai: "yes"}',
            ),
            trunk,
        )


def _from_user(fields: Fields) -> str | None:
    """Return the user that a trunk shows instead of the number; None if the number is sent, too."""
    beside = any(fields.get(path) not in (None, "no", "false", "0") for path in _BESIDE_FROM)
    return None if beside else fields.get("from_user")


def _other_numbers(estate: Sorted, scope: str, user: str) -> list[str]:
    """Return the numbers that extensions have for rescuers, other than what a trunk shows."""
    numbers = {
        each.fields.get("emergency_caller_id")
        for each in estate.of(("extension",))
        if each.address.scope == scope and each.fields.get("secret") is not None
    }
    others = sorted(each for each in numbers if each and each.lstrip("+") != user.lstrip("+"))
    return others[:_NAMED] + (["..."] if len(others) > _NAMED else [])


def _shows_nothing(desired: Desired, extension: Resource) -> bool:
    """Whether an extension that can call has no number of its own for outside."""
    if extension.fields.get("secret") is None:
        return False
    if not desired.knows(extension.address, *_OWN_NUMBERS):
        return False
    return not any(extension.fields.get(path) for path in _OWN_NUMBERS)


def _leaves_it_to_trunks(desired: Desired, route: Resource) -> bool:
    fields = route.fields
    if not desired.knows(route.address, "emergency", "enabled", "caller_id.number", "trunks"):
        return False
    is_used = fields.get("emergency") and fields.get("enabled") is not False
    return bool(is_used and fields.get("trunks") and not fields.get("caller_id.number"))


def _is_mute(desired: Desired, route: Resource, name: str) -> bool:
    """Whether a trunk shows what the caller shows: it is declared, and has no number of its own."""
    trunk = desired.resources.get(Address("trunk", route.address.scope, name))
    paths = ("enabled", "outbound_caller_id.number", "from_user", *_BESIDE_FROM)
    if trunk is None or not desired.knows(trunk.address, *paths):
        return False
    shown = trunk.fields.get("outbound_caller_id.number") or _from_user(trunk.fields)
    return trunk.fields.get("enabled") is not False and not shown
