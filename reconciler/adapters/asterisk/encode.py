"""Changes -> requests: what an object's sections will be, and what it no longer has.

    put     {"object": "extension/1001", "sections": [[family, name, shared, [[variable, value]]]],
             "drop": [[family, name, shared]]}      whole sections of this object, replaced
    drop    {"object": "extension/1001", "drop": [...]}
    reload  {"modules": ["res_pjsip.so", "pbx_config.so"]}

A value is text, a secret, or a list of both to be joined; `{"keep": ...}` in a list stands for a
secret that stays what it is (`keep.py`). In shared sections the object owns the lines whose
variable is its key.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, assert_never

from reconciler.adapter import Finish
from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.compare import section_at
from reconciler.adapters.asterisk.dialplan import is_extension
from reconciler.adapters.asterisk.index import buckets_of, index_sections
from reconciler.adapters.asterisk.keep import Standing, standing_in, to_value
from reconciler.adapters.asterisk.kinds.queue import rings_outside
from reconciler.adapters.asterisk.render import CARRIERS, render
from reconciler.adapters.asterisk.sections import Family, Section
from reconciler.kinds.all_traits import TRAITS
from reconciler.model.address import Address
from reconciler.model.change import (
    Adopt,
    Change,
    Create,
    Delete,
    Forget,
    Move,
    Replace,
    Update,
)
from reconciler.model.live import Edit
from reconciler.model.secret import Secret
from reconciler.model.step import Disruption, Request
from reconciler.model.value import Fields, Value

Title = tuple[Family, str, bool]

MODULES: Final[dict[Family, str]] = {
    "pjsip": "res_pjsip.so",
    "aor": "res_pjsip.so",
    "vm": "app_voicemail.so",
    "moh": "res_musiconhold.so",
    "confbridge": "app_confbridge.so",
    "parking": "res_parking.so",
    "ext": "pbx_config.so",
    "queues": "app_queue.so",
}
"""Which module reads a family (facts, section 2).

They reread in this order: the dialplan when all it names is there, but queues later. A queue looks
when it is read whether a member can be called by the dialplan, and then no more: one whose number
leads nowhere yet would never ring (seen).
"""

WORDS: Final = {
    "res_pjsip.so": "pjsip",
    "app_voicemail.so": "voicemail",
    "res_musiconhold.so": "music",
    "app_queue.so": "queues",
    "app_confbridge.so": "conferences",
    "res_parking.so": "parking",
    "pbx_config.so": "dialplan",
}


def encode(change: Change, setup: Setup) -> tuple[Request, ...]:
    """Translate a change into requests."""
    kind, _, key = change.address
    if isinstance(change, Forget):
        return ()
    if isinstance(change, Create):
        return (_put(kind, key, render(kind, key, change.after, setup), (), {}),)
    if isinstance(change, Delete):
        before = _titles(kind, key, change.before, setup)
        return (Request("drop", {"object": f"{kind}/{key}", "drop": _listed(before)}),)
    if isinstance(change, Move):
        source = change.source
        old = _titles(source.kind, source.key, change.before, setup)
        gone = Request("drop", {"object": f"{source.kind}/{source.key}", "drop": _listed(old)})
        standing = standing_in(render(source.kind, source.key, change.before, setup))
        as_it_was = render(source.kind, source.key, change.after, setup)
        after = render(kind, key, change.after, setup)
        return (gone, _put(kind, key, after, (), standing, as_it_was))
    if isinstance(change, (Update, Adopt, Replace)):
        edits = () if isinstance(change, Replace) else change.edits
        had = (*_titles(kind, key, change.before, setup), *_strays(edits))
        standing = standing_in(render(kind, key, change.before, setup))
        return (_put(kind, key, render(kind, key, change.after, setup), had, standing),)
    assert_never(change)


def _put(
    kind: str,
    key: str,
    sections: Sequence[Section],
    had: Iterable[Title],
    standing: Standing,
    kept_from: Sequence[Section] | None = None,
) -> Request:
    """Return the put. Secrets that stay are looked up where they stand.

    Those that stand nowhere, as far as is known: in `kept_from`, line by line the same.
    """
    titles = {_title(each) for each in sections}
    drop = [title for title in dict.fromkeys(had) if title not in titles]
    return _put_as(f"{kind}/{key}", sections, drop, kept_from or sections, standing)


def _put_as(
    name: str,
    sections: Sequence[Section],
    drop: Iterable[Title],
    kept_from: Sequence[Section],
    standing: Standing,
) -> Request:
    data: list[Value] = []
    for each, old in zip(sections, kept_from, strict=True):
        lines = [
            [line.variable, to_value(old.family, old.name, was.variable, line.value, standing)]
            for line, was in zip(each.lines, old.lines, strict=False)
        ]
        data.append([each.family, each.name, each.shared, lines])
    return Request("put", {"object": name, "sections": data, "drop": _listed(drop)})


def _listed(titles: Iterable[Title]) -> list[Value]:
    return [list(title) for title in titles]


def _title(section: Section) -> Title:
    return section.family, section.name, section.shared


def _titles(kind: str, key: str, fields: Fields, setup: Setup) -> tuple[Title, ...]:
    """Return all sections that an object with these fields has or, by a hand edit, may have."""
    every = {path: Secret() for path in TRAITS[kind].secrets if fields.get(path) is None}
    # A box whose line is gone reads as switched off; its context may still be there.
    kept = {path: value for path, value in fields.items() if path != "voicemail.enabled"}
    sections = (
        *render(kind, key, {**kept, **every}, setup),
        *render(kind, key, fields, setup),
    )
    return tuple(dict.fromkeys(_title(each) for each in sections))


def _strays(edits: Iterable[Edit]) -> Iterable[Title]:
    """Yield the whole sections that somebody added, which the edits name."""
    for edit in edits:
        if edit.expected is None and (at := section_at(edit.where)) is not None:
            family, name = at
            if family != "vm":
                yield family, name, False


def finish(
    changes: Sequence[Change],
    after: Mapping[Address, Fields],
    edits: Sequence[Edit],
    setup: Setup,
    *,
    owed: bool = False,
) -> Finish | None:
    """Return the index of all objects and the reloads that these changes need.

    When a commit is owed from an earlier run, nobody knows what it wrote: all of the index is
    written and everything is reloaded. So is the index when somebody edited it; sections that
    belong to nothing are removed.
    """
    written = [change for change in changes if not isinstance(change, Forget)]
    if changes and not written and not owed:
        return None
    owed = owed or not written
    objects = {at: fields for at, fields in after.items() if at.kind in CARRIERS}
    families = {family for change in written for family in _families(change, setup)}
    families |= {family for family, _, _ in _strays(edits)}
    whole = bool(edits) or owed
    requests: list[Request] = []
    if (
        whole
        or not families - {"meta"}
        or "ext" in families
        or _moves_index(written, objects, setup)
    ):
        families.add("ext")
        requests = _index_requests(written, objects, setup, whole=whole)
    named = {each.args["object"] for each in requests}
    requests += [
        Request("drop", {"object": f"index/{name}", "drop": [[family, name, shared]]})
        for family, name, shared in dict.fromkeys(_strays(edits))
        if f"index/{name}" not in named
    ]
    families |= {"queues"} if _lets_members_ring(written, objects) else set()
    wanted = dict.fromkeys(MODULES.values()) if owed else {}
    wanted |= dict.fromkeys(module for family, module in MODULES.items() if family in families)
    modules = [module for module in dict.fromkeys(MODULES.values()) if module in wanted]
    words = ", ".join(WORDS[module] for module in modules)
    return Finish(
        (*requests, Request("reload", {"modules": modules})),
        f"reload {words}",
        Disruption("reload"),
    )


def _moves_index(
    changes: Sequence[Change], objects: Mapping[Address, Fields], setup: Setup
) -> bool:
    """Whether the index is another after changes that leave the objects' own dialplan alone.

    A large dialplan takes Asterisk far longer to reload than anything else does.
    """
    if not all(isinstance(change, Update) for change in changes):
        return True
    before = {c.address: c.before for c in changes if isinstance(c, Update)}
    touched = _touched(changes, setup)
    were = index_sections({**objects, **before}, setup, buckets=touched)
    return were != index_sections(objects, setup, buckets=touched)


def _lets_members_ring(changes: Sequence[Change], objects: Mapping[Address, Fields]) -> bool:
    """Whether ways to outside numbers change while a queue has such members: it looks again."""
    ways = any(
        kind == "outbound_route" or (kind == "extension" and not is_extension(key))
        for kind, _, key in (change.address for change in changes)
    )
    return ways and any(rings_outside(o) for at, o in objects.items() if at.kind == "queue")


def _families(change: Change, setup: Setup) -> set[Family]:
    """Return the families in which a change leaves other lines than there were."""
    kind, _, key = change.address
    if isinstance(change, (Update, Adopt)) and not change.edits:
        # Without edits the lines are those that the fields give (`decode`).
        before, after = (
            _by_family(render(kind, key, each, setup)) for each in (change.before, change.after)
        )
        return {family for family in MODULES if before.get(family) != after.get(family)}
    if isinstance(change, Create):
        return {*_by_family(render(kind, key, change.after, setup))} - {"meta"}
    families: set[Family] = set()
    for name in ("before", "after"):
        fields = getattr(change, name, None)
        if fields is not None:
            source = change.source if isinstance(change, Move) and name == "before" else None
            at = (source.kind, source.key) if source else (kind, key)
            families |= {each[0] for each in _titles(*at, fields, setup)}
    families.discard("meta")
    return families


def _by_family(sections: Iterable[Section]) -> dict[Family, list[Section]]:
    found: dict[Family, list[Section]] = {}
    for section in sections:
        found.setdefault(section.family, []).append(section)
    return found


def _index_requests(
    changes: Sequence[Change], objects: Mapping[Address, Fields], setup: Setup, *, whole: bool
) -> list[Request]:
    """Return puts for the fixed index sections and for the buckets that these changes touch.

    Or for all of them, if `whole`. What these changes leave nothing of is removed either way.
    """
    touched = _touched(changes, setup)
    made = index_sections(objects, setup, buckets=None if whole else touched)
    sections = {each.name: each for each in made}
    requests = []
    for name in sorted(set(sections) | touched):
        owner = f"index/{name}"
        if name in sections:
            section = (sections[name].section,)
            requests.append(_put_as(owner, section, (), section, {}))
        else:
            requests.append(Request("drop", {"object": owner, "drop": [["ext", name, False]]}))
    return requests


def _touched(changes: Sequence[Change], setup: Setup) -> set[str]:
    """Return the buckets of changed objects, and whatever existed for their sake before."""
    names: set[str] = set()
    were: dict[Address, Fields] = {}
    for change in changes:
        source = change.source if isinstance(change, Move) else change.address
        for address, name in ((change.address, "after"), (source, "before")):
            fields = getattr(change, name, None)
            if fields is not None:
                names |= buckets_of(address, fields, setup)
                were |= {address: fields} if name == "before" else {}
    return names | {each.name for each in index_sections(were, setup)}
