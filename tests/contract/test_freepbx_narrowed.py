"""What an apply asks a FreePBX for around its writes, and what people change there meanwhile."""

import asyncio

from reconciler.lab.freepbx import somebody
from reconciler.lab.freepbx.estate import fill
from reconciler.model.ownership import Ownership
from reconciler.testing.building import desired
from tests.contract.freepbx_platform import world_of
from tests.contract.test_freepbx_faults import PASSED, entry, group, person, route

PASSING = ("fetchApiStatus", "token", "login")
"""How often a reload is asked after depends on how long it takes; and each connection logs in."""
ADA, BEN, CAT = person("1001", "Ada"), person("1002", "Ben"), person("1003", "Cat")
CARRIER = entry("trunk", "carrier", host="sip.example.com", mode="ip")
MENU = entry("ivr", "menu", options={"1": "ring_group/600"}, announcement=None)


def way_out(key, order, match="9"):
    return entry(
        "outbound_route", key, order=order, trunks=["carrier"], patterns=[{"match": f"{match}XXX"}]
    )


BEFORE = (
    ADA, BEN, CAT, group("600", "1001", "1002"), group("601", "1003"), route("ring_group/600"),
    MENU, CARRIER, way_out("near", 1), way_out("far", 2, "8"),
)  # fmt: skip


class Office:
    """A workspace on one FreePBX, on which somebody else is at work between plan and apply."""

    def __init__(self, server, folder, **settings):
        self.server = server
        self.world, self.at = world_of(server, folder, **settings)

    def apply(self, *wanted, meanwhile=lambda: None):
        """Return what was not done and why, and what was asked after the plan."""
        wish = desired(wanted, [self.at])
        planned = asyncio.run(self.world.plan(wish, overrides=PASSED))
        meanwhile()
        self.server.traffic.clear()
        outcomes = asyncio.run(self.world.apply(planned, wish))
        seen = [each.label for each in self.server.traffic.seen]
        seen = [each for each in seen if not any(name in each for name in PASSING)]
        return {str(e.address): e.detail for e in outcomes if e.state == "stale"}, seen


def without(*gone):
    return tuple(each for each in BEFORE if each not in gone)


def test_one_changed_name_asks_for_that_list_alone(server, tmp_path):
    fill(server.pbx, 40)
    office = Office(server, tmp_path)
    office.apply(person("1001", "Ada"))
    stale, seen = office.apply(person("1001", "Adah"))
    assert not stale
    assert seen == [
        "GET /admin/config.php export extensions",  # is it as it was?
        "GET /admin/config.php export extensions",  # all that a batch may change beside
        "GET /admin/config.php export usermanusers",
        "GET /admin/config.php export usermangroups",
        "GET /admin/config.php page extensions",
        "POST /admin/config.php form extensions edit",
        "GET /admin/config.php export extensions",  # read back
        "GET /admin/config.php export usermanusers",
        "GET /admin/config.php export usermangroups",
        "POST /admin/api/api/gql mutation doreload",
        "GET /admin/config.php export extensions",  # the verdict
    ]


def test_what_others_do_elsewhere_does_not_matter(server, tmp_path):
    office = Office(server, tmp_path)
    office.apply(*BEFORE)

    def meanwhile():
        somebody.renames_extension(server.pbx, "1003", "Cathy")
        somebody.deletes_ring_group(server.pbx, "601")

    wish = (person("1001", "Adah"), *without(ADA))
    stale, _ = office.apply(*wish, meanwhile=meanwhile)
    assert not stale
    _, again = asyncio.run(drift(office, wish))
    assert again == ["create ring_group/ferrybank/601", "update extension/ferrybank/1003"]


async def drift(office, wanted):
    planned = await office.world.plan(desired(wanted, [office.at]), overrides=PASSED)
    return planned, sorted(each.id for each in planned.steps)


def takes_number(office, server, tmp_path, number):
    """Somebody makes an extension with their own tools."""
    folder = tmp_path / "other"
    folder.mkdir()
    other = Office(server, folder)
    other.world.ledger = Ownership()
    other.apply(person(number, "Somebody"))


def test_what_a_step_depends_on_is_looked_at_again(server, tmp_path):
    office = Office(server, tmp_path)
    office.apply(*BEFORE)
    pbx = server.pbx
    cases = [
        (
            (*BEFORE, group("602", "1003")),
            lambda: takes_number(office, server, tmp_path, "602"),
            {"ring_group/602": "extension/ferrybank/602 has the number now"},
        ),
        (
            (*without(BEFORE[3]), group("600", "1001", "1003")),
            lambda: somebody.deletes_extension(pbx, "1003"),
            {"ring_group/600": "it refers to extension/ferrybank/1003: it is gone"},
        ),
        (
            (*without(BEFORE[-1]), way_out("far", 2, "7")),
            lambda: somebody.reorders_routes(pbx, "far", "near"),
            {"outbound_route/far": "the order of the outbound_route objects has changed"},
        ),
        (
            (entry("ivr", "menu", options={"2": "ring_group/600"}), *without(MENU)),
            lambda: somebody.deletes_ring_group(pbx, "600"),
            {"ivr/menu": "it refers to ring_group/ferrybank/600: it is gone"},
        ),
    ]
    for wish, meanwhile, expected in cases:
        stale, _ = office.apply(*wish, meanwhile=meanwhile)
        found = {address.replace("ferrybank/", ""): why for address, why in stale.items()}
        assert found == {a: f"{why}; nothing was sent" for a, why in expected.items()}
        office.apply(*BEFORE)  # and the next plan finds what others did


def test_nothing_is_deleted_that_somebody_has_begun_to_use(server, tmp_path):
    office = Office(server, tmp_path)
    office.apply(*BEFORE)

    def meanwhile():
        tables = server.pbx.tables
        row = tables.row("incoming", extension="16035550100")
        tables.change(row, "incoming", destination="ext-group,601,1")

    stale, _ = office.apply(*without(BEFORE[4]), meanwhile=meanwhile)
    assert stale == {
        "ring_group/ferrybank/601": "inbound_route/ferrybank/16035550100 refers to "
        "ring_group/ferrybank/601 now; nothing was sent",
    }
