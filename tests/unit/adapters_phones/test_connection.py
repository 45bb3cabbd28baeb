"""The published store as a platform: merged updates, shared files, softphones, swaps."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.adapter import Work
from reconciler.adapters.phones.connection import PhonesConnection
from reconciler.diagnostics.place import Place
from reconciler.model.address import Address
from reconciler.model.extent import Extent
from reconciler.model.secret import Clear, Secret
from reconciler.model.step import Request
from reconciler.model.target import Target
from reconciler.model.value import Fields
from reconciler.provisioning.contents import Content, written
from reconciler.provisioning.store.published import open_published
from reconciler.provisioning.store.sealing import published_key


def phone(key: str) -> Address:
    return Address("phone", "main", key)


def file(text: str, *, shared: bool = False) -> Clear:
    return Clear(written(Content(text, "***", "text/plain", shared)))


def publish(address: Address, fields: Fields, *, was: str | None = None) -> Work:
    renamed = [Request("rename", {"from": was})] if was else []
    return Work(str(address), address, (*renamed, Request("publish", {"fields": fields})))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store" / "published.db"


def connected(store: Path, target: str = "site/main") -> PhonesConnection:
    place = Place("a.yaml", 0, ())
    settings = {"store": str(store), "folder": str(store.parent)}
    at = Target(target, target.partition("/")[2], "phones", settings, place, 1)
    return PhonesConnection(at, settings)


async def test_who_reads_makes_no_store(store: Path) -> None:
    found = await connected(store).read(Extent(frozenset({"phone"})))
    assert (found.objects, found.complete) == ({}, frozenset({"phone"}))
    assert not store.parent.exists()


async def test_a_store_that_was_only_looked_at_can_be_published_to(store: Path) -> None:
    store.parent.mkdir()
    with open_published(str(store), published_key(store.parent, {})) as looked_at:
        assert looked_at.owners() == ()
    here = connected(store)
    assert (await here.read(Extent(frozenset({"phone"})))).objects == {}
    (sent,) = await here.send([publish(phone("a"), {"mac": "80:5e:c0:f0:00:01"})])
    assert sent.error is None
    assert phone("a") in (await here.read(Extent(frozenset({"phone"})))).objects


async def test_an_update_keeps_what_it_does_not_name(store: Path) -> None:
    here = connected(store)
    fields = {"mac": "80:5e:c0:f0:00:01", "files.a.cfg": file("one"), "files.b.cfg": file("two"),
              "access.token": Clear("T"), "tags": ["x", {"$k": 1}]}  # fmt: skip
    await here.send([publish(phone("a"), fields)])
    await here.send(
        [publish(phone("a"), {"files.b.cfg": None, "tags": [], "access.token": Secret(None, "x")})]
    )
    found = (await here.read(Extent(frozenset({"phone"})))).objects[phone("a")].fields
    assert set(found) == {"mac", "files.a.cfg", "access.token", "tags"}
    assert found["files.a.cfg"].reveal() == file("one").reveal()
    assert found["access.token"].reveal() == "T"
    assert await here.masked([phone("a")]) == {(phone("a"), "files.a.cfg"): "***"}


async def test_phones_that_swap_their_names_keep_their_files(store: Path) -> None:
    here = connected(store)
    macs = {"a": "80:5e:c0:f0:00:01", "b": "80:5e:c0:f0:00:02"}
    await here.send(
        [publish(phone(k), {"mac": mac, f"files.{k}.cfg": file(k)}) for k, mac in macs.items()]
    )
    await here.send([publish(phone("b"), {}, was="a"), publish(phone("a"), {}, was="b")])
    found = (await here.read(Extent(frozenset({"phone"})))).objects
    assert {a.key: each.fields["mac"] for a, each in found.items()} == {
        "a": macs["b"],
        "b": macs["a"],
    }


async def test_a_shared_file_is_there_as_long_as_somebody_uses_it(store: Path) -> None:
    here = connected(store)
    common = {"files.y.cfg": file("common", shared=True)}
    await here.send([publish(phone("a"), common), publish(phone("b"), common)])
    await here.send([Work("x", phone("a"), (Request("withdraw", {}),))])
    found = (await here.read(Extent(frozenset({"phone"})))).objects
    assert "files.y.cfg" in found[phone("b")].fields
    await here.send([Work("x", phone("b"), (Request("withdraw", {}),))])
    with open_published(str(store), published_key(store.parent, {})) as opened:
        assert opened.owners() == ()


async def test_another_version_of_a_shared_file_does_not_change_who_has_not_heard_of_it(
    store: Path,
) -> None:
    """So that the plan of one phone does not go stale by the apply of another."""
    here = connected(store)
    old, new = (file(text, shared=True) for text in ("old", "new"))
    await here.send([publish(phone(k), {"files.y.cfg": old}) for k in "ab"])
    await here.send([publish(phone("a"), {"files.y.cfg": new})])
    found = (await here.read(Extent(frozenset({"phone"})))).objects
    assert found[phone("a")].fields["files.y.cfg"].reveal() == new.reveal()
    assert found[phone("b")].fields["files.y.cfg"].reveal() == old.reveal()


async def test_softphones_are_kept_by_their_pbx(store: Path) -> None:
    office, other = (connected(store, f"softphones/{name}") for name in ("office", "other"))
    ada = Address("softphone", "office", "ada")
    fields = {"app": "linphone", "access.token": Clear("K" * 20), "files.ada.xml": file("x")}
    await office.send([publish(ada, fields)])
    assert set((await office.read(Extent(frozenset({"softphone"})))).objects) == {ada}
    assert (await other.read(Extent(frozenset({"softphone"})))).objects == {}
    with open_published(str(store), published_key(store.parent, {})) as opened:
        (owner,) = opened.owners()
    assert (owner.site, owner.facts) == ("", {"app": "linphone"})
