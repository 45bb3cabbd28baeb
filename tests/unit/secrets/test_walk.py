"""Walking through fields: passing plain data by finds the same as looking at every value."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.execution.secrets.walk import Path, mapped, not_data, secrets_in
from reconciler.kinds import KINDS
from reconciler.kinds.shape import hides_secrets
from reconciler.model.secret import Clear, Secret
from reconciler.model.value import Value

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4)
LEAVES = (
    PLAIN | st.builds(Secret, st.just("env:X"), st.just("aa")) | st.builds(Clear, st.just("pw"))
)
VALUES = st.recursive(
    LEAVES,
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.lists(inside, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3), inside, max_size=3)
    ),
    max_leaves=12,
)
FIELDS = st.dictionaries(st.text(max_size=4), VALUES, max_size=5)


def _leaves(value: Value, path: Path) -> Iterator[tuple[Path, Value]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, (*path, key))
    elif isinstance(value, (list, tuple)):
        for index, each in enumerate(value):
            yield from _leaves(each, (*path, index))
    else:
        yield path, value


@given(FIELDS)
def test_every_secret_is_found_wherever_it_stands(fields: dict[str, Value]) -> None:
    leaves = list(_leaves(fields, ()))
    assert secrets_in(fields) == [each for each in leaves if isinstance(each[1], Secret)]
    hidden = {str(path[0]) for path, value in leaves if isinstance(value, (Secret, Clear))}
    assert not_data(fields) == {path: fields[path] for path in fields if path in hidden}


@given(FIELDS)
def test_what_is_turned_is_every_secret_and_nothing_else(fields: dict[str, Value]) -> None:
    turned = mapped(fields, lambda path, value: f"<{path}>" if type(value) is Clear else value)
    expected = [
        (path, "<" + ".".join(map(str, path)) + ">" if isinstance(value, Clear) else value)
        for path, value in _leaves(fields, ())
    ]
    assert list(_leaves(turned, ())) == expected


@pytest.mark.parametrize("kind", [each for each in KINDS if KINDS[each].scope != "workspace"])
def test_what_is_data_in_all_fields_of_a_kind_hides_no_secret(kind: str) -> None:
    """So it need not be looked into: below a list or a map no model of a platform has a secret."""
    assert not hides_secrets(KINDS[kind])


@given(st.sampled_from(["lines", "tags", "secret", "credentials.password", "other"]), VALUES)
def test_only_what_is_data_in_all_fields_of_a_kind_is_passed_by(path: str, value: Value) -> None:
    passed_by = path in ("lines", "tags")
    assert secrets_in({path: value}, "phone") == ([] if passed_by else secrets_in({path: value}))
