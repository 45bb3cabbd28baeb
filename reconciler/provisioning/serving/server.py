"""The server that devices fetch from: an ASGI application. IO.

    request -> look at the store -> who is it -> may it -> the file, or the one refusal -> notes

Everything that decides is pure and elsewhere (`access`, `asking`, `devices`, `answers`); this file
is the order in which it happens.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import time
from typing import Any, Final, NamedTuple

from reconciler.errors import StoreError
from reconciler.provisioning.serving.access import (
    AccessPolicy,
    Decision,
    Shown,
    decide,
    is_guess,
    may_have_shared,
)
from reconciler.provisioning.serving.agents import printable, read_agent
from reconciler.provisioning.serving.answers import Reply, refusal, reply_with, unavailable
from reconciler.provisioning.serving.asking import Asked, read_asked
from reconciler.provisioning.serving.devices import Device
from reconciler.provisioning.serving.digest import Answer, Nonces, challenges, read_answer
from reconciler.provisioning.serving.firmware import Firmware, firmware_reply
from reconciler.provisioning.serving.limits import Counter
from reconciler.provisioning.serving.origins import counted_as
from reconciler.provisioning.serving.recorder import Recorder, stamp
from reconciler.provisioning.serving.request import Request, read_request
from reconciler.provisioning.serving.watch import Watch
from reconciler.provisioning.store.published import Published
from reconciler.provisioning.store.records import Fetch, FileRow, KeyUse, Served
from reconciler.provisioning.tokens import Token, ended_by

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Body = Callable[[Message, Receive, Send], Awaitable[None]]
"""An answer that sends itself: a large file."""

LOG: Final = logging.getLogger("reconciler.provisioning")
_THREADS: Final = 4


class Given(NamedTuple):
    """An answer, and what is noted once it was sent."""

    reply: Reply | Body
    fetch: Fetch | None = None


class ProvisioningApp:
    """The application. `keys` are the signing keys, the new one first."""

    def __init__(
        self, store: Published, policy: AccessPolicy, keys: Sequence[str], firmware: Firmware
    ) -> None:
        self._executor = ThreadPoolExecutor(_THREADS, "published")
        self._store = store
        self._policy = policy
        self._firmware = firmware
        self._recorder = Recorder(store)
        self._nonces = Nonces(policy.nonce_expires_s)
        self._failures = Counter(policy.failures_per_minute)
        self._requests = Counter(policy.requests_per_minute)
        self._writing: asyncio.Task[None] | None = None
        self.watch = Watch(store, policy, keys, self._executor)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, or begin and end with the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] == "lifespan.startup":
            self._writing = asyncio.create_task(self._recorder.run())
            await send({"type": "lifespan.startup.complete"})
        if self._writing is not None:
            self._writing.cancel()
        await asyncio.to_thread(self._recorder.write)
        self._executor.shutdown(wait=False, cancel_futures=True)
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        request = read_request(scope, self._policy.proxies)
        try:
            await self.watch.current()
            given = await self._answer(request)
        except StoreError as failure:
            # The same for everybody: without the store nobody is known.
            LOG.error("%s 503: %s", request.origin.text, failure)  # noqa: TRY400 - no traceback
            given = Given(unavailable())
        if isinstance(given.reply, Reply):
            await _send(given.reply, send)
        else:
            await given.reply(scope, receive, send)
        if given.fetch is not None:
            self._recorder.fetch(given.fetch)

    # Who it is, and whether it may

    async def _answer(self, request: Request) -> Given:
        now_s = time()
        address = counted_as(request.origin.host)
        limited = self._failures.is_over(address, now_s)
        asked = read_asked(
            request.path, request.query, request.headers.get(b"x-provisioning-signature", "")
        )
        answer, stale = self._answered(request, now_s)
        shown = Shown(
            request.origin, request.method, request.target, answer, request.certificate, limited
        )
        devices, tokens = self.watch.devices, self.watch.tokens
        device = devices.who(
            asked, tokens.owner_of(asked.tokens), agent_mac=read_agent(request.agent).mac,
            certificate=request.certificate, username=answer.username if answer else "",
        )  # fmt: skip
        decision = decide(
            device, tokens.of(device.address), asked, shown, self._policy,
            self.watch.rotation.keys, stamp(now_s, "seconds"),
        )  # fmt: skip
        place = devices.place(request.origin.host)
        shared = may_have_shared(place, asked, shown, self._policy)
        firmware = self._firmware.find(asked.name)
        if decision.allowed and not self._requests.add(str(device.address), now_s):
            return await self._let_in(request, asked, device, decision, now_s)
        if request.method in ("GET", "HEAD"):
            if shared:
                return await self._give(request, place, place.files[asked.name], now_s)
            if firmware is not None and devices.is_inside(request.origin.host) and not limited:
                return Given(firmware_reply(firmware, request.conditions))
        guess = is_guess(asked, answer is not None, self._policy)
        if not decision.allowed and guess:
            self._failures.add(address, now_s)
        if not guess:
            LOG.info("%s names no device that it could be, or asks for the challenge",
                     request.origin.text)  # fmt: skip
        elif not limited:
            self._log_refusal(request, asked, device, decision, address, now_s)
        return Given(refusal(self._challenges(now_s, stale=stale)))

    def _answered(self, request: Request, now_s: float) -> tuple[Answer | None, bool]:
        """Return the answer to a challenge that could still be answered; else whether it is old."""
        if not self._policy.challenges:
            return None, False
        answer = read_answer(request.headers.get(b"authorization", ""))
        if answer is None:
            return None, False
        fresh = self._nonces.use(answer.nonce, now_s) == "fresh"
        return (answer if fresh else None), not fresh

    def _challenges(self, now_s: float, *, stale: bool) -> tuple[str, ...]:
        if not self._policy.challenges:
            return ()
        nonce = self._nonces.new(now_s)
        return tuple(challenges(nonce, self._policy.realm, self._policy.algorithms, stale=stale))

    def _log_refusal(
        self, request: Request, asked: Asked, device: Device, decision: Decision, address: str,
        now_s: float,
    ) -> None:  # fmt: skip
        """Say who was refused and why, without what was shown.

        A MAC that nobody knows is told where a site's network says that it is no guess.
        """
        reason = decision.reason or "asks too often"
        whose = "" if device.stand_in else str(device.address)
        if device.stand_in and asked.mac and self.watch.devices.is_inside(request.origin.host):
            whose = asked.mac
        LOG.warning("%s refused: %s%s", request.origin.text, reason, whose and f" ({whose})")
        if self._failures.is_over(address, now_s):
            LOG.warning(
                "%s has failed too often: for a minute it is let in by nothing that can be guessed",
                request.origin.text,
            )

    # What it is given

    async def _let_in(
        self, request: Request, asked: Asked, device: Device, decision: Decision, now_s: float
    ) -> Given:
        if decision.key is not None and request.method == "GET":
            name = self.watch.rotation.names[decision.key]
            use = KeyUse(device.address, name, stamp(now_s, "seconds"))
            self._recorder.key(use)
            self.watch.rotation.use([use])
        row = self.watch.devices.file_of(device, asked)
        firmware = self._firmware.find(asked.name)
        if request.method not in ("GET", "HEAD") or (row is None and firmware is None):
            await self._use(decision.token, device, now_s, request)
            LOG.info("%s %s has no such file", request.origin.text, device.address)
            return Given(refusal())
        if row is None and firmware is not None:
            await self._use(decision.token, device, now_s, request)
            LOG.info("%s %s is given %s", request.origin.text, device.address, firmware.name)
            return Given(firmware_reply(firmware, request.conditions))
        assert row is not None
        return await self._give(request, device, row, now_s, decision.token)

    async def _use(
        self, token: Token | None, device: Device, now_s: float, request: Request
    ) -> bool:
        """Note that a token was used, and end what ends with that; False: somebody was faster.

        What ends is written before the device is answered. Looking (HEAD) uses nothing up.
        """
        if token is None or request.method != "GET":
            return True
        self._recorder.token(token.digest, stamp(now_s, "seconds"))
        ended = [
            each.digest
            for each in ended_by(token, device.token, self.watch.tokens.of(device.address))
        ]
        if not ended:
            return True
        done = await self.watch.ask(self._store.admissions.end, ended, "used")
        self.watch.tokens.end(ended)
        return not token.once or token.digest in done

    async def _give(
        self, request: Request, device: Device, row: FileRow, now_s: float,
        token: Token | None = None,
    ) -> Given:  # fmt: skip
        served = await self._read(device, row, now_s)
        if served is None or not await self._use(token, device, now_s, request):
            return Given(refusal())
        reply = reply_with(served, request.conditions)
        LOG.info(
            "%s %s %s %s %s", request.origin.text, device.address, served.name, reply.status,
            len(reply.body),
        )  # fmt: skip
        whole = reply.status == 200 or (reply.status == 304 and request.conditions.is_specific)
        if device.stand_in or request.method != "GET" or not whole:
            return Given(reply)
        agent = read_agent(request.agent)
        says = agent if agent.mac in ("", device.mac) else read_agent("")
        return Given(
            reply,
            Fetch(
                device.address, served.name, served.etag, stamp(now_s), request.origin.text,
                says.model, says.firmware, printable(request.agent)[:200],
            ),
        )  # fmt: skip

    async def _read(self, device: Device, row: FileRow, now_s: float) -> Served | None:
        """Return a file; None when it was withdrawn a moment ago. Raises StoreError."""
        served = (await self.watch.files(row.owner)).get(row.name)
        if served is not None:
            return served
        try:
            return await self.watch.ask(self._store.file, row.owner, row.name)
        except StoreError as failure:
            if not device.stand_in:
                self._recorder.failure(device.address, stamp(now_s), str(failure))
            raise


async def _send(reply: Reply, send: Send) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
