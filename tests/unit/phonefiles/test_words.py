"""Clocks, addresses and languages as phones want them."""

import pytest

from reconciler.phonefiles.clock import posix, zone
from reconciler.phonefiles.sheet import NotHeld
from reconciler.phonefiles.words import endpoint, language, minutes, source, time_of_day


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("Europe/Berlin", "CET-1CEST-2,M3.5.0/02:00:00,M10.5.0/03:00:00"),
        ("Europe/London", "GMT+0BST-1,M3.5.0/01:00:00,M10.5.0/02:00:00"),
        ("Europe/Dublin", "GMT+0IST-1,M3.5.0/01:00:00,M10.5.0/02:00:00"),
        ("America/New_York", "EST5EDT4,M3.2.0/02:00:00,M11.1.0/02:00:00"),
        ("America/St_Johns", "NST3:30NDT2:30,M3.2.0/02:00:00,M11.1.0/02:00:00"),
        ("Australia/Sydney", "AEST-10AEDT-11,M10.1.0/02:00:00,M4.1.0/03:00:00"),
        ("Asia/Kolkata", "IST-5:30"),
        ("America/Sao_Paulo", "LCL3"),
        ("UTC", "UTC+0"),
    ],
)
def test_rules_of_time_zones(name: str, rule: str) -> None:
    assert posix(name) == rule


def test_offsets() -> None:
    assert zone("Asia/Kathmandu").offset_s == 20700
    assert zone("Europe/Berlin").saving_s == 3600
    assert zone("Europe/Dublin").offset_s == 0


@pytest.mark.parametrize("name", ["Mars/Olympus", "Europe", "../../../../etc/hostname", "/etc", ""])
def test_zones_that_are_none(name: str) -> None:
    with pytest.raises(NotHeld, match="there is no time zone"):
        zone(name)


def test_endpoints() -> None:
    assert endpoint("sbc.example.test:5080") == ("sbc.example.test", 5080)
    assert endpoint("sip:sbc.example.test") == ("sbc.example.test", None)
    assert str(endpoint("[2001:db8::1]:5061")) == "[2001:db8::1]:5061"
    assert endpoint("2001:db8::1").host == "2001:db8::1"
    for wrong in ("a b", "host:99999", "host:port", "http://x/y"):
        with pytest.raises(NotHeld):
            endpoint(wrong)


def test_addresses_of_servers() -> None:
    assert source("prov.example.test/p/", "http").url == "http://prov.example.test/p/"
    assert source("https://prov.example.test:8443", None).bare == "prov.example.test:8443"
    for url, protocol in (
        ("https://x/y", "http"),
        ("https://u:p@x/y", None),
        ("https://x/?a", None),
    ):
        with pytest.raises(NotHeld):
            source(url, protocol)


def test_words() -> None:
    assert language("German") == language("de-AT") == language("de") == "de"
    assert time_of_day("2:05") == (2, 5)
    assert minutes(120) == 2
    with pytest.raises(NotHeld):
        minutes(90)
