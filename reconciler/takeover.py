"""Taking over what exists: `adopt` for what is declared, `import` for what is not yet.

Neither writes anything to a platform. Both end in the ledger: what they took is ours afterwards.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from reconciler.adapter import Adapter, Support
from reconciler.diagnostics.place import Place
from reconciler.kinds import KINDS, SECTIONS
from reconciler.kinds.entry import (
    Entry,
    Part,
    Reference,
    ReferenceField,
    defaults,
    flatten,
    part_fields,
    reference_fields,
    secret_paths,
)
from reconciler.kinds.outside import outside_number
from reconciler.model.address import Address
from reconciler.model.change import FieldChange
from reconciler.model.live import Edit, LiveObject, TargetLive
from reconciler.model.ownership import Owned
from reconciler.model.resource import Desired, Resource
from reconciler.model.secret import Clear, Secret
from reconciler.model.target import Target
from reconciler.model.value import UNSET, Fields, Value
from reconciler.planning.compare import managed
from reconciler.planning.drift import Drifted
from reconciler.planning.order import references_in, refers
from reconciler.workflow.survey import Survey


@dataclass(frozen=True, slots=True)
class Taken:
    """An object that is taken over: its ledger row, and how the files differ from it.

    `was_ours` says that it was ours already and only its remembered values are brought up to date.
    `edits` are lines there that no field stands for: nobody can take them over.
    """

    owned: Owned
    fields: tuple[FieldChange, ...]
    was_ours: bool
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class NotTaken:
    """An object that cannot be taken over, why, and what to do."""

    address: str
    reason: str
    hint: str


def adopt(
    survey: Survey, patterns: Sequence[str]
) -> tuple[tuple[Taken, ...], tuple[NotTaken, ...]]:
    """Return what becomes ours of the objects that the patterns name, with the differences.

    What is remembered as "last applied" is what is there now; so the next plan shows what the
    files want otherwise as changes, not as drift.
    """
    taken: list[Taken] = []
    refused: list[NotTaken] = []
    for pattern in patterns:
        named = [a for a in survey.desired.resources if fnmatchcase(str(a), pattern)]
        if not named:
            refused.append(_not_declared(pattern, survey))
        for address in sorted(named):
            resource = survey.desired.resources[address]
            target = survey.live.targets.get(resource.target)
            live = target.objects.get(address) if target else None
            if live is None:
                why = "its target could not be read" if _is_dark(target) else "it does not exist"
                refused.append(
                    NotTaken(str(address), why, "reconciler plan shows what would be created")
                )
                continue
            before = survey.ownership.objects.get(address)
            taken.append(_taken(address, live, survey.desired, before))
    return tuple(taken), tuple(refused)


def _is_dark(target: TargetLive | None) -> bool:
    return target is None or target.unreachable is not None


def _not_declared(pattern: str, survey: Survey) -> NotTaken:
    live = [
        address
        for target in survey.live.targets.values()
        for address in target.objects
        if fnmatchcase(str(address), pattern)
    ]
    if live:
        scope = live[0].scope
        return NotTaken(
            pattern,
            "it exists, but no file declares it; taken over like that, the next apply would "
            "delete it",
            f"reconciler import {scope} --target {pattern} --out DIR writes the YAML for it",
        )
    return NotTaken(pattern, "nothing of that name is declared or exists", "reconciler status")


def _taken(address: Address, live: LiveObject, desired: Desired, before: Owned | None) -> Taken:
    resource = desired.resources[address]
    wanted = managed(resource)
    there = {path: live.fields[path] for path in wanted if path in live.fields}
    differing = tuple(
        FieldChange(path, live.fields.get(path, UNSET), value)
        for path, value in wanted.items()
        if live.fields.get(path, UNSET) != value and not (value is None and path not in live.fields)
    )
    owned = Owned(
        address=address,
        target=resource.target,
        fields=there,
        native_id=live.native_id,
        how=before.how if before else "adopted",
        protect=resource.meta.protect,
        on_delete=resource.meta.on_delete,
        needs=resource.needs,
        found=tuple(there),
    )
    return Taken(owned, differing, before is not None, live.edits)


def accept(
    survey: Survey, drifted: Sequence[Drifted]
) -> tuple[tuple[Owned, ...], tuple[Address, ...]]:
    """Return the ledger's rows for what others changed, and what they deleted is not ours.

    Nothing is lost: what the files want otherwise shows as a change in the next plan.
    """
    changed = [str(each.address) for each in drifted if each.what == "changed" and each.last]
    taken, _ = adopt(survey, changed)
    gone = tuple(each.address for each in drifted if each.what == "deleted")
    return tuple(each.owned for each in taken), gone


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
    drafts: dict[Address, dict[str, Value]] = {}
    secrets: dict[Address, dict[str, str]] = {}
    for address, live in sorted(target.objects.items()):
        if address in declared or not _is_meant(address, patterns):
            continue
        secrets[address] = _secret_names(address, live.fields)
        stored = {path: Secret(f"store:{name}") for path, name in secrets[address].items()}
        drafts[address] = _worth_writing(
            {**live.told, **live.fields, **stored},
            KINDS[address.kind],
            adapter.supports.get(address.kind, Support(address.kind)),
        )
    left = [
        *_not_read(target, adapter, patterns),
        *_refined(drafts, at, adapter, declared),
        *_beyond(target, drafts),
    ]
    kept: dict[str, Clear] = {}
    sections: dict[str, dict[Address, dict[str, Value]]] = {}
    for address, fields in drafts.items():
        sections.setdefault(KINDS[address.kind].section, {})[address] = fields
        kept |= {
            name: target.objects[address].fields[path]
            for path, name in secrets[address].items()
            if path in fields
        }
    files: dict[str, str] = {}
    rows: list[Owned] = []
    for section, entries in sections.items():
        model = SECTIONS[section]
        shared = _shared(entries, target, model)
        written_down = {
            address.key: unflatten(_beside(shared, fields, target.objects[address]), model)
            for address, fields in entries.items()
        }
        files[f"{section}.yaml"] = _document(
            at.scope, section, written_down, unflatten(shared, model)
        )
        for address, fields in entries.items():
            live = target.objects[address]
            paths = (*fields, *(path for path in shared if path not in fields))
            rows.append(
                Owned(
                    address=address,
                    target=target.target,
                    fields={path: _last(sealed.objects[address], path) for path in paths},
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


def _not_read(target: TargetLive, adapter: Adapter, patterns: Sequence[str]) -> Iterator[NotTaken]:
    """Yield what is there, or may be, and was not read."""
    for address, reason in target.unread.items():
        if _is_meant(address, patterns):
            yield NotTaken(str(address), reason, "leave it unmanaged")
    if not patterns:
        for kind, reason in target.incomplete.items():
            if kind in adapter.supports:
                yield NotTaken(kind, reason, "")


def _beyond(target: TargetLive, drafts: Mapping[Address, object]) -> Iterator[NotTaken]:
    """Yield what of imported objects no field holds: it stays as it is."""
    for address, beyond in target.beyond.items():
        if address in drafts:
            yield NotTaken(str(address), f"left as it is: {', '.join(beyond)}", "")


def _refined(
    drafts: dict[Address, dict[str, Value]],
    at: Target,
    adapter: Adapter,
    declared: frozenset[Address],
) -> Iterator[NotTaken]:
    """Take out of the drafts what our own checks would refuse, and yield each with the reason.

    An entry that goes may leave others that refer to it without their goal: until nothing changes.
    """
    while True:
        wrong = [
            (address, path, reason)
            for address, fields in drafts.items()
            for path, reason in _wrong(address, fields, drafts.keys() | declared, at, adapter)
        ]
        if not wrong:
            return
        for address, path, reason in wrong:
            fields = drafts.get(address)
            if fields is None:
                continue
            model = KINDS[address.kind]
            info = model.model_fields.get(path)
            if path in fields and (info is None or not info.is_required()):
                del fields[path]
                yield NotTaken(str(address), f"{path} is not written: {reason}", "")
            else:
                del drafts[address]
                yield NotTaken(str(address), reason, "declare it by hand, or leave it unmanaged")


def _wrong(
    address: Address,
    fields: Fields,
    known: Set[Address],
    at: Target,
    adapter: Adapter,
) -> Iterator[tuple[str, str]]:
    """Yield the first field of an entry that would be refused ("": all of it), and why."""
    model = KINDS[address.kind]
    for reference in reference_fields(model):
        for text, _ in reference.texts(fields):
            if not _leads(text, reference, address.scope, known):
                yield reference.path, f"{text} is not there, or cannot be written"
                return
    problem = _problem(unflatten(fields, model), model, fields)
    if problem is not None:
        yield problem
        return
    place = Place("import", 0, ())
    for found in adapter.check(Resource(address, at.id, fields, place, 1), at):
        if found.severity == "error":
            yield found.path, found.detail
            return


def _leads(text: str, reference: ReferenceField, scope: str, known: Set[Address]) -> bool:
    """Return whether a reference leads to something declared, or outside."""
    if text == "hangup" or outside_number(text, reference.mark) is not None:
        return True
    kinds = getattr(reference.mark, "kinds", ())
    if any(kind in KINDS and KINDS[kind].scope == "workspace" for kind in kinds):
        return True
    return bool(refers(text, reference, scope) & known)


_MOST: Final = 0.75
_FEWEST: Final = 4


def _shared(
    entries: Mapping[Address, Fields], target: TargetLive, model: type[Entry]
) -> dict[str, Value]:
    """Return what most entries of a section say alike, and all can say otherwise."""
    if len(entries) < _FEWEST:
        return {}
    own = {each.path for each in reference_fields(model)} | secret_paths(model)
    own |= {name for name, info in model.model_fields.items() if info.is_required()}
    own |= {"name", "number"}
    found: dict[str, Value] = {}
    for path in dict.fromkeys(path for fields in entries.values() for path in fields):
        if path in own or any(_held(target.objects[a], path) is None for a in entries):
            continue
        said = [fields[path] for fields in entries.values() if path in fields]
        most = max(said, key=said.count)
        if said.count(most) >= _MOST * len(entries):
            found[path] = most
    return found


def _held(live: LiveObject, path: str) -> Value:
    """Return what an object has of a field."""
    return live.fields.get(path, live.told.get(path))


def _beside(shared: Fields, fields: Fields, live: LiveObject) -> dict[str, Value]:
    """Return what an entry says beside its section's defaults."""
    other = {path: _held(live, path) for path in shared if path not in fields}
    return {
        path: value
        for path, value in {**fields, **other}.items()
        if path not in shared or shared[path] != value
    }


def _last(live: LiveObject, path: str) -> Value:
    """Return what is remembered of a field as applied last."""
    return live.fields[path] if path in live.fields else live.told[path]


def _secret_names(address: Address, fields: Fields) -> dict[str, str]:
    """Return the store's name for each secret field that the platform gave."""
    return {
        path: f"{address.scope}-{address.kind}-{address.key}-{path}".replace("/", "-")
        for path, value in fields.items()
        if isinstance(value, Clear)
    }


def _worth_writing(fields: Fields, model: type[Entry], support: Support) -> dict[str, Value]:
    """Return the fields that say something: not empty, not what an unset field means anyway."""
    usual = {**defaults(model), **support.defaults}
    inputs = _inputs(model)
    required = {name for name, info in model.model_fields.items() if info.is_required()}
    return {
        path: value
        for path, value in fields.items()
        if path in required
        or (value is not None and value != [] and usual.get(path) != value and path not in inputs)
    }


def _inputs(model: type[Entry]) -> frozenset[str]:
    """Return fields that name things of the workspace (calendars), which no PBX knows."""
    return frozenset(
        each.path
        for each in reference_fields(model)
        if isinstance(each.mark, Reference)
        and all(kind in KINDS and KINDS[kind].scope == "workspace" for kind in each.mark.kinds)
    )


def unflatten(fields: Fields, model: type[Part]) -> dict[str, object]:
    """Return dotted paths as the nested mapping that people write, in the kind's field order."""
    parts = part_fields(model)
    nested: dict[str, object] = {}
    below: dict[str, dict[str, Value]] = {}
    for path, value in fields.items():
        head, dot, rest = path.partition(".")
        if dot and head in parts:
            below.setdefault(head, {})[rest] = value
        else:
            nested[path] = written(value)
    for head, inside in below.items():
        part = parts[head]
        nested[head] = (
            unflatten(inside, part)
            if part is not None
            else {key: written(value) for key, value in sorted(inside.items())}
        )
    order = {name: index for index, name in enumerate(model.model_fields)}
    return dict(sorted(nested.items(), key=lambda item: (order.get(item[0], 99), item[0])))


def written(value: Value) -> object:
    """Return a value as YAML's types; a secret as its reference."""
    if isinstance(value, Secret):
        return {"secret": value.reference}
    if isinstance(value, list):
        return [written(each) for each in value]
    if isinstance(value, dict):
        return {key: written(each) for key, each in value.items()}
    return value


def _problem(
    entry: Mapping[str, object], model: type[Entry], fields: Fields
) -> tuple[str, str] | None:
    """Return the field that would not pass our own checks, and why; None if all do."""
    from pydantic import ValidationError

    try:
        flatten(model.model_validate(entry))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(each) for each in first["loc"])
        reason = f"{where}: {first['msg']}" if where else str(first["msg"])
        named = [path for path in fields if where == path or where.startswith(f"{path}.")]
        return max(named, key=len, default=""), reason
    return None


def _document(
    scope: str, section: str, entries: Mapping[str, object], shared: Mapping[str, object]
) -> str:
    import yaml

    class _Dumper(yaml.SafeDumper):
        """Quotes what YAML would read as something else than text, with double quotes."""

        def choose_scalar_style(self) -> str:
            style: str = super().choose_scalar_style()
            return '"' if style == "'" else style

    head = f"apiVersion: reconciler/v1\npbx: {scope}\n\n"
    body = yaml.dump(
        {**({"defaults": {section: dict(shared)}} if shared else {}), section: dict(entries)},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
        default_flow_style=None,
    )
    return head + body
