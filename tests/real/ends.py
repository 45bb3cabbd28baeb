"""Where a call ends by what the language says: written from its texts, and from nothing else.

A way is what a call meets, step by step, and its end. Chance (a random order, who of two is
quicker) makes several of one call. Nothing here is shared with what renders.

    ("say", NAME)       an announcement is heard      ("menu", NAME)   a menu is offered
    ("ring", WHO)       these ring together           ("queue", KEY, WHO)  waits; these may ring
    ("answered", WHO)   one of these answers          ("outside", NUMBER)  leaves on a trunk
    (KIND, KEY)         voicemail, a conference, a page, a parking lot    ("hangup",)
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from tests.real.dialplan_lab import Fields
from tests.real.estates import FREE, OF_BOSSES, Call, Estate, local

Step = tuple[object, ...]
Way = tuple[Step, ...]
HUNG_UP: Way = (("hangup",),)
ENDS = ("voicemail", "conference", "paging_group", "parking_lot")


def is_outside(who: str) -> bool:
    """Whether a member is an outside number; none of ours is as long."""
    return len(who) > 9


def not_known(who: str) -> bool:
    """Whether a queue takes a member for an outside number, and for free: one of ours as long."""
    return len(who) > 6


def heard(menu: Fields, extensions: Sequence[str], keys: str) -> str:
    """Return what a menu hears of keys: it listens no further than something longer may come."""
    known = [*menu["options"], *(extensions if menu["direct_dial"] else ())]
    for count in range(1, len(keys)):
        if not any(each.startswith(keys[:count]) and len(each) > count for each in known):
            return keys[:count]
    return keys


class Ways:
    """The ways that one call may go. `turns` is whose turn is next in groups that remember."""

    def __init__(self, estate: Estate, call: Call, turns: Mapping[str, int]) -> None:
        self.estate, self.call, self.turns = estate, call, turns
        self.extensions = estate.of("extension")

    def all(self) -> Iterator[Way]:
        """Yield every way that the call may go."""
        number = self.call.number
        if self.call.entry.startswith("rec-inbound"):
            route = self.estate.of("inbound_route")[number]
            return self._to(route["destination"], 0)
        for at, fields in self.estate.objects.items():
            kind, _, key = at.partition("/")
            if number in (key, fields.get("number")):
                return self._to(f"{kind}/{key}", 0)
        raise AssertionError(f"nobody has {number}")

    def _to(self, where: str | None, heard_: int) -> Iterator[Way]:
        kind, _, key = (where or "hangup").partition("/")
        if kind == "hangup":
            yield HUNG_UP
        elif kind == "external":
            yield from self._out(key, None, free=True)
        elif kind in ENDS:
            yield ((kind, key),)
        else:
            fields = self.estate.of(kind)[key]
            yield from getattr(self, f"_{kind}")(key, fields, heard_)

    def _announcement(self, key: str, fields: Fields, heard_: int) -> Iterator[Way]:
        for way in self._to(fields.get("then"), heard_):
            yield (("say", key), *way)

    def _schedule(self, key: str, fields: Fields, heard_: int) -> Iterator[Way]:
        state = fields["override"]
        if state == "none" and fields.get("override_code"):
            state = self.estate.switched.get(f"rec-schedule/{key}", "none")
        if state == "none":
            state = _by_the_clock(fields, local(self.call.at, fields["timezone"]))
        where = fields.get(f"{state}_to")
        if state == "holiday" and where is None:
            where = fields["closed_to"]
        yield from self._to(where, heard_)

    def _day_night(self, key: str, fields: Fields, heard_: int) -> Iterator[Way]:
        state = fields["state"]
        yield from self._to(
            fields[self.estate.switched.get(f"rec-day_night/{key}-{state}", state)], heard_
        )

    def _ivr(self, key: str, fields: Fields, heard_: int, tries: int = 0) -> Iterator[Way]:
        keys = self.call.keys[heard_] if heard_ < len(self.call.keys) else ""
        keys, heard_ = heard(fields, list(self.extensions), keys), heard_ + 1
        offered: Step = ("menu", key)
        if keys in fields["options"]:
            ways = self._to(fields["options"][keys], heard_)
        elif fields["direct_dial"] and keys in self.extensions:
            ways = self._to(f"extension/{keys}", heard_)
        else:
            what = "invalid" if keys else "timeout"
            if tries == fields["retries"]:
                ways = self._to(fields.get(f"on_{what}"), heard_)
            else:
                said = fields.get(f"{what}_announcement")
                before: Way = (("say", said),) if said else ()
                ways = ((*before, *way) for way in self._ivr(key, fields, heard_, tries + 1))
        for way in ways:
            yield (offered, *way)

    def _ring_group(self, key: str, fields: Fields, heard_: int) -> Iterator[Way]:
        for rounds in self._rounds(key, fields):
            yield from self._rung(rounds, None, heard_, fields["confirm"], fields.get("no_answer"))

    def _rounds(self, key: str, fields: Fields) -> Iterator[list[list[str]]]:
        members, how = fields["members"], fields["strategy"]
        left = [who for who in members if not (fields["skip_busy"] and self._talks(who))]
        if how == "ringall-prim" and self._talks(members[0]):
            yield []
        elif how in ("ringall", "ringall-prim"):
            yield [left]
        elif how == "hunt":
            yield [[who] for who in left]
        elif how == "memoryhunt":
            rounds = [members[: count + 1] for count in range(len(members))]
            yield [[who for who in each if who in left] for each in rounds]
        elif how == "firstavail":
            yield [[who] for who in left if self._can_ring(who)][:1]
        elif how == "firstnotonphone":
            yield [[who] for who in left if self._can_ring(who) and not self._talks(who)][:1]
        elif how == "random":
            for order in itertools.permutations(left):
                yield [[who] for who in order]
        else:
            starts = [self.turns[key]] if key in self.turns else range(len(members))
            for start in starts:
                order = [*members[start:], *members[:start]]
                yield [[who] for who in order if who in left]

    def _rung(
        self,
        rounds: Sequence[Sequence[str]],
        class_: str | None,
        heard_: int,
        confirm: object,
        then: str | None,
        *,
        everywhere: bool = True,
    ) -> Iterator[Way]:
        before: Way = ()
        for together in rounds:
            rung = self._reached(together, class_, confirm, everywhere)
            if not rung:
                continue
            before = (*before, ("ring", rung))
            who = frozenset(each for each in rung if self._takes(each, class_, confirm, everywhere))
            if who:
                yield (*before, ("answered", who))
                return
        for way in self._to(then, heard_):
            yield (*before, *way)

    def _queue(self, key: str, fields: Fields, heard_: int) -> Iterator[Way]:
        said: Way = (("say", fields["announce"]),) if fields.get("announce") else ()
        members = {each["extension"]: each.get("penalty", 0) for each in fields["members"]}
        there = {rule: self._is_there(members, rule) for rule in ("yes", "no", "strict", "loose")}
        on_join = fields["join_empty"] == "yes" or there[fields["join_empty"]]
        leaves = fields["leave_empty"] != "no" and not there[fields["leave_empty"]]
        if not on_join or leaves:
            for way in self._to(fields.get("no_answer"), heard_):
                yield (*said, ("queue", key, frozenset()), *way)
            return
        free = {
            who: penalty
            for who, penalty in members.items()
            if (not is_outside(who) or self._may(who, None, True))
            and (fields["ring_in_use"] or not_known(who) or self._is_free(who))
        }
        rung: Way = (*said, ("queue", key, frozenset(free)))
        may_end = True
        for first in self._levels(free, fields["strategy"]):
            who = frozenset(each for each in first if self._takes(each, None, False, True))
            if who:
                yield (*rung, ("answered", who))
                may_end = fields["strategy"] != "ringall" and bool(first - who)
            if who or not all(self._refuses(each) for each in first):
                break
            if fields["strategy"] == "ringall":
                yield from ((*rung, *way) for way in self._to(fields.get("no_answer"), heard_))
        if may_end:
            yield from ((*rung, *way) for way in self._to(fields.get("no_answer"), heard_))

    def _levels(self, free: Mapping[str, int], strategy: str) -> Iterator[set[str]]:
        """Yield who rings before others: by penalty, which in `wrandom` is only a weight."""
        for penalty in sorted(set(free.values())):
            if strategy == "wrandom":
                yield set(free)
                return
            yield {who for who in free if free[who] == penalty}

    def _refuses(self, who: str) -> bool:
        """Whether a phone says at once that it does not take the call."""
        return self.call.acts[who] in ("busy", "declines") or not self._can_ring(who)

    def _is_there(self, members: Mapping[str, object], rule: str) -> bool:
        """Whether a queue has somebody: by `strict` one who is registered."""
        there = {"free", "on a call"} | ({"absent"} if rule != "strict" else set())
        return any(
            self._may(who, None, True)
            if is_outside(who)
            else not_known(who) or self._state(who) in there
            for who in members
        )

    def _extension(self, key: str, fields: Fields, heard_: int) -> Iterator[Way]:
        class_ = fields.get("class_of_service")
        box = f"voicemail/{key}" if fields.get("voicemail.enabled") else None
        on_busy, no_answer = fields.get("forward.busy"), fields.get("forward.no_answer")
        if fields.get("forward.always"):
            yield from self._on(fields["forward.always"], None, class_, heard_)
            return
        targets = fields.get("follow_me.targets", ())
        first_s = fields["follow_me.initial_ring"] if targets else fields["ring_time"]
        busy = not fields["call_waiting"] and self._talks(key)
        before: Way = ()
        if first_s and not busy and self._can_ring(key):
            before = (("ring", frozenset({key})),)
            if self.call.acts[key] == "answers":
                yield (*before, ("answered", frozenset({key})))
                return
            busy = self.call.acts[key] == "busy"
        if busy:
            for way in self._on(on_busy, box, class_, heard_):
                yield (*before, *way)
            return
        confirm = fields.get("follow_me.confirm")
        if rung := self._reached(targets, class_, confirm, False):
            before = (*before, ("ring", rung))
            who = frozenset(t for t in targets if self._takes(t, class_, confirm, False))
            if who:
                yield (*before, ("answered", who))
                return
        for way in self._on(no_answer, box, class_, heard_):
            yield (*before, *way)

    def _on(
        self, target: str | None, box: str | None, class_: str | None, heard_: int
    ) -> Iterator[Way]:
        """Yield how an extension's call goes on: forwarded, or to its box if it has one."""
        if target is None:
            yield from self._to(box, heard_)
        elif is_outside(target):
            yield from self._out(target, class_, free=False)
        else:
            yield from self._to(f"extension/{target}", heard_)

    # -- who rings, and who picks up --

    def _reached(
        self, who: Sequence[str], class_: str | None, confirm: object, everywhere: bool
    ) -> frozenset[str]:
        """Return who of these rings: no outside number that no route takes.

        Of those that are asked for a key nobody hears that it does not ring.
        """
        return frozenset(
            each
            for each in who
            if confirm or not is_outside(each) or self._may(each, class_, everywhere)
        )

    def _state(self, who: str) -> str:
        return "free" if is_outside(who) else self.estate.states[who]

    def _talks(self, who: str) -> bool:
        return self._state(who) == "on a call"

    def _is_free(self, who: str) -> bool:
        return self._can_ring(who) and not self._talks(who)

    def _can_ring(self, who: str) -> bool:
        """Whether a phone is there, and does not refuse a second call."""
        if is_outside(who):
            return True
        waiting = self.extensions[who]["call_waiting"]
        return self._state(who) == "free" or (self._talks(who) and bool(waiting))

    def _takes(self, who: str, class_: str | None, confirm: object, everywhere: bool) -> bool:
        if self.call.acts[who] != "answers" or (confirm and who not in self.call.confirms):
            return False
        return self._may(who, class_, everywhere) if is_outside(who) else self._can_ring(who)

    def _may(self, number: str, class_: str | None, everywhere: bool) -> bool:
        bosses = everywhere or class_ == "boss"
        return number.startswith(FREE) or (bosses and number.startswith(OF_BOSSES))

    def _out(self, number: str, class_: str | None, *, free: bool) -> Iterator[Way]:
        yield (("outside", number),) if self._may(number, class_, free) else HUNG_UP


def _by_the_clock(fields: Fields, now: dt.datetime) -> str:
    """Judge hours and closed days as they stand in `estates.py`: no year, hours over midnight."""
    day, minute = f"{now:%m-%d}", now.hour * 60 + now.minute
    for text in fields["closed_days"]:
        days, _, span = text.partition(" ")
        first, _, last = days.partition("..")
        if first <= day <= (last or first) and (not span or _within(span, minute)):
            return "holiday"
    for text in fields["open"]:
        days, span = text.split(" ")
        today, before = (_WEEK[now.weekday()], _WEEK[now.weekday() - 1])
        start, end = span.split("-")
        if start < end:
            if _on(days, today) and _within(span, minute):
                return "open"
        elif (_on(days, today) and _within(f"{start}-24:00", minute)) or (
            _on(days, before) and _within(f"00:00-{end}", minute)
        ):
            return "open"
    return "closed"


_WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _on(days: str, day: str) -> bool:
    if days == "daily":
        return True
    first, _, last = days.partition("-")
    if last:
        return _WEEK.index(first) <= _WEEK.index(day) <= _WEEK.index(last)
    return day in days.split(",")


def _within(span: str, minute: int) -> bool:
    start, end = (int(h) * 60 + int(m) for h, m in re.findall(r"(\d+):(\d+)", span))
    return start <= minute < end


def fits(seen: Way, said: Way) -> bool:
    """Whether what was seen is this way. Who is answered may have kept others from ringing."""
    if len(seen) != len(said):
        return False
    for number, (one, other) in enumerate(zip(seen, said, strict=True)):
        answered = said[number + 1 : number + 2] and said[number + 1][0] == "answered"
        if one[:1] != other[:1]:
            return False
        if one[0] == "ring":
            if not (one[1] == other[1] or (answered and one[1] <= other[1])):  # type: ignore[operator]
                return False
        elif one[0] == "queue":
            if one[1] != other[1] or not one[2] <= other[2]:  # type: ignore[operator]
                return False
        elif one[0] == "answered":
            if not one[1] <= other[1]:  # type: ignore[operator]
                return False
        elif one != other:
            return False
    return True
