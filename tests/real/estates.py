"""Small random estates over all kinds that calls go through, and random calls to them.

What leads on leads to what was made before, so no call goes round. Times are as short as can be:
the calls are carried out.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from tests.real.dialplan_lab import Fields, phone

ACTS = ("answers", "answers", "rings", "rings", "busy", "declines")
"""What is done with a call by who is called: of an outside number, too."""
STATES = ("free", "free", "free", "on a call", "absent")
ZONES = ("Europe/Zurich", "America/New_York", "Pacific/Auckland")
HOURS = ("Mon-Fri 08:00-17:00", "Sat,Sun 22:00-02:00", "daily 06:30-12:00", "Wed 00:00-24:00")
STRATEGIES = (
    "ringall", "ringall-prim", "hunt", "memoryhunt", "firstavail", "firstnotonphone", "random",
    "rrmemory", "rrordered",
)  # fmt: skip
QUEUEING = (
    "ringall", "leastrecent", "fewestcalls", "random", "rrmemory", "rrordered", "linear", "wrandom",
)  # fmt: skip
CLASSES = (None, "boss", "lobby")
FREE, OF_BOSSES, NOBODYS = "+1603", "+44", "+99"
"""How outside numbers begin that everybody may call, that bosses may, and that nobody may."""
ROUTES: dict[str, Fields] = {
    "outbound_route/free": {"order": 1, "patterns": [{"match": "+1603X."}], "trunks": ["out"]},
    "outbound_route/far": {
        "order": 2, "patterns": [{"match": "+44X."}], "trunks": ["out"], "classes": ["boss"],
    },
    "trunk/out": {"host": "127.0.0.9", "mode": "none", "qualify": False},
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A call: where it enters, as whose and when, what is pressed in menus, who does what."""

    number: str
    entry: str
    caller: str
    at: dt.datetime
    keys: tuple[str, ...]
    acts: dict[str, str]
    confirms: frozenset[str]


@dataclass
class Estate:
    """Objects by kind and key, the states of phones, and what people have switched over."""

    serial: int
    objects: dict[str, Fields] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    switched: dict[str, str] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)

    def of(self, kind: str) -> dict[str, Fields]:
        """Return the objects of a kind by their keys."""
        start = f"{kind}/"
        return {at[len(start) :]: o for at, o in self.objects.items() if at.startswith(start)}


class Maker:
    """Makes one estate; `serial` keeps its numbers and names apart from those of others."""

    def __init__(self, rnd: random.Random, serial: int) -> None:
        self.rnd, self.estate = rnd, Estate(serial)
        self._numbers, self._others = iter(range(10, 100)), itertools.count(100)
        self.ends = ["hangup"]

    def make(self) -> Estate:
        """Return the estate: what calls end at first, then what leads there."""
        for kind, fields in (
            ("conference", {"name": "Room"}),
            ("parking_lot", {"name": "Lot", "slots": ""}),
        ):
            number = self._number()
            if kind == "parking_lot":
                fields["slots"] = f"{number}1-{number}9"
            self._add(kind, number, fields, weight=1)
        for _ in range(self.rnd.randint(5, 7)):
            self._extension()
        page = {"name": "All", "members": self._extensions()[:2]}
        self._add("paging_group", self._number(), page)
        makers = [
            self._group, self._group, self._group, self._queue, self._queue, self._ivr, self._ivr,
            self._schedule, self._day_night, self._announcement,
        ]  # fmt: skip
        self.rnd.shuffle(makers)
        for each in makers:
            each()
        for number in range(3):
            self._did(number)
        return self.estate

    def call(self) -> Call:
        """Return a random call to the estate."""
        rnd, estate = self.rnd, self.estate
        people = [*estate.of("extension"), *estate.outside]
        entry = rnd.choice(estate.entries)
        number, _, entry = entry.partition("@")
        return Call(
            number,
            entry or rnd.choice(("from-internal", "rec-class-boss", "rec-class-lobby")),
            rnd.choice(("+16035550155", "+16035550166", "")) if entry else "1009",
            dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
            + dt.timedelta(minutes=rnd.randrange(365 * 24 * 60)),
            tuple(self._pressed() for _ in range(6)),
            {who: rnd.choice(ACTS) for who in people},
            frozenset(who for who in people if rnd.random() < 0.6),
        )

    # -- kinds --

    def _extension(self) -> None:
        rnd, number = self.rnd, self._number()
        if rnd.random() < 0.15:
            number = f"200{number}"  # so long a number may be an outside one
        fields = phone(number, ring_time=rnd.choice((1, 2)), class_of_service=rnd.choice(CLASSES))
        state = rnd.choice(STATES)
        if len(number) < 6 and rnd.random() < 0.1:  # a group takes longer ones for outside numbers
            del fields["secret"]
            state = "nowhere"
        self.estate.states[number] = state
        if rnd.random() < 0.5:
            fields["voicemail.enabled"] = True
        fields["call_waiting"] = rnd.random() < 0.6
        fields["max_contacts"] = rnd.choice((1, 1, 2))
        for when, share in (("always", 0.12), ("busy", 0.35), ("no_answer", 0.35)):
            if rnd.random() < share:
                fields[f"forward.{when}"] = self._people(1)[0]
        if rnd.random() < 0.35:
            fields["follow_me.targets"] = self._people(rnd.randint(1, 3))
            fields["follow_me.initial_ring"] = rnd.choice((0, 1))
            fields["follow_me.ring_time"] = rnd.choice((1, 2))
            fields["follow_me.confirm"] = rnd.random() < 0.3
        self._add("extension", number, fields, weight=2)
        if "voicemail.enabled" in fields:
            self.ends.append(f"voicemail/{number}")

    def _group(self) -> None:
        rnd = self.rnd
        fields: Fields = {
            "name": "Group", "strategy": rnd.choice(STRATEGIES), "ring_time": 1,
            "members": self._people(rnd.randint(1, 4)), "skip_busy": rnd.random() < 0.4,
            "confirm": rnd.random() < 0.2, **self._maybe("no_answer"),
        }  # fmt: skip
        if rnd.random() < 0.3:
            fields["caller_id_prefix"] = "G: "
        self._add("ring_group", self._number(), fields)

    def _queue(self) -> None:
        rnd = self.rnd
        members = [
            {"extension": who, "penalty": rnd.choice((0, 0, 1, 5))}
            for who in self._people(rnd.randint(0, 3))
        ]
        fields: Fields = {
            "name": "Queue", "strategy": rnd.choice(QUEUEING), "members": members, "timeout": 1,
            "retry": rnd.choice((0, 1)), "max_wait": rnd.choice((2, 3)),
            "join_empty": rnd.choice(("yes", "yes", "no", "strict", "loose")),
            "leave_empty": rnd.choice(("no", "no", "yes", "strict", "loose")),
            "ring_in_use": rnd.random() < 0.3, **self._maybe("no_answer"),
        }  # fmt: skip
        if rnd.random() < 0.3:
            fields["announce"] = self._announcement(leads=False)
        self._add("queue", self._number(), fields)

    def _ivr(self) -> None:
        rnd, name = self.rnd, self._name("menu")
        pool = ["1", "2", "3", "0", "*", "#", "12", "10", "2#", next(iter(self._extensions()))]
        fields: Fields = {
            "number": self._number(), "timeout": 1, "digit_timeout": 1,
            "retries": rnd.choice((0, 0, 1, 2)), "direct_dial": rnd.random() < 0.5,
            "options": {key: self._lead() for key in rnd.sample(pool, rnd.randint(1, 5))},
            **self._maybe("on_timeout"), **self._maybe("on_invalid"),
        }  # fmt: skip
        for what in ("announcement", "timeout_announcement", "invalid_announcement"):
            if rnd.random() < 0.4:
                fields[what] = self._announcement(leads=False)
        self._add("ivr", name, fields, number=fields["number"])

    def _schedule(self) -> None:
        rnd, name = self.rnd, self._name("hours")
        fields: Fields = {
            "number": self._number(), "timezone": rnd.choice(ZONES),
            "open": rnd.sample(HOURS[:2], 1), "open_to": self._lead(), "closed_to": self._lead(),
            **self._maybe("holiday_to"),
            "closed_days": rnd.sample(("03-01..05-31", "12-25", "09-01..10-31 12:00-24:00"), 2),
            "override": rnd.choice(("none", "none", "none", "open", "closed")),
        }  # fmt: skip
        if rnd.random() < 0.4:
            fields["override_code"] = f"*{self._number()}"
            if rnd.random() < 0.6:
                self.estate.switched[f"rec-schedule/{name}"] = rnd.choice(("open", "closed"))
        self._add("schedule", name, fields, number=fields["number"])

    def _day_night(self) -> None:
        rnd, name = self.rnd, self._name("desk")
        state = rnd.choice(("day", "night"))
        if rnd.random() < 0.6:
            self.estate.switched[f"rec-day_night/{name}-{state}"] = rnd.choice(("day", "night"))
        fields: Fields = {
            "number": f"*{self._number()}", "day": self._lead(), "night": self._lead(),
            "state": state,
        }  # fmt: skip
        self._add("day_night", name, fields)

    def _announcement(self, *, leads: bool = True) -> str:
        name = self._name("say")
        fields: Fields = {"file": "beep", "answer": self.rnd.random() < 0.7}
        if not leads:
            self.estate.objects[f"announcement/{name}"] = fields | {"answer": True}
            return name
        number = self._number()
        self._add(
            "announcement", name, fields | self._maybe("then") | {"number": number}, number=number
        )
        return name

    def _did(self, number: int) -> None:
        did = f"+1603777{self.estate.serial:03d}{number}"
        fields: Fields = {"destination": self._lead()}
        if self.rnd.random() < 0.3:
            fields["caller_id_prefix"] = "D: "
        self.estate.objects[f"inbound_route/{did}"] = fields
        self.estate.entries += [f"{did}@rec-inbound-out"] * 3

    # -- pieces --

    def _add(
        self, kind: str, key: str, fields: Fields, *, number: str = "", weight: int = 2
    ) -> None:
        self.estate.objects[f"{kind}/{key}"] = fields
        self.ends.append(f"{kind}/{key}")
        if kind != "day_night":
            self.estate.entries += [number or key] * weight

    def _number(self) -> str:
        return f"{self.estate.serial + 10:02d}{next(self._numbers)}"

    def _name(self, what: str) -> str:
        return f"{what}-{self.estate.serial}-{next(self._numbers)}"

    def _extensions(self) -> list[str]:
        return list(self.estate.of("extension"))

    def _maybe(self, path: str) -> Fields:
        return {path: self._lead()} if self.rnd.random() < 0.75 else {}

    def _lead(self) -> str:
        if self.rnd.random() < 0.12:
            return f"external/{self._outside()}"
        return self.rnd.choice(self.ends[-8:] if self.rnd.random() < 0.7 else self.ends)

    def _people(self, count: int) -> list[str]:
        """Return so many extensions and outside numbers, each once."""
        known = self._extensions()
        found: list[str] = []
        while len(found) < count:
            inside = known and self.rnd.random() < 0.75
            who = self.rnd.choice(known) if inside else self._outside()
            if who in found:
                who = self._outside()
            found.append(who)
        return found

    def _outside(self) -> str:
        """Return a number of its own: what a queue knows of members is theirs alone."""
        start = self.rnd.choice((FREE, FREE, FREE, OF_BOSSES, NOBODYS))
        number = f"{start}55{self.estate.serial:03d}{next(self._others)}"
        self.estate.outside.append(number)
        return number

    def _pressed(self) -> str:
        rnd = self.rnd
        if rnd.random() < 0.2:
            return ""
        pool = ["1", "2", "3", "0", "*", "#", "12", "10", "2#", "9", "8", *self._extensions()]
        return rnd.choice(pool)


def local(at: dt.datetime, zone: str) -> dt.datetime:
    """Return a moment by the clocks of a zone."""
    return at.astimezone(ZoneInfo(zone))
