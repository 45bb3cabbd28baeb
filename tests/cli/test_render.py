"""`render`: the files of phones, by the installed command."""

import stat

import pytest

from tests.cases.phonefiles.readers import read_grandstream, read_yealink
from tests.cli.workspace import CANARIES, Workspace

ESTATE = """\
apiVersion: reconciler/v1
pbx: office
site: home

pbxs:
  office: {adapter: memory, file: pbx.json, sip: {host: pbx.example.test}}

sites:
  home:
    timezone: Europe/London
    country: GB
    phones: {template: desk}

templates:
  desk:
    vendor: any
    features: {admin_password: {secret: "env:ADA_SECRET"}}

extensions:
  "1001": {name: Ada, secret: {secret: "env:ADA_SECRET"}}
  "1002": {name: Ben, secret: {secret: generated}}

phones:
  desk:
    mac: 80:5e:c0:00:00:01
    model: T46S
    lines: ["1001"]
    keys: [{blf: extension/1002}]
  bench:
    mac: 00:0b:82:00:00:02
    model: GXP2170
    lines: ["1002"]
"""
NAMES = ["805ec0000001.boot", "805ec0000001.cfg", "cfg000b82000002.xml", "y000000000066.cfg"]


@pytest.fixture
def phones(bare: Workspace) -> Workspace:
    """Two phones at a site that no adapter talks to."""
    bare.write("estate.yaml", ESTATE)
    bare.environ["ADA_SECRET"] = CANARIES["env"]
    bare.planted.add(CANARIES["env"])
    return bare


def test_secrets_are_masked(phones: Workspace) -> None:
    for name in ("phone/home/desk", "home/desk", "desk"):
        shown = phones.run("render", name)
        assert shown.out.startswith("==> 805ec0000001.boot <==\n#!version:1.0.0.1\n")
        assert "account.1.password = ***\n" in shown.out
        assert "static.security.user_password = admin:***\n" in shown.out
    assert not phones.journal_file.exists()


def test_all_into_a_folder(phones: Workspace) -> None:
    phones.run("render", "--all", "--out", "files").says(
        "4 files for 2 phones written to files, with secrets masked."
    )
    folder = phones.folder / "files"
    assert sorted(each.name for each in folder.iterdir()) == NAMES
    assert read_yealink(phones.read("files/805ec0000001.cfg"))["linekey.1.value"] == ["1002"]
    assert read_grandstream(phones.read("files/cfg000b82000002.xml"))["P35"] == ["1002"]
    phones.run("render", "--all", "--diff", "files").says("0 of 4 files differ from files.")


def test_differences_are_masked_too(phones: Workspace) -> None:
    phones.run("render", "--all", "--out", "files")
    # Somebody else's file with another secret in clear: not ours to print either.
    old = phones.read("files/805ec0000001.cfg").replace("***", "0ld-Secret-5678")
    phones.write("files/805ec0000001.cfg", old)
    old = phones.read("files/cfg000b82000002.xml").replace("***", "0ld-Secret-5678")
    phones.write("files/cfg000b82000002.xml", old)
    phones.edit("estate.yaml", "timezone: Europe/London", "timezone: Europe/Berlin")
    shown = phones.run("render", "--all", "--diff", "files")
    shown.says("-local_time.time_zone = +0", "+local_time.time_zone = +1", "2 of 4 files differ")
    shown.says_not("0ld-Secret")


def test_secrets_in_clear_are_for_their_owner(phones: Workspace) -> None:
    phones.run("render", "desk", "--reveal", "--out", "clear").says("readable by you alone")
    file = phones.folder / "clear" / "805ec0000001.cfg"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    held = read_yealink(file.read_text())
    assert held["account.1.password"] == [CANARIES["env"]]
    assert held["static.security.user_password"] == [f"admin:{CANARIES['env']}"]
    file.unlink()


def test_a_secret_that_is_not_made_yet_is_not_made_here(phones: Workspace) -> None:
    phones.run("secrets", "init")
    phones.run("render", "--all", "--reveal", "--out", "clear", expect=1).says(
        "The secret generated:extension/office/1002/secret does not exist yet.",
        "reconciler apply makes it",
    )
    assert not (phones.folder / "clear").exists()


def test_what_a_model_cannot_hold_stops_it(phones: Workspace) -> None:
    phones.edit("estate.yaml", 'lines: ["1001"]', 'lines: [{extension: "1001", position: 17}]')
    phones.run("render", "--all", "--out", "files", expect=1).says(
        "error[beyond-model]", "estate.yaml:27:13", "line 17 is beyond its 16 accounts"
    )
    assert not (phones.folder / "files").exists()
    phones.run("render", "bench")


def test_names_that_mean_nothing(phones: Workspace) -> None:
    phones.run("render", "dest", expect=64).says('There is no phone "dest"', "Did you mean")
    phones.run("render", expect=64).says("Name a phone, or say --all.")
    phones.run("render", "desk", "--all", expect=64)
    phones.run("render", "--all", "--out", "x", "--diff", ".", expect=64)
    phones.append("estate.yaml", "    lifecycle: decommissioned\n")
    phones.run("render", "bench", expect=64).says("no phone", "that gets files")


def test_explain_says_where_a_phones_setting_comes_from(phones: Workspace) -> None:
    shown = phones.run("explain", "phone/home/desk", "features.admin_password")
    shown.says("template desk", "estate.yaml:17")
