"""Hand-written PJSIP sections with names that are ours: Asterisk would take neither."""

from reconciler.adapters.asterisk.handwritten.clashing import occupied
from reconciler.adapters.asterisk.sections import Family, Line, Section
from tests.unit.asterisk.make import SCOPE, at


def section(name: str, type_: str, family: Family = "pjsip") -> Section:
    return Section(family, name, (Line("type", type_),))


def test_only_names_and_types_of_ours_count() -> None:
    free = [
        section("1001", "auth"), section("1002-auth", "aor", "aor"), section("carrier", "endpoint"),
        section("carrier", "wizard"),
        section("transport-udp", "transport"), Section("ext", "1001", (Line("type", "endpoint"),)),
    ]  # fmt: skip
    taken = [
        section("1003-auth", "auth"), section("1003", "aor", "aor"),
        section("trunk-carrier-identify", "identify"), section("1004", "wizard"),
    ]  # fmt: skip
    assert occupied([*free, *taken], SCOPE) == {
        at("extension/1003"): "[1003-auth] (type=auth), [1003] (type=aor) in pjsip.conf",
        at("extension/1004"): "[1004] (type=wizard) in pjsip_wizard.conf",
        at("trunk/carrier"): "[trunk-carrier-identify] (type=identify) in pjsip.conf",
    }
