"""What a platform cannot hold is said with its place, before anything is planned."""

from reconciler.adapter import Problem
from reconciler.planning.held import check_held
from reconciler.testing.building import desired, pbx, resource, site
from tests.unit.planning.paper import PaperAdapter

ADA = resource("extension/office/1001", {"name": "Ada", "voicemail.email": "a@b.org"})


def check(*resources, adapter=None, targets=None):
    return check_held(desired(resources, targets), {"memory": adapter or PaperAdapter()})


def holding(**support):
    adapter = PaperAdapter()
    adapter.supports = {
        "extension": adapter.supports["extension"]._replace(**support),
    }
    return adapter


def test_what_is_held_is_no_finding():
    assert check(ADA) == ()


def test_a_field_or_section_that_is_not_held():
    for path in ("voicemail.email", "voicemail"):
        (found,) = check(ADA, adapter=holding(unheld={path: "it sends no mail"}))
        assert found.code == "field-not-held"
        assert "it sends no mail" in found.detail
        assert found.at.path[-2:] == ("voicemail", "email")


def test_a_section_that_is_not_held_is_told_once():
    box = {"name": "Ada", "voicemail.email": "a@b.org", "voicemail.attach": True}
    entry = resource("extension/office/1001", box)
    (found,) = check(entry, adapter=holding(unheld={"voicemail": "it has no boxes"}))
    assert "cannot hold voicemail: it has no boxes" in found.detail


def test_a_similar_name_is_not_the_section():
    assert check(ADA, adapter=holding(unheld={"voice": "x", "voicemail.e": "x"})) == ()


def test_making_empty_what_is_not_held_is_harmless():
    entry = resource("extension/office/1001", {"name": "Ada", "dtmf": None})
    assert check(entry, adapter=holding(unheld={"dtmf": "x"})) == ()


def test_a_kind_that_is_not_held():
    (found,) = check(resource("trunk/office/t", host="h"), adapter=holding())
    assert found.code == "kind-not-held"
    assert "extension" in found.hint


def test_a_target_without_adapter():
    (found,) = check(ADA, targets=[pbx(adapter="freepbx")])
    assert found.code == "no-adapter"
    phone = resource("phone/home/desk", mac="805ec0f00121", model="T43U", lines=[])
    (found,) = check(phone, targets=[site(adapter="")])
    assert "memory" in found.hint


def test_what_the_adapter_itself_finds():
    class Picky(PaperAdapter):
        def check(self, resource, target):
            return [Problem("name", "too long.", "shorten it", "warning"), Problem("", "odd.")]

    found = check(ADA, adapter=Picky())
    assert [(each.code, each.severity, each.hint) for each in found] == [
        ("value-not-held", "warning", "shorten it"),
        ("value-not-held", "error", None),
    ]
