"""What is generated is strong, and what people store is judged without being said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.execution.secrets.redact import redact
from reconciler.execution.secrets.strength import ALPHABET, generate, unfit, weakness


@given(st.sampled_from(["secret", "admin.password", "x"]))
def test_generated_secrets_fit_everywhere(path: str) -> None:
    value = generate(path, "1001")
    assert len(value) == 32
    assert set(value) <= set(ALPHABET)
    assert value.isalnum()
    assert unfit(path, value) is None
    assert weakness(value, "1001") is None


@given(st.integers(0, 999_999).map(str))
def test_generated_pins_are_not_trivial(key: str) -> None:
    pin = generate("voicemail.pin", key)
    assert len(pin) == 6
    assert pin.isdigit()
    assert pin != key
    assert unfit("voicemail.pin", pin) is None
    assert weakness(pin, key) is None


@pytest.mark.parametrize(
    "value",
    [
        "123456", "000000", "654321", "890123", "111111", "121212", "123123", "1001", "10011001",
        "password1", "Secret", "aaaaaaaa", "changeme!",
    ],
)  # fmt: skip
def test_what_is_tried_first_is_weak(value: str) -> None:
    assert weakness(value, "1001") is not None


@pytest.mark.parametrize("value", ["804213", "correct horse battery", "x7Kp2mQ9"])
def test_what_is_not_is_not(value: str) -> None:
    assert weakness(value, "1001") is None


@pytest.mark.parametrize(
    ("path", "value", "fits"),
    [
        ("secret", "x" * 8, True), ("secret", "x" * 7, False), ("secret", "x" * 129, False),
        ("trunk.secret", "x" * 128, True), ("voicemail.pin", "1234", True),
        ("voicemail.pin", "123", False), ("voicemail.pin", "12345678901", False),
        ("voicemail.pin", "12a4", False), ("voicemail.pin", "١٢٣٤", False),
        ("password", "a\nb", False), ("password", "a\rb", False), ("password", "a\0b", False),
        ("password", "", False), ("password", "a", True),
    ],
)  # fmt: skip
def test_limits_of_fields(path: str, value: str, fits: bool) -> None:
    why = unfit(path, value)
    assert (why is None) == fits
    if why is not None and len(value) > 2:
        assert value not in why


def test_redact_knows_quoted_forms_and_leaves_what_is_too_short() -> None:
    value = 'p@ss "wörd"/+'
    text = redact(
        'raw p@ss "wörd"/+ url p%40ss%20%22w%C3%B6rd%22%2F%2B json p@ss \\"wörd\\"/+ b64 '
        "cEBzcyAid8O2cmQiLys=",
        [value, "ab"],
    )
    assert text == "raw *** url *** json *** b64 ***"
    assert redact("ab", ["ab"]) == "ab"
