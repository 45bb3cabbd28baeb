"""Calls carried out on a real Asterisk, many at a time, and what each of them met.

Nothing waits for time: what a call does is read from AMI's events, and what somebody does about it
(a key, a call that has ended somewhere) follows upon an event. In place of phones and of trunks
stand contexts that do what the call says, so nothing is heard or registered.
"""

from __future__ import annotations

import itertools
import re
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from tests.real.asterisk.instance import AmiLogin, Asterisk
from tests.real.dialplan_lab import load
from tests.real.ends import Step, Way, heard
from tests.real.estates import ROUTES, Call, Estate

SILENCE_S = 30
"""Each call does something within seconds; whatever is under way after such a silence is stuck."""
SILENT: Step = ("silence",)
HEARD = ("Newchannel", "Newexten", "DialBegin", "DialEnd", "Hangup", "OriginateResponse")
STATES = {
    "free": "NOT_INUSE", "on a call": "INUSE", "busy": "BUSY", "absent": "UNAVAILABLE",
    "nowhere": "INVALID",
}  # fmt: skip
ACTING = """\
exten = answers,1,Answer()
same = n,Wait(3600)
exten = rings,1,Ringing()
same = n,Wait(3600)
exten = busy,1,Hangup(17)
exten = declines,1,Hangup(21)
"""
LAB = f"""\
[lab-phone]
exten = _X.,1,Goto(${{ACT_${{EXTEN}}}},1)
{ACTING}[lab-outside]
exten = _[+0-9]!,1,Goto(${{ACT_${{FILTER(0-9,${{EXTEN}})}}}},1)
{ACTING}"""
ENDS = {"VoiceMail": "voicemail", "ConfBridge": "conference", "Park": "parking_lot"}
ENDS |= {"NoOp": "paging_group"}
"""Steps that end a call. `NoOp` stands in place of `Page`, in which Asterisk now and then dies when
who pages hangs up at once (22.10, seen)."""
GONE = "it may be gone by now"
"""Of an action whose channel need not be up any more."""

LOGIN = ("lab", "only-on-loopback")
CONFIG = {
    "manager.conf": f"[{LOGIN[0]}]\nsecret = {LOGIN[1]}\nread = call,dialplan\n"
    f"write = system,call,originate\nwritetimeout = {SILENCE_S * 1000}\n"
}
"""A manager user of its own: Asterisk hangs up on one who does not read for a tenth of a second."""

END = b"\r\n\r\n"

Event = dict[str, str]


def put(pbx: Asterisk, manager: Manager, estates: Iterable[Estate]) -> None:
    """Load estates, with phones and a trunk that do as they are told."""
    estates = list(estates)
    for family in ("schedule", "day_night", "ring_group"):
        pbx.cli(f"database deltree rec-{family}")
    here = set[str]()
    for estate in estates:
        for who, state in estate.states.items():
            if state == "on a call" and not estate.of("extension")[who]["call_waiting"]:
                state = "busy"
            manager.action("Setvar", Variable=f"DEVICE_STATE(Custom:{who})", Value=STATES[state])
            if state not in ("absent", "nowhere"):
                here.add(who)
        for at, position in estate.switched.items():
            family, key = at.split("/")
            manager.action("DBPut", Family=family, Key=key, Val=position)

    def instead(found: re.Match[str]) -> str:
        who = found[1] or found[2]
        return f"Local/{who}@lab-phone/n" if who in here else found[0]

    def edit(text: str) -> str:
        text = re.sub(r"DEVICE_STATE\(PJSIP/(\d+)\)", r"DEVICE_STATE(Custom:\1)", text)
        text = re.sub(r"^(member = .*,|exten = .*,hint,)PJSIP/", r"\1Custom:", text, flags=re.M)
        text = re.sub(r"\bPage\(.*\)", "NoOp(paging)", text)
        text = text.replace("PJSIP/${ARG1}@trunk-out", "Local/${ARG1}@lab-outside/n")
        return re.sub(r"\$\{PJSIP_DIAL_CONTACTS\((\d+)\)\}|PJSIP/(\d+)\b", instead, text)

    objects = {at: fields for estate in estates for at, fields in estate.objects.items()}
    pbx.add_config("rec_ext_97.conf", LAB)
    load(pbx, {**ROUTES, **objects}, edit=edit)


@dataclass
class Going:
    """A call that is under way: what it met, and which of its channels are up."""

    estate: Estate
    call: Call
    main: str
    steps: list[Step] = field(default_factory=list)
    channel: str = ""
    up: set[str] = field(default_factory=set)
    ended: bool = False
    offered: int = 0
    listening: bool = False
    group: str = ""
    rang: dict[str, list[str]] = field(default_factory=dict)

    def way(self) -> Way:
        """Return what the call met, without rounds in which nobody rang."""
        return tuple(each for each in self.steps if each != ("ring", frozenset()))


class Manager:
    """AMI as a test needs it: actions out, events in."""

    def __init__(self, login: AmiLogin) -> None:
        self._socket = socket.create_connection((login.host, login.port), SILENCE_S)
        self._received = b""
        self.action("Login", Username=LOGIN[0], Secret=LOGIN[1])
        for name in HEARD:
            self.action("Filter", Operation="Add", Filter=f"Event: {name}\r")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def action(self, name: str, *more: str, **fields: str) -> None:
        """Send an action; its answer is not waited for."""
        lines = [f"Action: {name}", *(f"{key}: {value}" for key, value in fields.items()), *more]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())

    def events(self) -> Iterator[Event]:
        """Yield events and answers as they come. TimeoutError when none comes any more."""
        while True:
            *whole, self._received = self._received.split(END)
            for each in whole:
                lines = each.decode("utf-8", "replace").split("\r\n")
                yield {name: value for name, _, value in (line.partition(": ") for line in lines)}
            if not (more := self._socket.recv(65_536)):
                return
            self._received += more


def carry_out(
    manager: Manager, estates: Iterable[Estate], calls: Mapping[int, Sequence[Call]]
) -> dict[int, list[Going]]:
    """Carry out calls by the serials of estates: of each one after the other, all side by side.

    A call of which nothing more is heard ends as `SILENT`, and those of its estate after it are
    left out.
    """
    done: dict[int, list[Going]] = {estate.serial: [] for estate in estates}
    of_channel: dict[str, Going] = {}

    def begin(estate: Estate) -> None:
        number = len(done[estate.serial])
        if number < len(calls[estate.serial]):
            name = f"lab-{next(_serial)}"
            going = Going(estate, calls[estate.serial][number], f"{name}-2")
            done[estate.serial].append(going)
            of_channel[name] = of_channel[going.main] = going
            _originate(manager, going.call, name)

    for estate in estates:
        begin(estate)
    if not of_channel:
        return done
    try:
        for event in manager.events():
            if event.get("Response") == "Error" and event.get("ActionID") != GONE:
                raise AssertionError(event)
            going = of_channel.get(event.get("Linkedid", ""))
            if going is None:
                continue
            _note(manager, going, event)
            if event["Event"] == "Hangup" and going.ended and not going.up:
                of_channel = {at: each for at, each in of_channel.items() if each is not going}
                begin(going.estate)
                if not of_channel:
                    return done
    except TimeoutError:
        # Seen, rarely: of a call that was asked for no channel came up, and nothing was said.
        for going in of_channel.values():
            if going.steps[-1:] != [SILENT]:
                going.steps.append(SILENT)
        manager.action("Hangup", Channel="/^.*$/", ActionID=GONE)
        return done
    left = [(going.call, going.steps) for going in of_channel.values()]
    raise AssertionError(f"Asterisk hung up on us; under way: {left}")


_serial = itertools.count(1)


def _originate(manager: Manager, call: Call, name: str) -> None:
    acts = {f"__ACT_{who.lstrip('+')}": act for who, act in call.acts.items()}
    variables = {"__REC_TIME": str(int(call.at.timestamp())), **acts}
    manager.action(
        "Originate",
        *(f"Variable: {at}={value}" for at, value in variables.items()),
        Channel=f"Local/{call.number}@{call.entry}/n",
        ChannelId=name,
        OtherChannelId=f"{name}-2",
        Application="Wait",
        Data="3600",
        CallerID=f"Caller <{call.caller}>",
        Timeout="600000",
        Async="true",
        ActionID=name,
    )


def _note(manager: Manager, going: Going, event: Event) -> None:
    is_main = event.get("Uniqueid") == going.main
    match event["Event"]:
        case "Newchannel":
            going.up.add(event["Uniqueid"])
            if is_main:
                going.channel = event["Channel"]
        case "Hangup":
            going.up.discard(event["Uniqueid"])
            if is_main and not going.ended:
                going.steps.append(("hangup",))
                going.ended = True
        case "Newexten" if event["Application"] == "Read" and event["Context"] == "rec-confirm":
            key = "1" if _who(event["Channel"]) in going.call.confirms else "2"
            _press(manager, event["Channel"], key)
        case _ if not is_main or going.ended:
            return
        case "Newexten":
            _step(manager, going, event)
        case "DialBegin":
            _ring(manager, going, event["DestChannel"])
        case "DialEnd" if event["DialStatus"] == "ANSWER":
            who = _member(going, event["DestChannel"])
            _end(manager, going, ("answered", frozenset({who})))


def _step(manager: Manager, going: Going, event: Event) -> None:
    application, context = event["Application"], event["Context"]
    what, _, key = context.removeprefix("rec-").partition("-")
    if application == "NoOp" and event["AppData"] != "paging":
        pass
    elif application in ENDS:
        named = key if application == "NoOp" else re.split("[,@]", event["AppData"])[0]
        _end(manager, going, (ENDS[application], named))
    elif application == "Dial" or (application == "ExecIf" and "?Dial(" in event["AppData"]):
        going.steps.append(("ring", frozenset()))
        going.group = key if what == "ring_group" else ""
    elif application == "Queue":
        going.steps.append(("queue", key, frozenset()))
        going.group = ""
    elif application in ("Playback", "ControlPlayback") and what == "play":
        going.steps.append(("say", key))
    elif application in ("Background", "WaitExten") and what == "ivr":
        if not going.listening:
            going.listening = True
            going.steps.append(("menu", key))
            _answer_menu(manager, going, key)
            return
        going.listening = application == "Background"
        return
    going.listening = False


def _answer_menu(manager: Manager, going: Going, key: str) -> None:
    keys = going.call.keys[going.offered] if going.offered < len(going.call.keys) else ""
    going.offered += 1
    estate = going.estate
    for each in heard(estate.of("ivr")[key], list(estate.of("extension")), keys):
        _press(manager, going.channel, each)


def _press(manager: Manager, channel: str, key: str) -> None:
    manager.action("PlayDTMF", Channel=channel, Digit=key, Receive="true", ActionID=GONE)


def _ring(manager: Manager, going: Going, channel: str) -> None:
    if "@lab-outside-" in channel:
        going.steps.pop()
        _end(manager, going, ("outside", _who(channel)))
        return
    *before, rung = going.steps.pop()
    assert isinstance(rung, frozenset)
    who = _member(going, channel)
    going.steps.append((*before, rung | {who}))
    if going.group:
        going.rang.setdefault(going.group, []).append(who)


def _who(channel: str) -> str:
    """Return whose channel this is: `Local/ring@rec-extension-1001-0000000a;1`, or by number."""
    found = re.match(r"Local/([^@]+)@(.+)-[0-9a-f]{8};", channel)
    if found is None:
        return channel
    extension, context = found.groups()
    return context.removeprefix("rec-extension-") if extension == "ring" else extension


def _member(going: Going, channel: str) -> str:
    """Return whose channel this is, also of a leg that asks for a key: `member-2`, `follow-1`."""
    who = _who(channel)
    what, _, index = who.partition("-")
    if what not in ("member", "follow"):
        return who
    key = re.sub(r"-[0-9a-f]{8};.*", "", channel).rpartition("-")[2]
    kind, path = {
        "member": ("ring_group", "members"), "follow": ("extension", "follow_me.targets"),
    }[what]  # fmt: skip
    found = going.estate.of(kind)[key][path][int(index) - 1]
    assert isinstance(found, str)
    return found


def _end(manager: Manager, going: Going, step: Step) -> None:
    going.steps.append(step)
    going.ended = True
    manager.action("Hangup", Channel=going.channel, ActionID=GONE)
