"""A run from beginning to end, as the workflow uses the journal."""

from pathlib import Path

from reconciler.journal import Intent, open_journal
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome
from reconciler.model.ownership import Owned
from reconciler.model.secret import Secret

ADA = Address("extension", "ferrybank", "1001")


def test_a_run_is_recorded_and_read_back(tmp_path: Path) -> None:
    with open_journal(str(tmp_path / "journal.db"), key=b"k" * 32) as journal:
        fields = {"name": "Ada", "secret": Secret("generated", "ab12"), "codecs": ["g722"]}
        with journal.lock("apply", "ada") as lock:
            run = journal.begin("apply", "ada", commit="3f9c2ab", digest="d1", plan="{}")
            journal.intend(run, [Intent("s1", "pbx/ferrybank", ADA, "create", None, fields)])
            assert [each.step for each in journal.open_intents()] == ["s1"]
            lock.renew()
            journal.settle(
                run,
                [Outcome("s1", "pbx/ferrybank", ADA, "done", "read back equal", 0.2)],
                [Owned(ADA, "pbx/ferrybank", fields, "42", needs=(ADA,))],
                owed={"pbx/ferrybank": "reload pjsip"},
            )
            journal.end(run, "done", {"added": 1})
        assert not journal.open_intents()
        ownership = journal.ownership()
        owned = ownership.objects[ADA]
        assert owned.fields == fields
        assert (owned.run, owned.actor, owned.native_id, owned.needs) == (run, "ada", "42", (ADA,))
        assert ownership.owed == {"pbx/ferrybank": "reload pjsip"}
        record = journal.run(run)
        assert (record.state, record.plan, record.summary) == ("done", "{}", {"added": 1})
        assert record.steps[0].state == "done"
        assert record.steps[0].after == fields
        assert journal.history()[0].counts == {"done": 1}
        assert journal.verify_chain().objects == 1
