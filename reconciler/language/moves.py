"""`moved` and `removed`: what people say about objects that change address or leave."""

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.phrase import shorten
from reconciler.diagnostics.place import Place
from reconciler.diagnostics.suggest import closest
from reconciler.kinds import KINDS
from reconciler.kinds.declaration import Head
from reconciler.language.node import Node
from reconciler.model.address import Address, parse_address
from reconciler.model.resource import Moved, Removed

WHOLE = ("pbx",)
"""What can get another name with all that is on it."""

_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_SITE = (
    "declare both sites, then: reconciler phones migrate --site OLD --to NEW (writes a `moved` for "
    "each phone); take the old site out once that is applied"
)


def read_moved(given: Node, head: Head, problems: list[Diagnostic]) -> list[Moved]:
    """Read `moved: [{from: ADDRESS, to: ADDRESS}]`; of a PBX, too: all that is on it."""
    moved: list[Moved] = []
    for item, place in _items(given, head.place("moved"), ("from", "to"), (), "bad-move", problems):
        source = _address(item["from"], head, place.at("from"), "bad-move", problems, WHOLE)
        # What cannot be said of the one and is the same with the other is said once.
        is_same = source is None and _kind(item["from"]) == _kind(item["to"]) is not None
        again = [] if is_same else problems
        target = _address(item["to"], head, place.at("to"), "bad-move", again, WHOLE)
        if source is None or target is None:
            continue
        says = None
        if source == target:
            says = "It moves to where it is."
        elif source.kind != target.kind:
            says = f"{_one(source.kind)} cannot become {_one(target.kind).lower()}."
        if says:
            problems.append(found("bad-move", says, place))
        else:
            moved.append(Moved(source, target, place))
    return moved


def read_removed(given: Node, head: Head, problems: list[Diagnostic]) -> list[Removed]:
    """Read `removed: [{address: ADDRESS, destroy: false}]`."""
    removed: list[Removed] = []
    place = head.place("removed")
    for item, at in _items(given, place, ("address",), ("destroy",), "bad-removal", problems):
        address = _address(item["address"], head, at.at("address"), "bad-removal", problems)
        destroy = _BOOLEANS.get(str(item.get("destroy", "false")).lower())
        if destroy is None:
            problems.append(found("wrong-type", "destroy must be true or false.", at.at("destroy")))
        elif address is not None:
            removed.append(Removed(address, destroy, at))
    return removed


def _kind(text: Node) -> str | None:
    """Return the kind that a text begins with, if that is one."""
    kind = text.partition("/")[0] if isinstance(text, str) else ""
    return kind if kind in KINDS else None


def _one(kind: str) -> str:
    """Return a kind with its article, as a sentence begins with it: "An extension"."""
    words = kind.replace("_", " ")
    return f"{'An' if words[0] in 'aeio' else 'A'} {words}"


def _items(
    given: Node,
    place: Place,
    required: tuple[str, ...],
    optional: tuple[str, ...],
    code: str,
    problems: list[Diagnostic],
) -> list[tuple[dict[str, Node], Place]]:
    """Return the items of the list that have the fields they need."""
    if given is None:
        return []
    form = ", ".join(f"{name}: ..." for name in (*required, *optional))
    if not isinstance(given, list):
        problems.append(
            found("wrong-type", "It is a list.", place, hint=f"{place.path[0]}: [{{{form}}}]")
        )
        return []
    items = []
    for index, item in enumerate(given):
        at = place.at(index)
        names = set(item) if isinstance(item, dict) else set()
        if not isinstance(item, dict) or not names.issuperset(required):
            problems.append(
                found(code, f"An item needs {' and '.join(required)}.", at, hint=f"{{{form}}}")
            )
            continue
        for name in sorted(names.difference(required, optional)):
            near = closest(name, (*required, *optional))
            problems.append(
                found(
                    "unknown-field",
                    f'There is no field "{shorten(name)}" here.',
                    at.at(name).key(),
                    hint=f'did you mean "{near}"?' if near else None,
                )
            )
        items.append((item, at))
    return items


def _address(
    text: Node,
    head: Head,
    place: Place,
    code: str,
    problems: list[Diagnostic],
    also: tuple[str, ...] = (),
) -> Address | None:
    """Read an address; one without scope gets the document's. `also` are kinds that have none."""
    address = parse_address(text) if isinstance(text, str) else None
    if address is None:
        problems.append(
            found(
                code,
                "It must be an address: kind/scope/key, or kind/key in a document that says "
                "pbx or site.",
                place,
                hint="extension/ferrybank/1001",
            )
        )
        return None
    model = KINDS.get(address.kind)
    if model is None:
        near = closest(address.kind, KINDS)
        problems.append(
            found(
                code,
                f'There is no kind "{shorten(address.kind)}".',
                place,
                hint=f'did you mean "{near}"?' if near else None,
            )
        )
        return None
    if model.scope == "workspace" and address.kind not in also:
        problems.append(
            found(
                code,
                f"{_one(address.kind)} lives in the files only; change it there.",
                place,
                hint=_SITE if (code, address.kind) == ("bad-move", "site") else None,
            )
        )
        return None
    if not address.scope and address.kind not in also:
        scope = head.pbx if model.scope == "pbx" else head.site
        if scope is None:
            problems.append(
                found(
                    code,
                    f"It is not said which {model.scope} {address} is on.",
                    place,
                    hint=f"{address.kind}/{model.scope.upper()}/{address.key}",
                )
            )
            return None
        return address._replace(scope=scope)
    return address
