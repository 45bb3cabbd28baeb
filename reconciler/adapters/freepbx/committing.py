"""Apply Config: one reload after all writes, followed to its real outcome.

A reload is asynchronous, one at a time, and may stay "Processing" for ever when its process dies
(facts, section 5.8): so each wait has an end, and what did not end well is said in FreePBX's words.
"""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Any, Final

from reconciler.adapters.freepbx.access import Access
from reconciler.adapters.freepbx.answers import redact
from reconciler.adapters.freepbx.graphql import Graphql
from reconciler.adapters.freepbx.web import Web
from reconciler.errors import Refused

DOING: Final = "applying the configuration"
RELOAD: Final = "mutation { doreload(input: {}) { status message transaction_id } }"
STATUS: Final = "query($t: ID!) { fetchApiStatus(txnId: $t) { status message details } }"
_RUNNING: Final = "already running"
_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 2.0


class Reload:
    """Applies one FreePBX's configuration."""

    def __init__(self, web: Web | None, api: Graphql | None, access: Access, target: str) -> None:
        self._web = web
        self._api = api
        self._access = access
        self._target = target

    async def run(self) -> str:
        """Reload and wait for the end; return FreePBX's words.

        Raises Refused when it fails or does not end in time, Unreachable when nobody answers.
        """
        ends = monotonic() + self._access.reload_timeout_s
        pause_s = 4 * _FIRST_PAUSE_S
        while True:
            words, done = await (self._over_api(ends) if self._api else self._over_web(ends))
            if done:
                return words
            if _RUNNING not in words.lower() or monotonic() + pause_s > ends:
                raise self._failed(words)
            await asyncio.sleep(pause_s)  # somebody else's reload; ours comes after it
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _failed(self, words: str) -> Refused:
        told = redact(words, self._access.secrets)
        return Refused(
            self._target,
            DOING,
            f"failed-reload: {told}",
            hint="what was written is not in effect; the next apply reloads again",
        )

    async def _over_api(self, ends: float) -> tuple[str, bool]:
        assert self._api is not None
        data = await self._api.change(RELOAD, {}, ["doreload"], doing=DOING)
        number = str((data.get("doreload") or {}).get("transaction_id") or "")
        pause_s = _FIRST_PAUSE_S
        while True:
            said = await self._api.ask(STATUS, {"t": number}, doing=DOING)
            found: Mapping[str, Any] = said.data.get("fetchApiStatus") or {}
            state, details = str(found.get("message") or ""), str(found.get("details") or "")
            if state == "Executed":
                return details, True
            if state == "Failed":
                return details or "FreePBX gives no reason", False
            if state not in ("Processing", ""):
                return state, False
            if monotonic() + pause_s > ends:
                waited_s = self._access.reload_timeout_s
                return f"still {state or 'silent'} after {waited_s:g} s", False
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _over_web(self, ends: float) -> tuple[str, bool]:
        assert self._web is not None
        left_s = max(ends - monotonic(), 1.0)
        return await self._web.reload(doing=DOING, timeout_s=left_s)
