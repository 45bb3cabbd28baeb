"""Fingerprints tell values apart and nothing else; their key is kept private."""

import hmac
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import WorkspaceError
from reconciler.execution.secrets.fingerprint import Fingerprints, workspace_key
from reconciler.model.address import Address

PRINTS = Fingerprints(b"k" * 32)
names = st.text("abc/.", min_size=1, max_size=4)
things = st.tuples(names, names, names, names, st.text(max_size=4))


def _print(thing: tuple[str, str, str, str, str]) -> str:
    return PRINTS(Address(*thing[:3]), thing[3], thing[4])


@given(things, things)
def test_different_things_have_different_fingerprints(
    one: tuple[str, str, str, str, str], other: tuple[str, str, str, str, str]
) -> None:
    assert (_print(one) == _print(other)) == (one == other)
    assert len(_print(one)) == 20
    assert set(_print(one)) <= set("0123456789abcdef")


def test_fingerprints_stay_what_they_are() -> None:
    """Ledgers hold them: another way to make them must make the same."""
    own = hmac.digest(b"k" * 32, b"reconciler fingerprint v1", "sha256")
    said = "extension\0hq\x001001\0secret\0pässword".encode()
    for _ in range(2):
        made = PRINTS(Address("extension", "hq", "1001"), "secret", "pässword")
        assert made == hmac.digest(own, said, "sha256").hex()[:20]


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    folder = tmp_path / ".reconciler"
    key = workspace_key(folder, {})
    assert len(key) == 64
    assert workspace_key(folder, {}) == key
    file = folder / "workspace.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert workspace_key(tmp_path, {"RECONCILER_WORKSPACE_KEY": key.decode()}) == key
    file.chmod(0o640)
    with pytest.raises(WorkspaceError, match="read by others"):
        workspace_key(folder, {})


def test_a_key_that_is_too_short_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="10 characters") as found:
        workspace_key(tmp_path, {"RECONCILER_WORKSPACE_KEY": "canary-5ec"})
    assert "canary" not in str(found.value)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError):
        workspace_key(tmp_path / "file" / "below", {})
