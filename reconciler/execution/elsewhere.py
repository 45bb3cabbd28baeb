"""Elsewhere: whether what steps need on other targets is still there, asked before any write."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from reconciler.errors import ReconcilerError
from reconciler.execution.session import Sessions
from reconciler.model.address import Address
from reconciler.model.extent import Extent


async def gone_elsewhere(asked: Mapping[str, Extent], sessions: Sessions) -> frozenset[Address]:
    """Return which of the objects that are mentioned are not there any longer.

    A target that does not answer says nothing of them: its own steps, if any, will tell.
    """

    async def one(target: str, extent: Extent) -> frozenset[Address]:
        with suppress(ReconcilerError):
            now = await sessions.read(target, extent)
            return frozenset(each for each in extent.mentioned if now.has(each) is False)
        return frozenset()

    return frozenset().union(*await asyncio.gather(*(one(*each) for each in asked.items())))
