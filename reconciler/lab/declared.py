"""A fleet of the lab as files would declare it: something for other commands to work on."""

from collections.abc import Iterable
from typing import Any, Final

import yaml

from reconciler.lab.room import Seen

HEAD: Final = """\
# Written by reconciler lab up: the phones that run there, at the addresses where they answer.
# Their web pages are on the ports that it names (phones test-connection --port, discover).
"""


UNRENDERED: Final = ("cisco",)
"""Vendors that nobody renders files for."""


def declared(seen: Iterable[Seen]) -> str:
    """Return YAML: a PBX in a file, a site on loopback, an extension and a phone for each.

    Phones that files cannot declare are left out: Cisco's, and V2 of Grandstream's adapters.
    """
    phones = [each for each in seen
              if each.vendor not in UNRENDERED and not each.model.endswith("V2")]  # fmt: skip
    place = {"timezone": "Europe/London", "country": "GB"}
    document: dict[str, Any] = {
        "apiVersion": "reconciler/v1",
        "pbx": "lab",
        "site": "lab",
        "pbxs": {"lab": {"adapter": "memory", "file": "lab-pbx.json", **place,
                         "sip": {"host": "pbx.lab.example"}}},
        "sites": {"lab": {**place, "pbx": "lab", "subnets": ["127.0.0.0/8"],
                          "phones": {"template": "lab"}}},
        "templates": {"lab": {"vendor": "any"}},
        "extensions": {
            each.name: {"name": f"{each.model} {each.name}", "secret": {"secret": "generated"}}
            for each in phones
        },
        "phones": {
            f"phone-{each.name}": {
                "mac": each.mac, "vendor": each.vendor, "model": each.model.replace(" ", ""),
                "address": each.sip.partition(":")[0], "lines": [each.name],
            }
            for each in phones
        },
    }  # fmt: skip
    return HEAD + yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
