"""The text of plans and of the journal is the canonical JSON of the model, to the letter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.journal.ledger import digest_of
from reconciler.model import text
from reconciler.model.codec import canonical, fingerprint, from_json, to_json
from reconciler.model.secret import Clear, Secret
from reconciler.model.value import UNSET

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    words,
    st.just(UNSET),
    st.builds(Secret, st.none() | words, st.none() | words),
)
keys = words | st.sampled_from(["$secret", "$unset", "fp", "$", "$$secret"])
values = st.recursive(
    leaves,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(keys, below, max_size=3),
    max_leaves=12,
)
objects = st.dictionaries(keys, values, max_size=6)


@given(objects)
def test_text_equals_the_canonical_json_of_the_model(fields: dict[str, object]) -> None:
    written = text.encode(fields)
    assert written == canonical(to_json(fields))
    assert digest_of(written) == fingerprint(fields)
    assert to_json(text.decode(written)) == to_json(from_json(to_json(fields)))


@pytest.mark.parametrize("leak", [Clear("x"), [Clear("x")], {"a": {"b": (Clear("x"),)}}])
def test_a_secret_in_clear_has_no_text(leak: object) -> None:
    with pytest.raises(TypeError, match="clear"):
        text.encode({"field": leak})
