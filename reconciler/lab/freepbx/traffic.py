"""Which requests came: counted, and sorted by what they are."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from reconciler.lab.freepbx.graph.endpoint import operations
from reconciler.lab.freepbx.wire import Request, text


@dataclass(frozen=True)
class Seen:
    """One request: its number, kind, whether it changes something, and a line for people."""

    number: int
    kind: str
    writes: bool
    label: str
    names: tuple[str, ...] = ()


@dataclass
class Traffic:
    """All requests since the beginning or `clear`."""

    seen: list[Seen] = field(default_factory=list)

    def note(self, request: Request) -> Seen:
        """Add a request."""
        kind, writes, names = classify(request)
        label = f"{request.method} {request.path} {kind} {' '.join(names)}"
        found = Seen(len(self.seen) + 1, kind, writes, label.strip(), names)
        self.seen.append(found)
        return found

    def clear(self) -> None:
        """Begin to count anew."""
        self.seen.clear()

    @property
    def counts(self) -> Counter[str]:
        """How many of each kind: token, query, mutation, rest, login, page, export, ajax, form."""
        return Counter(each.kind for each in self.seen)

    @property
    def writes(self) -> int:
        """How many would change something."""
        return sum(each.writes for each in self.seen)


def classify(request: Request) -> tuple[str, bool, tuple[str, ...]]:
    """What a request is, whether it writes, and names: root fields, module and command, page."""
    path = request.path.rstrip("/")
    if path.endswith("/api/token"):
        return "token", False, ()
    if path.endswith("/api/gql"):
        writes, names = operations(_query(request.body))
        return "mutation" if writes else "query", writes, names
    if "/api/rest" in path:
        return "rest", request.method != "GET", (path.rpartition("/api/rest")[2],)
    if path.endswith("/ajax.php"):
        module, command = text(request.params, "module"), text(request.params, "command")
        name = f"{module}.{command}" if module else command
        return "ajax", request.method == "POST", (name, text(request.params, "jdata"))
    return _page(request)


def _page(request: Request) -> tuple[str, bool, tuple[str, ...]]:
    display, action = text(request.params, "display"), text(request.params, "action")
    if "password" in request.form and "username" in request.form and not display:
        return "login", False, ()
    if text(request.params, "activity") == "export":
        return "export", False, (text(request.params, "export"),)
    if request.method == "POST":
        return "form", True, (display, action)
    deletes = action.lower().startswith("del")
    return ("form" if deletes else "page"), deletes, (display, action)


def _query(body: bytes) -> str:
    try:
        found = json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
    query = found.get("query") if isinstance(found, dict) else None
    return query if isinstance(query, str) else ""
