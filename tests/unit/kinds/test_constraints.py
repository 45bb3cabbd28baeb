"""What each kind takes and refuses, and where an error points."""

from typing import Any

import pytest
from pydantic import ValidationError

from reconciler.kinds import KINDS
from reconciler.kinds.did import Dialled, parse_did
from reconciler.kinds.entry import Entry, flatten

SECRET = {"secret": "generated"}
MINIMAL: dict[str, dict[str, Any]] = {
    "site": {"timezone": "Europe/London", "country": "gb"},
    "pbx": {"adapter": "memory"},
    "provisioning": {},
    "policy": {},
    "workspace": {},
    "tenant": {"domain": "a.example.com"},
    "extension": {"name": "Ada"},
    "trunk": {"host": "sip.example.com", "mode": "ip"},
    "ring_group": {"name": "Reception", "members": ["1001"]},
    "queue": {"name": "Support"},
    "ivr": {"options": {"1": "queue/700"}},
    "schedule": {"open": ["Mon-Fri 08:00-17:30"], "open_to": "queue/700", "closed_to": "hangup"},
    "inbound_route": {"destination": "ring_group/600"},
    "outbound_route": {"order": "10", "patterns": ["9NXXXXXXXXX"], "trunks": ["bandlane"]},
    "announcement": {"file": "custom/closed"},
    "music": {},
    "paging_group": {"name": "Warehouse", "members": ["1001"]},
    "parking_lot": {"name": "Lot", "slots": "701-720"},
    "conference": {"name": "Room"},
    "day_night": {"day": "queue/700", "night": "voicemail/1001"},
    "blocklist": {},
    "softphone": {"app": "linphone", "extension": "1001"},
    "phone": {"mac": "805EC0F00121", "model": "T43U", "lines": ["1001"]},
    "calendar": {},
    "template": {"vendor": "yealink"},
    "firmware": {},
}


def entry(kind: str, **fields: Any) -> Entry:
    return KINDS[kind].model_validate({**MINIMAL[kind], **fields})


def faults(kind: str, **fields: Any) -> list[tuple[Any, ...]]:
    with pytest.raises(ValidationError) as caught:
        entry(kind, **fields)
    return [each["loc"] for each in caught.value.errors()]


def test_there_is_an_entry_of_every_kind() -> None:
    assert set(MINIMAL) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_smallest_entry_holds_and_unknown_fields_do_not(kind: str) -> None:
    assert set(flatten(entry(kind))) == set(flatten(KINDS[kind].model_validate(MINIMAL[kind])))
    if kind != "pbx":
        assert faults(kind, surprise="x") == [("surprise",)]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_required_is_missed_where_it_is_missing(kind: str) -> None:
    for name, info in KINDS[kind].model_fields.items():
        if info.is_required():
            raw = {key: each for key, each in MINIMAL[kind].items() if key != name}
            with pytest.raises(ValidationError) as caught:
                KINDS[kind].model_validate(raw)
            assert (name,) in [each["loc"] for each in caught.value.errors()]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("extension", ["1", "0", "0042", "9" * 20], ["", "9" * 21, "10a", "+1", "1 ", "1\n", "१"]),
        ("ring_group", ["600"], ["main"]),
        ("trunk", ["bandlane", "A.b_c-1", "7"], ["", "-x", "a b", "a/b", "ü", "x" * 64]),
        ("inbound_route",
         ["+16035550100", "5550100", "0", "any", "+16035550100@+16035550155", "any@anonymous",
          "+12@anonymous"],
         ["+1", "+1234567890123456", "", "any@", "@anonymous", "a", "+1603@x", "all"]),
        ("blocklist", ["+16035550199", "+1900*", "anonymous", "0900*"], ["", "*", "+19*0", "x"]),
        ("firmware", ["yealink/T43U", "stable", "grandstream/GXP2170"], ["", "/T43U", "a/b/c"]),
    ],
)  # fmt: skip
def test_keys(kind: str, good: list[str], bad: list[str]) -> None:
    import re

    matches = re.compile(KINDS[kind].key.pattern).fullmatch
    assert [key for key in good if not matches(key)] == []
    assert [key for key in bad if matches(key)] == []


def test_the_key_of_an_inbound_route_says_number_and_caller() -> None:
    assert parse_did("+16035550100") == Dialled("+16035550100", None)
    assert parse_did("any@anonymous") == Dialled(None, "anonymous")


@pytest.mark.parametrize(
    ("kind", "field", "good", "bad"),
    [
        ("extension", "name", ["x", "ü" * 255, "0042"],
         ["", "x" * 256, "a\nb", "a\x00", "a\u2028"]),
        ("extension", "ring_time", ["1", "300", "5m", "20 s"], ["0", "301", "6m", "x", "1.5", ""]),
        ("extension", "max_contacts", ["1", "100"], ["0", "101"]),
        ("extension", "call_waiting", ["yes", "No", "on", "FALSE"], ["maybe", ""]),
        ("extension", "secret", [SECRET, {"secret": "env:X"}],
         ["hunter2", {"secret": "hunter2"}, {}, {"secret": "env:X", "x": "y"}]),
        ("ring_group", "ring_time", ["1", "300"], ["0", "301"]),
        ("ring_group", "members", [["1001"]], [[], "1001", ["1"] * 201]),
        ("ring_group", "no_answer", ["voicemail/1001", "pbx-b:queue/700", "hangup"],
         ["1001", "desk/1", "queue/", "queue/7 0"]),
        ("queue", "members", [["1001", {"extension": "1002", "penalty": "3"}], []],
         [[{"penalty": "1"}], [{"extension": "1", "penalty": "-1"}]]),
        ("queue", "join_empty", ["yes", "strict"], ["true"]),
        ("trunk", "match", [["192.0.2.7", "192.0.2.0/28", "sip.example.com"]], [["192.0.2.7/28"]]),
        ("trunk", "channels", ["1"], ["0"]),
        ("trunk", "codecs", [["alaw", "g722"]], [["mp3"]]),
        ("ivr", "options", [{"0": "hangup", "*": "hangup", "12#": "hangup"}],
         [{}, {"a": "hangup"}, {"": "hangup"}, {"1": "nowhere"}]),
        ("outbound_route", "order", ["1", "9999"], ["0", "10000"]),
        ("outbound_route", "trunks", [["a"]], [[]]),
        ("outbound_route", "patterns", [["911"], ["_9X."], ["+44[1-37]!"], [{"match": "0Z."}]],
         [[], ["9Q"], ["X.1"], ["[1"], [""], ["."*2]]),
        ("parking_lot", "slots", ["701-720", "1 - 9"], ["720-701", "701", "1-1001"]),
        ("paging_group", "multicast", [{"address": "239.1.2.3", "port": "5000"}],
         [{"address": "10.1.2.3", "port": "5000"}, {"address": "x", "port": "5000"}]),
        ("announcement", "file", ["custom/closed", "Ansage ä"],
         ["../etc/passwd", "a,b", "a;b", ""]),
        ("site", "timezone", ["America/New_York", "UTC"], ["Mars/Base", "", "../x"]),
        ("site", "country", ["us"], ["USA", "1"]),
        ("site", "subnets", [["10.20.0.0/24", "2001:db8::/64"]], [["10.20.0.1/24"], ["x"]]),
        ("site", "voice_vlan", ["1", "4094"], ["0", "4095"]),
        ("site", "maintenance_windows", [["Mon-Fri 22:00-02:00"]], [["22h"]]),
        ("phone", "mac",
         ["80:5e:c0:f0:01:21", "80-5E-C0-F0-01-21", "805e.c0f0.0121", "805EC0F00121"],
         ["80:5e:c0:f0:01", "80:5e-c0:f0:01:21", "8x5ec0f00121", "80:5e:c0:f0:01:21\n"]),
        ("phone", "lifecycle", ["managed", "decommissioned"], ["firmware_updating"]),
        ("phone", "keys", [[{"blf": "extension/1"}, {"speed": "911"}, {"none": "true"}]],
         [[{}], [{"blf": "extension/1", "speed": "911"}], [{"blf": "nobody"}]]),
        ("policy", "rails", [{"too-many-deletes": {"share": "5%", "severity": "warn"}}],
         [{"to-many-deletes": {}}, {"too-many-deletes": {"share": "101%"}}]),
        ("policy", "plan_expires", ["1h"], ["0"]),
        ("template", "model_pattern", ["T4[36]U"], ["T4[36U"]),
        ("tenant", "domain", ["a.example.com"], ["https://a.example.com", "a b"]),
        ("calendar", "years", [["2026", "2027-2030"]], [["26"], ["2030-2027"]]),
        ("softphone", "app", ["grandstream-wave"], ["skype"]),
        ("provisioning", "base_url", ["https://p.example.com/x"], ["p.example.com", "ftp://p"]),
    ],
)  # fmt: skip
def test_fields(kind: str, field: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        entry(kind, **{field: value})
    for value in bad:
        found = faults(kind, **{field: value})
        assert all(loc[0] == field for loc in found), (value, found)


@pytest.mark.parametrize(
    ("kind", "fields", "at"),
    [
        ("trunk", {"mode": "register", "secret": SECRET}, ("username",)),
        ("trunk", {"mode": "register", "username": "u"}, ("secret",)),
        ("trunk", {"mode": "ip", "registration": {}}, ("registration",)),
        ("pbx", {"tls": {"verify": "false"}}, ("tls", "verify")),
        ("music", {"mode": "playlist"}, ("files",)),
        ("music", {"mode": "stream"}, ("url",)),
        ("music", {"url": "https://a.example.com"}, ("url",)),
        ("paging_group", {"members": []}, ("members",)),
        ("outbound_route", {"emergency": "yes", "pin": SECRET}, ("pin",)),
        ("outbound_route", {"emergency": "yes", "classes": ["all"]}, ("classes",)),
        ("outbound_route", {"patterns": ["1", {"match": "9X", "strip": "3"}]},
         ("patterns", 1, "strip")),
        ("schedule", {"open": ["Mon-Fri 08:00-12:00", "Wed 11:00-13:00"]}, ("open", 1)),
        ("calendar", {"country": "US"}, ("country",)),
        ("calendar", {"subdivision": "NY"}, ("subdivision",)),
        ("calendar", {"days": ["2026-01-01", "12-25"]}, ("days", 1, "date")),
        ("firmware", {"targets": [{"version": "1"}]}, ("targets", 0, "version")),
        ("firmware", {"versions": [{"version": "1"}, {"version": "1"}]},
         ("versions", 1, "version")),
        ("firmware", {"versions": [{"version": "1", "url": "http://a.example.com/x"}]},
         ("versions", 0, "url")),
        ("phone", {"keys": [{"line": "1"}, {"line": "1", "park": "70"}]}, ("keys", 1, "park")),
    ],
)  # fmt: skip
def test_fields_that_do_not_go_together(
    kind: str, fields: dict[str, Any], at: tuple[Any, ...]
) -> None:
    assert faults(kind, **fields) == [at]


def test_settings_are_bounded() -> None:
    entry("trunk", settings={f"k{index}": "v" for index in range(128)})
    entry("trunk", settings={"k": "x" * 4096, "gone": None})
    assert faults("trunk", settings={f"k{index}": "v" for index in range(129)})
    assert faults("trunk", settings={"k": "x" * 4097})
    assert faults("trunk", settings={f"k{index}": "x" * 4096 for index in range(17)})
    assert faults("trunk", settings={"a\nb": "x"})


def test_a_literal_secret_is_never_repeated() -> None:
    with pytest.raises(ValidationError) as caught:
        entry("trunk", secret="hunter2hunter2")
    messages = [each["msg"] for each in caught.value.errors(include_input=False)]
    assert messages
    assert "hunter2" not in "".join(messages)


def test_time_zones_that_nobody_knows_get_a_hint() -> None:
    with pytest.raises(ValidationError, match="perhaps Europe/London is meant"):
        entry("site", timezone="Europe/Lodon")


def test_a_key_without_an_action_is_told_also_where_the_action_s_name_stands() -> None:
    assert faults("phone", keys=[{"blf": None}]) == [("keys", 0)]
    assert faults("phone", keys=[{"label": "Ada"}]) == [("keys", 0)]
    assert faults("phone", keys=[{"none": "yes", "blf": "extension/1002"}]) == [("keys", 0, "none")]
