"""The story of the demo, chapter by chapter: what happens in the practice, and what is typed."""

from reconciler.cli.demo.estate import STAFF_ROOM, free_port, keep_secrets, lay_out, point_at_lab
from reconciler.cli.demo.stage import Stage
from reconciler.cli.lab_estate import specs_in
from reconciler.lab.practice import Practice


def play(stage: Stage, *, keep: bool) -> None:
    """Play all chapters; the demo ends where a command does not do as it should."""
    port = free_port()
    lay_out(stage.folder)
    phones = specs_in([stage.folder])
    practice = Practice([*phones, STAFF_ROOM], files_port=port)
    stage.stack.enter_context(practice)
    practice.add_extension("1999", "Fax from 2009")
    point_at_lab(stage.folder, practice, port)
    keep_secrets(stage.folder, practice)
    names = [each.name for each in phones]

    stage.chapter("What is declared", "...")
    stage.run("validate")
    stage.chapter("Plan", "...")
    stage.run("plan", "--out", "plan.json")
    stage.chapter("Apply", "...")
    stage.run("apply", "plan.json")
    stage.start("provision", "serve", log="provision.log")
    stage.wait(lambda: "waiting", lambda: b"serving" in (stage.folder / "provision.log").read_bytes(), 20)
    practice.plug_in(names)
    stage.wait(
        lambda: f"{practice.registered()} of {len(names)} phones have registered",
        lambda: practice.registered() >= len(names), 30,
    )
    stage.run("status", "--watch", "0.5")
    stage.chapter("Plan again", "...")
    stage.run("plan")
    stage.chapter("An unknown phone", "...")
    practice.set_up_by_hand("staff-room", "1192")
    practice.wait_until(lambda: practice.fleet["staff-room"].phone.registered)
    phone = practice.fleet["staff-room"]
    stage.run("discover", "fb-main", "--loopback", "--sip-port", str(phone.sip[1]), "--http-port", str(phone.http_port), "--https-port", str(phone.https_port))
    print((stage.folder/"discovered-fb-main.yaml").read_text())
    stage.run("onboard", "*")
    stage.run("apply", "--auto-approve", "--wait", "20")
    stage.chapter("A change while somebody is talking", "...")
    practice.call("front-1", "dr-wu")
    stage.edit("people.yaml", ('name: "Ben Roy"', 'name: "Ben Roy-Kim"'))
    stage.edit("templates.yaml", ('      - {speed: "911", label: Emergency}\n', '      - {speed: "911", label: Emergency}\n      - {blf: extension/1192, label: Staff room}\n'))
    stage.run("secrets", "set", "ada-phone", typed="a-new-one-for-Ada-7Qm2")
    stage.edit("people.yaml", ('"1101": {name: "Ada Okafor",', '"1101": {name: "Ada Okafor", secret: {secret: "store:ada-phone"},'))
    stage.run("apply", "--auto-approve", expect=3)
    stage.run("status")
    practice.hang_up("front-1")
    stage.run("apply", "--resume", "3", "--auto-approve", "--wait", "20")
    stage.run("plan")
    stage.chapter("Drift", "...")
    practice.change("ringgroups", {"grpnum": "600"}, grptime=5)
    stage.run("drift", expect=2)
    stage.run("plan")
    stage.run("apply","--only-drift","--auto-approve")
    stage.run("status")
