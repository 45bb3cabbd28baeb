"""Answer: what a platform held, as text and back, exactly as it was, secrets sealed. Pure.

A frame with the names of all objects, then a line for each of them: most of what was told is told
again, and of that nobody asks for more than names.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from reconciler.kept.packing import PLAIN, CannotKeep, is_json, pack, unpack
from reconciler.model.address import Address, addresses_of
from reconciler.model.live import Ahead, Edit, Leading, LiveObject, Met, TargetLive, Traces
from reconciler.model.pieces import InPieces
from reconciler.model.secret import Secret
from reconciler.model.value import Fields


def to_text(live: TargetLive) -> str:
    """Return as text what an answer says of objects. Raises CannotKeep.

    What goes on now (calls, what is not in effect) is not part of it. Nor is what may show lines
    that somebody wrote by hand: objects with such lines, and what is beyond them. Then the answer
    is not known again as a whole, but what else is in it is. Names of what is there and no object
    (beyond the PBX itself) show no line; nor do the numbers that others' lines answer.
    """
    if live.unread or live.unreachable or live.incomplete:
        raise CannotKeep("an answer with gaps")
    kept = {address: each for address, each in live.objects.items() if not _is_by_hand(each)}
    names = {address: told for address, told in live.beyond.items() if address.kind == "pbx"}
    is_whole = len(kept) == len(live.objects) and len(names) == len(live.beyond)
    held = live.traces.held if is_whole else ""
    traced = live.traces.objects
    runs = [list(run) for _, run in groupby(kept, lambda each: each[:2])]
    frame = {
        "traces": [held, dict(live.traces.in_effect)],
        "names": [
            [*run[0][:2], [a.key for a in run], {a.key: traced[a] for a in run if a in traced}]
            for run in runs
        ],
        "complete": sorted(live.complete),
        "edits": live.edits,
        "beyond": [[*address, told] for address, told in names.items()],
        "leading": live.leading,
        "doubled": [[*address, told] for address, told in live.doubled.items()],
        "occupied": [[*address, told] for address, told in live.occupied.items()],
        "ahead": [[*each[:3], sorted(each.hides), each.partly] for each in live.ahead],
        "entrances": None if live.entrances is None else dict(live.entrances),
    }
    try:
        return "\n".join([_ENCODER.encode(each) for each in (frame, *map(_row, kept.values()))])
    except ValueError as error:
        raise CannotKeep(str(error)) from None


def from_text(target: str, text: str) -> TargetLive:
    """Return the answer that `to_text` wrote."""
    head, *lines = text.split("\n")
    data = json.loads(head)
    held, in_effect = data["traces"]
    named = [
        each for kind, scope, keys, _ in data["names"] for each in addresses_of(kind, scope, keys)
    ]
    traces = {
        Address(kind, scope, key): trace
        for kind, scope, _, traced in data["names"]
        for key, trace in traced.items()
    }
    lines_of = dict(zip(named, range(len(lines)), strict=True))

    def made(asked: Sequence[Address]) -> Mapping[Address, LiveObject]:
        rows = json.loads(f"[{','.join([lines[lines_of[each]] for each in asked])}]")
        return {each: _object(each, *row) for each, row in zip(asked, rows, strict=True)}

    return TargetLive(
        target,
        objects=InPieces(lines_of, made),
        complete=frozenset(data["complete"]),
        edits=tuple([Edit(*each) for each in data["edits"]]),
        beyond={Address(*address): tuple(told) for *address, told in data["beyond"]},
        traces=Traces(held, in_effect, traces),
        occupied={Address(*address): told for *address, told in data["occupied"]},
        doubled={Address(*address): told for *address, told in data["doubled"]},
        leading=tuple([Leading(*each) for each in data["leading"]]),
        ahead=tuple(
            [
                Ahead(takes, line, where, frozenset(hides), partly)
                for takes, line, where, hides, partly in data["ahead"]
            ]
        ),
        entrances=_entrances(data["entrances"]),
    )


def _entrances(found: Any) -> Mapping[str, tuple[Met, ...]] | None:
    if found is None:
        return None
    return {name: tuple([Met(*each) for each in met]) for name, met in found.items()}


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_FREE: Final = ("settings.", "raw.")


def _is_by_hand(found: LiveObject) -> bool:
    """Whether an object has lines that somebody wrote by hand: any may be a password."""
    edited = found.locked or found.edits
    return bool(found.loses or (edited and any(path.startswith(_FREE) for path in found.fields)))


def _row(found: LiveObject) -> Sequence[object]:
    return (
        *_fields(found.fields),
        found.native_id,
        found.locked,
        found.edits,
        pack(dict(found.told)),
        found.apart,
    )


def _fields(fields: Fields) -> tuple[object, object]:
    """Return fields as JSON has them, and secrets apart; packed, in a list, if they hold others."""
    secrets = {}
    plain = dict(fields)
    for path, value in fields.items():
        if value.__class__ in PLAIN or is_json(value):
            continue
        if value.__class__ is not Secret:
            return [pack(dict(fields))], None
        secrets[path] = [value.reference, value.fingerprint]
        plain[path] = None
    return plain, secrets or None


def _object(address: Address, fields: Any, secrets: Any, *rest: Any) -> LiveObject:
    native_id, locked, edits, told, apart = rest
    if fields.__class__ is list:
        fields = unpack(fields[0])
    if secrets is not None:
        for path, secret in secrets.items():
            fields[path] = Secret(*secret)
    return LiveObject(
        address,
        fields,
        native_id,
        locked,
        tuple([Edit(*each) for each in edits]) if edits else (),
        unpack(told) if told else {},
        apart,
    )
