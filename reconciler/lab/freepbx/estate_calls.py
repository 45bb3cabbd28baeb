"""The part of an estate that calls go through: trunks, routes, groups, menus and times.

Everything is made by sending its form, so that it is stored as FreePBX stores it.
"""

from __future__ import annotations

import json
import random
from typing import Any

from reconciler.lab.freepbx.objects import inbound
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Tables
from reconciler.lab.freepbx.web.forms import first_values
from reconciler.lab.freepbx.web.pages import groups, menus, queues, routes, times, trunks
from reconciler.lab.freepbx.web.pages.page import Page
from reconciler.lab.freepbx.wire import Pairs, php_params


def send(pbx: Pbx, page: Page, kind: str, **values: Any) -> None:
    """Send a new form with some fields filled in; `goto0="..."` chooses a destination."""
    pairs: Pairs = []
    fields = {**first_values(kind), **values}
    for name, value in fields.items():
        if name.startswith("goto") and value:
            suffix = name.removeprefix("goto")
            pairs += [(name, "Chosen"), (f"Chosen{suffix}", str(value))]
            continue
        several = value if isinstance(value, list) else [] if value is None else [value]
        pairs += [(name, str(each)) for each in several]
    action = str(fields["action"])
    if page.send(pbx, php_params(pairs), action) is None:
        raise ValueError(f"{kind} does not take the action {action}")


def fill_calls(pbx: Pbx, people: list[str], count: int, chance: random.Random) -> None:
    """Trunks, routes, recordings, times, menus, groups, queues, rooms, numbers, blocked callers."""
    _trunks(pbx)
    _times(pbx, people)
    _recordings(pbx.tables)
    _groups(pbx, people, count, chance)
    _menus(pbx, people)
    _routes(pbx)
    _numbers(pbx, people, count)
    for place in range(3):
        pbx.tables.put(f"blacklist/155501990{place:02}", f"spam {place}")


def _trunks(pbx: Pbx) -> None:
    sip = {"sip_server": "203.0.113.10", "sip_server_port": "5060", "secret": "Trunk-Secret-1"}
    send(
        pbx, trunks.PAGE, "trunk-pjsip", trunk_name="carrier-a", username="acct1001",
        outcid="15550100", maxchans="20", **sip,
        **{
            "prepend_digit[]": ["1", ""], "pattern_prefix[]": ["9", ""],
            "pattern_pass[]": ["NXXNXXXXXX", ""],
        },
    )  # fmt: skip
    send(
        pbx, trunks.PAGE, "trunk-pjsip", trunk_name="carrier-b", sip_server="198.51.100.7",
        authentication="off", registration="none", transport="0.0.0.0-tls", media_encryption="sdes",
        match="198.51.100.7,198.51.100.8", disabletrunk="on",
    )  # fmt: skip
    send(
        pbx, trunks.PAGE, "trunk-pjsip", trunk_name="carrier-a", sip_server="203.0.113.11",
        username="acct1002", secret="Trunk-Secret-2",  # noqa: S106 - an example
    )  # fmt: skip
    send(
        pbx, trunks.PAGE, "trunk-custom", trunk_name="gateway",
        channelid="Local/$OUTNUM$@from-internal",
    )  # fmt: skip


def _times(pbx: Pbx, people: list[str]) -> None:
    tables = pbx.tables
    spans = {
        "Office hours": ["09:00-12:30|mon-fri|*|*", "13:30-17:30|mon-thu|*|*"],
        "Saturdays": ["10:00-14:00|sat|*|*"],
        "Holidays": ["*|*|25-26|dec", "*|*|1|jan"],
    }
    for name, spoken in spans.items():
        number = tables.next_id("timegroups_groups")
        tables.insert("timegroups_groups", {"id": number, "description": name})
        for span in spoken:
            row = tables.next_id("timegroups_details")
            values: dict[str, str | int | None] = {"id": row, "timegroupid": number, "time": span}
            tables.insert("timegroups_details", values)
    send(
        pbx, times.CONDITION, "time-condition", displayname="Business hours", time="1",
        goto0=f"from-did-direct,{people[0]},1", goto1="app-blackhole,hangup,1",
    )  # fmt: skip
    send(
        pbx, times.CONDITION, "time-condition", displayname="Closed on holidays", time="3",
        goto0="app-blackhole,busy,1", goto1="timeconditions,1,1", timezone="Europe/Dublin",
    )  # fmt: skip
    send(
        pbx, times.FLOW, "daynight", itemid="1", fc_description="Night mode", state="DAY",
        goto0="timeconditions,2,1", goto1="app-blackhole,hangup,1", password="1234",  # noqa: S106
    )  # fmt: skip


def _recordings(tables: Tables) -> None:
    for name in ("Welcome", "Closed", "Menu"):
        number = tables.next_id("recordings")
        file = f"custom/{name.lower()}"
        tables.insert("recordings", {"id": number, "displayname": name, "filename": file})


def _groups(pbx: Pbx, people: list[str], count: int, chance: random.Random) -> None:
    def some(most: int) -> list[str]:
        return sorted(chance.sample(people, min(most, len(people))))

    strategies = ("ringall", "hunt", "memoryhunt-prim", "ringall-prim", "random")
    for place in range(count):
        send(
            pbx, groups.GROUP, "ring-group", account=str(6001 + place),
            description=f"Team {place + 1}", grplist="\n".join([*some(4), "15550100456#"]),
            strategy=strategies[place % len(strategies)], grptime=str(15 + place % 20),
            grppre=f"T{place}:" if place % 2 else "", goto0=f"from-did-direct,{people[0]},1",
            changecid="fixed" if place % 4 == 3 else "default",
            fixedcid="15550100" if place % 4 == 3 else "",
        )  # fmt: skip
    for place in range(max(1, count // 2)):
        send(
            pbx, queues.PAGE, "queue", account=str(7001 + place), name=f"Queue {place + 1}",
            members="\n".join(f"{each},{index % 2}" for index, each in enumerate(some(5))),
            dynmembers="\n".join(f"{each},0" for each in some(2)) if place % 2 else "",
            strategy=("ringall", "rrmemory", "leastrecent")[place % 3], maxwait="120",
            timeout="20", music="jazz" if place % 3 == 1 else "inherit", wrapuptime="10",
            goto0="ext-group,6001,1", joinannounce_id="1" if place % 2 else "None",
        )  # fmt: skip
    send(
        pbx, groups.PAGING, "paging", pagenbr="8501", description="Warehouse", default_group="0",
        **{"pagelist[]": some(6)},
    )  # fmt: skip
    send(
        pbx, groups.ROOM, "conference", account="8001", name="Board", userpin="1122",
        adminpin="3344", options="oM", opt_o="o", opt_MH="M",
    )  # fmt: skip


def _menus(pbx: Pbx, people: list[str]) -> None:
    """Two menus that lead to each other, and announcements between."""
    send(
        pbx, menus.ANNOUNCEMENT, "announcement", description="Closed", recording_id="2",
        goto0="app-blackhole,hangup,1",
    )  # fmt: skip
    send(
        pbx, menus.IVR, "ivr", name="Main menu", description="first", announcement="3",
        directdial="ext-local", timeout_destination=f"from-did-direct,{people[0]},1",
        invalid_destination="app-announcement-1,s,1",
        **{
            "entries[ext][]": ["1", "2", "9", "t"],
            "entries[goto][]": [
                "ext-group,6001,1", "ext-queues,7001,1", "ivr-2,s,1", "ivr-1,s,1",
            ],
        },
    )  # fmt: skip
    send(
        pbx, menus.IVR, "ivr", name="After hours", description="", announcement="1",
        timeout_destination="ivr-1,s,1", invalid_destination="ivr-1,s,1",
        **{"entries[ext][]": ["0"], "entries[goto][]": ["ivr-1,s,1"]},
    )  # fmt: skip
    send(
        pbx, menus.ANNOUNCEMENT, "announcement", description="Welcome", recording_id="1",
        allow_skip="1", goto0="ivr-1,s,1",
    )  # fmt: skip


def _routes(pbx: Pbx) -> None:
    def pattern(passed: str, prefix: str = "", prepend: str = "", caller: str = "") -> Any:
        return {
            "prepend_digit": prepend, "pattern_prefix": prefix, "pattern_pass": passed,
            "match_cid": caller,
        }  # fmt: skip

    found = (
        ("emergency", [pattern("911"), pattern("933")], ["1", "2"], {"emergency": "YES"}),
        ("internal", [pattern("5XXX", caller="10XX")], ["4"], {"intracompany": "YES"}),
        (
            "national", [pattern("1NXXNXXXXXX", "9"), pattern("NXXNXXXXXX", "9", "1")],
            ["1", "3", "2"], {"outcid": "15550100"},
        ),
        ("international", [pattern("011.", "9")], ["2"], {"routepass": "4711"}),
    )  # fmt: skip
    for at, (name, patterns, first, more) in enumerate(found):
        places = {f"trunkpriority[{place}]": trunk for place, trunk in enumerate(first)}
        send(
            pbx, routes.PAGE, "outbound-route", routename=name, route_seq=str(at),
            dialpatterndata=json.dumps(patterns), **places, **more,
        )  # fmt: skip


def _numbers(pbx: Pbx, people: list[str], count: int) -> None:
    targets = [
        "ivr-1,s,1", "ext-queues,7001,1", "ext-group,6001,1", "app-daynight,1,1",
        "timeconditions,1,1", "app-announcement-2,s,1", f"from-did-direct,{people[-1]},1",
        f"ext-local,vmu{people[0]},1", "ext-meetme,8001,1",
    ]  # fmt: skip
    for place in range(max(len(targets), count)):
        inbound.write(
            pbx.tables, f"1555020{place:04}", "",
            {"destination": targets[place % len(targets)], "description": f"Line {place + 1}"},
        )  # fmt: skip
    inbound.write(
        pbx.tables,
        "15550200000",
        "_44.",
        {"destination": "ext-group,6001,1", "description": "From abroad", "grppre": "UK:"},
    )
    inbound.write(pbx.tables, "", "", {"destination": "app-blackhole,no-service,1"})
