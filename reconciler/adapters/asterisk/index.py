"""What is written once for many: the contexts that phones and callers enter.

from-internal      where phones dial: emergency routes, then numbers, then routes without class
rec-class-CLASS    the same for a class of service
rec-after-CLASS    where a call goes on that no emergency route takes from its caller, and
                   rec-masked-CLASS, which sends it there
rec-internal       numbers: extensions, other numbers, feature codes, parking
rec-extensions     extensions alone, for menus with direct dialling
rec-external       outside numbers that the configuration itself dials
rec-forward-CLASS  outside numbers to which extensions of a class forward (rec-forward: of none)
rec-inbound-TRUNK  where a trunk's calls come in: DIDs and nothing else, so that nobody dials
                   out through us
rec-blocklist      callers who do not get through
rec-exts-NN, ...   the rows of these (`rows.py`)
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.dialplan import (
    EXTENSIONS,
    EXTERNAL,
    INTERNAL,
    Script,
    context_of,
    enter,
)
from reconciler.adapters.asterisk.dids import spellings
from reconciler.adapters.asterisk.features import MASK, common_scripts, feature_codes
from reconciler.adapters.asterisk.kinds.ringing import class_context, forward_context
from reconciler.adapters.asterisk.rows import BUCKETS, Row, contexts, rows_of
from reconciler.adapters.asterisk.sections import Section
from reconciler.adapters.asterisk.sources import alike_trunks
from reconciler.kinds.did import parse_did
from reconciler.model.address import Address
from reconciler.model.value import Fields

_USER: Final = re.compile(r"[A-Za-z0-9_]{2,}")
"""Users that can stand as an extension; no single letter: h and i are Asterisk's."""


@dataclass(frozen=True, slots=True)
class IndexSection:
    """A section, and which object each of its lines is there for (by the line's text)."""

    section: Section
    owners: Mapping[str, Address] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The context's name."""
        return self.section.name


Objects = Mapping[Address, Fields]


def index_sections(
    objects: Objects, setup: Setup, *, buckets: Collection[str] | None = None
) -> tuple[IndexSection, ...]:
    """Return all index sections for these objects, in a fixed order.

    Of the many that hold rows only `buckets`, if they are named.
    """
    if not objects:
        return ()
    ordered = sorted(objects)
    rows = contexts(row for at in ordered for row in rows_of(at, objects[at], setup))
    routes = sorted(
        (at for at in ordered if at.kind == "outbound_route" and _in_use(objects[at])),
        key=lambda at: (int(objects[at].get("order") or 9999), at.key),
    )
    trunks = [at for at in ordered if at.kind == "trunk"]
    alike = alike_trunks({at.key: objects[at] for at in trunks})
    fixed = [
        *_entrances(objects, routes, setup),
        _internal(objects, rows),
        _including(EXTENSIONS, _family(rows, "exts")),
        _external(objects, routes, rows),
        *_forwarding(objects, routes, rows),
        _including("rec-blocklist", _family(rows, "blocked")),
        *(_inbound(at, rows, alike.get(at.key, [])) for at in trunks),
        *(_last(at, objects, setup, alike.get(at.key, [])) for at in trunks),
        feature_codes(setup),
        *common_scripts(),
    ]
    return (
        *(IndexSection(script.section()) for script in fixed),
        *(_bucket(at, of) for at, of in rows.items() if buckets is None or at in buckets),
    )


def is_bucket(name: str) -> bool:
    """Tell whether a context holds rows, and is rewritten only when one of them changes."""
    family = name.removeprefix("rec-").split("-", 1)[0]
    return name[-2:].isdigit() and family in BUCKETS


def buckets_of(address: Address, fields: Fields, setup: Setup) -> set[str]:
    """Return the contexts that hold an object's rows."""
    return {row.context for row in rows_of(address, fields, setup)}


def _in_use(fields: Fields) -> bool:
    return fields.get("enabled") is not False


def _family(names: Iterable[str], family: str) -> list[str]:
    start = f"rec-{family}-"
    return [name for name in names if name.startswith(start) and name[len(start) :].isdigit()]


def _including(name: str, included: Iterable[str]) -> Script:
    script = Script(name)
    script.include(*included)
    return script


def _route(at: Address) -> str:
    return context_of("outbound_route", at.key)


def _entrances(objects: Objects, routes: list[Address], setup: Setup) -> Iterator[Script]:
    """Yield where phones dial: without a class, and one context for each class."""
    urgent = [at for at in routes if objects[at].get("emergency")]
    is_asked = any(
        each.get("caller_id") for at in urgent for each in objects[at].get("patterns") or ()
    )
    for name in (None, *_all_classes(objects)):
        entrance = class_context(name, setup)
        rest = [INTERNAL, *(_route(at) for at in _allowed(name, routes, objects))]
        if is_asked:
            masked, after = _for_class("rec-masked", name), _for_class("rec-after", name)
            yield _masked(masked, after)
            yield _including(after, rest)
            rest = [masked, *rest]
        yield _including(entrance, [*map(_route, urgent), *rest])


def _for_class(start: str, name: str | None) -> str:
    return f"{start}-{name}" if name else start


def _masked(name: str, after: str) -> Script:
    """Return where a caller who was asked for, and whom no emergency route takes, is unmasked.

    What comes next are people's phones, which show who calls.
    """
    script = Script(name)
    script.exten(f"_[*#+0-9]!/_{MASK}!", f"Set(REC_AGAIN={after},${{EXTEN}},1)")
    script.same("Goto(rec-who,unmask,1)")
    return script


def _all_classes(objects: Objects) -> list[str]:
    return sorted(
        {
            name
            for at, fields in objects.items()
            for name in (
                [fields.get("class_of_service")] if at.kind == "extension" else _classes(fields)
            )
            if name
        }
    )


def _allowed(name: str | None, routes: list[Address], objects: Objects) -> Iterator[Address]:
    """Yield the usual routes that a class of service may use."""
    for at in routes:
        classes = _classes(objects[at])
        if not objects[at].get("emergency") and (not classes or name in classes):
            yield at


def _classes(fields: Fields) -> list[str]:
    return fields.get("classes") or []


def _internal(objects: Objects, buckets: Iterable[str]) -> Script:
    names = list(buckets)
    lots = [context_of("parking_lot", at.key) for at in sorted(objects) if at.kind == "parking_lot"]
    return _including(INTERNAL, [EXTENSIONS, *_family(names, "numbers"), "rec-features", *lots])


def _external(objects: Objects, routes: list[Address], buckets: Iterable[str]) -> Script:
    """Return the way out for numbers in the configuration. Nobody is there to enter a PIN.

    Nor are calls for help made by configuration: only who dials the number gets there.
    """
    free = [at for at in routes if not objects[at].get("emergency")]
    return _leaving(EXTERNAL, free, objects, buckets)


def _forwarding(
    objects: Objects, routes: list[Address], buckets: Iterable[str]
) -> Iterator[Script]:
    """Yield the same for what extensions forward: as far as their class of service may call."""
    names = list(buckets)
    for name in (None, *_all_classes(objects)):
        yield _leaving(forward_context(name), _allowed(name, routes, objects), objects, names)


def _leaving(
    name: str, routes: Iterable[Address], objects: Objects, buckets: Iterable[str]
) -> Script:
    free = [_route(at) for at in routes if objects[at].get("pin") is None]
    return _including(name, [*_family(buckets, "long"), *free])


def _inbound(at: Address, buckets: Iterable[str], alike: list[str]) -> Script:
    """Return where a trunk's calls come in: DIDs of one caller, other DIDs, the rest.

    Of each the trunk's own come first. The kind of route goes before: the more exact key wins.
    Those of trunks that cannot be told from this one count as its own.
    """
    names = list(buckets)
    families = [
        family
        for kind in ("callers", "dids")
        for family in (*(f"{kind}-{name}" for name in (at.key, *alike)), kind)
    ]
    held = (name for family in families for name in _family(names, family))
    return _including(context_of("inbound", at.key), [*held, context_of("last", at.key)])


def _last(at: Address, objects: Objects, setup: Setup, alike: list[str]) -> Script:
    """Return what happens to a call that no DID takes.

    A carrier at which we register may send our user name instead of the number: then the number
    stands in To, and is looked up once. By the user name of another trunk of this address the call
    is that one's.
    """
    script = Script(context_of("last", at.key))
    for user, trunk in _users_of(alike, objects, at).items():
        script.exten(user, f"Set(GROUP()=trunk-{trunk})")
        script.same(f"Goto({context_of('inbound', trunk)},{user},1)")
    for exten in ("_[*#+0-9]!", "_[a-zA-Z].", "s"):  # no single letter: h and i are Asterisk's
        script.exten(exten, 'GotoIf($["${REC_LOOKED}"="1"]?any)')
        script.same("Set(REC_LOOKED=1)")
        script.same("Set(REC_TO=${PJSIP_HEADER(read,To)})")
        script.same("Set(REC_DID=${FILTER(+0-9,${CUT(CUT(REC_TO,@,1),:,2)})})")
        script.same(
            f"GotoIf($[${{LEN(${{REC_DID}})}}>1]?{context_of('inbound', at.key)},${{REC_DID}},1)"
        )
        script.same("Set(REC_CALLER=${FILTER(+0-9,${CALLERID(num)})})", "any")
        for caller, route in _any_routes([at.key, *alike], objects):
            target = enter("inbound_route", route.key)
            if caller is None:
                script.same(target)
                break
            shown = [""] if caller == "anonymous" else spellings(caller, setup)
            tests = " | ".join(f'"${{REC_CALLER}}"="{each}"' for each in shown)
            script.same(f"GotoIf($[{tests}]?{target[5:-1]})")
        else:
            script.same("Hangup(1)")
    return script


def _users_of(trunks: list[str], objects: Objects, at: Address) -> dict[str, str]:
    """Return the trunks by the user that a carrier calls them by, where no other is called so."""
    found: dict[str, list[str]] = {}
    for name in (at.key, *trunks):
        fields = objects[at._replace(key=name)]
        user = fields.get("registration.contact_user") or fields.get("username")
        if fields.get("mode", "register") == "register" and user and _USER.fullmatch(user):
            found.setdefault(user, []).append(name)
    return {
        user: names[0] for user, names in found.items() if names[1:] == [] and names != [at.key]
    }


def _any_routes(trunks: list[str], objects: Objects) -> list[tuple[str | None, Address]]:
    """Return the routes for any number on a trunk: those for one caller first, its own first."""
    found = []
    for at in sorted(objects):
        trunk = objects[at].get("trunk")
        if at.kind == "inbound_route" and trunk in (None, *trunks):
            did, caller = parse_did(at.key)
            if did is None:
                far = len(trunks) if trunk is None else trunks.index(trunk)
                found.append((caller is None, far, at, caller))
    return [(caller, at) for _, _, at, caller in sorted(found, key=lambda each: each[:3])]


def _bucket(name: str, rows: list[Row]) -> IndexSection:
    script = Script(name)
    owners: dict[str, Address] = {}
    for row in rows:
        before = len(script.lines)
        script.exten(row.number, row.application)
        if row.hint:
            script.hint(row.number, row.hint)
        for line in script.lines[before:]:
            owners[f"{line.variable} = {line.value}"] = row.owner
    return IndexSection(script.section(), owners)
