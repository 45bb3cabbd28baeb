"""The story of the demo, chapter by chapter: what happens in the practice, and what is typed."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from reconciler.cli.demo.estate import STAFF_ROOM
from reconciler.cli.demo.stage import Stage
from reconciler.lab.practice import Practice

_LOST: Final = ('  "+16035550100":', "  emergency:")


def play(stage: Stage, practice: Practice, phones: Sequence[str]) -> None:
    """Play all chapters; the demo ends where a command does not do as it should."""
    declared(stage)
    planned(stage)
    applied(stage, practice, phones)
    stage.chapter("Plan again", "Nothing is left to do.")
    stage.run("plan")
    if practice.spread:
        onboarded(stage, practice)
    else:
        stage.say(
            "Here would be a chapter on finding a phone that nobody declared. It takes an address "
            "for each phone, which Linux alone has on loopback."
        )
    changed_in_a_call(stage, practice, run=2 + practice.spread)
    changed_by_hand(stage, practice)
    refused(stage)
    stage.chapter("Where everything stands", "What is ours, what waits, who did what, and phones.")
    stage.run("status")


def declared(stage: Stage) -> None:
    """Show what the files look like."""
    stage.chapter(
        "What is declared",
        "Ferrybank Dental, in a few YAML files: 36 extensions, groups, hours, numbers, 911, and 12 "
        "desk phones of five makers. This is what they look like:",
    )
    stage.excerpt("calls.yaml", "ring_groups:", 2)
    stage.excerpt("phones.yaml", "  front-1:", 11)
    stage.run("validate")


def planned(stage: Stage) -> None:
    """Plan on a PBX that is new."""
    stage.chapter(
        "Plan",
        "One plan over the PBX and its phones: who is affected, then every change with its line. "
        "The FreePBX is the lab's and new, but for an extension that somebody has made.",
    )
    stage.run("plan", "--out", "plan.json")


def applied(stage: Stage, practice: Practice, phones: Sequence[str]) -> None:
    """Carry the plan out, plug the phones in, and wait until they use their files."""
    stage.chapter(
        "Apply",
        "Exactly that plan is carried out, and each step read back. Passwords are made now, kept "
        "encrypted, and printed by nobody.",
    )
    stage.run("apply", "plan.json")
    stage.say("The server that phones fetch from, in the background:")
    log = stage.serve(log="provision.log")
    stage.wait(lambda: _last_line(log), lambda: "serving" in _last_line(log), timeout_s=60)
    stage.say(
        "Twelve phones are unpacked and plugged in. Each asks for its files as its maker's do, and "
        "registers on the PBX by SIP with the password that stands there."
    )
    practice.plug_in(phones)
    stage.wait(
        lambda: f"{practice.registered()} of {len(phones)} phones have registered",
        lambda: practice.registered() >= len(phones),
        timeout_s=60,
    )
    stage.run("status", "--watch", "1")


def onboarded(stage: Stage, practice: Practice) -> None:
    """Find a phone that nobody declared, and take it into use."""
    stage.chapter(
        "A phone that nobody declared",
        "Somebody has put a phone into the staff room and typed extension 1192 into it. We look "
        "around, and log in nowhere. (--loopback and the ports: this network is on your machine.)",
    )
    practice.set_up_by_hand(STAFF_ROOM.name, "1192")
    phone = practice.fleet[STAFF_ROOM.name]
    stage.wait(
        lambda: f"{phone.phone.identity.model} in the staff room: {phone.state}",
        lambda: phone.phone.registered,
        timeout_s=60,
    )
    ports = {"--sip-port": phone.sip_port, "--http-port": phone.http_port,
             "--https-port": phone.https_port}  # fmt: skip
    asked = [each for name, port in ports.items() for each in (name, str(port))]
    stage.run("discover", "fb-main", "--loopback", *asked)
    stage.say(
        "Its template is found by its maker, its extension by its registration on the PBX. That "
        "becomes an edit of our files, to be reviewed; the phone has noticed nothing yet."
    )
    stage.run("onboard", "*")
    stage.run("apply", "--auto-approve", "--wait", "20")


def changed_in_a_call(stage: Stage, practice: Practice, *, run: int) -> None:
    """Change a phone whose user is talking: it is left alone until the call has ended."""
    practice.call("dr-wu", "front-1")
    stage.chapter(
        "A change while somebody is talking",
        "Dr Wu has called Ada at the front desk: they are talking. Meanwhile Ben has a new name, "
        "and Ada's phone gets a key and a new password.",
    )
    stage.edit("people.yaml", ('"Ben Roy"', '"Ben Roy-Kim"'))
    desk = '      - {speed: "911", label: Emergency}\n    location: Front desk\n'
    staff = "      - {blf: extension/1192, label: Staff room}\n"
    stage.edit("phones.yaml", (desk, desk.replace("    location", f"{staff}    location")))
    stage.edit(
        "people.yaml",
        (
            '{name: "Ada Okafor", ',
            '{name: "Ada Okafor", secret: {secret: "store:ada-phone"}, ',
        ),
    )
    stage.run("secrets", "set", "ada-phone", typed=secrets.token_urlsafe(18))
    stage.run("apply", "--auto-approve", expect=3)
    stage.say(
        "Ben's name is done. A phone that gets a new password registers anew, which would cut the "
        "call: so Ada's waits, with everything that needs it. Now she hangs up."
    )
    practice.hang_up("front-1")
    stage.run("apply", "--resume", str(run), "--auto-approve", "--wait", "20")


def changed_by_hand(stage: Stage, practice: Practice) -> None:
    """Let somebody use the web page, say what that changed, and put it back."""
    stage.chapter(
        "Somebody works on the PBX by hand",
        "On FreePBX's web page the front desk now rings for 5 seconds. In cron, every night:",
    )
    practice.change("ringgroups", {"grpnum": "600"}, grptime=5)
    stage.run("drift", expect=2)
    stage.run("apply", "--only-drift", "--auto-approve")


def refused(stage: Stage) -> None:
    """Lose two lines in a merge: the rails say no."""
    stage.chapter(
        "An accident",
        "A merge loses two lines: the main number, and the way to 911. The safety rails say no.",
    )
    calls = stage.folder / "calls.yaml"
    before = calls.read_text(encoding="utf-8")
    lost = [line for line in before.splitlines(keepends=True) if line.startswith(_LOST)]
    stage.edit("calls.yaml", *((line, "") for line in lost))
    stage.run("plan", expect=5)
    calls.write_text(before, encoding="utf-8")


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8").splitlines()
    return lines[-1] if lines else "starting"
