"""An AMI server for tests, with faults to order. Shares no code with the transport.

Answers are those recorded from Asterisk 22.10.1 (AMI 11.0.0). It keeps a small database (DBPut,
DBGet, DBGetTree, DBDel), so that a test can see what was really done, and how often.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

Request = list[tuple[str, str]]

# "\n" stands for CR LF here, and "␊" for the bare line feed that Asterisk leaves in some texts.
RECORDED: dict[str, tuple[str, ...]] = {
    "Ping": ("Response: Success\nPing: Pong\nTimestamp: 1795333424.107062",),
    "CoreSettings": (
        "Response: Success\nAMIversion: 11.0.0\nAsteriskVersion: 22.10.1+dfsg\nSystemName: ",
    ),
    "PJSIPShowEndpoints": ("Response: Error\nMessage: No endpoints found␊",),
    "PJSIPShowAors": ("Response: Error\nMessage: No AORs found␊",),
    "PJSIPShowAuths": ("Response: Error\nMessage: No Auths found␊",),
    "PJSIPShowContacts": ("Response: Error\nMessage: No Contacts found␊",),
    "PJSIPShowResourceLists": ("Response: Error\nMessage: No resource lists found␊",),
    "ConfbridgeListRooms": ("Response: Error\nMessage: No active conferences.",),
    "PJSIPShowEndpoint": ("Response: Error\nMessage: Unable to retrieve endpoint nope",),
    "VoicemailUsersList": (
        "Response: Success\nMessage: There are no voicemail users currently defined.",
    ),
    "ShowDialPlan": ("Response: Error\nMessage: Did not find context nosuch",),
    "QueueStatus": (
        "Response: Success\nEventList: start\nMessage: Queue status will follow",
        "Event: QueueParams\nQueue: sales\nMax: 0\nStrategy: rrmemory",
        "Event: QueueMember\nQueue: sales\nName: Zoë Ж\nLocation: PJSIP/5001\nPausedReason: ",
        "Event: QueueStatusComplete\nEventList: Complete\nListItems: 2",
    ),
    "PJSIPShowRegistrationsOutbound": (
        (
            "Response: Success\nEventList: start\nMessage: Following are Events for each Outbound "
            "registration"
        ),
        "Event: OutboundRegistrationDetail\nObjectName: trunk1\nStatus: Registered",
        "Event: AuthDetail\nObjectName: trunk1\nPassword: trunk-password",
        (
            "Event: OutboundRegistrationDetailComplete\nEventList: Complete\nListItems: 1\n"
            "Registered: 1\nNotRegistered: 0"
        ),
    ),
    "CoreShowChannels": (
        "Response: Success\nEventList: start\nMessage: Channels will follow",
        "Event: CoreShowChannelsComplete\nEventList: Complete\nListItems: 0",
    ),
    "GetConfig": (
        (
            "Response: Success\nCategory-000000: 1001\nTemplates-000000: phone\n"
            "Line-000000-000000: type=endpoint\nLine-000000-000001: set_var=A=1\n"
            "Line-000000-000002: set_var=B=2\nCategory-000001: 1001\n"
            "Line-000001-000000: type=auth\n"
            "Line-000001-000001: password=s3cret=;1001\nCategory-000002: empty"
        ),
    ),
    "UpdateConfig": ("Response: Success",),
    "PJSIPNotify": ("Response: Success\nMessage: NOTIFY sent",),
    "Originate": ("Response: Success\nMessage: Originate successfully queued",),
}

MESSAGE_LINES, LINE_BYTES = 128, 1022


@dataclass
class Faults:
    """What goes wrong. Sets and keys are names of actions, Login included."""

    greeting: bytes = b"Asterisk Call Manager/11.0.0\r\n"
    closes_at_once: bool = False
    drops: dict[str, int] = field(default_factory=dict)  # so many times, before the answer
    drops_inside: dict[str, int] = field(default_factory=dict)  # in the middle of the answer
    silent: set[str] = field(default_factory=set)
    slow_s: dict[str, float] = field(default_factory=dict)
    trickles_s: float = 0  # pause after each message of an answer
    held: dict[str, asyncio.Event] = field(default_factory=dict)  # until it is set
    does_nothing: set[str] = field(default_factory=set)  # and says Success
    denied: set[str] = field(default_factory=set)
    endless_lists: set[str] = field(default_factory=set)  # never completed
    short_lists: set[str] = field(default_factory=set)  # one event less than announced
    cancelled_lists: set[str] = field(default_factory=set)
    segment_bytes: int = 0  # >0: the stream arrives in segments of this size


class AmiEmulator:
    """Start with `running()`. `requests` is everything received, the login included."""

    def __init__(self, username: str = "reconciler", password: str = "right") -> None:
        self.username, self.password = username, password
        self.faults = Faults()
        self.answers = dict(RECORDED)
        self.database: dict[tuple[str, str], str] = {}
        self.requests: list[Request] = []
        self.done: Counter[str] = Counter()
        self.connections = 0
        self.host, self.port = "127.0.0.1", 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[AmiEmulator]:
        server = await asyncio.start_server(self._serve, self.host, self.port, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            tasks = tuple(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def actions(self) -> list[str]:
        """Names of the actions received, in order."""
        return [request[0][1] for request in self.requests]

    def drop_all(self) -> None:
        """Close every connection, as a restart does."""
        for writer in self._writers:
            writer.close()

    async def emit(self, event: str) -> None:
        """Send an event to everybody."""
        for writer in self._writers:
            await self._write(writer, event)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            if self.faults.closes_at_once:
                return
            writer.write(self.faults.greeting)
            while (request := await self._read(reader, writer)) is not None:
                if not await self._answer(request, writer):
                    return
        except (ConnectionError, asyncio.CancelledError):
            pass  # the test is over, or the client went away: asyncio would log either
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            writer.close()

    async def _read(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Request | None:
        lines: list[bytes] = []
        while True:
            line = await reader.readline()
            if not line:
                return None
            line = line.removesuffix(b"\r\n")
            if line:
                lines.append(line)
                continue
            request = [
                (key, value.lstrip())
                for key, _, value in (one.decode().partition(":") for one in lines)
            ]
            self.requests.append(request)
            problem = None
            if len(lines) > MESSAGE_LINES:
                problem = "Too many lines in message or allocation failure"
            elif any(len(one) > LINE_BYTES for one in lines):
                problem = "Failed to parse message: line too long"
            if problem is None:
                return request
            lines.clear()
            await self._reply(writer, request, (f"Response: Error\nMessage: {problem}",))

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; return whether the connection stays open."""
        faults, action, fields = self.faults, request[0][1], dict(request)
        if faults.drops.get(action, 0):
            faults.drops[action] -= 1
            return False
        if action in faults.silent:
            return True
        if action in faults.held:
            await faults.held[action].wait()
        await asyncio.sleep(faults.slow_s.get(action, 0))
        if action == "Login":
            if (fields["Username"], fields["Secret"]) != (self.username, self.password):
                await asyncio.sleep(1)
                await self._reply(
                    writer, request, ("Response: Error\nMessage: Authentication failed",)
                )
                return False
            accepted = ("Response: Success\nMessage: Authentication accepted",)
            await self._reply(writer, request, accepted)
            return True
        if action in faults.denied:
            answer: tuple[str, ...] = ("Response: Error\nMessage: Permission denied",)
        elif action in faults.does_nothing:
            answer = ("Response: Success",)
        else:
            answer = self._do(action, fields)
            self.done[action] += 1
        if action in faults.endless_lists:
            answer = answer[:-1]
        if action in faults.short_lists:
            answer = (*answer[:-2], answer[-1])
        if action in faults.cancelled_lists:
            answer = (answer[0], "Event: Cancelled\nEventList: cancelled\nListItems: 0")
        if faults.drops_inside.get(action, 0):
            faults.drops_inside[action] -= 1
            writer.write(f"Response: Success\r\nActionID: {fields['ActionID']}\r\nMess".encode())
            return False
        await self._reply(writer, request, answer)
        return True

    def _do(self, action: str, fields: dict[str, str]) -> tuple[str, ...]:
        at = fields.get("Family", ""), fields.get("Key", "")
        start = "Response: Success\nEventList: start\nMessage: Result will follow"
        if action == "DBPut":
            self.database[at] = fields["Val"]
            return ("Response: Success\nMessage: Updated database successfully",)
        if action == "DBDel":
            if self.database.pop(at, None) is None:
                return ("Response: Error\nMessage: Database entry could not be deleted",)
            return ("Response: Success\nMessage: Key deleted successfully",)
        if action == "DBGet":
            if at not in self.database:
                return ("Response: Error\nMessage: Database entry not found",)
            found = f"Event: DBGetResponse\nFamily: {at[0]}\nKey: {at[1]}\nVal: {self.database[at]}"
            return (start, found, "Event: DBGetComplete\nEventList: Complete\nListItems: 1")
        if action in self.answers:
            return self.answers[action]
        return (
            (
                f"Response: Error\nMessage: Invalid/unknown command: {action}. "
                "Use Action: ListCommands to show available commands."
            ),
        )

    async def _reply(
        self, writer: asyncio.StreamWriter, request: Request, messages: tuple[str, ...]
    ) -> None:
        action_id = dict(request).get("ActionID", "")
        for message in messages:
            first, _, rest = message.partition("\n")
            await self._write(writer, f"{first}\nActionID: {action_id}\n{rest}".rstrip("\n"))
            await asyncio.sleep(self.faults.trickles_s)

    async def _write(self, writer: asyncio.StreamWriter, message: str) -> None:
        raw = message.replace("\n", "\r\n").replace("␊", "\n").encode() + b"\r\n\r\n"
        step = self.faults.segment_bytes or len(raw)
        for at in range(0, len(raw), step):
            writer.write(raw[at : at + step])
            await writer.drain()
            if self.faults.segment_bytes:
                await asyncio.sleep(0)
