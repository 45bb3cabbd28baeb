"""Commands that only look into the journal do not wait for what is needed to write it."""

import json
import subprocess
import sys

from tests.cli.forkserver import ROOT
from tests.cli.workspace import Workspace

LOOKING = (
    ["validate"],
    ["plan"],
    ["plan", "--out", "plan.json"],
    ["drift"],
    ["status"],
    ["history"],
    ["history", "1"],
)

IN_TURN = """
import json, sys
from reconciler.cli import main
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["reconciler", *arguments]
    try:
        ended = main()
    except SystemExit as error:
        ended = error.code
    assert not ended, (arguments, ended)
    assert "sqlalchemy" not in sys.modules, arguments
"""


def test_who_only_looks_into_a_journal_of_sqlite_imports_no_sqlalchemy(applied: Workspace) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IN_TURN, json.dumps(LOOKING)],
        cwd=applied.folder,
        env=applied.environment({"PYTHONPATH": str(ROOT)}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "No changes" in done.stdout
