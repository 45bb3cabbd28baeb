"""Connecting and logging in: every way it fails, and that no way hangs."""

import asyncio
import logging
import socket
import subprocess
import sys
import traceback
from dataclasses import replace

import pytest

from reconciler.errors import AdapterError, AuthenticationFailed, UnexpectedReply, Unreachable
from reconciler.transport.ami import Ami, AmiLogin
from tests.emulators.ami import AmiEmulator

# Longer than anything here should take: a test that runs into it has found a wait without deadline.
HANGS_S = 60


async def connect(login: AmiLogin, timeout_s: float = 30.0) -> Ami:
    return await asyncio.wait_for(Ami.connect(login, target="pbx1", timeout_s=timeout_s), HANGS_S)


async def failure(login: AmiLogin, timeout_s: float = 30.0) -> AdapterError:
    with pytest.raises(AdapterError) as caught:
        await connect(login, timeout_s)
    return caught.value


async def test_logs_in_and_knows_the_version(server: AmiEmulator, login: AmiLogin) -> None:
    async with await connect(login) as ami:
        assert ami.version == "11.0.0"
        assert (await ami.send("Ping", idempotent=True)).get("ping") == "Pong"
    assert dict(server.requests[0])["Events"] == "off"


@pytest.mark.parametrize("version", ["1.1", "2.10.6", "5.0.2", "12.0.0"])
async def test_takes_any_version_and_leaves_the_judgement_to_the_adapter(
    server: AmiEmulator, login: AmiLogin, version: str
) -> None:
    server.faults.greeting = f"Asterisk Call Manager/{version}\r\n".encode()
    async with await connect(login) as ami:
        assert ami.version == version


async def test_a_wrong_password_is_an_error_and_is_not_tried_again(
    server: AmiEmulator, login: AmiLogin
) -> None:
    error = await failure(replace(login, password="wrong-password"))
    assert isinstance(error, AuthenticationFailed)
    assert error.target == "pbx1"
    assert error.reply == "Authentication failed"
    await asyncio.sleep(2.5)  # panoramisk's manager would have tried again after 2 s
    assert (server.connections, server.actions) == (1, ["Login"])


async def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refused, and nobody else gets it
        error = await failure(AmiLogin("127.0.0.1", taken.getsockname()[1], "u", "p"))
    assert isinstance(error, Unreachable)
    assert str(error).startswith("pbx1: connecting to AMI at 127.0.0.1:")


async def test_a_name_that_does_not_resolve() -> None:
    assert isinstance(await failure(AmiLogin("pbx.invalid", 5038, "u", "p")), Unreachable)


async def test_connected_but_never_a_greeting(server: AmiEmulator, login: AmiLogin) -> None:
    server.faults.greeting = b""
    error = await failure(login, timeout_s=0.2)
    assert isinstance(error, Unreachable)
    assert "no answer within 0.2 s" in error.reply


async def test_a_login_that_is_never_answered(
    server: AmiEmulator, login: AmiLogin, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.faults.silent.add("Login")
    deadlines: list[asyncio.Timeout] = []
    original = asyncio.timeout

    def timeout(delay: float | None) -> asyncio.Timeout:
        deadlines.append(original(delay))
        return deadlines[-1]

    monkeypatch.setattr("reconciler.transport.ami.asyncio.timeout", timeout)
    failing = asyncio.create_task(failure(login))
    while "Login" not in server.actions:
        await asyncio.sleep(0.01)
    for each in deadlines:
        each.reschedule(asyncio.get_running_loop().time())  # it has come as far as that
    error = await failing
    assert isinstance(error, Unreachable)
    assert "logging in" in error.doing


async def test_closed_before_the_greeting(server: AmiEmulator, login: AmiLogin) -> None:
    server.faults.closes_at_once = True
    assert isinstance(await failure(login), Unreachable)


async def test_closed_during_the_login(server: AmiEmulator, login: AmiLogin) -> None:
    server.faults.drops["Login"] = 9
    assert isinstance(await failure(login), Unreachable)
    assert server.connections == 1


@pytest.mark.parametrize(
    "greeting",
    [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00\xff\x16\x03" * 40, b"HTTP/1.1 400 Bad Request\r\n\r\n",
     b"Asterisk Call Manager/" + b"1" * 999],
)  # fmt: skip
async def test_something_other_than_ami(
    server: AmiEmulator, login: AmiLogin, greeting: bytes
) -> None:
    server.faults.greeting = greeting
    error = await failure(login)
    assert isinstance(error, UnexpectedReply)
    assert str(error).isprintable()
    assert len(str(error)) < 400


async def test_the_greeting_may_come_in_pieces(server: AmiEmulator, login: AmiLogin) -> None:
    server.faults.greeting = b"Asterisk Call"

    async def rest() -> None:
        while not server._writers:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        next(iter(server._writers)).write(b" Manager/11.0.0\r\n")

    task = asyncio.create_task(rest())
    async with await connect(login) as ami:
        assert ami.version == "11.0.0"
    await task


async def test_tls_to_a_port_without_tls(server: AmiEmulator, login: AmiLogin) -> None:
    error = await failure(replace(login, tls=True, tls_verify=False), timeout_s=1.0)
    assert isinstance(error, Unreachable)
    assert error.hint


async def test_a_ca_file_that_is_not_there(login: AmiLogin) -> None:
    error = await failure(replace(login, tls=True, ca_file="/nonexistent/ca.pem"))
    assert isinstance(error, Unreachable)
    assert "/nonexistent/ca.pem" in error.reply


@pytest.mark.parametrize("bad", ["a\r\nAction: Ping", "a\nb", "a\0b", "\udcff"])
async def test_a_password_cannot_smuggle_in_an_action(
    server: AmiEmulator, login: AmiLogin, bad: str
) -> None:
    error = await failure(replace(login, password=bad))
    assert "'Secret'" in error.reply
    assert "Action: Ping" not in str(error)
    assert server.connections == 0


async def test_no_secret_in_any_repr_error_or_log(
    server: AmiEmulator, login: AmiLogin, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    canary = login.password
    texts = [repr(login), str(login)]
    server.answers["Odd"] = (f"Response: Error\nMessage: password {canary} is odd",)
    server.answers["Odder"] = (f"Response: Odd\nMessage: password {canary} is odd",)
    server.answers["OddList"] = (f"Response: Error\nMessage: password {canary} is odd",)
    ami = await connect(login)
    texts.append(repr(ami))
    secret_field = [("Family", "f"), ("Key", "k"), ("Val", f"{canary}-val")]
    for action in ("DBPut", "GetConfig", "PJSIPShowRegistrationsOutbound"):
        server.faults.drops[action] = 1
    for action in ("Odd", "Odder", "DBPut"):
        with pytest.raises(AdapterError) as caught:
            await ami.send(action, secret_field, idempotent=False)
        texts += [*traceback.format_exception(caught.value), repr(caught.value)]
    for name, value in ((canary + "\r\n", "x"), ("Val", canary + "\n"), ("Val", canary * 200),
                        ("Val", canary + "\ud800"), ("ActionID", canary)):  # fmt: skip
        with pytest.raises(AdapterError) as caught:
            await ami.send("DBPut", [("Family", "f"), (name, value)], idempotent=False)
        if name != canary + "\r\n":
            texts += [*traceback.format_exception(caught.value), repr(caught.value)]
    with pytest.raises(AdapterError) as caught:
        await ami.send_list("OddList", secret_field)
    texts += traceback.format_exception(caught.value)
    texts += [repr(await ami.send("GetConfig", idempotent=True))]
    texts += [repr(await ami.send_list("PJSIPShowRegistrationsOutbound"))]
    await ami.send("DBPut", secret_field, idempotent=True)
    server.drop_all()
    await asyncio.sleep(0.05)
    await ami.close()
    server.faults.greeting = f"SSH {canary}\r\n".encode()
    texts += traceback.format_exception(await failure(login))
    server.faults = type(server.faults)()
    wrong = f"{canary}-wrong"
    texts += traceback.format_exception(await failure(replace(login, password=wrong)))
    texts += [record.getMessage() for record in caplog.records]
    for text in texts:
        for secret in (canary, "s3cret=;1001", "trunk-password"):
            assert secret not in text


def test_importing_the_transport_does_not_load_panoramisk() -> None:
    code = "import reconciler.transport.ami, reconciler.transport.ami_config, sys; "
    code += "sys.exit('panoramisk' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
