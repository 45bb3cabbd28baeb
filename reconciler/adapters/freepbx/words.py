"""Reading one object: fields as they come, and what has no word among ours. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.adapters.freepbx import destinations
from reconciler.adapters.freepbx.destinations import NoWord
from reconciler.adapters.freepbx.names import Names, Unlisted
from reconciler.model.live import Loss
from reconciler.model.value import Value

CHECKED: Final = "CHECKED"


class Unspeakable(Exception):  # an answer, not a failure of the world
    """An object that cannot be told in our words; the text says why."""


@dataclass
class Words:
    """Collects an object's fields. What has no word is left out of them and named in `beyond`."""

    names: Names
    fields: dict[str, Value] = field(default_factory=dict)
    beyond: list[str] = field(default_factory=list)
    told: dict[str, Value] = field(default_factory=dict)
    """For `import` only; see `LiveObject.told`."""
    loses: Loss | None = None

    def destination(self, path: str, raw: str, *, required: bool = False) -> None:
        """Read a destination. Raises Unspeakable when one that has to be there has no word."""
        try:
            self.fields[path] = destinations.show(raw, self.names)
        except NoWord as error:
            self._without(path, str(error), required)
        except Unlisted as error:
            raise Unspeakable(str(error)) from None
        if required and self.fields.get(path) is None:
            self._without(path, raw or "nothing", required)

    def coded(
        self, path: str, raw: str, words: Mapping[str, Value], *, required: bool = False
    ) -> None:
        """Read a code of FreePBX's by a table."""
        if raw in words:
            self.fields[path] = words[raw]
        else:
            self._without(path, raw, required)

    def announcement(self, path: str, recording: str) -> None:
        """Read which announcement plays a recording; FreePBX knows recordings here."""
        if recording in ("", "0", "None", "default", "NULL"):
            self.fields[path] = None
            return
        key = self.names.announcement_of(recording)
        if key is None:
            self.beyond.append(f"{path}: recording {recording}, which no announcement plays")
        else:
            self.fields[path] = key

    def music(self, path: str, raw: str) -> None:
        """Read a class of music on hold."""
        self.fields[path] = None if raw in ("", "inherit", "default") else raw

    def _without(self, path: str, raw: str, required: bool) -> None:  # noqa: FBT001
        if required:
            raise Unspeakable(f"its {path} is {raw}, for which there is no word")
        self.beyond.append(f"{path}: {raw}")


Written = Callable[[str], str]


def flag(value: Value, on: str = CHECKED, off: str = "") -> list[str]:
    """Return a switch as its field's value."""
    return [on if value else off]


def text_of(value: Value) -> list[str]:
    """Return a text or number as a field's value; nothing is empty."""
    return ["" if value is None else str(value)]
