"""Every recorded exchange against the emulator: the same status, kind, structure and values.

Where the recording also has what changed in the tables, that is compared too. What deviates is
listed in `deviations.py` with its reason, and nothing else does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.lab.freepbx.server import Emulator
from reconciler.lab.freepbx.tables import Tables
from tests.lab.freepbx.replay import rows
from tests.lab.freepbx.replay.compare import answers
from tests.lab.freepbx.replay.course import COURSE_16, COURSE_17, Part
from tests.lab.freepbx.replay.deviations import DEVIATIONS
from tests.lab.freepbx.replay.exchanges import Exchange, exchanges, folder
from tests.lab.freepbx.replay.session import Session

pytestmark = pytest.mark.skipif(
    folder() is None,
    reason="NOTHING WAS REPLAYED: shared/facts/freepbx-exchanges is not beside the checkout",
)
NUMBER = re.compile(r'(?:extensionId|id)"?: ?"(\d+)"')


def replayed(session: Session, course: list[Part]) -> Iterator[tuple[Exchange, list[str]]]:
    """Send everything in its order; gives each exchange with its differences."""
    for part in course:
        if part.before is not None:
            part.before(session)
        for exchange in exchanges(part.file)[part.first : part.last]:
            step = part.within.get(exchange.case)
            if step is not None:
                step(session)
            yield exchange, list(differences(session, exchange))


def differences(session: Session, exchange: Exchange) -> Iterator[str]:
    tables = session.emulator.pbx.tables
    compared = exchange.seen.keys() & {"state_changes", "table_changes", "table_after"}
    before = rows.Before(tables) if compared else rows.Before(Tables())
    yield from answers(exchange.response, session.send(exchange))
    seen = exchange.seen
    if "state_changes" in seen:
        number = _number(exchange)
        yield from rows.changed(
            seen["state_changes"], before.of_one(number), rows.of_one(tables, number)
        )
    if "table_changes" in seen:
        yield from rows.exchanged(seen["table_changes"], before, tables)
    if "table_after" in seen:
        yield from rows.left(seen["table_after"], before, tables)
    if "rows_after" in seen:
        yield from rows.of_number(seen["rows_after"], tables)


def _number(exchange: Exchange) -> str:
    """The extension that a request is about."""
    if "form" in exchange.request:
        return str(dict(exchange.request["form"])["extdisplay"])
    body: Any = exchange.request["json"]
    found = NUMBER.search(str(body).replace("'", '"'))
    assert found is not None, exchange.name
    return found[1]


def _is_known(exchange: Exchange, difference: str) -> bool:
    return any(
        re.fullmatch(file, exchange.file) and re.search(case, exchange.case)
        and re.search(pattern, difference)
        for file, case, pattern, _reason in DEVIATIONS
    )  # fmt: skip


@pytest.mark.parametrize(("version", "course"), [("17", COURSE_17), ("16", COURSE_16)])
def test_every_recorded_exchange_is_answered_as_recorded(version: Any, course: list[Part]) -> None:
    unexpected: list[str] = []
    count = 0
    with Emulator(version, reload_s=30.0) as emulator:
        session = Session(emulator)
        for exchange, found in replayed(session, course):
            count += 1
            unexpected += [
                f"{exchange.name}\n    {each}" for each in found if not _is_known(exchange, each)
            ]
        assert not emulator.crashes, emulator.crashes[0]
    assert not unexpected, f"{len(unexpected)} differences:\n" + "\n".join(unexpected)
    assert count > 70


def test_every_file_is_in_a_course() -> None:
    path = folder()
    assert path is not None
    files = {str(each.relative_to(path).with_suffix("")) for each in path.rglob("*.json")}
    assert files - {part.file for part in [*COURSE_17, *COURSE_16]} == {
        "need-reload", "v16/need-reload",
    }  # fmt: skip
