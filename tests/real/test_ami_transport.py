"""The AMI transport against a real Asterisk: what the unit tests' emulator only claims."""

import asyncio
import datetime as dt
import ipaddress
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from reconciler.errors import (
    AdapterBroke,
    AuthenticationFailed,
    PermissionMissing,
    Refused,
    UnexpectedReply,
    Unreachable,
)
from reconciler.transport import ami_message
from reconciler.transport.ami import Ami, AmiLogin
from reconciler.transport.ami_config import Edit, Staging, Unit, sections_of, split_update_config
from tests.real.asterisk.instance import Asterisk

pytestmark = pytest.mark.real

HANGS_S = 120


def login_of(asterisk: Asterisk) -> AmiLogin:
    ami = asterisk.ami
    return AmiLogin(ami.host, ami.port, ami.username, ami.password)


async def connect(asterisk: Asterisk, events: str = "off") -> Ami:
    connecting = Ami.connect(login_of(asterisk), target="pbx1", events=events)
    return await asyncio.wait_for(connecting, HANGS_S)


async def create(ami: Ami, *files: str) -> None:
    for file in files:
        await ami.send("CreateConfig", [("Filename", file)], idempotent=False)


async def sections(ami: Ami, file: str) -> dict[str, list[tuple[str, str]]]:
    response = await ami.send("GetConfig", [("Filename", file)], idempotent=True)
    return {section.name: list(section.lines) for section in sections_of(response)}


async def write(
    ami: Ami, file: str, units: list[Unit], staging: Staging | None = None
) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Edit a file; return the requests that it took."""
    requests = split_update_config(file, units, target="pbx1", staging=staging)
    for fields in requests:
        await ami.send("UpdateConfig", fields, idempotent=False)
    return requests


def section(name: str, lines: int, value: str) -> tuple[Edit, ...]:
    appends = (Edit("Append", name, f"v{n}", f"{value} {n}") for n in range(lines))
    return (Edit("NewCat", name), *appends)


async def test_logs_in(asterisk: Asterisk) -> None:
    async with await connect(asterisk) as ami:
        settings = await ami.send("CoreSettings", idempotent=True)
        assert ami.version == settings.get("AMIversion")


async def test_a_wrong_password(asterisk: Asterisk) -> None:
    login = replace(login_of(asterisk), password="wrong")
    with pytest.raises(AuthenticationFailed):
        await asyncio.wait_for(Ami.connect(login, target="pbx1"), HANGS_S)


async def test_a_port_that_does_not_speak_ami(asterisk: Asterisk) -> None:
    port = int(asterisk.ari.url.rsplit(":", 1)[1].split("/")[0])
    with pytest.raises((Unreachable, UnexpectedReply)):
        await Ami.connect(replace(login_of(asterisk), port=port), target="pbx1", timeout_s=1)


async def test_empty_lists_and_real_errors(asterisk: Asterisk) -> None:
    async with await connect(asterisk) as ami:
        for action in (
            *("PJSIPShowEndpoints", "PJSIPShowAors", "PJSIPShowAuths", "PJSIPShowContacts"),
            *("PJSIPShowRegistrationsOutbound", "PJSIPShowRegistrationsInbound"),
            *("QueueStatus", "CoreShowChannels", "VoicemailUsersList"),
        ):
            assert (await ami.send_list(action)).events == (), action
        assert (await ami.send_list("ShowDialPlan", [("Context", "nosuch")])).events == ()
        with pytest.raises(Refused, match="Unable to retrieve endpoint nope"):
            await ami.send_list("PJSIPShowEndpoint", [("Endpoint", "nope")])
        with pytest.raises(Refused, match="unknown command"):
            await ami.send_list("NoSuchList")
        with pytest.raises(PermissionMissing):  # the manager user has no class "command"
            await ami.send("Command", [("Command", "core show version")], idempotent=True)


async def test_our_limits_lie_within_asterisks(
    asterisk: Asterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [(f"X{n}", "x") for n in range(ami_message.MAX_LINES - 2)]
    line = ("X", "x" * (ami_message.MAX_LINE_BYTES - 3))
    async with await connect(asterisk) as ami:
        await ami.send("Ping", lines, idempotent=True)
        await ami.send("Ping", [line], idempotent=True)
        monkeypatch.setattr(ami_message, "MAX_LINES", 999)
        monkeypatch.setattr(ami_message, "MAX_LINE_BYTES", 9999)
        with pytest.raises(Refused, match="Too many lines"):
            await ami.send("Ping", [*lines, ("Y", "x")], idempotent=True)
        with pytest.raises(Refused, match="line too long"):
            await ami.send("Ping", [("X", "x" * 1020)], idempotent=True)
        await ami.send("Ping", idempotent=True)


async def test_a_value_cannot_smuggle_in_an_action(asterisk: Asterisk) -> None:
    evil = "v\r\n\r\nAction: DBPut\r\nFamily: evil\r\nKey: k\r\nVal: v"
    async with await connect(asterisk) as ami:
        for fields in ([("Family", "f"), ("Key", "k"), ("Val", evil)], [(evil, "x")]):
            with pytest.raises(AdapterBroke):
                await ami.send("DBPut", fields, idempotent=True)
        assert (await ami.send_list("DBGetTree", [("Family", "evil")])).events == ()


async def test_values_of_every_kind_arrive_and_come_back(asterisk: Asterisk) -> None:
    async with await connect(asterisk) as ami:
        for value in ("Zoë Ж 📞", "", "a: b", "x" * 1000):
            put = [("Family", "f"), ("Key", "k"), ("Val", value)]
            await ami.send("DBPut", put, idempotent=True)
            (entry,) = (await ami.send_list("DBGet", put[:2])).events
            assert entry.get("Val", "absent") == value


async def test_repeated_headers_arrive_all(asterisk: Asterisk) -> None:
    (asterisk.etc / "rec_ext_97.conf").write_text(
        "[seen]\nexten => 1,1,Set(DB(seen/x)=${A}-${B}-${A2})\n"
        "exten => 2,1,Answer()\nsame => n,Wait(2)\n"
    )
    channel = [("Channel", "Local/2@seen"), ("Context", "seen"), ("Exten", "1"), ("Priority", "1")]
    variables = [("Variable", f"{name}={name}") for name in ("A", "B", "A2")]
    async with await connect(asterisk) as ami:
        await ami.send("Reload", [("Module", "pbx_config.so")], idempotent=True)
        await ami.send("Originate", [*variables, *channel], idempotent=False, timeout_s=HANGS_S)
        key = [("Family", "seen"), ("Key", "x")]
        async with asyncio.timeout(HANGS_S):
            while not (seen := (await ami.send_list("DBGet", key)).events):
                await asyncio.sleep(0.05)
    assert seen[0].get("Val") == "A-B-A2"


async def test_same_named_sections_and_lines_stay_apart(asterisk: Asterisk) -> None:
    edits = (
        *section("1001", 2, "a"),
        Edit("Append", "1001", "v0", "again;=> ü"),
        Edit("NewCat", "1001-temporary"),
        Edit("Append", "1001-temporary", "type", "aor"),
        Edit("RenameCat", "1001-temporary", value="1001"),
    )
    async with await connect(asterisk) as ami:
        await create(ami, "lab.conf")
        await write(ami, "lab.conf", [Unit("u", edits)])
        read = sections_of(await ami.send("GetConfig", [("Filename", "lab.conf")], idempotent=True))
        assert [(s.name, s.lines) for s in read] == [
            ("1001", (("v0", "a 0"), ("v1", "a 1"), ("v0", "again;=> ü"))),
            ("1001", (("type", "aor"),)),
        ]


async def test_values_survive_the_file(asterisk: Asterisk) -> None:
    odd = (
        *(r"a\;b", "a;b", "\\", "x\\", '"q"', "#include x", "=y", "a=b", "=>x", "Zoë Ж", "[x]", ""),
        *("a;--b--;c", "100%", "x  y", "${X}", ";lead", "x\\\\"),
    )
    edits = tuple(Edit("Append", "odd", f"v{n}", value) for n, value in enumerate(odd))
    unit = Unit("odd", (Edit("NewCat", "odd"), *edits))
    async with await connect(asterisk) as ami:
        await create(ami, "odd.conf")
        await write(ami, "odd.conf", [unit])
        assert [value for _, value in (await sections(ami, "odd.conf"))["odd"]] == list(odd)


async def test_many_units_in_few_requests(asterisk: Asterisk) -> None:
    units = [Unit(f"s{n}", section(f"s{n}", n % 31, "v")) for n in range(100)]
    async with await connect(asterisk) as ami:
        await create(ami, "many.conf")
        requests = await write(ami, "many.conf", units)
        read = await sections(ami, "many.conf")
    assert list(read) == [unit.name for unit in units]
    assert [len(lines) for lines in read.values()] == [n % 31 for n in range(100)]
    assert len(requests) < len(units)


async def test_a_long_unit_becomes_visible_at_once_and_leaves_no_copy(asterisk: Asterisk) -> None:
    files = ("rec_vm_07.conf", "stage_vm_07.conf", "blank.conf")
    long_one = Unit("big", (Edit("DelCat", "big"), *section("big", 300, "new")))
    units = [Unit("small", section("small", 1, "new")), long_one, Unit("x", section("x", 1, "y"))]
    async with await connect(asterisk) as ami:
        await create(ami, *files)
        await write(ami, files[0], [Unit("big", section("big", 3, "old"))])
        states = []
        for fields in split_update_config(
            files[0], units, target="pbx1", staging=Staging(files[1], files[2])
        ):
            await ami.send("UpdateConfig", fields, idempotent=False)
            states.append({name: len(v) for name, v in (await sections(ami, files[0])).items()})
        last = {"small": 1, "big": 300, "x": 1}
        assert [s for n, s in enumerate(states) if s != states[n - 1]] == [
            {"big": 3, "small": 1},
            last,
        ]
        assert (await sections(ami, files[0]))["big"][-1] == ("v299", "new 299")
        assert await sections(ami, files[1]) == {}
        assert "new" not in (asterisk.etc / files[1]).read_text()


async def test_a_chain_that_stops_halfway_leaves_the_file_alone(asterisk: Asterisk) -> None:
    files = ("rec_vm_08.conf", "stage_vm_08.conf", "blank_08.conf")
    staging = Staging(files[1], files[2])
    edits = section("big", 100, "new")
    async with await connect(asterisk) as ami:
        await create(ami, *files)
        await write(ami, files[0], [Unit("a", section("a", 2, "a"))])
        before = (asterisk.etc / files[0]).read_bytes()
        bad = Unit("big", (*edits, Edit("DelCat", "nosuch")))
        with pytest.raises(Refused, match="Given category does not exist"):
            await write(ami, files[0], [bad], staging)
        assert (asterisk.etc / files[0]).read_bytes() == before
        await write(ami, files[0], [Unit("big", edits)], staging)
        assert {n: len(v) for n, v in (await sections(ami, files[0])).items()} == {
            "a": 2,
            "big": 100,
        }


async def test_a_large_file_is_read_whole(asterisk: Asterisk) -> None:
    text = "".join(
        f"[{n}]\n" + "".join(f"k{k} = value ü {k} of {n}\n" for k in range(18)) for n in range(1000)
    )
    (asterisk.etc / "large.conf").write_text(text)
    async with await connect(asterisk) as ami:
        read = await sections(ami, "large.conf")
    assert len(read) == 1000
    assert all(
        lines == [(f"k{k}", f"value ü {k} of {name}") for k in range(18)]
        for name, lines in read.items()
    )


async def test_originate_is_heard_of(asterisk: Asterisk) -> None:
    (asterisk.etc / "rec_ext_99.conf").write_text("[heard]\nexten => 1,1,NoOp()\n")
    fields = [("Channel", "Local/9@nowhere"), ("Context", "heard"), ("Exten", "1")]
    async with await connect(asterisk, events="call") as ami:
        await ami.send("Reload", [("Module", "pbx_config.so")], idempotent=True)
        with ami.listen("OriginateResponse") as heard:
            rest = [("Priority", "1"), ("Async", "true")]
            response = await ami.send("Originate", [*fields, *rest], idempotent=False)
            mine = response.get("ActionID")
            event = await heard.next(lambda e: e.get("ActionID") == mine, timeout_s=HANGS_S)
    assert (event.get("Response"), event.get("Reason")) == ("Failure", "0")


async def test_goes_on_after_a_restart_and_after_a_kill(asterisk: Asterisk) -> None:
    async with await connect(asterisk) as ami:
        await asyncio.to_thread(asterisk.restart)
        await ami.send("Ping", idempotent=False)
        await asyncio.to_thread(asterisk.kill)
        with pytest.raises(Unreachable, match="connecting to AMI"):
            await asyncio.wait_for(ami.send("Ping", idempotent=True), HANGS_S)
        await asyncio.to_thread(asterisk.restart)
        await asyncio.gather(*(ami.send("Ping", idempotent=False) for _ in range(20)))


async def test_killed_while_an_action_is_in_flight(asterisk: Asterisk) -> None:
    async with await connect(asterisk) as ami:
        # Nobody picks up, and without Async the answer comes only after the Timeout.
        (asterisk.etc / "rec_ext_98.conf").write_text("[slow]\nexten => 1,1,Wait(60)\n")
        await ami.send("Reload", [("Module", "pbx_config.so")], idempotent=True)
        fields = [("Channel", "Local/1@slow"), ("Context", "slow"), ("Exten", "1")]
        rest = [("Priority", "1"), ("Timeout", "60000")]
        call = ami.send("Originate", [*fields, *rest], idempotent=False, timeout_s=60)
        task = asyncio.create_task(call)
        while "Local/1@slow" not in "".join(await asyncio.to_thread(asterisk.channels)):
            await asyncio.sleep(0.05)
        await asyncio.to_thread(asterisk.kill)
        with pytest.raises(Unreachable, match="outcome unknown"):
            await asyncio.wait_for(task, HANGS_S)


async def test_tls(asterisk: Asterisk, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    port = asterisk.ports.take(asterisk.ami.host)
    manager = asterisk.etc / "manager.conf"
    lines = f"tlsenable = yes\ntlsbindaddr = {asterisk.ami.host}:{port}\n"
    lines += f"tlscertfile = {certificate}\n"
    manager.write_text(manager.read_text().replace("[general]\n", f"[general]\n{lines}", 1))
    await asyncio.to_thread(asterisk.restart)
    login = replace(login_of(asterisk), port=port, tls=True)
    with pytest.raises(Unreachable, match="certificate is not trusted"):
        await Ami.connect(login, target="pbx1")
    for trusting in (
        replace(login, ca_file=str(certificate)),
        replace(login, tls_verify=False),
    ):
        async with await Ami.connect(trusting, target="pbx1") as ami:
            assert (await ami.send("Ping", idempotent=True)).get("Ping") == "Pong"
    with pytest.raises(Unreachable):
        await Ami.connect(replace(login, port=asterisk.ami.port), target="pbx1", timeout_s=2)
    with pytest.raises((Unreachable, UnexpectedReply)):
        await Ami.connect(replace(login, tls=False), target="pbx1", timeout_s=2)


def self_signed(folder: Path) -> Path:
    """Write a certificate for 127.0.0.1 and its key into one file, as Asterisk wants them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pbx1")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "combined.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    return path
