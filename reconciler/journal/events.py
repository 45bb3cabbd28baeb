"""What a settle writes into the audit chain, and what can be read back from there. Pure.

A line holds only the fields in which before and after differ. What became ours is named with the
fingerprint of the values applied last, so that the ledger can be proved by the chain.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.journal.chain import Event
from reconciler.journal.ledger import digest_of
from reconciler.journal.runs import Intended
from reconciler.model import text
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome


def of_settle(
    outcomes: Iterable[Outcome],
    intended: Mapping[str, Intended],
    owned: Iterable[Mapping[str, Any]],
    disowned: Iterable[Address],
    owed: Mapping[str, str | None],
) -> list[Event]:
    """Return an event per outcome; ownership rides on its object's outcome where there is one.

    `owned` are the ledger's rows, `intended` is by step.
    """
    disowned = list(disowned)
    ours = {
        str(Address(row["kind"], row["scope"], row["key"])): {
            "target": row["target"],
            "how": row["how"],
            "native_id": row["native_id"],
            "fields": digest_of(row["fields"]),
        }
        for row in owned
    }
    events = [Event("disowned", {"disowned": str(each)}) for each in disowned]
    for each in outcomes:
        facts: dict[str, Any] = {"step": each.step, "target": each.target, "state": each.state}
        if each.detail:
            facts["detail"] = each.detail
        if (meant := intended.get(each.step)) is not None:
            facts["action"] = meant.action
            facts["before"], facts["after"] = changed(meant.before, meant.after)
        if each.address is not None:
            facts["address"] = name = str(each.address)
            if (mine := ours.pop(name, None)) is not None:
                facts["owned"] = mine
        events.append(Event("step", facts))
    events += [Event("owned", {"address": name, "owned": mine}) for name, mine in ours.items()]
    events += [
        Event("owed", {"target": target, "reason": reason}) for target, reason in owed.items()
    ]
    return events


def replay(books: dict[str, str], facts: Mapping[str, Any]) -> None:
    """Carry a line's facts over into `books`: address -> fingerprint of its ledger entry."""
    if "disowned" in facts:
        books.pop(facts["disowned"], None)
    if "owned" in facts:
        books[facts["address"]] = facts["owned"]["fields"]


def changed(before: str, after: str) -> tuple[Any, Any]:
    """Return two objects, given as text, reduced to the fields in which they differ."""
    old, new = text.decode(before), text.decode(after)
    if not isinstance(old, dict) or not isinstance(new, dict):
        return old, new
    paths = [
        path
        for path in {**old, **new}
        if path not in old or path not in new or text.encode(old[path]) != text.encode(new[path])
    ]
    return (
        {path: old[path] for path in paths if path in old},
        {path: new[path] for path in paths if path in new},
    )
