"""The strategies keep what they promise."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.kinds import KINDS, SECTIONS
from reconciler.kinds.destination import parse_destination
from reconciler.kinds.entry import flatten, leaf_paths, reference_fields
from reconciler.kinds.marks import DestinationMark
from reconciler.testing.estates import estates
from reconciler.testing.strategies import entries, keys

RELAXED = settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)


@RELAXED
@given(estates())
def test_estates_are_coherent(documents: list[dict[str, Any]]) -> None:
    workspace: set[tuple[str, str]] = set()
    macs: list[str] = []
    for document in documents:
        here = set(workspace)
        for section, content in document.items():
            if section in SECTIONS:
                here |= {(SECTIONS[section].kind, key) for key in content}
        workspace = workspace or here
        numbers: list[str] = []
        for kind, key, flat in _objects(document):
            if kind.scope == "pbx":
                numbers += [key] if key.isdecimal() and "number" not in flat else []
                numbers += [flat["number"]] if flat.get("number") else []
            if kind.kind == "phone":
                macs.append(flat["mac"])
            for field in reference_fields(kind):
                for text, _ in field.texts(flat):
                    assert _exists(field.mark, text, here), (kind.kind, field.path, text)
    assert len(macs) == len(set(macs))


def _objects(document: dict[str, Any]) -> Any:
    for section, content in document.items():
        if section in SECTIONS:
            for key, raw in content.items():
                kind = SECTIONS[section]
                yield kind, key, flatten(kind.model_validate(raw))


def _exists(mark: Any, text: str, here: set[tuple[str, str]]) -> bool:
    if isinstance(mark, DestinationMark):
        found = parse_destination(text)
        assert found is not None
        if found.kind in ("external", "hangup"):
            return True
        kind = "extension" if found.kind == "voicemail" else found.kind
        return (kind, found.key) in here
    return any((kind, text) in here for kind in mark.kinds) or (
        mark.external and text.startswith("+")
    )


@RELAXED
@given(estates(kinds={"extension", "ring_group"}, pbxs=1))
def test_estates_of_some_kinds(documents: list[dict[str, Any]]) -> None:
    assert len(documents) == 2
    sections = set(documents[1]) - {"apiVersion", "pbx", "site"}
    assert sections <= {"extensions", "ring_groups"}


@RELAXED
@given(st.data(), st.sampled_from(sorted(KINDS)))
def test_fields_that_an_adapter_cannot_hold_are_left_out(data: st.DataObject, kind: str) -> None:
    model = KINDS[kind]
    required = {name for name, info in model.model_fields.items() if info.is_required()}
    optional = [path for path in leaf_paths(model) if path.split(".")[0] not in required]
    if not optional:
        return
    chosen = data.draw(st.sampled_from(optional))
    mended = {"trunk": {"mode", "username", "secret"}, "music": {"files", "url"},
              "calendar": {"years", "country"}, "paging_group": {"members"}}  # fmt: skip
    if chosen in mended.get(kind, set()):
        return
    flat = flatten(model.model_validate(data.draw(entries(kind, without=[chosen]))))
    assert chosen not in {path for path, value in flat.items() if value is not None}


@RELAXED
@given(st.data(), st.sampled_from(sorted(KINDS)))
def test_keys_fit(data: st.DataObject, kind: str) -> None:
    import re

    key = data.draw(keys(kind))
    assert KINDS[kind].single or re.fullmatch(KINDS[kind].key.pattern, key)
