"""Traits as they are written down are what the models say, and reading them loads no model."""

from __future__ import annotations

import subprocess
import sys

from reconciler.kinds import KINDS
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.derive import traits_of


def test_what_is_written_down_is_what_the_models_say() -> None:
    assert list(TRAITS) == list(KINDS), "make schemas"
    for name, model in KINDS.items():
        assert TRAITS[name] == traits_of(model), "make schemas"


def test_lists_without_an_order_are_the_same_in_any() -> None:
    page = TRAITS["paging_group"]
    assert page.is_same("members", ["1", "2"], ["2", "1"])
    assert not page.is_same("members", ["1", "2"], ["1"])
    assert not page.is_same("members", ["1"], None)
    assert not TRAITS["ring_group"].is_same("members", ["1", "2"], ["2", "1"])


def test_time_spans_are_known() -> None:
    assert {"ring_time", "follow_me.ring_time"} <= TRAITS["extension"].seconds
    assert "max_contacts" not in TRAITS["extension"].seconds


def test_they_load_no_model() -> None:
    code = "import sys, reconciler.kinds.all_traits; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
