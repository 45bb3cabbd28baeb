"""Fills a PBX with what years leave on one: for import tests, benchmarks and demonstrations.

The same size gives the same estate, made-up secrets aside. Numbers are fictitious (555-01xx).
"""

from __future__ import annotations

import random

from reconciler.lab.freepbx.estate_calls import fill_calls
from reconciler.lab.freepbx.objects import extension, follow_me, mailbox, userman
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Tables

FIRST = (
    "Ada", "Björn", "Chloé", "Dmitri", "Eun-ji", "Fatima", "Gábor", "Hana", "Iñaki", "Jürgen",
    "Kofi", "Łucja", "María José", "Noël", "Owen", "Priya", "Quentin", "Renée", "Siobhán", "Tomáš",
)  # fmt: skip
LAST = (
    "Adams", "O'Brien", "Müller", "van der Berg", "Nguyễn", "Silva & Filho", "Smith, Jr.",
    "D'Angelo-Ōkubo", "Kowalski", "García",
)  # fmt: skip
WEIRD = (
    "Conference room with a name that is much longer than fifty characters are", "R&D <lab>",
    "Front desk (2nd floor)", "  padded  ", "Lift #3 / alarm", 'Ann "Annie" Lee', "1024",
)  # fmt: skip
GROUPS = ("Sales", "Service desk")


def fill(pbx: Pbx, people: int = 300, *, seed: int = 0) -> None:
    """Put an estate of so many extensions on a PBX, in effect at the end."""
    chance = random.Random(seed)  # noqa: S311 - variety, not secrecy
    tables = pbx.tables
    for name in GROUPS:
        group = tables.next_id("userman_groups")
        tables.insert(
            "userman_groups",
            {"id": group, "auth": "1", "groupname": name, "priority": 5, "users": "[]"},
        )
    for name in ("default", "jazz", "lobby"):
        if not tables.row("music", category=name):
            music = tables.next_id("music")
            tables.insert("music", {"id": music, "category": name, "type": "files", "random": 0})
    numbers = [str(1001 + place) for place in range(people)]
    for place, number in enumerate(numbers):
        _person(pbx, number, place, chance, numbers)
    fill_calls(pbx, numbers, max(2, min(40, people // 25)), chance)
    pbx.load()


def _name(place: int, chance: random.Random) -> str:
    if place % 23 == 7:
        return WEIRD[place // 23 % len(WEIRD)]
    return f"{FIRST[place % len(FIRST)]} {chance.choice(LAST)}"


def _person(pbx: Pbx, number: str, place: int, chance: random.Random, numbers: list[str]) -> None:
    """One extension: created as people do, then changed by hand as people do."""
    tables, name = pbx.tables, _name(place, chance)
    with_box, with_user = place % 3 != 2, place % 7 != 6
    wanted = extension.Wanted(
        number=number, name=name, email=f"user{number}@example.com", user=with_user,
        outbound_cid=f'"{FIRST[place % 20]}" <1555010{place % 100:04}>' if place % 4 == 0 else "",
        emergency_cid="15550199" if place % 10 == 3 else "",
        user_groups="1,2" if place % 5 == 0 else "3" if place % 5 == 1 else "1",
        voicemail=with_box, voicemail_pin=f"{chance.randrange(10_000):04}",
        max_contacts="3" if place % 6 == 1 else "1",
        ring_timer=str(chance.choice((0, 0, 0, 15, 25, 40))),
    )  # fmt: skip
    extension.create(tables, wanted, asterisk_is_up=True)
    if with_box and place % 4 == 1:
        box = tables.mailboxes[number]
        box.options.update(mailbox.options(attach=True, saycid=place % 8 == 1, envelope=True))
        box.pager = f"pager{number}@example.com" if place % 16 == 1 else ""
    if place % 9 == 4:
        _follow(pbx, number, chance.sample(numbers, min(2, len(numbers))))
    if place % 11 == 5:
        _by_hand(tables, number, chance)
    if place % 13 == 6 and with_user:
        _known_in_ucp(tables, number)


def _follow(pbx: Pbx, number: str, others: list[str]) -> None:
    row = follow_me.enable(pbx.tables, number, enabled=True, is_17=pbx.version.is_17)
    members = "-".join([number, *(each for each in others if each != number), "15550100123#"])
    follow_me.write(
        pbx.tables, row, strategy="ringallv2-prim", grptime=25, pre_ring=7, grplist=members,
        postdest=f"ext-local,{number},dest", ringing="Ring",
    )  # fmt: skip


def _by_hand(tables: Tables, number: str, chance: random.Random) -> None:
    """What nobody can set over the API, so that losing it shows."""
    changed = {
        "transport": chance.choice(("0.0.0.0-tcp", "0.0.0.0-tls")), "direct_media": "no",
        "allow": "alaw&g722", "disallow": "all", "media_encryption": "sdes",
    }  # fmt: skip
    for keyword, data in changed.items():
        row = tables.row("sip", id=number, keyword=keyword)
        assert row is not None
        tables.change(row, "sip", data=data)
    user = tables.row("users", extension=number)
    assert user is not None
    tables.change(user, "users", busy_dest="app-blackhole,busy,1", noanswer_cid="NA:")
    tables.put(f"AMPUSER/{number}/recording/in/external", "force")
    tables.drop(f"CW/{number}")


def _known_in_ucp(tables: Tables, number: str) -> None:
    user = userman.user_of(tables, number)
    assert user is not None
    tables.change(
        user, "userman_users", title="Agent", department="Service", cell="15550101234",
        language="de_DE", timezone="Europe/Dublin",
    )  # fmt: skip
