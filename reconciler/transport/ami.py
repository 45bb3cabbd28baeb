"""The Asterisk Manager Interface: one login, actions with deadlines, errors as ours.

    async with await Ami.connect(login, target="ferrybank") as ami:
        await ami.send("DBPut", [("Family", "f"), ("Key", "k"), ("Val", "v")], idempotent=True)

Promises, each proved by a test:
- nothing waits without a deadline; a wrong password is an error, and is not tried again;
- a lost connection is made anew by the next action, not before; an action that was in flight is
  repeated only if its caller called it idempotent;
- no error, repr or log line holds a password or a value that was sent.

Protocol facts were seen on Asterisk 22.10.1 (AMI 11.0.0). `Reload` and `UpdateConfig` say Success
for much that did not work: success here means that Asterisk said so, and the caller reads back.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from reconciler.errors import (
    AdapterBroke,
    AdapterError,
    AuthenticationFailed,
    PermissionMissing,
    Refused,
    UnexpectedReply,
    Unreachable,
)
from reconciler.transport.ami_message import (
    Fields,
    ListResponse,
    Message,
    check_request,
    check_requests,
    possible_secrets,
    redact,
    says_empty_list,
)

if TYPE_CHECKING:
    from reconciler.transport.ami_wire import Wire

T = TypeVar("T")

__all__ = ["Ami", "AmiLogin", "ListResponse", "Listener", "Message"]


@dataclass(frozen=True, slots=True)
class AmiLogin:
    """Where an AMI listens and as whom to log in.

    `tls` speaks TLS from the first byte (manager.conf `tlsbindaddr`); `ca_file` is a PEM file that
    replaces the system's authorities; `tls_verify=False` accepts any certificate.
    """

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    tls: bool = False
    tls_verify: bool = True
    ca_file: str | None = None


class Listener:
    """Events of some names, from the moment it was opened. Made by `Ami.listen`."""

    def __init__(self, target: str, names: frozenset[str]) -> None:
        self._target = target
        self._names = names
        self._heard: asyncio.Queue[Message | None] = asyncio.Queue()

    async def next(
        self, matches: Callable[[Message], bool] = lambda _: True, *, timeout_s: float
    ) -> Message:
        """Return the next event that matches, dropping those that do not.

        Raises Unreachable when none comes in time, or when the connection is lost: events of the
        meantime are gone, so waiting on would be waiting for nothing.
        """
        doing = f"waiting for AMI event {' or '.join(sorted(self._names))}"
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    message = await self._heard.get()
                    if message is None:
                        raise Unreachable(self._target, doing, "the connection was lost")
                    if matches(message):
                        return message
        except TimeoutError:
            raise Unreachable(self._target, doing, f"none came within {timeout_s:g} s") from None

    def hear(self, message: Message | None) -> None:
        """Take an event off the wire, or None for a lost connection."""
        if message is None or message.event.lower() in self._names:
            self._heard.put_nowait(message)


class Ami:
    """One AMI login on one Asterisk. Actions may overlap; Asterisk runs them one by one."""

    def __init__(self, login: AmiLogin, *, target: str, timeout_s: float, events: str) -> None:
        self._login = login
        self._target = target
        self._connect_timeout_s = timeout_s
        self._events = events
        self._wire: Wire | None = None
        self._connecting = asyncio.Lock()
        self._failure: AdapterError | None = None
        self._closed = False
        self._listeners: list[Listener] = []
        self.version = ""
        """AMI version of the greeting, such as "11.0.0" (not Asterisk's: see CoreSettings)."""

    @classmethod
    async def connect(
        cls, login: AmiLogin, *, target: str, timeout_s: float = 5.0, events: str = "off"
    ) -> Self:
        """Connect and log in within `timeout_s` seconds, TCP, TLS, greeting and login together.

        `target` is the name errors carry. `events` is AMI's event mask ("call", "system,call"):
        off unless something listens, because a busy PBX sends thousands. Asterisk answers a wrong
        password after 1 s, so `timeout_s` below that turns it into Unreachable.

        Raises Unreachable (nobody there, too slow, TLS failed), AuthenticationFailed, or
        UnexpectedReply (something other than AMI listens there).
        """
        ami = cls(login, target=target, timeout_s=timeout_s, events=events)
        check_request(target, "Login", ami._login_fields())
        await ami._live_wire()
        return ami

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<Ami {self._target} at {self._address}>"

    @property
    def _address(self) -> str:
        return f"{self._login.host}:{self._login.port}"

    async def close(self) -> None:
        """Close the connection. What is in flight fails with Unreachable; later use is our bug."""
        self._closed = True
        if self._wire is not None:
            await self._wire.aclose()
            self._wire = None

    async def send(
        self,
        action: str,
        fields: Fields = (),
        *,
        idempotent: bool,
        timeout_s: float = 10.0,
        doing: str | None = None,
    ) -> Message:
        """Send one action and return its response, which says success.

        Order and repetition of `fields` are kept. `doing` is the gerund phrase for errors. The
        deadline counts from the moment the action is written, or from what was heard last (see
        `Wire.patience`); making a lost connection anew has the deadline of `connect`, on top.

        Raises Refused (`reply` is Asterisk's text), PermissionMissing, UnexpectedReply, what
        `connect` raises, AdapterBroke for a request that cannot be written, and Unreachable for a
        lost connection or no answer in time: `doing` then says so if the action may have been done.
        """
        doing = doing or f"sending AMI action {action}"
        answer = await self._ask(action, fields, doing, timeout_s, idempotent, takes_list=False)
        response = answer.response
        if response.routing(b"EventList").lower() == "start":
            raise AdapterBroke(self._target, doing, f"{action} answers with a list: use send_list")
        if not response.succeeded:
            raise self.refusal(doing, response, fields)
        return response

    async def send_list(
        self,
        action: str,
        fields: Fields = (),
        *,
        idempotent: bool = True,
        timeout_s: float = 10.0,
        doing: str | None = None,
    ) -> ListResponse:
        """Send a list action and return its events, up to and including the closing one.

        An empty list is empty, also where Asterisk reports it as an error ("No endpoints found").
        A list that is cut short is never returned as if it were whole: UnexpectedReply if Asterisk
        cancels it or announces more entries than it sent, Unreachable if nothing more of it came
        for `timeout_s` seconds. Otherwise raises what `send` raises.
        """
        doing = doing or f"reading AMI list {action}"
        answer = await self._ask(action, fields, doing, timeout_s, idempotent, takes_list=True)
        if says_empty_list(action, answer.response):
            return ListResponse(answer.response)
        if not answer.response.succeeded:
            raise self.refusal(doing, answer.response, fields)
        if answer.complete is None:
            raise UnexpectedReply(self._target, doing, "Asterisk reports success but sends no list")
        if answer.complete.routing(b"EventList").lower() == "cancelled":
            raise UnexpectedReply(self._target, doing, "Asterisk cancelled the list")
        # Not "==": PJSIPShowRegistrationsOutbound sends AuthDetail events that it does not count.
        announced = answer.complete.get("ListItems", "0")
        if announced.isdecimal() and int(announced) > len(answer):
            counts = f"{announced} entries announced, {len(answer)} received"
            raise UnexpectedReply(self._target, doing, counts)
        return answer

    @contextlib.contextmanager
    def listen(self, *names: str) -> Iterator[Listener]:
        """Collect events of these names while inside the block; open it before causing them.

        The login needs `events` and a matching `read=` class: OriginateResponse comes with "call".

            with ami.listen("OriginateResponse") as heard:
                response = await ami.send("Originate", [...], idempotent=False)
                mine = response.get("ActionID")
                event = await heard.next(lambda e: e.get("ActionID") == mine, timeout_s=30)
        """
        listener = Listener(self._target, frozenset(name.lower() for name in names))
        self._listeners.append(listener)
        try:
            yield listener
        finally:
            self._listeners.remove(listener)

    async def send_each(
        self, action: str, each: Sequence[Fields], *, timeout_s: float, doing: str
    ) -> Sequence[Message]:
        """Send an action that may be repeated many times over, with other fields each time.

        Returns the responses in order, whatever they say: `refusal` gives the error of one. None
        may be silent for `timeout_s`. Otherwise raises what `send` raises.
        """
        check_requests(self._target, action, each)
        return await self._exchange(
            lambda wire: wire.ask_each(action, each), doing, timeout_s, idempotent=True
        )

    async def _ask(
        self,
        action: str,
        fields: Fields,
        doing: str,
        timeout_s: float,
        idempotent: bool,  # noqa: FBT001 - private, and required by name in the public methods
        *,
        takes_list: bool,
    ) -> ListResponse:
        check_request(self._target, action, fields)
        return await self._exchange(
            lambda wire: wire.ask(action, fields, takes_list=takes_list),
            doing,
            timeout_s,
            idempotent=idempotent,
        )

    async def _exchange(
        self,
        ask: Callable[[Wire], Awaitable[T]],
        doing: str,
        timeout_s: float,
        *,
        idempotent: bool,
    ) -> T:
        """Ask on a live connection; once more on a new one if it is lost and that does no harm."""
        from reconciler.transport.ami_wire import ConnectionDied

        in_doubt = doing if idempotent else f"{doing} (outcome unknown: it may have been done)"
        for last_chance in (not idempotent, True):
            wire = await self._live_wire()
            try:
                # Not wait_for, which starts a task: between here and the write nothing may happen,
                # so that a connection known to be dead is never taken for an action in flight.
                async with wire.patience(timeout_s):
                    return await ask(wire)
            except TimeoutError:
                # The server may be dead without the connection knowing, or still busy with this
                # action and deaf to the next: go on with a new connection, but let the neighbours
                # on this one finish.
                self._wire = None
                wire.retire()
                reply = f"no answer within {timeout_s:g} s"
                hint = "if it is slow and not dead: --timeout gives it longer"
                raise Unreachable(self._target, in_doubt, reply, hint=hint) from None
            except ConnectionDied:
                if self._closed or last_chance:
                    reply = "the connection was lost before the answer came"
                    raise Unreachable(self._target, in_doubt, reply) from None
        raise AssertionError  # pragma: no cover - the second round returns or raises

    def refusal(self, doing: str, response: Message, fields: Fields) -> AdapterError:
        """Turn a response that is not a success into the error it means."""
        reply = redact(response.text, (self._login.password, *possible_secrets(fields)))
        if response.get("Response") not in {"Error", "Fail", "Failure"}:
            return UnexpectedReply(self._target, doing, reply or "neither success nor error")
        if response.text == "Permission denied":
            user = self._login.username
            hint = f"give AMI user {user!r} the class it needs, in write= of manager.conf"
            return PermissionMissing(self._target, doing, reply, hint=hint)
        unknown = response.text.startswith("Invalid/unknown command")
        way_out = "the module that offers this action is not loaded" if unknown else None
        return Refused(self._target, doing, reply or "error without a text", hint=way_out)

    def _login_fields(self) -> Sequence[tuple[str, str]]:
        login = self._login
        return (
            ("Username", login.username),
            ("Secret", login.password),
            ("Events", self._events),
        )

    async def _live_wire(self) -> Wire:
        """Return the connection, logged in; make it anew if there is none that lives."""
        if self._closed:
            raise AdapterBroke(self._target, "using AMI", "this connection was closed by us")
        known_failure = self._failure
        async with self._connecting:
            if self._wire is not None and not self._wire.closed:
                return self._wire
            # Whoever waited here while another tried shares its failure: ten actions at a dead
            # server fail within one deadline, not one after the other within ten.
            error = self._failure
            if error is not None and error is not known_failure:
                raise type(error)(error.target, error.doing, error.reply, hint=error.hint)
            try:
                self._wire = await self._connected()
            except AdapterError as failure:
                self._failure = failure
                raise
            self._failure = None
            return self._wire

    async def _connected(self) -> Wire:
        """Connect and log in. Errors as in `connect`."""
        # Here and not at the top: commands that never speak AMI start without loading panoramisk.
        from reconciler.transport.ami_wire import ConnectionDied, NotAmi, open_wire

        doing = f"connecting to AMI at {self._address}"
        wire: Wire | None = None
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                context = self._tls_context(doing)
                wire = await open_wire(
                    self._login.host, self._login.port, context, self._heard, self._lost
                )
                doing = f"logging in to AMI at {self._address} as {self._login.username!r}"
                answer = await wire.ask("Login", self._login_fields())
        except NotAmi as error:
            said = redact(str(error), (self._login.password,))
            raise UnexpectedReply(self._target, doing, f"not AMI: it greets with {said}") from None
        except ConnectionDied:
            reply = "the other side closed the connection"
            hint = "too many logins at once (authlimit), or an address that manager.conf denies"
            raise Unreachable(self._target, doing, reply, hint=hint) from None
        except TimeoutError:
            if wire is not None:
                wire.close()
            reply = f"no answer within {self._connect_timeout_s:g} s"
            raise Unreachable(self._target, doing, reply, hint=self._tls_hint()) from None
        except ssl.SSLCertVerificationError as error:
            reply = f"its certificate is not trusted: {error.verify_message}"
            raise Unreachable(self._target, doing, reply, hint="set ca_file") from None
        except OSError as error:
            raise Unreachable(self._target, doing, _words(error), hint=self._tls_hint()) from None
        except BaseException:
            if wire is not None:  # cancelled during the login
                wire.close()
            raise
        response = answer.response
        if not response.succeeded:
            wire.close()
            reply = redact(response.text, (self._login.password,)) or "error without a text"
            hint = (
                f"manager.conf, section [{self._login.username}]: is there one, with this secret, "
                "and do its deny and permit lines let this host in? Asterisk's log says which"
            )
            raise AuthenticationFailed(self._target, doing, reply, hint=hint)
        self.version = wire.greeting.result()
        return wire

    def _tls_context(self, doing: str) -> ssl.SSLContext | None:
        if not self._login.tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self._login.ca_file)
        except OSError as error:
            reply = f"ca_file {self._login.ca_file!r}: {error.strerror or error}"
            raise Unreachable(self._target, doing, reply) from None
        if not self._login.tls_verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _tls_hint(self) -> str:
        if self._login.tls:
            return "is this the port of tlsbindaddr in manager.conf?"
        return "is manager.conf enabled and is this its port, the one without TLS?"

    def _heard(self, message: Message) -> None:
        for listener in self._listeners:
            listener.hear(message)

    def _lost(self) -> None:
        for listener in self._listeners:
            listener.hear(None)


def _words(error: OSError) -> str:
    """Return what failed in the system's words: asyncio's own name calls and addresses."""
    number = error.errno
    if number in errno.errorcode and not isinstance(error, (ssl.SSLError, socket.gaierror)):
        return os.strerror(number or 0)
    return error.strerror or str(error) or type(error).__name__
