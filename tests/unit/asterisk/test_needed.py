"""What the dialplan of every kind uses is asked for by `doctor`: without it calls end unheard."""

import re

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.index import index_sections
from reconciler.adapters.asterisk.needed import ESSENTIAL, MODULES, OFFERED
from reconciler.adapters.asterisk.sections import text_of
from reconciler.model.secret import Clear
from tests.unit.asterisk.estate import office
from tests.unit.asterisk.make import at, sections_of

BUILTIN = {
    "Answer", "Background", "EPOCH", "EXTEN", "Goto", "GotoIf", "Hangup", "NoOp", "Progress", "Set",
    "Wait", "WaitExten",
}  # fmt: skip
WHERE = {
    "Authenticate": "app_authenticate", "CALLERID": "func_callerid", "CHANNEL": "func_channel",
    "CUT": "func_cut", "ConfBridge": "app_confbridge", "ControlPlayback": "app_controlplayback",
    "DB": "func_db", "DB_DELETE": "func_db", "DEVICE_STATE": "func_devstate",
    "DIALPLAN_EXISTS": "func_dialplan", "Dial": "app_dial", "Echo": "app_echo",
    "ExecIf": "app_exec", "FIELDQTY": "func_strings", "FILTER": "func_strings",
    "GROUP": "func_groupcount", "GROUP_COUNT": "func_groupcount",
    "HANGUPCAUSE": "func_hangupcause", "HANGUPCAUSE_KEYS": "func_hangupcause",
    "TryExec": "app_exec", "Gosub": "app_stack", "IF": "func_logic",
    "LEN": "func_strings", "MixMonitor": "app_mixmonitor", "PJSIP_DIAL_CONTACTS": "chan_pjsip",
    "PJSIP_HEADER": "res_pjsip_header_funcs", "Page": "app_page", "Park": "res_parking",
    "ParkedCall": "res_parking", "PickupChan": "app_directed_pickup", "Playback": "app_playback",
    "Queue": "app_queue", "RAND": "func_rand", "Read": "app_read", "Return": "app_stack",
    "STRFTIME": "func_strings", "STRREPLACE": "func_strings", "StackPop": "app_stack",
    "TIMEOUT": "func_timeout", "VoiceMail": "app_voicemail", "VoiceMailMain": "app_voicemail",
    "MASTER_CHANNEL": "func_channel", "MulticastRTP": "chan_rtp",
}  # fmt: skip
"""The module of each application, function and technology, as `core show` on 22.10 has them."""


def used() -> set[str]:
    """Return the applications and functions that an office of every kind is made of."""
    objects = office()
    objects[at("announcement/keys")] = {"file": "x", "skip": True, "then": "hangup"}
    objects[at("announcement/early")] = {"file": "x", "answer": False}
    objects[at("inbound_route/+16035550177")] = {
        "destination": "hangup", "pause": 1, "recording": True, "language": "de",
    }  # fmt: skip
    objects[at("conference/729")] = {"name": "Led", "admin_pin": Clear("1"), "recording": True}
    codes = {"voicemail_direct": "*7", "pickup_extension": "**", "echo_test": "*43"}
    setup = Setup(country="US", codes={"voicemail": "*97", **codes})
    sections = [*sections_of(objects, setup), *(x.section for x in index_sections(objects, setup))]
    texts = [
        text_of(line.value) for each in sections if each.family == "ext" for line in each.lines
    ]
    steps = [re.sub(r"^(?:[^,]*,)?\w+(?:\(\w*\))?,", "", each, count=1) for each in texts]
    apps = {found[1] for each in steps if (found := re.match(r"([A-Z]\w+)\(", each))}
    words = re.findall(r"\b([A-Z][A-Z_]{1,})\(", "\n".join(texts))
    radio = {"MulticastRTP"} if "MulticastRTP/" in "\n".join(texts) else set()
    return apps | set(words) | radio


def test_doctor_asks_for_what_the_dialplan_uses() -> None:
    found = used() - BUILTIN
    assert found <= set(WHERE)
    assert {f"{WHERE[each]}.so" for each in found} <= set(MODULES)
    assert set(WHERE) - found == set()  # nothing is asked for that nothing uses


def test_what_is_said_of_modules_is_said_of_those_that_are_asked_for() -> None:
    assert set(OFFERED) | ESSENTIAL <= set(MODULES)
