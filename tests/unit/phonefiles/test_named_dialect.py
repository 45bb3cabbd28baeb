"""Grandstream's named dialect: everything in names and known words, or refused by position."""

import re
from typing import Any

import pytest
from hypothesis import given, settings

from reconciler.adapters.grandstream import DEVICE, RENDERER
from reconciler.adapters.grandstream.names import names_of
from reconciler.model.secret import Secret
from reconciler.phonefiles.difference import masked_by_name
from reconciler.phonefiles.file import UnfitSecret, unwritable
from tests.cases.phonefiles.readers import READERS
from tests.unit.phonefiles.make import parameters, render
from tests.unit.phonefiles.test_laws import ODD, TEXTS
from tests.unit.phonefiles.test_refusals import DESK, said

NAMES: dict[str, Any] = {"provisioning__dialect": "names"}
read = READERS["grandstream"]


@given(text=TEXTS)
@settings(max_examples=60, deadline=None)
def test_names_and_labels_arrive_or_are_refused(text: str) -> None:
    for each in (text, *ODD):
        line = {"extension": "1001", "label": each}
        keys = [{"line": 1}, {"blf": "extension/1001", "label": each}]
        found = render("GRP2614", name=each, lines=[line], keys=keys, **NAMES)
        if unwritable(each) is not None:
            assert {one.code for one in found.diagnostics} == {"value-not-held"}
            continue
        assert found.diagnostics == ()
        held = parameters("grandstream", found.value.files)
        assert held["account.1.sip.subscriber.name"] == [each]
        assert held["account.1.name"] == [each]
        assert held["pks.vpk.2.description"] == [each]


@given(text=TEXTS)
@settings(max_examples=60, deadline=None)
def test_passwords_arrive_or_are_refused(text: str) -> None:
    (file,) = render("WP822", **NAMES).value.files
    if unwritable(text) is not None:
        with pytest.raises(UnfitSecret):
            file.revealed(lambda _: text)
        return
    held = read(file.revealed(lambda _: text).decode())
    assert held["account.1.sip.subscriber.password"] == [text]


@pytest.mark.parametrize("model", ["GRP2614", "GRP2612", "WP822", "GXP2135", "GXP2160"])
def test_no_p_value_gets_into_the_file(model: str) -> None:
    found = render(model, **NAMES)
    assert found.diagnostics == ()
    held = parameters("grandstream", found.value.files)
    assert held["account.1.enable"] == ["Yes"]
    assert held["account.1.sip.transport"] == ["UDP"]
    assert not [each for each in held if re.fullmatch(r"P\d+", each)]


def test_line_keys_of_gxp_phones_have_the_same_words_on_another_scale() -> None:
    keys = [{"line": 1}, {"blf": "extension/1001", "position": 2}, {"park": "7", "position": 7}]
    numbers = parameters("grandstream", render("GXP2160", keys=keys).value.files)
    assert (numbers["P1363"], numbers["P1365"], numbers["P323"]) == (["0"], ["11"], ["9"])
    named = parameters("grandstream", render("GXP2160", keys=keys, **NAMES).value.files)
    assert named["pks.vpk.1.keyMode"] == ["Line"]
    assert named["pks.vpk.2.keyMode"] == ["BLF"]
    assert named["pks.mpk.1.keyMode"] == ["CallPark"]


def test_p_values_are_the_default_and_can_be_asked_for() -> None:
    usual, asked = render("GRP2614"), render("GRP2614", provisioning__dialect="numbers")
    assert asked.diagnostics == ()
    texts = [[each.masked() for each in one.value.files] for one in (usual, asked)]
    assert texts[0] == texts[1]
    assert "P35" in parameters("grandstream", asked.value.files)


@pytest.mark.parametrize("model", ["GXP1628", "GXP1760", "GRP2602", "HT802"])
def test_a_family_that_does_not_take_names_is_not_given_them(model: str) -> None:
    found = render(model, **NAMES)
    assert said(found) == [("error", "value-not-held", (*DESK, "provisioning", "dialect"))]
    assert "that its family takes names is not known" in found.diagnostics[0].detail


def test_the_dialect_is_grandstreams() -> None:
    found = render("T46S", **NAMES)
    assert [each[:2] for each in said(found)] == [("error", "field-not-held")]


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("sip.transport", "tls", "no word is known for '2' at account.1.sip.transport (P130)"),
        ("features.date_format", "YYYY-MM-DD", "how P102 is written"),
        ("provisioning.dhcp_option", 66, "how P145 is written"),
        ("features.web_ui", None, "no word is known that empties it at security.webAccessMode"),
        ("features.keypad_lock", True, "how P1382 is written"),
    ],
)
def test_what_has_no_name_or_word_is_refused_where_it_stands(
    setting: str, value: object, says: str
) -> None:
    fields: dict[str, Any] = {setting.replace(".", "__"): value}
    assert render("GRP2614", **fields).diagnostics == ()
    found = render("GRP2614", **fields, **NAMES)
    assert said(found) == [("error", "value-not-held", (*DESK, *setting.split(".")))]
    assert says in found.diagnostics[0].detail
    assert "provisioning.dialect: numbers" in (found.diagnostics[0].hint or "")


def test_what_a_pbx_says_is_refused_as_an_error_too() -> None:
    """A warning would leave the phone on its factory's transport, in clear text."""
    found = render("GRP2614", pbx_fields={"sip.transport": "tls"}, **NAMES)
    assert [each[:2] for each in said(found)] == [("error", "value-not-held")]


def test_keys_without_a_known_word_are_refused() -> None:
    keys = [{"function": "record"}, {"line": 1, "position": 17}]
    found = render("GRP2614", keys=keys, **NAMES)
    assert said(found) == [
        ("error", "value-not-held", (*DESK, "keys", 0)),
        ("error", "value-not-held", (*DESK, "keys", 1)),
    ]


def test_raw_takes_names_and_translates_p_values() -> None:
    raw = {"raw.P238": "2", "raw.account.2.ring.timeout": "45", "raw.pks.vpk.3.value": "7"}
    found = render("GRP2614", **raw, **NAMES)
    assert found.diagnostics == ()
    held = parameters("grandstream", found.value.files)
    assert held["provisioning.firmware.checkCondition"] == ["SkipCheck"]
    assert held["account.2.ring.timeout"] == ["45"]
    assert held["pks.vpk.3.value"] == ["7"]


def test_raw_is_looked_up() -> None:
    raw = {
        "raw.P99999": "1", "raw.P238": "7", "raw.acount.1.enable": "Yes",
        "raw.account.17.enable": "Yes", "raw.account.1.sip.transport": "1",
        "raw.sip.notify.challenge": "No", "raw.account.2.sip.unregisterOnReboot": "Yes",
        "raw.account.3.sip.unregisterOnReboot": "No",
    }  # fmt: skip
    found = render("GRP2614", **raw, **NAMES)
    assert [(*each[:2], each[2][-1]) for each in said(found)] == [
        ("error", "value-not-held", "P99999"),
        ("error", "value-not-held", "P238"),
        ("error", "value-not-held", "acount.1.enable"),
        ("error", "value-not-held", "account.17.enable"),
        ("warning", "unknown-parameter", "account.1.sip.transport"),
        ("warning", "parameter-overrides", "account.1.sip.transport"),
        ("warning", "dangerous-parameter", "sip.notify.challenge"),
        ("warning", "dangerous-parameter", "account.2.sip.unregisterOnReboot"),
    ]


def test_raw_wins_over_a_setting_under_either_name() -> None:
    for name in ("P3", "account.1.sip.subscriber.name"):
        found = render("GRP2614", **{f"raw.{name}": "Mine"}, **NAMES)
        assert [each[:2] for each in said(found)] == [("warning", "parameter-overrides")]
        held = parameters("grandstream", found.value.files)
        assert held["account.1.sip.subscriber.name"] == ["Mine"]
    both = {"raw.P3": "Mine", "raw.account.1.sip.subscriber.name": "Last"}
    held = parameters("grandstream", render("GRP2614", **both, **NAMES).value.files)
    assert held["account.1.sip.subscriber.name"] == ["Last"]


def test_secrets_of_an_older_file_are_masked_by_name() -> None:
    found = render("GRP2614", features__admin_password=Secret("store:admin"), **NAMES)
    (file,) = found.value.files
    old = file.revealed(lambda _: "0ld-s3cret").decode()
    assert "0ld-s3cret" in old
    assert masked_by_name(old, found.value.secret_names, "xml") == file.masked()


@pytest.mark.parametrize("model", ["GRP2614", "GRP2612", "WP822", "GXP2135", "GXP2160"])
def test_no_two_p_values_share_a_name(model: str) -> None:
    known = RENDERER.models.get(model)
    assert known is not None
    names = [each.name for each in names_of(known).values()]
    assert len(names) == len(set(names))
    assert not [each for each in names if ".N." in each or ".K." in each]
    for each in names_of(known).values():
        assert len(set(each.words.values())) == len(each.words), each.name


def test_changes_in_names_disturb_as_much_as_in_p_values() -> None:
    for number, name in (
        ("P8", "network.port.eth.1.type"), ("P404", "account.2.sip.userid"),
        ("P64", "dateTime.timezone"),
    ):  # fmt: skip
        of_name = DEVICE.change_consequence([name], "GRP2614", {})
        assert of_name == DEVICE.change_consequence([number], "GRP2614", {})
