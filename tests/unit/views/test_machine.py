"""JSON refuses secrets in clear, whatever command it is for."""

import json

import pytest

from reconciler.views import machine
from reconciler.views.escape import code, fenced, html, inline, marker_name
from tests.cases.views import plans, samples
from tests.unit.views.test_terminal import canary_plan


def test_a_secret_in_clear_cannot_be_serialised() -> None:
    with pytest.raises(TypeError):
        machine.plan_json(canary_plan(), plans.HEADER)


def test_import_names_secrets_and_never_their_values() -> None:
    text = machine.import_json(samples.IMPORTED, "out")
    assert "ferrybank-extension-1900-secret" in text
    assert "hunter2" not in text


def test_a_plan_without_an_apply_says_that_nothing_was_done() -> None:
    data = json.loads(machine.apply_json(plans.nothing(), plans.HEADER, None))
    assert data["state"] == "nothing"
    assert data["run"] is None
    assert data["outcomes"] == []


def test_names_mention_nobody_and_end_nothing() -> None:
    assert "@admins" not in inline("@admins")
    assert "@admins" not in html("@admins")
    assert "#12" not in inline("see #12")
    assert "<b>" not in inline("<b>")
    assert inline("a|b") == r"a\|b"
    assert fenced(["```"]).startswith("````diff\n")
    assert code("a`b") == "``a`b``"
    assert marker_name("--> <script>") == "script"
    assert marker_name("") == "default"
