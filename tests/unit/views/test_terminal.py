"""Laws of the terminal's pages: they fit, they leave nothing out, they give nothing away."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.model.address import Address
from reconciler.model.change import Adopt, Change, Create, Delete, FieldChange, Forget, Move, Update
from reconciler.model.live import Edit
from reconciler.model.plan import Plan, Refusal
from reconciler.model.secret import Clear, Secret
from reconciler.model.value import UNSET
from reconciler.views.cells import cells
from reconciler.views.markdown import BUDGET, plan_markdown
from reconciler.views.terminal.page import Look, Page
from reconciler.views.terminal.plan import plan_text
from reconciler.views.terminal.table import table
from tests.cases.views.plans import HEADER, make

WORDS = st.text(min_size=1, max_size=40)
VALUES = st.one_of(
    WORDS,
    st.integers(0, 99),
    st.booleans(),
    st.none(),
    st.lists(WORDS, max_size=5),
    st.dictionaries(WORDS, WORDS, max_size=3),
    st.builds(Secret, st.just("generated"), st.sampled_from([None, "0123456789abcdef0123"])),
)
PATHS = st.sampled_from(["name", "ring_time", "members", "caller_id.name", "settings.x", "secret"])
FIELDS = st.dictionaries(PATHS, VALUES, max_size=4)
CAUSES = st.sampled_from(["change", "drift", "conflict"])
DIFFERENCES = st.lists(
    st.builds(FieldChange, PATHS, st.one_of(st.just(UNSET), VALUES), VALUES, CAUSES), max_size=3
).map(tuple)
EDITS = st.lists(st.builds(Edit, WORDS, WORDS, st.none() | WORDS), max_size=2).map(tuple)
KINDS = st.sampled_from(["extension", "ring_group", "inbound_route", "trunk", "ivr"])
KEYS = st.from_regex(r"[a-z0-9-]{1,12}", fullmatch=True)
ADDRESSES = st.builds(Address, KINDS, st.just("ferrybank"), KEYS)
ORIGINS = st.none() | st.builds(
    Place, st.sampled_from(["users.yaml", "a/b/c/d/e/f/g/h/very-long-name-of-a-file.yaml"]),
    st.just(0), st.just(()),
)  # fmt: skip


@st.composite
def changes(draw: st.DrawFn) -> tuple[Change, ...]:
    found: list[Change] = []
    for address in draw(st.lists(ADDRESSES, min_size=1, max_size=12, unique=True)):
        about = (address, "pbx/ferrybank", (), draw(ORIGINS), draw(st.integers(0, 99)))
        before, after = draw(FIELDS), draw(FIELDS)
        fields, edits = draw(DIFFERENCES), draw(EDITS)
        found.append(
            draw(
                st.sampled_from(
                    [
                        Create(*about, after, draw(st.booleans())),
                        Update(*about, before, after, fields, edits),
                        Adopt(*about, before, after, fields, edits),
                        Delete(*about, before),
                        Forget(*about),
                        Move(*about, address._replace(key="was"), before, after, fields),
                    ]
                )
            )
        )
    return tuple(found)


@given(changes(), st.sampled_from([60, 80, 120]), st.booleans(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_lines_fit_and_end_in_no_blanks(
    found: tuple[Change, ...], width: int, full: bool, ascii_: bool
) -> None:
    text = plan_text(make(found), HEADER, Look(width, ascii=ascii_), full=full)
    for line in text.split("\n"):
        assert cells(line) <= width
        assert line == line.rstrip()
        assert line.isprintable() or "\u200c" in line or "\u200d" in line


@given(changes())
@settings(max_examples=80, deadline=None)
def test_the_full_view_names_every_object(found: tuple[Change, ...]) -> None:
    text = plan_text(make(found), HEADER, Look(120), full=True)
    for each in found:
        assert str(each.address) in text


@given(changes())
@settings(max_examples=80, deadline=None)
def test_the_same_plan_is_the_same_text(found: tuple[Change, ...]) -> None:
    plan = make(found)
    assert plan_text(plan, HEADER) == plan_text(plan, HEADER)
    assert plan_markdown(plan, HEADER) == plan_markdown(plan, HEADER)


@given(changes(), st.integers(800, 5000))
@settings(max_examples=80, deadline=None)
def test_markdown_keeps_its_budget(found: tuple[Change, ...], budget: int) -> None:
    text = plan_markdown(make(found), HEADER, budget=budget)
    assert len(text) <= budget
    assert text.startswith("<!-- reconciler:plan:ferrybank -->")


@given(st.lists(WORDS, max_size=8), st.integers(40, 120), st.integers(0, 12))
def test_a_wrapped_line_loses_no_word(words: list[str], width: int, indent: int) -> None:
    page = Page(Look(width))
    page.add(" ".join(words), indent=indent)
    shown = "".join(page.text().split())
    again = Page(Look(100_000))
    again.add(" ".join(words))
    assert shown == "".join(again.text().split())


def canary_plan() -> Plan:
    canary = Clear("canary-in-clear")
    fields = {
        "secret": canary, "settings": {"a": {"b": canary}}, "list": [canary],
        "settings.auth_password": "canary-by-name", "raw": {"sip.password": "canary-by-name"},
    }  # fmt: skip
    at = (Address("extension", "ferrybank", "1"), "pbx/ferrybank", (), None, 0)
    differing = tuple(FieldChange(path, value, value) for path, value in fields.items())
    return make(
        [
            Create(*at, fields),
            Update(at[0]._replace(key="2"), *at[1:], fields, fields, differing),
            Delete(at[0]._replace(key="3"), *at[1:], fields),
        ]
    )


def test_a_secret_is_never_shown() -> None:
    for text in (
        plan_text(canary_plan(), HEADER, full=True),
        plan_text(canary_plan(), HEADER),
        plan_markdown(canary_plan(), HEADER),
    ):
        assert "canary" not in text
        assert "***" in text


def test_of_a_fingerprint_only_the_first_digits_are_shown() -> None:
    at = (Address("extension", "ferrybank", "1"), "pbx/ferrybank", (), None, 0)
    change = FieldChange("secret", Secret(None, "a" * 20), Secret("env:X", "b" * 20))
    text = plan_text(make([Update(*at, {}, {}, (change,))]), HEADER)
    assert "bbbb" in text
    assert "bbbbb" not in text


ROWS = [
    [f"phone/main/{'the-lobby-of-the-annex' if at == 3 else 'lobby'}-{at}", ("applied", "good"),
     "T54W 96.86.0.75", "2026-11-29 12:29 UTC", "10.20.11.40"]
    for at in range(4)
]  # fmt: skip
HEAD = ("device", "state", "what", "seen", "from")


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120])
def test_a_table_cuts_nothing_and_stays_within_the_width(width: int) -> None:
    page = Page(Look(width=width))
    table(page, HEAD, ROWS)
    text = page.text()
    assert all(cells(line) <= width for line in text.splitlines()), text
    for cell in (each if isinstance(each, str) else each[0] for row in ROWS for each in row):
        assert cell in text, cell


def test_a_table_without_room_tells_each_row_in_words() -> None:
    page = Page(Look(width=60))
    table(page, HEAD, [[*ROWS[3][:3], "-", ""]], indent=0)
    said = "device phone/main/the-lobby-of-the-annex-3\n    state applied  what T54W 96.86.0.75"
    assert page.text() == said


def test_behind_a_cell_that_is_too_long_its_row_goes_on_in_the_next_line() -> None:
    page = Page(Look(width=60))
    table(page, ("phone", "result"), [["lobby", "connected"], ["x" * 30, "refused"]], indent=0)
    table(
        page, ("phone", "result"), [["a", "b " * 30], ["c", "d"], ["x" * 30, "refused"]], indent=0
    )
    assert page.text().splitlines()[-2:] == ["x" * 30, " " * 22 + "refused"]


def _numbers(many: int) -> str:
    at = [Address("inbound_route", "ferrybank", f"+1603555{1000 + each}") for each in range(many)]
    fields = [
        (FieldChange("destination", f"extension/{n}", f"extension/{n + 1}"),) for n in range(many)
    ]
    changes = [
        Update(address, "pbx/ferrybank", (), None, 0, {}, {}, fields[n])
        for n, address in enumerate(at)
    ]
    return plan_markdown(make(changes), HEADER)


def test_who_reviews_a_comment_sees_where_every_number_leads() -> None:
    """As long as there is room for all: a hidden line is one that nobody has agreed to."""
    text = _numbers(300)
    assert all(f"extension/{n}\n" in text for n in range(301))
    many = _numbers(3000)
    assert len(many) <= BUDGET
    assert "2,975 more numbers" in many


def test_of_fifty_refusals_of_one_rail_three_are_shown_and_all_are_counted() -> None:
    numbers = [f"+1603555{n}" for n in range(1000, 1050)]
    found = [Refusal("number-release", Diagnostic("number-release", n)) for n in numbers]
    other = Refusal("emergency-route", Diagnostic("emergency-route", "nobody could call for help"))
    plan = make([], refusals=(*found, other))
    for text in (plan_text(plan, HEADER), plan_markdown(plan, HEADER)):
        assert sum(each in text for each in numbers) == 3
        assert "and 47 more" in text
        assert "nobody could call for help" in text
    assert all(each in plan_text(plan, HEADER, full=True) for each in numbers)
