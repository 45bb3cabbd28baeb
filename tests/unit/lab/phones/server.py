"""A provisioning server and a registrar for tests, small and in a thread of their own."""

import hashlib
import re
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class Files:
    """Serves files by path; remembers (method, path, User-Agent) of each request."""

    def __init__(self, files: Mapping[str, bytes | str] | None = None) -> None:
        self.files = {k: v.encode() if isinstance(v, str) else v for k, v in (files or {}).items()}
        self.seen: list[tuple[str, str, str]] = []
        self.uploads: dict[str, bytes] = {}
        self.fails = False
        outer = self

        class Asked(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.seen.append(("GET", self.path, self.headers["User-Agent"]))
                body = outer.files.get(self.path)
                self.send_response(503 if outer.fails else 404 if body is None else 200)
                body = body or b""
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_PUT(self) -> None:
                outer.seen.append(("PUT", self.path, self.headers["User-Agent"]))
                outer.uploads[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(201)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    def url(self, folder: str) -> str:
        return f"http://127.0.0.1:{self.port}/{folder}/"

    @property
    def asked(self) -> list[str]:
        return [path for _, path, _ in self.seen]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Registrar:
    """A PBX that takes registrations: challenges, checks, grants. `users` are name -> password.

    Its digest is computed here, from RFC 7616 and 8760, and not with the phones' code.
    """

    users: dict[str, str]
    algorithm: str = "MD5"
    qop: bool = True
    grants_s: int = 3600
    minimum_s: int = 0
    silent: bool = False
    bindings: dict[str, str] = field(default_factory=dict)
    """User -> contact."""
    heard: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.1)
        self.port = self._socket.getsockname()[1]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                data, peer = self._socket.recvfrom(65535)
            except TimeoutError:
                continue
            text = data.decode()
            if text.startswith("REGISTER ") and not self.silent:
                self.heard.append(text)
                self._socket.sendto(self._answer(text), peer)

    def _answer(self, text: str) -> bytes:
        def header(name: str) -> str:
            found = re.search(rf"^{name}: (.*?)\r$", text, re.MULTILINE | re.IGNORECASE)
            return found[1] if found else ""

        user = re.search(r"sip:([^@]+)@", header("To"))
        assert user is not None
        expires = int(header("Expires"))
        if not self._is_right(header("Authorization"), user[1]):
            qop = ', qop="auth"' if self.qop else ""
            challenge = f'Digest realm="test", nonce="n{len(self.heard)}"{qop}'
            if self.algorithm != "MD5":
                challenge += f", algorithm={self.algorithm}"
            return self._reply("401 Unauthorized", header, f"WWW-Authenticate: {challenge}")
        if 0 < expires < self.minimum_s:
            return self._reply("423 Interval Too Brief", header, f"Min-Expires: {self.minimum_s}")
        if expires == 0:
            self.bindings.pop(user[1], None)
            return self._reply("200 OK", header, "Expires: 0")
        self.bindings[user[1]] = header("Contact")
        granted = max(self.minimum_s, min(expires, self.grants_s))
        return self._reply("200 OK", header, f"Contact: {header('Contact')};expires={granted}")

    def _is_right(self, shown: str, user: str) -> bool:
        if user not in self.users or not shown:
            return False
        given = dict(re.findall(r'(\w+)="?([^",]+)"?', shown))
        new = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[self.algorithm]

        def hashed(*parts: str) -> str:
            return new(":".join(parts).encode()).hexdigest()

        first = hashed(user, "test", self.users[user])
        second = hashed("REGISTER", given["uri"])
        middle = [given["nonce"]]
        if self.qop:
            middle += [given["nc"], given["cnonce"], given["qop"]]
        return given["username"] == user and given["response"] == hashed(first, *middle, second)

    @staticmethod
    def _reply(status: str, header: Any, *more: str) -> bytes:
        kept = [f"{name}: {header(name)}" for name in ("Via", "From", "Call-ID", "CSeq")]
        lines = [f"SIP/2.0 {status}", *kept, f"To: {header('To')};tag=r", *more]
        return "\r\n".join([*lines, "Content-Length: 0", "", ""]).encode()
