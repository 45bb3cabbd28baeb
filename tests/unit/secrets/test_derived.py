"""Secrets that are made of others: known when those are, made when those are, never kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import SecretUnavailable
from reconciler.execution.secrets.document import FileDocument
from reconciler.execution.secrets.keys import StoreKey
from reconciler.execution.secrets.sources import Secrets
from reconciler.execution.secrets.store import Store
from reconciler.model.address import Address
from reconciler.model.secret import Clear, Secret
from reconciler.phonefiles.file import PhoneFile
from reconciler.provisioning.contents import read_content
from reconciler.provisioning.renderings import Renderings
from reconciler.provisioning.signing import Signing

ADA = Address("phone", "main", "ada")
PASSWORD = "generated:extension/office/1001/secret"


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    store = Store(
        FileDocument(tmp_path / "secrets.store"), StoreKey(tmp_path / "key", {}), makes_key=True
    )
    return Secrets(store, environ={"ADMIN": "a&b", "KEY": "k" * 32, "SHORT": "k"}, folder=tmp_path)


def file(*parts: str | Secret) -> PhoneFile:
    return PhoneFile("ada.xml", parts, "xml", "text/xml")


def render(secrets: Secrets, *parts: str | Secret) -> None:
    secrets.derive("rendering", Renderings({f"{ADA}/ada.xml": file(*parts)}))


def look_up(secrets: Secrets) -> Clear | None:
    return secrets.look_up(f"rendering:{ADA}/ada.xml", address=ADA, path="files.ada.xml")


def test_a_file_is_unknown_until_its_secrets_are_made(secrets: Secrets) -> None:
    render(secrets, "<p>", Secret("env:ADMIN"), "</p><q>", Secret(PASSWORD), "</q>")
    assert look_up(secrets) is None
    secrets.make([f"rendering:{ADA}/ada.xml"])
    found = look_up(secrets)
    made = secrets.look_up(PASSWORD, address=ADA, path="")
    assert found is not None
    assert made is not None
    content = read_content(found.reveal())
    assert content.text == f"<p>a&amp;b</p><q>{made.reveal()}</q>"
    assert content.masked == "<p>***</p><q>***</q>"
    revealed = secrets.reveal(f"rendering:{ADA}/ada.xml", address=ADA, path="x")
    assert revealed.reveal() == found.reveal()


def test_a_missing_secret_is_the_files_failure(secrets: Secrets) -> None:
    render(secrets, Secret("env:NOWHERE"))
    with pytest.raises(SecretUnavailable, match="env:NOWHERE"):
        look_up(secrets)


def test_a_file_that_is_not_rendered_any_more(secrets: Secrets) -> None:
    secrets.derive("rendering", Renderings())
    with pytest.raises(SecretUnavailable, match="not rendered"):
        look_up(secrets)


def test_a_value_that_the_format_cannot_hold_names_the_phone_and_not_the_value(
    secrets: Secrets, tmp_path: Path
) -> None:
    (tmp_path / "bad.txt").write_text("canary\x07bell")
    render(secrets, Secret("file:bad.txt"))
    with pytest.raises(SecretUnavailable, match=r"phone/main/ada: ada\.xml") as caught:
        look_up(secrets)
    assert "canary" not in str(caught.value)


def test_signatures_are_made_of_the_key(secrets: Secrets) -> None:
    secrets.derive("signature", Signing("env:KEY"))
    found = secrets.look_up("signature:805ec0f00001", address=ADA, path="x")
    assert found is not None
    assert len(found.reveal()) == 64
    secrets.derive("signature", Signing("env:SHORT"))
    with pytest.raises(SecretUnavailable, match="1 characters"):
        secrets.look_up("signature:805ec0f00001", address=ADA, path="x")
    secrets.derive("signature", Signing(None))
    with pytest.raises(SecretUnavailable, match="no key"):
        secrets.look_up("signature:805ec0f00001", address=ADA, path="x")
