"""Phones and a browser for tests."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from reconciler.lab.phones import EmulatedPhone, Fleet, Spec

PASSWORD = "Adm1n-example"

Start = Callable[..., Any]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start one phone of a model: `await start("T46S", firmware=...)`."""
    async with AsyncExitStack() as stack:

        async def begin(model: str, *, password: str = PASSWORD, **more: Any) -> EmulatedPhone:
            options = {k: more.pop(k) for k in ("reboot_s", "lockout_s") if k in more}
            spec = Spec(model, password=password, **more)
            fleet = await stack.enter_async_context(Fleet([spec], **options))
            return fleet[0]

        yield begin


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    """A client that believes every certificate."""
    async with httpx.AsyncClient(verify=False, timeout=60) as client:
        yield client


def at(phone: EmulatedPhone, path: str, *, secure: bool = False) -> str:
    """Return the address of a page."""
    return (phone.https_url if secure else phone.http_url) + path
