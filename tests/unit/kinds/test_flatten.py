"""Fields as the engine sees them: flat, canonical, only what is declared."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.kinds import KINDS
from reconciler.kinds.entry import flatten, leaf_paths, reference_fields, secret_paths
from reconciler.kinds.marks import DestinationMark, Reference
from reconciler.model.codec import canonical, from_json, to_json
from reconciler.model.secret import Secret
from reconciler.testing.pool import SAMPLE_POOL
from reconciler.testing.strategies import entries
from tests.unit.kinds.test_constraints import MINIMAL, entry

EVERY_KIND = st.sampled_from(sorted(KINDS))


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(data=st.data(), kind=EVERY_KIND)
def test_every_entry_flattens_to_known_paths_and_json(data: st.DataObject, kind: str) -> None:
    model = KINDS[kind]
    flat = flatten(model.model_validate(data.draw(entries(kind))))
    known = set(leaf_paths(model))
    for path in flat:
        assert path in known or path.split(".raw.")[0] in known or _per_key(path, known)
    text = canonical(to_json(flat))
    assert canonical(to_json(from_json(to_json(flat)))) == text


def _per_key(path: str, known: set[str]) -> bool:
    return any(path.startswith(f"{each}.") for each in known)


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(data=st.data(), kind=EVERY_KIND)
def test_what_is_held_is_read_to_itself(data: st.DataObject, kind: str) -> None:
    """The canonical form of a value is canonical: adapters may give it back as it is."""
    model = KINDS[kind]
    first = model.model_validate(data.draw(entries(kind)))
    again = model.model_validate(first.model_dump(exclude_unset=True, by_alias=True))
    assert _shown(flatten(again)) == _shown(flatten(first))


def _shown(flat: dict[str, Any]) -> str:
    return canonical(to_json(flat))


def test_only_what_is_written_is_declared() -> None:
    assert flatten(entry("extension")) == {"name": "Ada"}
    flat = flatten(entry("extension", voicemail={"email": "a@example.com"}, forward=None))
    assert flat == {
        "name": "Ada",
        "voicemail.email": "a@example.com",
        "forward.always": None,
        "forward.busy": None,
        "forward.no_answer": None,
    }


def test_canonical_forms() -> None:
    phone = flatten(
        entry(
            "phone",
            keys=[{"speed": "911", "label": "Emergency"}, {"blf": "extension/1002"}],
            raw={"account.1.label": "x", "gone": None},
        )
    )
    assert phone == {
        "mac": "80:5e:c0:f0:01:21",
        "model": "T43U",
        "lines": [{"extension": "1001"}],
        "keys": [{"label": "Emergency", "speed": "external/911"}, {"blf": "extension/1002"}],
        "raw.account.1.label": "x",
        "raw.gone": None,
    }
    assert flatten(entry("site"))["country"] == "GB"
    assert flatten(entry("parking_lot", slots="701 - 720"))["slots"] == "701-720"
    assert flatten(entry("outbound_route", patterns=["_9xx."]))["patterns"] == [{"match": "9XX."}]
    assert flatten(entry("policy", rails={"too-many-deletes": {"share": "2.5 %"}}))["rails"] == {
        "too-many-deletes": {"share": 2.5}
    }
    assert flatten(entry("firmware", versions=[{"version": "2", "from": ["1"]}]))["versions"] == [
        {"version": "2", "from": ["1"]}
    ]
    assert flatten(entry("queue", members=["1001", {"extension": "1002", "penalty": "1"}]))[
        "members"
    ] == [{"extension": "1001"}, {"extension": "1002", "penalty": 1}]
    assert flatten(entry("trunk", match=["192.0.2.7/32", "192.0.2.0/28"]))["match"] == [
        "192.0.2.7",
        "192.0.2.0/28",
    ]


def test_an_adapters_own_settings_stay_beside_the_pbxs_fields() -> None:
    pbx = entry("pbx", ami={"username": "u", "secret": {"secret": "env:AMI"}})
    assert pbx.model_extra == {"ami": {"username": "u", "secret": {"secret": "env:AMI"}}}
    assert flatten(pbx) == {"adapter": "memory"}


REFERRING: dict[str, tuple[dict[str, Any], set[str]]] = {
    "site": (
        {"pbx": "p", "emergency": {"trunk": "t"},
         "phones": {"template": "d", "settings": {"line_keys": [{"blf": "queue/1"}]}}},
        {"p", "t", "d", "queue/1"},
    ),
    "pbx": ({"site": "s", "emergency": {"trunk": "t"}}, {"s", "t"}),
    "extension": (
        {"follow_me": {"targets": ["1", "+4411"]}, "forward": {"busy": "2"}}, {"1", "+4411", "2"},
    ),
    "ring_group": ({"members": ["1", "2"], "no_answer": "queue/7"}, {"1", "2", "queue/7"}),
    "queue": (
        {"members": ["1", {"extension": "2"}], "announce": "a", "announce_to_agent": "b",
         "music": "m", "no_answer": "hangup"},
        {"1", "2", "a", "b", "m", "hangup"},
    ),
    "ivr": (
        {"options": {"1": "queue/1", "2": "ivr/x"}, "announcement": "a", "on_timeout": "hangup",
         "on_invalid": "queue/3", "timeout_announcement": "b", "invalid_announcement": "c"},
        {"queue/1", "ivr/x", "a", "b", "c", "hangup", "queue/3"},
    ),
    "schedule": (
        {"closed_on": ["c"], "open_to": "queue/1", "closed_to": "queue/2", "holiday_to": "queue/3"},
        {"c", "queue/1", "queue/2", "queue/3"},
    ),
    "inbound_route": (
        {"destination": "b:queue/1", "trunk": "t", "music": "m"}, {"b:queue/1", "t", "m"},
    ),
    "outbound_route": (
        {"trunks": ["t", "u"], "schedule": "s", "music": "m"}, {"t", "u", "s", "m"},
    ),
    "announcement": ({"then": "queue/1"}, {"queue/1"}),
    "paging_group": ({"members": ["1"]}, {"1"}),
    "parking_lot": ({"timeout_to": "queue/1", "music": "m"}, {"queue/1", "m"}),
    "conference": ({"announcement": "a", "music": "m"}, {"a", "m"}),
    "day_night": ({"day": "queue/1", "night": "queue/2"}, {"queue/1", "queue/2"}),
    "blocklist": ({"destination": "queue/1"}, {"queue/1"}),
    "softphone": ({"extension": "1", "tenant": "t"}, {"1", "t"}),
    "phone": (
        {"site": "s", "pbx": "p", "template": "d", "lines": [{"extension": "1"}, "2"],
         "keys": [{"blf": "extension/1"}, {"park": "parking_lot/70"}, {"pickup": "queue/7"},
                  {"intercom": "extension/3"}, {"speed": "911", "label": "queue/9"}]},
        {"s", "p", "d", "1", "2", "extension/1", "parking_lot/70", "queue/7", "extension/3",
         "external/911"},
    ),
    "template": (
        {"extends": "d", "line_keys": [{"blf": "queue/1"}, {"blf": "extension/{{x}}"}]},
        {"d", "queue/1"},
    ),
    "firmware": (
        {"versions": [{"version": "1"}],
         "targets": [{"version": "1", "select": {"sites": ["s"]}}]},
        {"s"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_reference_is_found(kind: str) -> None:
    fields, expected = REFERRING.get(kind, ({}, set()))
    flat = flatten(entry(kind, **fields))
    found = [
        (each.path, at, text) for each in reference_fields(KINDS[kind])
        for text, at in each.texts(flat)
    ]  # fmt: skip
    assert {text for _, _, text in found} == expected
    for path, at, text in found:
        value = flat[path]
        for step in at:
            value = value[step]
        assert value == text


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(data=st.data(), kind=EVERY_KIND)
def test_generated_references_lead_into_the_pool(data: st.DataObject, kind: str) -> None:
    flat = flatten(KINDS[kind].model_validate(data.draw(entries(kind))))
    destinations = set(SAMPLE_POOL.destinations())
    for field in reference_fields(KINDS[kind]):
        for text, _ in field.texts(flat):
            match field.mark:
                case Reference(kinds=kinds, external=external):
                    assert text in SAMPLE_POOL.of(kinds) or (external and text.startswith("+"))
                case DestinationMark():
                    assert text in destinations or text.startswith("external/")


@pytest.mark.parametrize("kind", KINDS)
def test_secrets_are_secrets(kind: str) -> None:
    for path in secret_paths(KINDS[kind]):
        nested: Any = {"secret": "env:X"}
        for name in reversed(path.split(".")):
            nested = {name: nested}
        if "vault" in path:
            nested["secrets"]["vault"]["url"] = "https://vault.example.com"
        extra = {"mode": "register", "username": "u"} if kind == "trunk" else {}
        flat = flatten(KINDS[kind].model_validate({**MINIMAL[kind], **extra, **nested}))
        assert isinstance(flat[path], Secret)
        assert repr(flat[path]) == "***"
