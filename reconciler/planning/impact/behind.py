"""What does not come along when an object goes elsewhere: told, because nobody would see it."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from reconciler.adapter import Support
from reconciler.kinds.all_traits import TRAITS
from reconciler.model.address import Address
from reconciler.model.change import Change, Move, Update
from reconciler.model.plan import Impact
from reconciler.model.resource import Desired
from reconciler.planning.impact.names import listed
from reconciler.planning.phones.delivery import is_pushed
from reconciler.planning.phones.fleet import lines_of

_UNMANAGED_PHONES = (
    "not declared here: set them to the new number by hand; until then they do not register"
)

_UNTOLD_PHONES = (
    "out of service until they fetch: they are registered under the old number, by which their PBX "
    "cannot reach them any more. Those with a saved login are told at once (reconciler phones "
    "test-connection --save, beforehand); restart the others"
)


def left_behind(
    changes: Sequence[Change], desired: Desired, support_of: Callable[[str, str], Support]
) -> list[Impact]:
    """Return what stays behind on platforms, and phones that nobody tells of their new number.

    `support_of` gives what a target holds of a kind.
    """
    staying = [each for each in changes if isinstance(each, (Move, Update))]
    moves = [each for each in staying if isinstance(each, Move)]
    return [*_things(staying, support_of), *(_phones(moves, desired) if moves else ())]


def _things(
    changes: Sequence[Move | Update], support_of: Callable[[str, str], Support]
) -> Iterator[Impact]:
    found: dict[tuple[str, str, str], list[Move | Update]] = {}
    for change in changes:
        for path, words in support_of(change.target, change.address.kind).behind.items():
            if _holds(change, path) and (isinstance(change, Move) or _moves_on(change, words)):
                found.setdefault((change.target, path, words), []).append(change)
    for (_, path, words), own in found.items():
        first = own[0]
        usual = TRAITS[first.address.kind].defaults
        after = {f"new_{name}": each for name, each in {**usual, **first.after}.items()}
        keys = {"old": _source(first).key, "new": first.address.key}
        said = words.format_map({**usual, **first.before, **after, **keys})
        more = "; the others likewise" if len(own) > 1 else ""
        what = path.partition(".")[0].capitalize()
        yield Impact(f"{what} of {_sources(own)}", f"{said}{more}")


def _holds(change: Move | Update, path: str) -> bool:
    """Whether the field is on: said so, or as it is by itself where others of its group are set."""
    before = change.before
    if before.get(path) is not None:
        return bool(before[path])
    group = path.partition(".")[0] + "."
    return bool(TRAITS[change.address.kind].defaults.get(path)) and any(
        name.startswith(group) and value is not None for name, value in before.items()
    )


def _moves_on(change: Update, words: str) -> bool:
    """Whether a change of fields alone leaves something behind: the words name where it was to."""
    return any(f"{{new_{each.path}}}" in words for each in change.fields)


def _source(change: Move | Update) -> Address:
    return change.source if isinstance(change, Move) else change.address


def _phones(moves: Sequence[Move], desired: Desired) -> Iterator[Impact]:
    moved = {each.address: each for each in moves if each.address.kind == "extension"}
    declared: set[Address] = set()
    lines: set[Address] = set()
    for each in desired.resources.values() if moved else ():
        if each.address.kind in ("phone", "softphone"):
            declared.update(each.needs)
        if each.address.kind == "phone" and not is_pushed(each.fields):
            lines.update(lines_of(each))
    if fetching := [each for address, each in moved.items() if address in lines]:
        yield Impact(f"Phones of {_sources(fetching)}", _UNTOLD_PHONES)
    alone = [
        each
        for address, each in moved.items()
        if address not in declared and _registers(each.after)
    ]
    if alone:
        yield Impact(f"Phones of {_sources(alone)}", _UNMANAGED_PHONES)


def _registers(fields: Mapping[str, object]) -> bool:
    return fields.get("secret") is not None


def _sources(changes: Sequence[Move | Update]) -> str:
    return listed([_source(each).key for each in changes])
