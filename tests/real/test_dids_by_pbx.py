"""Which inbound route a real Asterisk takes for a call, against what the language promises.

Random tables: numbers with and without +, national ones, leading zeros, callers, `any`, routes of
one trunk and of all, trunks of one address; calls as carriers deliver them. A sample; with
RECONCILER_TEST_EVERY=1 many more tables.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from typing import NamedTuple

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.dialplan import context_of
from reconciler.kinds.did import DID, parse_did, spellings_of
from reconciler.rules.numbering import bare_number
from tests.real.asking import append, ask, be_quiet
from tests.real.asterisk.instance import Asterisk
from tests.real.dialplan_lab import Fields, load

EVERY = os.environ.get("RECONCILER_TEST_EVERY") == "1"
SEED = int(os.environ.get("RECONCILER_TEST_SEED", "1"))
TABLES, CALLS = (150, 60) if EVERY else (8, 60)

COUNTRIES = ("US", "GB", "IT", "CH", "CN", None)
NUMBERS = (
    "+16035550100", "+16035550101", "+442079460000", "+442079460001", "+390669812345",
    "+41445550100", "+493012345678", "16035550100", "6035550100", "00390669812345", "0669812345",
    "02079460000", "445550100", "0445550100", "0012", "012", "12", "5", "0", "77", "077",
)  # fmt: skip
NOBODY = ("anonymous", "Anonymous", "", "unavailable", "Restricted", "private", "unknown", "ANON")
TRUNKS = ("alpha", "05", "dids-1")
HOSTS = ("127.0.0.8", "127.0.0.9", "127.0.0.10")

Routes = dict[str, Fields]


class Delivered(NamedTuple):
    """A call as a carrier delivers it: over which trunk, for which number, from whom."""

    trunk: str
    number: str
    caller: str


def test_the_route_that_takes_the_call(asterisk: Asterisk) -> None:
    rnd = random.Random(SEED)
    be_quiet(asterisk)
    wrong, went = [], set()
    for _ in range(TABLES):
        country = rnd.choice(COUNTRIES)
        routes = _table(rnd, country)
        calls = [_call(rnd, routes, country) for _ in range(CALLS)]
        hosts = {name: rnd.choice(HOSTS) for name in TRUNKS}
        _load(asterisk, routes, hosts, country)
        told = ask(asterisk, {"all": _steps(calls)})["all"].split("_")[1:]
        for call, theirs in zip(calls, told, strict=True):
            went.add(theirs)
            ours = _taken(routes, call, hosts, country)
            if theirs not in ours:
                wrong.append(
                    f"{call} in {country}: Asterisk {theirs!r}, we {ours!r}; {routes}; {hosts}"
                )
    assert wrong == [], f"RECONCILER_TEST_SEED={SEED}: {len(wrong)} differ"
    assert {"", "any", "any@anonymous"} < went
    assert len(went) > 25


def _table(rnd: random.Random, country: str | None) -> Routes:
    routes: Routes = {}
    taken = set()
    for _ in range(rnd.randint(1, 14)):
        did = "any" if rnd.random() < 0.25 else rnd.choice(NUMBERS)
        caller = rnd.choice(("", "", "anonymous", *rnd.sample(NUMBERS, 2)))
        key = f"{did}@{caller}" if caller else did
        if re.fullmatch(DID.pattern, key) and (same := _same(key, country)) not in taken:
            taken.add(same)
            routes[key] = {"destination": "hangup"}
            if rnd.random() < 0.4:
                routes[key]["trunk"] = rnd.choice(TRUNKS)
    return routes


def _same(key: str, country: str | None) -> tuple[str, str]:
    """Return what no two routes may have in common (`duplicate-did`)."""
    did, caller = parse_did(key)
    return bare_number(did or "any", country), bare_number(caller or "", country)


def _call(rnd: random.Random, routes: Routes, country: str | None) -> Delivered:
    did, caller = parse_did(rnd.choice(list(routes)))
    if rnd.random() < 0.2 or did is None:
        did = rnd.choice(NUMBERS)
    if rnd.random() < 0.3 or caller is None:
        caller = rnd.choice((*NUMBERS, "anonymous"))
    number = rnd.choice(spellings_of(did, country))
    shown = rnd.choice(NOBODY if caller == "anonymous" else spellings_of(caller, country))
    if rnd.random() < 0.15:
        number += rnd.choice("019")
    if rnd.random() < 0.1:
        shown = shown[1:]
    return Delivered(rnd.choice(TRUNKS), number, shown)


def _load(pbx: Asterisk, routes: Routes, hosts: dict[str, str], country: str | None) -> None:
    """Load routes that append their key to the answer, and trunks on which calls come in."""
    objects = {f"inbound_route/{key}": fields for key, fields in routes.items()}
    for name, host in hosts.items():
        objects[f"trunk/{name}"] = {"host": host, "mode": "ip", "qualify": False}
    load(pbx, objects, Setup(country=country, codes={}))
    file = pbx.etc / "rec_ext_00.conf"
    text = file.read_text()
    for key in routes:
        start = f"[{context_of('inbound_route', key)}]\nexten = s,1,"
        assert start in text
        text = text.replace(start, f"{start}{append(key)}\nsame = n,")
    file.write_text(text)


def _steps(calls: list[Delivered]) -> Iterator[str]:
    for trunk, number, caller in calls:
        yield append("_")
        yield f"Set(CALLERID(num)={caller})"
        yield f"Dial(Local/{number}@{context_of('inbound', trunk)},5)"


def _taken(routes: Routes, call: Delivered, hosts: dict[str, str], country: str | None) -> set[str]:
    """Return what we say: the most exact key of those that take the call."""
    ranks: dict[str, tuple[bool, ...]] = {}
    for key, fields in routes.items():
        did, caller = parse_did(key)
        trunk = fields.get("trunk")
        if trunk is not None and hosts[trunk] != hosts[call.trunk]:
            continue
        if did is not None and call.number not in spellings_of(did, country):
            continue
        if caller == "anonymous" and re.search("[0-9]", call.caller):
            continue
        if caller not in (None, "anonymous") and call.caller not in spellings_of(caller, country):
            continue
        ranks[key] = (
            did is not None, caller is not None, trunk is not None, trunk == call.trunk,
            did == call.number, caller == call.caller,
        )  # fmt: skip
    best = max(ranks.values(), default=())
    return {key for key, rank in ranks.items() if rank == best} or {""}
