"""The demo keeps what each of its chapters promises, and leaves nothing behind."""

import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from reconciler.cli.demo.stage import Stage
from reconciler.cli.running import Stopped
from tests.cli.demo import COMMAND, chapter, command, shown


def objects() -> int:
    """Return how many objects the practice declares at first."""
    found = re.search(r"(\d+) objects in \d+ files are valid", chapter("What is declared"))
    assert found
    return int(found[1])


def test_a_plan_over_pbx_and_phones_is_carried_out_and_phones_come_up() -> None:
    count = objects()
    new = f"Plan: {count - 1} to add, 0 to change, 0 to destroy, 1 to take over; 1 reload."
    assert new in chapter("Plan")
    assert "36 new extensions" in chapter("Plan")
    assert "12 new phones" in chapter("Plan")
    applied = chapter("Apply")
    assert f"{count - 1} added, 0 changed, 0 destroyed, 1 taken over. Run 1." in applied
    assert "12 of 12 phones have registered" in applied
    assert re.search(r"life +12 managed\n +files +12 applied\n +registered +12 yes", applied)
    assert f"No changes. {count} objects on 1 PBX and 12 phones match" in chapter("Plan again")


def test_an_unknown_phone_is_linked_to_the_extension_it_is_registered_to() -> None:
    title = "A phone that nobody declared"
    found = chapter(title)
    rows = re.findall(r"(?m)^127\.77\.0\.\d+ .*$", found)
    assert len(rows) == 13
    assert sum(" fb-main/" in each for each in rows) == 12
    onboarded = command(title, "onboard '*'")
    assert "extension 1192: registered from 127.77.0.13 on ferrybank" in onboarded
    assert '+    lines: ["1192"]' in onboarded
    assert "1 phone seen to use what was published: t54w-f0015c." in found
    kept = (shown().kept / "discovered-fb-main.yaml").read_text("utf-8")
    assert "# high: User-Agent Yealink SIP-T54W" in kept


def test_a_phone_in_a_call_is_left_alone_until_it_hangs_up() -> None:
    title = "A change while somebody is talking"
    first = command(title, "apply --auto-approve")
    assert "1 call active now" in first
    assert "extension/ferrybank/1101: its password changes, and it is in a call" in first
    assert "Done: 3 of 5 steps (run 3). Not tried: 2 steps." in first
    assert first.endswith("(exit 3)")
    resumed = command(title, "apply --resume 3 --auto-approve --wait 20")
    assert "0 added, 2 changed, 0 destroyed" in resumed
    assert re.search(r"seen to use what was published: .*front-1", resumed)


def test_hands_on_the_pbx_are_seen_and_put_back() -> None:
    title = "Somebody works on the PBX by hand"
    seen = command(title, "drift")
    assert re.search(r"ring_group/ferrybank/600 .*\n +ring_time +20 s -> 5 s", seen)
    assert seen.endswith("(exit 2)")
    assert "1 mended" in command(title, "apply --only-drift --auto-approve")


def test_an_accident_is_refused() -> None:
    said = command("An accident", "plan")
    for rail in ("emergency-route", "protected-object", "number-release"):
        assert f"refused[{rail}]" in said
    assert said.endswith("(exit 5)")


def test_in_the_end_everything_is_as_declared() -> None:
    said = chapter("Where everything stands")
    assert f"Everything declared is as declared ({objects() + 1} objects)." in said
    assert re.search(r"life +13 managed\n +files +13 applied\n +registered +13 yes", said)


def test_nothing_is_left_behind_and_no_secret_was_printed() -> None:
    assert shown().left == ()
    kept = json.loads((shown().kept / ".reconciler" / "lab-pbx.json").read_text("utf-8"))
    made = {str(row["data"]) for row in kept["rows"]["sip"] if row["keyword"] == "secret"}
    own = kept["credentials"].items()
    login = {value for name, value in own if name.endswith(("password", "secret"))}
    assert len(made) == 37
    assert [each for each in made | login if each in shown().text] == []


def test_what_was_kept_can_be_opened_again(tmp_path: Path) -> None:
    folder = tmp_path / "practice"
    shutil.copytree(shown().kept, folder)
    opened = subprocess.Popen(
        [COMMAND, "demo", "--open", str(folder)], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        env=dict(os.environ, PYTHONUNBUFFERED="1"),
    )  # fmt: skip
    try:
        assert opened.stdout is not None
        said: list[str] = []
        while not any("stays open" in each for each in said):
            line = opened.stdout.readline()
            assert line, "".join(said)
            said.append(line)
        assert "13 of 13 phones have registered\n" in said
        again = subprocess.run(
            [COMMAND, "demo", "--open", str(folder)],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert (again.returncode, "Is it open already?" in again.stderr) == (1, True)
        planned = subprocess.run(
            [COMMAND, "plan"], cwd=folder, capture_output=True, text=True, check=True, timeout=60
        )
        assert f"No changes. {objects() + 1} objects on 1 PBX and 13 phones" in planned.stdout
        opened.send_signal(signal.SIGINT)
        assert opened.wait(60) == 0
    finally:
        opened.kill()  # its ports are everybody's


def test_the_server_ends_with_a_demo_that_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "practice"
    shutil.copytree(shown().kept, folder)
    with subprocess.Popen(
        [COMMAND, "demo", "--open", str(folder)], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        env=dict(os.environ, PYTHONUNBUFFERED="1"),
    ) as demo:  # fmt: skip
        assert demo.stdout is not None
        while "provision serve" not in demo.stdout.readline():
            assert demo.poll() is None
        demo.stdout.readline()
        (server,) = Path(f"/proc/{demo.pid}/task/{demo.pid}/children").read_text().split()
        running = os.pidfd_open(int(server))
        demo.kill()
        has_ended = bool(select.select([running], [], [], 60)[0])
        if not has_ended:
            signal.pidfd_send_signal(running, signal.SIGKILL)
        os.close(running)
    assert has_ended, "the server outlived the demo by a minute"


def test_what_dies_in_the_background_is_seen_at_once_with_all_it_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with Stage(tmp_path, no_color=True) as stage, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        stage.serve(log="provision.log", options=["--listen", place])
        with pytest.raises(Stopped):
            stage.wait(lambda: "starting", lambda: False, timeout_s=200)
    said = capfd.readouterr().err
    assert (tmp_path / "provision.log").read_text("utf-8") in said
    assert "error[" in said
    assert said.endswith(f"(reconciler provision serve --listen {place} has ended with 1)\n")


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("mine: true\n")
    for option, says in (("--keep", "is not empty"), ("--open", "is no demo that was kept")):
        done = subprocess.run(
            [COMMAND, "demo", option, str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert (done.returncode, says in done.stderr) == (64, True)
    assert [each.name for each in tmp_path.iterdir()] == ["mine.yaml"]
