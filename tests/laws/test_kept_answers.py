"""Laws of answers that are kept: what comes back is what was put there, or nothing."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.adapters import ADAPTERS
from reconciler.diagnostics.place import Place
from reconciler.execution.secrets.fingerprint import Fingerprints
from reconciler.kept import answers as kept_answers
from reconciler.kept.answer import from_text, to_text
from reconciler.kept.answers import KeptAnswers
from reconciler.kept.packing import CannotKeep
from reconciler.model.address import Address
from reconciler.model.live import Ahead, Edit, LiveObject, Loss, Met, TargetLive, Traces
from reconciler.model.secret import Clear, Secret
from reconciler.model.target import Target
from tests.laws.test_kept import exactly

plain = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
secrets = st.builds(Secret, st.none() | st.just("env:A"), st.none() | st.text("0af", min_size=1))
values = st.recursive(
    plain | secrets,
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.text(max_size=3), inside, max_size=3)
        | st.tuples(inside, inside)
    ),
    max_leaves=6,
)
fields = st.dictionaries(st.text("ab.é", max_size=5), values, max_size=4)
edits = st.lists(st.builds(Edit, st.text(max_size=5), st.none() | st.text(max_size=5), st.none()))
objects = st.builds(
    LiveObject,
    st.builds(Address, st.just("extension"), st.just("hq"), st.text("0123", min_size=1)),
    fields,
    st.none() | st.text(max_size=3),
    st.none() | st.text(max_size=3),
    edits.map(tuple),
    fields,
    loses=st.none(),
)
lives = st.builds(
    lambda found, complete, edits, traces: TargetLive(
        "pbx/hq",
        objects={each.address: each for each in found},
        complete=complete,
        edits=tuple(edits),
        traces=traces._replace(objects={each.address: "ab" for each in found[1:]}),
    ),
    st.lists(objects, max_size=3, unique_by=lambda each: each.address),
    st.frozensets(st.sampled_from(["extension", "queue"])),
    edits,
    st.builds(
        Traces,
        st.text("0af", min_size=1),
        st.dictionaries(st.sampled_from(["pjsip.conf", "queues.conf"]), st.text("0af"), max_size=2),
        st.just({}),
    ),
)


@given(lives)
def test_an_answer_comes_back_exactly(live: TargetLive) -> None:
    assert exactly(from_text("pbx/hq", to_text(live))) == exactly(live)


def test_what_holds_a_secret_in_clear_is_not_kept() -> None:
    for value in (Clear("1234"), [Clear("1234")], {"a": Clear("1234")}):
        at = Address("extension", "hq", "1")
        live = TargetLive("pbx/hq", objects={at: LiveObject(at, {"pin": value})})
        with pytest.raises(CannotKeep):
            to_text(live)


@pytest.mark.parametrize(
    "by_hand",
    [
        {"locked": "it stands elsewhere"},
        {"edits": (Edit("x", None, "1 line"),)},
        {"loses": Loss("a line", "leave it")},
    ],
)
def test_objects_with_lines_of_others_are_left_out(by_hand: dict[str, Any]) -> None:
    """Any of them may hold a password, and nobody can tell which."""
    theirs, ours = Address("extension", "hq", "1"), Address("extension", "hq", "2")
    objects = {
        theirs: LiveObject(theirs, {"settings.password": "S3cret"}, **by_hand),
        ours: LiveObject(ours, {"name": "Ada"}),
    }
    live = TargetLive("pbx/hq", objects=objects, traces=Traces("t", {"e": "e"}, {ours: "o"}))
    text = to_text(live)
    assert "S3cret" not in text
    back = from_text("pbx/hq", text)
    assert dict(back.objects) == {ours: objects[ours]}
    assert back.traces == Traces("", {"e": "e"}, {ours: "o"}), "so it is never taken for the whole"


def test_what_is_beyond_our_kinds_is_left_out() -> None:
    """It is told in lines that somebody wrote."""
    ours = Address("extension", "hq", "2")
    live = TargetLive(
        "pbx/hq",
        objects={ours: LiveObject(ours, {})},
        beyond={ours: ("set_var PIN=4711 is left out",)},
        traces=Traces("t"),
    )
    assert "4711" not in to_text(live)
    assert from_text("pbx/hq", to_text(live)).traces.held == ""
    names = {Address("pbx", "", "hq"): ("extensions.conf: contexts: office",)}
    whole = from_text("pbx/hq", to_text(live._replace(beyond=names)))
    assert (whole.traces.held, whole.beyond) == ("t", names)


def test_what_answers_before_ours_is_kept_as_it_was() -> None:
    line = Ahead("6XX", "exten => _6XX", "extensions.conf [x]", frozenset({"number", "route"}), "a")
    live = TargetLive("pbx/hq", ahead=(line,), traces=Traces("t"))
    assert from_text("pbx/hq", to_text(live)) == live
    met = Met("line", "6XX", "exten => _6XX", "extensions.conf [x]", partly=True)
    for entrances in ({"x": (met, met), "y": ()}, {}, None):
        told = live._replace(entrances=entrances)
        assert from_text("pbx/hq", to_text(told)) == told


def test_what_was_read_alone_is_kept_beside_an_answer_until_the_next(tmp_path: Path) -> None:
    at = Address("extension", "hq", "1")
    before, after = (
        TargetLive("pbx/hq", objects={at: LiveObject(at, {"name": name})}, traces=traces)
        for name, traces in (
            ("Ada", Traces("t", {}, {at: "a"})),
            ("Eve", Traces("", {}, {at: "e"})),
        )
    )
    kept = shelf(tmp_path, target())
    kept.put("pbx/hq", before)
    assert kept.since("pbx/hq") is None
    kept.put_since("pbx/hq", after)
    assert exactly(kept.take("pbx/hq")) == exactly(before)
    assert exactly(kept.since("pbx/hq")) == exactly(after)
    for other in (shelf(tmp_path, target(port=1)), shelf(tmp_path, target(), key=b"x" * 32)):
        assert (other.take("pbx/hq"), other.since("pbx/hq")) == (None, None)
    kept.put("pbx/hq", before)
    assert kept.since("pbx/hq") is None


def target(**settings: Any) -> Target:
    return Target("pbx/hq", "hq", "asterisk", settings, Place("i.yaml", 0, ()), 1)


def shelf(folder: Path, at: Target, *, key: bytes = b"k" * 32, **more: Any) -> KeptAnswers:
    moves = more.get("moves", {})
    return KeptAnswers(folder / "answers", {at.id: at}, ADAPTERS, moves, Fingerprints(key))


def test_an_answer_is_known_while_all_else_is_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = Address("extension", "hq", "1")
    live = TargetLive("pbx/hq", objects={at: LiveObject(at, {"name": "Ada"})}, traces=Traces("t"))
    here = target(country="US", password=Secret("env:A"))
    shelf(tmp_path, here).put(here.id, live)
    assert shelf(tmp_path, here).take(here.id) == live
    assert shelf(tmp_path, target(country="GB", password=Secret("env:A"))).take(here.id) is None
    assert shelf(tmp_path, here, key=b"o" * 32).take(here.id) is None
    moves = {at: Address("extension", "hq", "2")}
    assert shelf(tmp_path, here, moves=moves).take(here.id) is None
    (file,) = (tmp_path / "answers").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    whole = file.read_bytes()
    for damaged in (whole.replace(b"Ada", b"Eve"), whole[:-1], b"", b"\n", whole[5:]):
        file.write_bytes(damaged)
        assert shelf(tmp_path, here).take(here.id) is None
    file.write_bytes(whole)
    assert shelf(tmp_path, here).take(here.id) == live
    monkeypatch.setattr(kept_answers, "program_key", lambda: "another version")
    assert shelf(tmp_path, here).take(here.id) is None


def test_an_answer_of_somebody_elses_adapter_is_not_kept(tmp_path: Path) -> None:
    here = Target("pbx/hq", "hq", "theirs", {}, Place("i.yaml", 0, ()), 1)
    theirs = type("Theirs", (), {"__module__": "their_package"})()
    shelf_ = KeptAnswers(
        tmp_path / "answers", {here.id: here}, {"theirs": theirs}, {}, Fingerprints(b"k" * 32)
    )
    shelf_.put(here.id, TargetLive(here.id, traces=Traces("t")))
    assert not (tmp_path / "answers").exists()
