"""Check: all rules over the estate, and the findings that somebody took upon themselves."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from reconciler.diagnostics.catalogue import CODES
from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.diagnostics.suggest import closest
from reconciler.model.resource import Desired, Resource, Waiver
from reconciler.rules.emergency import (
    no_callback_number,
    no_emergency_route,
    undialled_emergency,
    wrong_emergency_digits,
)
from reconciler.rules.flow import endless_calls
from reconciler.rules.numbering import (
    duplicate_dids,
    duplicate_macs,
    duplicate_numbers,
    names_alike,
    shared_lines,
)
from reconciler.rules.provisioning import dhcp_without_token, published_on_one_machine
from reconciler.rules.routing import (
    dead_voicemail,
    repeated_members,
    shadowed_patterns,
    unroutable_numbers,
)
from reconciler.rules.rule import Finding, Rule, Sorted
from reconciler.rules.security import no_secrets, secrets_in_settings
from reconciler.rules.softphones import frequent_checks, shared_device_keys

RULES: Final[tuple[tuple[str, Rule], ...]] = (
    ("duplicate-number", duplicate_numbers),
    ("names-alike", names_alike),
    ("duplicate-did", duplicate_dids),
    ("duplicate-mac", duplicate_macs),
    ("shared-line", shared_lines),
    ("voicemail-off", dead_voicemail),
    ("shadowed-pattern", shadowed_patterns),
    ("unroutable-number", unroutable_numbers),
    ("repeated-member", repeated_members),
    ("endless-call", endless_calls),
    ("no-emergency-route", no_emergency_route),
    ("wrong-emergency-digits", wrong_emergency_digits),
    ("dial-plan-without-emergency", undialled_emergency),
    ("no-callback-number", no_callback_number),
    ("no-secret", no_secrets),
    ("secret-in-settings", secrets_in_settings),
    ("frequent-checks", frequent_checks),
    ("shared-device-key", shared_device_keys),
    ("dhcp-without-token", dhcp_without_token),
    ("published-on-one-machine", published_on_one_machine),
)
"""Every rule with the code of what it finds: what `waive` may name."""


SECRET_RULES: Final = ("weak-secret",)
"""Rules about the values of secrets, which are looked at when a platform is about to be read."""

PLATFORM_RULES: Final = ("emergency-ends-at-busy", "emergency-context")
"""Rules about what a platform does with what is declared; the last one is looked at by plans."""


def check(desired: Desired, *, today: date | None = None) -> Checked[Desired]:
    """Run every rule. Waived findings become information; a waiver that has run out is named.

    Without `today` waivers hold for ever.
    """
    problems: list[Diagnostic] = []
    estate = Sorted(desired)
    for _, rule in RULES:
        for finding in rule(estate):
            waiver = _waiver_of(finding, desired, today)
            problems.append(finding.diagnostic if waiver is None else _waived(finding, waiver))
    problems += _judge_waivers(desired, today)
    return Checked(desired, tuple(problems))


def apply_waivers(
    found: Iterable[Diagnostic], desired: Desired, *, today: date | None = None
) -> tuple[Diagnostic, ...]:
    """Return what was found about secrets or platforms, as policy and waivers have it.

    `policy.rails.weak-secret: {severity: off}` drops that; a waiver of its object turns a finding
    into information.
    """
    rails = desired.policy.get("rails") or {}
    silent = [name for name in SECRET_RULES if rails.get(name, {}).get("severity") == "off"]
    owners: dict[tuple[str, tuple[object, ...]], Resource] = {}
    kept: list[Diagnostic] = []
    for each in found:
        if each.code in silent:
            continue
        if each.code in (*SECRET_RULES, *PLATFORM_RULES) and isinstance(each.at, Place):
            owners = owners or _by_place(desired)
            owner = owners.get((each.at.file, each.at.path[:2]))
            waiver = None if owner is None else _waiver_of(Finding(each, owner), desired, today)
            each = each if waiver is None else _waived(Finding(each, owner), waiver)
        kept.append(each)
    return tuple(kept)


def _by_place(desired: Desired) -> dict[tuple[str, tuple[object, ...]], Resource]:
    """Return the objects that waive something, by where they are declared."""
    return {
        (each.origin.file, each.origin.path): each
        for each in desired.resources.values()
        if each.meta.waive
    }


def _waiver_of(finding: Finding, desired: Desired, today: date | None) -> Waiver | None:
    about = finding.about
    waivers: Iterable[Waiver] = ()
    if isinstance(about, Resource):
        waivers = about.meta.waive
    elif about is not None:
        inventory = desired.pbxs if about.id.startswith("pbx/") else desired.sites
        waivers = inventory.get(about.scope, {}).get("waive", ())
    for waiver in waivers:
        if waiver.rule == finding.diagnostic.code and not waiver.is_over(today):
            return waiver
    return None


def _waived(finding: Finding, waiver: Waiver) -> Diagnostic:
    says = f"Waived by {waiver.by} until {waiver.until}: {waiver.reason}"
    return finding.diagnostic._replace(
        severity="info", detail=f"{finding.diagnostic.detail} {says}", hint=None
    )


def _judge_waivers(desired: Desired, today: date | None) -> Iterator[Diagnostic]:
    """Find waivers of rules that do not exist, and those that have run out."""
    names = {name for name, _ in RULES} | {*SECRET_RULES, *PLATFORM_RULES}
    for waiver, place in _waivers(desired):
        if waiver.rule and waiver.rule not in names:
            near = closest(waiver.rule, names)
            known = waiver.rule in CODES
            yield found(
                "unknown-rule",
                f'"{waiver.rule}" cannot be waived; it is about what is written, not a rule.'
                if known
                else f'There is no rule "{waiver.rule}".',
                place.at("rule"),
                hint=f'did you mean "{near}"?' if near and not known else None,
            )
        elif waiver.is_over(today):
            yield found(
                "waiver-expired",
                f"The waiver of {waiver.rule} ({waiver.by}: {waiver.reason}) ended on "
                f"{waiver.until}.",
                place.at("until"),
                hint="remove it, or talk about it again and give it a new day",
            )


def _waivers(desired: Desired) -> Iterator[tuple[Waiver, Place]]:
    for resource in desired.resources.values():
        for number, waiver in enumerate(resource.meta.waive):
            yield waiver, resource.origin.at("waive", number)
    for target in desired.targets.values():
        inventory = desired.pbxs if target.id.startswith("pbx/") else desired.sites
        place = target.origin._replace(path=target.origin.path[:2])
        for number, waiver in enumerate(inventory.get(target.scope, {}).get("waive", ())):
            yield waiver, place.at("waive", number)
