"""Plan files: what is read back is what was planned, and nothing that anybody touched."""

import hashlib
import hmac
import json
import random
from dataclasses import fields, is_dataclass

import pytest

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.errors import PlanFileInvalid
from reconciler.model.address import Address
from reconciler.model.change import (
    Adopt,
    Create,
    Delete,
    FieldChange,
    Forget,
    Move,
    Replace,
    Update,
)
from reconciler.model.codec import canonical
from reconciler.model.live import Edit
from reconciler.model.ownership import Owned
from reconciler.model.plan import Impact, Plan, Refusal, TargetSummary, Waiting
from reconciler.model.secret import Clear, Secret
from reconciler.model.step import Commit, Disruption, Request, Step
from reconciler.model.value import UNSET
from reconciler.planning.plan import plan
from reconciler.planning.planfile import (
    Header,
    digest,
    document,
    read_plan,
    show_plan,
    sign_plan,
    write_plan,
)
from reconciler.testing.building import answered, desired, live, ownership, resource
from tests.unit.planning.paper import PaperAdapter

KEY = b"k" * 32
NOW = "2026-03-01T12:00:00Z"
HEADER = Header(
    "reconciler 0.1.0",
    NOW,
    "2026-03-02T12:00:00Z",
    "c0ffee",
    "ada",
    "ferrybank",
    ("estate.yaml", "a b/ü.yaml"),
    {"memory": "1"},
)
AT = Address("extension", "office", "0123")
ABOUT = (
    AT,
    "pbx/office",
    (Address("trunk", "office", "t"), Address("inbound_route", "office", "+1/2")),
    Place("f.yaml", 2, ("extensions", "0123", "codecs", 0), "key"),
    7,
)
FIELDS = {
    "name": 'Ünïcødé "quoted" \u2028 \U0001f600',
    "number": "0123",
    "count": 3,
    "share": 2.5,
    "on": True,
    "off": None,
    "list": ["a", {"b": [1, None, True]}],
    "map": {"0": "x", "": "y"},
    "secret": Secret("store:x", "f" * 20),
    "generated": Secret("generated:extension/office/0123/secret", None),
}
CHANGED = (
    FieldChange("name", UNSET, "new", "drift"),
    FieldChange("secret", Secret(None, "a"), Secret("env:X", "b"), "conflict"),
    FieldChange("codecs", ["alaw"], None, "change"),
)
EDITS = (Edit("a.conf [b]", "x=1", None), Edit("a.conf", None, "y"))
CHANGES = [
    Create(*ABOUT, after=FIELDS, recreated=True),
    Update(*ABOUT, before=FIELDS, after=FIELDS, fields=CHANGED, edits=EDITS, native_id="17"),
    Replace(
        *ABOUT, before=FIELDS, after=FIELDS, fields=CHANGED, because=("transport", "b"),
        native_id=None,
    ),
    Delete(*ABOUT, before=FIELDS, native_id="id"),
    Adopt(*ABOUT, before=FIELDS, after=FIELDS, fields=(), edits=EDITS, native_id="1"),
    Forget(AT, "pbx/office", (), None, 0, gone=True),
    Move(
        *ABOUT, source=Address("extension", "office", "99"), before={}, after=FIELDS,
        fields=CHANGED, native_id="n",
    ),
]  # fmt: skip
OWNED = Owned(
    AT, "pbx/office", FIELDS, "17", "adopted", 4, "2026-01-01T00:00:00Z", "ada", True, "forget",
    (Address("trunk", "office", "t"),), ("name",),
)  # fmt: skip


def step(change, number=0, owned=OWNED):
    return Step(
        f"step {number}",
        "pbx/office",
        change.address,
        change,
        (Request("put", {"fields": FIELDS, "key": "0123"}), Request("drop", {})),
        ("step 1", "commit pbx/other"),
        "abc",
        Disruption("re-register", 3, "phones"),
        "link",
        owned,
    )


def whole(changes=tuple(CHANGES)):
    return Plan(
        changes=tuple(changes),
        steps=tuple(step(each, n, OWNED if n else None) for n, each in enumerate(changes)),
        commits=(
            Commit(
                "commit pbx/office",
                "pbx/office",
                (Request("reload", {"m": ["x"]}),),
                ("step 0",),
                "reload",
                Disruption("reload", None, "x"),
            ),
        ),
        waiting=(Waiting(AT, "pbx/far", "not reachable"),),
        refusals=(
            Refusal("locked-object", Diagnostic("locked-object", "It is.", ABOUT[3], "h"), None),
            Refusal("x", Diagnostic("x", "y.", None, None, "warning"), "because"),
        ),
        targets=(TargetSummary("pbx/office", "memory", "1", 3, (AT,), None, "2 changes", 4),),
        matching=12,
        config_hash="ch",
        policy_hash="ph",
        overrides={"x": "because"},
        impact=(Impact("Reception (600)", "rings 2 phones instead of 3"),),
    )


def same(one, two):
    """Compare values whose secrets without fingerprint equal nothing."""
    if isinstance(one, Secret):
        return isinstance(two, Secret) and (one.reference, one.fingerprint) == (
            two.reference,
            two.fingerprint,
        )
    if is_dataclass(one):
        return type(one) is type(two) and all(
            same(getattr(one, each.name), getattr(two, each.name)) for each in fields(one)
        )
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(v, two[k]) for k, v in one.items())
    if isinstance(one, (list, tuple)):
        return type(one) is type(two) and len(one) == len(two) and all(map(same, one, two))
    return type(one) is type(two) and one == two


# Round trip


@pytest.mark.parametrize("change", CHANGES, ids=[type(each).__name__ for each in CHANGES])
def test_every_type_of_change_survives(change):
    before = whole([change])
    after, header = read_plan(write_plan(before, HEADER, KEY), KEY, NOW)
    assert same(before, after)
    assert digest(before) == digest(after)
    assert header == HEADER


def test_a_whole_plan_survives_and_so_does_its_text():
    before = whole()
    text = write_plan(before, HEADER, KEY)
    after, header = read_plan(text, KEY, NOW)
    assert same(before, after)
    assert write_plan(after, header, KEY) == text


def test_the_digest_is_of_what_the_plan_does_not_of_when_it_was_made():
    assert digest(whole()) == digest(whole())
    assert digest(whole(CHANGES[:2])) != digest(whole(CHANGES[:1]))
    later = HEADER._replace(created="2027-01-01T00:00:00Z", actor="ben")
    assert (
        document(whole(), HEADER)["x_telephony"]["digest"]
        == document(whole(), later)["x_telephony"]["digest"]
    )


def test_the_file_is_canonical_and_says_its_digest():
    text, hashed = sign_plan(whole(), HEADER, KEY)
    data = json.loads(text)
    assert text == canonical(data) + "\n"
    assert data["x_telephony"].pop("hmac")
    assert data == json.loads(canonical(document(whole(), HEADER)))
    assert hashed == digest(whole())


def test_the_same_estate_in_another_order_gives_the_same_bytes():
    entries = [resource(f"extension/office/{n}", name=f"P{n}") for n in range(100, 120)]
    entries.append(resource("ring_group/office/600", name="x", members=["101", "119"]))
    texts = set()
    for seed in range(5):
        random.Random(seed).shuffle(entries)
        made = plan(
            desired(entries), live(answered()), ownership(), {"memory": PaperAdapter(reloads=True)}
        )
        texts.add(write_plan(made, HEADER, KEY))
    assert len(texts) == 1


# Secrets


def test_no_secret_in_clear_can_get_into_a_file():
    leaking = whole([Create(*ABOUT, after={"secret": Clear("hunter2-hunter2")})])
    with pytest.raises(TypeError) as caught:
        write_plan(leaking, HEADER, KEY)
    assert "hunter2" not in str(caught.value)


def test_secrets_are_marked_sensitive_and_unknown():
    change = document(whole([CHANGES[0]]), HEADER)["resource_changes"][0]["change"]
    assert change["after_sensitive"] == {"secret": True, "generated": True}
    assert change["after_unknown"] == {"generated": True}


# Tampering


def accepted(text, key=KEY):
    """Return the plan that a text is read as, None if it is refused as it should be."""
    try:
        return read_plan(text, key, NOW)
    except PlanFileInvalid:
        return None


def test_a_change_of_any_byte_is_refused():
    text = write_plan(whole(CHANGES[:2]), HEADER, KEY)
    original = json.loads(text)
    random.seed(20260301)
    positions = sorted(random.sample(range(len(text)), 600))
    for position in positions:
        for replacement in (chr(ord(text[position]) ^ 1), "é", "", '"', "9"):
            if replacement == text[position]:
                continue
            other = text[:position] + replacement + text[position + 1 :]
            if accepted(other) is not None:
                # White space outside of values is no change: the same data was signed.
                assert json.loads(other) == original, (position, replacement)


def test_every_byte_of_the_signature_counts():
    text = write_plan(whole(CHANGES[:1]), HEADER, KEY)
    start = text.index('"hmac":"') + 8
    for position in range(start, start + 64):
        for replacement in ("0" if text[position] != "0" else "1", "é", "A", "\\u0000"):
            assert accepted(text[:position] + replacement + text[position + 1 :]) is None


@pytest.mark.parametrize("cut", [0, 1, 10, 500, -2, -40])
def test_a_file_that_was_cut_off_is_refused(cut):
    text = write_plan(whole(), HEADER, KEY)
    assert accepted(text[:cut]) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "nonsense",
        '{"x_telephony": 1}',
        '{"x_telephony": {}}',
        '{"x_telephony": {"version": 1, "plan": {}, "hmac": null}}',
        '{"x_telephony": {"version": 1, "plan": NaN}}',
        '{"x_telephony": {"version": 1, "plan": "\\ud800"}}',
        '{"a": ' * 100_000,
    ],
)
def test_what_is_no_plan_file_is_refused_with_a_message(text):
    assert accepted(text) is None
    with pytest.raises(PlanFileInvalid):
        show_plan(text, None)


def test_damaged_files_are_refused_even_when_nobody_checks_the_signature():
    text = write_plan(whole(), HEADER, KEY)
    random.seed(7)
    for _ in range(400):
        data = json.loads(text)
        at, key = data["x_telephony"], "plan"
        while isinstance(at[key], (dict, list)) and at[key] and random.random() < 0.85:
            at = at[key]
            key = random.choice(list(at)) if isinstance(at, dict) else random.randrange(len(at))
        at[key] = random.choice([None, 1, "x", [], {}, [[]], True])
        try:
            show_plan(json.dumps(data), None)
        except PlanFileInvalid:
            continue


def test_the_signature_of_another_workspace_is_refused():
    assert accepted(write_plan(whole(), HEADER, b"other" * 8)) is None


def test_an_unsigned_plan_is_refused():
    data = document(whole(), HEADER)
    assert accepted(json.dumps(data)) is None


def test_an_expired_plan_is_refused_and_can_still_be_shown():
    text = write_plan(whole(), HEADER, KEY)
    assert read_plan(text, KEY, HEADER.expires)
    with pytest.raises(PlanFileInvalid, match="expired"):
        read_plan(text, KEY, "2026-03-02T12:00:01Z")
    assert show_plan(text, KEY)[1] == HEADER


@pytest.mark.parametrize("version", [0, 2, None, "1"])
def test_another_version_is_refused_and_named(version):
    data = json.loads(write_plan(whole(), HEADER, KEY))
    data["x_telephony"]["version"] = version
    with pytest.raises(PlanFileInvalid, match="version"):
        read_plan(json.dumps(data), KEY, NOW)


def test_a_plan_of_an_older_program_says_whose_it_is_and_what_to_do():
    """It is signed and whole, and lacks what was added since."""
    data = json.loads(write_plan(whole(), HEADER, KEY))
    ours = data["x_telephony"]
    del ours["plan"]["targets"], ours["hmac"]
    signed = hmac.new(KEY, b"plan\0" + canonical(data).encode(), hashlib.sha256).hexdigest()
    ours["hmac"] = signed
    with pytest.raises(PlanFileInvalid, match="another version of reconciler made it") as refused:
        show_plan(json.dumps(data), KEY)
    assert "make a new one" in (refused.value.hint or "")


# Terraform's shape


def test_tools_that_read_terraforms_plans_find_what_they_look_for():
    data = document(whole(), HEADER)
    assert data["format_version"] == "1.2"
    actions = {
        each["x_telephony"]["action"]: each["change"]["actions"]
        for each in data["resource_changes"]
    }
    assert actions == {
        "create": ["create"],
        "update": ["update"],
        "replace": ["delete", "create"],
        "delete": ["delete"],
        "adopt": ["update"],
        "forget": ["forget"],
        "move": ["update"],
    }
    create, *_, forget, move = data["resource_changes"]
    assert create["change"]["before"] is None
    assert create["address"] == "extension/office/0123"
    assert move["previous_address"] == "extension/office/99"
    assert forget["change"]["after"] is None
    assert not data["applyable"]
    assert data["errored"]
    assert not data["complete"]
    assert [each["status"] for each in data["checks"]] == ["fail", "pass"]


def test_drift_stands_apart():
    drift = document(whole(), HEADER)["resource_drift"]
    assert [each["change"]["actions"] for each in drift] == [["delete"], ["update"], ["update"]]
    assert set(drift[1]["change"]["before"]) == {"name", "secret"}


def test_adopting_what_is_equal_is_no_operation():
    quiet = Adopt(*ABOUT, before={}, after={}, fields=())
    change = document(whole([quiet]), HEADER)["resource_changes"][0]["change"]
    assert change["actions"] == ["no-op"]
