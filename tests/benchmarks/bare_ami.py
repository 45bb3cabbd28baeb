"""The least that any tool has to do over AMI for what we do: a raw socket, and nothing else.

usage: python -m tests.benchmarks.bare_ami PORT PASSWORD CONF_FOLDER [read|loaded|write|change]...

A process of its own, as ours is, with one login and one request at a time. It knows no YAML, plans
nothing, remembers nothing, compares nothing and checks only that every answer is Success.

read    every file of the families that are used, through the main files, and the calls that are up
loaded  what is in effect: endpoints, contacts, logins, dialplan, voicemail boxes. Files alone do
        not tell, and Reload says Success whatever happens
write   the `rec_*.conf` files that reconciler wrote on another server: CreateConfig, UpdateConfig
        packed to the limit of 128 lines, one Reload per module that has to
change  another ring time of one extension: one UpdateConfig, its file read back, one Reload, its
        context looked at among what is loaded

A plan is read and loaded: without the latter it could not say that what is written is in effect. An
apply is a plan, the writes, and a look at what was written: all of it after the first, which wrote
all, and no more than the one file and context after a change.
"""

from __future__ import annotations

import itertools
import socket
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

MODULES = ("res_pjsip.so", "pbx_config.so", "app_voicemail.so")
ROOM = 124
"""Lines of a request that are left for edits."""
Pairs = Sequence[tuple[str, str]]


class Ami:
    """One connection, one request at a time."""

    def __init__(self, port: int, password: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        self._stream = self._socket.makefile("rb")
        self._stream.readline()
        self._numbers = itertools.count()
        self.call("Login", [("Username", "reconciler"), ("Secret", password), ("Events", "off")])

    def call(self, action: str, fields: Pairs = (), *, expect: str = "Success") -> list[bytes]:
        """Send a request and return the lines of its answer, with its list's if it has one."""
        number = str(next(self._numbers))
        lines = [f"{name}: {value}" for name, value in fields]
        request = "\r\n".join([f"Action: {action}", f"ActionID: {number}", *lines, "", ""])
        self._socket.sendall(request.encode())
        answer = self._message(number.encode())
        said = answer[0].partition(b": ")[2].decode()
        if said != expect and expect != "any":
            raise SystemExit(f"{action} {fields[:3]}: {answer}")
        if b"EventList: start" in answer:
            message: list[bytes] = []
            while b"EventList: Complete" not in message:
                message = self._message(number.encode())
                answer += message
        return answer

    def _message(self, number: bytes) -> list[bytes]:
        while True:
            lines = []
            while line := self._stream.readline().rstrip(b"\r\n"):
                lines.append(line)
            if b"ActionID: " + number in lines:
                return lines


def sections(text: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the sections of a configuration file."""
    name, lines = "", []
    for line in text.splitlines():
        if line.startswith("["):
            if name:
                yield name, lines
            name, lines = line[1 : line.index("]")], []
        elif name and "=" in line and not line.startswith(";"):
            variable, _, value = line.partition("=")
            lines.append((variable.strip(), value.removeprefix(">").strip().replace("\\;", ";")))
    if name:
        yield name, lines


def edits(name: str, lines: Pairs) -> Iterator[list[tuple[str, str]]]:
    """Yield what makes a section: each edit as its headers, not yet numbered."""
    yield [("Action", "NewCat"), ("Cat", name)]
    for variable, value in lines:
        yield [("Action", "Append"), ("Cat", name), ("Var", variable), ("Value", value)]


def write(ami: Ami, folder: Path) -> None:
    """Make every file of the folder, sections packed into as few requests as they fit into."""
    for file in sorted(folder.glob("rec_*.conf")):
        ami.call("CreateConfig", [("Filename", file.name)], expect="any")
        packed: list[list[tuple[str, str]]] = []
        size = 0
        for name, lines in sections(file.read_text()):
            whole = list(edits(name, lines))
            while whole:
                room = ROOM - size
                if sum(map(len, whole)) > room and packed:
                    _send(ami, file.name, packed)
                    packed, size = [], 0
                    continue
                while whole and size + len(whole[0]) <= ROOM:
                    size += len(whole[0])
                    packed.append(whole.pop(0))
        _send(ami, file.name, packed)
    reload(ami, *MODULES)


def _send(ami: Ami, name: str, packed: Sequence[Pairs]) -> None:
    if packed:
        ami.call(
            "UpdateConfig",
            [("SrcFilename", name), ("DstFilename", name)]
            + [(f"{key}-{at:06d}", value) for at, edit in enumerate(packed) for key, value in edit],
        )


def reload(ami: Ami, *modules: str) -> None:
    """Make what was written effective."""
    for module in modules:
        ami.call("Reload", [("Module", module)])


def read(ami: Ami) -> int:
    """Read all files, and count the calls. Returns how many lines came."""
    names = ("pjsip.conf", "extensions.conf", "voicemail.conf", "queues.conf")
    count = sum(len(ami.call("GetConfig", [("Filename", name)])) for name in names)
    return count + len(ami.call("CoreShowChannels", expect="any"))


def loaded(ami: Ami) -> int:
    """Read what is in effect. Returns how many lines came."""
    pjsip = ("PJSIPShowEndpoints", "PJSIPShowAors", "PJSIPShowAuths")
    lists = (*pjsip, "ShowDialPlan", "VoicemailUsersList")
    return sum(len(ami.call(each, expect="any")) for each in lists)


def change(ami: Ami, folder: Path) -> None:
    """Change one extension's dialplan in place, as another ring time does, and prove it alone."""
    for file in sorted(folder.glob("rec_ext_*.conf")):
        for name, lines in sections(file.read_text()):
            dials = [each for each in lines if "Dial(" in each[1]]
            if dials:
                empty = [("Action", "EmptyCat"), ("Cat", name)]
                _send(ami, file.name, [empty, *list(edits(name, lines))[1:]])
                ami.call("GetConfig", [("Filename", file.name)])
                reload(ami, "pbx_config.so")
                ami.call("ShowDialPlan", [("Context", name)])
                return


def main(port: str, password: str, folder: str, *verbs: str) -> None:
    """Do what is asked, in order."""
    ami = Ami(int(port), password)
    for verb in verbs:
        if verb == "write":
            write(ami, Path(folder))
        elif verb == "read":
            sys.stdout.write(f"{read(ami)} lines read\n")
        elif verb == "loaded":
            sys.stdout.write(f"{loaded(ami)} lines of what is loaded\n")
        else:
            change(ami, Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
