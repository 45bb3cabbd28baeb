"""Sample plans, built by the real planner from what is wanted, what is there and what was ours."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.model.address import Address, parse_address
from reconciler.model.change import (
    Adopt,
    Change,
    Create,
    Delete,
    FieldChange,
    Forget,
    Move,
    Replace,
    Update,
)
from reconciler.model.live import Edit
from reconciler.model.ownership import Owned
from reconciler.model.plan import Plan, Refusal, TargetSummary, Waiting
from reconciler.model.secret import Secret
from reconciler.model.step import Commit, Disruption, Step
from reconciler.model.value import UNSET
from reconciler.planning.impact import impact
from reconciler.planning.planfile import Header

HEADER = Header(
    tool="0.1.0",
    created="2026-11-22T20:00:00+00:00",
    expires="2026-11-23T20:00:00+00:00",
    commit="3f9c2ab8d1e0c4b5a69788776655443322110099",
    actor="deploy@ci",
    workspace="ferrybank",
    paths=("tenants",),
    adapters={"asterisk": "1"},
)

FERRYBANK = TargetSummary(
    target="pbx/ferrybank",
    adapter="FreePBX",
    version="17.0.28",
    objects=412,
    unmanaged=(
        *tuple(Address("extension", "ferrybank", str(n)) for n in range(1900, 1907)),
        Address("trunk", "ferrybank", "old-carrier"),
    ),
    unreachable=None,
    pending_reload=None,
    active_calls=0,
)
FB_MAIN = TargetSummary("site/fb-main", "", "", 12, (), None, None, None)


INDEX_EDIT = Edit("extensions.conf [from-trunk]", None, "include => somebody-elses")


def address(text: str) -> Address:
    found = parse_address(text)
    assert found is not None
    return found


def about(
    text: str, file: str | None = "tenants/ferrybank/users.yaml", line: int = 1
) -> tuple[Any, ...]:
    at = address(text)
    target = ("site/" if at.kind == "phone" else "pbx/") + at.scope
    origin = Place(file, 0, (f"{at.kind}s", at.key), "key") if file else None
    return (at, target, (), origin, line if file else 0)


def update(
    text: str,
    before: Mapping[str, Any],
    fields: Sequence[FieldChange],
    *,
    line: int = 1,
    edits: Sequence[Edit] = (),
    file: str = "tenants/ferrybank/users.yaml",
) -> Update:
    after = {**before, **{each.path: each.after for each in fields}}
    return Update(*about(text, file, line), before, after, tuple(fields), tuple(edits), "n1")


def make(
    changes: Sequence[Change],
    *,
    around: Mapping[str, Mapping[str, Any]] | None = None,
    targets: Sequence[TargetSummary] = (FERRYBANK,),
    disruptions: Mapping[str, Disruption] | None = None,
    commits: Sequence[Commit] | None = None,
    waiting: Sequence[Waiting] = (),
    refusals: Sequence[Refusal] = (),
    matching: int = 400,
) -> Plan:
    before: dict[Address, Any] = {address(k): v for k, v in (around or {}).items()}
    after = dict(before)
    for each in changes:
        source = each.source if isinstance(each, Move) else each.address
        if hasattr(each, "before"):
            before[source] = each.before
        after.pop(source, None)
        if hasattr(each, "after"):
            after[each.address] = each.after
    steps = tuple(
        Step(
            f"step {each.address}", each.target, each.address, each, (), (), "",
            (disruptions or {}).get(str(each.address), Disruption()),
        )
        for each in changes
    )  # fmt: skip
    if commits is None:
        commits = (RELOAD,) if any(each.target == RELOAD.target for each in changes) else ()
    return Plan(
        changes=tuple(changes),
        steps=steps,
        commits=tuple(commits),
        waiting=tuple(waiting),
        refusals=tuple(refusals),
        targets=tuple(targets),
        matching=matching,
        config_hash="c0ffee",
        policy_hash="f00d",
        impact=impact(changes, before, after),
    )


RELOAD = Commit(
    "commit pbx/ferrybank", "pbx/ferrybank", (), (), "apply config", Disruption("reload", 4)
)

AROUND = {
    "extension/ferrybank/1001": {"name": "Ada Okafor"},
    "extension/ferrybank/1002": {"name": "Ben Roy"},
    "outbound_route/ferrybank/911": {
        "emergency": True, "trunks": ["bandlane"], "patterns": [{"match": "911"}],
    },
    "trunk/ferrybank/bandlane": {"host": "sip.bandlane.example", "enabled": True},
}  # fmt: skip


def everyday() -> Plan:
    """A plan as in the design: a name, a password, a group, a number, a phone, drift."""
    lobby = {"name": "Old lobby phone", "ring_time": 20}
    group = {
        "name": "Reception", "strategy": "ringall", "members": ["1001", "1002", "1003"],
        "ring_time": 30, "no_answer": "voicemail/1001",
    }  # fmt: skip
    sales = {"name": "Sales", "strategy": "ringall", "ring_time": 25, "members": ["1002"]}
    phone = {"model": "T43U", "mac": "80:5e:c0:f0:01:21", "features.language": "German"}
    return make(
        [
            update(
                "extension/ferrybank/1001",
                {"name": "Ada Okafor", "caller_id.name": "Ada O."},
                [
                    FieldChange("caller_id.name", "Ada O.", "Ada Okafor"),
                    FieldChange(
                        "secret", Secret(None, "aaaa0123"), Secret("store:ext-1001", "9c1e4567")
                    ),
                ],
                line=12,
            ),
            update(
                "ring_group/ferrybank/600",
                group,
                [
                    FieldChange("members", ["1001", "1002", "1003"], ["1001", "1002"]),
                    FieldChange("ring_time", 30, 20),
                ],
                line=4,
                file="tenants/ferrybank/groups.yaml",
            ),
            update(
                "ring_group/ferrybank/601",
                sales,
                [FieldChange("ring_time", 25, 20, "drift")],
                line=11,
                file="tenants/ferrybank/groups.yaml",
            ),
            Create(
                *about("inbound_route/ferrybank/+16035550100", "tenants/ferrybank/numbers.yaml", 7),
                {"destination": "ring_group/600"},
            ),
            Delete(*about("extension/ferrybank/1003", None), lobby, "n3"),
            update(
                "phone/fb-main/reception",
                phone,
                [FieldChange("features.language", "German", "English")],
                line=3,
                file="sites/fb-main/phones.yaml",
            ),
        ],
        around=AROUND,
        targets=(FERRYBANK, FB_MAIN),
        disruptions={"phone/fb-main/reception": Disruption("reboot", 60)},
        waiting=(
            Waiting(address("phone/fb-main/lobby"), "site/fb-main", "not reachable since Nov 19"),
        ),
    )


LAST = {
    address("ring_group/ferrybank/601"): Owned(
        address("ring_group/ferrybank/601"), "pbx/ferrybank", {"ring_time": 20},
        run=41, applied_at="2026-10-25T10:00:00+00:00", actor="deploy@ci",
    ),
    address("extension/ferrybank/1004"): Owned(
        address("extension/ferrybank/1004"), "pbx/ferrybank",
        {"voicemail.email": "a@example.com"},
        run=41, applied_at="2026-10-25T10:00:00+00:00", actor="deploy@ci",
    ),
}  # fmt: skip


def every_action() -> Plan:
    """Each action once, with the awkward values: texts of several lines, maps, edits, conflicts."""
    ivr = {"options": {"1": "queue/700", "2": "extension/1001", "9": "extension/1009"}}
    return make(
        [
            Create(
                *about("extension/ferrybank/1010", line=80),
                {
                    "name": "Zoë Ångström-Ruiz 李小龍", "secret": Secret("generated"),
                    "voicemail.email": "zoe@example.com", "ring_time": 25,
                    "codecs": ["g722", "alaw"], "settings": {"device_state_busy_at": "2"},
                },
            ),
            Replace(
                *about("trunk/ferrybank/bandlane", "trunks.yaml", 9),
                {"host": "sip.bandlane.example", "transport": "udp", "enabled": True},
                {"host": "sip.bandlane.example", "transport": "tls", "enabled": True},
                (FieldChange("transport", "udp", "tls"),),
                ("transport",),
                "n9",
            ),
            Adopt(
                *about("extension/ferrybank/1006", line=31),
                {"name": "Front door"}, {"name": "Front door"}, (), (), "n6",
            ),
            Adopt(
                *about("extension/ferrybank/1007", line=35),
                {"name": "Loading bay", "ring_time": 15}, {"name": "Loading bay", "ring_time": 20},
                (FieldChange("ring_time", 15, 20),), (), "n7",
            ),
            Move(
                *about("extension/ferrybank/2008", line=44),
                address("extension/ferrybank/1008"),
                {"name": "Kitchen"}, {"name": "Kitchen"}, (), "n8",
            ),
            update(
                "ivr/ferrybank/main",
                ivr,
                [
                    FieldChange(
                        "options", ivr["options"],
                        {"1": "queue/701", "2": "extension/1001", "3": "external/+441134960100"},
                    ),
                    FieldChange("on_timeout", UNSET, "queue/700"),
                ],
                line=2,
                file="ivr.yaml",
            ),
            update(
                "extension/ferrybank/1004",
                {"name": "Cara Díaz", "voicemail.email": "theirs@evil.example"},
                [
                    FieldChange(
                        "voicemail.email", "theirs@evil.example", "c.diaz@example.com", "conflict"
                    )
                ],
                line=22,
            ),
            update(
                "ring_group/ferrybank/602",
                {"name": "Night watch"},
                [],
                edits=[
                    Edit(
                        "extensions.conf [rec-ring_group-602]",
                        "exten => s,n,Dial(PJSIP/1001&PJSIP/1002,20,t)",
                        "exten => s,n,Dial(PJSIP/1001&PJSIP/6666,20,t)",
                    ),
                    Edit("extensions.conf [rec-ring_group-602]", None, "exten => s,n,NoOp(hello)"),
                ],
                line=19,
                file="groups.yaml",
            ),
            update(
                "phone/fb-main/reception",
                {"model": "T43U", "mac": "80:5e:c0:f0:01:21"},
                [
                    FieldChange(
                        "raw_text",
                        "account.1.enable = 1\nlang.gui = German\nsip.trust = 0",
                        "account.1.enable = 1\nlang.gui = English\nsip.trust = 0\nphone.tone = 1",
                    )
                ],
                line=3,
                file="phones.yaml",
            ),
            Delete(*about("inbound_route/ferrybank/+16035550177", None), {
                "destination": "ring_group/600"}, "n4"),
            Forget(*about("extension/ferrybank/1011", None)),
            Forget(*about("extension/ferrybank/1012", None), gone=True),
            Create(
                *about("extension/ferrybank/1013", line=99), {"name": "Gate"}, recreated=True
            ),
            Create(
                *about("extension/ferrybank/1014", line=101), {"name": "Ward"},
                recreated=True, left="pjsip.conf [1014]",
            ),
        ],
        around=AROUND,
        targets=(FERRYBANK._replace(edits=(INDEX_EDIT,)), FB_MAIN),
        disruptions={"phone/fb-main/reception": Disruption("re-register", 3)},
        waiting=tuple(
            Waiting(address(f"phone/fb-main/desk-{n}"), "site/fb-main", "did not answer in 5 s")
            for n in range(9)
        ),
    )  # fmt: skip


def office(size: int = 40) -> Plan:
    """A new office: many creates, one change on many, many secrets rotated."""
    people = [
        Create(
            *about(f"extension/ferrybank/{3000 + n}", line=10 + n),
            {"name": f"Person {n}", "secret": Secret("generated"), "voicemail.enabled": True},
        )
        for n in range(size)
    ]
    tuned = [
        update(
            f"extension/ferrybank/{1100 + n}",
            {"name": f"Old hand {n}", "ring_time": 30},
            [FieldChange("ring_time", 30, 20)],
            line=200 + n,
        )
        for n in range(18)
    ]
    rotated = [
        update(
            f"extension/ferrybank/{1200 + n}",
            {"name": f"Rotated {n}"},
            [FieldChange("secret", Secret(None, f"aa{n:06}"), Secret("generated", f"bb{n:06}"))],
            line=300 + n,
        )
        for n in range(12)
    ]
    gone = [
        Delete(*about(f"extension/ferrybank/{1300 + n}", None), {"name": f"Left {n}"}, "n")
        for n in range(31)
    ]
    return make(
        [*people, *tuned, *rotated, *gone],
        around=AROUND,
        refusals=(
            Refusal(
                "too-many-deletes",
                Diagnostic(
                    "too-many-deletes",
                    "31 of 140 extension objects on ferrybank would be deleted (limit: 5 % or 25). "
                    "Who: Left 0 (1300), Left 1 (1301), Left 2 (1302) and 28 more.",
                    hint='if this is meant: apply --allow too-many-deletes --reason "..."',
                ),
            ),
            Refusal(
                "too-many-changes",
                Diagnostic("too-many-changes", "30 of 140 extension objects would be changed."),
                "new office, change 8812",
            ),
            Refusal(
                "pending-reload",
                Diagnostic(
                    "pending-reload", "ferrybank holds changes of others.",
                    Place("pbxs.yaml", 0, ("pbxs", "ferrybank")), severity="warning",
                ),
            ),
        ),
    )  # fmt: skip


def nothing(*, waiting: bool = False) -> Plan:
    found = (
        tuple(
            Waiting(address(f"phone/fb-main/desk-{n}"), "site/fb-main", "did not answer in 5 s")
            for n in range(1 + waiting * 6)
        )
        if waiting
        else ()
    )
    return make([], targets=(FERRYBANK, FB_MAIN), waiting=found, matching=424)


def hostile() -> Plan:
    """Names that try to repaint the screen, turn the text, end code blocks and call people."""
    return make(
        [
            Create(
                *about("extension/ferrybank/1001", "a|b`c.yaml", 1),
                {"name": "\x1b[2J\x1b[31mAda\u202e gnp.exe", "caller_id.name": "@admins #12 <b>"},
            ),
            update(
                "ring_group/ferrybank/600",
                {"name": "```\n</details><script>alert(1)</script>", "strategy": "ringall"},
                [FieldChange("caller_id_prefix", "a\nb", "``` | [x](https://evil.example)")],
            ),
            update(
                "ring_group/ferrybank/601",
                {"name": "@everyone *bold* https://evil.example"},
                [FieldChange("ring_time", 20, 30)],
            ),
        ]
    )
