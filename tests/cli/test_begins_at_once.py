"""Commands whose journal and published store are files do not wait for SQLAlchemy to be loaded."""

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.fleet import fleet
from tests.cli.forkserver import ROOT
from tests.cli.workspace import DEADLINE_S

IN_TURN = (
    ["validate"],
    ["plan"],
    ["apply", "--auto-approve"],
    ["plan", "--out", "plan.json"],
    ["drift"],
    ["status"],
    ["history"],
    ["history", "1"],
    ["rollback", "2", "--auto-approve"],
)

RUN = """
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


def test_who_reads_and_writes_files_imports_no_sqlalchemy(tmp_path: Path) -> None:
    here = fleet(tmp_path / "work")
    here.run("apply", "--auto-approve")
    here.edit("phones.yaml", "codecs: [g722, alaw]", "codecs: [g722]")
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(IN_TURN)],
        cwd=here.folder,
        env=here.environment({"PYTHONPATH": str(ROOT)}),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "0 added, 3 changed" in done.stdout, done.stdout
    assert "No changes" in done.stdout
