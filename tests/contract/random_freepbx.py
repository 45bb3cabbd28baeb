"""Random small FreePBXs: a few objects of any kind, made by sending their forms as people would.

What people do beside our words is in them too: destinations without a word, menus that return,
unusual strategies. The same seed gives the same PBX, made-up secrets aside.
"""

import json
from random import Random

from reconciler.lab.freepbx.estate_calls import send
from reconciler.lab.freepbx.objects import extension, inbound
from reconciler.lab.freepbx.web.pages import groups, menus, places, queues, routes, times, trunks

NAMES = ("Sales", "Zoë & Söhne", "O'Brien", "Smith, Jr.", "0042", "Desk #3", "Łucja", "R&D")
MOST = 12


class RandomPbx:
    """Puts 1 to 12 objects on a PBX."""

    def __init__(self, pbx, seed):
        self.pbx = pbx
        self.pick = Random(seed)
        self.people = []
        self.trunks = []
        self.recordings = []
        self.ways = ["app-blackhole,hangup,1", "app-blackhole,busy,1", "ext-featurecodes,*98,1"]
        made = [self.person] + [
            self.pick.choice(self.kinds()) for _ in range(self.pick.randrange(MOST))
        ]
        for make in sorted(made, key=self.kinds().index):
            make()
        pbx.load()

    def kinds(self):
        return [
            self.recording, self.misc, self.person, self.trunk, self.room, self.paging,
            self.announcement, self.ring_group, self.queue, self.hours, self.switch, self.menu,
            self.lot, self.number, self.route, self.blocked,
        ]  # fmt: skip

    def name(self):
        return f"{self.pick.choice(NAMES)} {self.pick.randrange(1000)}"

    def way(self, *, told=False):
        """A destination; one that has a word if it has to be `told`."""
        ways = [self.ways[0], *self.ways[3:]] if told else self.ways
        return self.pick.choice(ways)

    def some(self, most=4):
        return sorted(self.pick.sample(self.people, min(most, len(self.people))))

    def maybe(self, value, other=""):
        return value if self.pick.random() < 0.5 else other

    def next_id(self, table):
        return self.pbx.tables.next_id(table)

    def made(self, table, column="id"):
        """The number of what was made last."""
        return self.pbx.tables.rows(table)[-1][column]

    def next(self, word, table):
        """A name that no other row of a table has."""
        return f"{word} {self.count(table) + 1}"

    def count(self, table, **where):
        return len(self.pbx.tables.rows(table, **where))

    def recording(self):
        number = self.next_id("recordings")
        file = f"custom/r{number}"
        self.pbx.tables.insert(
            "recordings", {"id": number, "displayname": f"r{number}", "filename": file}
        )
        self.recordings.append(str(number))

    def misc(self):
        dials = self.pick.choice(("+441134960100", "01134960101", "*98", "{core:pickup}"))
        send(self.pbx, places.MISC, "misc-destination", description=self.name(), destdial=dials)
        self.ways.append(f"ext-miscdests,{self.made('miscdests')},1")

    def person(self):
        number = str(1001 + len(self.people))
        box = self.pick.random() < 0.6
        wanted = extension.Wanted(
            number=number, name=self.name(), email=f"u{number}@example.com",
            user=self.pick.random() < 0.5,
            outbound_cid=self.maybe('"Desk" <16035550100>', self.maybe("16035550101")),
            emergency_cid=self.maybe("16035550199"), user_groups="1", voicemail=box,
            voicemail_pin=f"{self.pick.randrange(10_000):04}",
            max_contacts=self.pick.choice("135"), ring_timer=self.pick.choice(("0", "15", "40")),
        )  # fmt: skip
        extension.create(self.pbx.tables, wanted, asterisk_is_up=True)
        user = self.pbx.tables.row("users", extension=number)
        self.pbx.tables.change(
            user, "users", busy_dest=self.maybe(self.way()), noanswer_cid=self.maybe("NA:"),
        )  # fmt: skip
        for keyword, data in (("direct_media", "no"), ("allow", "alaw&g722"), ("rtp_timeout", "9")):
            row = self.pbx.tables.row("sip", id=number, keyword=keyword)
            self.pbx.tables.change(row, "sip", data=self.maybe(data, row["data"]))
        own = self.pbx.tables.row("sip", id=number, keyword="callerid")
        if own is not None:  # one of its own is refused (test_freepbx_rules)
            self.pbx.tables.change(own, "sip", data="")
        self.people.append(number)
        self.ways.append(f"from-did-direct,{number},1")
        if box:
            self.ways.append(f"ext-local,vmu{number},1")

    def trunk(self):
        registers = self.pick.random() < 0.5
        more = {"authentication": "off", "registration": "none", "match": "198.51.100.7"}
        send(
            self.pbx, trunks.PAGE, "trunk-pjsip", trunk_name=self.next("carrier", "trunks"),
            sip_server="198.51.100.7", maxchans=self.maybe("20"), outcid=self.maybe("16035550100"),
            media_encryption=self.pick.choice(("no", "sdes")), disabletrunk=self.maybe("on", "off"),
            **({"username": "acct", "secret": "Trunk-Secret-1"} if registers else more),
        )  # fmt: skip
        self.trunks.append(str(self.made("trunks", "trunkid")))

    def room(self):
        number = str(8001 + self.count("meetme"))
        letters = "".join(each for each in ("o", "c", "q") if self.pick.random() < 0.5)
        send(
            self.pbx, groups.ROOM, "conference", account=number, name=self.name(),
            userpin=self.maybe("1122"), adminpin=self.maybe("3344"), options=letters,
            users=self.pick.choice(("0", "7")), joinmsg_id=self.heard(""),
        )  # fmt: skip
        self.ways.append(f"ext-meetme,{number},1")

    def heard(self, none):
        return self.maybe(self.pick.choice(self.recordings), none) if self.recordings else none

    def paging(self):
        number = str(8501 + self.count("paging_config"))
        send(
            self.pbx, groups.PAGING, "paging", pagenbr=number, description=self.name(),
            default_group="0", duplex=self.pick.choice("01"), force_page=self.pick.choice("012"),
            announcement=self.pick.choice(("none", "default", "beep")),
            **{"pagelist[]": self.some()},
        )  # fmt: skip
        self.ways.append(f"app-pagegroups,{number},1")

    def announcement(self):
        if not self.recordings:
            self.recording()
        send(
            self.pbx, menus.ANNOUNCEMENT, "announcement",
            description=self.next("Say", "announcement"), allow_skip=self.maybe("1"),
            recording_id=self.pick.choice(self.recordings),
            repeat_msg=self.maybe("5"), noanswer=self.maybe("1"), return_ivr=self.maybe("1", "0"),
            goto0=self.way(),
        )  # fmt: skip
        self.ways.append(f"app-announcement-{self.made('announcement', 'announcement_id')},s,1")

    def ring_group(self):
        number = str(600 + self.count("ringgroups"))
        send(
            self.pbx, groups.GROUP, "ring-group", account=number, description=self.name(),
            grplist="\n".join([*self.some(), self.maybe("16035550177#")]).strip(),
            strategy=self.pick.choice(("ringall", "hunt", "memoryhunt-prim", "random")),
            grptime=str(self.pick.randrange(5, 60)), grppre=self.maybe("T:"), goto0=self.way(),
            cwignore=self.maybe("CHECKED"), changecid="default",
        )  # fmt: skip
        self.ways.append(f"ext-group,{number},1")

    def queue(self):
        number = str(700 + self.count("queues_config"))
        send(
            self.pbx, queues.PAGE, "queue", account=number, name=self.name(),
            members="\n".join(f"{each},{self.pick.randrange(3)}" for each in self.some()),
            dynmembers=self.maybe("\n".join(f"{each},0" for each in self.some(1))),
            strategy=self.pick.choice(("ringall", "rrmemory", "leastrecent")),
            maxwait=self.pick.choice(("", "60", "120")), timeout="20", wrapuptime="10",
            cwignore=self.pick.choice("0123"), joinannounce_id=self.heard("None"),
            joinempty=self.pick.choice(("yes", "strict", "no")), goto0=self.way(),
        )  # fmt: skip
        self.ways.append(f"ext-queues,{number},1")

    def hours(self):
        tables, group = self.pbx.tables, self.next_id("timegroups_groups")
        tables.insert("timegroups_groups", {"id": group, "description": f"Hours {group}"})
        spoken = self.pick.choice((
            ["09:00-17:00|mon-fri|*|*", "10:00-12:00|sat|*|*"], ["*|*|25-26|dec", "*|*|1|jan"],
            ["08:00-16:00|mon-thu|*|jan-nov", "08:00-16:00|mon-thu|1-23|dec"], ["*|*|*|*"],
        ))  # fmt: skip
        for span in spoken:
            row = {"id": self.next_id("timegroups_details"), "timegroupid": group, "time": span}
            tables.insert("timegroups_details", row)
        send(
            self.pbx, times.CONDITION, "time-condition", time=str(group),
            displayname=self.next("Open", "timeconditions"), goto0=self.way(), goto1=self.way(),
            timezone=self.pick.choice(("default", "Europe/Dublin")),
        )  # fmt: skip
        self.ways.append(f"timeconditions,{self.made('timeconditions', 'timeconditions_id')},1")

    def switch(self):
        number = str(self.count("daynight", dmode="fc_description"))
        send(
            self.pbx, times.FLOW, "daynight", itemid=number, fc_description=f"Switch {number}",
            state=self.pick.choice(("DAY", "NIGHT")), goto0=self.way(), goto1=self.way(),
            password=self.maybe("1234"),
        )  # fmt: skip
        self.ways.append(f"app-daynight,{number},1")

    def menu(self):
        keys = self.pick.sample(("1", "2", "9", "*", "t", "12"), self.pick.randrange(1, 5))
        loops = self.pick.choice("0234")
        send(
            self.pbx, menus.IVR, "ivr", name=self.next("Menu", "ivr_details"),
            description=self.maybe(self.name()),
            announcement=self.heard(""), directdial=self.maybe("ext-local"),
            invalid_loops=loops, timeout_loops=self.maybe(loops, "3"),
            timeout_destination=self.way(), invalid_destination=self.way(),
            **{
                "entries[ext][]": keys, "entries[goto][]": [self.way() for _ in keys],
                **{f"entries[ivr_ret][DESTID{n}]": self.maybe("1") for n in range(1, 2)},
            },
        )  # fmt: skip
        self.ways.append(f"ivr-{self.made('ivr_details')},s,1")

    def lot(self):
        send(
            self.pbx, places.LOT, "parking-lot", id="1", parkext=self.pick.choice(("70", "690")),
            name=self.name(), parkpos="711", numslots=str(self.pick.randrange(1, 20)),
            parkingtime=str(self.pick.randrange(10, 300)),
            findslot=self.pick.choice(("first", "next")), alertinfo=self.maybe("ring2"),
            comebacktoorigin=self.pick.choice(("yes", "no")), goto0=self.maybe(self.way()),
        )  # fmt: skip

    def number(self):
        place = self.count("incoming")
        inbound.write(
            self.pbx.tables, f"1603555{place:04}", self.maybe("_44."),
            {
                "destination": self.way(), "description": self.maybe(self.name()),
                "grppre": self.maybe("UK:"), "alertinfo": self.maybe("ring1"),
                "privacyman": self.pick.choice("01"), "delay_answer": self.pick.choice("03"),
            },
        )  # fmt: skip

    def route(self):
        if not self.trunks:
            self.trunk()
        patterns = [
            {"prepend_digit": self.maybe("1"), "pattern_prefix": self.maybe("9"),
             "pattern_pass": f"{each}XXXX", "match_cid": self.maybe("10XX")}
            for each in self.pick.sample("234567", self.pick.randrange(1, 4))
        ]  # fmt: skip
        listed = self.pick.sample(self.trunks, self.pick.randrange(1, len(self.trunks) + 1))
        ordered = {f"trunkpriority[{place}]": each for place, each in enumerate(listed)}
        more = {"emergency": "YES"} if self.pick.random() < 0.3 else {}
        more |= {"intracompany": "YES"} if self.pick.random() < 0.3 else {}
        send(
            self.pbx, routes.PAGE, "outbound-route", routename=self.next("out", "outbound_routes"),
            dialpatterndata=json.dumps(patterns), outcid=self.maybe("16035550100"),
            routepass=self.maybe("4711"), goto0=self.maybe(self.way()), **ordered, **more,
        )  # fmt: skip

    def blocked(self):
        number = f"120255501{self.pick.randrange(100):02}"
        self.pbx.tables.put(f"blacklist/{number}", self.maybe("toner", "1"))
