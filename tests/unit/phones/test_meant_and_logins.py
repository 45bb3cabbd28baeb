"""Who is meant, where they are, with which login."""

from __future__ import annotations

import pytest

from reconciler.device import Identity, Login, Reach
from reconciler.execution.secrets.store import file_store
from reconciler.model.address import Address
from reconciler.model.secret import Clear
from reconciler.phones.logins import Logins, Wire
from reconciler.phones.meant import Chosen, NotOurs, Placed, choose
from reconciler.phones.reaching import (
    Contact,
    Contacts,
    Seen,
    Whereabouts,
    host_of_contact,
    inside,
    ways_to,
)


def phone(site: str, name: str, model: str = "T46S", **more) -> Placed:
    said = {"vendor": "yealink", "mac": "805ec0000001", "pbx": "office", "lines": (), **more}
    return Placed(Address("phone", site, name), model=model, **said)


ALL = (
    phone("main", "lobby", tags=frozenset(("public",)), mac="805ec0000002"),
    phone("main", "desk-1", "T54W"),
    phone("branch", "lobby", "VVX411"),
)


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        (Chosen(("lobby",)), ["main/lobby", "branch/lobby"]),
        (Chosen(("main/lobby",)), ["main/lobby"]),
        (Chosen(("phone/branch/lobby",)), ["branch/lobby"]),
        (Chosen(("80:5E:C0:00:00:02",)), ["main/lobby"]),
        (Chosen(("desk-*",)), ["main/desk-1"]),
        (Chosen(sites=("main",)), ["main/lobby", "main/desk-1"]),
        (Chosen(models=("T*",), tags=("public",)), ["main/lobby"]),
        (Chosen(("lobby",), sites=("branch",)), ["branch/lobby"]),
        (Chosen(), []),
    ],
)
def test_who_is_meant(chosen, names):
    assert [each.name for each in choose(ALL, chosen)] == names


def test_a_stranger_rejects_them_all():
    with pytest.raises(NotOurs) as caught:
        choose(ALL, Chosen(("lobby", "attic", "cellar")))
    assert caught.value.names == ("attic", "cellar")


def reach_of(
    phone: Placed, wire: Wire, contacts: Contacts, seen: Seen | None = None
) -> Reach | None:
    """The way that is tried first."""
    known = Whereabouts(contacts, {phone.address: seen} if seen else {})
    return next(iter(ways_to(phone, wire, known)), None)


def test_where_a_phone_is():
    known = phone("main", "a", host="192.0.2.9", subnets=("192.0.2.0/24",))
    assert reach_of(known, Wire(), {}).host == "192.0.2.9"
    lost = phone("main", "a", subnets=("192.0.2.0/24",), lines=(("office", "1001"),))
    assert reach_of(lost, Wire(), {}) is None
    assert reach_of(lost, Wire(), {("office", "1001"): (Contact("192.0.2.7"),)}).host == "192.0.2.7"
    # Behind NAT somebody else answers there.
    assert reach_of(lost, Wire(), {("office", "1001"): (Contact("203.0.113.7"),)}) is None


def test_a_phone_that_gets_other_lines_is_sought_where_it_was_seen():
    """Its new line is registered by the phone that has it still."""
    line = ("office", "1001")
    mine = phone("main", "a", subnets=("192.0.2.0/24",), lines=(line,))
    there = {line: (Contact("192.0.2.7"),)}

    def hosts(seen: Seen) -> list[str]:
        known = Whereabouts(there, {mine.address: seen})
        return [each.host for each in ways_to(mine, Wire(), known)]

    assert hosts(Seen("192.0.2.8", settled=False)) == ["192.0.2.8", "192.0.2.7"]
    assert hosts(Seen("192.0.2.8", settled=True)) == ["192.0.2.7", "192.0.2.8"]
    assert hosts(Seen("192.0.2.7", settled=False)) == ["192.0.2.7"]
    assert hosts(Seen("203.0.113.8", settled=False)) == ["192.0.2.7"], "behind NAT"
    fixed = phone("main", "a", host="192.0.2.9", subnets=("192.0.2.0/24",), lines=(line,))
    known = Whereabouts(there, {fixed.address: Seen("192.0.2.8", settled=False)})
    assert [each.host for each in ways_to(fixed, Wire(), known)] == ["192.0.2.9"]


def test_what_may_be_said_there():
    inner = phone("main", "a", host="192.0.2.9", subnets=("192.0.2.0/24",))
    outer = phone("main", "a", host="198.51.100.9", subnets=("192.0.2.0/24",))
    named = phone("main", "a", host="lobby.example", subnets=("192.0.2.0/24",))
    assert [reach_of(each, Wire(), {}).plain for each in (inner, outer, named)] == [
        True, False, False,
    ]  # fmt: skip
    assert reach_of(outer, Wire(plain=True), {}).plain
    assert not inside("192.0.2.9", ("nonsense",))


def test_of_a_shared_line_the_phone_that_is_meant_is_gone_to():
    """Two phones ring for 1001, and one of them has a line of its own, too."""
    first, second, nets = ("office", "1001"), ("office", "1002"), ("192.0.2.0/24",)
    mine = phone("main", "a", lines=(first,), subnets=nets)
    other = phone("main", "b", lines=(second, first), subnets=nets)
    here, there = Contact("192.0.2.7"), Contact("192.0.2.8")
    seen = {first: (here, there), second: (there,)}
    assert reach_of(mine, Wire(), seen).host == "192.0.2.7"
    assert reach_of(other, Wire(), seen).host == "192.0.2.8"
    assert reach_of(mine, Wire(), {first: (here, there)}) is None
    for agent in ("Yealink SIP-T46S 66.86.0.15", "x 80:5e:c0:00:00:01"):
        app = Contact("192.0.2.9", "Linphone/5.2"), Contact("192.0.2.7", agent)
        assert reach_of(mine, Wire(), {first: app}).host == "192.0.2.7", "an app is no desk phone"


@pytest.mark.parametrize(
    ("contact", "host"),
    [("sip:1001@192.0.2.51:5060", "192.0.2.51"), ("sip:1001@192.0.2.51;ob", "192.0.2.51"),
     ("<sip:1001@[2001:db8::7]:5060>", "2001:db8::7"), ("sip:1001@phone.example", None),
     ("", None)],
)  # fmt: skip
def test_contacts(contact, host):
    assert host_of_contact(contact) == host


@pytest.fixture
def store(tmp_path):
    return file_store(tmp_path, {})


LOBBY = Address("phone", "main", "lobby")


def test_the_phone_s_own_login_wins_over_its_site_s(store):
    logins = Logins(store)
    assert logins.of(LOBBY) is None
    logins.save("main", Login("admin", Clear("for-all")))
    assert logins.of(LOBBY).password.reveal() == "for-all"
    logins.save(LOBBY, Login("boss", Clear("for-one")))
    found = Logins(store).of(LOBBY)
    assert (found.username, found.password.reveal()) == ("boss", "for-one")
    assert logins.forget(LOBBY)
    assert logins.of(LOBBY).password.reveal() == "for-all"


def test_the_first_certificate_is_kept(store):
    logins = Logins(store)
    logins.learn(LOBBY, Identity("yealink", "D", pin="aa"))
    logins.learn(LOBBY, Identity("yealink", "D", pin="bb"))
    logins.keep()
    again = Logins(store).wire(LOBBY)
    assert (again.pin, again.generation, again.scheme) == ("aa", "D", "https")


def test_nothing_is_written_when_nothing_was_learnt(store):
    Logins(store).keep()
    assert store.names() == ()
