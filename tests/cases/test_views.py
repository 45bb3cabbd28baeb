"""Every output against its expected text. `WRITE_EXPECTED=1 pytest ...` writes them anew."""

import json
import os
import re
from pathlib import Path

import pytest

from reconciler.views import machine
from reconciler.views.cells import cells
from reconciler.views.terminal.page import Look
from tests.cases.views.outputs import OTHERS, TERMINAL

EXPECTED = Path(__file__).parent / "views" / "expected"
NEVER_WRAPPED = {"doctor"}
"""Lines to copy are longer than the screen when they must be."""


def compare(name: str, text: str) -> None:
    file = EXPECTED / name
    if os.environ.get("WRITE_EXPECTED"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8")
    assert text + "\n" == file.read_text(encoding="utf-8"), f"see WRITE_EXPECTED in {__file__}"


@pytest.mark.parametrize("name", TERMINAL)
def test_terminal_output_is_as_expected(name: str) -> None:
    compare(f"{name}.txt", TERMINAL[name](Look(80)))


@pytest.mark.parametrize("name", OTHERS)
def test_other_output_is_as_expected(name: str) -> None:
    compare(name, OTHERS[name]())


@pytest.mark.parametrize("width", [60, 80, 100, 120])
@pytest.mark.parametrize("name", TERMINAL)
def test_no_line_is_too_wide_or_ends_in_blanks(name: str, width: int) -> None:
    for line in TERMINAL[name](Look(width)).split("\n"):
        assert line == line.rstrip(), line
        if name not in NEVER_WRAPPED:
            assert cells(line) <= width, line


@pytest.mark.parametrize("name", TERMINAL)
def test_colour_changes_nothing_but_colour(name: str) -> None:
    seen: list[str] = []

    def paint(text: str, role: str) -> str:
        seen.append(role)
        return f"\x1b[{role}m{text}\x1b[m"

    plain = TERMINAL[name](Look(80))
    painted = TERMINAL[name](Look(80, paint))
    for role in set(seen):
        painted = painted.replace(f"\x1b[{role}m", "")
    assert painted.replace("\x1b[m", "") == plain


@pytest.mark.parametrize("name", [each for each in OTHERS if each.endswith(".json")])
def test_json_says_its_version_and_command(name: str) -> None:
    data = json.loads(OTHERS[name]())
    assert list(data)[:2] == ["version", "command"]
    assert data["version"] == 1


def test_no_output_holds_what_a_terminal_would_obey() -> None:
    for text in (*(each(Look(80)) for each in TERMINAL.values()), *(e() for e in OTHERS.values())):
        assert not [char for char in text if ord(char) < 32 and char != "\n"]
        assert "\u202e" not in text


@pytest.mark.parametrize("name", [each for each in OTHERS if each.endswith(".json")])
def test_the_readme_tells_every_field(name: str) -> None:
    readme = (Path(machine.__file__).parent / "README.md").read_text(encoding="utf-8")
    data = json.loads(OTHERS[name]())
    for key, value in data.items():
        assert f'"{key}"' in readme
        first = value[0] if isinstance(value, list) and value else None
        for below in first if isinstance(first, dict) else ():
            assert f'"{below}"' in readme, f"{key}[].{below}"


def test_examples_in_the_readme_are_json() -> None:
    readme = (Path(machine.__file__).parent / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```json\n(.*?)```", readme, flags=re.DOTALL)
    assert len(blocks) >= 10
    for block in blocks:
        assert json.loads(block)["version"] == 1
