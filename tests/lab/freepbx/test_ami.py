"""Asterisk knows what the last reload told it, and says so over AMI."""

import socket
from typing import BinaryIO

from reconciler.lab.freepbx.live import Call
from tests.lab.freepbx.client import Client

ADD = "mutation($i: addExtensionInput!) { addExtension(input: $i) { status } }"
ALICE = {"extensionId": "1001", "name": "Alice", "email": "alice@example.com"}


def ask(client: Client, *actions: str, secret: str = "") -> list[dict[str, str]]:
    """Log in, ask, and give every message that came."""
    own = client.emulator.pbx.credentials
    login = (
        f"Action: Login\r\nUsername: {own.ami_user}\r\nSecret: {secret or own.ami_password}\r\n\r\n"
    )
    asked = "".join(f"Action: {each}\r\nActionID: {each}\r\n\r\n" for each in actions)
    with socket.create_connection(("127.0.0.1", client.emulator.ami_port), timeout=60) as wire:
        read = wire.makefile("rb")
        greeting = read.readline().decode()
        if not greeting:
            return []
        assert greeting.startswith("Asterisk Call Manager/")
        wire.sendall(login.encode())
        found = [_message(read)]
        if found[0]["Response"] == "Success":
            wire.sendall((asked + "Action: Logoff\r\n\r\n").encode())
        while message := _message(read):
            found.append(message)
        return found


def _message(read: BinaryIO) -> dict[str, str]:
    lines = iter(lambda: read.readline().decode().strip("\r\n"), "")
    return dict(line.split(": ", 1) for line in lines)


def test_an_extension_is_known_after_the_reload(client: Client) -> None:
    client.data(ADD, i=ALICE)
    login, endpoints, _ = ask(client, "PJSIPShowEndpoints")
    assert login["Message"] == "Authentication accepted"
    assert (endpoints["Response"], endpoints["Message"]) == ("Error", "No endpoints found")
    client.http.post("/admin/ajax.php?command=reload", headers=client.referer)
    live = client.emulator.pbx.live
    live.register("1001")
    live.register("1002")
    live.calls.append(Call("PJSIP/1001-00000001", "1001", "1002"))
    found = ask(
        client, "PJSIPShowEndpoints", "PJSIPShowRegistrationInboundContactStatuses", "CoreStatus",
        "CoreShowChannels",
    )  # fmt: skip
    events = {each["Event"]: each for each in found if "Event" in each}
    assert events["EndpointList"]["DeviceState"] == "In use"
    assert events["ContactStatusDetail"]["URI"] == "sip:1001@192.0.2.50:5060"
    assert events["ContactStatusDetailComplete"]["ListItems"] == "1"
    assert events["CoreShowChannel"]["Duration"] == "00:00:07"
    assert [each["CoreCurrentCalls"] for each in found if "CoreCurrentCalls" in each] == ["1"]


def test_what_comes_while_a_reload_runs_is_not_in_it(client: Client) -> None:
    reloads = client.emulator.pbx.reloads
    reloads.duration_s = 60.0
    client.data("mutation { doreload(input: {}) { transaction_id } }")
    client.data(ADD, i=ALICE)
    reloads.all[1].ends_at = 0.0
    said = client.data('{ fetchApiStatus(txnId: "1") { message } }')
    assert said["fetchApiStatus"]["message"] == "Executed"
    assert client.emulator.pbx.live.loaded.extensions == ()
    assert not client.emulator.pbx.in_effect


def test_nobody_gets_in_with_a_wrong_password_or_while_asterisk_is_down(client: Client) -> None:
    assert [each["Message"] for each in ask(client, secret="wrong")] == ["Authentication failed"]
    client.emulator.pbx.asterisk_is_up = False
    assert ask(client) == []
