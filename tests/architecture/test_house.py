"""The house rules: layers, names, docstrings, fresh schemas, a quick command line."""

import ast
import os
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "reconciler"
MODULES = sorted(PACKAGE.rglob("*.py"))
SOURCES = [
    *MODULES,
    *sorted((ROOT / "tests").rglob("*.py")),
    *(p for p in (ROOT / "Makefile", ROOT / "pyproject.toml", ROOT / "README.md") if p.exists()),
]
BANNED_MODULES = {"utils", "util", "helpers", "helper", "common", "core", "base", "misc"}
BANNED_CLASSES = ("Manager", "Handler", "Service", "Processor", "Engine")
PLATFORMS = ("asterisk", "freepbx", "memory", "phones")
HEAVY = ("pydantic", "sqlalchemy", "panoramisk", "httpx", "jinja2", "rich", "cryptography")
THEIRS = {"reconciler/transport/ami.py": "panoramisk's own class"}


def name(file):
    return str(file.relative_to(ROOT))


def test_layers_hold():
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_no_modules_import_each_other_in_a_circle():
    """Counting imports within functions and those for types alone."""
    graph = grimp.build_graph("reconciler", cache_dir=None)
    imports = {each: graph.find_modules_directly_imported_by(each) for each in graph.modules}
    TopologicalSorter(imports).prepare()


def test_no_module_is_a_drawer_for_everything():
    found = [
        name(file)
        for file in MODULES
        if BANNED_MODULES & {*file.relative_to(PACKAGE).with_suffix("").parts}
    ]
    assert found == []


def test_no_class_is_called_after_what_it_is_paid_for():
    found = [
        f"{name(file)}: {node.name}"
        for file in MODULES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and node.name.endswith(BANNED_CLASSES)
        and name(file) not in THEIRS
    ]
    assert found == []


def test_what_many_values_share_cannot_be_changed():
    """A tuple's default is one value for all: a map or list in its place could be written to."""
    found = [
        f"{name(file)}:{field.lineno}: {ast.unparse(field)}"
        for file in MODULES
        for each in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(each, ast.ClassDef) and "NamedTuple" in map(ast.unparse, each.bases)
        for field in each.body
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.value, ast.Dict | ast.List | ast.Set | ast.DictComp | ast.ListComp)
    ]
    assert found == []


def test_every_module_says_what_it_is():
    found = [
        name(file)
        for file in MODULES
        if not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_no_path_of_somebodys_machine():
    machine = re.compile(r"(?<![\w.}])/(?:home|Users|work|root)/[a-z0-9_.-]+|[A-Z]:\\\\Users\\\\")
    found = []
    for file in SOURCES:
        if file == Path(__file__):
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if machine.search(line):
                found.append(f"{name(file)}:{number}: {line.strip()}")
    assert found == []


def test_pure_packages_call_no_clock_and_no_environment():
    """Beyond imports: nothing reaches for the outside through another module."""
    pure = ("model", "kinds", "planning", "rules", "diagnostics", "resolve", "views")
    calls = re.compile(r"\b(?:datetime\.now|date\.today|time\.time|os\.environ|open)\(")
    found = [
        f"{name(file)}:{number}: {line.strip()}"
        for part in pure
        for file in sorted((PACKAGE / part).rglob("*.py"))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if calls.search(line.partition("#")[0]) and '"""' not in line
    ]
    assert found == []


def test_schemas_are_fresh():
    code = "import sys; from reconciler.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, "schema", "--write", "schemas/v1", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, f"make schemas: {done.stdout}{done.stderr}"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_is_quick_because_it_loads_little(arguments):
    code = (
        "import sys, contextlib\n"
        "from reconciler.cli import main\n"
        f"sys.argv = ['reconciler', *{arguments!r}]\n"
        "with contextlib.suppress(SystemExit):\n"
        "    main()\n"
        f"print([each for each in {HEAVY!r} if each in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.strip(), done.stderr
    assert done.stderr.strip().splitlines()[-1] == "[]"


def test_a_plan_begins_at_once_because_it_loads_little():
    """What is needed by some plans only is loaded by those."""
    theirs = ("httpx", "http.client", "cryptography", "lxml", "jinja2", "sqlalchemy", "rich")
    theirs += ("yaml", "importlib.metadata", "pydantic", "tempfile", "html")
    ours = ("reconciler.device", "reconciler.phones", "reconciler.discovery", "reconciler.firmware")
    ours += (
        "reconciler.language.parse",
        "reconciler.language.decode",
        "reconciler.resolve.resolve",
        "reconciler.kinds.entry",
    )
    asked = ("pydantic", "yaml", "sqlalchemy", "phonenumbers")
    adapters = "; ".join(f"reconciler.adapters.ADAPTERS[{name!r}]" for name in PLATFORMS)
    code = (
        f"import sys, reconciler.cli.plan; print({{*{theirs + ours!r}}} & {{*sys.modules}}); "
        f"{adapters}; print({{*{asked!r}}} & {{*sys.modules}})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.split() == ["set()", "set()"]


def _loaded(arguments, folder):
    """Run a command in a process of its own; return the modules that it had at its end."""
    code = (
        "import sys\n"
        "from reconciler.cli import main\n"
        f"sys.argv = ['reconciler', *{arguments!r}]\n"
        "try:\n    main()\nfinally:\n    print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


@pytest.fixture(scope="module")
def known_files(tmp_path_factory):
    """A workspace whose files were looked into before."""
    folder = tmp_path_factory.mktemp("known")
    (folder / "estate.yaml").write_text(
        "apiVersion: reconciler/v1\n"
        "pbxs: {office: {adapter: memory, file: pbx.json}}\n"
        'extensions: {"1001": {name: Ada}, "1002": {name: Grace}}\n'
        'ring_groups: {"600": {name: Desk, members: ["1001", "1002"], ring_time: 20}}\n',
        encoding="utf-8",
    )
    assert "pydantic" in _loaded(["apply", "--auto-approve"], folder)
    return folder


@pytest.mark.parametrize("arguments", [["validate"], ["plan"], ["plan", "--json"], ["drift"]])
def test_files_that_are_known_need_neither_parser_nor_models(arguments, known_files):
    unneeded = {"yaml", "pydantic", "reconciler.kinds.entry", "reconciler.language.parse"}
    unneeded |= {"reconciler.rules", "reconciler.diagnostics.catalogue"}
    assert _loaded(arguments, known_files) & unneeded == set()


def test_sqlalchemy_is_for_servers_and_for_new_tables():
    """Whatever works on files, on whichever platform, loads it with no module of its own."""
    ours = {
        f"reconciler.{each}"
        for each in (
            "database.server",
            "database.columns",
            "journal.tables",
            "provisioning.store.tables",
        )
    }
    found = set()
    for file in MODULES:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            names = [each.name for each in getattr(node, "names", ())]
            if isinstance(node, ast.ImportFrom):
                names = [node.module, *(f"{node.module}.{each}" for each in names)]
            if any(each in ours or each.partition(".")[0] == "sqlalchemy" for each in names):
                found.add(name(file).removesuffix(".py").replace("/", "."))
    assert found == ours


def test_who_asks_no_platform_loads_nothing_that_waits_for_answers(known_files):
    assert _loaded(["validate"], known_files) & {"asyncio", "ssl", "shutil"} == set()


def test_an_apply_without_phones_loads_nothing_that_talks_to_them(known_files):
    unneeded = {"reconciler.phones.acting", "reconciler.phones.round", "reconciler.cli.settling"}
    unneeded |= {"reconciler.phonefiles.phone", "importlib.resources", "pydantic"}
    assert _loaded(["apply", "--auto-approve"], known_files) & unneeded == set()


def test_of_kinds_those_are_loaded_that_files_declare(tmp_path):
    (tmp_path / "office.yaml").write_text(
        "apiVersion: reconciler/v1\npbxs: {office: {adapter: memory}}\n"
        "extensions: {'1001': {name: Ada Okafor}}\n"
    )
    loaded = _loaded(["validate", "--no-cache"], tmp_path)
    assert {"reconciler.kinds.pbx", "reconciler.kinds.extension"} <= loaded
    unneeded = {f"reconciler.kinds.{each}" for each in ("phone", "queue", "trunk", "site")}
    unneeded |= {"reconciler.kinds.calendar", "reconciler.language.malformed"}
    assert loaded & unneeded == set()


def test_every_code_that_is_reported_can_be_explained():
    from reconciler.diagnostics.catalogue import CODES
    from reconciler.errors import ReconcilerError
    from reconciler.planning.rails.check import RAILS

    def below(kind):
        return [kind, *(each for sub in kind.__subclasses__() for each in below(sub))]

    unknown = set(RAILS) - set(CODES)
    assert unknown == set()
    for error in below(ReconcilerError):
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", error.code)


def test_rails_and_policy_speak_of_the_same_rails():
    from reconciler.kinds.rails import DEFAULT_RAILS
    from reconciler.planning.rails.check import RAILS, UNCONDITIONAL

    assert set(RAILS) - UNCONDITIONAL - {"still-referenced"} <= set(DEFAULT_RAILS)
