"""A workspace whose published store is filled by hand, the server run on it, and phones that ask.

Sites lie in 127.x.0.0/16: every address of 127.0.0.0/8 is this machine, so a phone in a network of
its site and a stranger elsewhere are told apart by the address that they come from.
"""

import http.client
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from reconciler.model.address import Address
from reconciler.provisioning.store.published import Published, open_published
from reconciler.provisioning.store.records import Access, Publication, PublishedFile, Status
from reconciler.provisioning.store.sealing import published_key

COMMAND = Path(sys.executable).with_name("reconciler")
DEADLINE_S = 120
INSIDE = "127.1.0.5"
OUTSIDE = "127.9.0.5"
PROXY = "127.7.0.1"
SIGNING_KEY = "k3y-" + "0123456789abcdef" * 2

LOBBY = Address("phone", "london", "lobby")
DESK = Address("phone", "london", "desk")
DISABLED = Address("phone", "london", "old")
ADA = Address("softphone", "office", "ada")

MACS = {LOBBY: "805ec0000001", DESK: "000b82000002", DISABLED: "805ec0000003"}
TOKENS = {LOBBY: "LobbyToken" + "x" * 22, DESK: "DeskToken" + "y" * 23, DISABLED: "Old" + "z" * 29,
          ADA: "AdaDeviceKey" + "w" * 20}  # fmt: skip
PASSWORDS = {each: f"pass-of-{each.key}" for each in (LOBBY, DESK, DISABLED)}

YEALINK = "Yealink SIP-T46S 66.86.0.15 80:5e:c0:00:00:01"
GRANDSTREAM = "Grandstream Model HW GXP2170 SW 1.0.11.106 DevId 000b82000002"


def content_of(owner: Address, name: str) -> bytes:
    """Return what a device is given under a name: no two are equal."""
    return f"# {name} of {owner}\n".encode() + f"secret = {owner.key}-{name}\n".encode() * 60


def phone(owner: Address, *names: str, enabled: bool = True, subnet: str = "127.1.0.0/16",
          token: str | None = None, mac: str | None = None) -> Publication:  # fmt: skip
    """Return what is published for a phone."""
    mac = mac or MACS[owner]
    files = tuple(
        PublishedFile(each, "text/plain; charset=utf-8", content_of(owner, each))
        for each in names or (f"{mac}.cfg",)
    )
    shows = Access(TOKENS[owner] if token is None else token, mac, PASSWORDS.get(owner, ""))
    return Publication(owner, owner.scope, files, mac, "yealink", "T46S", enabled,
                       subnets=(subnet,), uses=("y000000000066.cfg",), access=shows)  # fmt: skip


def softphone(owner: Address = ADA) -> Publication:
    """Return what is published for a softphone."""
    file = PublishedFile("linphone.xml", "application/xml", content_of(owner, "linphone.xml"))
    return Publication(owner, "", (file,), access=Access(TOKENS[owner]))


SHARED = {
    "london": [
        PublishedFile("y000000000066.cfg", "text/plain", b"shared of london\n"),
    ]
}


class Answer(NamedTuple):
    """What came back, as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def shape(self) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        """Everything but the time, and a challenge's own number."""
        kept = {
            name: re.sub(r'nonce="[^"]+"', "nonce", value)
            for name, value in self.headers.items()
            if name.lower() != "date"
        }
        return self.status, tuple(sorted(kept.items())), self.body


@dataclass
class Server:
    """A server that runs."""

    scheme: str
    port: int
    process: "subprocess.Popen[str]"
    log: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def connection(
        self, source: str, tls: ssl.SSLContext | None = None
    ) -> "http.client.HTTPConnection":
        """Return a connection from an address."""
        if self.scheme == "https":
            context = tls or ssl._create_unverified_context()
            return http.client.HTTPSConnection(
                "127.0.0.1",
                self.port,
                source_address=(source, 0),
                context=context,
                timeout=DEADLINE_S,
            )
        return http.client.HTTPConnection(
            "127.0.0.1", self.port, source_address=(source, 0), timeout=DEADLINE_S
        )

    def ask(
        self, path: str, *, source: str = INSIDE, method: str = "GET", agent: str = "",
        headers: Mapping[str, str] | None = None, tls: ssl.SSLContext | None = None,
        body: bytes | None = None,
    ) -> Answer:  # fmt: skip
        """Ask as a phone does, over a connection of its own."""
        connection = self.connection(source, tls)
        try:
            sent = {"User-Agent": agent, **(headers or {})} if agent else dict(headers or {})
            connection.request(method, path, body=body, headers=sent)
            got = connection.getresponse()
            return Answer(got.status, dict(got.getheaders()), got.read())
        finally:
            connection.close()

    def logged(self, text: str) -> list[str]:
        """Return the lines of the log that hold a text, as far as they have been read."""
        return [each for each in list(self.log) if text in each]

    def says(self, text: str) -> list[str]:
        """Return the lines that hold a text as soon as there is one: logs are read a little later.

        What was logged before that one has been read then, too.
        """
        end = time.monotonic() + DEADLINE_S
        while not (found := self.logged(text)):
            assert time.monotonic() < end, f"{text!r} is not in the log:\n{''.join(self.log)}"
            time.sleep(0.01)
        return found

    def stop(self, how: int = signal.SIGTERM) -> int:
        """End the server and return its exit code."""
        self.process.send_signal(how)
        return self.process.wait(DEADLINE_S)


@dataclass
class Place:
    """A folder with a provisioning section and a published store."""

    folder: Path
    url: str | None = None
    environ: dict[str, str] = field(default_factory=dict)

    def write(self, section: str) -> None:
        """Write the provisioning section: its fields, indented by two."""
        store = f"  store: {self.url}\n" if self.url else ""
        (self.folder / "estate.yaml").write_text(
            f"apiVersion: reconciler/v1\nprovisioning:\n{store}{section}"
        )

    @contextmanager
    def store(self) -> Iterator[Published]:
        """Open the store as a publisher does."""
        own = self.folder / ".reconciler"
        with open_published(self.url or str(own / "published.db"), published_key(own, {})) as store:
            yield store

    def publish(self, *batch: Publication, withdrawn: Sequence[Address] = ()) -> None:
        """Publish, with the files that are shared."""
        with self.store() as store:
            store.publish(batch, run=1, withdrawn=withdrawn, shared=SHARED)

    def status(self, owner: Address) -> Status:
        """Return what the store knows of a device."""
        with self.store() as store:
            return store.statuses([owner])[0]

    def wait_for(self, owner: Address, wanted: str, source: str | None = None) -> Status:
        """Return a device's status as soon as it is what is wanted; notes come a little later.

        `source` is where it was seen last.
        """
        end = time.monotonic() + DEADLINE_S
        while True:
            found = self.status(owner)
            if found.status == wanted and source in (None, found.seen.source):
                return found
            assert time.monotonic() < end, f"{owner} is {found.status}, not {wanted}"
            time.sleep(0.05)

    @contextmanager
    def server(self, *options: str, expect: int = 0) -> Iterator[Server]:
        """Run the installed command until the block ends."""
        process = subprocess.Popen(
            [str(COMMAND), "provision", "serve", "--listen", "127.0.0.1:0", *options],
            cwd=self.folder,
            env={**os.environ, "SIGNING_KEY": SIGNING_KEY, **self.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        log: list[str] = []
        begun = threading.Event()

        def read() -> None:
            assert process.stderr is not None
            for line in process.stderr:
                log.append(line)
                if "serving" in line:
                    begun.set()
            begun.set()

        reader = threading.Thread(target=read)
        reader.start()
        try:
            assert begun.wait(DEADLINE_S), "the server did not begin"
            found = next((re.search(r" at (https?)://\S+:(\d+);", each) for each in log
                          if "serving" in each), None)  # fmt: skip
            assert found is not None, "".join(log)
            yield Server(found[1], int(found[2]), process, log)
        finally:
            if process.poll() is None:
                process.terminate()
            code = process.wait(DEADLINE_S)
            reader.join(DEADLINE_S)
            if process.stderr is not None:
                process.stderr.close()
        text = "".join(log)
        assert "Traceback" not in text, text
        planted = (*TOKENS.values(), *PASSWORDS.values(), SIGNING_KEY)
        assert not any(each in text for each in planted), text
        assert code in (expect, -signal.SIGKILL), text
