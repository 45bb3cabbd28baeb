"""Onboarding proposes site, template and extension, and says why."""

from reconciler.device import DeviceAccount
from reconciler.discovery.linking import link_by_accounts, link_by_address
from reconciler.discovery.proposing import Linked, TemplateOffer, propose
from reconciler.model.address import Address
from reconciler.phones.meant import Placed
from reconciler.testing.building import desired, pbx, resource

PHONE = Placed(
    Address("phone", "main", "t46u-1"), "yealink", "T46U", "805ec0aabb01", "office", (),
    host="10.20.0.5", lifecycle="discovered",
)  # fmt: skip
MADE = TemplateOffer("desk-t4", "yealink", "T4[0-9]U", default=False)
USUAL = TemplateOffer("yealink", "yealink", None, default=True)
ANY = TemplateOffer("any", "any", None, default=True)
OTHER = TemplateOffer("poly", "polycom", None, default=True)
LINK = {str(PHONE.address): Linked("office", "1001", "registered from 10.20.0.5 on office")}


def estate(*more):

    found = desired([resource("extension/office/1001", name="Ada"), *more], [pbx("office")])
    sites = {
        "main": {"subnets": ["10.20.0.0/24"], "pbx": "office"},
        "branch": {"subnets": ["10.30.0.0/24"], "pbx": "office"},
        "other": {"pbx": "elsewhere"},
    }
    return found._replace(sites=sites)


def test_everything_is_found():
    found = propose(PHONE, estate(), [MADE, USUAL, ANY, OTHER], LINK)
    assert (found.site, found.template, found.lines) == ("main", "desk-t4", ("1001",))
    assert found.problems == ()
    assert any("made for its model" in each for each in found.why)


def test_the_site_is_found_by_subnet():
    from dataclasses import replace

    moved = replace(PHONE, host="10.30.0.9")
    assert propose(moved, estate(), [USUAL], {}).site == "branch"
    lost = replace(PHONE, host="192.0.2.1")
    assert propose(lost, estate(), [USUAL], {}).site == "main"


def test_templates_in_order():
    assert propose(PHONE, estate(), [USUAL, ANY], {}).template == "yealink"
    assert propose(PHONE, estate(), [ANY, OTHER], {}).template == "any"
    none = propose(PHONE, estate(), [OTHER], {})
    assert none.template is None
    assert "no template fits" in none.problems[0]
    two = propose(PHONE, estate(), [USUAL, TemplateOffer("b", "yealink", None, default=True)], {})
    assert "several templates fit" in two.problems[0]
    said = propose(PHONE, estate(), [OTHER], {}, template="mine")
    assert (said.template, said.problems) == ("mine", ())


def test_an_extension_of_another_pbx_is_named_with_it():
    found = propose(PHONE, estate(), [USUAL], LINK, site="other")
    assert found.lines == ("office:1001",)


def test_an_extension_that_somebody_has_is_not_taken():
    other = resource("phone/main/ada", mac="x", model="y", lines=[{"extension": "1001"}])
    found = propose(PHONE, estate(other), [USUAL], LINK)
    assert "is a line of phone/main/ada already" in found.problems[0]


def test_an_extension_that_is_not_declared_is_said():
    link = {str(PHONE.address): Linked("office", "1999", "registered")}
    assert "not declared" in propose(PHONE, estate(), [USUAL], link).problems[0]


def test_an_extension_is_found_by_the_address_that_it_is_registered_from():
    rows = [("10.20.0.5", "office", "1001", ""), ("10.20.0.6", "office", "1002", ""),
            ("10.20.0.6", "office", "1003", "")]  # fmt: skip
    found = link_by_address("10.20.0.5", rows)
    assert (found.pbx, found.extension) == ("office", "1001")
    assert link_by_address("10.20.0.6", rows) is None  # two: nobody knows which
    assert link_by_address("10.20.0.7", rows) is None
    assert link_by_address(None, rows) is None


def test_an_extension_is_found_by_the_phone_s_own_account():

    found = estate()._replace(pbxs={"office": {"sip.host": "PBX.office.example"}})

    def link(user, server):
        return link_by_accounts([DeviceAccount(1, user, server)], found)

    assert link("1001", "pbx.office.example:5080").extension == "1001"
    assert link("1999", "pbx.office.example") is None
    assert link("1001", "elsewhere.example") is None
    assert link("1001", "") is None
