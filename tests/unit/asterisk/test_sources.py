"""Which trunks cannot be told apart by where their calls come from."""

import pytest

from reconciler.adapters.asterisk.sources import alike_trunks
from reconciler.model.value import Fields

HOST: Fields = {"host": "sip.example.com"}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (HOST, HOST, True),
        (HOST, {"host": "SIP.example.com", "mode": "ip"}, True),
        (HOST, {"host": "other.example.com"}, False),
        (HOST, {"host": "other.example.com", "match": ["192.0.2.1", "sip.example.com"]}, True),
        (HOST, {**HOST, "match": ["192.0.2.1"]}, False),
        (HOST, {**HOST, "mode": "none"}, False),
        (HOST, {**HOST, "enabled": False}, False),
        ({"host": "192.0.2.9"}, {"host": "x", "match": ["192.0.2.0/28"]}, True),
        ({"host": "192.0.2.99"}, {"host": "x", "match": ["192.0.2.0/28"]}, False),
        ({"host": "x", "match": ["192.0.2.0/30"]}, {"host": "y", "match": ["192.0.2.0/28"]}, True),
        (HOST, {"host": "y", "match": ["192.0.2.0/28"]}, False),
        ({"host": "2001:db8::1"}, {"host": "y", "match": ["192.0.2.0/28"]}, False),
    ],
)
def test_alike(one: Fields, other: Fields, alike: bool) -> None:
    found = alike_trunks({"a": one, "b": other})
    assert found == ({"a": ["b"], "b": ["a"]} if alike else {})
