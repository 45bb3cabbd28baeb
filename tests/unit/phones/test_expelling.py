"""Whose registration is ended when a phone leaves its line."""

from __future__ import annotations

from typing import Any

from reconciler.model.address import Address
from reconciler.model.change import Change, Create, Delete, FieldChange, Update
from reconciler.model.resource import Desired
from reconciler.model.secret import Secret
from reconciler.model.value import Fields
from reconciler.phones.expelling import left_lines
from reconciler.testing.building import at, desired, resource

LINE = at("extension/office/1001")
ADA = at("phone/main/ada")
FIELDS: Fields = {
    "mac": "80:5e:c0:f0:00:01", "model": "T54W", "lines": [{"extension": "1001"}],
}  # fmt: skip
EXTENSION = resource(LINE, name="Ada", secret=Secret("generated"))
REKEYED = FieldChange("secret", Secret(None, "a"), Secret("generated", "b"))


def phone(address: Address = ADA, **fields: Any) -> Any:
    return resource(address, {**FIELDS, **fields}, needs=[str(LINE)])


def estate(*more: Any) -> Desired:
    return desired([EXTENSION, *more])


def rekeyed() -> Change:
    return Update(LINE, "pbx/office", (), None, 0, {}, {}, (REKEYED,))


def gone() -> Change:
    return Delete(ADA, "site/main", (LINE,), None, 0, FIELDS)


def test_a_phone_that_leaves_and_hardware_that_is_replaced() -> None:
    assert left_lines([rekeyed(), gone()], estate()) == {LINE: ADA}
    other = FieldChange("mac", "80:5e:c0:f0:00:01", "80:5e:c0:f0:00:09")
    changed = Update(ADA, "site/main", (LINE,), None, 0, FIELDS, FIELDS, (other,))
    wish = estate(phone(mac="80:5e:c0:f0:00:09"))
    assert left_lines([rekeyed(), changed], wish) == {LINE: ADA}
    # On another desk it has to be told what it gets there.
    elsewhere = resource("phone/main/lobby", {**FIELDS, "lines": []})
    wish = estate(phone(mac="80:5e:c0:f0:00:09"), elsewhere)
    assert left_lines([rekeyed(), changed], wish) == {}


def test_a_line_that_keeps_its_password_or_goes_itself_is_not_meant() -> None:
    """The phone would come back at once; or there is nothing left to ring."""
    assert left_lines([gone()], estate()) == {}
    assert left_lines([rekeyed(), gone()], desired()) == {}


def test_who_shares_the_line_keeps_the_registration_over_which_it_is_told() -> None:
    ben = phone(at("phone/main/ben"), mac="80:5e:c0:f0:00:02")
    assert left_lines([rekeyed(), gone()], estate(ben)) == {}
    app = resource("softphone/office/ada", {"app": "linphone"}, needs=[str(LINE)])
    assert left_lines([rekeyed(), gone()], estate(app)) == {}


def test_a_phone_that_goes_to_another_site_does_not_leave() -> None:
    there = at("phone/branch/ada")
    made = Create(there, "site/branch", (LINE,), None, 0, FIELDS)
    wish = desired([EXTENSION, phone(there)], moved=[(str(ADA), str(there))])
    assert left_lines([rekeyed(), gone(), made], wish) == {}
