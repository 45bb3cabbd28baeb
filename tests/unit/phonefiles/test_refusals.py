"""What a phone cannot be told is said, each with its position; nothing goes missing."""

from typing import Any

import pytest

from reconciler.diagnostics.diagnostic import Checked
from reconciler.model.secret import Secret
from reconciler.model.value import Value
from reconciler.phonefiles.file import UnfitSecret
from reconciler.phonefiles.render import Rendered
from tests.unit.phonefiles.make import parameters, render, template

DESK = ("phones", "desk")


def said(found: Checked[Rendered]) -> list[tuple[str, str, tuple[Any, ...]]]:
    return [
        (each.severity, each.code, each.at.path if each.at else ())  # type: ignore[union-attr]
        for each in found.diagnostics
    ]


def test_lines_beyond_the_model() -> None:
    found = render("T33G", lines=[{"extension": "1001", "position": 5, "label": "x"}])
    assert said(found) == [("error", "beyond-model", (*DESK, "lines", 0))]
    assert "line 5 is beyond its 4 accounts" in found.diagnostics[0].detail


def test_keys_beyond_the_model() -> None:
    found = render("T33G", keys=[{"speed": "external/1"}, {"speed": "external/2", "position": 5}])
    assert said(found) == [("error", "beyond-model", (*DESK, "keys", 1))]


def test_keys_beyond_a_figure_that_nobody_confirms_are_written() -> None:
    found = render("T43U", keys=[{"speed": "external/112", "position": 22}])
    assert said(found) == [("warning", "beyond-model", (*DESK, "keys", 0))]
    assert parameters("yealink", found.value.files)["linekey.22.value"] == ["112"]


def test_modules_that_are_not_there() -> None:
    key = {"speed": "external/1", "module": 1, "position": 1}
    assert said(render("T46S", keys=[key])) == [("error", "beyond-model", (*DESK, "keys", 0))]
    found = render("T33G", expansion_modules=[{"model": "EXP40"}])
    assert said(found) == [("error", "beyond-model", (*DESK, "expansion_modules", 0))]


HELP: dict[str, Value] = {"emergency.numbers": ["999", "112"]}
NUMBERS = ("sites", "home", "emergency", "numbers")


@pytest.mark.parametrize(
    ("model", "vendor", "warned"),
    [
        ("T46S", "yealink", []),
        ("VVX601", "polycom", [("warning", "value-not-held", NUMBERS)]),
        ("X5U", "fanvil", [("warning", "value-not-held", NUMBERS)]),  # it takes one
    ],
)
def test_a_phone_that_locks_itself_has_to_know_what_it_may_dial(
    model: str, vendor: str, warned: list[tuple[str, str, tuple[str, ...]]]
) -> None:
    about: dict[str, Any] = {"templates": (template(vendor),), "site_fields": HELP}
    assert said(render(model, features__keypad_lock=True, **about)) == warned
    assert said(render(model, features__keypad_lock=False, **about)) == []


MODULES = {
    "GXP2170": [{"model": "GXP2200EXT"}],
    "VVX601": [{"model": "VVX-EM"}],
}


@pytest.mark.parametrize("model", MODULES)
def test_keys_beyond_a_module(model: str) -> None:
    vendor = "grandstream" if model == "GXP2170" else "polycom"
    keys = [{"speed": "external/1", "module": 1, "position": each} for each in (40, 41)]
    found = render(
        model, templates=(template(vendor),), keys=keys, expansion_modules=MODULES[model]
    )
    assert said(found) == [("error", "beyond-model", (*DESK, "keys", 1))]
    assert "key 41 is beyond the 40 keys" in found.diagnostics[0].detail


def test_keys_of_a_second_grandstream_module_have_no_known_place() -> None:
    found = render(
        "GXP2170", templates=(template("grandstream"),),
        keys=[{"speed": "external/1", "module": 2, "position": 1}],
        expansion_modules=MODULES["GXP2170"] * 2,
    )  # fmt: skip
    assert said(found) == [("error", "value-not-held", (*DESK, "keys", 0))]
    assert "where this key is written is not known" in found.diagnostics[0].detail


@pytest.mark.parametrize(("model", "modules"), [("VVX601", 2), ("VVX450", 1)])
def test_poly_keys_whose_number_nobody_knows(model: str, modules: int) -> None:
    found = render(
        model, templates=(template("polycom"),),
        keys=[{"speed": "external/1", "module": 1, "position": 1}],
        expansion_modules=MODULES["VVX601"] * modules,
    )  # fmt: skip
    ((severity, _, at),) = said(found)
    assert (severity, at) == ("error", (*DESK, "keys", 0))


def test_a_model_that_nobody_knows() -> None:
    found = render("T46X")
    assert said(found) == [("error", "unknown-phone-model", (*DESK, "model"))]
    assert "T46" in str(found.diagnostics[0].hint)
    assert found.value.files == ()
    found = render("T46S", vendor="panasonic")
    assert said(found) == [("error", "unknown-phone-model", (*DESK, "vendor"))]


def test_a_phone_without_template_is_an_error_never_a_guess() -> None:
    found = render("T46S", templates=())
    assert said(found) == [("error", "no-template", DESK)]
    assert found.value.files == ()


@pytest.mark.parametrize(
    ("vendor", "pattern"), [("polycom", None), ("yealink", "T4[12]S"), ("any", "T48S")]
)
def test_templates_of_other_phones(vendor: str, pattern: str | None) -> None:
    found = render("T46S", templates=(template(vendor, pattern), template()))
    assert said(found) == [("error", "template-mismatch", (*DESK, "template"))]


def test_templates_that_fit() -> None:
    assert said(render("T46S", templates=(template("yealink", r"T\d+S"), template()))) == []


def test_a_server_is_needed_and_a_password() -> None:
    found = render("T46S", pbx_fields={"sip.host": None})
    assert [each[1] for each in said(found)] == ["phone-incomplete"]
    assert found.diagnostics[0].detail.endswith("line 1 has no SIP server: PBX office names none.")


@pytest.mark.parametrize(
    ("model", "setting", "value"),
    [
        ("T46S", "sip__dtmf", "auto"),
        ("T46S", "network__ntp", ["a", "b", "c"]),
        ("T46S", "features__language", "Klingon"),
        ("T46S", "features__backlight_timeout", 601),
        ("T46S", "features__timezone", "Mars/Olympus"),
        ("T46S", "provisioning__interval", 90),
        ("T46S", "provisioning__at", "25:00"),
        ("T46S", "features__date_format", "YY"),
        ("T46S", "provisioning__url", "https://u:p@host/"),
        ("GXP2170", "sip__register_expiry", 90),
        ("GXP2170", "sip__codecs", ["gsm", "alaw"]),
        ("GXP1628", "features__web_ui", "off"),
        ("GXP2170", "network__address", "fe80::1"),
        ("GXP2170", "provisioning__at", "02:30"),
        ("HT802", "sip__dtmf", "auto"),
        ("VVX601", "network__ntp", ["a", "b"]),
        ("VVX601", "features__language", "Turkish"),
        ("VVX601", "sip__codecs", ["opus", "alaw"]),
    ],
)
def test_values_that_a_model_cannot_hold(model: str, setting: str, value: Any) -> None:
    found = render(model, **{setting: value})
    assert said(found) == [("error", "value-not-held", (*DESK, *setting.split("__")))]


@pytest.mark.parametrize(
    ("model", "setting", "value"),
    [
        ("T46S", "sip__realm", "office"),
        ("GXP2170", "features__tone_country", "DE"),
        ("GXP1628", "features__brightness", 3),
        ("HT802", "features__language", "de"),
        ("VVX601", "features__multicast", [{"address": "224.0.1.75", "port": 5000}]),
        ("VVX601", "features__wallpaper", "https://x/y.jpg"),
    ],
)
def test_settings_that_a_model_does_not_have(model: str, setting: str, value: Any) -> None:
    found = render(model, **{setting: value})
    assert [each[2] for each in said(found)] == [(*DESK, *setting.split("__"))]
    assert said(found)[0][0] == "error"


def test_what_the_pbx_offers_to_all_phones_is_a_warning() -> None:
    found = render("T46S", pbx_fields={"sip.realm": "office"})
    assert said(found) == [("warning", "value-not-held", ("pbxs", "office", "sip", "realm"))]


@pytest.mark.parametrize(
    ("model", "key"),
    [
        ("T46S", {"function": "menu"}),
        ("T46S", {"ldap": "(cn=%)"}),
        ("T46S", {"speed": "external/1", "locked": True}),
        ("T46S", {"line": 2}),
        ("GXP2170", {"url": "http://x/"}),
        ("VVX601", {"dtmf": "1"}),
        ("VVX601", {"speed": "external/1", "on_line": 2}),
        ("T46S", {"blf": "voicemail/1001"}),
        ("T46S", {"blf": "schedule/none"}),
    ],
)
def test_keys_that_a_model_does_not_have(model: str, key: dict[str, Any]) -> None:
    found = render(model, keys=[key])
    assert [each[:2] for each in said(found)] == [("error", "value-not-held")]
    assert said(found)[0][2][:4] == (*DESK, "keys", 0)


def test_raw_parameters_are_looked_up() -> None:
    raw = {
        "raw.acount.1.enable": "1",
        "raw.static.auto_provision.custom.protect": "1",
        "raw.account.1.label": "Mine",
        "raw.no good": "1",
        "raw.account.1.custom_ua": "x",
    }
    found = render("T46S", **raw)
    assert [each[:2] for each in said(found)] == [
        ("warning", "unknown-parameter"),
        ("warning", "dangerous-parameter"),
        ("warning", "parameter-overrides"),
        ("error", "value-not-held"),
    ]
    assert said(found)[0][2] == (*DESK, "raw", "acount.1.enable")
    assert found.diagnostics[0].hint == 'did you mean "account.#.enable"?'
    assert parameters("yealink", found.value.files)["account.1.label"] == ["Mine"]


def test_raw_p_values() -> None:
    raw = {"raw.P81": "1", "raw.P99999": "1", "raw.P1362": "de", "raw.language.gui": "de"}
    found = render("GXP2170", **raw)
    assert [each[1] for each in said(found)] == [
        "dangerous-parameter", "unknown-parameter", "value-not-held",
    ]  # fmt: skip
    assert found.diagnostics[-1].hint == "that of account 1 is P1362"
    assert parameters("grandstream", found.value.files)["P1362"] == ["de"]


def test_raw_attributes() -> None:
    raw = {"raw.regg.1.x": "1", "raw.httpd.cfg.secureTunnelRequired": "0", "raw.a b": "1"}
    found = render("VVX601", **raw)
    assert [each[1] for each in said(found)] == [
        "unknown-parameter", "dangerous-parameter", "value-not-held",
    ]  # fmt: skip


def test_a_file_that_is_too_large() -> None:
    raw = {f"raw.account.1.custom_ua.{number}": "x" * 4000 for number in range(40)}
    found = render("T46S", **raw)
    assert ("error", "phone-file-too-large", DESK) in said(found)


def test_what_shall_be_empty_is_emptied() -> None:
    found = render("T46S", features__hotline=None, sip__outbound_proxy=None)
    held = parameters("yealink", found.value.files)
    assert held["features.hotline_number"] == ["%NULL%"]
    assert held["account.1.outbound_proxy_enable"] == ["0"]
    held = parameters("grandstream", render("GXP2170", features__hotline=None).value.files)
    assert held["P71"] == [""]


def test_keys_that_nobody_declares_are_the_users() -> None:
    for model, vendor in (("T46S", "yealink"), ("GXP2170", "grandstream"), ("VVX601", "polycom")):
        held = parameters(vendor, render(model).value.files)
        assert not [name for name in held if name.startswith(("linekey", "P1363", "lineKey"))]


@pytest.mark.parametrize(
    ("model", "good", "bad"),
    [("T46S", "Adm1n-ok", "with:colon"), ("T46S", "x" * 32, "x" * 33), ("T46S", "a", "ä"),
     ("VVX601", "Adm1n-ok", "456"), ("VVX601", "4567", "a<b")],
)  # fmt: skip
def test_passwords_of_the_phones_pages(model: str, good: str, bad: str) -> None:
    admin = Secret("store:admin")
    found = render(model, features__admin_password=admin)
    file = next(each for each in found.value.files if admin in each.secrets)

    def value(secret: Secret, text: str) -> str:
        return text if secret.reference == "store:admin" else "sip-secret"

    assert good.encode() in file.revealed(lambda secret: value(secret, good))
    with pytest.raises(UnfitSecret, match="the value of store:admin is not what this phone takes"):
        file.revealed(lambda secret: value(secret, bad))
