"""What commands besides plan have to show: runs, outcomes, drift, live state, findings."""

from types import SimpleNamespace
from typing import Any

from reconciler.adapter import Call, DeviceState, Finding, LiveState, Registration
from reconciler.model.change import FieldChange
from reconciler.model.outcome import Outcome, State
from reconciler.model.ownership import Owned, Ownership
from reconciler.model.secret import Clear
from tests.cases.views.plans import LAST, address, everyday

VERBS = {"Create": "create", "Update": "update", "Delete": "delete"}


def outcomes() -> tuple[Outcome, ...]:
    found = [
        Outcome(
            f"{VERBS[type(each).__name__]} {each.address}", each.target, each.address, "done", "",
            0.2,
        )
        for each in everyday().changes
    ]  # fmt: skip
    return (*found, Outcome("commit pbx/ferrybank", "pbx/ferrybank", None, "done", "", 4.2))


def unreached() -> tuple[Outcome, ...]:
    """Return what becomes of steps where the target has gone before the first was sent."""
    why = "not tried: ferrybank: connecting to AMI at 10.0.0.1:5038: Connection refused"
    return tuple(each._replace(state="skipped", detail=why) for each in outcomes())


def _failed(text: str, state: State, detail: str) -> Outcome:
    return Outcome(f"update {text}", "pbx/ferrybank", address(text), state, detail)


def troubles() -> tuple[Outcome, ...]:
    return (
        outcomes()[1],
        _failed(
            "extension/ferrybank/1001", "failed",
            'it reads back caller_id.name "Ada O." instead of "Ada Okafor"',
        ),
        _failed("ring_group/ferrybank/601", "stale", "changed since the plan"),
        _failed("extension/ferrybank/1003", "in_doubt", "the connection was lost"),
        _failed("inbound_route/ferrybank/+16035550100", "skipped", "a step it needs failed"),
        Outcome("commit pbx/ferrybank", "pbx/ferrybank", None, "skipped", "a step failed"),
    )  # fmt: skip


def applied(state: str = "done", found: tuple[Outcome, ...] = ()) -> Any:
    return SimpleNamespace(
        run=42, state=state, outcomes=found or outcomes(), after=None, seconds=61.2
    )


def _step(outcome: Outcome) -> Any:
    updates = outcome.address is not None and outcome.step.startswith("update")
    return SimpleNamespace(
        run=42, step=outcome.step, target=outcome.target, address=outcome.address,
        action=outcome.step.partition(" ")[0], before={"ring_time": 30} if updates else None,
        after={"ring_time": 20} if updates else None, intended_at="2026-11-22T22:00:03+00:00",
        state=outcome.state, detail=outcome.detail, duration_s=outcome.duration_s,
    )  # fmt: skip


def run(number: int = 42, state: str = "partly", *, steps: bool = True) -> Any:
    return SimpleNamespace(
        id=number, command="apply", state=state, started="2026-11-22T22:00:00+00:00",
        ended="2026-11-22T22:01:04+00:00", actor="deploy@ci", host="runner-7",
        commit="3f9c2ab8d1e0c4b5a69788776655443322110099", digest="abcdef0123456789",
        counts={} if steps else {"done": 2, "failed": 1, "skipped": 3},
        steps=tuple(map(_step, troubles())) if steps else (),
    )  # fmt: skip


HOLDER: Any = SimpleNamespace(
    name="main", actor="deploy@ci", host="runner-7", pid=4711, purpose="apply",
    since="2026-11-22T22:00:00+00:00", lease_left_s=30.0, alive=False,
)  # fmt: skip


def ownership() -> Ownership:
    rows = dict(LAST)
    for number in range(1000, 1140):
        at = address(f"extension/ferrybank/{number}")
        rows.setdefault(at, Owned(at, "pbx/ferrybank", {}))
    for number in range(12):
        at = address(f"phone/fb-main/desk-{number}")
        rows[at] = Owned(at, "site/fb-main", {})
    return Ownership(rows, {"pbx/ferrybank": "the reload of run 41 was interrupted"})


LIVE = LiveState(
    "Asterisk 20.6.0",
    "2026-11-01T03:00:00+00:00",
    "2026-11-22T22:00:07+00:00",
    (
        Registration(
            address("extension/ferrybank/1001"), "sip:1001@10.0.0.21:5060", "Reachable",
            "Yealink SIP-T43U 108.86.0.90", 1823, 4.2,
        ),
        Registration(address("extension/ferrybank/1002"), "sip:1002@10.0.0.22", "Unreachable"),
    ),
    (
        Registration(
            address("trunk/ferrybank/bandlane"), "sip:sip.bandlane.example", "Registered", "", 300,
            21.0,
        ),
    ),
    (
        DeviceState(address("extension/ferrybank/1001"), "in_use"),
        DeviceState(address("extension/ferrybank/1002"), "unavailable"),
        DeviceState(address("extension/ferrybank/1003"), "idle"),
    ),
    (
        Call("PJSIP/1001-0000001a", "up", "1001", "+16035550142", "Dial", 93, "b1"),
        Call("PJSIP/bandlane-0000001b", "up", "1001", "+16035550142", "AppDial", 92, "b1"),
    ),
    {"700": {"waiting": 2, "agents": 5}},
)  # fmt: skip

FINDINGS = (
    Finding("version", "ok", "Asterisk 20.6.0"),
    Finding(
        "permissions", "error", "the AMI user may not write configuration",
        "[reconciler]\nread = system,call,config\nwrite = system,call,config,command,originate",
    ),
    Finding(
        "modules", "warning", "res_musiconhold.so is not loaded: music cannot be managed",
        "module load res_musiconhold.so",
    ),
    Finding(
        "scopes", "error", "the application lacks gql:core",
        fix="gql:core gql:ringgroups gql:voicemail gql:findmefollow gql:framework:read",
        advice="give the application of the API exactly these scopes, for with more of them a "
        "password that leaks opens more:",
    ),
)  # fmt: skip

TAKEN: Any = (
    SimpleNamespace(
        owned=Owned(address("extension/ferrybank/1004"), "pbx/ferrybank", {}),
        fields=(FieldChange("ring_time", 15, 20),), was_ours=False, edits=(),
        beyond=("once it stands in a file of ours: qualify_frequency 0 becomes 60",),
    ),
    SimpleNamespace(
        owned=Owned(address("extension/ferrybank/1005"), "pbx/ferrybank", {}),
        fields=(), was_ours=True, edits=(), beyond=(),
    ),
)  # fmt: skip

NOT_TAKEN: Any = (
    SimpleNamespace(
        address="extension/ferrybank/77*", reason="nothing of that name is declared or exists",
        hint="reconciler status",
    ),
)  # fmt: skip

IMPORTED: Any = SimpleNamespace(
    files={"extensions.yaml": "", "ring_groups.yaml": ""},
    owned=(
        *(
            Owned(address(f"extension/ferrybank/{n}"), "pbx/ferrybank", {})
            for n in range(1900, 1907)
        ),
        Owned(address("ring_group/ferrybank/600"), "pbx/ferrybank", {}),
    ),
    secrets={"ferrybank-extension-1900-secret": Clear("hunter2")},
    left=NOT_TAKEN,
)
