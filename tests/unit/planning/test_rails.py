"""Safety rails: each fires where it should, keeps still where it should, and can be overridden."""

import pytest

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.kinds.rails import DEFAULT_RAILS
from reconciler.model.live import Ahead, Leading, Loss, Met, Way
from reconciler.model.resource import Meta, Waiver
from reconciler.model.secret import Secret
from reconciler.planning.plan import plan
from reconciler.planning.rails.check import FLAGLESS, RAILS
from reconciler.testing.building import (
    answered,
    desired,
    live,
    owned,
    ownership,
    pbx,
    resource,
    there,
)
from tests.unit.planning.paper import PaperAdapter

ADA = resource("extension/office/1001", name="Ada")
BEN = resource("extension/office/1002", name="Ben")


def people(count, start=2000):
    return [
        resource(f"extension/office/{start + n}", name=f"Person {n}", ring_time=20)
        for n in range(count)
    ]


def make(wish, objects=(), rows=(), *, overrides=None, adapter=None, weak=(), lacking="", **answer):
    now = live(answered(objects, **answer))
    adapters = {"memory": adapter or PaperAdapter()}
    return plan(
        wish, now, ownership(*rows), adapters, overrides=overrides, weak=weak, lacking=lacking
    )


def as_live(resources, **changed):
    return [there(each.address, {**each.fields, **changed}) for each in resources]


def found(result, rail):
    return [each for each in result.refusals if each.rail == rail]


def rails_of(result):
    return {each.rail for each in result.refusals}


def trunk(**fields):
    return resource("trunk/office/carrier", {"host": "h", "mode": "ip", **fields})


def emergency(**fields):
    values = {
        "order": 1,
        "patterns": [{"match": "911"}],
        "trunks": ["carrier"],
        "emergency": True,
        **fields,
    }
    return resource("outbound_route/office/911", values)


def route(to, **meta):
    return resource("inbound_route/office/+16035550100", destination=to, meta=Meta(**meta))


BOX = {"voicemail.email": "ada@example.com"}

# For every rail: a plan that it stops, and the same with a small difference that it lets pass.


def deleting(count, of):
    all_of_them = people(of)
    kept = all_of_them[count:]
    return make(desired(kept, [pbx()]), as_live(all_of_them), map(owned, all_of_them))


def changing(count, of):
    all_of_them = people(of)
    objects = [
        there(each.address, {**each.fields, "ring_time": 99 if n < count else 20})
        for n, each in enumerate(all_of_them)
    ]
    return make(desired(all_of_them), objects, map(owned, all_of_them))


def protecting(protected, *, delete=True):
    row = owned(ADA, protect=protected)
    wish = [BEN] if delete else [ADA, BEN]
    return make(desired(wish), as_live([ADA, BEN]), [row, owned(BEN)])


def releasing(said):
    number = route("extension/1001")
    removed = [(str(number.address), True)] if said else []
    return make(
        desired([ADA], removed=removed), as_live([ADA, number]), [owned(ADA), owned(number)]
    )


def losing_emergency(*beside, by_hand=None, **after):
    now = [trunk(), emergency()]
    wish = [trunk(**after.get("trunk", {})), emergency(**after.get("route", {})), *beside]
    live = [there(now[0].address, now[0].fields),
            there(now[1].address, {**now[1].fields, **(by_hand or {})})]  # fmt: skip
    return make(desired(wish), live, map(owned, now))


def outside(order, match, **fields):
    values = {"order": order, "patterns": [{"match": match, **fields}], "trunks": ["carrier"]}
    return resource("outbound_route/office/out", values)


def taking(*matches):
    return {"patterns": [{"match": each} for each in matches]}


def losing_number(to, before="extension/1001", **meta):
    box = resource("announcement/office/closed", file="closed")
    now = [ADA, box, route(before)]
    wish = [ADA, box, route(to, **({"protect": True} | meta))]
    return make(desired(wish), as_live(now), map(owned, now))


def opening(pattern, **fields):
    wish = resource(
        "outbound_route/office/all",
        {"order": 1, "patterns": [{"match": pattern}], "trunks": ["carrier"], **fields},
    )
    return make(desired([trunk(), wish]))


def overwriting(ring_time):
    return make(desired([resource(ADA.address, name="Ada", ring_time=ring_time)]), as_live([ADA]))


LOSS = Loss("a caller id of its own", "say that it is no loss")


def losing(name, loss=LOSS):
    objects = [there(each.address, each.fields)._replace(loses=loss) for each in (ADA, BEN)]
    wish = [resource(ADA.address, name=name), resource(BEN.address, name=name)]
    wish = wish if name != "Ada" else [ADA, BEN]
    return make(desired(wish), objects, [owned(ADA), owned(BEN)])


def locked(name):
    objects = [there(ADA.address, name="Ada", locked="it stands in pjsip.conf")]
    return make(desired([resource(ADA.address, name=name)]), objects, [owned(ADA)])


def leading_to(member, *, was=None, **more):
    """A group that rings Ada, who stands in a file of somebody else's, or somebody who is ours."""
    there_now = [there(ADA.address, name="Ada", locked="it stands in pjsip.conf"), *as_live([BEN])]
    group = resource("ring_group/office/600", name="Desk", members=[member], **more)
    if was is not None:
        there_now.append(there(group.address, name="Office", members=[was]))
    return make(desired([ADA, BEN, group]), there_now, [owned(ADA), owned(BEN), owned(group)])


def orphaning(member):
    group = there("ring_group/office/600", name="theirs", members=[member])
    return make(desired([BEN]), [*as_live([ADA, BEN]), group], [owned(ADA), owned(BEN)])


def numbered(key, number="1001"):
    clock = there("ivr/office/clock", number=number)
    wish = desired([resource(f"ring_group/office/{key}", members=["1002"]), BEN])
    return make(wish, [*as_live([ADA, BEN]), clock], [owned(BEN)])


def answered_first(takes, *fields, kind="ring_group/office/600", way: Way = "number", **more):
    line = Ahead(takes, f"exten => {takes}", "extensions.conf [x]", frozenset([way]), **more)
    given = resource(kind, dict(fields))
    return make(desired([given]), ahead=[line])


def routed_after(takes, match, *, emergency=False, **more):
    fields = [("patterns", [{"match": match}]), ("emergency", emergency), ("trunks", [])]
    return answered_first(takes, *fields, kind="outbound_route/office/r", way="route", **more)


def reached_after(takes, **more):
    return answered_first(takes, kind="inbound_route/office/+16035550100", way="did", **more)


def reloading(*, change=True, pending="3 changes", **more):
    wish = [resource(ADA.address, name="Ada B" if change else "Ada")]
    return make(desired(wish), as_live([ADA]), [owned(ADA)], pending_reload=pending, **more)


def with_calls(calls, limit):
    policy = {} if limit is None else {"reload.max_active_calls": limit}
    wish = desired([resource(ADA.address, name="Ada B")], policy=policy)
    return make(wish, as_live([ADA]), [owned(ADA)], active_calls=calls)


def letting_in(match, before=None, **more):
    now = [] if before is None else [trunk(match=before)]
    return make(desired([trunk(match=match, **more)], [pbx()]), as_live(now), map(owned, now))


def with_weak(severity, name="Ada B"):
    wish = desired([resource(ADA.address, name=name)], policy={"rails": {
        "weak-secret": {"severity": severity}}})  # fmt: skip
    place = next(iter(wish.resources.values())).origin.at("secret")
    weak = [Diagnostic("weak-secret", "It is guessed.", place, "another one", "warning")]
    return make(wish, as_live([ADA]), [owned(ADA)], weak=weak)


def answering(*, before=None, **fields):
    wish = resource(ADA.address, {"name": "Ada", **fields})
    now = [] if before is None else [there(ADA.address, {"name": "Ada", **before})]
    return make(desired([wish]), now, [owned(ADA)] if now else [])


def switching_off(calls):
    now = [trunk(channels=2), resource("trunk/office/spare", host="h", mode="ip", channels=2)]
    wish = [now[0], resource("trunk/office/spare", {**now[1].fields, "enabled": False})]
    return make(desired(wish), as_live(now), map(owned, now), active_calls=calls)


def losing_secrets(lost, of=10, *, has_journal=True):
    everybody, now, rows = [], [], []
    for n, each in enumerate(people(of)):
        name = f"generated:{each.address}/secret"
        kept = Secret(name, None if n < lost else "fp1")
        everybody.append(resource(each.address, {**each.fields, "secret": kept}))
        now.append(there(each.address, {**each.fields, "secret": Secret(None, "fp1")}))
        rows.append(owned(str(each.address), {**each.fields, "secret": Secret(name, "fp1")}))
    return make(desired(everybody, [pbx()]), now, rows if has_journal else ())


def renaming(new, name):
    old = resource("extension/office/1001", {"name": "Ada"})
    others = people(10, start=1100)
    wish = [*others, resource(f"extension/office/{new}", {"name": name})]
    return make(desired(wish, [pbx()]), as_live([*others, old]), [owned(e) for e in (*others, old)])


def from_elsewhere(name):
    wish = desired([resource(ADA.address, name=name)], [pbx()])
    return make(wish, as_live([ADA]), [owned(ADA)], lacking="run 7 by ann applied commit abc1234")


def removing(*, destroy):
    stray = resource("extension/office/1001", {"name": "Ada"})
    said = [(str(stray.address), destroy)]
    return make(desired(people(3), [pbx()], removed=said), as_live([*people(3), stray]))


def narrowing(channels, calls, before=None):
    now, wish = trunk(channels=before), trunk(channels=channels)
    return make(desired([wish], [pbx()]), as_live([now]), [owned(now)], active_calls=calls)


CASES = [
    ("too-many-deletes", lambda: deleting(6, 100), lambda: deleting(5, 100)),
    ("too-many-changes", lambda: changing(21, 100), lambda: changing(20, 100)),
    ("shrunk-desired", lambda: deleting(51, 100), lambda: deleting(50, 100)),
    ("shrunk-desired", lambda: deleting(2, 3), lambda: deleting(1, 3)),
    ("shrunk-desired", lambda: deleting(1, 1), lambda: deleting(1, 2)),
    ("protected-object", lambda: protecting(True), lambda: protecting(False)),
    ("protected-object", lambda: protecting(True), lambda: protecting(True, delete=False)),
    ("number-release", lambda: releasing(False), lambda: releasing(True)),
    (
        "emergency-route",
        lambda: losing_emergency(route={"emergency": False}),
        lambda: losing_emergency(route={"recording": True}),
    ),
    (
        "emergency-route",
        lambda: losing_emergency(trunk={"enabled": False}),
        lambda: losing_emergency(trunk={"channels": 2}),
    ),
    (
        "emergency-route",
        lambda: losing_emergency(route={"enabled": False}),
        lambda: losing_emergency(),
    ),
    (
        "emergency-route",
        lambda: losing_emergency(route=taking("912")),
        lambda: losing_emergency(route=taking("911", "112")),
    ),
    (
        "emergency-route",
        lambda: losing_emergency(route=taking("9911")),
        lambda: losing_emergency(route=taking("9X1")),
    ),
    (
        "emergency-route",
        lambda: losing_emergency(outside(1, "9XX"), route={"order": 2}),
        lambda: losing_emergency(outside(2, "9XX")),
    ),
    (
        "emergency-route",
        lambda: losing_emergency(outside(1, "911"), route={"order": 2}),
        lambda: losing_emergency(outside(1, "911", caller_id="1001"), route={"order": 2}),
    ),
    (
        "emergency-route",
        lambda: losing_emergency(by_hand=taking("911", "112"), route=taking("112")),
        lambda: losing_emergency(by_hand=taking("911", "112")),
    ),
    (
        "protected-number",
        lambda: losing_number("hangup"),
        lambda: losing_number("hangup", protect=False),
    ),
    (
        "protected-number",
        lambda: losing_number("voicemail/1001"),
        lambda: losing_number("external/+441134960100"),
    ),
    (
        "protected-number",
        lambda: losing_number("announcement/closed"),
        lambda: losing_number("hangup", before="announcement/closed"),
    ),
    ("toll-fraud", lambda: opening("00."), lambda: opening("00.", classes=["boss"])),
    ("toll-fraud", lambda: opening("_X."), lambda: opening("NXXNXXXXXX")),
    ("open-acl", lambda: letting_in(["0.0.0.0/0"]), lambda: letting_in(["192.0.2.0/24"])),
    ("open-acl", lambda: letting_in(["198.0.0.0/8"]), lambda: letting_in(["10.0.0.0/8"])),
    ("open-acl", lambda: letting_in(["::/0"]), lambda: letting_in(["0.0.0.0/0"], ["0.0.0.0/0"])),
    ("open-acl", lambda: letting_in(["::/0"]), lambda: letting_in(["2001:db8::/32", "a.example"])),
    ("open-acl", lambda: letting_in(["::/0"]), lambda: letting_in(["::/0"], ["::/0"], channels=2)),
    ("weak-secret", lambda: with_weak("refuse"), lambda: with_weak("warn")),
    ("weak-secret", lambda: with_weak("refuse"), lambda: with_weak("refuse", name="Ada")),
    (
        "open-mailbox",
        lambda: answering(**BOX),
        lambda: answering(**BOX, **{"voicemail.pin": Secret("generated:x")}),
    ),
    (
        "open-mailbox",
        lambda: answering(before={}, **BOX),
        lambda: answering(before=BOX, **{"voicemail.email": "b@example.com"}),
    ),
    (
        "open-mailbox",
        lambda: answering(**BOX),
        lambda: answering(**{"voicemail.enabled": False}),
    ),
    ("lost-secrets", lambda: losing_secrets(4), lambda: losing_secrets(3)),
    ("unsaid-move", lambda: renaming("2001", "Ada"), lambda: renaming("2001", "Ada Okafor")),
    ("not-in-history", lambda: from_elsewhere("Ada B"), lambda: from_elsewhere("Ada")),
    ("removed-stays", lambda: removing(destroy=True), lambda: removing(destroy=False)),
    (
        "lost-secrets",
        lambda: losing_secrets(4, has_journal=False),
        lambda: losing_secrets(3, has_journal=False),
    ),
    ("capacity", lambda: narrowing(2, 3), lambda: narrowing(3, 3)),
    ("capacity", lambda: narrowing(2, 3, before=4), lambda: narrowing(2, 3, before=1)),
    ("capacity", lambda: switching_off(3), lambda: switching_off(2)),
    ("foreign-object", lambda: overwriting(30), lambda: make(desired([ADA]), as_live([ADA]))),
    ("locked-object", lambda: locked("Ada B"), lambda: locked("Ada")),
    ("leads-to-locked", lambda: leading_to("1001"), lambda: leading_to("1002")),
    (
        "leads-to-locked",
        lambda: leading_to("1002", no_answer="voicemail/1001"),
        lambda: leading_to("1001", was="1001"),
    ),
    ("change-loses", lambda: losing("Ada B"), lambda: losing("Ada")),
    ("change-loses", lambda: losing("Ada B"), lambda: losing("Ada B", None)),
    (
        "change-loses",
        lambda: losing("Ada B", LOSS._replace(unless=(("name", "Ada C"),))),
        lambda: losing("Ada B", LOSS._replace(unless=(("name", "Ada B"),))),
    ),
    ("still-referenced", lambda: orphaning("1001"), lambda: orphaning("1002")),
    ("number-taken", lambda: numbered("1001"), lambda: numbered("600")),
    ("number-taken", lambda: numbered("600", number="600"), lambda: numbered("600", number="7")),
    ("number-taken", lambda: answered_first("600"), lambda: answered_first("601")),
    ("number-taken", lambda: answered_first("6XX"), lambda: answered_first("600", way="did")),
    ("number-taken", lambda: routed_after("X.", "9NXX"), lambda: routed_after("9NX", "9NXX")),
    ("number-taken", lambda: reached_after("16035550100"), lambda: reached_after("5550100")),
    (
        "number-taken",
        lambda: answered_first("*55", ("override_code", "*55"), kind="schedule/office/hours"),
        lambda: answered_first("*55", ("override_code", "*56"), kind="schedule/office/hours"),
    ),
    (
        "number-taken",
        lambda: answered_first("703", ("slots", "701-720"), kind="parking_lot/office/700"),
        lambda: answered_first("721", ("slots", "701-720"), kind="parking_lot/office/700"),
    ),
    (
        "number-taken",  # no part of a call for help may go elsewhere
        lambda: routed_after("911", "9X!", emergency=True),
        lambda: routed_after("911", "9X!"),
    ),
    (
        "emergency-context",
        lambda: dialling_in("wards", met("line", "600")),
        lambda: dialling_in("wards", met("line", "600"), met("routes")),
    ),
    ("number-overlap", lambda: routed_after("911", "9X!"), lambda: routed_after("811", "9X!")),
    (
        "number-overlap",
        lambda: answered_first("600", partly="from 1001"),
        lambda: answered_first("600"),
    ),
    ("pending-reload", lambda: reloading(), lambda: reloading(change=False)),
    ("pending-reload", lambda: reloading(), lambda: reloading(pending=None)),
    ("active-calls", lambda: with_calls(4, 3), lambda: with_calls(3, 3)),
    ("active-calls", lambda: with_calls(1, 0), lambda: with_calls(99, None)),
    ("active-calls", lambda: with_calls(1, 0), lambda: with_calls(None, 0)),
]


@pytest.mark.parametrize(("rail", "bad", "good"), CASES, ids=[case[0] for case in CASES])
def test_a_rail_fires_where_it_should_and_nowhere_else(rail, bad, good):
    hits = found(bad(), rail)
    assert hits
    for hit in hits:
        assert hit.diagnostic.code == rail
        assert hit.diagnostic.detail.endswith(".")
        assert hit.diagnostic.hint
        if rail not in FLAGLESS:
            assert f"--allow {rail} --reason" in hit.diagnostic.hint
    assert not found(good(), rail)


def test_every_rail_has_a_case():
    assert {case[0] for case in CASES} == set(RAILS)


def test_every_rail_that_the_policy_names_with_a_limit_is_one_that_is_looked_at():
    planned = {name for name, limit in DEFAULT_RAILS.items() if limit.share or limit.count}
    assert planned <= set(RAILS)


def test_a_harmless_plan_meets_no_rail():
    now = [*people(10), ADA]
    wish = [*people(10), resource(ADA.address, name="Ada B"), BEN]
    assert make(desired(wish), as_live(now), map(owned, now)).refusals == ()


def test_a_number_that_is_answered_first_is_told_with_the_line_and_the_way_out():
    (hit,) = found(answered_first("6XX"), "number-taken")
    assert hit.diagnostic.detail == (
        "600 would not reach ring_group/office/600: `exten => 6XX`, written by hand in "
        "extensions.conf [x], comes first there."
    )
    assert hit.diagnostic.hint.startswith("take that line out there and reload, or choose another")
    (hit,) = found(routed_after("911", "911", emergency=True), "number-taken")
    assert "It is a call for help." in hit.diagnostic.detail
    (hit,) = found(routed_after("911", "9X!", emergency=True), "number-taken")
    assert hit.diagnostic.detail.startswith("Some calls to 9X! would not reach")


def test_a_password_that_would_be_overwritten_can_be_kept():
    for hit in found(losing_secrets(2, has_journal=False), "foreign-object"):
        assert "secrets recover office; or take it over first" in hit.diagnostic.hint
    (hit,) = found(overwriting(30), "foreign-object")
    assert "recover" not in hit.diagnostic.hint


def test_what_was_given_before_is_not_told_again():
    line = Ahead("600", "exten => 600", "extensions.conf [x]", frozenset({"number"}))
    now = resource("ring_group/office/600", name="Reception")
    wish = desired([resource("ring_group/office/600", name="Desk")])
    assert not found(make(wish, as_live([now]), [owned(now)], ahead=[line]), "number-taken")


# What the policy says


def policed(rail, **limit):
    everybody = people(10)
    wish = desired(everybody[3:], [pbx()], policy={"rails": {rail: limit}})
    return make(wish, as_live(everybody), map(owned, everybody))


def test_a_refusal_stops_the_plan_and_a_warning_does_not():
    assert policed("too-many-deletes").refused
    warned = policed("too-many-deletes", severity="warn")
    assert found(warned, "too-many-deletes")[0].diagnostic.severity == "warning"
    assert warned.refused == ()


def test_off_is_not_looked_at():
    assert "too-many-deletes" not in rails_of(policed("too-many-deletes", severity="off"))


@pytest.mark.parametrize(
    ("limit", "fires"),
    [
        ({"share": 30}, False),
        ({"share": 29}, False),
        ({"share": 20, "count": 25}, True),
        ({"share": 100, "count": 2}, True),
        ({"share": 100, "count": 3}, False),
        ({"share": 100, "count": 0}, True),
    ],
)
def test_the_policys_limits_hold(limit, fires):
    assert bool(found(policed("too-many-deletes", **limit), "too-many-deletes")) is fires


def test_a_share_always_lets_two_pass():
    assert not found(deleting(2, 4), "too-many-deletes")
    assert found(deleting(3, 5), "too-many-deletes")


def test_a_share_of_changes_lets_ten_pass_where_there_are_few():
    """Of a small office's three people all three may change: a person reads that."""
    assert not found(changing(3, 3), "too-many-changes")
    assert not found(changing(10, 12), "too-many-changes")
    assert found(changing(11, 12), "too-many-changes")


def test_a_reason_allows_and_is_kept():
    everybody = people(10)
    wish = desired(everybody[3:], [pbx()])
    result = make(
        wish,
        as_live(everybody),
        map(owned, everybody),
        overrides={"too-many-deletes": "office closed"},
    )
    assert [each.allowed for each in found(result, "too-many-deletes")] == ["office closed"]
    assert result.refused == ()


def test_allowing_one_rail_allows_no_other():
    now = [ADA, BEN, route("extension/1001")]
    result = make(
        desired([], [pbx()]),
        as_live(now),
        map(owned, now),
        overrides={"number-release": "sold"},
    )
    assert {each.rail for each in result.refused} == {"shrunk-desired"}


@pytest.mark.parametrize("severity", ["warn", "off"])
def test_what_cannot_be_done_is_refused_whatever_anybody_says(severity):
    objects = [there(ADA.address, name="Ada", locked="it stands in pjsip.conf")]
    wish = desired(
        [resource(ADA.address, name="Ada B")],
        policy={"rails": {"locked-object": {"severity": severity}}},
    )
    result = make(wish, objects, [owned(ADA)], overrides={"locked-object": "please"})
    assert [each.rail for each in result.refused] == ["locked-object"]


def test_a_locked_object_that_is_not_ours_is_refused_once_by_the_rail_without_an_override():
    objects = [there(ADA.address, name="Ada", locked="it stands in pjsip.conf")]
    result = make(desired([resource(ADA.address, name="Ada B")]), objects)
    assert [each.rail for each in result.refused] == ["locked-object"]


# What a refusal says


def test_what_a_change_would_lose_is_told_once_for_all():
    result = losing("Both")
    (hit,) = found(result, "change-loses")
    assert hit.diagnostic.severity == "warning"
    assert "Ada (1001), Ben (1002) on office have a caller id of its own" in hit.diagnostic.detail
    assert hit.diagnostic.hint == LOSS.way_out
    assert result.refused == ()


def test_a_refusal_says_how_many_against_which_limit_and_who_is_hit():
    hit = found(deleting(7, 100), "too-many-deletes")[0].diagnostic
    assert "7 of 100 extension objects on office would be deleted" in hit.detail
    assert "5 % or 25" in hit.detail
    assert "Person 0 (2000)" in hit.detail
    assert "and 2 more" in hit.detail


def test_a_pbx_of_which_nothing_is_left_in_the_files_is_told_once():
    (hit,) = found(deleting(100, 100), "shrunk-desired")
    assert "Nothing is declared on office any more" in hit.diagnostic.detail


def test_limits_count_per_kind_and_per_pbx():
    away = [resource(f"extension/branch/{n}", name="x") for n in range(100, 103)]
    here = people(3)
    now = live(answered(as_live(here)), answered(as_live(away), "pbx/branch"))
    rows = ownership(*map(owned, [*here, *away]))
    wish = desired([here[2], away[2]], [pbx(), pbx("branch")])
    result = plan(wish, now, rows, {"memory": PaperAdapter()})
    assert not found(result, "too-many-deletes")


def test_replacing_counts_as_deleting_and_needs_the_same_courage():
    adapter = PaperAdapter(immutable=["transport"])
    everybody = [resource(each.address, name="x", transport="tls") for each in people(5)]
    objects = [there(each.address, name="x", transport="udp") for each in everybody]
    rows = [owned(each, transport="udp", protect=True) for each in everybody]
    result = make(desired(everybody), objects, rows, adapter=adapter)
    assert found(result, "too-many-deletes")
    assert len(found(result, "protected-object")) == 5


def test_replacing_what_is_not_ours_is_overwriting_it():
    wish = desired([resource(ADA.address, name="Ada", transport="tls")])
    objects = [there(ADA.address, name="Ada", transport="udp")]
    result = make(wish, objects, adapter=PaperAdapter(immutable=["transport"]))
    assert found(result, "foreign-object")


def test_replacing_what_is_ours_overwrites_nobody():
    wish = desired([resource(ADA.address, name="Ada", transport="tls")])
    objects = [there(ADA.address, name="Ada", transport="udp")]
    rows = [owned(ADA, transport="udp")]
    result = make(wish, objects, rows, adapter=PaperAdapter(immutable=["transport"]))
    assert [type(each).__name__ for each in result.changes] == ["Replace"]
    assert not found(result, "foreign-object")


def test_what_stands_in_a_file_of_somebodys_own_cannot_be_moved_out_of_it():
    wish = desired(
        [resource("extension/office/1011", name="Ada")],
        moved=[("extension/office/1001", "extension/office/1011")],
    )
    objects = [there(ADA.address, name="Ada", locked="it stands in pjsip.conf")]
    assert found(make(wish, objects, [owned(ADA)]), "locked-object")


def test_protection_holds_after_the_entry_has_left_the_files():
    result = make(desired([BEN]), as_live([ADA, BEN]), [owned(ADA, protect=True), owned(BEN)])
    assert "left the files" in found(result, "protected-object")[0].diagnostic.detail


def test_protection_that_was_just_declared_holds_at_once():
    adapter = PaperAdapter(immutable=["transport"])
    wish = desired([resource(ADA.address, {"transport": "tls"}, meta=Meta(protect=True))])
    objects = [there(ADA.address, transport="udp")]
    result = make(wish, objects, [owned(ADA.address.__str__(), transport="udp")], adapter=adapter)
    assert found(result, "protected-object")


def test_a_move_that_orphans_somebody_elses_object_is_refused():
    group = there("ring_group/office/600", name="theirs", members=["1001"])
    wish = desired(
        [resource("extension/office/1011", name="Ada")],
        moved=[("extension/office/1001", "extension/office/1011")],
    )
    result = make(wish, [*as_live([ADA]), group], [owned(ADA)])
    assert "would be moved" in found(result, "still-referenced")[0].diagnostic.detail


def told_of(result):
    return [each.diagnostic.detail for each in found(result, "still-referenced")]


def test_what_hand_written_lines_lead_to_is_not_deleted_or_moved_unsaid():
    lines = [
        Leading("extension", "1001", "PJSIP/1001", "extensions.conf [door]"),
        Leading("", "1001", "Local/1001@in", "extensions.conf [night]"),
        Leading("extension", "1002", "PJSIP/1002", "extensions.conf [door]"),
    ]
    result = make(desired([BEN]), as_live([ADA, BEN]), [owned(ADA), owned(BEN)], leading=lines)
    (deleted,) = told_of(result)
    assert deleted == (
        "extension/office/1001 would be deleted, but `PJSIP/1001`, `Local/1001@in`, written by "
        "hand in extensions.conf [door], [night], would still lead to it."
    )
    wish = desired(
        [resource("extension/office/1011", name="Ada")],
        moved=[("extension/office/1001", "extension/office/1011")],
    )
    (moved,) = told_of(make(wish, as_live([ADA]), [owned(ADA)], leading=lines))
    assert moved.startswith("extension/office/1001 would be moved, but `PJSIP/1001`")
    group = resource("ring_group/office/1001", name="Ada's", members=[])
    result = make(desired([group]), as_live([ADA]), [owned(ADA)], leading=lines[1:2])
    assert told_of(result) == []  # the number still leads somewhere


def test_a_trunk_that_gets_another_name_is_told_with_what_dials_it():
    line = Leading(
        "trunk", "carrier", "PJSIP/…@carrier", "extensions.conf [help]", "…@trunk-carrier"
    )
    (refusal,) = found(make(desired([trunk()]), leading=[line]), "still-referenced")
    assert "`PJSIP/…@carrier`, written by hand in extensions.conf [help]" in str(refusal.diagnostic)
    assert "write `…@trunk-carrier` there and do not reload" in refusal.diagnostic.hint
    by_ael = line._replace(where="extensions.ael [help]", reload="ael reload")
    (refusal,) = found(make(desired([trunk()]), leading=[by_ael]), "still-referenced")
    assert "let those lines try `…@trunk-carrier` first" in str(refusal.diagnostic.hint)
    assert "`ael reload`" in str(refusal.diagnostic.hint)
    assert "do not reload" not in str(refusal.diagnostic.hint)
    other = line._replace(line="PJSIP/…@trunk-carrier", instead="")
    assert not found(make(desired([trunk()]), leading=[other]), "still-referenced")
    assert found(
        make(desired(), as_live([trunk()]), [owned(trunk())], leading=[other]), "still-referenced"
    )


def test_a_mailbox_that_stands_before_ours_is_told_whenever_it_would_change():
    line = Ahead("1001@default", "1001 => ...", "voicemail.conf [default]", frozenset({"box"}))
    boxed = resource(ADA.address, {"name": "Ada", "voicemail.email": "ada@example.com"})
    new = resource(ADA.address, {"name": "Ada", "voicemail.email": "new@example.com"})
    (told,) = found(make(desired([boxed]), ahead=[line]), "number-taken")
    assert "would write for mailbox 1001@default would count for nothing" in str(told.diagnostic)
    assert found(
        make(desired([new]), as_live([boxed]), [owned(boxed)], ahead=[line]), "number-taken"
    )
    longer = resource(ADA.address, {**boxed.fields, "ring_time": 9})
    quiet = make(desired([longer]), as_live([boxed]), [owned(boxed)], ahead=[line])
    assert not found(quiet, "number-taken")
    assert not found(make(desired([ADA]), ahead=[line]), "number-taken")


def test_deleting_together_with_what_refers_to_it_is_no_orphan():
    group = resource("ring_group/office/600", name="x", members=["1001"])
    now = [ADA, BEN, group]
    assert not found(make(desired([BEN]), as_live(now), map(owned, now)), "still-referenced")


def test_protected_numbers_of_the_policy_need_no_entry():
    now = [ADA, route("extension/1001")]
    wish = desired([ADA, route("hangup")], policy={"protected_numbers": ["+16035550100"]})
    assert found(make(wish, as_live(now), map(owned, now)), "protected-number")


def test_a_reload_that_we_owe_ourselves_is_not_somebody_elses():
    now = live(answered(as_live([ADA]), pending_reload="1 change"))
    rows = ownership(owned(ADA), owed={"pbx/office": "killed"})
    result = plan(desired([resource(ADA.address, name="B")]), now, rows, {"memory": PaperAdapter()})
    assert not found(result, "pending-reload")


def test_outside_numbers_must_begin_as_the_policy_allows():
    def forwarding(to, before=None):
        wish = desired(
            [resource(ADA.address, {"name": "Ada B", "forward.always": to})],
            policy={"allowed_outbound_prefixes": ["+1603"]},
        )
        here = there(ADA.address, {"name": "Ada", **({"forward.always": before} if before else {})})
        return found(make(wish, [here], [owned(ADA)]), "toll-fraud")

    assert forwarding("+19005550100")
    assert forwarding("external/9005550100")
    assert not forwarding("+16035550100")
    assert not forwarding("1002")


def test_a_forward_that_a_user_set_from_the_phone_does_not_stop_other_changes():
    wish = desired(
        [resource(ADA.address, name="Ada B")], policy={"allowed_outbound_prefixes": ["+1603"]}
    )
    here = there(ADA.address, {"name": "Ada", "forward.always": "+19005550100"})
    assert not found(make(wish, [here], [owned(ADA)]), "toll-fraud")


def test_a_name_that_others_have_taken_in_a_file_of_theirs_stops_what_would_be_written():
    where = {"extension/office/1001": "[1001-auth] (type=auth) in pjsip.conf"}
    (told,) = found(make(desired([ADA]), occupied=where), "locked-object")
    assert "extension/office/1001 cannot be written: [1001-auth] (type=auth)" in str(
        told.diagnostic
    )
    # Nothing new would be loaded beside it, either.
    beside = make(desired([ADA, BEN]), as_live([ADA]), [owned(ADA)], occupied=where)
    assert found(beside, "locked-object")
    assert not found(
        make(desired([ADA]), as_live([ADA]), [owned(ADA)], occupied=where), "locked-object"
    )
    by_hand = [there(ADA.address, {**ADA.fields}, locked="it stands in pjsip.conf")]
    assert not found(make(desired([ADA, BEN]), by_hand, occupied=where), "locked-object")


def test_calls_for_help_that_others_answer_are_told_in_every_plan():
    line = Ahead("911", "exten => 911", "extensions.conf [in]", frozenset({"route"}))
    help_ = emergency()
    rows = [owned(help_), owned(trunk())]
    now = as_live([help_, trunk()])
    (told,) = found(make(desired([help_, trunk()]), now, rows, ahead=[line]), "number-overlap")
    assert "Calls to 911 on office do not reach outbound_route/office/" in str(told.diagnostic)
    assert told.diagnostic.severity == "warning"
    other = line._replace(takes="912")
    assert not found(make(desired([help_, trunk()]), now, rows, ahead=[other]), "number-overlap")


# Phones in contexts that others wrote

WARDS = "extensions.conf [wards]"


def met(what, text="", *, partly=False):
    return Met(what, text, f"{what} {text}".strip(), WARDS, partly)


def dialling_in(context, *entrance, was=None, waive=(), ahead=(), others=(), **contexts):
    """A phone that the plan puts into a hand-written context, or that was there before."""
    fields = {"name": "Ada", "secret": Secret("generated:x", "f"), "settings.context": context}
    phone = resource(ADA.address, fields, meta=Meta(waive=tuple(waive)))
    help_ = emergency()
    now = [help_, trunk()]
    if was is not None:
        now.append(resource(ADA.address, {**fields, "settings.context": was}))
    return make(
        desired([phone, help_, trunk(), *others], [pbx()]),
        as_live([*now, *others]),
        map(owned, [*now, *others]),
        entrances={"wards": entrance, "from-internal": (met("routes"),), **contexts},
        ahead=ahead,
    )


def in_context(*entrance, **more):
    return [
        (each.diagnostic.severity, each.diagnostic.detail)
        for each in found(dialling_in("wards", *entrance, **more), "emergency-context")
    ]


def test_a_phone_that_is_put_where_nobody_can_call_for_help_stops_the_plan():
    ((severity, detail),) = in_context(met("line", "9NXXXXXX"), met("route", "fax"))
    assert severity == "error"
    assert detail == (
        "extension/office/1001 could not call for help: 911 leads nowhere in [wards], written by "
        "hand, where they dial."
    )


@pytest.mark.parametrize("way", [met("route", "all"), met("outside")])
def test_what_leaves_by_another_route_does_not_reach_nothing(way):
    route = {"order": 1, "patterns": [{"match": "9X."}], "trunks": ["carrier"]}
    usual = resource("outbound_route/office/all", route)
    ((severity, detail),) = in_context(way, met("routes"), others=[usual])
    assert severity == "warning"
    assert "in extensions.conf [wards] may take it to another route first" in detail
    fax = resource("outbound_route/office/all", {**route, "patterns": [{"match": "8X."}]})
    assert in_context(way, met("routes"), others=[fax]) == []


def dialled_by_colleagues(*entrance, ahead=(), number="600"):
    """A new group on a PBX whose phone dials in a hand-written context."""
    fields = {"name": "Ada", "secret": Secret("generated:x", "f"), "settings.context": "wards"}
    phone = resource(ADA.address, fields)
    group = resource(f"ring_group/office/{number}", {"name": "Desk", "members": ["1001"]})
    ours = (met("numbers"), met("routes"))
    contexts = {"wards": entrance, "from-internal": ours, "parkedcalls": ()}
    wish = make(desired([phone, group], [pbx()]), as_live([phone]), map(owned, [phone]),
                entrances=contexts, ahead=ahead)  # fmt: skip
    return [(e.diagnostic.severity, e.diagnostic.detail) for e in found(wish, "number-overlap")]


def test_a_new_number_is_told_that_colleagues_do_not_reach_where_they_dial():
    nowhere = "600 cannot be dialled by the phone that dials in [wards], written by hand."
    nothing = ("warning", nowhere)
    assert dialled_by_colleagues(met("line", "7XX"), met("include", "parkedcalls")) == [nothing]
    assert dialled_by_colleagues(met("line", "600", partly=True)) == [nothing]
    ((_, detail),) = dialled_by_colleagues(met("line", "6XX"), met("include", "from-internal"))
    assert detail == (
        "For the phone that dials in [wards], written by hand, 600 is answered by `line 6XX` in "
        "extensions.conf [wards]."
    )


@pytest.mark.parametrize(
    "way",
    [met("include", "from-internal"), met("numbers"), met("switch")],
)
def test_a_new_number_that_is_reached_or_may_be_is_not_told(way):
    assert dialled_by_colleagues(met("line", "7XX"), way) == []
    assert dialled_by_colleagues(met("include", "nosuch"), way) == []


def test_a_context_that_does_not_exist_leads_nowhere_and_hides_nothing():
    ((_, detail),) = dialled_by_colleagues(met("include", "nosuch"), met("line", "7XX"))
    assert detail == ("600 cannot be dialled by the phone that dials in [wards], written by hand.")
    ((_, detail),) = dialled_by_colleagues(met("include", "nosuch"), met("line", "6XX"))
    assert "is answered by `line 6XX`" in detail


def test_a_phone_that_is_there_already_is_told_in_every_plan():
    ((severity, detail),) = in_context(was="wards")
    assert severity == "warning"
    assert "cannot call for help" in detail


@pytest.mark.parametrize(
    "entrance",
    [
        [met("include", "from-internal")],
        [met("line", "9NXXXXXX"), met("include", "more"), met("route", "911")],
        [met("include", "wards"), met("include", "from-internal", partly=True), met("routes")],
        [met("include", "parkedcalls"), met("include", "from-internal")],
    ],
    ids=["ours", "the route", "at any hour", "elsewhere and ours"],
)
def test_a_context_that_leads_to_the_emergency_route_is_fine(entrance):
    assert in_context(*entrance, more=(met("line", "600"),)) == []


@pytest.mark.parametrize(
    ("entrance", "why"),
    [
        ([met("line", "911")], "`line 911` in extensions.conf [wards] answers first"),
        ([met("line", "9."), met("routes")], "`line 9.` in extensions.conf [wards] answers first"),
        ([met("switch", "Lua"), met("routes")], "`switch Lua` in extensions.conf [wards] may"),
        ([met("include", "from-internal", partly=True)], "at certain hours alone"),
    ],
)
def test_what_cannot_be_known_is_told_when_a_phone_is_put_there_and_not_again(entrance, why):
    ((severity, detail),) = in_context(*entrance)
    assert severity == "warning"
    assert why in detail
    assert in_context(*entrance, was="wards") == []


def without_route(*phones, was=(), own=(), route=()):
    """What is said of phones on a PBX that has no declared way to call for help, or `route`."""
    contexts = {"wards": (met("line", "911"),), "from-internal": (*own, *OURS)}
    wish = desired([*phones, *route], [pbx()])
    return [
        (each.diagnostic.severity, each.diagnostic.detail.partition(":")[0])
        for each in found(make(wish, as_live(was), map(owned, was), entrances=contexts),
                          "emergency-context")
    ]  # fmt: skip


WAIVER = Waiver("emergency-context", "a door", "ada", "2099-01-01")
OURS = (Met("numbers", "", "", WARDS), Met("routes", "", "", WARDS))


def test_a_phone_that_leaves_a_context_of_theirs_must_find_help_in_ours():
    fields = {"name": "Ada", "secret": Secret("generated:x", "f")}
    theirs = resource(ADA.address, {**fields, "settings.context": "wards"})
    ours = resource(ADA.address, fields)
    told = [("error", "Ada (1001) would no longer reach help")]
    assert without_route(ours, was=[theirs]) == told
    assert without_route(ours, was=[theirs], own=[met("line", "9.")]) == []  # may answer
    assert without_route(ours, was=[theirs], route=[emergency(), trunk()]) == []
    waived = resource(ADA.address, fields, meta=Meta(waive=(WAIVER,)))
    assert without_route(waived, was=[theirs]) == []
    # Who is new beside them is told, and nobody where all dial what is declared.
    new = resource("extension/office/1002", {**fields, "name": "Ben"})
    assert without_route(theirs, new, was=[theirs]) == [
        ("warning", "Ben (1002) could not call for help")
    ]
    assert without_route(ours, new, was=[ours]) == []


def test_phones_are_told_of_when_calls_for_help_get_another_route():
    fields = {"name": "Ada", "secret": Secret("generated:x", "f"), "settings.context": "wards"}
    phone, help_ = resource(ADA.address, fields), emergency()
    now = [phone, trunk()]
    wish = desired([phone, help_, trunk()], [pbx()])
    entrance = {"wards": (met("line", "911"),)}
    (told,) = found(make(wish, as_live(now), map(owned, now), entrances=entrance),
                    "emergency-context")  # fmt: skip
    assert told.diagnostic.severity == "warning"


def test_a_context_that_does_not_exist_is_no_place_for_a_phone():
    (told,) = found(dialling_in("lua"), "emergency-context")
    assert told.diagnostic.severity == "error"
    assert "911 leads nowhere in [lua]" in told.diagnostic.detail


def test_a_line_that_is_told_to_come_first_is_not_told_twice():
    line = Ahead("911", "line 911", WARDS, frozenset({"route"}))
    assert in_context(met("line", "911"), met("routes"), ahead=[line]) == []


def test_somebody_takes_a_phone_without_help_upon_themselves():
    waiver = Waiver("emergency-context", "a fax", "ada", "2099-01-01")
    assert in_context(waive=[waiver]) == []
