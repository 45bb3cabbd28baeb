"""Commands about files and words: init, validate, fmt, schema, explain, adapters, doctor."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from reconciler.cli import COMMANDS, _pointing_elsewhere, cli, familiar
from reconciler.diagnostics.catalogue import CODES
from reconciler.kinds import KINDS, SECTIONS
from reconciler.kinds.fields import common_fields, fields_of
from tests.cli.workspace import INVENTORY, Workspace


def test_init_starts_a_workspace(bare: Workspace) -> None:
    told = bare.run("init", "--pbx", "hq", cold=True)
    told.says("wrote inventory/inventory.yaml", "wrote tenants/hq.yaml", "reconciler doctor hq")
    assert (bare.folder / ".reconciler" / "workspace.key").exists()
    assert bare.read(".reconciler/.gitignore") == "*\n"
    schema = json.loads(bare.read(".reconciler/schemas/estate.json"))
    assert "extensions" in schema["properties"]
    head = bare.read("tenants/hq.yaml").splitlines()[0]
    found = re.fullmatch(r"# yaml-language-server: \$schema=(.*)", head)
    assert found is not None
    assert (bare.folder / "tenants" / found[1]).resolve().is_file()
    bare.run("validate").says("objects in 2 files are valid.").says_not("warning")
    bare.run("fmt", "--check")
    bare.run("plan", expect=1).says(
        "hq: The secret store:hq-ami is not in the store", "secrets set hq-ami"
    )
    # Again: what is there stays, whatever it says.
    bare.edit("tenants/hq.yaml", "Ada Okafor", "Ada")
    with bare.untouched():
        bare.run("init", "--pbx", "hq").says("a workspace already").says_not("wrote")
        bare.run("init", "--pbx", "other").says_not("wrote")
        bare.run("init", "--pbx", "no such name", expect=64)
    elsewhere = bare.folder / "branch"
    bare.run("init", "branch", "--pbx", "annex")
    assert (elsewhere / "tenants" / "annex.yaml").is_file()
    bare.run("validate", "branch").says("in 2 files are valid")


def test_init_of_a_pbx_to_try_things_on(bare: Workspace) -> None:
    bare.run("init", "--adapter", "memory").says("reconciler apply")
    bare.run("fmt", "--check")
    bare.run("apply", "--auto-approve").says("3 added")
    assert (bare.folder / "office.json").is_file()
    bare.run("plan").says("No changes.")
    bare.run("init", "--adapter", "toaster", expect=64).says("asterisk", "memory")
    bare.run("init", "hq", "--adapter", "freepbx").says("secrets set office-oauth")
    bare.run("validate", "hq").says("objects in 2 files are valid.").says_not("warning")
    bare.run("fmt", "--check", "hq")


def test_fmt_keeps_comments_and_meaning(bare: Workspace) -> None:
    applied = bare
    applied.write("inventory.yaml", INVENTORY)
    applied.run("fmt").says("formatted inventory.yaml")
    untidy = applied.write(
        "people.yaml",
        "pbx:   office\napiVersion: reconciler/v1\nextensions:\n"
        '    "1002":   # Ben sits upstairs\n        name:   Ben Roy\n'
        '        secret:  {secret:   "file:ben.txt"}\n'
        '    "1001": {name: Ada Okafor, secret: {secret: "env:ADA_SECRET"}}\n',
    ).read_text()
    before = applied.run("validate", "--json").json
    applied.run("fmt", "--check", expect=1).says("would change people.yaml")
    shown = applied.run("fmt", "--diff")
    assert "--- people.yaml" in shown.out
    assert applied.read("people.yaml") == untidy
    applied.run("fmt", "people.yaml").says("formatted people.yaml")
    tidy = applied.read("people.yaml")
    assert "# Ben sits upstairs" in tidy
    assert tidy.index("apiVersion") < tidy.index("extensions")
    applied.run("fmt", "--check")
    with applied.untouched():
        assert applied.run("fmt").out == ""
    assert applied.run("fmt", "-", stdin=untidy).out == tidy
    assert applied.run("validate", "--format", "json").json == before
    applied.write("broken.yaml", "apiVersion: reconciler/v1\nextensions: {\n")
    with applied.untouched():
        applied.run("fmt", expect=1).says("broken.yaml:")
    # A link stays a link, and rights stay as they are.
    (applied.folder / "broken.yaml").unlink()
    applied.write("people.yaml", untidy).chmod(0o640)
    applied.run("fmt")
    assert (applied.folder / "people.yaml").stat().st_mode & 0o777 == 0o640


def test_validate_formats(bare: Workspace) -> None:
    bare.write(
        "estate.yaml",
        "apiVersion: reconciler/v1\npbxs: {office: {adapter: memory, timezone: UTC, country: GB}}\n"
        "---\napiVersion: reconciler/v1\npbx: office\n"
        'extensions: {"1001": {name: Ada, ring_tme: 20}}\n',
    )
    bare.write("docker-compose.yaml", "services: {web: {image: nginx}}\n")
    told = bare.run("validate", expect=1)
    told.says("error[unknown-field]", "estate.yaml:6:34", "ring_tme", 'did you mean "ring_time"')
    line = bare.run("validate", "--format", "line", expect=1)
    assert line.out.count("\n") == 1
    assert line.out.startswith("estate.yaml:6:34: error[unknown-field]: ")
    (found,) = bare.run("validate", "--format", "json", expect=1).json["diagnostics"]
    assert (found["code"], found["severity"]) == ("unknown-field", "error")
    at = found["span"]
    assert (at["file"], at["line"], at["column"]) == ("estate.yaml", 6, 34)
    bare.run("validate", "-v", expect=1).says("not ours: docker-compose.yaml:1")


def test_schema(bare: Workspace) -> None:
    whole = bare.run("schema").json
    assert whole["$schema"].startswith("http://json-schema.org/")
    assert bare.run("schema", "ring_group").json["properties"]["members"]
    bare.run("schema", "ring_grup", expect=64).says('Did you mean "ring_group"?')
    bare.run("schema", "--write", "schemas", "--check", expect=1).says("not up to date")
    bare.run("schema", "--write", "schemas")
    bare.run("schema", "--write", "schemas", "--check")
    committed = Path(__file__).parents[2] / "schemas" / "v1"
    bare.run("schema", "--write", str(committed), "--check")
    bare.write("schemas/estate.json", "{}")
    bare.run("schema", "--write", "schemas", "--check", expect=1).says("schemas/estate.json")


def test_explain(applied: Workspace) -> None:
    applied.run("explain", "duplicate-did").says("The same outside number is routed twice")
    applied.run("explain", "ring_group").says(
        "strategy", "ringall | ringall-prim", "members", "(required)", "Every kind has", "on_delete"
    ).says_not("waive[]")
    applied.run("explain", "extensions", "voicemail").says("voicemail.pin", "4 to 10 digits")
    applied.run("explain", "queue", "members").says("members[].penalty", "(default 0)")
    (field,) = applied.run("explain", "queue", "timeout", "--json").json["fields"]
    assert (field["field"], field["required"]) == ("timeout", False)
    assert applied.run("explain", "duplicate-did", "--json").json["severity"] == "error"
    applied.run("explain", "queue", "member", expect=64).says('Did you mean "members"?')
    applied.run("explain", "duplicate-dids", expect=64).says('Did you mean "duplicate-did"?')
    applied.run("explain", "extension/office/1001").says("secret ***", "people.yaml:7")
    told = applied.run("explain", "ring_group/office/600", "ring_time", "--json").json
    assert "calls.yaml" in json.dumps(told)
    applied.run("explain", "extension/office/1009", expect=64).says("is not declared")
    applied.run("explain", "a/b/c/d/e", expect=64).says("is not declared")
    # A template's settings: which layer won, and over what.
    applied.write(
        "phones.yaml",
        "apiVersion: reconciler/v1\npbx: office\nsite: london\n"
        "sites: {london: {timezone: Europe/London, country: GB, pbx: office, "
        "phones: {adapter: memory, settings: {features: {language: German}}}}}\n"
        "templates:\n  house: {vendor: any, features: {language: French}}\n"
        "  desk: {vendor: yealink, extends: house}\n"
        "phones:\n  lobby: {mac: 80:5e:c0:f0:01:21, model: T43U, template: desk, "
        'lines: [{extension: "1005"}], features: {language: English}}\n',
    )
    said = applied.run("explain", "phone/london/lobby", "features.language")
    said.says("English", "phones.yaml:")


def test_adapters(bare: Workspace) -> None:
    bare.run("adapters").says("asterisk", "memory")
    bare.run("adapters", "asterisk").says("ring_group", "Asterisk")
    names = {each["name"] for each in bare.run("adapters", "--json").json["adapters"]}
    assert names >= {"asterisk", "memory"}
    bare.run("adapters", "asterix", expect=64).says('Did you mean "asterisk"?')


def test_doctor(applied: Workspace) -> None:
    applied.run("doctor", "office").says("pbx.json: 13 objects")
    applied.run("doctor").says("office", "pbx.json: 13 objects", "Ready.")
    told = applied.run("doctor", "office", "--json").json
    assert told["ready"] is True
    assert [each["target"] for each in told["targets"]] == ["pbx/office"]
    assert [each["state"] for each in told["targets"][0]["findings"]] == ["ok"]
    applied.run("doctor", "offise", expect=64).says("office")
    applied.pbx_file.write_text("[]")
    applied.run("doctor", "office", expect=1).says("cannot be read")
    told = applied.run("doctor", "--json", expect=1).says("cannot be read").json
    assert told["ready"] is False
    applied.pbx_file.write_text("{}")


def test_every_command_says_how_it_is_used(bare: Workspace) -> None:
    listed = bare.run("--help").out
    for name, line in COMMANDS.items():
        assert f"{name} " in listed
        told = bare.run(name, "--help")
        assert told.out.startswith(f"Usage: reconciler {name}")
        assert "..." not in told.out.partition("\nCommands:\n")[2], "a line that is cut off"
        assert line
    assert bare.run("-V", cold=True).out.startswith("reconciler, version ")


def test_streams_that_are_closed_lead_nowhere(applied: Workspace) -> None:
    """Cron jobs and services close them: the journal must not get their number."""
    applied.add_person("1077", "Yuki Closed")
    shell = ("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh")
    applied.run("apply", "--auto-approve", before=shell)
    assert applied.pbx["extension"]["1077"]["name"] == "Yuki Closed"
    applied.run("history", "--verify", environ={"COLUMNS": "wide"})


def test_every_option_says_what_it_does() -> None:
    def silent(command: click.Command, name: str) -> list[str]:
        own = [
            f"{name} {each.opts[0]}"
            for each in command.params
            if isinstance(each, click.Option) and not (each.help or each.hidden)
        ]
        inner = command.commands if isinstance(command, click.Group) else {}
        return own + [e for key, each in inner.items() for e in silent(each, f"{name} {key}")]

    context = click.Context(cli)
    commands = {name: cli.get_command(context, name) for name in COMMANDS}
    assert [e for name, each in commands.items() if each for e in silent(each, name)] == []


def test_options_that_several_commands_have_are_had_by_all_of_them() -> None:
    context = click.Context(cli)

    def options(name: str) -> set[str]:
        command = cli.get_command(context, name)
        assert command is not None
        found = {each.name or "" for each in command.params}
        assert "paths" in found, f"{name} does not ask where the files are"
        return found

    for name in ("plan", "apply", "drift", "rollback", "status", "import", "adopt", "doctor"):
        assert {"timeout_s", "journal"} <= options(name), name
    for name in ("plan", "apply", "drift", "status"):
        assert {"pbxs", "sites", "parallelism", "no_cache"} <= options(name), name
    for name in ("history", "unlock"):
        assert "journal" in options(name), name


def test_what_other_tools_call_otherwise_is_here() -> None:
    assert not familiar.COMMANDS.keys() & COMMANDS.keys()
    known = {*KINDS, *SECTIONS, *CODES}
    assert not known & {each.replace(" ", "_") for each in familiar.WORDS}, "explained already"
    told = [*familiar.COMMANDS.values(), *familiar.OPTIONS.values(), *familiar.WORDS.values()]
    named = re.findall(r"`reconciler ([a-z]+)([^`]*)`", " ".join(told))
    assert named
    for name, rest in named:
        if name == "explain":
            _is_explained(*rest.split())
        command = cli.get_command(click.Context(cli), name)
        assert command is not None, name
        for part in rest.split():
            if isinstance(command, click.Group):
                command = command.get_command(click.Context(command), part)
                assert command is not None, part
            elif part.startswith("--") and part != "--help":
                assert any(part in each.opts for each in command.params), (name, part)


def _is_explained(subject: str, field: str = "") -> None:
    if subject in ("WORD", "ADDRESS"):
        return
    if not field:
        assert subject in KINDS or subject in CODES, subject
        return
    paths = [each.path for each in (*fields_of(subject), *common_fields())]
    assert any(f"{path}.".replace("[]", "").startswith(f"{field}.") for path in paths), field


def test_words_of_other_tools_are_explained(bare: Workspace) -> None:
    for words, here in (
        (("prevent_destroy",), "`protect: true`"),
        (("follow", "me"), "`reconciler explain extension follow_me`"),
        (("Follow Me",), "extension follow_me"),
        (("DIDs",), "inbound_route"),
        (("time-conditions",), "`reconciler explain calendar`"),
        (("sip.conf",), "`reconciler explain trunk`"),
    ):
        bare.run("explain", *words).says(here)
    told = bare.run("explain", "for_each", "--json").json
    assert (told["word"], "import csv" in told["here"]) == ("for_each", True)
    bare.run("explain", "frobnicator", expect=64).says("There is no code or kind")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("plan -target=x", "Options begin with two dashes: --target"),
        ("apply -auto-approve", "Options begin with two dashes: --auto-approve"),
        ("plan -out f", "Options begin with two dashes: --out"),
        ("apply -lock=false", "--lock-timeout SECONDS"),
        ("plan --refresh-only", "reconciler drift"),
        ("plan --var a=b", "env:NAME"),
        ("plan -var=a=b", "env:NAME"),
        ("apply --replace x", "reconciler secrets rm NAME"),
        ("apply --destroy", "removed: [{"),
        ("apply --check", "reconciler plan"),
        ("apply --dry-run", "reconciler plan"),
        ("apply -f x.yaml", "without an option"),
        ("apply -y", "--auto-approve"),
        ("apply --plan x", "reconciler apply plan.json"),
        ("plan --only x", "--target"),
        ("plan --taget x", "--target"),
        ("validate -x", "No such option '-x'."),
    ],
)
def test_options_of_other_tools_are_known(arguments: str, says: str) -> None:
    name, *given = arguments.split()
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    with pytest.raises(click.NoSuchOption) as raised:
        command.make_context(name, list(given))
    assert says in _pointing_elsewhere(raised.value, given).format_message()


def test_what_mistakes_hide_is_said(bare: Workspace) -> None:
    """Nobody shall believe that one error is the last one."""
    bare.write(
        "inventory.yaml",
        "apiVersion: reconciler/v1\npbxs:\n  hq: {adapter: memory, file: hq.json, country: Wales}\n"
        "sites: {main: {timezone: Europe/London, country: GB, phones: {adapter: phones}}}\n",
    )
    bare.write(
        "people.yaml",
        "apiVersion: reconciler/v1\npbx: hq\nextensions:\n  '1001': {name: Ada}\nphones:\n"
        "  lobby: {mac: 80:5e:c0:f0:01:21, model: T43U, template: dekk, lines: ['1001']}\n",
    )
    bare.run("validate", expect=1).says(
        "Looked at once that is mended: what hq can hold of its 1 object and the files of 1 phone."
    )


def test_what_nobody_could_read_is_said(bare: Workspace) -> None:
    bare.write("inventory.yaml", INVENTORY)
    bare.write("torn.yaml", "apiVersion: reconciler/v1\nqueues:\n  '7': {name: Q\nextensions: {}\n")
    bare.run("validate", expect=1).says("Looked at once that is mended: the rest of torn.yaml.")
    (bare.folder / "torn.yaml").write_bytes(b"\xff\xfe\x80")
    bare.run("validate", expect=1).says(
        "Looked at once that is mended: what may be declared in the files that could not be read."
    )


def test_fmt_drops_a_byte_order_mark(bare: Workspace) -> None:
    """No editor shows it, and two files that look alike would differ."""
    bare.write("inventory.yaml", INVENTORY)
    bare.run("fmt")
    tidy = bare.read("inventory.yaml")
    (bare.folder / "inventory.yaml").write_bytes(b"\xef\xbb\xbf" + tidy.encode())
    bare.run("fmt", "--check", expect=1).says("would change inventory.yaml")
    assert "+apiVersion" in bare.run("fmt", "--diff").out
    bare.run("fmt").says("formatted inventory.yaml")
    assert (bare.folder / "inventory.yaml").read_bytes() == tidy.encode()
    assert bare.run("fmt", "-", stdin=f"\ufeff{tidy}").out == tidy


def test_what_is_no_command(bare: Workspace) -> None:
    with bare.untouched():
        for arguments, said in (
            (("appply",), 'Did you mean "apply"?'),
            (("force-unlock", "3"), "reconciler unlock --force"),
            (("plan", "--taget", "x"), "--target"),
            (("plan", "-target=x"), "Options begin with two dashes: --target"),
            (("phones", "resync", "-l", "x"), "--target ADDRESS"),
            (("apply", "--lock-timeout", "soon"), "--lock-timeout"),
            (("apply", "--lock-timeout", "-1"), "--lock-timeout"),
            (("plan", "--format", "pdf"), "'text', 'md', 'json'"),
            (("plan", "--parallelism", "0"), "--parallelism"),
            (("history", "one"), "one"),
            (("secrets", "show"), "show"),
            (("calls", "dial"), "dial"),
            (("queues",), "Usage: reconciler queues"),
            ((), "Usage: reconciler"),
        ):
            told = bare.run(*arguments, expect=64).says(said)
            assert told.out == ""
    assert not shutil.which("reconciler-nonsense")
    module = subprocess.run(
        [sys.executable, "-m", "reconciler", "appply"], cwd=bare.folder, env=bare.environment(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert module.returncode == 64
