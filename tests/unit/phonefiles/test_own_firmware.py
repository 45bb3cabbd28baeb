"""Firmware of our own server: a phone shows there what it shows for any other of its files."""

import pytest

from reconciler.phonefiles.fetching import Fetching
from tests.unit.phonefiles.make import MODELS, parameters, render

BASE = "https://prov.example.test/p"
ELSEWHERE = "https://fw.example.test/a.rom"


def firmware_of(vendor: str, url: str, *require: str) -> str:
    model = MODELS[vendor]
    found = render(
        model,
        fetching=Fetching(BASE, require),
        images={(vendor, model.lower(), "1.2"): url},
        firmware="1.2",
    )
    name = {"yealink": "static.firmware.url", "polycom": "APP_FILE_PATH", "snom": "firmware",
            "grandstream": "P192"}[vendor]  # fmt: skip
    return parameters(vendor, found.value.files)[name][-1]


@pytest.mark.parametrize("vendor", ["yealink", "polycom", "snom"])
def test_an_image_of_ours_is_fetched_with_the_phones_own_token(vendor: str) -> None:
    own = f"{BASE}/a.rom"
    assert firmware_of(vendor, own, "token") == f"{BASE}/***/a.rom"
    assert firmware_of(vendor, own, "subnet|signature") == f"{BASE}/***/a.rom"
    assert firmware_of(vendor, own, "subnet") == own
    assert firmware_of(vendor, ELSEWHERE, "token") == ELSEWHERE, "others are shown nothing"


def test_a_grandstream_appends_the_name_by_itself() -> None:
    assert firmware_of("grandstream", f"{BASE}/a.bin", "token") == "prov.example.test/p/***"
    assert firmware_of("grandstream", ELSEWHERE, "token") == "fw.example.test"
