"""Changes as requests: whole sections, what is dropped, secrets that stay, index and reloads."""

import json
from dataclasses import replace
from typing import Any

import pytest

from reconciler.adapters.asterisk.encode import encode, finish
from reconciler.adapters.asterisk.files import Unsound
from reconciler.adapters.asterisk.keep import fill_kept
from reconciler.model.address import Address
from reconciler.model.change import Adopt, Create, Delete, Forget, Move, Update
from reconciler.model.codec import to_json
from reconciler.model.live import Edit
from reconciler.model.secret import Clear, Secret
from reconciler.model.step import Request
from reconciler.model.value import Fields
from tests.unit.asterisk.estate import office
from tests.unit.asterisk.make import SETUP, at

ABOUT: Any = ("pbx/lumen", (), None, 1)
ADA: Fields = {
    "name": "Ada",
    "secret": Secret("store:ada", "f1"),
    "voicemail.email": "ada@example.com",
    "voicemail.pin": Secret(None, "f2"),
}


def titles(request: Request, part: str = "sections") -> set[str]:
    """Return what a request writes or drops, as `family [name]`."""
    return {f"{each[0]} [{each[1]}]" for each in request.args[part]}


def line(request: Request, section: str, variable: str) -> Any:
    """Return the first value of a variable in a section of a put."""
    lines = next(each[3] for each in request.args["sections"] if each[1] == section)
    return next(value for name, value in lines if name == variable)


def test_a_new_object_is_one_put() -> None:
    (request,) = encode(Create(at("extension/1001"), *ABOUT, after=ADA), SETUP)
    assert request.verb == "put"
    assert request.args["object"] == "extension/1001"
    assert request.args["drop"] == []
    assert titles(request) == {
        "pjsip [1001]", "pjsip [1001-auth]", "aor [1001]", "vm [default]",
        "ext [rec-extension-1001]", "ext [rec-voicemail-1001]", "meta [extension/1001]",
    }  # fmt: skip
    json.dumps(to_json(dict(request.args)))


def test_references_stay_references() -> None:
    (request,) = encode(Create(at("extension/1001"), *ABOUT, after=ADA), SETUP)
    assert line(request, "1001-auth", "password") == Secret("store:ada", "f1")


def test_a_secret_that_nobody_declared_is_kept() -> None:
    (request,) = encode(
        Update(at("extension/1001"), *ABOUT, before=ADA, after={**ADA, "name": "Bo"}, fields=()),
        SETUP,
    )
    mark, rest = line(request, "default", "1001")
    assert mark == {"keep": ["vm", "default", "1001", "([^,]*).*"]}
    assert rest == ",Bo,ada@example.com,,attach=yes|delete=no"

    def lookup(family: str, section: str, variable: str) -> list[Clear]:
        assert (family, section, variable) == ("vm", "default", "1001")
        return [Clear("4321,Ada,ada@example.com,,attach=yes|delete=no")]

    filled, _ = line(fill_kept(request, lookup), "default", "1001")
    assert filled.reveal() == "4321"
    assert "4321" not in repr(fill_kept(request, lookup))


def test_a_pin_inside_the_dialplan_is_kept() -> None:
    route = office()[at("outbound_route/world")] | {"pin": Secret(None, "f")}
    change = Update(at("outbound_route/world"), *ABOUT, before=route, after=route, fields=())
    (request,) = encode(change, SETUP)
    steps = ["n,Set(REC_SHOWN=)", "n,Authenticate(7788)", "n,Dial(x)"]
    filled = fill_kept(request, lambda *_: steps)
    lines = next(each[3] for each in filled.args["sections"] if each[1] == "rec-dial-world")
    assert "n,Authenticate(7788)" in [plain(value) for _, value in lines]


def test_sections_that_are_no_longer_needed_are_dropped() -> None:
    after = {path: value for path, value in ADA.items() if not path.startswith("voicemail")}
    change = Update(at("extension/1001"), *ABOUT, before=ADA, after=after, fields=())
    (request,) = encode(change, SETUP)
    assert titles(request, "drop") == {"vm [default]", "ext [rec-voicemail-1001]"}


def test_sections_that_somebody_added_are_dropped_with_the_next_write() -> None:
    edits = (
        Edit("rec_pjsip [1001-extra]", None, "3 lines"),
        Edit("rec_ext [rec-extension-1001]", None, "same = n,System(x)"),
    )
    change = Adopt(at("extension/1001"), *ABOUT, before=ADA, after=ADA, fields=(), edits=edits)
    (request,) = encode(change, SETUP)
    assert titles(request, "drop") == {"pjsip [1001-extra]"}


@pytest.mark.parametrize("address", sorted(office()), ids=str)
def test_nothing_remains_of_what_is_deleted(address: Address) -> None:
    fields = {
        path: Secret(None, "f") if isinstance(value, Clear) else value
        for path, value in office()[address].items()
    }
    (made,) = encode(Create(address, *ABOUT, after=fields), SETUP)
    (gone,) = encode(Delete(address, *ABOUT, before=fields), SETUP)
    assert gone.verb == "drop"
    assert titles(made) <= titles(gone, "drop")


def test_a_secret_is_kept_from_the_line_where_it_stands_now() -> None:
    """Leaders get a PIN: everybody's own, which nobody declared, moves into the dialplan."""
    before: Fields = {"name": "Board", "pin": Secret(None, "f1")}
    after: Fields = {**before, "admin_pin": Secret("store:board", "f2")}
    (put,) = encode(
        Update(at("conference/800"), *ABOUT, before=before, after=after, fields=()), SETUP
    )
    assert {"keep": ["confbridge", "800-user", "pin", "(.*)"]} in [
        part
        for each in put.args["sections"]
        if each[1] == "rec-conference-800"
        for _, value in each[3]
        for part in (value if isinstance(value, list) else ())
    ]
    (back,) = encode(
        Update(at("conference/800"), *ABOUT, before=after, after=before, fields=()), SETUP
    )
    assert line(back, "800-user", "pin")[0]["keep"][:2] == ["ext", "rec-conference-800"]


def test_an_update_rereads_only_what_it_changes() -> None:
    before: Fields = {**ADA, "ring_time": 20}

    def reloaded(**changed: Any) -> list[str]:
        after = {**before, **changed}
        change = Update(at("extension/1001"), *ABOUT, before=before, after=after, fields=())
        done = finish([change], {at("extension/1001"): after}, (), SETUP)
        assert done is not None
        modules: list[str] = done.requests[-1].args["modules"]
        return modules

    assert reloaded(ring_time=30) == ["pbx_config.so"]
    assert reloaded(secret=Secret("store:ada", "f9")) == ["res_pjsip.so"]
    assert reloaded(class_of_service="lobby") == ["res_pjsip.so", "pbx_config.so"]
    assert "app_voicemail.so" in reloaded(**{"voicemail.email": "lovelace@example.com"})


def test_a_renumbered_extension_keeps_its_secrets() -> None:
    change = Move(
        at("extension/2001"), *ABOUT, source=at("extension/1001"),
        before=ADA, after={**ADA, "secret": Secret(None, "f1")}, fields=(),
    )  # fmt: skip
    gone, put = encode(change, SETUP)
    assert (gone.verb, gone.args["object"]) == ("drop", "extension/1001")
    assert put.args["object"] == "extension/2001"
    assert line(put, "2001-auth", "password") == [
        {"keep": ["pjsip", "1001-auth", "password", "(.*)"]}
    ]
    assert line(put, "default", "2001")[0]["keep"][:3] == ["vm", "default", "1001"]


def test_what_is_left_of_a_box_goes_with_its_extension() -> None:
    # As after a run that was killed when it had removed the box's line alone.
    left = {"name": "Ada", "voicemail.enabled": False}
    (request,) = encode(Delete(at("extension/1001"), *ABOUT, before=left), SETUP)
    assert {"vm [default]", "ext [rec-voicemail-1001]"} <= titles(request, "drop")


def test_what_is_forgotten_is_not_touched() -> None:
    forget = Forget(at("extension/1001"), *ABOUT)
    assert encode(forget, SETUP) == ()
    assert finish([forget], {at("extension/1001"): ADA}, (), SETUP) is None


def test_only_what_was_touched_is_reloaded() -> None:
    change = Create(at("ring_group/600"), *ABOUT, after=office()[at("ring_group/600")])
    end = finish([change], office(), (), SETUP)
    assert end is not None
    assert end.requests[-1] == Request("reload", {"modules": ["pbx_config.so"]})
    assert end.summary == "reload dialplan"


@pytest.mark.parametrize(
    ("member", "changed", "modules"),
    [
        ("+16035550199", "outbound_route/out", ["pbx_config.so", "app_queue.so"]),
        ("+16035550199", "extension/16035550199", ["pbx_config.so", "app_queue.so"]),
        ("+16035550199", "ring_group/600", ["pbx_config.so"]),
        ("1001", "outbound_route/out", ["pbx_config.so"]),
    ],
)
def test_a_queue_looks_again_whether_members_outside_can_be_called(
    member: str, changed: str, modules: list[str]
) -> None:
    made: dict[str, Fields] = {
        "outbound_route/out": {"order": 1, "patterns": [{"match": "X."}], "trunks": ["a"]},
        "extension/16035550199": {"name": "Long"},
        "ring_group/600": {"name": "Desk", "members": ["1001"]},
    }
    queue: Fields = {"name": "Support", "members": [{"extension": member}]}
    objects = {at("queue/700"): queue, at(changed): made[changed]}
    end = finish([Create(at(changed), *ABOUT, after=made[changed])], objects, (), SETUP)
    assert end is not None
    assert end.requests[-1] == Request("reload", {"modules": modules})


def test_an_extension_reloads_pjsip_then_voicemail_then_the_dialplan() -> None:
    end = finish([Create(at("extension/1001"), *ABOUT, after=ADA)], office(), (), SETUP)
    assert end is not None
    modules = ["res_pjsip.so", "app_voicemail.so", "pbx_config.so"]
    assert end.requests[-1] == Request("reload", {"modules": modules})


def test_a_commit_that_is_owed_writes_and_reloads_everything() -> None:
    everything = finish([], office(), (), SETUP)
    one = finish([Create(at("extension/1001"), *ABOUT, after=ADA)], office(), (), SETUP)
    assert everything is not None
    assert one is not None
    assert len(everything.requests) > len(one.requests)
    assert len(everything.requests[-1].args["modules"]) == 7


def test_what_an_earlier_run_owes_is_made_up_for_by_any_change() -> None:
    # It may have written phones and boxes, which this change has nothing to do with.
    changes = [Update(at("ivr/main"), *ABOUT, office()[at("ivr/main")], {}, fields=())]
    end = finish(changes, office(), (), SETUP, owed=True)
    assert end is not None
    assert end == finish([], office(), (), SETUP)
    forget = Forget(at("extension/1001"), *ABOUT)
    assert finish([forget], office(), (), SETUP, owed=True) == end


def test_a_change_rewrites_its_own_buckets_only() -> None:
    end = finish([Create(at("extension/1001"), *ABOUT, after=ADA)], office(), (), SETUP)
    assert end is not None
    objects = {each.args["object"] for each in end.requests if each.verb == "put"}
    assert "index/rec-exts-01" in objects
    assert not any(each.startswith(("index/rec-exts-1", "index/rec-dids-")) for each in objects)


def test_the_last_object_takes_the_index_with_it() -> None:
    end = finish([Delete(at("extension/1001"), *ABOUT, before=ADA)], {}, (), SETUP)
    assert end is not None
    assert {each.verb for each in end.requests} == {"drop", "reload"}
    dropped = {each.args["object"] for each in end.requests if each.verb == "drop"}
    assert dropped >= {"index/from-internal", "index/rec-internal", "index/rec-exts-01"}


def test_what_goes_leaves_an_edited_index_too() -> None:
    # As after a killed run: rows of what it wrote are missing, and this one deletes the rest.
    gone = Delete(at("extension/1003"), *ABOUT, before=ADA)
    edits = (Edit("rec_ext [rec-exts-01]", "2 lines", None),)
    end = finish([gone], {at("extension/1001"): ADA}, edits, SETUP)
    assert end is not None
    verbs = {each.args["object"]: each.verb for each in end.requests[:-1]}
    assert verbs["index/rec-exts-13"] == "drop"
    assert verbs["index/rec-exts-01"] == "put"


def test_the_index_does_not_depend_on_the_order_of_objects() -> None:
    forwards, backwards = office(), dict(reversed(list(office().items())))
    assert finish([], forwards, (), SETUP) == finish([], backwards, (), SETUP)
    assert finish([], forwards, (), replace(SETUP, country="GB")) != finish([], forwards, (), SETUP)


def test_a_secret_that_is_not_there_any_more_fails_the_step() -> None:
    route = office()[at("outbound_route/world")] | {"pin": Secret(None, "f")}
    change = Update(at("outbound_route/world"), *ABOUT, before=route, after=route, fields=())
    (request,) = encode(change, SETUP)
    with pytest.raises(Unsound):
        fill_kept(request, lambda *_: ["n,Hangup()"])


@pytest.mark.parametrize("path", ["pin", "admin_pin"])
def test_each_of_two_pins_is_kept_as_it_is(path: str) -> None:
    room = office()[at("conference/721")] | {path: Secret(None, "f")}
    change = Update(at("conference/721"), *ABOUT, before=room, after=room, fields=())
    (request,) = encode(change, SETUP)
    (made,) = encode(
        Create(at("conference/721"), *ABOUT, after=office()[at("conference/721")]), SETUP
    )
    lines = [plain(v) for each in made.args["sections"] for _, v in each[3] if each[0] == "ext"]
    filled = fill_kept(request, lambda *_: lines)
    assert [
        plain(v) for each in filled.args["sections"] for _, v in each[3] if each[0] == "ext"
    ] == (lines)


def plain(value: Any) -> str:
    """Return a line's value as text, secrets in clear."""
    if isinstance(value, list):
        return "".join(plain(part) for part in value)
    return value.reveal() if isinstance(value, Clear) else str(value)


def test_a_new_write_puts_an_edited_index_right_and_removes_strays() -> None:
    edits = (
        Edit("rec_ext [rec-exts-13]", "exten = 1003,1,Goto(x)", "exten = 1003,1,Goto(y)"),
        Edit("rec_pjsip [backdoor]", None, "4 lines"),
    )
    end = finish([], office(), edits, SETUP)
    assert end is not None
    assert Request(
        "drop", {"object": "index/backdoor", "drop": [["pjsip", "backdoor", False]]}
    ) in (end.requests)
    assert any(each.args.get("object") == "index/rec-exts-13" for each in end.requests)
    assert "res_pjsip.so" in end.requests[-1].args["modules"]
