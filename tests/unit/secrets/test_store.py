"""The store: encrypted, written whole or not at all, and readable whenever it is killed."""

import json
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread

import pytest

from reconciler.errors import WorkspaceError
from reconciler.execution.secrets import store as module
from reconciler.execution.secrets.document import FileDocument
from reconciler.execution.secrets.keys import StoreKey, new_key
from reconciler.execution.secrets.store import Store, file_store
from reconciler.model.secret import Clear

CANARY = "canary-5ec2et-value"


def _value(store: Store, name: str) -> str | None:
    found = store.get(name)
    return None if found is None else found.reveal()


def test_what_is_stored_is_found_again_and_stays_unreadable(tmp_path: Path) -> None:
    folder = tmp_path / ".reconciler"
    store = file_store(folder, {})
    assert not store.exists
    assert store.get("ada") is None
    assert store.names() == ()
    store.put("ada", Clear(CANARY))
    store.put("ben", Clear("sécond ☎"))
    again = file_store(folder, {})
    assert _value(again, "ada") == CANARY
    assert _value(again, "ben") == "sécond ☎"
    assert [each.name for each in again.names()] == ["ada", "ben"]
    assert again.names()[0].created.endswith("Z")
    written = b"".join(each.read_bytes() for each in folder.iterdir())
    assert CANARY.encode() not in written
    assert CANARY not in repr(again.__dict__)
    for each in folder.iterdir():
        if each.name != ".gitignore":
            assert stat.S_IMODE(each.stat().st_mode) == 0o600, each
    assert (folder / ".gitignore").read_text() == "*\n"


def test_add_keeps_what_is_there_and_rename_takes_along(tmp_path: Path) -> None:
    store = file_store(tmp_path, {})
    store.put("a", Clear("one"))
    store.add({"a": Clear("two"), "b": Clear("three")})
    assert (_value(store, "a"), _value(store, "b")) == ("one", "three")
    store.rename({"a": "c", "b": "c", "none": "d"})
    assert [each.name for each in file_store(tmp_path, {}).names()] == ["b", "c"]
    assert _value(store, "c") == "one"
    assert store.remove("c")
    assert not store.remove("c")
    assert _value(file_store(tmp_path, {}), "c") is None


def test_a_wrong_key_is_a_clear_error_for_reading_and_writing(tmp_path: Path) -> None:
    file_store(tmp_path, {}).put("ada", Clear(CANARY))
    other = file_store(tmp_path, {"RECONCILER_STORE_KEY": new_key()})
    for attempt in (lambda: other.get("ada"), lambda: other.put("x", Clear("y"))):
        with pytest.raises(WorkspaceError, match="another key") as found:
            attempt()
        assert found.value.hint is not None
    assert [each.name for each in other.names()] == ["ada"]
    assert _value(file_store(tmp_path, {}), "ada") == CANARY


def test_a_store_without_its_key_is_never_given_a_new_one(tmp_path: Path) -> None:
    file_store(tmp_path, {}).put("ada", Clear(CANARY))
    (tmp_path / "store.key").unlink()
    store = file_store(tmp_path, {})
    with pytest.raises(WorkspaceError, match="no key"):
        store.get("ada")
    with pytest.raises(WorkspaceError, match="no key"):
        store.put("x", Clear("y"))
    assert not (tmp_path / "store.key").exists()


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"version":1,"secrets":{"a":1},"sealed":""}'])
def test_a_damaged_store_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "secrets.store").write_text(text)
    with pytest.raises(WorkspaceError, match="damaged"):
        file_store(tmp_path, {}).get("ada")


def test_a_newer_store_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "secrets.store").write_text('{"version":9,"secrets":{},"sealed":"x"}')
    with pytest.raises(WorkspaceError, match="newer"):
        file_store(tmp_path, {}).names()


def test_values_cannot_be_given_other_names_without_the_key(tmp_path: Path) -> None:
    store = file_store(tmp_path, {})
    store.put("ada", Clear(CANARY))
    file = tmp_path / "secrets.store"
    data = json.loads(file.read_text())
    data["secrets"]["eve"] = data["secrets"].pop("ada")
    file.write_text(json.dumps(data))
    assert file_store(tmp_path, {}).get("eve") is None


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    file_store(tmp_path, {}).put("ada", Clear(CANARY))
    (tmp_path / "store.key").chmod(mode)
    with pytest.raises(WorkspaceError, match="read by others") as found:
        file_store(tmp_path, {}).get("ada")
    assert str(found.value.hint).startswith("chmod 600 ")


@pytest.mark.parametrize("key", ["short", "x" * 44, "é" * 44])
def test_a_key_that_is_none(tmp_path: Path, key: str) -> None:
    (tmp_path / "secrets.store").write_text('{"version":1,"secrets":{},"sealed":"x"}')
    with pytest.raises(WorkspaceError, match="is not a key") as found:
        file_store(tmp_path, {"RECONCILER_STORE_KEY": key}).get("a")
    assert key not in str(found.value)


def test_rotation_with_a_key_file(tmp_path: Path) -> None:
    store = file_store(tmp_path, {})
    store.put("ada", Clear(CANARY))
    before = (tmp_path / "store.key").read_text(), (tmp_path / "secrets.store").read_text()
    store.rotate()
    after = (tmp_path / "store.key").read_text(), (tmp_path / "secrets.store").read_text()
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert len(after[0].split()) == 1
    assert _value(file_store(tmp_path, {}), "ada") == CANARY
    with pytest.raises(WorkspaceError):
        file_store(tmp_path, {"RECONCILER_STORE_KEY": before[0]}).get("ada")


def test_rotation_with_the_environment(tmp_path: Path) -> None:
    old, new = new_key(), new_key()
    file_store(tmp_path, {"RECONCILER_STORE_KEY": old}).put("ada", Clear(CANARY))
    with pytest.raises(WorkspaceError, match="holds one key"):
        file_store(tmp_path, {"RECONCILER_STORE_KEY": old}).rotate()
    file_store(tmp_path, {"RECONCILER_STORE_KEY": f"{new},{old}"}).rotate()
    assert _value(file_store(tmp_path, {"RECONCILER_STORE_KEY": new}), "ada") == CANARY
    assert not (tmp_path / "store.key").exists()


@pytest.mark.parametrize("step", range(4))
def test_rotation_that_is_killed_leaves_a_readable_store(
    tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = file_store(tmp_path, {})
    store.put("ada", Clear(CANARY))
    calls: list[int] = []

    def dying(self: object, *args: object) -> None:
        calls.append(1)
        if len(calls) > step:
            raise KeyboardInterrupt
        original_for[type(self)](self, *args)

    original_for = {StoreKey: StoreKey.replace, FileDocument: FileDocument.update}
    monkeypatch.setattr(StoreKey, "replace", dying)
    monkeypatch.setattr(FileDocument, "update", dying)
    if step < 3:
        with pytest.raises(KeyboardInterrupt):
            store.rotate()
    else:
        store.rotate()
    monkeypatch.undo()
    assert _value(file_store(tmp_path, {}), "ada") == CANARY
    file_store(tmp_path, {}).rotate()
    assert _value(file_store(tmp_path, {}), "ada") == CANARY


def test_two_rotations_at_once_leave_a_readable_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_store(tmp_path, {}).put("ada", Clear(CANARY))
    other = Thread(target=lambda: file_store(tmp_path, {}).rotate())
    replace = StoreKey.replace

    def replaced(self: StoreKey, texts: list[str]) -> None:
        replace(self, texts)
        if other.ident is None:  # the first key of the first one is written: now comes the other
            other.start()
            other.join(0.3)  # it has to wait, so this wait has to end

    monkeypatch.setattr(StoreKey, "replace", replaced)
    file_store(tmp_path, {}).rotate()
    other.join()
    assert _value(file_store(tmp_path, {}), "ada") == CANARY
    assert len((tmp_path / "store.key").read_text().split()) == 1


def test_a_wrong_key_is_not_rotated(tmp_path: Path) -> None:
    file_store(tmp_path, {}).put("ada", Clear(CANARY))
    (tmp_path / "store.key").write_text(new_key())
    before = (tmp_path / "store.key").read_text()
    with pytest.raises(WorkspaceError):
        file_store(tmp_path, {}).rotate()
    assert (tmp_path / "store.key").read_text() == before


def test_many_writers_lose_nothing(tmp_path: Path) -> None:
    file_store(tmp_path, {}).put("first", Clear("x"))

    def work(number: int) -> None:
        store = file_store(tmp_path, {})
        for each in range(5):
            store.put(f"{number}.{each}", Clear(str(number)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert len(file_store(tmp_path, {}).names()) == 21


def test_processes_agree_on_a_generated_value(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from reconciler.execution.secrets.sources import Secrets\n"
        "from reconciler.execution.secrets.store import file_store\n"
        "from reconciler.model.address import Address\n"
        "folder = Path(sys.argv[1])\n"
        "secrets = Secrets(file_store(folder, {}), environ={}, folder=folder)\n"
        "at = Address('extension', 'a', '1')\n"
        "print(secrets.reveal('generated', address=at, path='secret').reveal())\n"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    values = {child.communicate()[0] for child in children}
    assert len(values) == 1
    assert len(values.pop().strip()) == 32


def test_a_full_disk_leaves_the_old_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = file_store(tmp_path, {})
    store.put("ada", Clear(CANARY))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(WorkspaceError, match="No space left"):
        store.put("ben", Clear("x"))
    monkeypatch.undo()
    assert [each.name for each in file_store(tmp_path, {}).names()] == ["ada"]
    assert not list(tmp_path.glob("*.tmp"))
    assert not list(tmp_path.glob(".*.tmp"))
    assert module.STORE_FILE == "secrets.store"
