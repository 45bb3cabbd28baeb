"""Contexts that are the same on every PBX: feature codes, press-1, legs of phones, screening."""

from collections.abc import Iterator

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.dialplan import CONFIRM, Script


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
    """Send blocked callers where their entry says."""
    script = Script("rec-screen")
    script.exten("s", "Set(REC_CALLER=${FILTER(+0-9,${CALLERID(num)})})")
    script.same('ExecIf($["${REC_CALLER}"=""]?Set(REC_CALLER=anonymous))')
    script.same("GotoIf(${DIALPLAN_EXISTS(rec-blocklist,${REC_CALLER},1)}?blocked)")
    script.same("Return()")
    script.same("StackPop()", "blocked")
    script.same("Goto(rec-blocklist,${REC_CALLER},1)")
    return script
