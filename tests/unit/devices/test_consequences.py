"""What an action or a change does to the person at the phone, vendor by vendor."""

import pytest

from reconciler.adapters.devices import DEVICES

FORCED, FREE = {"P22421": "1"}, {"P22421": "0"}
ALWAYS = {"voIpProt.SIP.specialEvent.checkSync.alwaysReboot": "1"}

CHANGES = [
    ("grandstream", ["P1362"], FREE, "resync", True),
    ("grandstream", ["P1362"], FORCED, "reboot", False),
    ("grandstream", ["P34"], FREE, "re-register", False),
    ("grandstream", ["P51"], FREE, "reboot", False),
    ("grandstream", ["P9999"], {}, "reboot", False),  # what is not known counts as the worse
    ("grandstream", [], FORCED, "none", False),
    ("polycom", ["reg.1.label"], {}, "reboot", True),
    ("polycom", ["device.net.vlanId"], {}, "reboot", True),
    ("polycom", [], ALWAYS, "none", False),
    ("snom", ["language"], {}, "resync", False),
    ("fanvil", ["x"], {}, "reboot", False),
]


@pytest.mark.parametrize(("vendor", "names", "told", "kind", "waits"), CHANGES)
def test_changes(vendor, names, told, kind, waits):
    found = DEVICES[vendor].change_consequence(names, "", told)
    assert (found.disruption.kind, found.waits_for_idle) == (kind, waits)


@pytest.mark.parametrize("vendor", list(DEVICES))
def test_every_action_has_a_consequence_and_restarts_are_told_with_seconds(vendor):
    device = DEVICES[vendor]
    quiet = {"status", "read_values", "backup"}
    for action in ("status", "read_values", "push_values", "push_account", "resync", "reboot",
                   "safe_restart", "factory_reset", "upgrade", "backup"):  # fmt: skip
        found = device.consequence(action, "", {})
        assert (found.disruption.kind == "none") == (action in quiet)
        if found.disruption.kind in ("reboot", "firmware"):
            assert found.disruption.seconds


@pytest.mark.parametrize("vendor", [*DEVICES, "snom"])
def test_what_cannot_be_done_has_a_reason(vendor):
    for generation in DEVICES[vendor].generations.values():
        for ability in generation.abilities.values():
            assert ability.can or ability.why
        unnamed = generation.ability("status")
        assert unnamed.can or unnamed.why
