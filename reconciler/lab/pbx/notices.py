"""NOTIFY: what the lab's PBX tells phones, over their connection or in a datagram. IO."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence

from reconciler.lab.phones.hosts import Place
from reconciler.lab.phones.sip import digest
from reconciler.lab.phones.sip.exchange import Exchange, OnAnswer
from reconciler.lab.phones.sip.message import Message, Uri
from reconciler.lab.phones.sip.streams import Streams

Headers = tuple[tuple[str, str], ...]


class Notices:
    """Requests of the PBX itself. `place` gives where it listens, `streams` are its connections."""

    def __init__(self, streams: Streams, place: Callable[[], Place]) -> None:
        self._place = place
        self._exchange = Exchange(lambda _message, _to, _of: None)
        self._exchange.streams = streams
        self._own: Place = ("", 0)

    def start(self) -> None:
        """Take a port for datagrams. Raises OSError."""
        host = self._place()[0]
        self._own = host, self._exchange.datagrams.listen(host)

    def close(self) -> None:
        """Close it, and the connections."""
        self._exchange.close()

    def take_answer(self, answer: Message) -> None:
        """Take an answer that came over a connection."""
        self._exchange.take_answer(answer)

    def send(self, contact: Uri, headers: Headers, came: OnAnswer, body: bytes = b"") -> None:
        """Send a NOTIFY to a phone; `came` gets the answers, None when there was none."""
        where = (contact.host, contact.port)
        connected = self._exchange.streams.local(self._place(), where) is not None
        of = self._place() if connected else self._own
        common = (("max-forwards", "70"), ("contact", f"<sip:lab@{of[0]}:{of[1]}>"))
        target = f"sip:{contact.user}@{contact.host}:{contact.port}"
        self._exchange.request(
            f"NOTIFY {target} SIP/2.0", (*headers, *common), of, where, came, body
        )

    async def tell(
        self, user: str, contact: Uri, event: str, passwords: Sequence[str], timeout_s: float
    ) -> int:
        """Tell a phone of an event; return what it answers, 0 for nothing.

        A phone that asks who we are is shown the first password, if there is one.
        """
        answer = await self._asked(user, contact, event, None, timeout_s)
        if answer is not None and answer.status == 401 and passwords:
            challenge = digest.choose(answer.all("www-authenticate"))
            if challenge is not None:
                shown = digest.authorization(
                    challenge, digest.Credentials(user, passwords[0]), "NOTIFY",
                    f"sip:{user}@{contact.host}:{contact.port}", count=1, own="lab",
                )  # fmt: skip
                answer = await self._asked(user, contact, event, shown, timeout_s)
        return answer.status if answer is not None else 0

    async def _asked(
        self, user: str, contact: Uri, event: str, shown: str | None, timeout_s: float
    ) -> Message | None:
        done: asyncio.Future[Message | None] = asyncio.get_running_loop().create_future()

        def came(answer: Message | None) -> None:
            if not done.done() and (answer is None or answer.status >= 200):
                done.set_result(answer)

        target = f"sip:{user}@{contact.host}:{contact.port}"
        call = hashlib.sha256(f"{time.monotonic_ns()} {target}".encode()).hexdigest()[:16]
        headers = [
            ("from", f"<sip:lab@{self._place()[0]}>;tag=lab"), ("to", f"<{target}>"),
            ("call-id", call), ("cseq", "1 NOTIFY"), ("event", event),
            ("subscription-state", "terminated"),
        ]  # fmt: skip
        if shown is not None:
            headers.append(("authorization", shown))
        self.send(contact, tuple(headers), came)
        try:
            return await asyncio.wait_for(done, timeout_s)
        except TimeoutError:
            return None
