"""What Asterisk knows: the configuration as it was loaded last, registrations and calls.

The tables hold what somebody wants; only a reload tells Asterisk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from reconciler.lab.freepbx.tables import Tables, php_int
from reconciler.model.value import EMPTY


class Contact(NamedTuple):
    """A phone that has registered."""

    number: str
    uri: str
    user_agent: str
    expires_at: int | None = None
    """In seconds since 1970."""


class Call(NamedTuple):
    """A channel that is up: `PJSIP/1001-00000001`."""

    channel: str
    caller: str
    callee: str
    application: str = "Dial"
    duration: str = "00:00:07"
    bridge: str = ""


class Loaded(NamedTuple):
    """What a reload told Asterisk. Half-made extensions have no endpoint."""

    extensions: tuple[str, ...] = ()
    trunks: tuple[str, ...] = ()
    queues: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = ()
    """Number, strategy, and members with their penalties."""
    passwords: Mapping[str, str] = EMPTY
    """SIP passwords by extension."""
    answering: frozenset[str] = frozenset()
    """Extensions that answer when a phone asks who sends it a NOTIFY (`outbound_auth`)."""
    contacts: Mapping[str, int] = EMPTY
    """How many phones an extension may have (`max_contacts`)."""


class Phones(Protocol):
    """Phones that really register: see `sip.py`."""

    def contacts(self) -> Sequence[Contact]:
        """Return who is registered now."""
        ...

    def calls(self) -> Sequence[Call]:
        """Return the channels that are up, two of each call."""
        ...

    def notify(self, number: str, event: str) -> None:
        """Send a NOTIFY; nobody waits for the answer."""
        ...


@dataclass
class Live:
    """What is loaded, who has registered, who talks."""

    loaded: Loaded = field(default_factory=Loaded)
    contacts: list[Contact] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    notified: list[tuple[str, str]] = field(default_factory=list)
    """Endpoints that a NOTIFY was asked for, with what it says."""
    members: dict[str, dict[str, str]] = field(default_factory=dict)
    """Live members of queues: interfaces with their penalties, by the queue's number."""
    phones: Phones | None = None
    """Phones on the wire, beside those that are only said to be there."""

    def registered(self) -> list[Contact]:
        """Return everybody who is registered."""
        return [*self.contacts, *(self.phones.contacts() if self.phones else ())]

    def channels(self) -> list[Call]:
        """Return every channel that is up."""
        return [*self.calls, *(self.phones.calls() if self.phones else ())]

    def register(self, number: str, host: str = "192.0.2.50:5060", agent: str = "Phone/1") -> None:
        """A phone registers, if Asterisk knows its extension."""
        if number in self.loaded.extensions:
            self.contacts.append(Contact(number, f"sip:{number}@{host}", agent))


def loaded_from(tables: Tables) -> Loaded:
    """What a reload that begins now will tell Asterisk."""
    trunks = tables.rows("trunks", tech="pjsip")
    sip = tables.rows("sip")
    return Loaded(
        tuple(sorted({str(row["id"]) for row in sip})),
        tuple(str(row["name"]) for row in trunks if row["disabled"] != "on"),
        tuple(_queue(tables, str(row["extension"])) for row in tables.rows("queues_config")),
        {str(row["id"]): str(row["data"]) for row in sip if row["keyword"] == "secret"},
        frozenset(
            str(row["id"])
            for row in sip
            if (row["keyword"], row["data"]) == ("outbound_auth", "yes")
        ),
        {str(row["id"]): php_int(row["data"]) for row in sip if row["keyword"] == "max_contacts"},
    )


def _queue(tables: Tables, number: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    strategy = tables.settings("queues_details", number).get("strategy", "")
    rows = tables.rows("queues_details", id=number, keyword="member")
    parts = (str(row["data"]).rpartition(",") for row in rows)
    return number, strategy, tuple((interface, penalty) for interface, _, penalty in parts)
