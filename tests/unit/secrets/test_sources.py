"""Every scheme gives its value, and fails with the reference and a way out, never with a value."""

import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
import pytest
import respx

from reconciler.errors import SecretUnavailable, WorkspaceError
from reconciler.execution.secrets import sources
from reconciler.execution.secrets.sources import KnownSchemes, Scheme, Secrets
from reconciler.execution.secrets.store import file_store
from reconciler.model.address import Address
from reconciler.model.secret import SCHEMES, Clear

ADA = Address("extension", "ferrybank", "1001")
CANARY = "canary-5ec2et-value"
VAULT = {"VAULT_ADDR": "http://vault.test:8200/", "VAULT_TOKEN": "t0ken-canary"}


def _reveal(
    folder: Path,
    reference: str,
    environ: Mapping[str, str] | None = None,
    commands: Mapping[str, str | Sequence[str]] | None = None,
    schemes: Mapping[str, Scheme] | None = None,
) -> str:
    secrets = Secrets(
        file_store(folder, {}),
        commands=commands,
        environ=environ or {},
        folder=folder,
        schemes=schemes,
    )
    return secrets.reveal(reference, address=ADA, path="secret").reveal()


def _fails(folder: Path, reference: str, *args: object, **more: object) -> str:
    with pytest.raises(SecretUnavailable) as found:
        _reveal(folder, reference, *args, **more)  # type: ignore[arg-type]
    text = "".join(traceback.format_exception(found.value))
    assert CANARY not in text
    assert CANARY not in str(found.value.hint)
    assert found.value.code == "secret-unavailable"
    return f"{found.value} {found.value.hint or ''}"


def test_env(tmp_path: Path) -> None:
    assert _reveal(tmp_path, "env:ADA", {"ADA": CANARY}) == CANARY
    assert "env:ADA is not available: the variable is not set" in _fails(tmp_path, "env:ADA")
    assert "is empty" in _fails(tmp_path, "env:ADA", {"ADA": ""})


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_file(tmp_path: Path, end: str) -> None:
    (tmp_path / "ada").write_bytes(CANARY.encode() + end.encode())
    assert _reveal(tmp_path, "file:ada") == CANARY
    assert _reveal(tmp_path, f"file:{tmp_path}/ada") == CANARY


def test_file_failures(tmp_path: Path) -> None:
    assert "No such file" in _fails(tmp_path, "file:none")
    assert "Is a directory" in _fails(tmp_path, "file:.")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe" + CANARY.encode())
    assert "not text" in _fails(tmp_path, "file:bytes")
    (tmp_path / "empty").write_text("\n")
    assert "is empty" in _fails(tmp_path, "file:empty")
    (tmp_path / "large").write_text(CANARY * 10_000)
    assert "larger than 64 KiB" in _fails(tmp_path, "file:large")


def test_file_that_everybody_may_read_is_noted(tmp_path: Path) -> None:
    (tmp_path / "ada").write_text(CANARY)
    secrets = Secrets(None, environ={}, folder=tmp_path)
    (tmp_path / "ada").chmod(0o600)
    secrets.reveal("file:ada", address=ADA, path="secret")
    assert not secrets.open_files
    secrets = Secrets(None, environ={}, folder=tmp_path)
    (tmp_path / "ada").chmod(0o644)
    secrets.reveal("file:ada", address=ADA, path="secret")
    assert secrets.open_files == {"file:ada"}


def test_store(tmp_path: Path) -> None:
    file_store(tmp_path, {}).put("ada", Clear(CANARY))
    assert _reveal(tmp_path, "store:ada") == CANARY
    assert "reconciler secrets set ben" in _fails(tmp_path, "store:ben")
    nowhere = Secrets(None, environ={}, folder=tmp_path)
    for reference in ("store:ada", "generated"):
        with pytest.raises(SecretUnavailable, match="there is none") as found:
            nowhere.reveal(reference, address=ADA, path="secret")
        assert found.value.hint == "reconciler secrets init"


def test_a_store_that_cannot_be_opened_is_said_as_it_is(tmp_path: Path) -> None:
    file_store(tmp_path, {}).put("ada", Clear(CANARY))
    (tmp_path / "store.key").unlink()
    with pytest.raises(WorkspaceError, match="no key"):
        _reveal(tmp_path, "store:ada")


PRINT = [sys.executable, "-c", f"print({CANARY!r})"]


def test_command(tmp_path: Path) -> None:
    assert _reveal(tmp_path, "command:pass", commands={"pass": PRINT}) == CANARY
    line = f'{sys.executable} -c "import sys; print(sys.argv[1])" {{}}'
    found = _reveal(tmp_path, "command:pass:voip/1001", commands={"pass": line})
    assert found == "voip/1001"
    assert _reveal(tmp_path, "command:pass:$(id)", commands={"pass": line}) == "$(id)"


def test_command_does_not_get_our_keys(tmp_path: Path) -> None:
    code = "import os; print(sorted(x for x in os.environ if x.endswith('_KEY')) + ['end'])"
    environ = {"RECONCILER_STORE_KEY": "a", "RECONCILER_WORKSPACE_KEY": "b", "OTHER_KEY": "c"}
    commands = {"show": [sys.executable, "-c", code]}
    assert _reveal(tmp_path, "command:show", environ, commands) == "['OTHER_KEY', 'end']"


@pytest.mark.parametrize(
    ("argv", "reference", "says"),
    [
        ([sys.executable, "-c", f"import sys; sys.exit({CANARY!r})"], "command:c", "exit code 1"),
        ([sys.executable, "-c", ""], "command:c", "printed nothing"),
        ([sys.executable, "-c", "print('\\xff')"], "command:c", ""),
        (["/nowhere/program"], "command:c", "cannot be run (No such file or directory)"),
        ([], "command:c", "cannot be run"),
        (["x", "{}"], "command:c", "does not fit"),
        (["x", "{}"], "command:c:--help", "does not fit"),
        (["x"], "command:c:more", "does not fit"),
        (["x"], "command:other", "(listed: c)"),
    ],
)
def test_command_failures(tmp_path: Path, argv: list[str], reference: str, says: str) -> None:
    if says:
        assert says in _fails(tmp_path, reference, commands={"c": argv})


def test_command_that_does_not_end(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", f"print({CANARY!r}, flush=True); import time; time.sleep(30)"]
    secrets = Secrets(
        None, commands={"c": argv}, environ={}, folder=tmp_path, command_timeout_s=0.3
    )
    with pytest.raises(SecretUnavailable, match=r"did not end within 0\.3 s") as found:
        secrets.reveal("command:c", address=ADA, path="secret")
    assert CANARY not in "".join(traceback.format_exception(found.value))


def test_unknown_and_foreign_schemes(tmp_path: Path) -> None:
    assert "vault" in _fails(tmp_path, "nonsense:x")

    def theirs(rest: str, environ: Mapping[str, str]) -> str:
        if rest == "bad":
            raise ValueError(CANARY)
        return f"{rest}-{environ['X']}"

    assert _reveal(tmp_path, "their:a", {"X": "1"}, schemes={"their": theirs}) == "a-1"
    assert "ValueError" in _fails(tmp_path, "their:bad", schemes={"their": theirs})


@respx.mock
def test_vault(tmp_path: Path) -> None:
    answer = {"data": {"data": {"password": CANARY, "n": 1}, "metadata": {"version": 3}}}
    route = respx.get("http://vault.test:8200/v1/secret/data/voip/band%20lane").respond(json=answer)
    environ = {**VAULT, "VAULT_NAMESPACE": "team"}
    assert _reveal(tmp_path, "vault:secret/voip/band lane#password", environ) == CANARY
    sent = route.calls.last.request.headers
    assert (sent["x-vault-token"], sent["x-vault-namespace"]) == ("t0ken-canary", "team")
    assert "no field user" in _fails(tmp_path, "vault:secret/voip/band lane#user", VAULT)
    assert "no field n" in _fails(tmp_path, "vault:secret/voip/band lane#n", VAULT)
    respx.get("http://vault.test:8200/v1/team/kv/data/a").respond(json=answer)
    assert _reveal(tmp_path, "vault:team/kv/data/a#password", VAULT) == CANARY


@respx.mock
@pytest.mark.parametrize(
    ("status", "says"),
    [(403, "refused the token"), (404, "no such"), (503, "sealed"), (500, "500")],
)
def test_vault_says_no(tmp_path: Path, status: int, says: str) -> None:
    respx.get("http://vault.test:8200/v1/secret/data/a").respond(status, text=CANARY)
    text = _fails(tmp_path, "vault:secret/a#b", VAULT)
    assert says in text
    assert "t0ken" not in text


@respx.mock
def test_vault_failures(tmp_path: Path) -> None:
    assert "vault:PATH#FIELD" in _fails(tmp_path, "vault:secret/a", VAULT)
    assert "VAULT_ADDR is not set" in _fails(tmp_path, "vault:secret/a#b")
    assert "VAULT_TOKEN is not set" in _fails(tmp_path, "vault:secret/a#b", {"VAULT_ADDR": "x"})
    respx.get("http://vault.test:8200/v1/secret/data/a").mock(side_effect=httpx.ConnectError("x"))
    assert "ConnectError" in _fails(tmp_path, "vault:secret/a#b", VAULT)
    respx.get("http://vault.test:8200/v1/secret/data/c").respond(text=CANARY)
    assert "does not have" in _fails(tmp_path, "vault:secret/c#b", VAULT)
    bad = {**VAULT, "VAULT_CACERT": "/nowhere.pem"}
    assert "cannot be reached" in _fails(tmp_path, "vault:secret/a#b", bad)


def test_a_command_runs_once_for_all_who_refer_to_it(tmp_path: Path) -> None:
    code = "open('count','a').write('x'); print('value')"
    secrets = Secrets(
        None, commands={"c": [sys.executable, "-c", code]}, environ={}, folder=tmp_path
    )
    for number in range(3):
        at = Address("extension", "a", str(number))
        secrets.reveal("command:c", address=at, path="secret")
    assert (tmp_path / "count").read_text() == "x"


def test_what_is_installed_is_looked_for_where_our_schemes_do_not_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def installed() -> dict[str, None]:
        asked.append("once")
        return {"vault": None, "bank": None}

    monkeypatch.setattr(sources, "installed_schemes", installed)
    known = KnownSchemes()
    assert all(each in known for each in SCHEMES)
    assert asked == []
    assert {"vault", "bank"} <= {*known}
    assert "bank" in known
    assert "bonk" not in known
    assert len(known) == len(SCHEMES) + 2
    assert asked == ["once"]
