"""The Asterisk adapter keeps the contract, on a real Asterisk."""

import os
import socket

import pytest

from reconciler.adapters.asterisk import ADAPTER
from reconciler.diagnostics.place import Place
from reconciler.model.secret import Secret
from reconciler.model.target import Target
from reconciler.testing.contract import AdapterContract
from reconciler.testing.platforms import Platform
from tests.real.asterisk.instance import Asterisk
from tests.real.conftest import SKIP_REASON, asterisk_prefix

__all__ = ["asterisk_prefix"]

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(os.environ.get("RECONCILER_SKIP_REAL") == "1", reason=SKIP_REASON),
]


def target(server, *, password="env:AMI", port=None):
    settings = {
        "ami.host": server.ami.host,
        "ami.port": port or server.ami.port,
        "ami.username": server.ami.username,
        "ami.password": Secret(password),
    }
    return Target("pbx/lumen", "lumen", "asterisk", settings, Place("inventory.yaml", 0, ()), 1)


CLOSED = socket.socket()
"""Bound, and never listening: who calls is refused, and nobody else is given the port."""
CLOSED.bind(("127.0.0.1", 0))


def closed_port():
    return CLOSED.getsockname()[1]


def as_asterisk_takes_it(kind, _key, raw):
    """Asterisk looks hosts up while it loads: addresses only. A leader is known by a PIN."""
    if kind == "trunk":
        raw = {**raw, "host": "192.0.2.7"}
        if raw.get("transport") == "tls":
            raw["transport"] = "tcp"  # a TLS transport is set up by hand, and this PBX has none
        if raw.get("outbound_proxy"):
            raw["outbound_proxy"] = "sip:198.51.100.9:5060;lr"
        if raw.get("match"):
            raw["match"] = ["192.0.2.7", "198.51.100.0/24"]
    if kind == "conference" and {"wait_for_leader", "end_with_leader"} & raw.keys():
        raw = {**raw, "admin_pin": {"secret": "env:ADMIN"}}
    return raw


@pytest.fixture(scope="module")
def used(asterisk_prefix):
    """One Asterisk for all tests, of which each finds it as if nobody had been there."""
    with Asterisk(asterisk_prefix) as server:
        yield server


@pytest.fixture
def asterisk(used):
    used.put_files({})
    return used


class TestAsterisk(AdapterContract):
    adapter = ADAPTER
    most = 12

    @pytest.fixture
    def platform(self, asterisk):
        def left_behind():
            for file in sorted(asterisk.etc.glob("rec_*")):
                for line in file.read_text(encoding="utf-8").splitlines():
                    if line.startswith("[") and not line.startswith("[rec-included]"):
                        yield f"{file.name}: {line}"

        return Platform(
            target(asterisk),
            secrets={"AMI": asterisk.ami.password, "WRONG": "not-the-password"},
            wrong_password=target(asterisk, password="env:WRONG"),
            nobody_there=target(asterisk, port=closed_port()),
            adjust=as_asterisk_takes_it,
            left_behind=left_behind,
        )
