"""The inventory entry of an Asterisk, and versions."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from reconciler.adapters.asterisk.access import FIELDS, MAIN_FILES, Access, read_access
from reconciler.adapters.asterisk.session import check_version, major_of
from reconciler.adapters.asterisk.settings import AsteriskSettings
from reconciler.errors import UnsupportedVersion
from reconciler.kinds.entry import defaults, flatten
from reconciler.model.secret import Clear

AMI = {"host": "pbx.example", "password": {"secret": "env:LUMEN_AMI_PASSWORD"}}
ARI = {"url": "http://127.0.0.1:8088/ari", "password": {"secret": "env:LUMEN_ARI_PASSWORD"}}


def test_what_is_not_said_has_its_default() -> None:
    entry = AsteriskSettings.model_validate({"ami": AMI, "main_files": {"ext": "mine.conf"}})
    access = read_access({**flatten(entry), "ami.password": Clear("pw-1234")})
    assert (access.host, access.port, access.username) == ("pbx.example", 5038, "reconciler")
    assert access.password == "pw-1234"
    assert access.ari_url is None
    assert access.shards == 64
    assert access.main_files["ext"] == "mine.conf"
    assert access.main_files["vm"] == "voicemail.conf"
    assert "pw-1234" not in repr(access)


def test_access_means_by_what_is_not_said_what_the_settings_do() -> None:
    usual, access = defaults(AsteriskSettings), Access()
    assert {n: usual[f"main_files.{n}"] for n in MAIN_FILES} == access.main_files == MAIN_FILES
    names = {path: name for path, name in FIELDS.items() if usual.get(path) is not None}
    assert {path: getattr(access, name) for path, name in names.items()} == {
        path: usual[path] for path in names
    }
    assert set(usual) - set(FIELDS) == {
        "ami.tls_verify_disabled_acknowledged",
        *(f"main_files.{name}" for name in MAIN_FILES),
    }


def test_nested_settings_do_as_well() -> None:
    access = read_access({"ami": {"host": "h", "password": Clear("p")}, "ari": dict(ARI)})
    assert (access.host, access.ari_url) == ("h", ARI["url"])


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"ami": {**AMI, "password": "in-clear"}},
        {"ami": {**AMI, "tls": True, "tls_verify": False}},
        {"ami": AMI, "shards": 0},
        {"ami": AMI, "shards": 101},
        {"ami": AMI, "internal_context": "a b"},
        {"ami": AMI, "main_files": {"ext": "../extensions.conf"}},
        {"ami": AMI, "ari": {**ARI, "url": "ftp://x"}},
        {"ami": AMI, "colour": "blue"},
    ],
)
def test_wrong_entries(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        AsteriskSettings.model_validate(wrong)
    assert all("in-clear" not in each["msg"] for each in caught.value.errors())


def test_skipping_the_certificate_has_to_be_acknowledged() -> None:
    ami = {**AMI, "tls": True, "tls_verify": False, "tls_verify_disabled_acknowledged": True}
    assert not AsteriskSettings.model_validate({"ami": ami}).ami.tls_verify


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ("22.10.1+dfsg+~cs6.17.60671434-1", 22),
        ("20.5.0", 20),
        ("certified/20.7-cert1", 20),
        ("certified-18.9-cert5", 18),
        ("GIT-22-abcdef", 22),
        ("GIT-master-abcdef", None),
        ("", None),
    ],
)
def test_majors(text: str, major: int | None) -> None:
    assert major_of(text) == major


def test_old_versions_are_refused() -> None:
    check_version("lumen", "20.0.0")
    check_version("lumen", "23.1.0")
    check_version("lumen", "GIT-master-abcdef")
    with pytest.raises(UnsupportedVersion, match=r"needs 20 or newer \(proved on 22\)"):
        check_version("lumen", "18.9.0")
