"""The generic file: everything that is declared, by its own name; only for who asks for it."""

from typing import Any

from lxml import etree

from tests.unit.phonefiles.make import render

FIELDS: dict[str, Any] = {
    "lines": [{"extension": "1001", "label": "Söhne <1>", "shared": True, "auto_answer": False}],
    "keys": [{"speed": "external/112", "label": "#", "locked": True, "on_line": 1}],
    "sip__realm": "office",
    "sip__codecs": ["opus", "alaw"],
    "network__ntp": ["a.test", "b.test", "c.test"],
    "features__multicast": [{"address": "224.0.1.75", "port": 5000}],
    "features__wallpaper": None,
    "raw.anything": "at all",
}


def test_everything_is_written() -> None:
    found = render("Kiosk 9000", vendor="generic", **FIELDS)
    assert found.diagnostics == ()
    (file,) = found.value.files
    assert file.name == "805ec0000001.xml"
    root = etree.fromstring(file.revealed(lambda _: "s3cret & <more>").decode().encode())
    held = {each.get("name"): each.text or "" for each in root}
    assert held["account.1.label"] == "Söhne <1>"
    assert held["account.1.password"] == "s3cret & <more>"
    assert held["account.1.shared"] == "true"
    assert held["account.1.sip.server"] == "pbx.example.test"
    assert held["account.1.sip.realm"] == "office"
    assert [held["sip.codecs.1"], held["sip.codecs.2"]] == ["opus", "alaw"]
    assert held["network.ntp.3"] == "c.test"
    assert held["features.multicast.1.port"] == "5000"
    assert held["features.wallpaper"] == ""
    assert held["key.0.1.value"] == "112"
    assert held["key.0.1.locked"] == "1"
    assert held["anything"] == "at all"


def test_nobody_gets_it_by_chance() -> None:
    found = render("Kiosk 9000")
    assert [each.code for each in found.diagnostics] == ["unknown-phone-model"]
    assert found.value.files == ()
