"""What adapters hold: the list, one adapter, and the matrix of `adapters/README.md`. Pure."""

import json
import re
from collections.abc import Iterator, Sequence
from textwrap import fill
from typing import Final

from reconciler.adapter import Adapter, Beside, Support
from reconciler.device import Action, DeviceVendor, Generation


def adapters_text(adapters: Sequence[Adapter]) -> str:
    """Return a line for each adapter."""
    lines = []
    for each in adapters:
        holds = {"pbx": "PBXs", "site": "phones", None: "PBXs and phones"}[each.holds]
        lines.append(f"{each.name:12} {each.title:14} {holds:16} {len(each.supports)} kinds")
    return "\n".join(lines)


def adapter_text(adapter: Adapter, width: int = 92) -> str:
    """Return what one adapter holds, kinds of which it says the same together."""
    lines = [f"{adapter.title} (adapter: {adapter.name})"]
    same: dict[tuple[str, ...], list[str]] = {}
    for name in sorted(adapter.supports):
        same.setdefault(tuple(_said(adapter.supports[name])), []).append(name)
    for told, names in same.items():
        lines += ["", fill(", ".join(names), _room(width))]
        lines += [_wrapped(each, width) for each in told]
    if isinstance(adapter, Beside):
        lines += ["", "and what is no kind"]
        lines += [
            _wrapped(f"{name}: {told}", width) for name, told in sorted(adapter.beside.items())
        ]
    return "\n".join(lines)


_UNSHOWN: Final = "loaded and read back, but in no call so far"
"""How fields are introduced whose effect is taken from the platform's word."""


def _said(support: Support) -> Iterator[str]:
    if support.how:
        yield support.how
    for path, note in sorted(support.notes.items()):
        yield f"{path}: {note}"
    for path, reason in sorted(support.unheld.items()):
        yield f"not held: {path} ({reason})"
    yield from _hidden(support)
    if support.proved:
        yield f"proved against: {', '.join(support.proved)}"
    if support.unshown:
        yield f"{_UNSHOWN}: {', '.join(sorted(support.unshown))}"


def _hidden(support: Support) -> list[str]:
    """Return what a platform does not give back or take along."""
    lines = []
    if hidden := sorted(support.unreadable - support.placed):
        lines.append(f"never read back: {', '.join(hidden)}")
    if support.placed:
        lines.append(f"read back as a place in the list: {', '.join(sorted(support.placed))}")
    for path, words in sorted(support.behind.items()):
        lines.append(f"`moved` leaves behind, of {path}: {_placeholders(words)}")
    return lines


def _placeholders(words: str) -> str:
    """Return words about a move with OLD and NEW for the keys, and fields likewise."""
    return re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), words)


def _wrapped(text: str, width: int) -> str:
    return fill(text, _room(width), initial_indent="  ", subsequent_indent="    ")


def _room(width: int) -> int:
    """Return how long a line may be: prose across a wide terminal is hard to read."""
    return min(width, 92)


def adapter_json(adapters: Sequence[Adapter]) -> str:
    """Return the same as JSON (version 1), kinds and fields sorted."""
    return json.dumps(
        {
            "version": 1,
            "command": "adapters",
            "adapters": [
                {
                    "name": each.name,
                    "title": each.title,
                    "kinds": {
                        name: _support(each.supports[name]) for name in sorted(each.supports)
                    },
                }
                for each in adapters
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def _support(support: Support) -> dict[str, object]:
    return {
        "how": support.how,
        "notes": dict(sorted(support.notes.items())),
        "unheld": dict(sorted(support.unheld.items())),
        "unreadable": sorted(support.unreadable),
        "placed": sorted(support.placed),
        "immutable": sorted(support.immutable),
        "behind": {p: _placeholders(each) for p, each in sorted(support.behind.items())},
        "proved": list(support.proved),
        "unshown": sorted(support.unshown),
    }


def matrix(adapters: Sequence[Adapter], kinds: Sequence[str]) -> str:
    """Return the support matrix as Markdown: kinds down, adapters across, then the details."""
    head = "| kind | " + " | ".join(each.title for each in adapters) + " |"
    rule = "|---|" + "---|" * len(adapters)
    rows = []
    for kind in kinds:
        cells = []
        for each in adapters:
            support = each.supports.get(kind)
            if support is None:
                cells.append("-")
            else:
                cells.append("yes" if not support.unheld else f"yes, but {len(support.unheld)}")
        rows.append(f"| {kind} | " + " | ".join(cells) + " |")
    parts = ["\n".join([head, rule, *rows])]
    for each in adapters:
        parts.append(f"### {each.title}")
        same: dict[str, list[str]] = {}
        for kind in kinds:
            support = each.supports.get(kind)
            if support is not None:
                same.setdefault(_details(support), []).append(kind)
        parts += [f"**{', '.join(named)}**: {details}" for details, named in same.items()]
        if isinstance(each, Beside):
            told = [f"- {name}: {text}" for name, text in sorted(each.beside.items())]
            parts.append("**and what is no kind**:\n\n" + "\n".join(told))
    return "\n\n".join(parts) + "\n"


def _details(support: Support) -> str:
    lines = [f"{support.how or 'as declared'}\n"]
    lines += [f"- `{path}`: {note}" for path, note in sorted(support.notes.items())]
    lines += [f"- not held: `{path}` - {why}" for path, why in sorted(support.unheld.items())]
    lines += [f"- {each}" for each in _hidden(support)]
    lines.append(f"- proved against: {', '.join(support.proved) or 'nothing yet'}")
    if support.unshown:
        lines.append(f"- {_UNSHOWN}: {', '.join(f'`{each}`' for each in sorted(support.unshown))}")
    return "\n".join(lines)


_ACTIONS: Final[tuple[tuple[Action, str], ...]] = (
    ("status", "status"), ("read_values", "read settings"), ("push_values", "write settings"),
    ("push_account", "SIP account"), ("resync", "resync"), ("reboot", "restart"),
    ("safe_restart", "restart when idle"), ("factory_reset", "factory reset"),
    ("upgrade", "firmware"), ("backup", "backup"),
)  # fmt: skip
_WEAK: Final = {"high": "", "medium": " (one source)", "low": " (weak)"}


def device_text(vendor: DeviceVendor, width: int = 92) -> str:
    """Return what a vendor's phones can do live, generation by generation."""
    lines = [f"{vendor.title} phones, live"]
    for generation in vendor.generations.values():
        lines += ["", f"{generation.name}: {generation.title}"]
        proved = f"proved against: {', '.join(generation.proved) or 'nothing yet'}"
        lines += [_wrapped(each, width) for each in (*_abilities(generation), proved)]
    return "\n".join(lines)


def device_matrix(vendors: Sequence[DeviceVendor]) -> str:
    """Return what phones can do live as Markdown: actions down, generations across; then why."""
    every = [(vendor, each) for vendor in vendors for each in vendor.generations.values()]
    head = "| live | " + " | ".join(f"{vendor.title} {each.name}" for vendor, each in every) + " |"
    rows = [head, "|---|" + "---|" * len(every)]
    for action, title in _ACTIONS:
        cells = [_cell(each, action) for _, each in every]
        rows.append(f"| {title} | " + " | ".join(cells) + " |")
    rows += [
        f"| {title} | " + " | ".join(say(each) for _, each in every) + " |"
        for title, say in _BY_APPLY
    ]
    parts = ["\n".join(rows)]
    for vendor, each in every:
        lines = "\n".join(f"- {line}" for line in _abilities(each) if ": " in line)
        parts.append(f"**{vendor.title} {each.name}**: {each.title}\n\n{lines}")
    return "\n\n".join(parts) + "\n"


def _pushes(generation: Generation) -> str:
    able = generation.ability("push_values").can and generation.ability("read_values").can
    return "yes" if able else "-"


def _tells(generation: Generation) -> str:
    if generation.name == "sip" or not generation.ability("resync").can:
        return "by its PBX"
    return "itself, else by its PBX"


def _proves(generation: Generation) -> str:
    return "read back" if generation.ability("read_values").can else "registration"


_BY_APPLY: Final = (
    ("`apply` pushes to it", _pushes),
    ("`apply` tells it to fetch", _tells),
    ("`apply` proves it by", _proves),
)


def _cell(generation: Generation, action: Action) -> str:
    ability = generation.ability(action)
    if not ability.can:
        return "-"
    return "yes" if ability.sure == "high" else "yes*" if ability.sure == "medium" else "weak"


def _abilities(generation: Generation) -> list[str]:
    lines = []
    for action, title in _ACTIONS:
        ability = generation.ability(action)
        said = ("" if ability.can else "no, ") + ability.why
        said += _WEAK[ability.sure] if ability.can else ""
        lines.append(f"{title}: {said.strip()}" if said.strip() else title)
    return lines
