"""Telephone adapters: V2 hardware takes the P-values of V1 for its ports, and images of its own."""

import pytest

from reconciler.adapters.grandstream import RENDERER
from reconciler.model.secret import Secret
from tests.unit.phonefiles.make import parameters, render


@pytest.mark.parametrize("model", ["HT801", "HT802", "HT812"])
def test_v2_hardware_is_told_what_v1_is(model: str) -> None:
    old, new = render(model), render(f"{model}V2")
    assert [each.code for each in new.diagnostics] == [each.code for each in old.diagnostics]
    found = parameters("grandstream", new.value.files)
    assert found == parameters("grandstream", old.value.files)
    assert found
    # A track of the one is none of the other's: their images must never meet.
    assert RENDERER.models.get(f"{model}V2") != RENDERER.models.get(model)


def test_its_password_has_a_length_of_its_own() -> None:
    secret = Secret("env:ADMIN")
    found = render("HT802V2", features__admin_password=secret).value.files
    rules = [rule.says for each in found for rule in each.rules]
    assert "4 to 30 characters" in rules
    old = render("HT802", features__admin_password=secret).value.files
    assert not any(rule.says == "4 to 30 characters" for each in old for rule in each.rules)
