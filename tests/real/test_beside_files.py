"""What stands on a PBX in no file that we read is seen where a person decides, or said."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk.modules import QUICK_BOOT_MODULES
from tests.real.asterisk.phones import Phone
from tests.real.estate import Office, office, secret

HEADER = "apiVersion: reconciler/v1\npbx: office\n"
MODULES = ("res_config_sqlite3", *QUICK_BOOT_MODULES, "res_ael_share", "pbx_ael", "pbx_lua")

AEL = """
context from-internal { 700 => { Answer(); Wait(30); }; };
context help { 911 => { Answer(); Wait(30); }; };
"""
LUA = 'extensions = {}\nextensions["doors"] = {["*1"] = function() app.answer() end}\n'
DIALPLAN = "[wards]\ninclude => {help}\nexten => 1,1,Answer()\n"

SORCERY = """
[res_pjsip]
endpoint = config,pjsip.conf,criteria=type=endpoint
endpoint = realtime,ps_endpoints
auth = config,pjsip.conf,criteria=type=auth
auth = realtime,ps_auths
aor = config,pjsip.conf,criteria=type=aor
aor = realtime,ps_aors
"""
TABLES = ("ps_endpoints", "ps_auths", "ps_aors", "queues")
PHONE = """
[1003]
type = endpoint
context = wards
auth = 1003-auth
aors = 1003
[1003-auth]
type = auth
username = 1003
password = {password}
[1003]
type = aor
max_contacts = 1
"""


def _database(path: Path, password: str) -> None:
    with sqlite3.connect(path) as database:
        database.executescript(
            f"""
            create table ps_endpoints (id primary key, aors, auth, context, disallow, allow);
            create table ps_auths (id primary key, auth_type, username, password);
            create table ps_aors (id primary key, max_contacts integer);
            create table queues (name primary key, strategy);
            insert into ps_endpoints values ('1001','1001','1001','wards','all','ulaw');
            insert into ps_endpoints values ('gate','gate','1001','wards','all','ulaw');
            insert into ps_auths values ('1001','userpass','1001','{password}');
            insert into ps_aors values ('1001',1), ('gate',1);
            """
        )


def _office(start: Callable[..., Asterisk], folder: Path, password: str) -> Asterisk:
    file = folder / "phones.sqlite3"
    _database(file, password)
    pbx = start(
        modules=MODULES,
        extra={
            "extensions.ael": AEL,
            "extensions.lua": LUA,
            "sorcery.conf": SORCERY,
            "extconfig.conf": "[settings]\n"
            + "".join(f"{t} => sqlite3,asterisk\n" for t in TABLES),
            "res_config_sqlite3.conf": f"[asterisk]\ndbfile => {file}\nbatch = 0\ndebug = no\n",
        },
    )
    _write(pbx, "extensions.conf", DIALPLAN.format(help="help"))
    _write(pbx, "pjsip.conf", PHONE.format(password=password))
    pbx.cli("module reload")
    return pbx


def _write(pbx: Asterisk, name: str, text: str, instead: str = "") -> None:
    """Put text above the line that lets ours in."""
    above, include, below = (pbx.etc / name).read_text().replace(instead, "").partition("#try")
    (pbx.etc / name).write_text(f"{above}{text}{include}{below}")


def test_what_no_file_holds_is_seen_or_said(
    asterisk_factory: Callable[..., Asterisk], tmp_path: Path
) -> None:
    password = secret("Ward")
    pbx = _office(asterisk_factory, tmp_path, password)
    with office(pbx, tmp_path / "office") as here:
        here.mine.planted.add(password)
        ward = here.stack.enter_context(Phone(pbx, "1001", password))
        ward.register()
        here.mine.run("import", "office", "--out", "imported").says(
            "extension/office/1001  it stands in a database (sorcery.conf: endpoint = "
            "realtime,ps_endpoints), which reconciler neither reads nor writes",
            "declare no such number",
            "(sorcery.conf: endpoint = realtime,ps_endpoints) is not read: endpoint gate",
            "(extconfig.conf: queues => sqlite3,asterisk) is not read: whatever stands there",
            "extensions.ael: contexts with all that is dialled there: from-internal, help",
            "extensions.lua: contexts with all that is dialled there: doors",
        )
        here.mine.run("plan").says("No changes.")
        here.mine.run("status", "--unmanaged").says(
            "extension/office/1001", "extensions.ael: contexts", "endpoint gate"
        )
        _numbers_that_are_taken(here)
        _calls_for_help(here)
        _taken_out_of_a_file_is_not_in_a_database(here, password)


def _numbers_that_are_taken(here: Office) -> None:
    """A phone of a database keeps its number, and what AEL answers is answered by it."""
    new = 'extensions:\n  "1001": {name: New, secret: {secret: generated}}\n'
    here.mine.write("new.yaml", f"{HEADER}{new}")
    here.mine.run("apply", "--auto-approve", expect=5).says(
        "refused[locked-object]: extension/office/1001 cannot be written: it stands in a database",
        "or choose another number",
    )
    here.mine.run("adopt", "extension/office/1001", expect=1).says("it stands in a database")
    group = 'ring_groups:\n  "700": {name: Desk, members: ["1003"], ring_time: 20}\n'
    here.mine.write("new.yaml", f"{HEADER}{group}")
    here.mine.run("apply", "--auto-approve", expect=5).says(
        "refused[number-taken]", "`exten => 700`, written by hand in extensions.ael [from-internal]"
    )
    taken = 'ring_groups:\n  "1001": {name: Desk, members: ["1003"], ring_time: 20}\n'
    here.mine.write("new.yaml", f"{HEADER}{taken}")
    here.mine.run("apply", "--auto-approve", expect=5).says(
        "ring_group/office/1001 would be 1001, and so is extension/office/1001"
    )
    here.mine.write("new.yaml", HEADER)
    with sqlite3.connect(here.mine.folder.parent / "phones.sqlite3") as database:
        database.execute("delete from ps_endpoints where id = '1001'")
    here.mine.write("new.yaml", f"{HEADER}{new}")
    here.apply().says("1 added")
    here.mine.run("plan").says("No changes.")


def _calls_for_help(here: Office) -> None:
    """Where phones dial, AEL answers: that is no "leads nowhere", and one that is not there is."""
    route = (
        "trunks:\n  carrier: {mode: ip, host: 127.0.0.9}\noutbound_routes:\n"
        '  help: {order: 1, emergency: true, patterns: ["911"], trunks: [carrier]}\n'
    )
    here.mine.edit("new.yaml", HEADER, f"{HEADER}{route}")
    here.apply().says(
        "Whether 911 gets help from extension/office/1003 is not known",
        "`exten => 911` in extensions.ael [help] answers first",
    )
    _write(here.pbx, "extensions.conf", DIALPLAN.format(help="doors"), DIALPLAN.format(help="help"))
    here.pbx.cli("dialplan reload")
    here.mine.run("plan").says_not("emergency-context")  # what is not known is said once
    nothing = DIALPLAN.format(help="nosuch")
    _write(here.pbx, "extensions.conf", nothing, DIALPLAN.format(help="doors"))
    here.pbx.cli("dialplan reload")
    here.mine.run("plan").says(
        "extension/office/1003 cannot call for help: 911 leads nowhere in [wards]"
    )
    _write(here.pbx, "extensions.conf", DIALPLAN.format(help="help"), nothing)
    here.pbx.cli("dialplan reload")
    here.by_hand["extensions.conf"] = (here.pbx.etc / "extensions.conf").read_bytes()


def _taken_out_of_a_file_is_not_in_a_database(here: Office, password: str) -> None:
    """It is loaded still, and in no file: neither in a database, so it can be written."""
    _write(here.pbx, "pjsip.conf", "", PHONE.format(password=password))
    here.by_hand["pjsip.conf"] = (here.pbx.etc / "pjsip.conf").read_bytes()
    assert "1003" in here.pbx.cli("pjsip show endpoints")
    here.apply().says("1 mended")
    here.is_as_declared()
    here.stack.enter_context(Phone(here.pbx, "1003", password)).register()
