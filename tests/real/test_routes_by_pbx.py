"""Which route a real Asterisk takes for a number, and what it sends, against what we say.

Random tables of routes: overlapping patterns, strips, classes, callers, emergency routes, and
extensions with the numbers of those; numbers at the edges of the patterns, dialled and forwarded by
extensions that show others another number. A sample; with RECONCILER_TEST_EVERY=1 many more tables.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import ValidationError

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.kinds.dial_pattern import breadth, covers, overlap, taken_by
from reconciler.kinds.outbound_route import OutboundRoute
from tests.real.asking import append, ask, be_quiet, note_trunks
from tests.real.asterisk.instance import Asterisk
from tests.real.dialplan_lab import load

EVERY = os.environ.get("RECONCILER_TEST_EVERY") == "1"
SEED = int(os.environ.get("RECONCILER_TEST_SEED", "1"))
TABLES, CALLS = (120, 60) if EVERY else (6, 50)

PARTS = (
    "X", "Z", "N", "0", "1", "9", "2", "1", "9", "0", "*", "#", "[1-3]", "[15-9]", "[2-9]", "[0-4]",
    "[013]", "[*#]", "[9]", "[1-3-5]", "[5-57]", "[7-91]",
)  # fmt: skip
WHOLE = (".", "!", "X.", "911", "112", "[19]1[12]", "9N11", "00.", "+X.", "N11", "011.", "+!")
KEYS = "0123456789*#+"
CALLERS = ("1001", "2001", "1009", "")
SHOWN = (*CALLERS, "+16035550100", "anonymous", "100", "unknown")

OFFICE = "office"
"""A hand-written context that includes ours; no class of service."""

INSIDE = ("911", "112", "9911")
"""Numbers of extensions."""

Routes = dict[str, dict[str, Any]]


class Asked(NamedTuple):
    """A number, dialled or forwarded to in a class of service (or in none) by an extension.

    `shown` is the number that others see of the caller.
    """

    number: str
    class_: str | None
    caller: str
    shown: str
    forwarded: bool


def test_the_route_the_trunks_and_the_number_that_is_sent(asterisk: Asterisk) -> None:
    rnd = random.Random(SEED)
    be_quiet(asterisk)
    asterisk.add_config("rec_ext_98.conf", f"[{OFFICE}]\ninclude = from-internal\n")
    wrong, went = [], 0
    for _ in range(TABLES):
        routes = _table(rnd)
        patterns = [each["match"] for route in routes.values() for each in route["patterns"]]
        calls = [
            Asked(
                _near(rnd.choice(patterns), rnd), rnd.choice((None, OFFICE, "boss", "lobby")),
                caller, rnd.choice(SHOWN), rnd.random() < 0.25,
            )
            for caller in rnd.choices(CALLERS, k=CALLS)
        ]  # fmt: skip
        calls += [call._replace(number=each) for call in calls[:2] for each in INSIDE]
        _load(asterisk, routes)
        told = ask(asterisk, {"all": _steps(routes, calls)})["all"].split("_")[1:]
        for call, theirs in zip(calls, told, strict=True):
            went += bool(theirs)
            if (ours := _sent(routes, call)) != theirs:
                wrong.append(f"{call}: Asterisk {theirs!r}, we {ours!r}; {routes}")
    assert wrong == [], f"RECONCILER_TEST_SEED={SEED}: {len(wrong)} differ"
    assert went > TABLES * CALLS / 3


def test_what_patterns_cover_is_what_asterisk_takes(asterisk: Asterisk) -> None:
    """A pattern that covers another takes whatever the other takes, and so on, by Asterisk's word.

    Sets that nobody may declare stand in hand-written dialplan all the same.
    """
    rnd = random.Random(SEED)
    patterns = [*("[9-1]", "[9-12]X", "[^1]", "[-19]", "[1-3-]X", "[x]1", "[]"), *WHOLE]
    patterns += [_pattern(rnd) for _ in range(200 if EVERY else 40)]
    numbers = {_near(each, rnd) for each in patterns if each != "[]" for _ in range(6)}
    numbers = {each for each in numbers if each}
    text = "".join(f"[p{n}]\nexten = _{each},1,NoOp()\n" for n, each in enumerate(patterns))
    asterisk.add_config("rec_ext_98.conf", text)
    be_quiet(asterisk)
    told = ask(
        asterisk,
        {
            each: [append(f"${{DIALPLAN_EXISTS(p{n},{number},1)}}") for number in sorted(numbers)]
            for n, each in enumerate(patterns)
        },
    )
    takes = {
        each: {
            number for number, says in zip(sorted(numbers), told[each], strict=True) if int(says)
        }
        for each in patterns
    }
    for each in patterns:
        assert takes[each] == {number for number in numbers if taken_by(each).fullmatch(number)}
    for one in patterns:
        for other in patterns:
            assert not covers(one, other) or takes[other] <= takes[one], (one, other)
            assert overlap(one, other) or not takes[one] & takes[other], (one, other)


def _pattern(rnd: random.Random) -> str:
    if rnd.random() < 0.1:
        return rnd.choice(WHOLE)
    plus = "+" if rnd.random() < 0.15 else ""
    body = "".join(rnd.choices(PARTS, k=rnd.randint(1, 5)))
    return plus + body + rnd.choice(("", "", "", ".", "!"))


def _near(pattern: str, rnd: random.Random) -> str:
    """Return a number that a pattern takes, at the edges of its sets, or one close by."""
    number = ""
    for part in re.findall(r"\[[^\]]*\]|.", pattern):
        if part in (".", "!"):
            number += "".join(rnd.choices(KEYS, k=rnd.randint(0, 3)))
            continue
        keys = [each for each in KEYS if taken_by(part).fullmatch(each)] or list("0159")
        number += rnd.choice((keys[0], keys[-1], rnd.choice(keys)))
    change = rnd.random()
    if change < 0.1:
        number = number[:-1]
    elif change < 0.2:
        number += rnd.choice("0191*")
    elif change < 0.3 and number:
        at = rnd.randrange(len(number))
        number = number[:at] + rnd.choice(KEYS) + number[at + 1 :]
    return number or "0"


def _table(rnd: random.Random) -> Routes:
    routes: Routes = {}
    wanted = rnd.randint(1, 5)
    while len(routes) < wanted:
        fields: dict[str, Any] = {
            "order": rnd.choice((1, 2, 3, 5)),
            "patterns": [_written(rnd) for _ in range(rnd.randint(1, 4))],
            "trunks": rnd.sample(("a", "b", "c"), rnd.randint(1, 3)),
            "enabled": rnd.random() > 0.08,
        }
        kind = rnd.random()
        if kind < 0.15:
            fields["emergency"] = True
        elif kind < 0.4:
            fields["classes"] = rnd.sample(("boss", "lobby"), rnd.randint(1, 2))
        try:
            made = OutboundRoute.model_validate(fields)
        except ValidationError:
            continue  # strips more than there is
        fields["patterns"] = [each.model_dump(exclude_defaults=True) for each in made.patterns]
        routes[f"r{len(routes)}"] = fields
    return routes


def _written(rnd: random.Random) -> dict[str, Any]:
    pattern: dict[str, Any] = {"match": _pattern(rnd)}
    if rnd.random() < 0.4:
        pattern["strip"] = rnd.randint(0, 3)
    if rnd.random() < 0.3:
        pattern["prepend"] = rnd.choice(("+1", "00", "9", "*67", "+"))
    if rnd.random() < 0.3:
        pattern["caller_id"] = rnd.choice(("1001", "100X", "2XXX", "X", "NZXX"))
    return pattern


def _load(pbx: Asterisk, routes: Routes) -> None:
    """Load routes over trunks that note what they are given, and cannot take the call.

    Extensions note who calls.
    """
    objects: Routes = {f"outbound_route/{name}": fields for name, fields in routes.items()}
    objects |= {f"extension/{number}": {"name": number} for number in INSIDE}
    for name in "abc":
        objects[f"trunk/{name}"] = {"host": "127.0.0.1", "mode": "none", "qualify": False}
    load(pbx, objects, Setup(country="US", codes={}))
    note_trunks(pbx, "${CALLERID(num)}/")
    file = pbx.etc / "rec_ext_00.conf"
    text = file.read_text()
    for number in INSIDE:
        start = f"[rec-extension-{number}]\nexten = {number},1,"
        assert start in text
        noted = append("${CALLERID(num)}/in")
        text = text.replace(start, f"{start}{noted}\nsame = n,")
    file.write_text(text)


def _steps(routes: Routes, calls: list[Asked]) -> Iterator[str]:
    classes = {name for fields in routes.values() for name in fields.get("classes", ())}
    for number, class_, caller, shown, forwarded in calls:
        yield append("_")
        yield f"Set(CALLERID(num)={shown})"
        # Asterisk itself sets the one where a phone forwards (302), an extension of ours the other.
        yield f"Set(_FORWARDERNAME=PJSIP/{'9999' if forwarded else caller}-00000042)"
        yield f"Set(__REC_FORWARDER={caller if forwarded else '9999'})"
        if forwarded:
            context = f"rec-forward-{class_}" if class_ in classes else "rec-forward"
        else:
            context = f"rec-class-{class_}" if class_ in classes else "from-internal"
            context = OFFICE if class_ == OFFICE else context
        yield f"Dial(Local/{number}@{context},5)"


def _sent(routes: Routes, call: Asked) -> str:
    """Return what we say: the first route by order that takes the number, emergency ones before.

    Between them come extensions, which calls for help and what is forwarded outside pass by.
    """
    order = sorted(
        (name for name, fields in routes.items() if fields["enabled"]),
        key=lambda name: (not routes[name].get("emergency"), routes[name]["order"], name),
    )
    is_inside = call.number in INSIDE and not call.forwarded
    for fields in map(routes.__getitem__, order):
        is_urgent = fields.get("emergency")
        if is_urgent and call.forwarded:
            continue
        if is_inside and not is_urgent:
            break
        if not fields.get("classes") or call.class_ in fields["classes"]:
            taking = [each for each in fields["patterns"] if _takes(each, call)]
            if taking:
                return f"{call.shown}/{_over(fields, min(taking, key=_narrow), call.number)}"
    return f"{call.shown}/in" if is_inside else ""


def _takes(pattern: dict[str, Any], call: Asked) -> bool:
    callers = pattern.get("caller_id")
    if callers is not None and not taken_by(callers).fullmatch(call.caller):
        return False
    return taken_by(pattern["match"]).fullmatch(call.number) is not None


def _narrow(pattern: dict[str, Any]) -> tuple[bool, tuple[int, ...], bool]:
    is_pattern = re.fullmatch(r"[0-9*#+]+", pattern["match"]) is None
    return is_pattern, breadth(pattern["match"]), "caller_id" not in pattern


def _over(fields: dict[str, Any], pattern: dict[str, Any], number: str) -> str:
    sent = pattern.get("prepend", "") + number[pattern.get("strip", 0) :]
    return f"{sent}@{'>'.join(fields['trunks'])}"
