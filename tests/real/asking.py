"""Thousands of questions to the dialplan of a real Asterisk in one call, and its answers."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.real.asterisk.instance import Asterisk, AsteriskError

ANSWER = "ASKED"
"""The variable to which steps append what they learnt."""

DEADLINE_S = 300
_QUIET = "[logfiles]\nmessages => notice,warning,error\n"
_AT_ONCE = 50
"""How many questions are asked in one call: their contexts lie in one file."""


def be_quiet(pbx: Asterisk) -> None:
    """Let the server not write down each step of the dialplan."""
    pbx.add_config("logger.conf", _QUIET)
    pbx.cli("logger reload")


def ask(pbx: Asterisk, questions: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Carry out the steps of each question on one channel; return what each left in `ANSWER`."""
    names = list(questions)
    found: dict[str, str] = {}
    for at in range(0, len(names), _AT_ONCE):
        found |= _ask(pbx, {name: questions[name] for name in names[at : at + _AT_ONCE]})
    return found


_serial = itertools.count(1)


def _ask(pbx: Asterisk, questions: Mapping[str, Iterable[str]]) -> dict[str, str]:
    told = pbx.folder / f"told-{next(_serial)}"
    told.touch()
    lines: list[str] = []
    for number, steps in enumerate(questions.values()):
        lines += [f"[ask-{number}]", f"exten = s,1,Set(GLOBAL({ANSWER})=)"]
        lines += [f"same = n,{step}" for step in steps]
        lines += [f"same = n,Set(FILE({told},,,al,u)=.${{GLOBAL({ANSWER})}})"]
        lines += [f"same = n,Goto(ask-{number + 1},s,1)"]
    lines += [f"[ask-{len(questions)}]", f"exten = s,1,Set(FILE({told},,,al,u)=all)"]
    pbx.add_config("rec_ext_99.conf", "\n".join(lines) + "\n")
    pbx.cli("dialplan reload")
    pbx.cli(f"channel originate Local/s@ask-0 application Wait {DEADLINE_S}")
    answers = _wait_for(told)
    return {name: text[1:] for name, text in zip(questions, answers, strict=True)}


def _wait_for(told: Path) -> list[str]:
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        answers = told.read_text().split("\n")
        if answers[-2:] == ["all", ""]:
            return answers[:-2]
        time.sleep(0.02)
    raise AsteriskError(f"did not answer in {DEADLINE_S} s: {told}")


def append(text: str) -> str:
    """Return the step that adds to the answer."""
    return f"Set(GLOBAL({ANSWER})=${{GLOBAL({ANSWER})}}{text})"


def note_trunks(pbx: Asterisk, shown: str = "") -> None:
    """Let loaded trunks append what they are given, `NUMBER@FIRST>SECOND`, and take no call.

    What is `shown` of the caller is appended before.
    """
    file = pbx.etc / "rec_ext_00.conf"
    noted = append(rf"${{IF($[${{LEN(${{ON}})}}=0]?{shown}${{ARG1}}@:>)}}\1")
    text, count = re.subn(
        r"same = n,Dial\(PJSIP/\$\{ARG1\}@trunk-(\w),,\$\{ARG2\}\)",
        f"same = n,{noted}\nsame = n,Set(ON=1)\nsame = n,Set(DIALSTATUS=CHANUNAVAIL)",
        re.sub(r"n\(dial\)", "n", file.read_text()),
    )
    assert count > 0
    file.write_text(text)
