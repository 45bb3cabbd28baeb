"""A planted secret is in no byte that the journal leaves on the disk."""

from pathlib import Path

import pytest

from reconciler.execution.secrets.fingerprint import Fingerprints
from reconciler.execution.secrets.keys import StoreKey, new_key
from reconciler.execution.secrets.seal import seal_live
from reconciler.execution.secrets.store import Store
from reconciler.journal import Intent, open_journal
from reconciler.model.live import LiveObject, TargetLive
from reconciler.model.ownership import Owned
from reconciler.model.secret import Clear
from tests.unit.journal.make import ADA, KEY, TARGET, outcome

CANARY = "canary-5ec2et-value"


def test_a_planted_secret_is_nowhere_in_the_files(tmp_path: Path) -> None:
    live = TargetLive(TARGET, objects={ADA: LiveObject(ADA, {"secret": Clear(CANARY)})})
    sealed = seal_live(live, Fingerprints(KEY), {}).objects[ADA].fields
    folder = tmp_path / ".reconciler"
    with open_journal(str(folder / "journal.db"), key=KEY) as journal:
        run = journal.begin("apply", "ada")
        journal.intend(run, [Intent("s1", TARGET, ADA, "update", sealed, sealed)])
        journal.settle(run, [outcome()], [Owned(ADA, TARGET, sealed)])
        with pytest.raises(TypeError) as leak:
            journal.settle(run, [], [Owned(ADA, TARGET, live.objects[ADA].fields)])
        assert CANARY not in str(leak.getrepr(style="long", showlocals=True))
        key = StoreKey(tmp_path / "key", {"RECONCILER_STORE_KEY": new_key()})
        Store(journal.document("secrets"), key).put("ada", Clear(CANARY))
        written = b"".join(each.read_bytes() for each in sorted(folder.iterdir()))
    assert b"ferrybank" in written
    assert CANARY.encode() not in written
    assert CANARY.encode("utf-16-le") not in written
