"""What happens to calls for an extension: forwarding, ringing, follow-me, voicemail.

The context has three ways in: the extension's number (all of it), `ring` (its phones alone, for
groups and queues), and `follow-N` (a follow-me target that has to press 1).
"""

from typing import Final

from reconciler.adapters.asterisk.carrier import Options, Setup
from reconciler.adapters.asterisk.dialplan import (
    CONFIRM,
    EXTENSIONS,
    FORWARD,
    HANG_UP,
    LEG,
    ON_A_CALL,
    Script,
    context_of,
    dial_status,
    enter,
    has_state,
    is_extension,
    outside_number,
    ring_of,
)
from reconciler.adapters.asterisk.kinds.voicemail import has_box
from reconciler.adapters.asterisk.sections import Section

MAX_HOPS: Final = 8
"""How often a call is forwarded before it ends: two extensions may forward to each other."""


def class_context(name: str | None, setup: Setup) -> str:
    """Return the context in which extensions of a class of service dial."""
    return f"rec-class-{name}" if name else setup.internal_context


def forward_context(name: str | None) -> str:
    """Return the way out for what extensions of a class forward and follow: nobody dials there."""
    return f"{FORWARD}-{name}" if name else FORWARD


def box_context(key: str, options: Options) -> Section:
    """Return where calls to the box alone go (`voicemail/1001`)."""
    script = Script(context_of("voicemail", key))
    script.exten(key, f"VoiceMail({key}@{options['mailbox_context']},u)")
    script.same("Hangup()")
    return script.section()


def dialplan(key: str, options: Options) -> Section:
    """Return the extension's context."""
    script = Script(context_of("extension", key))
    outside = forward_context(options["class_of_service"])
    always = options["forward.always"]
    if always:
        steps = [("", _HOP), ("", _MANY), ("", _forwarder(key)), ("", _forward(always, outside))]
        script.steps(key, steps)
        script.same("Hangup()", "end")
    else:
        script.steps(key, _full(key, options, outside))
    _ring_alone(script, key, options)
    if options["follow_me.confirm"]:
        for index, target in enumerate(options["follow_me.targets"] or (), 1):
            script.exten(f"follow-{index}", f"Dial({ring_of(target, outside)},,U({CONFIRM}))")
            script.same(HANG_UP)
    return script.section()


_HOP: Final = "Set(__REC_HOPS=$[0${REC_HOPS}+1])"
_MANY: Final = f"GotoIf($[${{REC_HOPS}}>{MAX_HOPS}]?end)"


def _forwarder(key: str) -> str:
    """Return the step that notes who forwards, for routes that are not for everybody."""
    return f"Set(__REC_FORWARDER={key})"


def _forward(target: str, outside: str) -> str:
    if is_extension(target):
        return enter("extension", target)
    way = f"{outside},{outside_number(target)},1"
    if not target.isdigit():
        return f"Goto({way})"
    # So long a number may be an extension's: then its whole treatment, not its phones alone.
    inside = f"{EXTENSIONS},{target},1"
    return f"GotoIf(${{DIALPLAN_EXISTS({inside})}}?{inside}:{way})"


def _has_phone(options: Options) -> bool:
    return options["secret"] is not None


def phones_of(key: str, options: Options) -> str:
    """Return what dials an extension's phones: all that are registered."""
    if options["max_contacts"] == 1:
        return f"PJSIP/{key}"
    return f"${{PJSIP_DIAL_CONTACTS({key})}}"


def _full(key: str, options: Options, outside: str) -> list[tuple[str, str]]:
    """Return the full treatment of a call as (label, application)."""
    targets = options["follow_me.targets"] or []
    on_busy, no_answer = options["forward.busy"], options["forward.no_answer"]
    box = f"{key}@{options['mailbox_context']}" if has_box(options) else None
    steps = [("", "NoOp()")]
    if targets or on_busy or no_answer:
        steps += [("", _HOP), ("", _MANY), ("", _forwarder(key))]
    if _has_phone(options):
        steps += _ring(key, options)
    if targets:
        steps.append(("", _dial_targets(key, options, targets, outside)))
    if no_answer:
        steps.append(("", _forward(no_answer, outside)))
    elif box:
        steps.append(("", f"VoiceMail({box},u)"))
    steps.append(("end", HANG_UP))
    if _has_phone(options):
        if on_busy:
            steps.append(("busy", _forward(on_busy, outside)))
        elif box:
            steps += [("busy", f"VoiceMail({box},b)"), ("", "Hangup()")]
        else:
            steps.append(("busy", "Hangup(17)"))
    return steps


def _ring(key: str, options: Options) -> list[tuple[str, str]]:
    targets = options["follow_me.targets"]
    ring_s = options["follow_me.initial_ring"] if targets else options["ring_time"]
    steps = []
    if not options["call_waiting"]:
        steps.append(("", f"GotoIf({has_state(key, ON_A_CALL)}?busy)"))
    if ring_s:
        steps.append(("", f"Dial({phones_of(key, options)},{ring_s},{LEG})"))
        steps.append(("", f"GotoIf({dial_status('BUSY')}?busy)"))
    return steps


def _dial_targets(key: str, options: Options, targets: list[str], outside: str) -> str:
    if options["follow_me.confirm"]:
        context = context_of("extension", key)
        rung = [f"Local/follow-{index}@{context}" for index in range(1, len(targets) + 1)]
    else:
        rung = [ring_of(target, outside) for target in targets]
    return f"Dial({'&'.join(rung)},{options['follow_me.ring_time']})"


def _ring_alone(script: Script, key: str, options: Options) -> None:
    if not _has_phone(options):
        script.exten("ring", "Hangup(20)")
        return
    script.exten("ring", "NoOp()")
    if not options["call_waiting"]:
        script.same(f"GotoIf({has_state(key, ON_A_CALL)}?busy)")
    script.same(f"Dial({phones_of(key, options)},,{LEG})")
    script.same(HANG_UP)
    if not options["call_waiting"]:
        script.same("Hangup(17)", "busy")
