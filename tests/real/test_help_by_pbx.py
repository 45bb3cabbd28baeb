"""Calls for help from contexts that others wrote: what we say of them, and what Asterisk does.

Random contexts with patterns, variables, callers, switches and includes of each other and of ours.
Some have lines and includes of AEL, too, of which what is loaded tells. Where we say that 911
reaches its route, it does, and where we say that it leads nowhere, it does not; of everything else
we say that it is not known. With RECONCILER_TEST_EVERY=1 many more.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable

from reconciler.adapters.asterisk import ADAPTER
from reconciler.planning.rails.entrances import not_reached
from tests.real.asking import append, ask, be_quiet, note_trunks
from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk.modules import QUICK_BOOT_MODULES
from tests.real.asterisk_io import settings_of
from tests.real.dialplan_lab import load
from tests.real.test_asterisk_reading import TARGET, WHOLE

EVERY = os.environ.get("RECONCILER_TEST_EVERY") == "1"
SEED = int(os.environ.get("RECONCILER_TEST_SEED", "1"))
CONTEXTS = 400 if EVERY else 80

GLOBALS = "[globals]\nSOS = 911\nNINE = 9\nWAY = from-internal\nALL = _${NINE}XX\n"
EXTENS = (
    "911", "9-11", "_9XX", "_[9]1.", "112", "_1[1-2]X", "_X.", "_.", "5", "_NXX!", "911/1001",
    "911/_10XX", "${SOS}", "_${NINE}11", "${NOSUCH}", "${ALL}", "_${NINE}${NOSUCH}12", "_[9-1]X.",
    "_[^9]11", "_8!", "9110", "91", "*911", "${SOS}0",
)  # fmt: skip
LINES = (
    "exten => 911,hint,PJSIP/1001", "exten => 911,2,NoOp()", "ignorepat => 9",
    "switch => Realtime/x@y",
)  # fmt: skip
INCLUDES = (
    "from-internal", "rec-internal", "rec-outbound_route-help", "rec-outbound_route-usual",
    "rec-class-boss", "rec-external", "${WAY}", "${NOSUCH}", "parkedcalls",
    "from-internal,00:00-23:59,*,*,*",
)  # fmt: skip
OF_AEL = ("911", "_9XX", "_[9]1.", "112", "_1[1-2]X", "_X.", "5", "_NXX!", "_8!", "9110", "*911")
INCLUDES_OF_AEL = tuple(each for each in INCLUDES if "$" not in each and "-class-" not in each)
CALLERS = ("1001", "2001")

ESTATE = {
    "outbound_route/help": {"order": 9, "patterns": [{"match": "911"}, {"match": "11[28]"}],
                            "trunks": ["a"], "emergency": True},
    "outbound_route/usual": {"order": 1, "patterns": [{"match": "9X."}], "trunks": ["b"],
                             "classes": ["boss"]},
    "trunk/a": {"host": "127.0.0.1", "mode": "none", "qualify": False},
    "trunk/b": {"host": "127.0.0.1", "mode": "none", "qualify": False},
}  # fmt: skip


async def test_whether_help_is_reached(asterisk_factory: Callable[..., Asterisk]) -> None:
    rnd = random.Random(SEED)
    names = [f"c{number}" for number in range(CONTEXTS)]
    text = GLOBALS + "".join(_context(name, names, rnd) for name in names)
    # What AEL adds to an extension that has its hint in extensions.conf is not told as AEL's.
    hinted = {name for name in names if ",hint," in _part(text, name)}
    ael = "".join(
        _of_ael(name, names, rnd) for name in names if rnd.random() < 0.4 and name not in hinted
    )
    pbx = asterisk_factory(
        extra={"extensions.conf": text, "extensions.ael": ael},
        modules=(*QUICK_BOOT_MODULES, "res_ael_share", "pbx_ael"),
    )
    load(pbx, ESTATE)
    async with ADAPTER.connect(TARGET, settings_of(pbx), timeout_s=60) as connection:
        contexts = (await connection.read(WHOLE)).entrances
    assert contexts is not None
    assert any(met.where.startswith("extensions.ael") for each in contexts.values() for met in each)
    be_quiet(pbx)
    note_trunks(pbx)
    calls = [(number, caller) for number in ("911", "112") for caller in CALLERS]
    told = ask(
        pbx,
        {
            name: [
                step
                for number, caller in calls
                for step in (
                    append("_"),
                    f"Set(CALLERID(num)={caller})",
                    f"Dial(Local/{number}@{name},5)",
                )
            ]
            for name in names
        },
    )
    said = dict.fromkeys(("reached", "nowhere", "not known"), 0)
    for name in names:
        for (number, _), went in zip(calls, told[name].split("_")[1:], strict=True):
            pattern = "911" if number == "911" else "11[28]"
            why = not_reached(pattern, "help", name, contexts, {"usual": ["9X."]})
            if why is None:
                assert went == f"{number}@a", (SEED, name, number, went)
            elif why == "":
                assert went != f"{number}@a", (SEED, name, number, went)
                assert pattern != number or went == "", (SEED, name, number, went)
            said["reached" if why is None else "not known" if why else "nowhere"] += 1
    assert all(said.values()), said


def _context(name: str, names: list[str], rnd: random.Random) -> str:
    lines = [
        f"exten => {each},1,{append('h')}" for each in rnd.choices(EXTENS, k=rnd.randint(0, 3))
    ]
    lines += rnd.choices(LINES, k=int(rnd.random() < 0.3))
    includes = [*INCLUDES, *rnd.choices(names, k=6)]
    lines += [f"include => {each}" for each in rnd.choices(includes, k=rnd.randint(0, 3))]
    rnd.shuffle(lines)
    return "\n".join((f"[{name}]", *lines, ""))


def _part(text: str, name: str) -> str:
    return text.partition(f"[{name}]\n")[2].partition("\n[")[0]


def _of_ael(name: str, names: list[str], rnd: random.Random) -> str:
    """Return what AEL adds to a context, or all of one that extensions.conf leaves empty."""
    lines = [f"{each} => {{ {append('h')}; }};" for each in sorted({*rnd.choices(OF_AEL, k=2)})]
    includes = rnd.choices([*INCLUDES_OF_AEL, *rnd.choices(names, k=4)], k=rnd.randint(0, 2))
    shown = "".join(f"{each.replace(',', '|')}; " for each in dict.fromkeys(includes))
    lines += [f"includes {{ {shown}}};"] if includes else []
    return f"context {name} {{ {' '.join(lines[rnd.randint(0, 1) :])} }};\n"
