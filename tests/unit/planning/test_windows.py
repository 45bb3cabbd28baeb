"""Windows: which steps keep to the hours of their site, and what they hold along with them."""

from dataclasses import replace
from datetime import UTC, datetime

from reconciler.adapters.devices import DEVICES
from reconciler.model.address import Address
from reconciler.model.change import FieldChange, Update
from reconciler.model.plan import Firmware, Plan
from reconciler.model.resource import Desired
from reconciler.model.step import Disruption, Step
from reconciler.planning.phones.windows import held_by_windows, too_late, with_windows
from reconciler.testing.building import at, desired

NIGHTS = "Mon-Sun 22:00-23:00"
NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
FLASH = at("firmware/main/ada")
PHONE = at("phone/main/ada")


def sites(*hours: str) -> Desired:
    return desired()._replace(sites={"main": {"timezone": "UTC", "maintenance_windows": hours}})


def step(address: Address, kind: str = "none", *needs: str, **fields: str) -> Step:
    before, after = {"vendor": "grandstream"}, {"vendor": "grandstream", **fields}
    changed = tuple(FieldChange(path, "", value) for path, value in fields.items())
    change = Update(address, "site/main", (), None, 0, before, after, changed)
    return Step(f"update {address}", "site/main", address, change, (), needs, "", Disruption(kind))


def planned(*steps: Step, firmware: tuple[Firmware, ...] = (), hours: str = NIGHTS) -> Plan:
    plan = Plan((), steps, (), (), (), (), 0, "", "", firmware=firmware)
    return with_windows(plan, sites(*([hours] if hours else [])), DEVICES)


def test_firmware_keeps_to_the_window_of_its_site() -> None:
    plan = planned(step(FLASH, "firmware"))
    assert [each.steps for each in plan.windows] == [(f"update {FLASH}",)]
    assert "the window of main opens" in held_by_windows(plan, NOON, None)[f"update {FLASH}"]
    assert held_by_windows(plan, NOON, "now") == {}


def test_without_hours_firmware_waits_until_somebody_says_when() -> None:
    plan = planned(step(FLASH, "firmware"), hours="")
    assert "--window now" in held_by_windows(plan, NOON, None)[f"update {FLASH}"]
    assert held_by_windows(plan, NOON, "now") == {}


def test_new_files_of_a_phone_that_may_restart_for_them_wait() -> None:
    told = {"files.cfg000b82000001.xml": "new"}
    assert planned(step(PHONE, **told)).windows
    # Nobody fetches what is written over the phone's own interface: that is looked at by itself.
    assert not planned(step(PHONE, **told, **{"provisioning.delivery": "push"})).windows


def with_mac(step: Step, before: str, after: str) -> Step:
    change = step.change
    assert isinstance(change, Update)
    change = replace(
        change,
        before={**change.before, "mac": before},
        after={**change.after, "mac": after},
        fields=(*change.fields, FieldChange("mac", before, after)),
    )
    return step._replace(change=change)


def test_new_hardware_for_somebody_whose_phone_broke_waits_for_nothing() -> None:
    told = {"files.cfg000b82000001.xml": "new"}
    one, other = at("phone/main/ada"), at("phone/main/ben")
    new = with_mac(step(one, **told), "80:5e:c0:00:00:01", "80:5e:c0:00:00:09")
    assert not planned(new).windows
    # Two phones change places: somebody has each of them on the desk.
    swapped = planned(
        with_mac(step(one, **told), "80:5e:c0:00:00:01", "80:5e:c0:00:00:02"),
        with_mac(step(other, **told), "80:5e:c0:00:00:02", "80:5e:c0:00:00:01"),
    )
    assert [len(each.steps) for each in swapped.windows] == [2]
    assert planned(with_mac(step(FLASH, "firmware"), "80:5e:c0:00:00:01", "")).windows


def test_what_needs_a_held_step_waits_with_it() -> None:
    first = step(PHONE, "reboot")
    held = held_by_windows(planned(first, step(at("phone/main/ben"), "none", first.id)), NOON, None)
    assert held["update phone/main/ben"] == f"needs {first.id}, which waits"


def test_a_password_waits_for_the_phone_that_has_it_not_for_one_with_a_key_to_it() -> None:
    number = at("extension/office/1001")
    secret = step(number, secret="another")._replace(target="pbx/office")
    phone = step(PHONE, "reboot", secret.id)
    assert isinstance(phone.change, Update)
    for lines, held in (["1001"], {secret.id, phone.id}), (["1002"], {phone.id}):
        after = {**phone.change.after, "lines": [{"extension": each} for each in lines]}
        needs = (number, at("extension/office/1002"))
        change = replace(phone.change, after=after, needs=needs)
        plan = planned(secret, phone._replace(change=change))
        assert held_by_windows(plan, NOON, None).keys() == held


def test_a_file_that_names_refused_firmware_is_held_whatever_is_said() -> None:
    row = Firmware(FLASH, "T54W", "1", "its file", (), "2", "refused", "its checksum is another")
    plan = planned(step(PHONE, "firmware"), firmware=(row,))
    assert "its checksum is another" in held_by_windows(plan, NOON, "now")[f"update {PHONE}"]


def test_what_would_not_be_done_before_the_window_closes_is_not_begun() -> None:
    late = datetime(2026, 11, 28, 22, 51, tzinfo=UTC)
    nights = sites(NIGHTS)
    why = too_late(nights, "main", late, 600, None)
    assert why == "it takes about 10 min, and the window of main closes Sat 2026-11-28 23:00 (UTC)"
    assert too_late(nights, "main", late, 540, None) == ""
    assert too_late(nights, "main", late, 600, "now") == ""
    assert too_late(nights, "main", late, None, None) == ""
    assert too_late(sites("24/7"), "main", late, 10**6, None) == ""
    assert too_late(nights, "main", NOON, 600, None) == "", "it is closed, which is said elsewhere"


def test_the_hour_that_comes_twice_is_two_hours_long() -> None:
    said = {"timezone": "Europe/London", "maintenance_windows": ("Sun 00:30-02:00",)}
    autumn = desired()._replace(sites={"main": said})
    begin = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)  # 01:00 summer time; 02:00 comes 2 h later
    assert too_late(autumn, "main", begin, 7200, None) == ""
    assert too_late(autumn, "main", begin, 7260, None) != ""
