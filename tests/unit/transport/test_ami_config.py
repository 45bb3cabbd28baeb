"""GetConfig read into sections, and edits packed into UpdateConfig requests."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import AdapterBroke, UnexpectedReply
from reconciler.transport.ami import Ami, AmiLogin, Message
from reconciler.transport.ami_config import (
    ConfigFile,
    Edit,
    Section,
    Staging,
    Unit,
    sections_of,
    split_update_config,
)

STAGING = Staging("stage_07.conf", "blank.conf")


def section(name: str, lines: int) -> Unit:
    appends = (Edit("Append", name, f"v{n}", str(n)) for n in range(lines))
    return Unit(name, (Edit("NewCat", name), *appends))


def split(units: list[Unit], staging: Staging | None = None) -> list[dict[str, str]]:
    requests = split_update_config("rec_07.conf", units, target="pbx1", staging=staging)
    assert all(len(dict(fields)) == len(fields) <= 126 for fields in requests)
    return [dict(fields) for fields in requests]


def edits_of(request: dict[str, str]) -> list[tuple[str | None, ...]]:
    """Read a request the way Asterisk does: numbers from 0 up to the first gap."""
    edits: list[tuple[str | None, ...]] = []
    while f"Action-{len(edits):06d}" in request:
        at = f"{len(edits):06d}"
        names = ("Action", "Cat", "Var", "Value", "Match", "Options")
        edits.append(tuple(request.get(f"{name}-{at}") for name in names))
    return edits


def written(request: dict[str, str]) -> tuple[str, str]:
    return request["SrcFilename"], request["DstFilename"]


async def test_sections_as_asterisk_sends_them(login: AmiLogin) -> None:
    async with await Ami.connect(login, target="pbx1") as ami:
        response = await ami.send("GetConfig", [("Filename", "pjsip.conf")], idempotent=True)
    lines = (("type", "endpoint"), ("set_var", "A=1"), ("set_var", "B=2"))
    assert sections_of(response) == (
        Section("1001", ("phone",), lines),
        Section("1001", (), (("type", "auth"), ("password", "s3cret=;1001"))),
        Section("empty", (), ()),
    )


_LETTERS = ["a", "B", "ü", "=", ":", " ", ">", "-", "1", "\ufffd"]
_WORDS = st.text(st.sampled_from(_LETTERS), max_size=5)


@settings(max_examples=60)
@given(st.lists(st.tuples(_WORDS.filter(bool), st.lists(_WORDS, max_size=4)), max_size=5))
def test_names_are_found_as_quickly_as_they_are_right(file: list[tuple[str, list[str]]]) -> None:
    said = ["Response: Success"]
    for at, (name, lines) in enumerate(file):
        said.append(f"Category-{at:06d}: {name}")
        said += [f"Line-{at:06d}-{number:06d}: {line}" for number, line in enumerate(lines)]
    content = "\r\n".join(said).encode()
    quick, slow = ConfigFile(content), ConfigFile(sections=ConfigFile(content).sections)
    assert quick.names == slow.names
    assert quick.variables == slow.variables


@pytest.mark.parametrize("line", ["Line-000001-000000: a=canary", "Line-000000: a=canary"])
def test_lines_of_no_section_are_an_answer_that_there_is_not(line: str) -> None:
    content = f"Response: Success\r\nCategory-000000: 1001\r\n{line}".encode()
    with pytest.raises(UnexpectedReply, match=r"pbx1: .*no section") as found:
        _ = ConfigFile(content, target="pbx1").sections
    assert found.value.__cause__ is None
    assert "canary" not in str(found.value)


def test_sections_of_templates_and_of_nothing() -> None:
    headers = (
        ("Response", "Success"), ("Category-000000", "phone"), ("IsTemplate-000000", "1"),
        ("Templates-000000", "a,b"), ("Line-000000-000000", "set="),
    )  # fmt: skip
    assert sections_of(Message(headers)) == (
        Section("phone", ("a", "b"), (("set", ""),), is_template=True),
    )
    assert sections_of(Message((("Response", "Success"),))) == ()


def test_no_value_in_a_repr() -> None:
    assert "canary" not in repr(Section("s", (), (("password", "canary"),)))
    assert "canary" not in repr(Unit("u", (Edit("Update", "s", "password", "canary", "canary"),)))


def test_one_small_unit() -> None:
    (request,) = split([section("a", 1)])
    assert list(request.items()) == [
        ("SrcFilename", "rec_07.conf"), ("DstFilename", "rec_07.conf"),
        ("Action-000000", "NewCat"), ("Cat-000000", "a"),
        ("Action-000001", "Append"), ("Cat-000001", "a"), ("Var-000001", "v0"),
        ("Value-000001", "0"),
    ]  # fmt: skip


def test_nothing_to_do_is_no_request() -> None:
    # A request without edits would rewrite the file and its banner.
    assert split([]) == split([Unit("u", ())]) == []


def test_a_request_is_filled_to_the_last_line() -> None:
    # 2 + 30 * 4 = 122 lines, and one EmptyCat of 2: 124, with the 4 of the frame 128.
    units = [section("a", 30), Unit("b", (Edit("EmptyCat", "b"),))]
    assert len(split(units)) == 1
    units[1] = Unit("b", (Edit("EmptyCat", "b", options="x"),))
    assert [len(edits_of(request)) for request in split(units)] == [31, 1]


small_units = st.lists(st.integers(0, 30), max_size=40).map(
    lambda sizes: [section(f"s{n}", size) for n, size in enumerate(sizes)]
)
units_of_any_size = st.lists(st.integers(0, 150), max_size=12).map(
    lambda sizes: [section(f"s{n}", size) for n, size in enumerate(sizes)]
)


@given(small_units)
@settings(deadline=None)
def test_every_edit_arrives_once_in_order_and_units_stay_whole(units: list[Unit]) -> None:
    requests = split(units)
    arrived = [edits_of(request) for request in requests]
    wanted = [(e.action, e.category, e.variable, e.value, e.match, e.options)
              for unit in units for e in unit.edits]  # fmt: skip
    assert [edit for edits in arrived for edit in edits] == wanted
    homes = [{edit[1] for edit in edits} for edits in arrived]
    for n, home in enumerate(homes):
        assert not any(home & other for other in homes[n + 1 :])
    # Nothing is left over: no request could take in the first unit of the next one.
    for n, request in enumerate(requests[:-1]):
        head = next(unit for unit in units if unit.name == arrived[n + 1][0][1])
        assert len(request) + 2 + sum(2 + 2 * (e.variable is not None) for e in head.edits) > 128


@given(units_of_any_size)
@settings(deadline=None)
def test_a_staged_unit_becomes_visible_in_one_request(units: list[Unit]) -> None:
    """Replays the requests on a model of Asterisk's files; looks at the real one after each."""
    files: dict[str, dict[str, int]] = {"rec_07.conf": {}, "stage_07.conf": {}, "blank.conf": {}}
    wanted = {unit.name: len(unit.edits) - 1 for unit in units}
    for request in split(units, STAGING):
        copy = dict(files[request["SrcFilename"]])
        for action, category, *_ in edits_of(request):
            assert category is not None
            if action == "NewCat":
                assert category not in copy
                copy[category] = 0
            else:
                copy[category] += 1
        files[request["DstFilename"]] = copy
        assert all(wanted[name] == lines for name, lines in files["rec_07.conf"].items())
    assert files == {"rec_07.conf": wanted, "stage_07.conf": {}, "blank.conf": {}}


def test_a_long_unit_is_built_beside_the_file() -> None:
    requests = split([section("a", 1), section("big", 70), section("b", 1)], STAGING)
    real, work, blank = "rec_07.conf", "stage_07.conf", "blank.conf"
    assert [written(request) for request in requests] == [
        (real, real), (real, work), (work, work), (work, real), (blank, work),
    ]  # fmt: skip
    assert edits_of(requests[3])[-1][1] == "b"  # the room in the last request is used
    assert edits_of(requests[4]) == []


def test_a_long_unit_without_staging_is_refused_by_name() -> None:
    with pytest.raises(AdapterBroke, match=r"pbx1: editing rec_07.conf: unit 'big' has 126 lines"):
        split([section("a", 1), section("big", 31)])


@pytest.mark.parametrize(
    "edit",
    [Edit("Append", "s", "exten", ">100,1,NoOp()"), Edit("Append", "s", "v", " canary"),
     Edit("Append", "s", "v", "canary "), Edit("Append", "s", "v", "\tcanary"),
     Edit("Append", "a]b", "v", "x"), Edit("NewCat", "a;b"), Edit("RenameCat", "a", value="b]"),
     Edit("RenameCat", "a"), Edit("Append", "s", "v"), Edit("Append", "s", value="x"),
     Edit("Update", "s", "", "x"), Edit("Delete", "s"), Edit("Append", "s", "v", "canary\nx"),
     Edit("Append", "s", "v", "canary" * 200)],
)  # fmt: skip
def test_an_edit_that_would_be_written_as_something_else_is_refused(edit: Edit) -> None:
    with pytest.raises(AdapterBroke) as caught:
        split([Unit("u", (edit,))])
    assert "canary" not in str(caught.value)
