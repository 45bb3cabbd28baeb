"""People from a table: all that is wrong at once, nothing written, then extensions and phones."""

import csv
import io
import json
import re

import pytest

from tests.cli.forkserver import ROOT
from tests.cli.workspace import OBJECTS, Workspace

SITE = """\
apiVersion: reconciler/v1
sites:
  main: {timezone: Europe/London, country: GB, phones: {adapter: memory, file: phones.json}}
templates:
  clerk: {vendor: yealink}
"""
HEADER = ("number", "name", "email", "did", "mac", "model", "template", "pin")


def table(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER, delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([header, *rows])
    return text.getvalue()


def staff(count: int) -> list[tuple[str, ...]]:
    return [
        (
            str(2000 + n), f"Person {n}", f"p{n}@example.com", f"+44113496{1000 + n:04d}",
            f"80:5e:c0:f0:{n >> 8:02x}:{n & 255:02x}", "T43U", "clerk", "",
        )
        for n in range(count)
    ]  # fmt: skip


@pytest.fixture
def office(applied: Workspace) -> Workspace:
    (applied.folder / "site.yaml").write_text(SITE)
    return applied


def test_the_table_of_the_readme(office: Workspace) -> None:
    readme = (ROOT / "reconciler" / "intake" / "README.md").read_text("utf-8")
    rows = re.search(r"(?s)```csv\n(.*?)```", readme)
    shown = re.search(r"(?s)```console\n\$ reconciler (.*?)\n(.*?)\n```", readme)
    assert rows is not None
    assert shown is not None
    (office.folder / "staff.csv").write_text(rows[1])
    site = SITE.replace("Europe/London, country: GB", "America/New_York, country: US")
    (office.folder / "site.yaml").write_text(site)
    office.run(*shown[1].split()).says(shown[2])


def test_r02_seven_bad_rows_of_five_hundred(office: Workspace) -> None:
    """Wanted in vain elsewhere: a pre-check, a dry run, a report, and nothing half done."""
    rows = staff(500)
    rows[10] = ("1001", *rows[10][1:])  # declared already
    rows[99] = (rows[98][0], *rows[99][1:])  # the row above has it
    rows[123] = (*rows[123][:2], "no address", *rows[123][3:])
    rows[200] = (*rows[200][:3], "4.41134961E+11", *rows[200][4:])
    rows[321] = (*rows[321][:4], "80:5e:c0", *rows[321][5:])
    rows[400] = (*rows[400][:6], "nobody", "")  # no such template
    rows[499] = (*rows[499][:7], "12")  # no PIN
    (office.folder / "staff.csv").write_text(table(*rows))
    at = {f"staff.csv:{n + 2}:" for n in (10, 99, 123, 200, 321, 400, 499)}
    with office.untouched():
        ended = office.run("import", "csv", "staff.csv", "--out", "staff.yaml", expect=1)
        ended.says("7 of 500 rows are wrong; nothing was written")
        assert all(each in ended.err for each in at)
    assert not (office.folder / "staff.yaml").exists()
    told = office.run(
        "import", "csv", "staff.csv", "--out", "staff.yaml", "--skip-invalid", "--json"
    ).json
    assert (told["rows"], told["taken"], told["errors"]) == (500, 493, 7)
    errors = [each for each in told["diagnostics"] if each["severity"] == "error"]
    assert {f"{d['span']['file']}:{d['span']['line']}:" for d in errors} == at
    # None of the new ones shows a number that can be called back.
    assert {d["code"] for d in told["diagnostics"]} - {d["code"] for d in errors} == {
        "no-callback-number"
    }
    with office.untouched():
        planned = office.run("plan", "--json").json
    made = [
        each["address"].partition("/")[0]
        for each in planned["resource_changes"]
        if each["change"]["actions"] == ["create"]
    ]
    assert {kind: made.count(kind) for kind in set(made)} == {
        "extension": 493, "phone": 493, "inbound_route": 493,
    }  # fmt: skip


def test_a_table_says_the_sites_of_its_phones(office: Workspace) -> None:
    """Of several sites none is guessed; rows that say theirs need no --site."""
    (office.folder / "site.yaml").write_text(
        SITE.replace(
            "templates:",
            "  ward: {timezone: Europe/London, country: GB, "
            "phones: {adapter: memory, file: w.json}}\n"
            "templates:",
        )
    )
    first, second = staff(2)
    (office.folder / "staff.csv").write_text(table(first, second))
    office.run("import", "csv", "staff.csv", "--out", "staff.yaml", expect=64).says("column `site`")
    header = (*HEADER, "site")
    (office.folder / "staff.csv").write_text(
        table((*first, "main"), (*second, "ward"), header=header)
    )
    office.run("import", "csv", "staff.csv", "--out", "staff.yaml")
    said = (office.folder / "staff.yaml").read_text()
    assert (said.count("site: main"), said.count("site: ward"), said.count("site:")) == (1, 1, 2)
    office.run("validate")


def test_numbers_are_given_out_once_and_written_down(office: Workspace) -> None:
    (office.folder / "hr.csv").write_bytes(
        "Vorname;Nachname;Mail;Personalnummer\r\n"
        '"Zoë ""Z""";"Okafor; Müller";ZOE@example.com;007\r\n\r\n'
        "Ben;O'Neill;;008\r\n".encode("cp1252")
    )
    (office.folder / "map.yml.txt").write_text(
        'number: "auto"\nname: "{{ vorname }} {{ nachname }}"\nemail: "{{ mail | lower }}"\n'
    )
    given = ("import", "csv", "hr.csv", "--out", "new/hr.yaml", "--map", "map.yml.txt")
    office.run(*given, expect=1).says("not utf-8", "--encoding cp1252")
    given = (*given, "--encoding", "cp1252", "--numbers", "1004-1007")
    office.run(*given, expect=1).says('no column "auto"')
    (office.folder / "map.yml.txt").write_text(
        'name: "{{ vorname }} {{ nachname }}"\nemail: "{{ mail | lower }}"\n'
    )
    with office.untouched():
        office.run(*given, "--dry-run").says('"1006": {name: Zoë "Z" Okafor; Müller,')
    office.run(*given, "--set", "class_of_service=staff").says("new/hr.yaml: 2 extensions")
    text = (office.folder / "new" / "hr.yaml").read_text("utf-8")
    # 1004 and 1005 are taken.
    assert '"1006": {name: Zoë "Z" Okafor; Müller, voicemail: {email: zoe@example.com}}' in text
    assert '"1007": {name: Ben O\'Neill}' in text
    office.run(*given, expect=1).says("file-exists", "new/hr.yaml exists")
    office.run("validate").says(f"{OBJECTS + 2} objects")
    office.run("fmt", "--check", "new/hr.yaml")
    office.run("apply", "--auto-approve")
    office.run("plan", "--detailed-exitcode")
    assert office.pbx["extension"]["1007"]["name"] == "Ben O'Neill"


def test_passwords_go_to_the_store_and_nowhere_else(office: Workspace) -> None:
    secret, pin = "canary-Table-8sKd2Wqp", "582913"
    rows = [("1901", "Ada", secret, pin), ("1902", "Ben", "short", ""), ("1903", "Cy", "", "1234")]
    (office.folder / "people.csv").write_text(table(*rows, header=("ext", "name", "secret", "PIN")))
    given = ("import", "csv", "people.csv", "--out", "people2.yaml")
    ended = office.run(*given, expect=1)
    ended.says("people.csv:3:", "secret of 1902 has 5 characters", "people.csv:4:", "a sequence")
    assert not {secret, pin} & set(ended.both.replace(",", " ").split())
    office.run(*given, "--skip-invalid").says("2 extensions", "3 passwords and PINs stored")
    text = (office.folder / "people2.yaml").read_text()
    assert secret not in text
    assert pin not in text
    assert "store:office-extension-1901-secret" in text
    office.run("apply", "--auto-approve")
    live = office.pbx["extension"]["1901"]
    assert (live["secret"], live["voicemail.pin"]) == (secret, pin)
    # A later table with another password for that name is not passed over in silence.
    (office.folder / "people2.yaml").unlink()
    (office.folder / "people.csv").write_text(
        table(("1901", "Ada", "canary-Other-8sKd2Wqp"), header=("ext", "name", "secret"))
    )
    office.run(*given, expect=1).says("secret-exists", "office-extension-1901-secret")
    assert not (office.folder / "people2.yaml").exists()


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("", (), "csv-malformed"),
        ("number,name\n", (), "no rows below"),
        ('number,name\n1901,"Ada\n1902,Ben\n', (), "csv-malformed"),
        ("number,name\n1901,Okafor, Ada\n", (), "3 cells, but there are 2 columns"),
        ("number,nmae\n1901,Ada\n", (), 'did you mean "name"'),
        ("number,name,Badge\n1901,Ada,7\n", (), '--ignore "Badge"'),
        ("number,ext,name\n1901,1902,Ada\n", (), "say the same of a person"),
        ("number,name\n,Ada\n", (), "--numbers 1100-1199"),
        ("number,name\n1901,\n", (), "The row has no name"),
        ("number,name,model\n1901,Ada,T43U\n", (), "without its MAC address"),
        ("number,name,call_waiting\n1901,Ada,perhaps\n", (), "neither yes nor no"),
    ],
)
def test_what_is_no_table_of_people(
    office: Workspace, text: str, more: tuple[str, ...], said: str
) -> None:
    (office.folder / "t.csv").write_text(text)
    with office.untouched():
        office.run("import", "csv", "t.csv", "--out", "t.yaml", *more, expect=1).says(said)
    assert not (office.folder / "t.yaml").exists()


def test_all_that_is_wrong_with_one_row_is_said_at_once(office: Workspace) -> None:
    (office.folder / "t.csv").write_text("number,name,email,pin\n1901,Ada,no address,12\n")
    with office.untouched():
        office.run("import", "csv", "t.csv", "--out", "t.yaml", expect=1).says(
            "t.csv:2:10", "an address is written", "t.csv:2:21", "is not 4 to 10 digits"
        )


def test_what_cannot_be_meant(office: Workspace) -> None:
    (office.folder / "t.csv").write_text("number,name\n1901,Ada\n")
    given = ("import", "csv", "t.csv", "--out", "t.yaml")
    office.run("import", "csv", "none.csv", "--out", "t.yaml", expect=1).says("No such file")
    office.run(*given, "--pbx", "ofice", expect=64).says('No PBX "ofice" is declared')
    office.run(*given, "--numbers", "19-10", expect=64).says("not a range")
    office.run(*given, "--set", "secret=x", expect=64).says("not said on a command line")
    office.run(*given, "--ignore", "Badge", expect=64).says("has no such column")
    assert office.run(*given, "--json").json["extensions"] == ["1901"]
    assert json.loads(office.run("validate", "--format", "json").out)["errors"] == 0
