"""What a journal has to do, whatever database holds it. Subclassed for SQLite and PostgreSQL."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from time import monotonic, sleep

import pytest

from reconciler.errors import JournalError, JournalLocked, JournalTampered, JournalTooNew
from reconciler.execution.secrets.keys import StoreKey, new_key
from reconciler.execution.secrets.store import Store
from reconciler.journal import Deferred, Intent, Journal, chain, lock, open_journal
from reconciler.journal.lock import take_away
from reconciler.model.address import Address
from reconciler.model.ownership import Owned
from reconciler.model.secret import Clear
from tests.unit.journal.make import ADA, BEN, KEY, TARGET, extension, fields, intent, outcome, owned


def _race(url: str, number: int, counter: str) -> int:
    """Take the lock, and show that nobody else has it: read, wait, write a counter."""
    with open_journal(url, key=KEY) as journal, journal.lock("race", f"p{number}", 60):
        file = Path(counter)
        before = int(file.read_text())
        journal.begin("apply", f"p{number}")
        file.write_text(str(before + 1))
    return number


class JournalScenarios:
    """Needs a fixture `url` of an empty database."""

    @pytest.fixture
    def journal(self, url: str) -> Iterator[Journal]:
        with open_journal(url, key=KEY) as journal:
            yield journal

    def test_a_run_is_recorded_and_read_back(self, journal: Journal) -> None:
        with journal.lock("apply", "ada") as lock:
            run = journal.begin("apply", "ada", commit="3f9c2ab", digest="d1", plan='{"x":1}')
            journal.intend(run, [intent(), intent("c1", None, "commit")], {TARGET: "written"})
            assert [each.step for each in journal.open_intents()] == ["s1", "c1"]
            assert journal.ownership().owed == {TARGET: "written"}
            lock.renew()
            journal.settle(run, [outcome(), outcome("c1", None)], [owned()], owed={TARGET: None})
            journal.end(run, "done", {"added": 1})
        assert journal.open_intents() == ()
        ownership = journal.ownership()
        found = ownership.objects[ADA]
        assert ownership.owed == {}
        assert found.fields == fields()
        assert found.fields["secret"].reference == "store:ada"
        assert (found.run, found.actor, found.native_id) == (run, "ada", "42")
        assert (found.needs, found.found) == ((BEN,), ("ring_time",))
        assert found.applied_at.endswith("Z")
        record = journal.run(run)
        assert (record.state, record.plan, record.summary) == ("done", '{"x":1}', {"added": 1})
        assert (record.commit, record.digest, record.actor) == ("3f9c2ab", "d1", "ada")
        step = record.steps[0]
        assert (step.state, step.detail, step.duration_s) == ("done", "read back equal", 0.2)
        assert (step.before, step.after, step.address) == (None, fields(), ADA)
        assert step.inverse == {"action": "delete"}
        assert record.steps[1].address is None
        assert journal.history()[0].counts == {"done": 2}
        assert journal.verify_chain().objects == 1

    def test_what_was_written_since_the_last_commit_is_not_proved_yet(
        self, journal: Journal
    ) -> None:
        def unproved() -> object:
            return journal.ownership().unproved

        first = journal.begin("apply", "ada")
        journal.intend(first, [intent("s1", ADA)], {TARGET: "written"})
        assert unproved() == {TARGET: (ADA,)}
        journal.settle(first, [outcome("s1", ADA)], [owned(ADA)])
        second = journal.begin("apply", "ada")
        journal.intend(second, [intent("s1", BEN)])
        journal.intend(second, [intent("s2", ADA)])
        assert unproved() == {TARGET: (ADA, BEN)}
        assert journal.ownership().written == {TARGET: (ADA,)}  # by the first one, whatever comes
        journal.settle(second, [outcome("s1", BEN, "skipped"), outcome("s2", ADA, "skipped")])
        journal.intend(second, [intent("c1", None, "commit")])
        journal.settle(second, [outcome("c1", None, "failed")])
        assert unproved() == {TARGET: (ADA,)}
        third = journal.begin("apply", "ada")
        journal.intend(third, [intent("c1", None, "commit")])
        journal.settle(third, [outcome("c1", None)], owed={TARGET: None})
        assert unproved() == {}
        journal.intend(third, [intent("s2", BEN)], {TARGET: "written"})
        assert unproved() == {TARGET: (BEN,)}

    def test_ownership_follows_updates_moves_and_deletes(self, journal: Journal) -> None:
        journal.change_ownership("adopt", "ada", owned=[owned(ADA), owned(extension("9"))])
        run = journal.begin("apply", "ada")
        journal.settle(run, owned=[owned(BEN, "Ben")], disowned=[ADA])
        journal.settle(run, owned=[owned(BEN, "Benjamin")])
        assert [str(each) for each in journal.ownership().objects] == [
            "extension/ferrybank/1002",
            "extension/ferrybank/9",
        ]
        assert journal.ownership().objects[BEN].fields["name"] == "Benjamin"
        journal.change_ownership("forget", "ada", disowned=[BEN, extension("9")])
        assert journal.ownership().objects == {}
        assert journal.verify_chain().objects == 0

    def test_what_nobody_has_written_since_need_not_be_read_again(self, journal: Journal) -> None:
        many = [owned(extension(str(number))) for number in range(250)]
        first, *_ = [each.address for each in many]
        deeds: list[tuple[list[Owned], list[Address]]] = [
            (many, []),
            ([], []),
            ([owned(first, "Ben")], []),  # changed
            ([owned(ADA)], [extension("7")]),  # one comes, one goes
            ([owned(extension("7"), "Cleo")], [ADA]),  # and the other way round
            (many, []),  # nearly all anew
            ([], [each.address for each in many]),
        ]
        known = journal.ownership()
        for mine, gone in deeds:
            journal.change_ownership("adopt", "ada", owned=mine, disowned=gone)
            again = journal.ownership(known)
            known = journal.ownership()
            assert journal.targets() == {each.target for each in known.objects.values()}
            assert again._replace(trace=known.trace) == known
            assert list(again.objects) == list(known.objects)

    def test_steps_in_doubt_stay_open_until_somebody_knows(self, journal: Journal) -> None:
        run = journal.begin("apply", "ada")
        journal.intend(run, [intent("s1"), intent("s2", BEN)])
        journal.settle(run, [outcome("s1", state="in_doubt"), outcome("s2", BEN, "failed")])
        assert [each.step for each in journal.open_intents()] == ["s1"]
        journal.settle(run, [outcome("s1")])
        assert journal.open_intents() == ()

    def test_what_is_sent_next_is_intended_with_what_became_of_the_last(
        self, journal: Journal
    ) -> None:
        with journal.lock("apply", "ada"):
            run = journal.begin("apply", "ada")
            journal.intend(run, [intent("s1")], {TARGET: "written"})
            commit = intent("c1", None, "commit")
            journal.settle(run, [outcome("s1")], [owned()], then=[commit], owing={TARGET: "reload"})
            assert [each.step for each in journal.open_intents()] == ["c1"]
            assert journal.ownership().owed == {TARGET: "reload"}
            assert ADA in journal.ownership().objects
            assert [each.step for each in journal.run(run).steps] == ["s1", "c1"]
        assert journal.verify_chain().objects == 1

    def test_without_the_lock_the_last_is_written_down_and_nothing_more_is_intended(
        self, journal: Journal
    ) -> None:
        with journal.lock("apply", "ada") as mine:
            run = journal.begin("apply", "ada")
            journal.intend(run, [intent("s1")], {TARGET: "written"})
            journal.unlock("ben", force=True)
            with pytest.raises(JournalLocked):
                journal.settle(run, [outcome("s1")], [owned()], then=[intent("c1", None, "commit")])
            assert mine.lost
        assert journal.open_intents() == ()
        assert journal.run(run).counts == {"done": 1}
        assert ADA in journal.ownership().objects
        assert journal.ownership().owed == {TARGET: "written"}
        assert journal.verify_chain().objects == 1

    def test_a_step_that_was_skipped_needs_no_intent(self, journal: Journal) -> None:
        run = journal.begin("apply", "ada")
        journal.settle(run, [outcome("s9", ADA, "skipped")])
        assert journal.run(run).steps[0].state == "skipped"
        assert journal.history()[0].counts == {"skipped": 1}

    def test_what_looks_like_sql_is_a_text_like_others(self, journal: Journal) -> None:
        odd = "é'\"?%s%%:x;--"
        at = extension(odd)
        run = journal.begin("apply", odd, plan=odd)
        journal.intend(run, [Intent(odd, TARGET, at, "create", None, {odd: odd})], {TARGET: odd})
        journal.defer(run, [Deferred(TARGET, BEN, odd, odd)])
        assert journal.ownership().owed == {TARGET: odd}
        journal.settle(run, [outcome(odd, at)], [Owned(at, TARGET, {odd: odd})])
        record = journal.run(run)
        assert (record.actor, record.plan) == (odd, odd)
        assert [(e.step, e.address, e.after) for e in record.steps] == [(odd, at, {odd: odd})]
        assert journal.ownership().objects[at].fields == {odd: odd}
        assert [each.reason for each in journal.pending()] == [odd]
        assert journal.verify_chain().objects == 1

    def test_what_waits_is_remembered_until_it_is_done(self, journal: Journal) -> None:
        run = journal.begin("apply", "ada")
        journal.defer(run, [Deferred(TARGET, ADA, "in a call", "s1", "2025-11-20T22:10:00Z")])
        since = journal.pending()[0].since
        journal.defer(run, [Deferred(TARGET, ADA, "not reachable"), Deferred(TARGET, BEN, "off")])
        assert [(each.address, each.reason) for each in journal.pending()] == [
            (ADA, "not reachable"),
            (BEN, "off"),
        ]
        assert journal.pending()[0].since == since
        later = journal.begin("apply", "ada")
        journal.intend(later, [intent()])
        journal.settle(later, [outcome(), outcome("s2", BEN, "failed")])
        assert [each.address for each in journal.pending()] == [BEN]

    def test_a_second_run_is_told_who_is_at_work(self, journal: Journal, url: str) -> None:
        with journal.lock("apply of 3f9c2ab", "ada"), open_journal(url, key=KEY) as other:
            with pytest.raises(JournalLocked, match=r"ada is at work: apply of 3f9c2ab, on "):
                other.lock("apply", "ben", 0.3)
            holder = other.holder()
            assert holder is not None
            assert holder.actor == "ada"
            assert holder.alive
            with pytest.raises(JournalLocked):
                other.unlock("ben")
        assert journal.holder() is None
        with journal.lock("again", "ada"):
            pass

    def test_a_lapsed_lease_is_taken_over_and_the_loser_sends_nothing(
        self, journal: Journal, url: str
    ) -> None:
        with open_journal(url, key=KEY) as other:
            late = journal.lock("apply", "ada", lease_s=0.2)
            late._stop.set()  # a machine that sleeps renews nothing
            run = journal.begin("apply", "ada")
            with other.lock("apply", "ben", 5):
                with pytest.raises(JournalLocked, match="lost its lock"):
                    journal.intend(run, [intent()])
                with pytest.raises(JournalLocked, match="lost its lock"):
                    late.renew()
                journal.settle(run, [outcome()])  # what happened is written down all the same
                late.__exit__(None, None, None)
                assert other.holder() is not None
            assert "lock-taken-over" in [each.event for each in other.audit()]

    @pytest.mark.parametrize("moment", ["take", "start", "let_go"])
    def test_who_is_stopped_as_it_is_taken_or_given_back_leaves_no_lock_behind(
        self, url: str, monkeypatch: pytest.MonkeyPatch, moment: str
    ) -> None:
        """Ctrl-C comes at any moment; on another machine nobody could tell that we are gone."""
        owner = lock if moment == "take" else lock.Lock
        original = getattr(owner, moment)

        def struck(*arguments: object) -> None:
            if moment == "take":
                original(*arguments)
            monkeypatch.setattr(owner, moment, original)
            raise KeyboardInterrupt

        monkeypatch.setattr(owner, moment, struck)
        with (
            pytest.raises(KeyboardInterrupt),
            open_journal(url, key=KEY) as journal,
            journal.lock("apply", "ada"),
        ):
            pass
        with open_journal(url, key=KEY) as other:
            assert other.holder() is None

    def test_a_run_that_lost_its_lock_does_not_find_the_next_one_killed(
        self, journal: Journal, url: str
    ) -> None:
        with open_journal(url, key=KEY) as other, journal.lock("apply", "ada"):
            other.unlock("ben", force=True)
            with other.lock("apply", "ben"):
                run = other.begin("apply", "ben")
                with pytest.raises(JournalLocked, match="lost its lock"):
                    journal.begin("apply", "ada")
                with pytest.raises(JournalLocked, match="lost its lock"):
                    journal.end_killed("ada")
                assert [each.id for each in other.history()] == [run]
                assert other.run(run).state == "running"

    def test_a_lease_is_renewed_in_the_background(self, journal: Journal) -> None:
        def lapses() -> float:
            with journal._database.snapshot() as snapshot:
                return float(snapshot.row("SELECT lease_until FROM locks")[0])

        with journal.lock("apply", "ada", lease_s=0.6):
            first = lapses()
            deadline = monotonic() + 60
            while lapses() <= first + 0.6:  # nobody else wants it: it may be renewed late
                assert monotonic() < deadline
                sleep(0.05)

    def test_of_two_who_unlock_at_once_one_has_taken_it(self, journal: Journal, url: str) -> None:
        with open_journal(url, key=KEY) as other, journal.lock("apply", "ada"):
            with ThreadPoolExecutor(1) as pool:
                with journal._database.transaction() as transaction:
                    assert take_away(transaction, force=True) is not None
                    late = pool.submit(other.unlock, "ben", force=True)
                    wait([late], 0.3)  # it looks meanwhile, and has to wait for our end
                assert late.result() is None
            assert "unlock" not in [each.event for each in journal.audit()]

    def test_a_run_that_ends_at_that_moment_was_not_killed(
        self, journal: Journal, url: str
    ) -> None:
        """The next one sees it running, and has to look again when it may write."""
        run = journal.begin("adopt", "ada")
        with (
            open_journal(url, key=KEY) as other,
            other.lock("apply", "ben"),
            ThreadPoolExecutor(1) as pool,
        ):
            with journal._database.transaction() as transaction:
                transaction.execute("UPDATE runs SET state = 'done' WHERE id = ?", run)
                late = pool.submit(other.begin, "apply", "ben")
                wait([late], 0.3)
            late.result()
        assert journal.run(run).state == "done"
        assert "run-killed" not in [each.event for each in journal.audit()]

    def test_unlock_by_force_is_recorded(self, journal: Journal) -> None:
        with journal.lock("apply", "ada"):
            freed = journal.unlock("ben", force=True)
            assert freed is not None
            assert freed.actor == "ada"
            line = journal.audit()[-1]
            assert (line.event, line.actor) == ("unlock", "ben")
            assert line.facts["from"] == "ada"
        assert journal.unlock("ben") is None

    def test_only_one_of_many_processes_is_at_work(self, url: str, tmp_path: Path) -> None:
        counter = tmp_path / "counter"
        counter.write_text("0")
        context = multiprocessing.get_context("spawn")
        with context.Pool(3) as pool:
            done = pool.starmap(_race, [(url, number, str(counter)) for number in range(6)])
        assert sorted(done) == list(range(6))
        assert counter.read_text() == "6"
        with open_journal(url, key=KEY) as journal:
            assert len(journal.history()) == 6
            assert journal.verify_chain().lines == 12  # created, started, and 5 found killed

    def test_tables_are_never_seen_without_the_first_line_of_the_chain(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Who found no line would write the first one as well: two of them, or a broken chain."""

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(chain, "append", killed)
            with pytest.raises(KeyboardInterrupt):
                open_journal(url, key=KEY)
        with open_journal(url, key=KEY) as journal:
            assert [each.event for each in journal.audit()] == ["journal-created"]
            assert journal.verify_chain().lines == 1

    def test_threads_may_write_at_the_same_time(self, journal: Journal) -> None:
        def work(number: int) -> None:
            run = journal.begin("apply", f"t{number}")
            journal.settle(run, [], [owned(extension(f"{number}{i}")) for i in range(5)])
            journal.end(run, "done")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(8)))
        assert journal.verify_chain().objects == 40

    def test_runs_that_were_killed_are_found_under_the_next_lock(self, journal: Journal) -> None:
        with journal.lock("apply", "ada"):
            dead = journal.begin("apply", "ada")
        assert journal.run(dead).state == "running"
        with journal.lock("apply", "ada"):
            journal.begin("apply", "ada")
        assert journal.run(dead).state == "interrupted"
        assert "run-killed" in [each.event for each in journal.audit()]

    def test_every_deed_is_a_line_of_the_chain(self, journal: Journal) -> None:
        run = journal.begin("apply", "ada", commit="c", digest="d", overrides={"rail": "agreed"})
        journal.intend(run, [Intent("s1", TARGET, ADA, "update", fields("A"), fields("B"))])
        journal.settle(run, [outcome()], [owned(ADA, "B")], [BEN], {TARGET: "reload"})
        journal.note(run, "gate", {"phones": 3})
        journal.end(run, "done", {"changed": 1})
        lines = journal.audit()
        assert [each.event for each in lines] == [
            "journal-created", "run-started", "override", "disowned", "step", "owed", "gate",
            "run-ended",
        ]  # fmt: skip
        step = lines[4]
        assert (step.actor, step.commit, step.digest, step.run) == ("ada", "c", "d", run)
        assert step.facts["before"] == {"name": "A"}
        assert step.facts["after"] == {"name": "B"}
        assert step.facts["owned"]["how"] == "created"
        assert lines[2].facts == {"rail": "rail", "reason": "agreed"}
        assert [each.number for each in journal.audit(after=6)] == [7, 8]

    def test_a_changed_line_and_a_changed_ledger_are_found(self, journal: Journal) -> None:
        journal.change_ownership("adopt", "ada", owned=[owned(ADA), owned(BEN)])
        database = journal._database
        with database.transaction() as transaction:
            transaction.execute("UPDATE owned SET fields = '{\"name\":\"Eve\"}' WHERE key = '1002'")
        with pytest.raises(JournalTampered, match="extension/ferrybank/1002"):
            journal.verify_chain()
        with database.transaction() as transaction:
            transaction.execute("UPDATE audit SET actor = 'eve' WHERE number = 2")
        with pytest.raises(JournalTampered, match="line 2"):
            journal.verify_chain()

    def test_a_secret_in_clear_is_refused_before_anything_is_written(
        self, journal: Journal
    ) -> None:
        run = journal.begin("apply", "ada")
        lines = len(journal.audit())
        leak = {"a": [{"b": Clear("canary-5ec2et")}]}
        with pytest.raises(TypeError, match="never written"):
            journal.intend(run, [intent("s0"), Intent("s1", TARGET, ADA, "create", None, leak)])
        with pytest.raises(TypeError):
            journal.settle(run, [outcome()], [owned(BEN), owned(ADA).__class__(ADA, TARGET, leak)])
        with pytest.raises(TypeError):
            journal.note(run, "gate", leak)
        with pytest.raises(TypeError):
            journal.end(run, "done", leak)
        assert journal.run(run).steps == ()
        assert journal.run(run).state == "running"
        assert journal.ownership().objects == {}
        assert len(journal.audit()) == lines

    def test_a_newer_journal_is_left_alone(self, journal: Journal, url: str) -> None:
        with journal._database.transaction() as transaction:
            transaction.execute("UPDATE journal SET version = 99")
        with pytest.raises(JournalTooNew, match="version 99") as found:
            open_journal(url, key=KEY)
        assert "upgrade" in str(found.value.hint)

    def test_another_workspace_key_is_noticed(self, journal: Journal, url: str) -> None:
        assert journal.history() == ()
        with pytest.raises(JournalError, match="another workspace key"):
            open_journal(url, key=b"x" * 32)

    def test_an_unknown_run_is_an_error_with_a_way_out(self, journal: Journal) -> None:
        with pytest.raises(JournalError, match="no run 7"):
            journal.run(7)
        with pytest.raises(JournalError, match="no run 7"):
            journal.settle(7, [outcome()])

    def test_the_secret_store_can_live_in_the_database(
        self, journal: Journal, tmp_path: Path
    ) -> None:
        key = StoreKey(tmp_path / "none", {"RECONCILER_STORE_KEY": new_key()})
        store = Store(journal.document("secrets"), key)
        assert not store.exists
        store.put("ada", Clear("canary-5ec2et"))
        store.add({"ada": Clear("other"), "ben": Clear("second")})
        again = Store(journal.document("secrets"), key)
        found = again.get("ada")
        assert found is not None
        assert found.reveal() == "canary-5ec2et"
        assert [each.name for each in again.names()] == ["ada", "ben"]
        text = journal.document("secrets").read()
        assert text is not None
        assert "canary" not in text

    def test_how_it_ended_is_told_as_the_last_step_tells_it(self, journal: Journal) -> None:
        run = journal.begin("apply", "ada")
        journal.intend(run, [intent("s1", ADA), intent("s2", BEN), intent("s3", extension("9"))])
        journal.settle(run, [outcome("s1", ADA), outcome("s2", BEN), outcome("s4", BEN, "skipped")])
        journal.end(run, "partly", {"unmanaged": {TARGET: []}})
        later = journal.begin("apply", "ada")
        journal.intend(later, [intent("s1", ADA, "delete"), intent("s2", BEN, "update")])
        journal.settle(later, [outcome("s1", ADA), outcome("s2", BEN, "in_doubt")])
        told = journal.last_endings("extension")
        assert told == {ADA: ("delete", "done"), BEN: ("create", "done")}
        steps = journal.last_steps("extension")
        assert told == {at: (each.action, each.state) for at, each in steps.items()}
        assert journal.last_endings("phone") == {}
        assert journal.summaries(20) == tuple(each.summary for each in journal.history())
