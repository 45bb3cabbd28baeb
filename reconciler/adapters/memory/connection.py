"""The memory platform's wire: reads its store, carries out put, drop and rename."""

import hashlib
from collections.abc import Collection, Sequence
from typing import Any

from reconciler.adapter import Committed, Finding, Sent, Work
from reconciler.adapters.memory.store import Store
from reconciler.errors import Unreachable
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.outside import outside_number
from reconciler.model.address import Address
from reconciler.model.extent import Extent
from reconciler.model.live import LiveObject, TargetLive, Traces
from reconciler.model.secret import Clear, Secret
from reconciler.model.step import Request
from reconciler.model.target import Target
from reconciler.model.value import Fields, Value
from reconciler.planning.order import references_in, refers


class _No(Exception):  # an answer, not a failure
    """The platform's answer when it does not do what was asked."""


class MemoryConnection:
    """Talks to one store. What it writes reads back equal."""

    def __init__(self, target: Target, store: Store) -> None:
        self._target = target
        self._store = store
        self._known = TargetLive(target.id)

    def recall(self, known: TargetLive) -> None:
        """Be told what the caller knows. See `reconciler.adapter.Recalling`."""
        self._known = known

    async def read(self, extent: Extent) -> TargetLive:
        """Return what is asked for. Raises Unreachable when the file is unreadable.

        A file with the same bytes is not made out again. Whoever can read a trace of them can read
        the file, too, which has passwords in clear.
        """
        raw = self._look()
        held = "" if raw is None else hashlib.sha256(raw).hexdigest()
        single = extent.objects | extent.mentioned
        is_whole = extent.kinds == self._known.complete and not single
        if held and held == self._known.traces.held and is_whole:
            found = TargetLive(self._target.id, "1", active_calls=0, traces=Traces(held))
            return found._replace(as_known=True)
        self._load(raw)
        scope = self._target.scope
        objects: dict[Address, LiveObject] = {}
        seal = _sealed if self._store.marked else _sealed_on_top
        for kind in extent.kinds | {each.kind for each in extent.objects}:
            hidden = TRAITS[kind].secrets
            stored = self._store.kinds.get(kind, {})
            keys = extent.keys(kind)
            for key in stored if keys is None else keys & stored.keys():
                address = Address(kind, scope, key)
                objects[address] = LiveObject(address, seal(stored[key], hidden), native_id=key)
        there = frozenset(each for each in single if self._has(each))
        return TargetLive(
            self._target.id,
            version="1",
            objects=objects,
            complete=extent.kinds,
            active_calls=0,
            traces=Traces(held),
            absent=single - there,
            there=there - objects.keys(),
        )

    async def send(self, work: Sequence[Work]) -> Sequence[Sent]:
        """Carry out all pieces, then keep them. A piece that is refused changes nothing."""
        self._load()
        answers = []
        for each in work:
            before = self._touched(each)
            try:
                for request in each.requests:
                    self._carry_out(request)
            except _No as error:
                self._put_back(before)
                answers.append(Sent(each.step, str(error)))
            else:
                answers.append(Sent(each.step, native_id=each.address.key))
        try:
            self._store.save()
        except OSError as error:
            raise Unreachable(
                self._target.scope, "saving", f"{self._store.file}: {error.strerror}"
            ) from None
        return answers

    async def commit(
        self,
        requests: Sequence[Request],
        touched: Sequence[Address],
    ) -> Committed:
        """Do nothing: what is put is live at once."""
        return Committed()

    async def examine(self, zones: Collection[str] = ()) -> Sequence[Finding]:
        """Say whether the file can be read."""
        try:
            self._load()
        except Unreachable as error:
            return [Finding("file", "error", error.reply)]
        count = sum(len(each) for each in self._store.kinds.values())
        where = str(self._store.file or "in memory")
        return [Finding("file", "ok", f"{where}: {count} objects")]

    def _look(self) -> bytes | None:
        try:
            return self._store.look()
        except OSError as error:
            raise self._unreadable(error) from None

    def _load(self, raw: bytes | None = None) -> None:
        try:
            self._store.load(raw)
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: Exception) -> Unreachable:
        said = f"{self._store.file} cannot be read: {error}"
        return Unreachable(self._target.scope, "reading", said)

    def _touched(self, work: Work) -> dict[tuple[str, str], dict[str, Any] | None]:
        """Return what is stored under the keys that a piece of work names."""
        keys = [
            (request.args["kind"], request.args[name])
            for request in work.requests
            for name in ("key", "from")
            if name in request.args
        ]
        return {(kind, key): self._store.kinds.get(kind, {}).get(key) for kind, key in keys}

    def _put_back(self, before: dict[tuple[str, str], dict[str, Any] | None]) -> None:
        for (kind, key), fields in before.items():
            objects = self._store.kinds.setdefault(kind, {})
            objects.pop(key, None)
            if fields is not None:
                objects[key] = fields

    def _carry_out(self, request: Request) -> None:
        kind, key = request.args["kind"], request.args["key"]
        objects = self._store.kinds.setdefault(kind, {})
        if request.verb == "put":
            merged = {
                **objects.get(key, {}),
                **_stored(request.args["fields"], TRAITS[kind].secrets),
            }
            self._store.marked = True
            merged = {path: value for path, value in merged.items() if value is not None}
            self._refuse_dangling(Address(kind, self._target.scope, key), merged)
            objects[key] = merged
        elif request.verb == "rename":
            if request.args["from"] not in objects:
                raise _No(f"there is no {kind} {request.args['from']}")
            objects[key] = objects.pop(request.args["from"])
        else:
            self._refuse_needed(Address(kind, self._target.scope, key))
            objects.pop(key, None)

    def _refuse_dangling(self, address: Address, fields: Fields) -> None:
        if not self._target.id.startswith("pbx/"):
            return
        for reference in TRAITS[address.kind].references:
            for text, _ in reference.texts(fields):
                if outside_number(text, reference.mark) is not None:
                    continue
                needs = {
                    each
                    for each in refers(text, reference, address.scope)
                    if each.scope == address.scope
                    and each.kind in TRAITS
                    and TRAITS[each.kind].scope == "pbx"
                }
                if needs and address not in needs and not any(map(self._has, needs)):
                    raise _No(f"it refers to {min(needs)}, which is not there")

    def _has(self, address: Address) -> bool:
        return address.key in self._store.kinds.get(address.kind, {})

    def _refuse_needed(self, address: Address) -> None:
        for kind, objects in self._store.kinds.items():
            for key, fields in objects.items():
                other = Address(kind, address.scope, key)
                if other == address or address not in references_in(other, fields):
                    continue
                # Of objects that refer to each other in a circle, one has to go first.
                if other not in self._reached_from(address):
                    raise _No(f"{kind} {key} still refers to it")

    def _reached_from(self, start: Address) -> set[Address]:
        reached: set[Address] = set()
        waiting = [start]
        while waiting:
            at = waiting.pop()
            fields = self._store.kinds.get(at.kind, {}).get(at.key)
            if fields is not None and at.scope == start.scope:
                fresh = references_in(at, fields) - reached
                reached |= fresh
                waiting += fresh
        return reached


def _sealed_on_top(fields: dict[str, Any], hidden: frozenset[str]) -> Fields:
    """Return the fields with secrets as `Clear`, where none stands inside of a list or map."""
    found = hidden & fields.keys()
    if not found:
        return fields
    clear = {path: Clear(fields[path]) for path in found if isinstance(fields[path], str)}
    return {**fields, **clear}


def _sealed(fields: dict[str, Any], hidden: frozenset[str]) -> Fields:
    """Return the stored fields with secrets as `Clear`."""
    sealed: dict[str, Value] = {}
    for path, value in fields.items():
        if path in hidden and isinstance(value, str):
            sealed[path] = Clear(value)
        elif isinstance(value, (list, dict)):
            sealed[path] = _sealed_inside(value)
        else:
            sealed[path] = value
    return sealed


def _sealed_inside(value: Any) -> Value:
    if isinstance(value, list):
        return [_sealed_inside(each) if isinstance(each, (list, dict)) else each for each in value]
    if isinstance(value, dict):
        if set(value) == {"$clear"}:
            return Clear(value["$clear"])
        return {
            key[1:] if key[:1] == "$" else key: _sealed_inside(each) for key, each in value.items()
        }
    return value


def _stored(fields: Fields, hidden: frozenset[str]) -> dict[str, Any]:
    """Return fields as they are kept: secrets in clear, as a PBX's database has them."""
    return {
        path: value.reveal()
        if path in hidden and isinstance(value, Clear)
        else _stored_inside(value)
        for path, value in fields.items()
    }


def _stored_inside(value: Value) -> Any:
    if isinstance(value, Clear):
        return {"$clear": value.reveal()}
    if isinstance(value, list):
        return [_stored_inside(each) for each in value]
    if isinstance(value, dict):
        # `$clear` marks a secret: keys of people's own that begin with a `$` get a second one.
        return {
            f"${key}" if key[:1] == "$" else key: _stored_inside(each)
            for key, each in value.items()
        }
    if isinstance(value, Secret):
        raise _No("a secret came without its value")
    return value
