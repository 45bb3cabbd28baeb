"""What the tests of the Asterisk connection share: an open one, and requests in its vocabulary."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from reconciler.adapter import Sent, Work
from reconciler.adapters.asterisk.connection import (
    AsteriskConnection,
    Decoded,
    Sections,
    connect,
)
from reconciler.adapters.asterisk.files import Key
from reconciler.adapters.asterisk.sections import Section
from reconciler.diagnostics.place import Place
from reconciler.model.address import Address
from reconciler.model.live import LiveObject
from reconciler.model.secret import Clear
from reconciler.model.step import Request
from reconciler.model.target import Target
from tests.real.asterisk.instance import Asterisk

Lines = list[list[Any]]
RELOADS = ("res_pjsip.so", "pbx_config.so", "app_queue.so", "app_voicemail.so")
DEADLINE_S = 60
RELOAD = (Request("reload", {"modules": list(RELOADS)}),)


def settings_of(pbx: Asterisk, **more: object) -> dict[str, object]:
    """Return a target's settings, flat, secrets revealed."""
    return {
        "ami.host": pbx.ami.host,
        "ami.port": pbx.ami.port,
        "ami.username": pbx.ami.username,
        "ami.password": Clear(pbx.ami.password),
        **more,
    }


def decode(sections: Sections, kinds: frozenset[str], target: Target) -> Decoded:
    """Stand in for the pure half: every section is an object of its own, named by family."""
    objects = {}
    for locked, found in ((None, sections.ours), ("hand-written", sections.foreign)):
        for section in found:
            address = Address(section.family, target.scope, section.name)
            fields = {line.variable: line.value for line in section.lines}
            objects[address] = LiveObject(address, fields, locked=locked)
    return Decoded(objects, kinds)


def owns(section: Section) -> Iterable[tuple[Key, str, str]]:
    """Stand in for the pure half: what belongs to which extension, by the section's name."""
    number = section.name.removeprefix("rec-extension-").removesuffix("-auth")
    return [(Key(section.family, section.name), "extension", number)]


@contextlib.asynccontextmanager
async def opened(
    pbx: Asterisk, timeout_s: float = DEADLINE_S, **settings: object
) -> AsyncIterator[AsteriskConnection]:
    """Open a connection to a server."""
    target = Target("pbx/lumen", "lumen", "asterisk", {}, Place("inventory.yaml", 0, ()), 1)
    async with connect(
        target,
        settings_of(pbx, **settings),
        timeout_s=timeout_s,
        decode=decode,
        recall=lambda _: None,
        index_of=lambda _: (),
        owns=owns,
    ) as connection:
        yield connection


def extension(
    number: str,
    *,
    password: str | None = None,
    endpoint: Lines | None = None,
    dialplan: Lines | None = None,
    box: bool = True,
    meta: bool = True,
) -> tuple[Request, ...]:
    """Return what writes an extension with endpoint, auth, aor, dialplan and voicemail box."""
    lines: Lines = [
        ["type", "endpoint"],
        ["context", "from-internal"],
        ["disallow", "all"],
        ["allow", "ulaw,alaw"],
        ["auth", f"{number}-auth"],
        ["aors", number],
        ["callerid", f'"Phone {number}" <{number}>'],
        ["mailboxes", f"{number}@default"],
        ["direct_media", "no"],
        ["rtp_symmetric", "yes"],
        *(endpoint or []),
    ]
    auth: Lines = [
        ["type", "auth"],
        ["auth_type", "userpass"],
        ["username", number],
        ["password", Clear(password or f"secret-{number}")],
    ]
    steps: Lines = [
        ["exten", f"{number},1,Dial(PJSIP/{number},20)"],
        ["same", f"n,VoiceMail({number}@default,u)"],
        ["same", "n(end),Hangup()"],
        ["exten", f"{number},hint,PJSIP/{number}"],
        *(dialplan or []),
    ]
    sections: list[list[Any]] = [
        ["pjsip", number, False, lines],
        ["pjsip", f"{number}-auth", False, auth],
        [
            "aor",
            number,
            False,
            [["type", "aor"], ["max_contacts", "1"], ["remove_existing", "yes"]],
        ],
        ["ext", f"rec-extension-{number}", False, steps],
    ]
    if box:
        line = [number, [Clear("1234"), f",Phone {number},,,attach=yes"]]
        sections.append(["vm", "default", True, [line]])
    if meta:
        sections.append(["meta", f"extension/{number}", False, [["name", f"Phone {number}"]]])
    return (Request("put", {"object": f"extension/{number}", "sections": sections, "drop": []}),)


def no_extension(number: str) -> tuple[Request, ...]:
    """Return what removes an extension."""
    drop = [
        ["pjsip", number, False],
        ["pjsip", f"{number}-auth", False],
        ["aor", number, False],
        ["ext", f"rec-extension-{number}", False],
        ["vm", "default", True],
        ["meta", f"extension/{number}", False],
    ]
    return (Request("drop", {"object": f"extension/{number}", "drop": drop}),)


def address(number: str, kind: str = "extension") -> Address:
    """Return an object's address on the test's PBX."""
    return Address(kind, "lumen", number)


def work(number: str, requests: tuple[Request, ...], kind: str = "extension") -> Work:
    """Return a step on its way out."""
    return Work(f"step-{number}", address(number, kind), requests)


async def write(connection: AsteriskConnection, *numbers: str, **options: Any) -> Sequence[Sent]:
    """Send extensions and expect no error."""
    sent = await connection.send([work(n, extension(n, **options)) for n in numbers])
    assert [each.error for each in sent] == [None] * len(numbers)
    return sent


async def commit(connection: AsteriskConnection, *numbers: str) -> dict[str, str]:
    """Commit, and return what was rejected by number."""
    done = await connection.commit(RELOAD, [address(number) for number in numbers])
    return {address.key: why for address, why in done.rejected.items()}


def files_of(pbx: Asterisk) -> dict[str, str]:
    """Return our files without banner and blank lines, their sections in order of name."""
    found = {}
    for path in sorted(pbx.etc.glob("rec_*")):
        lines = [x for x in path.read_text().splitlines() if x and not x.startswith(";!")]
        blocks = re.split(r"(?m)^(?=\[)", "\n".join([*lines, ""]))
        found[path.name] = "".join(sorted(blocks))
    return found


class Proxy:
    """A TCP proxy in front of AMI that can cut the line when a request passes by."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self.cut_at: bytes | None = None
        self.cut_before = False
        self.cuts = 0
        self.refuse = False

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        for writer in self._writers:
            writer.close()
        self._server.close()

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        if self.refuse:
            writer.close()
            return
        upstream, to_server = await asyncio.open_connection("127.0.0.1", self._port)
        heard = bytearray()
        back = asyncio.create_task(self._copy(upstream, writer, heard))
        seen = b""
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                seen = (seen + data)[-200_000:]
                if self.cut_at is not None and self.cut_at in seen:
                    self.cut_at = None
                    self.cuts += 1
                    if not self.cut_before:
                        back.cancel()
                        await asyncio.wait([back])
                        to_server.write(data)
                        await to_server.drain()
                        await self._all_answered(seen, upstream, heard)
                    break
                to_server.write(data)
                await to_server.drain()
        back.cancel()
        to_server.close()
        writer.close()

    async def _all_answered(
        self, sent: bytes, upstream: asyncio.StreamReader, heard: bytearray
    ) -> None:
        """Let Asterisk carry out all that it was sent; nobody else hears its answers."""
        whole = sent[: sent.rfind(b"\r\n\r\n")]
        asked = set(re.findall(rb"ActionID: (\S+)", whole))
        async with asyncio.timeout(DEADLINE_S):
            while not asked <= set(re.findall(rb"ActionID: (\S+)\r\n", heard)):
                heard += await upstream.read(65536)

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: bytearray
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                heard += data
                writer.write(data)
                await writer.drain()
        writer.close()
