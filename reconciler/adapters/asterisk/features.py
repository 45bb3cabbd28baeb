"""Contexts that are the same on every PBX: feature codes, press-1, legs, screening, who calls."""

from collections.abc import Iterator
from typing import Final

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.dialplan import CONFIRM, FORWARD, Script

MASK: Final = "~"
"""Before the number of who calls while it stands in the caller's place, see `_who`."""

UNASKED: Final = "_[!-}]!"
"""A caller who is not masked yet, as a pattern; one without a number is the empty one."""

WHO: Final = "Gosub(rec-who,s,1(${CONTEXT},${FILTER(+*#0-9,${EXTEN})}))"
"""The step that makes out who calls and looks the number up again, now for that caller."""

IS_MASKED: Final = f"${{LEN(${{FILTER({MASK},${{CALLERID(num):0:1}})}})}}"
"""1 or 0. Callers may write what they like, so their text stands in no expression."""

UNMASK: Final = f"ExecIf({IS_MASKED}?Set(CALLERID(num)=${{REC_SEEN}}))"
"""The step that gives the caller back the number that others see."""

AT_ONCE: Final = 20
"""How many things a call may pass in a second; from then on each takes it one."""
CALLED_OUT: Final = "rec-out"
"""Category of groups: the end of the number to which a channel calls outside."""
BACK_AT_ONCE: Final = 10
"""How many calls to one of our own numbers may be out when one comes in to it.

More are no people, but a call that comes back to where it is sent outside again: without a limit
each of them makes another one, until ports or money run out (seen: a thousand channels in 7 s).
"""


def feature_codes(setup: Setup) -> Script:
    """Return what people dial to use the PBX."""
    script = Script("rec-features")
    codes = setup.codes
    if code := codes.get("voicemail"):
        script.exten(code, "VoiceMailMain(${REC_BOX})")
        script.same("Hangup()")
    if code := codes.get("voicemail_other"):
        script.exten(code, "VoiceMailMain()")
        script.same("Hangup()")
    if code := codes.get("voicemail_direct"):
        box = f"${{FILTER(0-9,${{EXTEN:{len(code)}}})}}"
        script.exten(f"_{code}X.", f"Goto(rec-voicemail-{box},{box},1)")
    if code := codes.get("pickup_extension"):
        whose = f"${{FILTER(0-9,${{EXTEN:{len(code)}}})}}"
        script.exten(f"_{code}X.", f"PickupChan(PJSIP/{whose},p)")
        script.same("Hangup()")
    if code := codes.get("echo_test"):
        script.exten(code, "Answer()")
        script.same("Echo()")
    return script


def common_scripts() -> Iterator[Script]:
    """Yield the subroutines that objects use."""
    yield _confirm()
    yield _leg()
    yield _screen()
    yield _who()
    yield _round()


def _confirm() -> Script:
    """Ask who picked up to press 1 (a subroutine of Dial); the caller goes on ringing."""
    script = Script(CONFIRM)
    script.exten("s", "Set(REC_TRIES=0)")
    script.same("Read(REC_KEY,followme/options,1,,1,5)", "ask")
    script.same('GotoIf($["${REC_KEY}"="1"]?take)')
    script.same("Set(REC_TRIES=$[${REC_TRIES}+1])")
    script.same('GotoIf($["${REC_KEY}"="" & ${REC_TRIES}<2]?ask)')
    script.same("Set(GOSUB_RESULT=CONTINUE)")
    script.same("Return()", "take")
    return script


def _leg() -> Script:
    """Prepare a phone's leg: note that it is called, and the ring tone of the inbound route."""
    script = Script("rec-leg")
    script.exten("s", "Set(REC_CALLED=1)")
    script.same("GotoIf($[${LEN(${REC_ALERT})}=0]?end)")
    script.same("Set(PJSIP_HEADER(add,Alert-Info)=${REC_ALERT})")
    script.same("Return()", "end")
    return script


def _screen() -> Script:
    """Let no call go round through a carrier; send blocked callers where their entry says."""
    script = Script("rec-screen")
    script.exten("s", f"Set(REC_BACK=${{GROUP_COUNT({end_of('${CALLERID(dnid)}')}@{CALLED_OUT})}})")
    script.same(f"GotoIf($[0${{REC_BACK}}>={BACK_AT_ONCE}]?round)")
    script.same("Set(REC_CALLER=${FILTER(+0-9,${CALLERID(num)})})")
    script.same(f"ExecIf({IS_MASKED}?Set(CALLERID(num)=${{REC_CALLER}}))")
    script.same('ExecIf($["${REC_CALLER}"=""]?Set(REC_CALLER=anonymous))')
    script.same("GotoIf(${DIALPLAN_EXISTS(rec-blocklist,${REC_CALLER},1)}?blocked)")
    script.same("Return()")
    script.same("StackPop()", "blocked")
    script.same("Goto(rec-blocklist,${REC_CALLER},1)")
    script.same("StackPop()", "round")
    script.same("Hangup(17)")
    return script


def end_of(number: str) -> str:
    """Return the end of a number, by which its spellings are one: +41 44 and 044."""
    return f"${{FILTER(0-9,{number}):-8}}"


def _round() -> Script:
    """Slow down a call that goes round in no time, as in a group of which nobody is registered.

    A round that takes its time is as it was declared: callers are called to again and again.
    """
    script = Script("rec-round")
    script.exten("s", 'Set(REC_PASSED=$[("${REC_SECOND}"="${EPOCH}")*0${REC_PASSED}+1])')
    script.same("Set(REC_SECOND=${EPOCH})")
    script.same(f"GotoIf($[${{REC_PASSED}}<{AT_ONCE}]?end)")
    script.same("Wait(1)")
    script.same("Return()", "end")
    return script


def _who() -> Script:
    """Make out which extension calls, and look the number up again (context, number).

    Asterisk tells callers apart by their number alone, and that is the one that others see. So the
    extension's takes its place, masked, until a route dials. The lookup itself stays Asterisk's:
    what is not for this caller is passed over as if it were not there, wherever it was included.

    The extension is the one that forwards; else the phone that calls, or was called and is sent on;
    else who sent an outside caller on. A phone in a hand-written file may have any name: if that
    is no number, it counts as the number that others see.
    """
    script = Script("rec-who")
    script.exten("s", "Set(REC_BY=${CHANNEL(name)})")
    script.same(
        f'ExecIf($["${{ARG1:0:{len(FORWARD)}}}"="{FORWARD}"]?Set(REC_BY=PJSIP/${{REC_FORWARDER}}))'
    )
    script.same('GotoIf($["${REC_BY:0:6}"!="Local/"]?known)')
    script.same("Set(REC_BY=${FORWARDERNAME})")  # a phone that forwards by itself (302)
    script.same("ExecIf($[${LEN(${REC_BY})}=0]?Set(REC_BY=${MASTER_CHANNEL(CHANNEL(name))}))")
    script.same('ExecIf($["${REC_BY:0:12}"="PJSIP/trunk-"]?Set(REC_BY=${BLINDTRANSFER}))', "known")
    script.same("Set(REC_WHO=${CUT(CUT(REC_BY,/,2),-,1)})")
    script.same('GotoIf($["${REC_WHO}"="${FILTER(0-9,${REC_WHO})}"]?mask)')
    script.same('Set(REC_WHO=${IF($["${REC_BY:0:6}"="PJSIP/"]?${CALLERID(num)}:)})')
    script.same("Set(REC_SEEN=${CALLERID(num)})", "mask")
    script.same(f"Set(CALLERID(num)={MASK}${{REC_WHO}})")
    script.same("Set(REC_AGAIN=${ARG1},${ARG2},1)")
    script.same("StackPop()")
    script.same("GotoIf(${DIALPLAN_EXISTS(${REC_AGAIN})}?${REC_AGAIN})")
    script.same(UNMASK)
    script.same("Hangup(1)")
    script.exten("unmask", UNMASK)  # here: a line for one caller alone ends when that changes
    script.same("GotoIf(${DIALPLAN_EXISTS(${REC_AGAIN})}?${REC_AGAIN})")
    script.same("Hangup(1)")
    return script
