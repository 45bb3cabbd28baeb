"""Import: YAML for what exists on a PBX and nobody declares, and its rows of the ledger."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from reconciler.adapter import Adapter, Support
from reconciler.execution.secrets.strength import unfit
from reconciler.kinds import KINDS, SECTIONS
from reconciler.kinds.all_traits import TRAITS
from reconciler.model.address import Address
from reconciler.model.live import LiveObject, TargetLive
from reconciler.model.ownership import Owned
from reconciler.model.secret import Clear, Secret
from reconciler.model.target import Target
from reconciler.model.value import Value
from reconciler.planning.order import references_in
from reconciler.takeover.document import document_text, unflatten
from reconciler.takeover.drafting import (
    beside,
    last_applied,
    secret_names,
    shared_by_most,
    worth_writing,
)
from reconciler.takeover.not_taken import UNREAD, NotTaken, changing, is_unread
from reconciler.takeover.refining import refined


@dataclass(frozen=True, slots=True)
class Imported:
    """YAML for what exists: text by file name, the ledger rows, and secrets for the store.

    `left` are objects that were not written, with the reason.
    """

    files: Mapping[str, str]
    owned: tuple[Owned, ...]
    secrets: Mapping[str, Clear]
    left: tuple[NotTaken, ...]


def import_(
    target: TargetLive,
    sealed: TargetLive,
    at: Target,
    adapter: Adapter,
    declared: frozenset[Address],
    patterns: Sequence[str],
) -> Imported:
    """Write YAML for the objects of a PBX that nobody declares.

    `target` still holds `Clear`, `sealed` is the same with fingerprints, for the ledger.

    Fields at their documented default are left out: what is not written is not managed. What most
    objects of a section say alike is written once, as the section's defaults. Secrets go to the
    store under stable names; the YAML refers to them. Same PBX, same bytes.
    """
    left: list[NotTaken] = []
    drafts: dict[Address, dict[str, Value]] = {}
    secrets: dict[Address, dict[str, str]] = {}
    for address, live in sorted(target.objects.items()):
        if address in declared or not _is_meant(address, patterns) or is_unread(live):
            continue
        refused = dict(_unfit(live))
        left += refused.values()
        if "secret" in refused:
            continue
        fields = {path: value for path, value in live.fields.items() if path not in refused}
        secrets[address] = secret_names(address, fields)
        stored = {path: Secret(f"store:{name}") for path, name in secrets[address].items()}
        drafts[address] = worth_writing(
            {**live.told, **fields, **stored},
            KINDS[address.kind],
            adapter.supports.get(address.kind, Support(address.kind)),
        )
    locked = {address for address, live in target.objects.items() if live.locked}
    left += _not_read(target, adapter, patterns)
    left += refined(drafts, at, adapter, declared, locked)
    left += _beyond(target, drafts, patterns)
    kept: dict[str, Clear] = {}
    sections: dict[str, dict[Address, dict[str, Value]]] = {}
    for address, fields in drafts.items():
        sections.setdefault(TRAITS[address.kind].section, {})[address] = fields
        kept |= {
            name: target.objects[address].fields[path]
            for path, name in secrets[address].items()
            if path in fields
        }
    files: dict[str, str] = {}
    rows: list[Owned] = []
    for section, entries in sections.items():
        model = SECTIONS[section]
        shared = shared_by_most(entries, target, model)
        written_down = {
            address.key: unflatten(beside(shared, fields, target.objects[address]), model)
            for address, fields in entries.items()
        }
        files[f"{section}.yaml"] = document_text(
            at.scope, section, written_down, unflatten(shared, model)
        )
        for address, fields in entries.items():
            live = target.objects[address]
            paths = (*fields, *(path for path in shared if path not in fields))
            rows.append(
                Owned(
                    address=address,
                    target=target.target,
                    fields={path: last_applied(sealed.objects[address], path) for path in paths},
                    native_id=live.native_id,
                    how="imported",
                    needs=tuple(sorted(references_in(address, fields) & target.objects.keys())),
                    found=tuple(paths),
                )
            )
    rows.sort(key=lambda each: each.address)
    return Imported(files, tuple(rows), kept, tuple(sorted(left, key=lambda each: each.address)))


def _is_meant(address: Address, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(str(address), each) for each in patterns)


def _unfit(live: LiveObject) -> Iterator[tuple[str, NotTaken]]:
    """Yield the secrets that our own checks would refuse; every plan would stop at them."""
    for path, value in live.fields.items():
        why = unfit(path, value.reveal()) if isinstance(value, Clear) else None
        if why is not None and path == "secret":
            reason, hint = f"its password {why}", "give it another one there, then import it"
            yield path, NotTaken(str(live.address), reason, hint)
        elif why is not None:
            yield path, NotTaken(str(live.address), f"{path} is not written: it {why}", "")


def _not_read(target: TargetLive, adapter: Adapter, patterns: Sequence[str]) -> Iterator[NotTaken]:
    """Yield what is there, or may be, and was not read."""
    for address, live in sorted(target.objects.items()):
        if is_unread(live) and _is_meant(address, patterns):
            yield NotTaken(str(address), str(live.locked), UNREAD)
    for address, reason in target.unread.items():
        if _is_meant(address, patterns):
            yield NotTaken(str(address), reason, "leave it unmanaged")
    if not patterns:
        for kind, reason in target.incomplete.items():
            if kind in adapter.supports:
                yield NotTaken(kind, reason, "")


def _beyond(
    target: TargetLive, drafts: Mapping[Address, object], patterns: Sequence[str]
) -> Iterator[NotTaken]:
    """Yield what of imported objects no field holds, and what is no object: it stays as it is."""
    for address, beyond in target.beyond.items():
        if address.kind == "pbx" and not patterns:
            yield from (NotTaken(str(address), f"left as it is: {each}", "") for each in beyond)
        elif address in drafts:
            for each in beyond:
                yield NotTaken(str(address), changing(target.objects[address], each), "")
