"""Refining drafts: nothing is written that our own checks would refuse."""

from collections.abc import Iterator, Mapping, Set

from reconciler.adapter import Adapter
from reconciler.diagnostics.place import Place
from reconciler.kinds import KINDS
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.entry import Entry, flatten, reference_fields
from reconciler.kinds.outside import outside_number
from reconciler.kinds.traits import ReferenceField
from reconciler.model.address import Address
from reconciler.model.resource import Resource
from reconciler.model.secret import Secret
from reconciler.model.target import Target
from reconciler.model.value import Fields, Value
from reconciler.planning.order import refers
from reconciler.takeover.document import unflatten
from reconciler.takeover.not_taken import NotTaken


def refined(
    drafts: dict[Address, dict[str, Value]],
    at: Target,
    adapter: Adapter,
    declared: frozenset[Address],
    locked: Set[Address],
) -> Iterator[NotTaken]:
    """Take out of the drafts what our own checks would refuse, and yield each with the reason.

    What is `locked` stands in a file of others, and is to be taken over whole. An entry that goes
    may leave others that refer to it without their goal: until nothing changes.
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
            # Where it stands it keeps what is not declared; in a file of ours it would ring nobody.
            leads = path in {each.path for each in reference_fields(model)}
            is_whole = address in locked and leads and isinstance(fields.get(path), list)
            if path in fields and not is_whole and (info is None or not info.is_required()):
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
    if any(kind in TRAITS and TRAITS[kind].scope == "workspace" for kind in kinds):
        return True
    return bool(refers(text, reference, scope) & known)


def _problem(
    entry: Mapping[str, object], model: type[Entry], fields: Fields
) -> tuple[str, str] | None:
    """Return the field that would not pass our own checks, and why; None if all do."""
    from pydantic import ValidationError

    try:
        declared = flatten(model.model_validate(entry))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(each) for each in first["loc"])
        reason = f"{where}: {first['msg']}" if where else str(first["msg"])
        named = [path for path in fields if where == path or where.startswith(f"{path}.")]
        return max(named, key=len, default=""), reason
    return _read_otherwise(declared, model, fields)


def _read_otherwise(declared: Fields, model: type[Entry], fields: Fields) -> tuple[str, str] | None:
    """Return a field that would mean another value once it is read from YAML: a change, unasked."""
    for path, value in fields.items():
        info = model.model_fields.get(path)
        if isinstance(value, Secret) or (info is not None and info.is_required()):
            continue
        if declared.get(path, value) != value:
            return path, f"declared it would be {declared[path]}, and there it is {value}"
    return None
