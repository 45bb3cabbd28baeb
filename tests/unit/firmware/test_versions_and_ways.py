"""Firmware: versions in order, the wanted one, the steps to it, who stands where."""

import pytest

from reconciler.firmware.compliance import counts, standings
from reconciler.firmware.tracks import Aim, Release, Track, Wanted, track_for, wanted_for, way_to
from reconciler.firmware.versions import compare
from reconciler.model.address import Address
from reconciler.phones.meant import Placed

ORDERS = [
    ("grandstream", "1.0.11.9", "1.0.11.106", "older"),
    ("grandstream", "1.0.11.106", "1.0.11.106", "equal"),
    ("grandstream", "1.0.11", "1.0.11.106", "unknown"),
    ("yealink", "66.86.0.15", "66.84.0.90", "newer"),
    ("yealink", "66.86.0.15(20211130)", "66.86.0.15", "equal"),
    ("yealink", "28.83.0.90", "66.86.0.15", "unknown"),  # another hardware's
    ("yealink", "124.85.257.55", "124.86.0.75", "unknown"),  # a customer's build
    ("yealink", "124.85.257.55", "124.85.257.55", "equal"),
    ("polycom", "5.9.5.0614", "5.9.3.2857 02-Jul-19 06:14", "newer"),
    ("polycom", "5.4.0A", "5.4.0", "equal"),
    ("polycom", "6.4.7.4560", "6.4.10.1", "older"),
    ("snom", "8.9.3.80", "10.1.215.13", "older"),
    ("fanvil", "2.16.10", "2.16.10.0", "equal"),
    ("fanvil", "2.10.2.6887", "2.12.16.17", "older"),
    ("cisco", "7.5.2b", "7.5.2", "newer"),
    ("cisco", "7.5.2b", "7.5.5", "older"),
    ("cisco", "1.4.1SR1", "1.4.1", "newer"),
    ("cisco", "sip88xx.11-3-1MPP-678", "12.0.7", "older"),
    ("somebody", "1.2", "1.3", "unknown"),
    ("somebody", "1.2", "1.2", "equal"),
    ("grandstream", "", "1.0.11.106", "unknown"),
]


@pytest.mark.parametrize(("vendor", "one", "other", "order"), ORDERS)
def test_versions_are_ordered_as_vendors_do(vendor, one, other, order):
    assert compare(vendor, one, other) == order
    back = {"older": "newer", "newer": "older"}.get(order, order)
    assert compare(vendor, other, one) == back


def phone(name="a", **more):
    said = {"vendor": "cisco", "model": "SPA504G", **more}
    return Placed(Address("phone", "main", name), mac="0" * 12, pbx="", lines=(), **said)


FIRST = Release("7.4.9", url="https://fw.example/749.bin")
STONE = Release("7.5.2b", url="https://fw.example/752b.bin", stable=False)
LAST = Release(
    "7.5.5", url="https://fw.example/755.bin", needs=("7.5.2b", "7.5.4"), recommended=True
)
TRACK = Track("cisco", frozenset(("spa504g",)), (FIRST, STONE, LAST), ())


def way(current, *, release=LAST, track=TRACK, hw="", accept=False):
    wanted = Wanted(release.version, "", track)
    return way_to(phone(), current, wanted, hw_revision=hw, accept_one_way=accept)


def test_the_steps_between_are_those_that_are_declared():
    assert [each.version for each in way("7.4.9").steps] == ["7.5.2b", "7.5.5"]
    assert [each.version for each in way("7.5.2b").steps] == ["7.5.5"]
    assert [each.version for each in way("7.5.4").steps] == ["7.5.5"]
    assert way("7.5.5").steps == ()
    alone = Track("cisco", TRACK.models, (LAST,), ())
    assert "no declared version leads there" in way("7.4.9", track=alone).refusal


def test_a_way_without_return_is_accepted_or_not_taken():
    one_way = Release("8.0", one_way=True)
    track = Track("cisco", TRACK.models, (one_way,), ())
    refused = way("7.5.5", release=one_way, track=track)
    assert (refused.steps, refused.hint) == ((), "--accept-one-way")
    assert way("7.5.5", release=one_way, track=track, accept=True).steps == (one_way,)


def test_hardware_that_a_version_does_not_fit():
    picky = Release("8.0", hw_revisions=("V2",))
    track = Track("cisco", TRACK.models, (picky,), ())
    assert "fits V2" in way("7.5.5", release=picky, track=track, hw="V1").refusal
    assert "nobody knows" in way("7.5.5", release=picky, track=track).refusal
    assert way("7.5.5", release=picky, track=track, hw="V2").steps == (picky,)


def test_a_circle_of_steps_ends():
    one, two = Release("1.1", needs=("1.2",)), Release("1.2", needs=("1.1",))
    track = Track("cisco", TRACK.models, (one, two), ())
    assert way("1.0", release=one, track=track).refusal


def test_a_version_that_nobody_declared():
    assert "not in the firmware section" in way("7.4.9", release=Release("9.9")).refusal


def test_who_says_which_version():
    aims = (
        Aim("7.5.2b", tags=("lab",)),
        Aim("7.4.9", phones=("main/slow",)),
        Aim("8.0", sites=("other",)),
        Aim("7.5.5", not_before="2026-06-01"),
    )
    track = Track("cisco", TRACK.models, TRACK.releases, aims)
    today = "2026-05-01"

    def wanted(one, day=today):
        found = wanted_for(one, [track], today=day)
        return found.version if found else None

    assert wanted(phone(tags=frozenset(("lab",)))) == "7.5.2b"
    assert wanted(phone("slow")) == "7.4.9"
    assert wanted(phone(firmware="7.1")) == "7.1"
    assert wanted(phone()) is None  # the target's first day has not come
    assert wanted(phone(), "2026-06-01") == "7.5.5"
    assert wanted_for(phone(), [TRACK], today=today).version == "7.5.5"  # recommended
    assert wanted_for(phone(model="SPA303"), [TRACK], today=today) is None
    assert track_for(phone(model="spa 504g"), [TRACK]) is TRACK


def test_who_stands_where():
    phones = [phone(str(number)) for number in range(4)]
    told = {phones[0]: "7.5.5", phones[1]: "7.5.2b", phones[2]: "odd"}
    found = standings(phones, told, [TRACK], today="2026-01-01")
    assert [each.state for each in found] == ["compliant", "behind", "differs", "unknown"]
    assert [each.stable for each in found] == [True, False, None, None]
    assert counts(found)["behind"] == 1
