"""The sample inventory: it names every option, and what it says of them is so."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
from pydantic import BaseModel

from reconciler.adapters.asterisk.settings import (
    AmiSettings,
    AriSettings,
    AsteriskSettings,
    MainFiles,
)
from reconciler.adapters.freepbx.settings import FreepbxSettings, OauthSettings, WebSettings
from reconciler.adapters.memory.settings import MemorySettings
from reconciler.kinds.policy import Rail
from reconciler.kinds.rails import DEFAULT_RAILS
from tests.cli.workspace import Workspace
from tests.examples.estates import ROOT

INVENTORY = ROOT / "inventory"


def test_it_validates_without_a_finding() -> None:
    done = Workspace(INVENTORY).run("validate", "--no-cache", "--format", "json")
    assert done.json["diagnostics"] == []
    Workspace(INVENTORY).run("fmt", "--check")


@pytest.mark.parametrize(
    "model",
    [
        *(AsteriskSettings, AmiSettings, AriSettings, MainFiles, MemorySettings),
        *(FreepbxSettings, OauthSettings, WebSettings),
    ],
)
def test_it_names_every_option_of_the_platforms(model: type[BaseModel]) -> None:
    text = "".join(each.read_text(encoding="utf-8") for each in INVENTORY.glob("*.yaml"))
    assert [name for name in model.model_fields if f"{name}:" not in text] == []


def test_it_names_every_rail_with_the_usual_limit() -> None:
    text = (INVENTORY / "policy.yaml").read_text(encoding="utf-8")
    for name, rail in DEFAULT_RAILS.items():
        limits = []
        if rail.share is not None:
            limits.append(f"share: {rail.share:g}%")
        if rail.count is not None:
            limits.append(f"count: {rail.count}")
        if rail.severity != "refuse" or not limits:
            limits.append(f"severity: {rail.severity}")
        assert f"{name}: {{{', '.join(limits)}}}" in text


def test_the_usual_limits_are_what_a_policy_may_say() -> None:
    for rail in DEFAULT_RAILS.values():
        usual = asdict(rail)
        del usual["spared"]  # not for a policy to say: `count` and `share` are
        assert Rail.model_validate(usual).model_dump() == usual


def test_a_store_in_the_journal_needs_no_file(tmp_path: Path) -> None:
    mine = Workspace(tmp_path)
    mine.write(
        "estate.yaml",
        """\
apiVersion: reconciler/v1
workspace: {secrets: {store: {in_journal: true}}}
pbxs: {office: {adapter: memory, file: pbx.json}}
extensions: {"1001": {name: Ada, secret: {secret: "store:ada"}}}
""",
    )
    mine.run("secrets", "init")
    mine.run("secrets", "set", "ada", stdin="canary-Journal-5tRw9")
    mine.run("secrets", "list").says("ada")
    mine.run("apply", "--auto-approve").says("1 added")
    assert mine.pbx["extension"]["1001"]["secret"] == "canary-Journal-5tRw9"
    assert not (tmp_path / ".reconciler" / "secrets.store").exists()
    assert mine.leaks() == []
    mine.run("secrets", "rm", "ada")
    mine.run("plan", expect=1).says("store:ada is not in the store")
