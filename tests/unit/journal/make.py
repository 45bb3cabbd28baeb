"""Builders for the journal's tests: short names for what they are full of."""

from reconciler.journal import Intent
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome, State
from reconciler.model.ownership import Owned
from reconciler.model.secret import Secret
from reconciler.model.value import Fields

KEY = b"k" * 32
TARGET = "pbx/ferrybank"


def extension(key: str = "1001") -> Address:
    return Address("extension", "ferrybank", key)


ADA, BEN = extension("1001"), extension("1002")


def fields(name: str = "Ada", mark: str = "ab12") -> Fields:
    return {
        "name": name,
        "secret": Secret("store:ada", mark),
        "codecs": ["g722", "alaw"],
        "voicemail.email": None,
        "ring_time": 20,
        "call_waiting": True,
    }


def intent(step: str = "s1", address: Address | None = ADA, action: str = "create") -> Intent:
    return Intent(step, TARGET, address, action, None, fields(), {"action": "delete"})


def outcome(step: str = "s1", address: Address | None = ADA, state: State = "done") -> Outcome:
    return Outcome(step, TARGET, address, state, "read back equal", 0.2)


def owned(address: Address = ADA, name: str = "Ada") -> Owned:
    return Owned(address, TARGET, fields(name), "42", needs=(BEN,), found=("ring_time",))
