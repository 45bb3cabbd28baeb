"""What the published store promises, whatever the database: `url` comes from the subclass."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.errors import ReconcilerError, StoreError
from reconciler.model.address import Address
from reconciler.model.standing import Attempt, Sighting
from reconciler.provisioning.serving.links import end_links, give_link
from reconciler.provisioning.store.published import Published, open_published
from reconciler.provisioning.store.records import Access, Fetch, KeyUse, Publication, PublishedFile
from reconciler.provisioning.store.sealing import published_key
from reconciler.provisioning.store.sightings import note_fetches
from reconciler.provisioning.tokens import counts, digest_of

LOBBY = Address("phone", "london", "lobby")
DESK = Address("phone", "london", "desk")
SITE = Address("site", "", "london")
SECRET = "canary-5ec2et-of-101"


class Clock:
    """Every look at it is a second later."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def stamp(self) -> str:
        return self().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def file(name: str = "a.cfg", content: str = SECRET, digest: str = "d1") -> PublishedFile:
    return PublishedFile(name, "text/plain", content.encode(), digest, "password = ***")


def phone(owner: Address = LOBBY, *files: PublishedFile, mac: str = "001565aabbcc") -> Publication:
    return Publication(
        owner, owner.scope, files or (file(),), mac, "yealink", "T46S", subnets=("192.0.2.0/24",)
    )


class PublishedScenarios:
    """Run by a subclass for each database, with a fixture `url`."""

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def store(self, url: str, tmp_path: Path, clock: Clock) -> Iterator[Published]:
        with open_published(url, published_key(tmp_path / "w", {}), clock=clock) as store:
            yield store

    def test_what_was_published_is_served_byte_for_byte(self, store: Published) -> None:
        content = "".join(f"line {n} \N{SNOWMAN}\r\n" for n in range(5_000))
        store.publish([phone(LOBBY, file(content=content), file("b.cfg", "two"))], run=7)
        found = store.find("00:15:65:AA-BB.CC")
        assert found is not None
        assert (found.address, found.run, found.subnets) == (LOBBY, 7, ("192.0.2.0/24",))
        assert sorted(found.files) == ["a.cfg", "b.cfg"]
        served = store.file(LOBBY, "a.cfg")
        assert served is not None
        assert served.content == content.encode()
        assert served.etag == found.files["a.cfg"].etag
        assert store.file(LOBBY, "c.cfg") is None
        assert store.find("001565000000") is None

    def test_publishing_replaces_everything_of_an_owner(self, store: Published) -> None:
        store.publish([phone(LOBBY, file(), file("old.cfg")), phone(DESK, mac="001565000001")])
        before = store.revision()
        store.publish([phone(LOBBY, file(content="new"), file("b.cfg"))])
        assert sorted(store.owners([LOBBY])[0].files) == ["a.cfg", "b.cfg"]
        assert sorted(store.owners([DESK])[0].files) == ["a.cfg"]
        assert store.revision() > before

    def test_the_same_bytes_keep_their_date_and_etag(self, store: Published) -> None:
        store.publish([phone(LOBBY, file(), file("b.cfg", "old"))])
        first = store.owners([LOBBY])[0].files
        store.publish([phone(LOBBY, file(digest="d2"), file("b.cfg", "new"))])
        second = store.owners([LOBBY])[0].files
        assert second["a.cfg"].published_at == first["a.cfg"].published_at
        assert second["a.cfg"].etag == first["a.cfg"].etag
        assert second["a.cfg"].digest == "d2"
        assert second["b.cfg"].published_at > first["b.cfg"].published_at

    def test_a_batch_is_published_as_a_whole_or_not_at_all(self, store: Published) -> None:
        store.publish([phone()])
        broken = phone(DESK, PublishedFile("x", "text/plain", "no bytes"))  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            store.publish([phone(LOBBY, file(content="new")), broken])
        served = store.file(LOBBY, "a.cfg")
        assert served is not None
        assert served.content == SECRET.encode()
        assert store.owners([DESK]) == ()

    def test_moving_a_phone_is_one_transaction(self, store: Published) -> None:
        store.publish([phone(LOBBY)])
        store.publish([phone(DESK)], withdrawn=[LOBBY])
        assert [each.address for each in store.owners()] == [DESK]
        found = store.find("001565aabbcc")
        assert found is not None
        assert found.address == DESK

    def test_withdrawn_means_gone(self, store: Published, clock: Clock) -> None:
        store.publish([phone()])
        store.record_fetches(
            [Fetch(LOBBY, "a.cfg", "e", clock.stamp(), "192.0.2.9", "T46S", "66.1")]
        )
        store.publish([], withdrawn=[LOBBY])
        assert store.find("001565aabbcc") is None
        assert store.file(LOBBY, "a.cfg") is None
        assert store.statuses() == ()
        store.publish([phone()])
        assert store.statuses()[0].status == "generated"
        assert store.statuses()[0].seen.firmware == ""

    def test_shared_files_are_a_sites_and_go_with_the_last_user(self, store: Published) -> None:
        name = "y000000000028.cfg"
        common = {"london": [file(name, "common"), file("unused.cfg")]}
        using = [replace(phone(LOBBY), uses=(name,)), replace(phone(DESK), uses=(name,))]
        store.publish(using, shared=common)
        assert [each.name for each in store.shared("london")] == [name]
        assert store.shared("paris") == ()
        served = store.file(SITE, name)
        assert served is not None
        assert served.content == b"common"
        assert [each.address for each in store.phones()] == [DESK, LOBBY]
        store.publish([], withdrawn=[DESK])
        store.publish([replace(phone(LOBBY), uses=(name,))], shared={"london": [file(name, "2")]})
        served = store.file(SITE, name)
        assert served is not None
        assert served.content == b"2"
        store.publish([], withdrawn=[LOBBY])
        assert store.shared("london") == ()
        assert store.owners() == ()

    def test_the_publishers_record_comes_back_and_is_not_in_clear(self, store: Published) -> None:
        store.publish([replace(phone(), record=SECRET.encode())])
        assert store.records("london") == {LOBBY: SECRET.encode()}
        assert SECRET not in repr(store.owners(site="london", verify=True))
        assert store.owners(site="paris") == ()

    def test_an_owner_need_not_be_a_phone(self, store: Published) -> None:
        ada = Address("softphone", "ferrybank", "ada")
        store.publish([Publication(ada, "", (file("account.xml"),), facts={"app": "linphone"})])
        found = store.owner(ada)
        assert found is not None
        assert (found.mac, found.facts) == (None, {"app": "linphone"})

    def test_status_says_what_is_proved(self, store: Published, clock: Clock) -> None:
        def status() -> str:
            return store.statuses([LOBBY])[0].status

        def fetch(name: str = "a.cfg", firmware: str = "66.86.0.15") -> None:
            row = store.owners([LOBBY])[0].files.get(name)
            etag = row.etag if row else "of another's file"
            at = clock.stamp()
            store.record_fetches([Fetch(LOBBY, name, etag, at, "192.0.2.9", "T46S", firmware)])

        store.publish([Publication(LOBBY, "london", ())])
        assert status() == "pending"
        store.publish([phone()])
        assert status() == "generated"
        fetch("y000000000028.cfg")
        assert status() == "generated"
        fetch()
        assert status() == "pushed"
        store.record_proof({LOBBY: clock.stamp()})
        assert status() == "applied"
        fetch(firmware="")  # the daily check, which says less
        assert status() == "applied"
        assert store.statuses()[0].seen.firmware == "66.86.0.15"
        store.publish([phone(LOBBY, file(content="new"))])
        assert status() == "stale"
        fetch()
        assert status() == "pushed"
        store.publish([phone(LOBBY, file(content="new"), file("contacts.xml"))])
        assert status() == "stale"
        store.record_failure(LOBBY, clock.stamp(), "the file could not be decrypted")
        assert status() == "failed"
        fetch()
        assert status() == "pushed"

    def test_a_fetch_and_a_proof_at_the_same_moment_are_both_kept(
        self, store: Published, clock: Clock
    ) -> None:
        def fetched_from(source: str) -> Fetch:
            etag = store.owners([LOBBY])[0].files["a.cfg"].etag
            return Fetch(LOBBY, "a.cfg", etag, clock.stamp(), source, "T46S", "66.86.0.15")

        store.publish([phone()])
        store.record_fetches([fetched_from("192.0.2.9")])
        again = fetched_from("192.0.2.7")
        with ThreadPoolExecutor(1) as pool:
            with store._database.transaction() as transaction:
                note_fetches(transaction, [again])
                proof = pool.submit(store.record_proof, {LOBBY: clock.stamp()})
                wait([proof], 0.3)  # it has looked, and has to wait for our end
            proof.result()
        found = store.statuses([LOBBY])[0]
        assert (found.seen.source, found.status) == ("192.0.2.7", "applied")

    def test_what_was_seen_at_a_phone_itself(
        self, store: Published, clock: Clock, url: str, tmp_path: Path
    ) -> None:
        def found() -> tuple[str, str]:
            (standing,) = store.standings([LOBBY])
            return standing.status, standing.failure

        store.publish([phone(LOBBY, file(), file("b.cfg"))])
        store.record_delivered({LOBBY: Sighting(clock.stamp(), "192.0.2.9", "T46S", "66.86")})
        assert found() == ("pushed", "")
        wrong = Attempt("differs", clock.stamp(), "then", "it kept its own", {"a": "b"}, "fp")
        store.record_attempts({LOBBY: wrong})
        assert found() == ("failed", "it kept its own")
        (standing,) = store.standings()
        assert (standing.attempt, standing.source) == (wrong, "192.0.2.9")
        store.publish([phone(LOBBY, file(content="new"), file("b.cfg"))])
        assert found() == ("stale", "")  # what is new was not tried yet
        store.publish([], withdrawn=[LOBBY])
        store.publish([phone()])
        assert store.standings()[0].attempt == Attempt()
        with store._database.transaction() as transaction:
            transaction.execute("DROP TABLE published_attempts")
            transaction.execute("UPDATE published_store SET version = 1")
        with open_published(url, published_key(tmp_path / "w", {})) as older:
            older.record_attempts({LOBBY: wrong})

    def test_fetches_of_withdrawn_devices_leave_nothing(
        self, store: Published, clock: Clock
    ) -> None:
        store.publish([phone(DESK)])
        news = [
            Fetch(LOBBY, "a.cfg", "e", clock.stamp(), "192.0.2.9"),
            Fetch(DESK, "a.cfg", "e1", clock.stamp(), "192.0.2.9"),
            Fetch(DESK, "a.cfg", "e2", clock.stamp(), "192.0.2.10"),
        ]
        store.record_fetches(news)
        (only,) = store.statuses()
        assert only.owner.address == DESK
        assert only.fetched["a.cfg"].etag == "e2"
        assert only.seen.source == "192.0.2.10"

    def test_edits_by_others_are_noticed_and_not_served(self, store: Published) -> None:
        store.publish([phone(LOBBY), phone(DESK, mac="001565000001")])
        assert all(each.intact for each in store.owners(verify=True))
        with store._database.transaction() as transaction:
            transaction.execute(
                "UPDATE published_files SET media_type='text/html' WHERE owner=?", str(LOBBY)
            )
            transaction.execute(
                "UPDATE published_owners SET subnets='[\"0.0.0.0/0\"]' WHERE address=?", str(DESK)
            )
        lobby = store.owner(LOBBY)
        desk = store.find("001565000001")
        assert lobby is not None
        assert desk is not None
        assert (lobby.intact, lobby.files["a.cfg"].intact) == (True, False)
        assert (desk.intact, desk.files["a.cfg"].intact) == (False, True)
        with pytest.raises(StoreError, match="changed by somebody else"):
            store.file(LOBBY, "a.cfg")

    def test_files_cannot_be_swapped_between_owners(self, store: Published) -> None:
        store.publish([phone(LOBBY), phone(DESK, file(content="other"), mac="001565000001")])
        with store._database.transaction() as transaction:
            transaction.execute("DELETE FROM published_files WHERE owner='phone/london/desk'")
            transaction.execute("UPDATE published_files SET owner='phone/london/desk'")
        with pytest.raises(StoreError):
            store.file(DESK, "a.cfg")

    def test_nothing_at_rest_is_in_clear(self, store: Published) -> None:
        store.publish([phone()])
        with store._database.snapshot() as snapshot:
            for table in ("published_owners", "published_files"):
                rows = list(snapshot.rows(f"SELECT * FROM {table}"))
                held = repr(
                    [[bytes(c) if isinstance(c, memoryview) else c for c in r] for r in rows]
                )
                assert SECRET not in held
                assert "password" not in held
        assert SECRET not in repr(phone())
        assert SECRET not in repr(store.file(LOBBY, "a.cfg"))

    def test_masked_texts_are_there_for_differences(self, store: Published) -> None:
        store.publish([phone()])
        assert store.masked([LOBBY]) == {(LOBBY, "a.cfg"): "password = ***"}

    def test_another_key_is_refused_and_status_needs_none(
        self, store: Published, url: str, tmp_path: Path
    ) -> None:
        store.publish([phone()])
        with open_published(url, published_key(tmp_path / "elsewhere", {})) as other:
            assert other.statuses()[0].status == "generated"
            with pytest.raises(ReconcilerError, match="no key for the published store"):
                other.file(LOBBY, "a.cfg")
            with pytest.raises(ReconcilerError, match="no key for the published store"):
                other.publish([phone(DESK)])
        strange = published_key(tmp_path / "strange", {})
        strange.create()
        with (
            open_published(url, strange) as other,
            pytest.raises(StoreError, match="with another key"),
        ):
            other.publish([phone(DESK)])

    def test_a_key_is_changed_without_a_gap(
        self, store: Published, url: str, tmp_path: Path
    ) -> None:
        from reconciler.execution.secrets.keys import new_key

        store.publish([phone()])
        old = published_key(tmp_path / "w", {}).texts()[0]
        both = published_key(tmp_path, {"RECONCILER_PUBLISHED_KEY": f"{new_key()} {old}"})
        with open_published(url, both) as other:
            assert other.file(LOBBY, "a.cfg") is not None
            other.publish([phone(DESK, mac="001565000001")])
            assert other.file(LOBBY, "a.cfg") is not None
            assert other.file(DESK, "a.cfg") is not None

    # What devices show

    def test_a_published_token_counts_beside_the_one_before(
        self, store: Published, clock: Clock
    ) -> None:
        def tokens() -> dict[str, str]:
            found = store.admissions.tokens([LOBBY])
            return {each.digest: each.ended for each in found}

        one, two = digest_of("one"), digest_of("two")
        store.publish([replace(phone(), access=Access("one", "u", SECRET))])
        before = store.moment()
        store.publish([replace(phone(), access=Access("one", "u", SECRET))])
        assert store.moment() == before._replace(revision=before.revision + 1)  # no new token
        store.publish([replace(phone(), access=Access("two", "u", SECRET))])
        assert tokens() == {one: "", two: ""}
        assert store.admissions.end([one], "used") == [one]
        assert store.admissions.end([one], "used") == []
        assert tokens() == {one: "used", two: ""}
        # Rolled back: what is published counts.
        store.publish([replace(phone(), access=Access("one", "u", SECRET))])
        assert tokens() == {one: "", two: ""}
        store.admissions.end([one], "revoked")
        store.publish([replace(phone(), access=Access("one", "u", SECRET))])
        assert tokens() == {one: "revoked", two: ""}

    def test_tokens_move_with_a_phone_and_end_with_it(self, store: Published) -> None:
        store.publish([replace(phone(LOBBY), access=Access("one"))])
        store.admissions.issue(LOBBY, 60)
        store.admissions.used({}, [KeyUse(LOBBY, "k1", "2026-11-01T08:00:00Z")])
        assert [each.key_id for each in store.admissions.key_uses()] == ["k1"]
        store.publish([replace(phone(DESK), access=Access("one"))], withdrawn=[LOBBY])
        assert store.admissions.tokens([LOBBY]) == []
        assert [each.digest for each in store.admissions.tokens()] == [digest_of("one")]
        store.publish([], withdrawn=[DESK])
        assert store.admissions.tokens() == []
        assert store.admissions.key_uses() == ()

    def test_only_what_changed_is_news(self, store: Published) -> None:
        store.publish([replace(phone(LOBBY), access=Access("t", "u", SECRET)), phone(DESK)])
        first = store.news({})
        assert [each.address for each in first.owners] == [DESK, LOBBY]
        assert first.access[LOBBY] == Access("t", "u", SECRET)
        assert SECRET not in repr(first)
        assert "a.cfg" in first.owners[0].files
        seals = {each.address: each.seal for each in first.owners}
        assert store.news(seals).owners == ()
        store.publish([phone(DESK, file(content="new"))], withdrawn=[LOBBY])
        second = store.news(seals)
        assert [each.address for each in second.owners] == [DESK]
        assert second.gone == {LOBBY}
        assert {n: each.content for n, each in store.files(DESK).items()} == {"a.cfg": b"new"}

    def test_links_open_an_account_for_a_while(self, store: Published) -> None:
        ada = Address("softphone", "ferrybank", "ada")
        with pytest.raises(StoreError, match="has no account in the published store"):
            give_link(store, ada, "https://prov.example.test", expires_s=60)
        store.publish([Publication(ada, "", (file("account.xml"),), access=Access("k" * 32))])
        link = give_link(store, ada, "https://prov.example.test/p/", expires_s=3600)
        assert link.url == f"https://prov.example.test/p/softphone/{link.token}"
        (made,) = [each for each in store.admissions.tokens([ada]) if each.kind == "link"]
        assert made.digest == digest_of(link.token)
        assert made.once
        assert counts(made, store.admissions.now())
        assert not counts(made, store.admissions.now(3700))
        assert end_links(store, ada) == 1
        assert end_links(store, ada) == 0
