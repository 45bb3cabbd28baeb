"""The key of a kept estate: every kind of input is in it. Each is changed here, one by one."""

import shutil
import zoneinfo
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import reconciler
from reconciler.kept.inputs import is_all_ours, key_of, program_key
from reconciler.language.load import load
from reconciler.model.target import Target
from reconciler.testing.building import pbx

TODAY = date(2026, 11, 3)


class Place:
    """A copy of what a key is made of."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.estate = folder / "estate"
        self.program = folder / "program"
        self.packages = folder / "site-packages"
        self.zones = folder / "zoneinfo"
        self.patch = patch
        self.today = TODAY
        self.rendered = True
        for each in (self.estate, self.program / "rules", self.packages / "pydantic-2.8.dist-info"):
            each.mkdir(parents=True)
        self.zones.mkdir()
        (self.zones / "tzdata.zi").write_text("# version 2026a\n")
        (self.estate / "a.yaml").write_text("a: 1\n")
        (self.estate / "b.yaml").write_text("b: 1\n")
        for name in ("__init__.py", "rules/numbering.py", "models.yaml"):
            (self.program / name).write_text("x = 1\n")
        patch.setattr(reconciler, "__file__", str(self.program / "__init__.py"))
        patch.setattr("sys.path", [str(self.packages), str(folder / "nowhere")])
        patch.setattr(zoneinfo, "TZPATH", (str(self.zones),))

    def key(self) -> str:
        program_key.cache_clear()  # another process looks anew
        sources = load([self.estate], cwd=self.estate.parent).value
        return key_of(sources, today=self.today, rendered=self.rendered)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


def a_new_day(at: Place) -> None:
    at.today = date(2026, 11, 4)


def no_files_for_devices(at: Place) -> None:
    at.rendered = False


CHANGES: dict[str, Callable[[Place], object]] = {
    "a file's text": lambda at: (at.estate / "a.yaml").write_text("a: 2\n"),
    "a file more": lambda at: (at.estate / "c.yaml").write_text("c: 1\n"),
    "a file less": lambda at: (at.estate / "b.yaml").unlink(),
    "a file's name": lambda at: (at.estate / "a.yaml").rename(at.estate / "aa.yaml"),
    "two files' names": lambda at: swap(at.estate / "a.yaml", at.estate / "b.yaml"),
    "the day": a_new_day,
    "whether devices' files are asked for": no_files_for_devices,
    "our code, as long as before": lambda at: (at.program / "rules/numbering.py").write_text(
        "x = 2\n"
    ),
    "our data": lambda at: (at.program / "models.yaml").write_text("x = 2\n"),
    "code more": lambda at: (at.program / "rules/more.py").touch(),
    "a package's version": lambda at: (at.packages / "pydantic-2.8.dist-info").rename(
        at.packages / "pydantic-2.9.dist-info"
    ),
    "a package more": lambda at: (at.packages / "plugin-1.dist-info").mkdir(),
    "a package put there anew": lambda at: (
        shutil.rmtree(at.packages / "pydantic-2.8.dist-info"),
        (at.packages / "pydantic-2.8.dist-info").mkdir(),
    ),
    "another place for packages": lambda at: at.patch.setattr("sys.path", []),
    "the interpreter": lambda at: at.patch.setattr("sys.version", "3.99"),
    "the time zones": lambda at: (at.zones / "tzdata.zi").write_text("# version 2026b\n"),
}


def swap(one: Path, other: Path) -> None:
    first, second = one.read_text(), other.read_text()
    one.write_text(second)
    other.write_text(first)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_another_input_is_another_key(place: Place, change: Callable[[Place], object]) -> None:
    before = place.key()
    assert place.key() == before
    change(place)
    assert place.key() != before


def test_what_python_compiles_is_no_input(place: Place) -> None:
    before = place.key()
    (place.program / "__pycache__").mkdir()
    (place.program / "__pycache__/x.pyc").touch()
    assert place.key() == before


def test_an_adapter_of_somebody_else_is_one_input_too_many() -> None:
    class Theirs:
        pass

    ours = {"memory": pbx("office")}
    targets = {"pbx/office": Target("pbx/office", "office", "theirs", {}, ours["memory"].origin, 1)}
    assert is_all_ours(targets, {})  # it is not installed: nothing of it was run
    assert not is_all_ours(targets, {"theirs": Theirs()})
