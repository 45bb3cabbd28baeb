"""Certificates that are renewed while the server runs, or just as it begins."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reconciler.provisioning.serving import listening


async def test_a_certificate_that_was_renewed_while_the_server_began_is_taken_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "_RENEWED_S", 0.01)
    certificate, taken = tmp_path / "cert.pem", asyncio.Event()
    certificate.write_text("the new one")
    tls: Any = SimpleNamespace(load_cert_chain=lambda *_: taken.set())
    at = listening.Listening(certificate=certificate, key=certificate)
    looking = asyncio.create_task(listening._renew(at, tls))
    await asyncio.wait_for(taken.wait(), 60)
    looking.cancel()
