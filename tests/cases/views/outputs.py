"""Every output, as a function from a look to text. The expected texts stand in `expected/`."""

import json
from collections.abc import Callable, Mapping

from reconciler.diagnostics.place import Place
from reconciler.execution.progress import ReadDone, StepDone
from reconciler.planning.drift import drift_in
from reconciler.resolve.explain import Explained, Said
from reconciler.views import machine
from reconciler.views.markdown import plan_markdown
from reconciler.views.terminal.apply import event_line, summary_text
from reconciler.views.terminal.doctor import doctor_text
from reconciler.views.terminal.drift import drift_text
from reconciler.views.terminal.explain import explain_text
from reconciler.views.terminal.history import history_text, run_text
from reconciler.views.terminal.live import calls_text, live_text
from reconciler.views.terminal.page import Look
from reconciler.views.terminal.plan import plan_text
from reconciler.views.terminal.status import status_text
from reconciler.views.terminal.takeover import adopt_text, import_text
from tests.cases.views import plans, samples
from tests.cases.views.plans import HEADER, LAST


def _plan(look: Look) -> str:
    return plan_text(plans.everyday(), HEADER, look, read_s=3.1, saved="plan.json", last=LAST)


def _events(look: Look) -> str:
    read = [
        ReadDone("pbx/ferrybank", 412, 3.1),
        ReadDone("pbx/west", 0, 5.0, "no answer from 10.0.0.1:5038 within 5 s; is the AMI on?"),
    ]
    found = (*samples.outcomes(), *samples.troubles())
    steps = [StepDone(each, at, len(found)) for at, each in enumerate(found, 1)]
    lines = [event_line(each, "22:00:03", width=look.width) for each in (*read, *steps)]
    return "\n".join(each for each in lines if each is not None)


def _drift(look: Look) -> str:
    plan = plans.every_action()
    found = drift_in(plan, samples.ownership(), (plans.address("extension/ferrybank/1900"),))
    return drift_text(found, plan, width=look.width)


def _bodiless(text: str) -> str:
    """Return JSON without the plan file's own body and digest: these have tests of their own."""
    data = json.loads(text)
    for holder in (data, data.get("x_telephony", {})):
        if "digest" in holder:
            holder["digest"] = "..."
    if "x_telephony" in data:
        data["x_telephony"]["plan"] = {}
    return json.dumps(data, indent=2, ensure_ascii=False)


FILE = "apiVersion: reconciler/v1\nphones:\n  lobby:\n    mac: 80:5e:c0:f0:01:21\n"
TOLD = (
    Explained("features.language", "English", "template desk", None,
              (Said("vendor default", "German", None),)),
    Explained("mac", "80:5e:c0:f0:01:21", "phone lobby",
              Place("phones.yaml", 0, ("phones", "lobby", "mac"))),
)  # fmt: skip


TERMINAL: Mapping[str, Callable[[Look], str]] = {
    "plan": _plan,
    "plan-every-action": lambda look: plan_text(
        plans.every_action(), HEADER, look, read_s=3.1, last=LAST
    ),
    "plan-office": lambda look: plan_text(plans.office(), HEADER, look, read_s=3.1),
    "plan-office-full": lambda look: plan_text(plans.office(7), HEADER, look, full=True),
    "plan-nothing": lambda look: plan_text(plans.nothing(), HEADER, look, read_s=3.1),
    "plan-nothing-waiting": lambda look: plan_text(
        plans.nothing(waiting=True), HEADER, look, read_s=3.1
    ),
    "plan-hostile": lambda look: plan_text(plans.hostile(), HEADER, look),
    "plan-ascii": lambda look: plan_text(
        plans.every_action(), HEADER, look._replace(ascii=True), last=LAST
    ),
    "apply-events": _events,
    "apply-done": lambda look: summary_text(
        plans.everyday(), samples.applied(), width=look.width
    ),
    "apply-failed": lambda look: summary_text(
        plans.everyday(), samples.applied("partly", samples.troubles()), width=look.width
    ),
    "apply-unreached": lambda look: summary_text(
        plans.everyday(), samples.applied("failed", samples.unreached()), width=look.width
    ),
    "drift": _drift,
    "drift-not-known": lambda look: drift_text(
        (), plans.nothing(), width=look.width, unknown={"pbx/ferrybank": 42, "pbx/west": 1}
    ),
    "drift-none": lambda look: drift_text((), plans.nothing(), width=look.width),
    "history": lambda look: history_text(
        [samples.run(steps=False), samples.run(41, "done", steps=False)], look
    ),
    "history-run": lambda look: run_text(samples.run(), look),
    "status": lambda look: status_text(
        plans.everyday(), samples.ownership(), [samples.run(steps=False)], samples.HOLDER, look,
        unmanaged=True,
    ),
    "live": lambda look: live_text("pbx/ferrybank", samples.LIVE, look),
    "calls": lambda look: calls_text(samples.LIVE.calls, look),
    "doctor": lambda look: doctor_text("pbx/ferrybank", samples.FINDINGS, look),
    "explain": lambda look: explain_text("phone/fb-main/lobby", TOLD, {"phones.yaml": FILE}, look),
    "adopt": lambda look: adopt_text(
        samples.TAKEN, samples.NOT_TAKEN, dry_run=False, width=look.width
    ),
    "import": lambda look: import_text(samples.IMPORTED, "imported", "ferrybank", width=look.width),
}  # fmt: skip

OTHERS: Mapping[str, Callable[[], str]] = {
    "plan.md": lambda: plan_markdown(plans.everyday(), HEADER, read_s=3.1, last=LAST),
    "plan-every-action.md": lambda: plan_markdown(plans.every_action(), HEADER, last=LAST),
    "plan-office.md": lambda: plan_markdown(plans.office(), HEADER),
    "plan-cut.md": lambda: plan_markdown(plans.office(), HEADER, budget=3000),
    "plan-nothing.md": lambda: plan_markdown(plans.nothing(), HEADER, read_s=3.1),
    "plan-hostile.md": lambda: plan_markdown(plans.hostile(), HEADER),
    "plan.json": lambda: _bodiless(machine.plan_json(plans.everyday(), HEADER)),
    "apply.json": lambda: _bodiless(
        machine.apply_json(
            plans.everyday(), HEADER, samples.applied("partly", samples.troubles())
        )
    ),
    "drift.json": lambda: machine.drift_json(
        drift_in(plans.every_action(), samples.ownership(), ()), plans.every_action(),
        {"pbx/ferrybank": "written, not in effect yet"},
    ),
    "status.json": lambda: machine.status_json(
        plans.everyday(), samples.ownership(), [samples.run(steps=False)], samples.HOLDER,
        {"pbx/ferrybank": samples.LIVE},
    ),
    "history.json": lambda: machine.history_json([samples.run(steps=False)]),
    "run.json": lambda: machine.run_json(samples.run()),
    "doctor.json": lambda: machine.doctor_json({"pbx/ferrybank": samples.FINDINGS}),
    "calls.json": lambda: machine.calls_json(samples.LIVE.calls),
    "explain.json": lambda: machine.explain_json(
        "phone/fb-main/lobby", TOLD, {"phones.yaml": FILE}
    ),
    "adopt.json": lambda: machine.adopt_json(samples.TAKEN, samples.NOT_TAKEN, dry_run=False),
    "import.json": lambda: machine.import_json(samples.IMPORTED, "imported"),
}  # fmt: skip
