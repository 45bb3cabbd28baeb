"""The estate of the cases: from YAML to accounts, as the command does it."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.softphones.render import Account, render_softphones
from tests.cases.phonefiles.estate import estate_of

FOLDER = Path(__file__).parent
BASE = "https://prov.example.test/p"


class Accounts(NamedTuple):
    """Every account by its softphone's name, and what was said of them."""

    by_name: dict[str, Account]
    findings: tuple[Diagnostic, ...]


@cache
def accounts() -> Accounts:
    estate = estate_of(FOLDER / "estate.yaml")
    assert not [each for each in estate.findings if each.severity == "error"], estate.findings
    found = render_softphones(estate.desired, BASE, estate.inventory.pbxs)
    return Accounts({each.address.key: each for each in found.value}, found.diagnostics)
