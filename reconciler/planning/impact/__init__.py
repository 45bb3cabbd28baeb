"""Who notices what, in people's words. Grouped early, so that size costs nothing. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from reconciler.model.address import Address
from reconciler.model.change import (
    Adopt,
    Change,
    Create,
    Delete,
    FieldChange,
    Forget,
    Move,
    Replace,
    Update,
)
from reconciler.model.live import RENDERING, UNFINISHED, Edit, is_returned
from reconciler.model.plan import Impact
from reconciler.model.value import UNSET, Fields
from reconciler.planning.impact.emergency import emergency
from reconciler.planning.impact.kind import Kind
from reconciler.planning.impact.moving import moving, told_of
from reconciler.planning.impact.names import kind_words, listed, name
from reconciler.planning.impact.sentences import sentences, topic, topics
from reconciler.planning.impact.writers import Situation, ends

MOST: Final = 12
"""How many lines are shown at most, the one that counts the rest included."""
_EACH: Final = 5
"""How many different stories of one kind are told before they are merged by topic."""
_ORDER: Final = (
    "inbound_route", "schedule", "day_night", "ivr", "ring_group", "queue", "extension",
    "outbound_route", "trunk", "phone",
)  # fmt: skip
_UNHEARD: Final = "nobody can listen to its messages any more"
_Objects = Mapping[Address, Fields]
_Rewrite = Update | Replace | Adopt | Move


def impact(
    changes: Sequence[Change],
    before: _Objects,
    after: _Objects,
    behind: Sequence[Impact] = (),
    elsewhere: Mapping[Address, Address] = MappingProxyType({}),
    heirs: Mapping[Address, Address] | None = None,
) -> tuple[Impact, ...]:
    """Return who notices what. `before` and `after` are all objects of all targets.

    What was not read is not in `before`, and nothing is claimed of it. `behind` is what moves leave
    behind (`left_behind`); it is told however many lines there are. `elsewhere` are the phones that
    go to another site (`resettled`), `heirs` are on other PBXs what takes the place of what is
    deleted.
    """
    if not changes:
        return ()
    lost, kept = emergency(changes, before, after)
    kept = [*behind, *kept]
    found = lost
    pairs = moving(changes, heirs or {})
    told = {*elsewhere, *elsewhere.values(), *(each.address for pair in pairs for each in pair)}
    for kind, all_ in _by_kind(changes):
        found += told_of([each for each in pairs if each[0].address.kind == kind], before, after)
        own = [each for each in all_ if each.address not in told] if told else all_
        of = Kind(kind, before, after, len({each.address.scope for each in own}) > 1)
        found += _new([each for each in own if isinstance(each, Create)], of)
        found += _rewritten(
            [each for each in own if isinstance(each, (Update, Replace, Adopt, Move))], of
        )
        found += _gone([each for each in own if isinstance(each, Delete)], of)
    found += _resettled(elsewhere)
    room = MOST - len(kept)
    if len(found) > room:
        left = len(found) - room + 1
        found = [*found[: room - 1], Impact(f"and {left} more", "see the changes below")]
    return (*found, *kept)


def _resettled(elsewhere: Mapping[Address, Address]) -> Iterator[Impact]:
    ways: dict[tuple[str, str], list[str]] = defaultdict(list)
    for source, destination in sorted(elsewhere.items()):
        ways[source.scope, destination.scope].append(destination.key)
    for (old, new), names in sorted(ways.items()):
        who = f"{len(names):,} {kind_words('phone', len(names))}"
        verb = "goes" if len(names) == 1 else "go"
        yield Impact(who, f"{verb} from {old} to {new}: {listed(names)}")


def _by_kind(changes: Sequence[Change]) -> Iterator[tuple[str, list[Change]]]:
    kinds: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if not isinstance(change, Forget):
            kinds[change.address.kind].append(change)
    rank = {kind: at for at, kind in enumerate(_ORDER)}
    for kind in sorted(kinds, key=lambda each: (rank.get(each, len(rank)), each)):
        yield kind, kinds[kind]


def _new(found: Sequence[Create], of: Kind) -> Iterator[Impact]:
    left = [each for each in found if each.left]
    if len(left) > 2:
        yield _crowd(left, f"{of.words(len(left))} taken over", of)
    else:
        for each in left:
            yield Impact(of.who(each.address, each.after), f"taken over: has left {each.left}")
    back = [each for each in found if each.recreated and not each.left]
    if len(back) > 2:
        yield _crowd(back, f"{of.words(len(back))} back", of)
    elif back:
        who = listed([of.who(each.address, each.after) for each in back])
        yield Impact(who, "back again: had been deleted on the PBX")
    creates = [each for each in found if not each.recreated]
    if len(creates) > 2 or of.kind not in ("inbound_route", "ring_group", "queue"):
        if creates:
            yield _crowd(creates, f"new {of.words(len(creates))}", of)
        return
    for each in creates:
        at = of.at(each.address, each.after)
        if of.kind == "inbound_route":
            catch_all = of.catch_all(of.before, each.address.scope)
            text = f"now {ends(each.after.get('destination'), at)}"
            text += f"; before: {at.was(catch_all)}" if catch_all else ""
        else:
            told = [
                FieldChange(path, UNSET, each.after[path])
                for path in ("members", "ring_time")
                if each.after.get(path) is not None
            ]
            text = f"new: {sentences(at, told)}" if told else "new"
        yield Impact(of.who(each.address, each.after), text)


def _gone(deletes: Sequence[Delete], of: Kind) -> Iterator[Impact]:
    if len(deletes) > 2:
        yield _crowd(deletes, f"{of.words(len(deletes))} removed", of)
        return
    for each in deletes:
        text = "removed"
        if of.kind == "inbound_route":
            at = of.at(each.address, {})
            catch_all = of.catch_all(of.after, each.address.scope)
            text = f"now {ends(catch_all, at)}" if catch_all else "is no longer routed here"
            went = each.before.get("destination")
            text += f"; before: {at.was(went)}" if went else ""
        elif of.kind == "trunk":
            text = "removed: no calls over it any more"
        elif of.kind == "extension":
            text = "removed: can no longer be called or make calls"
            text += f", and {_UNHEARD}" if _has_box(each.before) else ""
        yield Impact(of.who(each.address, each.before), text)


def _crowd(changes: Sequence[Create | Delete], what: str, of: Kind) -> Impact:
    """Return one line for many: `12 new extensions`, `Ada, Ben, Cara and 9 more`."""
    first = [
        of.among(each.address, each.after if isinstance(each, Create) else each.before)
        for each in sorted(changes, key=_as_people_count)[:4]
    ]
    return Impact(f"{len(changes):,} {what}", listed(first, total=len(changes)))


def _as_people_count(change: Change) -> tuple[int, str]:
    """Return a key that puts 2 before 10, and `any` after the numbers."""
    key = change.address.key
    return (len(key) if key.isdigit() else 0, key)


def _rewritten(changes: Sequence[_Rewrite], of: Kind) -> Iterator[Impact]:
    """Tell equal changes once; when there are too many different ones, tell what they are about."""
    stories: dict[object, list[_Rewrite]] = defaultdict(list)
    for each in changes:
        if each.fields or isinstance(each, Move) or getattr(each, "edits", ()):
            stories[_story(each)].append(each)
    groups = sorted(stories.values(), key=len, reverse=True)
    if len(groups) > _EACH:
        told = [each for group in groups for each in group]
        yield from _moved([each for each in told if isinstance(each, Move)], of.kind)
        yield from _by_topic([e for e in told if e.fields or not isinstance(e, Move)], of)
        return
    for group in groups:
        first = group[0]
        yield _many(group, _told(first, of.at(first.address, first.after)), of)


def _many(group: Sequence[_Rewrite], text: str, of: Kind) -> Impact:
    """Return `each of Ada and Ben` and what it notices, or of `12 extensions` with names behind."""
    if len(group) == 1:
        return Impact(of.who(group[0].address, _called(group[0])), text)
    scopes = {each.address.scope for each in group}
    alone = of._replace(several=of.several and len(scopes) > 1)
    names = [alone.among(e.address, _called(e), name) for e in group[:4]]
    where = f" on {scopes.pop()}" if of.several and len(scopes) == 1 else ""
    if len(group) <= 3 and sum(map(len, names)) + len(where) <= 30:
        return Impact(f"each of {listed(names)}{where}", text)
    who = f"each of {len(group):,} {of.words(len(group))}{where}"
    return Impact(who, f"{text} ({listed(names, total=len(group))})")


def _called(change: _Rewrite) -> Fields:
    """Return the fields whose name people know the thing by: the one it has now."""
    return change.before if change.before.get("name") else change.after


def _story(change: _Rewrite) -> object:
    own = change.address if isinstance(change, Move) else change.address.scope
    return (own, tuple((e.path, repr(e.before), repr(e.after)) for e in change.fields))


def _told(change: _Rewrite, at: Situation) -> str:
    fields: Sequence[FieldChange] = change.fields
    said = []
    if change.address.kind == "extension" and _has_box(change.before) > _has_box(change.after):
        fields = [each for each in fields if not each.path.startswith("voicemail.")]
        said.append(f"loses its voicemail box: {_UNHEARD}")
    if fields:
        said.append(sentences(at, fields))
    if isinstance(change, Move):
        said.insert(0, f"is now {change.address.key} instead of {change.source.key}")
    elif not change.fields:
        said.append(_mended(getattr(change, "edits", ())))
    if isinstance(change, Replace):
        said.append("interrupted while it is made anew")
    return ", ".join(said)


def _has_box(fields: Fields) -> bool:
    """Whether there may be messages."""
    return fields.get("voicemail.enabled") is not False and any(
        path.startswith("voicemail.") and value is not None for path, value in fields.items()
    )


def _moved(moves: Sequence[Move], kind: str) -> Iterator[Impact]:
    if not moves:
        return
    each = [f"{e.source.key} is now {e.address.key}" for e in sorted(moves, key=_as_people_count)]
    yield Impact(
        f"{len(moves):,} {kind_words(kind, len(moves))}", listed(each[:4], total=len(each))
    )


def _mended(edits: Sequence[Edit]) -> str:
    """Return what becomes of what differs below the level of fields."""
    places = {each.where for each in edits}
    if places == {UNFINISHED}:
        return "written to its end: a run was stopped at it"
    if places == {RENDERING}:
        return "written anew as this reconciler writes it"
    if is_returned(edits):
        return "stands in a file of people's own again"
    return "lines written by hand on the PBX are put back"


def _by_topic(changes: Sequence[_Rewrite], of: Kind) -> Iterator[Impact]:
    about: dict[tuple[str, ...], list[_Rewrite]] = defaultdict(list)
    for each in changes:
        about[tuple(dict.fromkeys(topic(field.path) for field in each.fields))].append(each)
    groups = sorted(about.items(), key=lambda item: -len(item[1]))
    shown = groups if len(groups) <= 4 else groups[:3]
    for _, group in shown:
        paths = {field.path for each in group for field in each.fields}
        if (of.kind, paths) == ("inbound_route", {"destination"}):
            yield _many(group, "ends elsewhere", of)
            continue
        words = topics(of.kind, (field.path for each in group for field in each.fields))
        edits = [edit for each in group for edit in getattr(each, "edits", ())]
        yield _many(group, f"changed: {listed(words)}" if words else _mended(edits), of)
    rest = sum(len(group) for _, group in groups[len(shown) :])
    if rest:
        yield Impact(f"{rest:,} more {of.words(rest)}", "other settings change")
