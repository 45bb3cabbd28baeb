"""Dialplan that stands in no file that we read: what the list of all that is loaded tells of it.

The answer is Asterisk 22.10's own, with AEL, Lua and parking loaded.
"""

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.handwritten.ahead import lines_ahead
from reconciler.adapters.asterisk.handwritten.dialled import leading_to
from reconciler.adapters.asterisk.handwritten.entrances import entrances
from reconciler.adapters.asterisk.handwritten.objects import decode_hand_written
from reconciler.adapters.asterisk.handwritten.other_dialplan import other_dialplan
from reconciler.model.address import Address
from reconciler.transport.ami import ListResponse, Message


def _listed(*events: str) -> ListResponse:
    each = ["Event: ListDialplan\r\n" + "\r\n".join(event.split(" | ")) for event in events]
    return ListResponse(Message(()), raw="\r\n\r\n".join(each).encode())


def _step(context: str, number: str, app: str, data: str, by: str, at: str = "1") -> str:
    return (
        f"Context: {context} | Extension: {number} | Priority: {at} | Application: {app} | "
        f"AppData: {data} | Registrar: {by}"
    )


LOADED = _listed(
    _step("from-internal", "700", "NoOp", "x", "pbx_ael"),
    _step("from-internal", "700", "Dial", "PJSIP/911@carrier,30", "pbx_ael", "2"),
    "Context: from-internal | Extension: 9 | Priority: hint | Application: PJSIP/9 | "
    "Registrar: pbx_ael",
    "Context: from-internal | IncludeContext: nights,20:00-06:00,*,*,* | Registrar: pbx_ael",
    "Context: from-internal | IgnorePattern: 9 | Registrar: pbx_ael",
    _step("ael-builtin-h-bubble", "h", "Goto", "9991", "pbx_ael"),
    _step("__func_periodic_hook_context__", "beep", "Answer", "", "func_periodic_hook"),
    _step("parkedcalls", "701", "ParkedCall", "default,701", "res_parking/default"),
    _step("rec-exts-1", "1001", "Gosub", "rec-extension-1001,s,1", "pbx_config"),
    _step("wards", "911", "Answer", "", "pbx_config"),
    "Context: luactx | Switch: Lua/ | Registrar: pbx_lua",
)


def test_who_has_loaded_it_is_told_and_what_stands_in_files_is_left_out() -> None:
    sections = other_dialplan(LOADED)
    assert [(each.name, each.by) for each in sections] == [
        ("from-internal", "pbx_ael"),
        ("parkedcalls", "res_parking"),
        ("luactx", "pbx_lua"),
    ]
    met = entrances(sections, Setup())
    assert [(e.what, e.text, e.where, e.partly) for e in met["from-internal"]] == [
        ("line", "700", "extensions.ael [from-internal]", False),
        ("include", "nights", "extensions.conf [from-internal]", True),
        ("numbers", "", "extensions.conf [from-internal]", False),
        ("routes", "", "extensions.conf [from-internal]", False),
    ]
    assert [(e.what, e.text, e.where) for e in met["luactx"]] == [
        ("switch", "Lua", "extensions.lua [luactx]")
    ]
    assert [(e.text, e.where) for e in met["parkedcalls"]] == [("701", "res_parking [parkedcalls]")]


def test_an_include_that_the_next_reload_drops_is_not_relied_on() -> None:
    """So it goes in a context of extensions.conf in which AEL has no line of its own."""
    include = "Context: wards | IncludeContext: from-internal | Registrar: pbx_ael"
    in_file = _step("wards", "911", "Answer", "", "pbx_config")
    own = _step("wards", "1", "Answer", "", "pbx_ael")
    for events, partly in (
        ((include, in_file), True), ((include, in_file, own), False), ((include,), False),
    ):  # fmt: skip
        (met,) = (
            each
            for each in entrances(other_dialplan(_listed(*events)), Setup())["wards"]
            if each.what == "include"
        )
        assert (met.text, met.partly) == ("from-internal", partly)


def test_its_lines_answer_before_ours_and_lead_to_trunks() -> None:
    sections = other_dialplan(LOADED)
    assert [(each.takes, each.where) for each in lines_ahead(sections, Setup())] == [
        ("700", "extensions.ael [from-internal]")
    ]
    (leading,) = (each for each in leading_to(sections, Setup()) if each.kind == "trunk")
    assert (leading.key, leading.where) == ("carrier", "extensions.ael [from-internal]")
    assert leading.reload == "ael reload"


def test_an_import_names_its_contexts_with_their_files() -> None:
    told = decode_hand_written(other_dialplan(LOADED), "office", Setup()).beyond
    assert told == {
        Address("pbx", "", "office"): (
            "extensions.ael: contexts with all that is dialled there: from-internal",
            "extensions.lua: contexts with all that is dialled there: luactx",
        )
    }
