"""Ring group: `Dial` in the order of the strategy; the caller hears ringing until somebody answers.

    ringall            all at once
    ringall-prim       all at once, but nobody while the first member is on a call
    hunt               one after the other
    memoryhunt         1, then 1+2, then 1+2+3, ...
    firstavail         only the first who can be rung (registered, and not refusing a second call)
    firstnotonphone    only the first who is not on a call
    random             one after the other in a new random order for every call
    rrmemory           one after the other, beginning after the last who rang
    rrordered          one after the other, beginning one further than the call before

The memory of the last two is in AstDB (`rec-ring_group`/number): state, not configuration.
"""

import re
from collections.abc import Sequence
from typing import Final

from reconciler.adapters.asterisk.carrier import Carrier, Found, Number, Options, Place, Setup
from reconciler.adapters.asterisk.dialplan import (
    CONFIRM,
    HANG_UP,
    ON_A_CALL,
    ROUND,
    Script,
    context_of,
    enter,
    goto,
    has_state,
    is_extension,
    may_be_extension,
    prefix_step,
    record_step,
    ring_of,
)
from reconciler.adapters.asterisk.sections import Section
from reconciler.model.value import Fields, Value

KIND: Final = "ring_group"
CANNOT_RING: Final = "UNAVAILABLE|BUSY"
NO_PHONE: Final = "INVALID"
"""State of an extension without a phone; also of a number that is no extension."""
MAX_PEERS: Final = 600
"""How much of a line the names of members may take; longer lists are put together in a variable."""
PART: Final = 16
"""How many of a long list ring as one: Asterisk cuts what an expression holds at 4,096 bytes."""

Steps = list[tuple[str, str]]
Pairs = list[tuple[str, str]]
"""Members and what rings them; several together have no name."""


def render(key: str, fields: Fields, _setup: Setup) -> tuple[Section, ...]:
    """Return the context of a ring group."""
    options = Options(KIND, fields)
    members: list[str] = list(options["members"] or ())
    script = Script(context_of(KIND, key))
    if options["strategy"] in TOGETHER:
        for name, part in _parts(_pairs(key, members, options)):
            ringing = _together(part, None, skip_busy=options["skip_busy"])
            script.steps(name, [*ringing, ("", HANG_UP)])
    steps: Steps = [("", ROUND if options["no_answer"] else "NoOp()")]
    if options["caller_id_prefix"]:
        steps.append(("", prefix_step(options["caller_id_prefix"])))
    if options["recording"]:
        steps.append(("", record_step(KIND, key)))
    steps += _ring(key, members, options) if members else []
    steps.append(("end", goto(options["no_answer"] or "hangup")))
    script.steps(key, steps)
    if options["confirm"]:
        for index, member in enumerate(members, 1):
            script.exten(f"member-{index}", f"Dial({ring_of(member)},,U({CONFIRM}))")
            script.same(HANG_UP)
    return (script.section(),)


TOGETHER: Final = ("ringall", "ringall-prim", "memoryhunt")


def _parts(pairs: Pairs) -> list[tuple[str, Pairs]]:
    """Return the members of a long list in parts, each with its name; none of a short list."""
    if len("&".join(peer for _, peer in pairs)) <= MAX_PEERS:
        return []
    whole = range(0, len(pairs) - PART + 1, PART)
    return [(f"part-{at // PART + 1}", pairs[at : at + PART]) for at in whole]


def _joined(key: str, pairs: Pairs, parts: Sequence[tuple[str, Pairs]]) -> Pairs:
    """Return what rings the first members of a list: parts as far as they go, then the rest."""
    whole = len(pairs) // PART if parts else 0
    context = context_of(KIND, key)
    return [("", f"Local/{name}@{context}") for name, _ in parts[:whole]] + pairs[whole * PART :]


def _pairs(key: str, members: list[str], options: Options) -> Pairs:
    peers = [_peer(key, index, member, options) for index, member in enumerate(members, 1)]
    return list(zip(members, peers, strict=True))


def _ring(key: str, members: list[str], options: Options) -> Steps:
    strategy, time_s, careful = options["strategy"], options["ring_time"], options["skip_busy"]
    pairs = _pairs(key, members, options)
    if strategy in ("ringall", "ringall-prim"):
        guard: Steps = []
        if strategy == "ringall-prim" and may_be_extension(members[0]):
            guard = [("", f"GotoIf({has_state(members[0], ON_A_CALL)}?end)")]
        joined = _joined(key, pairs, _parts(pairs))
        return guard + _together(joined, time_s, skip_busy=careful)
    if strategy == "hunt":
        return [step for pair in pairs for step in _together([pair], time_s, skip_busy=careful)]
    if strategy == "memoryhunt":
        parts = _parts(pairs)
        rounds = [_joined(key, pairs[: count + 1], parts) for count in range(len(pairs))]
        return [step for each in rounds for step in _together(each, time_s, skip_busy=careful)]
    if strategy in ("firstavail", "firstnotonphone"):
        no_call = careful or strategy == "firstnotonphone"
        return _first(pairs, time_s, f"{CANNOT_RING}|{ON_A_CALL}" if no_call else CANNOT_RING)
    return _in_turn(key, pairs, options)


def _peer(key: str, index: int, member: str, options: Options) -> str:
    return (
        f"Local/member-{index}@{context_of(KIND, key)}" if options["confirm"] else ring_of(member)
    )


def _together(pairs: Pairs, time_s: int | None, *, skip_busy: bool) -> Steps:
    """Ring all of these at once. A list too long for a line is put together in a variable."""
    joined, limit = "&".join(peer for _, peer in pairs), "" if time_s is None else f",{time_s}"
    if not (skip_busy and any(member for member, _ in pairs)) and len(joined) <= MAX_PEERS:
        return [("", f"Dial({joined}{limit})")]
    steps: Steps = [("", "Set(REC_RING=)")]
    for member, peer in pairs:
        adding = f"Set(REC_RING=${{REC_RING}}&{peer})"
        if skip_busy and may_be_extension(member):
            steps.append(("", f"ExecIf({has_state(member, ON_A_CALL)}?NoOp():{adding})"))
        else:
            steps.append(("", adding))
    steps.append(("", f'ExecIf($["${{REC_RING}}"!=""]?Dial(${{REC_RING:1}}{limit}))'))
    return steps


def _first(pairs: Pairs, time_s: int, states: str) -> Steps:
    """Ring only the first member that is in none of these states."""
    steps: Steps = []
    for index, (member, peer) in enumerate(pairs, 1):
        following = f"not-{index}" if index < len(pairs) else "end"
        label = f"not-{index - 1}" if index > 1 else ""
        if may_be_extension(member):
            no_phone = f"|{NO_PHONE}" if is_extension(member) else ""
            steps.append((label, f"GotoIf({has_state(member, states + no_phone)}?{following})"))
            label = ""
        steps.append((label, f"Dial({peer},{time_s})"))
        if following != "end":
            steps.append(("", "Goto(end)"))
    return steps


def _in_turn(key: str, pairs: Pairs, options: Options) -> Steps:
    """Ring one after the other, beginning where the strategy says, each once."""
    count, memory = len(pairs), f"DB(rec-{KIND}/{key})"
    random = options["strategy"] == "random"
    steps: Steps
    if random:
        steps = [("", "Set(REC_LEFT=" + "".join(f"-{i}" for i in range(1, count + 1)) + ")")]
    else:
        steps = [
            ("", f"Set(REC_TURN=$[0${{{memory}}} % {count} + 1])"),
            ("", f"Set({memory}=${{REC_TURN}})"),
            ("", "Set(REC_RUNG=0)"),
        ]
    if random:
        steps += [
            ("turn", 'GotoIf($["${REC_LEFT}"=""]?end)'),
            ("", "Set(REC_AT=${RAND(2,${FIELDQTY(REC_LEFT,-)})})"),
            ("", "Set(REC_TURN=${CUT(REC_LEFT,-,${REC_AT})})"),
            ("", "Set(REC_LEFT=-${REC_LEFT}-)"),
            ("", "Set(REC_LEFT=${STRREPLACE(REC_LEFT,-${REC_TURN}-,-)})"),
            ("", "Set(REC_LEFT=${REC_LEFT:1:-1})"),
        ]
    else:
        steps += [
            ("turn", f"GotoIf($[${{REC_RUNG}}>={count}]?end)"),
            ("", "Set(REC_RUNG=$[${REC_RUNG}+1])"),
        ]
        if options["strategy"] == "rrmemory":
            steps.append(("", f"Set({memory}=${{REC_TURN}})"))
    steps.append(("", "Goto(ring-${REC_TURN})"))
    for index, (member, peer) in enumerate(pairs, 1):
        label = f"ring-{index}"
        if options["skip_busy"] and may_be_extension(member):
            steps.append((label, f"GotoIf({has_state(member, ON_A_CALL)}?next)"))
            label = ""
        steps.append((label, f"Dial({peer},{options['ring_time']})"))
        if index < count:
            steps.append(("", "Goto(next)"))
    if random:
        steps.append(("next", "Goto(turn)"))
    else:
        steps += [("next", f"Set(REC_TURN=$[${{REC_TURN}} % {count} + 1])"), ("", "Goto(turn)")]
    return steps


_MEMBER = re.compile(
    r"Local/(?:ring@rec-extension-(?P<extension>\d+)|(?P<number>[+\d*#]+)@rec-external)"
)
_TIME = re.compile(r"Dial\([^,]*,(\d+)\)")


def read(key: str, found: Found, _base: Fields | None) -> dict[str, Value]:
    """Return the members, in order of appearance, and how long they ring."""
    texts = [text for _, text in found.lines("ext", context_of(KIND, key))]
    members = dict.fromkeys(
        seen["extension"] or seen["number"] for text in texts for seen in _MEMBER.finditer(text)
    )
    values: dict[str, Value] = {"members": list(members)}
    times = [int(seen[1]) for text in texts for seen in _TIME.finditer(text)]
    if times:
        values["ring_time"] = times[0]
    return values


CARRIER: Final = Carrier(
    KIND,
    render,
    read,
    lambda key: (Place("ext", context_of(KIND, key)),),
    lambda key, _fields: (Number(key, enter(KIND, key)),),
)
