"""`null` makes a setting empty: no vendor stumbles over one, and none takes it for a value."""

import pytest

from reconciler.kinds.phone_settings import (
    PhoneFeatures,
    PhoneLdap,
    PhoneNetwork,
    PhoneProvisioning,
    PhoneSip,
)
from tests.unit.phonefiles.make import MODELS, parameters, render

SETTINGS = [
    *(f"sip.{name}" for name in PhoneSip.model_fields),
    *(f"network.{name}" for name in PhoneNetwork.model_fields),
    *(f"provisioning.{name}" for name in PhoneProvisioning.model_fields),
    *(f"features.{name}" for name in PhoneFeatures.model_fields if name != "ldap"),
    *(f"features.ldap.{name}" for name in PhoneLdap.model_fields),
]
ALL = [*MODELS.values(), "HT802", "HT814", "GXP1628", "GRP2614", "WP822", "T28P", "T46G", "W60B",
       "EdgeE350", "D715", "V65"]  # fmt: skip


@pytest.mark.parametrize("model", ALL)
def test_nulls(model: str) -> None:
    for setting in SETTINGS:
        found = render(model, **{setting.replace(".", "__"): None})
        codes = {each.code for each in found.diagnostics} - {"phone-incomplete"}
        assert codes <= {"field-not-held", "value-not-held"}, (setting, codes)


def test_pages_of_the_phone_go_back_to_what_they_were() -> None:
    for model, vendor, names in (
        ("T46S", "yealink", ["static.wui.http_enable", "static.wui.https_enable"]),
        ("GXP2170", "grandstream", ["P1650"]),
        ("VVX601", "polycom", ["httpd.enabled", "httpd.cfg.enabled"]),
        ("D785", "snom", ["webserver_type"]),
        ("X5U", "fanvil", ["web/WebServerType"]),
    ):
        held = parameters(vendor, render(model, features__web_ui=None).value.files)
        assert {value for name in names for value in held[name]} <= {"", "%NULL%"}
