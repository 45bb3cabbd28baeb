"""What the dialplan tests share: objects put straight into the files of a private Asterisk."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.encode import MODULES
from reconciler.adapters.asterisk.index import index_sections
from reconciler.adapters.asterisk.render import render
from reconciler.adapters.asterisk.sections import FILES, Section, text_of
from reconciler.model.address import Address
from reconciler.model.secret import Clear
from reconciler.model.value import Value
from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk.phones import Behaviour, Call, Outside, Phone, UserAgent

Fields = dict[str, Value]
Objects = Mapping[str, Fields]

T = TypeVar("T")

ANSWERS = Behaviour(answer_after_s=0)
DEADLINE_S = 60.0


def phone(number: str, **fields: Value) -> Fields:
    """Return an extension with a password; `voicemail__email` stands for `voicemail.email`."""
    dotted = {path.replace("__", "."): value for path, value in fields.items()}
    return {"name": f"Phone {number}", "secret": Clear(f"secret-{number}"), **dotted}


def trunk(carrier: Outside, **fields: Value) -> Fields:
    """Return a trunk to a carrier, known by its address unless told otherwise."""
    dotted = {path.replace("__", "."): value for path, value in fields.items()}
    return {"host": carrier.host, "port": carrier.port, "mode": "ip", **dotted}


def load(
    pbx: Asterisk,
    objects: Objects,
    setup: Setup | None = None,
    *,
    edit: Callable[[str], str] = str,
) -> None:
    """Write the objects into our files and reload: what an apply does, without the wire.

    `edit` may change a file's text before.
    """
    setup = setup or Setup(country="US")
    addressed = {Address(*_split(text)): fields for text, fields in objects.items()}
    sections = [
        section
        for address, fields in addressed.items()
        for section in render(address.kind, address.key, fields, setup)
    ]
    sections += [each.section for each in index_sections(addressed, setup)]
    for family, name in FILES.items():
        text = _file(section for section in sections if section.family == family)
        (pbx.etc / name.format(shard=0)).write_text(edit(text), encoding="utf-8")
    for module in dict.fromkeys(MODULES.values()):
        pbx.cli(f"module reload {module}")


def _split(text: str) -> tuple[str, str, str]:
    kind, _, key = text.partition("/")
    return kind, "lumen", key


def _file(sections: Iterator[Section]) -> str:
    merged: dict[str, list[str]] = {}
    for section in sections:
        lines = merged.setdefault(section.name, [])
        for line in section.lines:
            escaped = text_of(line.value).replace(";", "\\;")
            lines.append(f"{line.variable} = {escaped}\n")
    return "".join(f"[{name}]\n{''.join(lines)}" for name, lines in merged.items())


@contextlib.contextmanager
def phones(pbx: Asterisk, *numbers: str) -> Iterator[list[Phone]]:
    """Yield registered phones with these numbers."""
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(Phone(pbx, n, f"secret-{n}")) for n in numbers]
        for each in found:
            each.register()
        yield found


def leave_message(pbx: Asterisk, dial: Callable[[], Call]) -> None:
    """Call a box, skip its greeting and speak for some seconds, as soon as it listens."""
    greeting, recording = "Playing 'vm-", "Recording the message"
    before = {each: len(pbx.logged(each)) for each in (greeting, recording)}
    call = dial().wait_answered()
    pbx.wait_for_log(greeting, count=before[greeting] + 1)
    call.press("#", by="rtp")
    pbx.wait_for_log(recording, count=before[recording] + 1)
    call.talk(2.5).hang_up()
    pbx.wait_idle()


def rung(*agents: UserAgent) -> list[str]:
    """Return who was rung since the last time that this was asked, in order; together sorted.

    Who refused is by itself: whoever rings after that rings because of it, however quickly.
    """
    calls = [call for agent in agents for call in agent.received]
    new = [call for call in calls if not getattr(call, "counted", False)]
    for call in new:
        call.counted = True  # type: ignore[attr-defined]
    new.sort(key=lambda call: call.arrived_at)
    groups: list[list[str]] = []
    former: Call | None = None
    for call in new:
        if former is None or former.refused or call.arrived_at - former.arrived_at > 0.5:
            groups.append([])
        groups[-1].append(call.owner.user)
        former = call
    return ["+".join(sorted(group)) for group in groups]


def first_rung(*agents: UserAgent) -> list[str]:
    """Return who was rung, as soon as somebody was."""
    return eventually(lambda: rung(*agents))


def eventually(look: Callable[[], T]) -> T:
    """Return what is found as soon as there is something; fail if there never is."""
    end = time.monotonic() + DEADLINE_S
    while not (found := look()):
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)
    return found


def problems(pbx: Asterisk) -> list[str]:
    """Return what Asterisk complained about, but for music that the test prefix does not have."""
    return [
        line
        for line in pbx.log().splitlines()
        if (" ERROR" in line or " WARNING" in line) and "music" not in line and "moh" not in line
    ]
