"""What a request names and shows, by its path alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.provisioning.serving.asking import NOTHING, folded, mac_in, read_asked

MAC = "805ec0000001"
SIGNATURE = "a1" * 32
TOKEN = "T" * 32


@pytest.mark.parametrize(
    ("text", "mac"),
    [
        ("cfg805ec0000001.xml", MAC),
        ("805EC0000001.cfg", MAC),
        ("80:5e:c0:00:00:01", MAC),
        ("80-5E-C0-00-00-01.boot", MAC),
        ("805e.c000.0001", MAC),
        ("snomD785-805EC0000001.htm", MAC),
        ("805ec0000001-phone.cfg", MAC),
        ("y000000000066.cfg", None),
        ("000000000000.cfg", None),
        ("cfggrp2614.xml", None),
        ("805ec00000012.cfg", None),  # thirteen digits are none
        ("80:5e:c0:00:00", None),
        ("80:5e-c0:00-00:01", None),
        ("F0V00X200000.cfg", None),
        ("", None),
    ],
)
def test_macs_in_names(text: str, mac: str | None) -> None:
    assert mac_in(text) == mac


def test_names_without_what_does_not_count() -> None:
    assert folded("CFG80-5E-C0-00-00-01.XML") == "cfg805ec0000001.xml"
    assert folded("y000000000066.CFG") == "y000000000066.cfg"


def test_what_is_shown_in_folders_and_parameters() -> None:
    path = f"/p/{TOKEN}/{MAC}-{SIGNATURE}/yealink/phonebook.xml".encode()
    asked = read_asked(path)
    assert (asked.name, asked.mac) == ("phonebook.xml", MAC)
    assert (asked.signatures, asked.tokens) == ((SIGNATURE,), (TOKEN,))
    asked = read_asked(f"/{MAC}.cfg".encode(), f"sig={SIGNATURE.upper()}&token={TOKEN}".encode())
    assert (asked.signatures, asked.tokens) == ((SIGNATURE,), (TOKEN,))
    assert read_asked(f"/{MAC}.cfg".encode(), b"", f" {SIGNATURE} ").signatures == (SIGNATURE,)
    assert TOKEN not in repr(asked)


def test_two_phones_in_one_address_contradict_each_other() -> None:
    asked = read_asked(b"/000b82000002/805ec0000001.cfg")
    assert asked.contradicts
    assert asked.mac is None
    again = read_asked(b"/80:5e:c0:00:00:01/805ec0000001.cfg")
    assert (again.contradicts, again.mac) == (False, MAC)


def test_accounts_have_no_name() -> None:
    for path, query in (
        (f"/p/softphone/{TOKEN}", ""),
        ("/softphone", f"username=x&password={TOKEN}"),
        ("/softphone", f"cloud_username=x&cloud_password={TOKEN}"),
    ):
        asked = read_asked(path.encode(), query.encode())
        assert (asked.account, asked.name, asked.tokens) == (True, "", (TOKEN,))
    # A file below a folder of that name is a file.
    assert read_asked(f"/softphone/{MAC}.cfg".encode()).name == f"{MAC}.cfg"


@pytest.mark.parametrize(
    "path",
    [b"/../a.cfg", b"/%2e%2e/a.cfg", b"/a%2fb.cfg", b"/a%00.cfg", b"/%ff.cfg", b"/a\\b.cfg",
     b"/%252e.cfg", b"/" + b"a" * 2000, b"/./a.cfg"],
)  # fmt: skip
def test_what_no_phone_would_send_names_nothing(path: bytes) -> None:
    assert read_asked(path) == NOTHING


@given(st.binary(max_size=1100), st.binary(max_size=200), st.text(max_size=100))
def test_anything_can_be_read(path: bytes, query: bytes, header: str) -> None:
    asked = read_asked(path, query, header)
    assert len(asked.signatures) <= 4
    assert len(asked.tokens) <= 4
    assert not set(asked.name) & set("/\\%\0")
    assert not asked.name.startswith(".")
