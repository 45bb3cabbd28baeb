"""Random estates over the kinds that refer to each other, cycles included, on one or two PBXs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from reconciler.model.address import Address
from reconciler.model.resource import Desired, Meta, Resource
from reconciler.model.secret import Secret
from reconciler.testing.building import desired, pbx, resource

NAMES = st.text("abÄé \u0416'\"\\$%{}<>;,=", min_size=1, max_size=8)
SECRETS = tuple(f"canary-{n}-Xk9vR2mQ7tLw" for n in range(6))
PINS = ("7391048", "6204917")
"""Values of the secrets that are planted: none of them may ever be seen."""
PLANTED = {
    **{f"S{n}": value for n, value in enumerate(SECRETS)},
    **{f"P{n}": value for n, value in enumerate(PINS)},
}
"""The same, by the environment variable in which they are."""


@dataclass(frozen=True)
class Keys:
    """The objects of a PBX by kind."""

    scope: str
    extension: tuple[str, ...]
    trunk: tuple[str, ...]
    ring_group: tuple[str, ...]
    ivr: tuple[str, ...]
    inbound_route: tuple[str, ...]
    outbound_route: tuple[str, ...]


POSSIBLE = Keys(
    "",
    ("1001", "1002", "0042", "7"),
    ("carrier", "backup"),
    ("600", "601"),
    ("main", "night", "sales"),
    ("+16035550100", "0100"),
    ("out", "911"),
)


def secrets() -> st.SearchStrategy[Secret]:
    return st.sampled_from([Secret(f"env:S{n}") for n in range(len(SECRETS))])


def pins() -> st.SearchStrategy[Secret]:
    return st.sampled_from([Secret(f"env:P{n}") for n in range(len(PINS))])


def some(possible: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(possible)).map(lambda found: tuple(sorted(found)))


@st.composite
def keys(draw: st.DrawFn, scope: str) -> Keys:
    found = {
        kind: draw(some(getattr(POSSIBLE, kind)))
        for kind in Keys.__dataclass_fields__
        if kind != "scope"
    }
    if not found["extension"]:
        found["ring_group"] = ()
    if not found["trunk"]:
        found["outbound_route"] = ()
    return Keys(scope, **found)


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={k.replace("__", "."): v for k, v in fields.items()})


def destinations(here: Keys, there: tuple[Keys, ...]) -> st.SearchStrategy[str]:
    found = ["hangup", "external/+441134960100"]
    for other in (here, *there):
        prefix = "" if other is here else f"{other.scope}:"
        for kind in ("extension", "ring_group", "ivr"):
            found += [f"{prefix}{kind}/{key}" for key in getattr(other, kind)]
    found += [f"voicemail/{key}" for key in here.extension]
    return st.sampled_from(found)


def fields_of(
    kind: str, here: Keys, there: tuple[Keys, ...]
) -> st.SearchStrategy[Mapping[str, Any]]:
    to = destinations(here, there)
    makers: dict[str, Callable[[], st.SearchStrategy[Mapping[str, Any]]]] = {
        "extension": lambda: st.tuples(
            st.fixed_dictionaries({"name": NAMES}),
            optional(
                secret=secrets(),
                ring_time=st.integers(5, 60),
                max_contacts=st.integers(1, 3),
                call_waiting=st.booleans(),
                dtmf=st.sampled_from(["info", None]),
                voicemail__email=st.just("a@example.com"),
                voicemail__enabled=st.booleans(),
                codecs=st.lists(st.sampled_from(["alaw", "ulaw", "g722"]), unique=True),
            ),
        ).map(merged),
        "trunk": lambda: st.tuples(
            st.fixed_dictionaries({"host": st.just("sip.example.com"), "mode": st.just("ip")}),
            optional(enabled=st.booleans(), secret=secrets(), channels=st.integers(1, 9)),
        ).map(merged),
        "ring_group": lambda: st.tuples(
            st.fixed_dictionaries(
                {
                    "name": NAMES,
                    "members": st.lists(
                        st.sampled_from([*here.extension, "+441134960100"]), min_size=1, max_size=3
                    ),
                }
            ),
            optional(no_answer=to, ring_time=st.integers(5, 60), skip_busy=st.booleans()),
        ).map(merged),
        "ivr": lambda: st.tuples(
            st.fixed_dictionaries(
                {"options": st.dictionaries(st.sampled_from("123*#"), to, max_size=3)}
            ),
            optional(name=NAMES, timeout=st.integers(1, 30), on_timeout=to, on_invalid=to),
        ).map(merged),
        "inbound_route": lambda: st.tuples(
            st.fixed_dictionaries({"destination": to}),
            optional(
                **({"trunk": st.sampled_from(here.trunk)} if here.trunk else {}),
                caller_id_prefix=NAMES,
                recording=st.booleans(),
            ),
        ).map(merged),
        "outbound_route": lambda: st.tuples(
            st.fixed_dictionaries(
                {
                    "order": st.integers(1, 9),
                    "patterns": st.just([{"match": "NXXXXXX"}]),
                    "trunks": st.lists(
                        st.sampled_from(here.trunk or ("",)), min_size=1, max_size=2
                    ),
                }
            ),
            optional(emergency=st.booleans(), pin=pins(), enabled=st.booleans()),
        ).map(merged),
    }
    return makers[kind]()


def merged(parts: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    return {key: value for part in parts for key, value in part.items()}


@st.composite
def resources(draw: st.DrawFn, pbxs: int = 2, *, metas: bool = False) -> tuple[Resource, ...]:
    names = ["office", "branch"][: draw(st.integers(1, pbxs))]
    everything = tuple(draw(keys(name)) for name in names)
    found = []
    for here in everything:
        there = tuple(each for each in everything if each is not here)
        for kind in Keys.__dataclass_fields__:
            if kind == "scope":
                continue
            for key in getattr(here, kind):
                fields = draw(fields_of(kind, here, there))
                meta = Meta(
                    ignore=tuple(draw(some(tuple(sorted(fields)))))
                    if metas and draw(st.integers(0, 4)) == 0
                    else ()
                )
                found.append(resource(Address(kind, here.scope, key), fields, meta=meta))
    return tuple(found)


def estate(found: tuple[Resource, ...]) -> Desired:
    """Return the estate on both PBXs, whether or not anything is declared there."""
    return desired(found, [pbx("office"), pbx("branch")])
