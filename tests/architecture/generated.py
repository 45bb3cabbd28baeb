"""The parts of READMEs that are made from the code, each between two markers.

    <!-- generated: NAME -->
    ...
    <!-- end -->

`python -m tests.architecture.generated` writes them all anew; a test says when one is stale.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from reconciler.adapters import ADAPTERS
from reconciler.adapters.asterisk.includes import PATTERNS
from reconciler.adapters.asterisk.settings import MainFiles
from reconciler.adapters.devices import DEVICES
from reconciler.cli import exits
from reconciler.diagnostics.catalogue import CODES
from reconciler.kinds import KINDS
from reconciler.kinds.entry import leaf_paths
from reconciler.kinds.fields import fields_of
from reconciler.kinds.marks import NAME, NUMBER
from reconciler.kinds.schema import all_schemas
from reconciler.views.support import device_matrix, matrix
from tests.architecture import phone_support
from tests.cli import demo

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"(?s)(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)")
_SKIPPED = {".venv", ".cache", ".git", "node_modules"}


def readmes() -> list[Path]:
    """Return every Markdown file of the repository."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(each for each in folders if each not in _SKIPPED and each[0] != ".")
        found += [Path(folder) / each for each in sorted(files) if each.endswith(".md")]
    return [each for each in found if "cases" not in each.parts]


def renewed(text: str) -> str:
    """Return a README with its generated parts made anew."""
    return _BLOCK.sub(lambda found: f"{found[1]}{_made(found[2])}{found[3]}", text)


def names_in(text: str) -> list[str]:
    """Return the names of a README's generated parts."""
    return [found[2] for found in _BLOCK.finditer(text)]


@cache
def _made(name: str) -> str:
    return f"{PARTS[name]().rstrip()}\n"


def _fenced(text: str, language: str = "text") -> str:
    return f"```{language}\n{text.rstrip()}\n```"


# -- the demo --


def _scene(title: str, line: str) -> str:
    """Return a command of the demo with what it printed, all that differs from run to run even."""
    text = demo.command(title, line)
    text = re.sub(r"in (under )?[0-9.]+ s\b", "in 0.4 s", text)
    text = re.sub(r"after [0-9.]+ s\b", "after 0.4 s", text)
    text = re.sub(r"\bfp [0-9a-f]{4}", "fp 3f9c", text)
    text = re.sub(r"(?m)^\d{2}:\d{2}:\d{2}  ", "22:00:03  ", text)
    return re.sub(r"\b20\d\d-\d\d-\d\d", "2026-11-22", text)


def _demo_change() -> str:
    return _fenced(_scene("A change while somebody is talking", "apply --auto-approve"))


def _demo_resume() -> str:
    """Return what follows when the call has ended; the plan was shown before."""
    shown = _scene("A change while somebody is talking",
                   "apply --resume 3 --auto-approve --wait 20")  # fmt: skip
    command, _, rest = shown.partition("\n")
    return _fenced(f"{command}\n...\n{rest[rest.index('Plan: ') :]}")


def _demo_drift() -> str:
    return _fenced(_scene("Somebody works on the PBX by hand", "drift"))


def _demo_refusal() -> str:
    return _fenced(_scene("An accident", "plan"))


# -- the code --


def _includes() -> str:
    names = MainFiles().model_dump()
    lines = [f"; at the very end of {names[key]}\n{_tryinclude(key)}" for key in PATTERNS]
    return _fenced("\n\n".join(lines), "ini")


def _tryinclude(key: str) -> str:
    return f'#tryinclude "{PATTERNS[key]}"'


def _exits() -> str:
    """Every exit code with the text below it in `cli/exits.py`."""
    source = inspect.getsource(exits)
    found = re.findall(r'(?m)^[A-Z]+: Final = (\d+)\n"""(.*?)"""', source, re.DOTALL)
    rows = [f"| {code} | {' '.join(says.split()).rstrip('.')} |" for code, says in found]
    return "\n".join(["| code | means |", "|---|---|", *rows])


def _held() -> list[str]:
    return [name for name, kind in KINDS.items() if kind.scope != "workspace"]


def _live_phones() -> str:
    vendors = [*(DEVICES[each] for each in DEVICES), DEVICES["generic"]]
    return device_matrix(vendors)


def _matrix() -> str:
    return matrix([ADAPTERS[each] for each in ADAPTERS], _held())


def _support() -> str:
    rows = ["| adapter | holds | proved against |", "|---|---|---|"]
    for name in ADAPTERS:
        adapter = ADAPTERS[name]
        held = [each for each in _held() if each in adapter.supports]
        proofs = dict.fromkeys(p for each in held for p in adapter.supports[each].proved)
        but = any(adapter.supports[each].unshown for each in held)
        proved = "; ".join(proofs) + (", but for fields that the details name" if but else "")
        what = "every kind" if held == _held() else f"{len(held)} kinds: {', '.join(held)}"
        rows.append(f"| {adapter.title} (`{name}`) | {what} | {proved} |")
    return "\n".join(rows)


_KEYS = {NAME: "name", NUMBER: "number"}


def _sections() -> str:
    rows = ["| section | key | lives | what |", "|---|---|---|---|"]
    for kind in KINDS.values():
        where = {"pbx": "on a PBX", "site": "at a site", "workspace": "in the files"}[kind.scope]
        key = "none: one mapping" if kind.single else _KEYS.get(kind.key, kind.key.says)
        what = (inspect.getdoc(kind) or "").split("\n")[0].rstrip(".")
        rows.append(f"| `{kind.section}` | {key} | {where} | {what} |")
    return "\n".join(rows)


def _fields() -> str:
    schemas = all_schemas()
    lines = []
    for kind in KINDS.values():
        required = set(schemas[f"{kind.kind}.json"].get("required", ()))
        idle = {each.path for each in fields_of(kind.kind) if "No effect yet" in each.description}
        lines.append(f"- `{kind.section}`: {', '.join(_named(leaf_paths(kind), required, idle))}")
    return "\n".join(lines)


def _named(paths: tuple[str, ...], required: set[str], idle: set[str]) -> Iterator[str]:
    """Yield fields in their order, those of one section together: `voicemail {enabled, pin}`."""
    sections: dict[str, list[str]] = {}
    for path in paths:
        name, _, below = path.partition(".")
        sections.setdefault(name, []).extend([below] if below else [])
    for name, below in sections.items():
        parts = dict.fromkeys(each.partition(".")[0] for each in below)
        inner = [f"{each}{'°' if f'{name}.{each}' in idle else ''}" for each in parts]
        shown = f"{name}{'*' if name in required else ''}{'°' if name in idle else ''}"
        yield f"{shown} {{{', '.join(inner)}}}" if inner else shown


def _codes() -> str:
    rows = ["| code | severity | means |", "|---|---|---|"]
    rows += [f"| `{each.slug}` | {each.severity} | {each.summary} |" for each in CODES.values()]
    return "\n".join(rows)


PARTS: dict[str, Callable[[], str]] = {
    "demo-change": _demo_change,
    "demo-resume": _demo_resume,
    "demo-drift": _demo_drift,
    "demo-refusal": _demo_refusal,
    "includes": _includes,
    "exits": _exits,
    "matrix": _matrix,
    "live-phones": _live_phones,
    "support": _support,
    "sections": _sections,
    "fields": _fields,
    "codes": _codes,
    "phone-settings": phone_support.support,
    "phone-models": phone_support.models,
}


def main(*, check: bool) -> int:
    """Write all generated parts anew, or only say which files are stale. Returns how many."""
    stale = [each for each in readmes() if renewed(text := each.read_text("utf-8")) != text]
    for file in stale:
        if not check:
            file.write_text(renewed(file.read_text("utf-8")), encoding="utf-8")
        sys.stdout.write(f"{'stale:' if check else 'wrote'} {file.relative_to(ROOT)}\n")
    return len(stale)


if __name__ == "__main__":
    only_check = "--check" in sys.argv[1:]
    found = main(check=only_check)
    sys.exit(1 if only_check and found else 0)
