"""A PBX that has grown by hand is taken over, and everybody is reached as before."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk.phones import Outside, Phone
from tests.real.asterisk.ports import pick_address
from tests.real.estate import Office, office, secret

HEADER = "apiVersion: reconciler/v1\npbx: office\n"

PHONE = """
[1001]
type = endpoint
context = wards
disallow = all
allow = ulaw
auth = 1001-auth
aors = 1001
callerid = "Radiology" <1001>
mailboxes = 1001@default
set_var = DEPARTMENT=+16035550122
[1001]
type = aor
max_contacts = 1
"""

AUTH = """
[1001-auth]
type = auth
username = 1001
password = {password}
"""

TRUNK = """
[carrier]
type = endpoint
context = from-carrier
disallow = all
allow = ulaw
aors = carrier
[carrier]
type = aor
contact = sip:{host}:{port}
[carrier]
type = identify
endpoint = carrier
match = {host}
"""

DIALPLAN = """
[wards]
exten => 911,1,Dial(PJSIP/911@carrier,30)
exten => _9NXXNXXXXXX,1,Set(CALLERID(num)=${DEPARTMENT})
 same => n,Dial(PJSIP/+1${EXTEN:1}@carrier,30)

[from-carrier]
exten => +16035550122,1,Dial(PJSIP/1001,20)
"""

HELP = """\
outbound_routes:
  help: {order: 1, emergency: true, patterns: ["911"], trunks: [carrier]}
"""

OWN_911 = """
[from-internal]
exten => 911,1,Answer()
"""

WIZARD = """
[wards](!)
type = wizard
accepts_auth = yes
accepts_registrations = yes
endpoint/context = wards
endpoint/allow = !all,ulaw
endpoint/direct_media = no
endpoint/rtp_symmetric = yes
endpoint/rewrite_contact = yes
aor/max_contacts = 1
[1002](wards)
inbound_auth/username = 1002
inbound_auth/password = {password}
endpoint/callerid = Clinic <1002>
"""

GROWN = """
[basic](!)
type = endpoint
context = from-internal
disallow = all
allow = ulaw
language = de
device_state_busy_at = 2
[login](!)
type = auth
auth_type = digest
[desk](!)
type = aor
max_contacts = 1

#include "phones/*.conf"

[carrier]
type = registration
server_uri = sip:{host}:{port}
client_uri = sip:acct42@{host}:{port}
outbound_auth = carrier-login
[carrier-login]
type = auth
username = me@carrier
password = {password}
[carrier]
type = endpoint
context = from-carrier
allow = !all,ulaw
aors = carrier
outbound_auth = carrier-login
[carrier]
type = aor
contact = sip:{host}:{port}
[carrier]
type = identify
endpoint = carrier
match = {host}
"""

GROWN_PHONES = """
[200](basic)
auth = 200
aors = 200
callerid = Front <200>
mailboxes = 200@office
[200](login)
username = 200
password = {password}
[200](desk)
[201](basic)
auth = 201
aors = 201
callerid = Back <201>
direct_media = no
rtp_symmetric = yes
rewrite_contact = yes
[201](login)
username = 201
password = {password}
[201](desk)
remove_existing = yes
qualify_frequency = 60
[202](basic)
auth = 202
aors = 202
[202](login)
username = 202
password = door1
[202](desk)
"""

GROWN_FILES = {
    "extensions.conf": """
[from-internal]
exten => _2XX,1,Dial(PJSIP/${EXTEN},20)
 same => n,VoiceMail(${EXTEN}@office,u)
exten => _2XX,hint,PJSIP/${EXTEN}
exten => 112,1,Dial(PJSIP/112@carrier)
[from-carrier]
exten => s,1,GotoIfTime(08:00-18:00,mon-fri,*,*?200,1)
 same => n,Queue(500)
exten => 200,1,Dial(PJSIP/200,20)
""",
    "queues.conf": """
[usual](!)
strategy = rrmemory
timeout = 7
[500](usual)
strategy = ringall
member => PJSIP/200
[501](usual)
member => PJSIP/202
[sales](usual)
member => PJSIP/201
""",
    "voicemail.conf": "[office]\n200 => 864213,Reception,,,attach=no|delete=no\n299 => 1,General\n",
}

SEEN = ("endpoint 200", "endpoint 201", "aor 200", "aor 201", "endpoint carrier", "aor carrier")
"""What Asterisk shows of what is taken over; and of the registration."""
TOLD = {
    "remove_existing": ("no", "yes"),
    "qualify_frequency": ("0", "60"),
    "identify_by": ("username,ip", "ip"),
    "forbidden_retry_interval": ("0", "300"),
    "fatal_retry_interval": ("0", "300"),
    "redirect_method": ("user", "uri_pjsip"),
    "max_retries": ("10", "1000000"),
    "line": ("no", "yes"),
    "contact_user": ("", "s"),
}
"""What is there when nothing is said, and what stands in a file of ours. (Without a contact_user it
is `s`, as Asterisk's documentation says.)"""
NAMES = {"aors", "auth", "outbound_auth", "endpoint", "set_var", "REC_BOX", "__REC_BOX", "GROUP"}
"""Parameters that name sections, which have other names in files of ours, and our own variables."""

BOX = "1001 => 4711,Radiology,radiology@example.com,,attach=yes\n"


@pytest.fixture
def here(asterisk_factory: Callable[..., Asterisk], tmp_path: Path) -> Iterator[Office]:
    """A PBX whose files people have written, and let ours in at their end."""
    with office(asterisk_factory(), tmp_path / "office") as made:
        yield made


def _write(here: Office, name: str, change: Callable[[str], str]) -> None:
    """Edit a hand-written file above the line that lets ours in."""
    file = here.pbx.etc / name
    above, include, below = file.read_text().partition("#tryinclude")
    file.write_text(f"{change(above)}{include}{below}")
    here.by_hand[name] = file.read_bytes()


def test_who_is_taken_over_is_reached_and_seen_as_before(here: Office) -> None:
    password, host = secret("Radiology"), pick_address()
    here.mine.planted.add(password)
    carrier = here.stack.enter_context(Outside(here.pbx, name="carrier", host=host))
    auth = AUTH.format(password=password)
    trunk = TRUNK.format(host=host, port=carrier.port)
    _write(here, "pjsip.conf", lambda text: f"{text}{PHONE}{auth}{trunk}")
    _write(here, "extensions.conf", lambda text: f"{text}{DIALPLAN}")
    _write(here, "voicemail.conf", lambda text: f"{text}\n[default]\n{BOX}")
    here.pbx.cli("core reload")
    radiology = here.stack.enter_context(Phone(here.pbx, "1001", password))
    radiology.register()
    _all_as_ever(here, radiology, carrier)

    here.mine.run("import", "office", "--out", "imported").says(
        "`PJSIP/…@carrier` has to be `PJSIP/…@trunk-carrier` in extensions.conf [wards]"
    ).says_not("the variable")
    _write(here, "pjsip.conf", lambda text: text.replace(PHONE, "").replace(trunk, ""))
    here.mine.run("apply", "--auto-approve", expect=5).says(
        "refused[still-referenced]: trunk/office/carrier gets another name on office: "
        "`PJSIP/…@carrier`, written by hand in extensions.conf [wards], would lead nowhere.",
        "write `PJSIP/…@trunk-carrier` there and do not reload",
        "What extension/office/1001 would write for mailbox 1001@default would count for nothing",
        "extension/office/1001 cannot be written: [1001-auth] (type=auth) in pjsip.conf has a name",
    )
    _write(here, "pjsip.conf", lambda text: text.replace(auth, ""))
    _write(here, "extensions.conf", lambda text: text.replace("@carrier", "@trunk-carrier"))
    _write(here, "voicemail.conf", lambda text: text.replace(BOX, ""))
    _all_as_ever(here, radiology, carrier)  # nothing is reloaded yet
    here.apply().says("2 mended")
    _all_as_ever(here, radiology, carrier)
    here.is_as_declared()

    here.mine.edit("imported/extensions.yaml", "name: Radiology", "name: Imaging")
    here.apply().says("1 changed")
    assert "Imaging" in here.pbx.cli("voicemail show users")
    _write(here, "voicemail.conf", lambda text: f"{text}{BOX}")
    here.mine.edit("imported/extensions.yaml", "name: Imaging", "name: Radiology")
    here.mine.run("apply", "--auto-approve", expect=5).says("`1001 => ...` in voicemail.conf")
    here.mine.run("doctor").says("`1001 => ...` in voicemail.conf [default] answers 1001@default")
    here.mine.run("drift", expect=2).says(
        "extension/office/1001  only one of both counts",
        "`1001 => ...` in voicemail.conf [default]", "+ written by hand, too",
    ).says_not("adopt")  # fmt: skip

    _write(here, "pjsip.conf", lambda text: text + auth)
    here.mine.run("doctor", expect=1).says("Asterisk loads no auth any more")
    here.mine.edit("imported/extensions.yaml", "name: Radiology", "name: Imaging")
    here.mine.run("plan").says(
        "There is nothing to apply.",
        "warning[locked-object]: extension/office/1001 stands in our files and, written by hand, "
        "on office as [1001-auth] (type=auth) in pjsip.conf and `1001 => ...` in voicemail.conf",
    )
    here.mine.edit("imported/extensions.yaml", "name: Imaging", "name: Radiology")
    _write(here, "pjsip.conf", lambda text: text.replace(auth, ""))

    _write(here, "voicemail.conf", lambda text: text.replace(BOX, ""))
    # Calls for help are declared, and later somebody's line answers them.
    here.mine.edit("imported/extensions.yaml", "pbx: office\n", f"pbx: office\n{HELP}")
    here.apply().says(
        "1 added, 1 changed", "Whether 911 gets help from extension/office/1001 is not known",
        "`exten => 911` in extensions.conf [wards] answers first",
    ).says_not("do not reach")  # fmt: skip
    _calls_for_help_where_others_wrote(here, radiology, carrier)
    _write(here, "extensions.conf", lambda text: f"{text}{OWN_911}")
    here.mine.run("drift", expect=2).says(
        "outbound_route/office/help", "calls for help are answered first by what others wrote",
        "+ exten => 911", "Take those lines out on the PBX and reload",
    )  # fmt: skip
    here.mine.run("plan").says("Calls to 911 on office do not reach outbound_route/office/help")
    _write(here, "extensions.conf", lambda text: text.replace(OWN_911, ""))
    here.mine.edit("imported/extensions.yaml", HELP, "")
    here.apply("--allow", "emergency-route", "--reason", "test").says("1 destroyed")

    # The phone goes: lines that dial it, which we never edit, would lead nowhere.
    here.mine.write("imported/extensions.yaml", HEADER)
    here.mine.run("apply", "--auto-approve", expect=5).says(
        "extension/office/1001 would be deleted, but `PJSIP/1001`, written by hand in "
        "extensions.conf [from-carrier], would still lead to it."
    )


def test_a_grown_office_behaves_as_before_but_for_what_is_told(here: Office) -> None:
    """Asterisk itself is asked, before and after, for everything that it knows of them."""
    password, host = secret("Front"), pick_address()
    here.mine.planted |= {password, "door1", "864213"}
    carrier = here.stack.enter_context(Outside(here.pbx, name="carrier", host=host))
    grown = GROWN.format(host=host, port=carrier.port, password=password)
    phones = here.pbx.etc / "phones"
    phones.mkdir()
    (phones / "all.conf").write_text(GROWN_PHONES.format(password=password))
    _write(here, "pjsip.conf", lambda text: text + grown)
    for name, added in GROWN_FILES.items():
        _write(here, name, lambda text, added=added: text + added)  # type: ignore[misc]
    here.pbx.cli("core reload")
    front, back = (
        here.stack.enter_context(Phone(here.pbx, each, password)) for each in ("200", "201")
    )
    front.register()
    back.register()
    here.reaches(back, "200", front)
    before = _shown(here)

    once = "once it stands in a file of ours"
    said = here.mine.run("import", "office", "--out", "imported")
    said.says(
        "extension/office/202 its password has 5 characters instead of 8 to 128",
        "queue/office/501 202 is not there, or cannot be written",
        f"extension/office/200 {once}: remove_existing no (nothing is said) becomes yes",
        f"extension/office/200 {once}: qualify_frequency 0 (nothing is said) becomes 60",
        f"trunk/office/carrier {once}: line no (nothing is said) becomes yes",
        "extensions.conf: contexts with all that is dialled there: from-internal, from-carrier",
        "what has no name that can be declared: queue sales",
        "voicemail.conf: boxes that are nobody's: 299@office",
    ).says_not("direct_media", "rewrite_contact", "auth_type", "username becomes", "language")
    here.mine.run("plan").says("No changes.")
    here.mine.run("adopt", "extension/office/200", "--dry-run").says(
        f"{once}: remove_existing no (nothing is said) becomes yes"
    )

    kept = GROWN_PHONES.partition("[202]")[2].format(password=password)
    (phones / "all.conf").write_text(f"[202]{kept}")
    _write(here, "pjsip.conf", lambda text: text.partition("[carrier]")[0])
    _write(here, "extensions.conf", lambda text: text.replace("@carrier", "@trunk-carrier"))
    _write(here, "queues.conf", lambda text: _without(text, "[500]", "[sales]"))
    _write(here, "voicemail.conf", lambda text: _without(text, "200 =>", "299 =>"))
    # What _2XX of theirs answers in the context that is ours, too, it has always answered.
    here.apply().says("4 mended").says_not("number-taken")
    here.is_as_declared()
    after = _shown(here)
    changed = {
        (name, *_plainly(before.get(name), after.get(name)))
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    }
    assert {each for each in changed if TOLD.get(each[0].split()[-1]) != each[1:]} == set()
    assert "Reception" in here.pbx.cli("voicemail show users for office")
    assert "rrmemory" in here.pbx.cli("queue show 500")
    front.register()
    here.reaches(back, "200", front)


def _without(text: str, begin: str, end: str) -> str:
    """Take out what stands between two places of a file."""
    above, found, below = text.partition(begin)
    return f"{above}{end}{below.partition(end)[2]}" if found else text


def _shown(here: Office) -> dict[str, str]:
    """Return what Asterisk shows of all that is taken over, by object and parameter."""
    found: dict[str, str] = {}
    for each in (*SEEN, "registration carrier"):
        kind, name = each.split()
        for known in (name, f"trunk-{name}", f"trunk-{name}-reg"):
            for parameter, value in re.findall(
                r"^ (\w+)\s+: (.*)$", here.pbx.cli(f"pjsip show {kind} {known}"), re.MULTILINE
            ):
                if parameter not in NAMES:
                    found[f"{each} {parameter}"] = value.strip()
    return found


def _plainly(*values: str | None) -> tuple[str, ...]:
    words = {"true": "yes", "false": "no"}
    return tuple(words.get(each or "", each or "") for each in values)


def test_a_backup_from_before_the_takeover_is_put_back(here: Office) -> None:
    """What stood in our files stands in people's own again: nobody has left it like that."""
    mine, pbx, password = here.mine, here.pbx, secret("Radiology")
    mine.planted.add(password)
    written = PHONE + AUTH.format(password=password)
    _write(here, "pjsip.conf", lambda text: text + written)
    _write(here, "extensions.conf", lambda text: f"{text}{DIALPLAN}")
    pbx.cli("core reload")
    radiology = here.stack.enter_context(Phone(pbx, "1001", password))
    mine.run("import", "office", "--out", "imported")
    mine.run("drift").says("No drift.")
    _write(here, "pjsip.conf", lambda text: text.replace(written, ""))
    here.apply().says("1 mended")
    here.is_as_declared()

    for each in pbx.etc.glob("rec_*"):
        each.unlink()
    _write(here, "pjsip.conf", lambda text: text + written)
    pbx.cli("core reload")
    radiology.register()
    mine.run("drift", expect=2).says(
        "extension/office/1001", "not in our files any more", "pjsip.conf [1001]",
        "do not reload, and apply: it is written into ours again", "apply --refresh-only",
    ).says_not("--only-drift")  # fmt: skip
    mine.run("apply", "--auto-approve", expect=5).says(
        "refused[locked-object]: Radiology (1001) stands in files of people's own on office again, "
        "and not in ours: pjsip.conf [1001].", "take that out there and do not reload",
    )  # fmt: skip
    _write(here, "pjsip.conf", lambda text: text.replace(written, ""))
    here.apply().says("! extension/office/1001", "1 mended")
    here.is_as_declared()
    radiology.register()


def test_a_phone_of_the_wizard_is_seen_and_taken_over(here: Office) -> None:
    """Its endpoint is in no file that lets ours in: one of ours of that name would lock it out."""
    password = secret("Clinic")
    here.mine.planted.add(password)
    wizard = WIZARD.format(password=password)
    _write_wizard(here, wizard)
    here.pbx.cli("core reload")
    clinic = here.stack.enter_context(Phone(here.pbx, "1002", password))
    clinic.register()
    new = 'extensions:\n  "1002": {name: Somebody, secret: {secret: generated}}\n'
    here.mine.write("new.yaml", f"{HEADER}{new}")
    here.mine.run("apply", "--auto-approve", expect=5).says(
        "refused[locked-object]: extension/office/1002 cannot be written: it stands in "
        "pjsip_wizard.conf"
    )
    clinic.register()
    here.mine.write("new.yaml", HEADER)
    here.mine.run("import", "office", "--out", "imported").says("1 extension")
    here.mine.run("plan").says("No changes.")
    _write_wizard(here, wizard.partition("[1002]")[0])
    here.apply().says("1 mended")
    clinic.register()
    assert "Clinic" in here.pbx.cli("pjsip show endpoint 1002")
    here.mine.edit("imported/extensions.yaml", "    settings: {context: wards}\n", "")
    here.mine.run("apply", "--auto-approve", expect=5).says(
        "refused[emergency-context]: Clinic (1002) would no longer reach help"
    )
    here.mine.edit(
        "imported/extensions.yaml", "Clinic\n", "Clinic\n    settings: {context: wards}\n"
    )
    _new_numbers_where_others_wrote(here, clinic)
    _write_wizard(here, wizard)
    database = b"[res_pjsip]\nendpoint = config,pjsip.conf\nendpoint = realtime,ps_endpoints\n"
    (here.pbx.etc / "sorcery.conf").write_bytes(database)
    here.by_hand["sorcery.conf"] = database
    here.mine.run("doctor", expect=1).says(
        "[1002] also stands in pjsip_wizard.conf", "endpoint = realtime,ps_endpoints: what stands"
    ).says_not("endpoint = config")
    here.mine.edit("imported/extensions.yaml", "name: Clinic", "name: Ward 2")
    here.mine.run("apply", "--auto-approve", expect=5).says(
        "[1002] (type=wizard) in pjsip_wizard.conf has a name that is its own"
    )


def _new_numbers_where_others_wrote(here: Office, clinic: Phone) -> None:
    """What is said of a new number where phones dial is what a call there meets."""
    group = 'ring_groups:\n  "600": {name: Desk, members: ["1002"], ring_time: 20}\n'
    here.mine.write("new.yaml", f"{HEADER}{group}")
    theirs = "\n[wards]\nexten => 8,1,Answer()\n"
    _write(here, "extensions.conf", lambda text: f"{text}{theirs}")
    here.pbx.cli("dialplan reload")
    nowhere = "600 cannot be dialled by the phone that dials in [wards], written by hand."
    here.apply().says("1 added", f"warning[number-overlap]: {nowhere}")
    assert clinic.call("600").result().code == 404
    _write(here, "extensions.conf", lambda text: f"{text}include => from-internal\n")
    here.pbx.cli("dialplan reload")
    rings = clinic.ring_until_cancelled()
    call = clinic.call("600")
    rings.wait_ringing()
    call.cancel()
    here.mine.edit("new.yaml", '"600"', '"601"')
    here.apply().says_not("cannot be dialled")


def _write_wizard(here: Office, text: str) -> None:
    here.pbx.add_config("pjsip_wizard.conf", text)
    here.by_hand["pjsip_wizard.conf"] = text.encode()


def _calls_for_help_where_others_wrote(here: Office, radiology: Phone, carrier: Outside) -> None:
    """What is said of 911 in a context of somebody's own is what a call there meets."""
    line = "exten => 911,1,Dial(PJSIP/911@trunk-carrier,30)\n"
    nowhere = "extension/office/1001 cannot call for help: 911 leads nowhere in [wards]"
    here.mine.run("plan").says_not("emergency-context")  # what is not known is said once
    _write(here, "extensions.conf", lambda text: text.replace(line, "exten => 8,1,Answer()\n"))
    here.pbx.cli("dialplan reload")
    assert radiology.call("911").result().code == 404
    here.mine.run("plan").says("warning[emergency-context]", nowhere)
    there = "exten => 8,1,Answer()\n"
    ours = f"{there}include => from-internal\n"
    _write(here, "extensions.conf", lambda text: text.replace(there, ours))
    here.pbx.cli("dialplan reload")
    at_carrier = carrier.answer()
    radiology.call("911").wait_answered().hang_up()
    assert at_carrier.result().dialled == "911"
    here.pbx.wait_idle()
    here.mine.run("plan").says_not("emergency-context")
    _write(here, "extensions.conf", lambda text: text.replace(ours, line))
    here.pbx.cli("dialplan reload")


def _all_as_ever(here: Office, radiology: Phone, carrier: Outside) -> None:
    """Call for help, out and in: everybody is reached, and the department shows its number."""
    for number, arrives in (("911", "911"), ("96175550123", "+16175550123")):
        at_carrier = carrier.answer()
        radiology.call(number).wait_answered().hang_up()
        result = at_carrier.result()
        assert (result.dialled, result.caller) == (
            arrives,
            "1001" if number == "911" else "+16035550122",
        )
        here.pbx.wait_idle()
    rings = radiology.answer()
    carrier.call("+16035550122", from_number="+16175550123").wait_answered().hang_up()
    rings.wait_ended()
    here.pbx.wait_idle()
