"""Softphones -> accounts. `REWRITE_GOLDEN=1` writes the golden files anew; read the difference."""

import os

import pytest

from reconciler.model.secret import Secret
from reconciler.softphones.handout import hand_out
from reconciler.softphones.softphone import Link
from tests.cases.softphones.accounts import BASE, FOLDER, accounts
from tests.cases.softphones.readers import READERS

NAMES = (
    "acrobits", "ada", "any", "groundwire", "sessiontalk", "sipnetic", "wave", "zoiper",
    "zoiper-oem",
)  # fmt: skip
LINK = Link(BASE, "Tok3n")

EXPECTED: dict[str, dict[str, str]] = {
    "ada": {
        "proxy_0/reg_identity": '"Ada Okafor" <sip:1001@pbx.example.test>',
        "proxy_0/reg_proxy": "<sip:pbx.example.test;transport=tls>",
        "proxy_0/reg_route": "<sip:sbc.example.test:5071;transport=tls;lr>",
        "proxy_0/reg_expires": "600",
        "auth_info_0/username": "1001",
        "auth_info_0/passwd": "***",
        "sip/media_encryption": "srtp",
        "sip/media_encryption_mandatory": "1",
        "sip/dscp": "0x1a",
        "audio_codec_0/mime": "opus",
        "audio_codec_1/mime": "PCMA",
        "video_codec_0/mime": "VP8",
        "misc/config-uri": f"{BASE}/softphone/***",
    },
    "acrobits": {
        "username": "1002",
        "password": "***",
        "userDisplayName": "Zoë O'Neill & Söhne <1>",
        "host": "pbx.example.test",
        "transport": "tls+sip:",
        "codecOrder": "8,0",
        "cloud_username": "office.acrobits",
        "cloud_password": "***",
        "extProvInterval": "3600",
        "icm": "push",
        "voiceMailNumber": "*97",
    },
    "groundwire": {
        "transport": "tcp",
        "sdesIncoming": "enabled",
        "hideOn": "1",
        "extProvUrl": f"{BASE}/softphone/***",
        "extProvInterval": "86400",
    },
    "sessiontalk": {
        "sipusername": "1001", "sippassword": "***", "transport": "TLS", "srtp": "Enabled",
    },
    "sipnetic": {
        "d": "plain.example.test", "u": "2001", "p": "***", "n": "Semi;colon = & Co", "dt": "1",
        "op": "sbc.example.test:5060", "vm": "*97",
    },
    "wave": {
        "RegisterServer": "plain.example.test", "UserID": "2001", "AuthPass": "***",
        "DisplayName": "Semi;colon = & Co", "Voicemail": "*97",
    },
    "zoiper": {
        "username": "1001", "password": "***", "SIP_auth_username": "ada-login",
        "SIP_use_auth_username": "true", "SIP_transport_type": "udp", "SIP_srtp_mode": "SDES",
    },
    "zoiper-oem": {"SIP_callerId": "Zoë O'Neill & Söhne <1>"},
    "any": {"user": "1002", "codecs": "opus,alaw", "push.gateway": "push.example.test",
            "check_url": f"{BASE}/softphone/***"},
}  # fmt: skip

SCANNED = {
    "acrobits": "csc:office.acrobits:Tok3n@FERRY*MAIN",
    "ada": f"{BASE}/softphone/Tok3n",
    "any": f"{BASE}/softphone/Tok3n",
    "groundwire": "provlinkbs://prov.example.test/p/softphone/Tok3n",
    "sessiontalk": "scsc:office.sessiontalk:Tok3n:77",
}
"""What is scanned where a link is given: no password, and nothing else that stays secret."""


def test_accounts_are_as_they_were() -> None:
    folder = FOLDER / "golden"
    found = accounts().by_name
    assert tuple(sorted(found)) == NAMES
    for name, account in found.items():
        file = folder / f"{name}.{account.file.name}"
        if os.environ.get("REWRITE_GOLDEN"):
            file.write_text(account.file.masked(), encoding="utf-8")
        assert account.file.masked() == file.read_text(encoding="utf-8"), name


@pytest.mark.parametrize("name", NAMES)
def test_another_reader_finds_what_was_declared(name: str) -> None:
    account = accounts().by_name[name]
    held = READERS[account.app.name](account.file.masked())
    for setting, value in EXPECTED[name].items():
        assert held.get(setting) == value, setting


def test_what_the_pbx_says_and_an_app_cannot_hold_is_a_warning() -> None:
    said = {(each.severity, each.code) for each in accounts().findings}
    assert said == {("warning", "field-not-held"), ("warning", "softphone-unproved")}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_handed_out_holds_a_password_only_where_the_app_fetches_nothing(name: str) -> None:
    account = accounts().by_name[name]
    given = hand_out(account, None if account.app.delivery == "scan" else LINK)
    if name in ("sipnetic", "wave"):
        assert given.holds_password
        assert given.address is None
        assert "WITH the password" in given.says[0]
        assert [each for each in given.scanned or () if isinstance(each, Secret)]
        return
    assert not given.holds_password
    if name in SCANNED:
        assert given.scanned == (SCANNED[name],)
        assert given.address == SCANNED[name]
        return
    assert given.scanned is None
    assert given.typed == f"{BASE}/softphone/Tok3n"
    assert "only codes that its maker draws" in given.says[0]
    if name == "zoiper-oem":
        assert given.address is not None
        assert given.address.startswith("https://oem.zoiper.com/qr.php?provider_id=ferry42&u=1002")
        assert "t=Tok3n" in given.address
        assert "p=" not in given.address.replace("provider_id=", "")


def test_device_keys_are_generated_one_by_one() -> None:
    keys = {name: each.softphone.device_key.reference for name, each in accounts().by_name.items()}
    assert keys["ada"] == "generated:softphone/office/ada/device_key"
    assert len(set(keys.values())) == len(keys)
