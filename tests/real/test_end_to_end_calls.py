"""From YAML to voices: one estate, applied by the command to an empty PBX, and who rings then."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.real.asterisk.fetch import Prefix
from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk.phones import Behaviour, Outside, Phone, rang_order
from tests.real.asterisk.ports import pick_address
from tests.real.conftest import has_failed
from tests.real.dialplan_lab import leave_message, rung
from tests.real.estate import Office, office, secret

STRATEGIES = {
    "601": "ringall",
    "602": "ringall-prim",
    "603": "hunt",
    "604": "memoryhunt",
    "605": "firstavail",
    "606": "firstnotonphone",
    "607": "random",
    "608": "rrmemory",
    "609": "rrordered",
}
MEMBERS = ("1001", "1002", "1003")
MAIN, CLIENT = "+16035550100", "+16035550177"
HELP_FINDS_ADA = "+16035550191"

ESTATE = """\
apiVersion: reconciler/v1
pbx: office

extensions:
  "1001":
    name: Ada Okafor
    secret: {secret: "env:ADA"}
    emergency_caller_id: "+16035550191"
    class_of_service: lobby
  "1002":
    name: Ben Roy
    secret: {secret: "store:ben"}
    voicemail: {pin: {secret: "store:ben-pin"}}
    emergency_caller_id: "+16035550192"
  "1003": {name: Cleo Marsh, secret: {secret: generated}, emergency_caller_id: "+16035550193"}
  "1009": {name: Dan Wu, secret: {secret: generated}, emergency_caller_id: "+16035550199"}

ring_groups:
  "600": {name: Reception, members: ["1001", "1002"], ring_time: 20}
GROUPS
ivrs:
  main: {number: "800", options: {"1": extension/1001, "2": ring_group/600}, on_timeout: hangup}

schedules:
  hours:
    number: "801"
    open: ["Mon-Sun 00:00-24:00"]
    override: closed
    open_to: extension/1001
    closed_to: voicemail/1002
  never: {open: ["Mon 00:00-00:01"], override: closed, open_to: hangup, closed_to: hangup}

trunks:
  upstream:
    host: UPSTREAM_HOST
    port: UPSTREAM_PORT
    username: office
    secret: {secret: "store:upstream"}
  first: {host: FIRST_HOST, port: FIRST_PORT, mode: ip}
  second: {host: SECOND_HOST, port: SECOND_PORT, mode: ip}

inbound_routes:
  "+16035550100": {destination: ring_group/600}
  "+16035550101": {destination: schedule/hours}
  "+16035550102": {destination: ivr/main}

outbound_routes:
  emergency: {order: 90, emergency: true, patterns: ["911"], trunks: [first, second]}
  national:
    order: 10
    patterns: [{match: 9NXXXXXXXXX, strip: 1, prepend: "+1"}]
    trunks: [first, second]
    classes: [staff]
  open-to-all: {order: 20, patterns: [{match: 8NXXXXXXXXX, strip: 1}], trunks: [first, second]}
  at-night: {order: 30, patterns: ["7XXX"], trunks: [first], schedule: never}
"""

UPSTREAM = {
    "pjsip.conf": """
[office]
type = endpoint
context = from-customer
disallow = all
allow = ulaw
aors = office
auth = office
direct_media = no
outbound_auth = office
[office]
type = auth
username = office
password = {password}
[office]
type = aor
max_contacts = 1
[subscriber]
type = endpoint
context = to-customer
disallow = all
allow = ulaw
aors = subscriber
auth = subscriber
direct_media = no
[subscriber]
type = auth
username = subscriber
password = {password}
[subscriber]
type = aor
max_contacts = 1
""",
    "extensions.conf": """
[to-customer]
exten = _+X.,1,Set(CALLERID(num)=+16035550177)
same = n,Set(contact=${{PJSIP_AOR(office,contact)}})
same = n,Dial(PJSIP/office/sip:${{EXTEN}}@{pbx},30)
[from-customer]
""",
}
"""The carrier's own Asterisk, written by hand: customers log in there, and talk through it.

Else it would send their voices another way in the middle of a call, and who follows late is not
heard.
"""


JOINED = r"\s2 basic\b"
"""Who is answered is not joined yet: what a caller presses meanwhile, nobody hears."""


class Town:
    """The office between a carrier's Asterisk and two carriers that know its address."""

    def __init__(self, here: Office, upstream: Asterisk, password: str) -> None:
        self.here = here
        self.pbx = here.pbx
        self.upstream = upstream
        self.first, self.second = here.carrier("first"), here.carrier("second")
        self.password = password

    def write(self) -> None:
        """Write the estate, with where the carriers are."""
        groups = "".join(
            f'  "{number}": {{name: {strategy}, strategy: {strategy}, ring_time: 1, '
            f"members: {list(MEMBERS)}}}\n"
            for number, strategy in STRATEGIES.items()
        )
        text = ESTATE.replace("GROUPS\n", groups + "\n")
        for name, (host, port) in {
            "UPSTREAM": self.upstream.sip_address,
            "FIRST": (self.first.host, self.first.port),
            "SECOND": (self.second.host, self.second.port),
        }.items():
            text = text.replace(f"{name}_HOST", host).replace(f"{name}_PORT", str(port))
        self.here.mine.run("secrets", "set", "upstream", stdin=self.password)
        self.here.mine.planted.add(self.password)
        self.here.declare(text)

    def mend(self) -> None:
        """End all calls, and let the carriers take some again."""
        for each in (self.pbx, self.upstream):
            each.hang_up_all()
        for carrier in (self.first, self.second):
            carrier.rest()
            if not carrier.agent.is_running:
                carrier.up()
        self.available("first")

    def available(self, trunk: str, state: str = "Avail") -> None:
        """Let Asterisk see whether a carrier answers."""
        self.pbx.cli(f"pjsip qualify trunk-{trunk}")
        self.pbx.wait_for_cli("pjsip show contacts", rf"trunk-{trunk}/\S+\s+\S+\s+{state}\b")


@pytest.fixture(scope="module")
def town(asterisk_prefix: Prefix, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Apply the estate to an empty PBX, as people do: look, save, carry out what was reviewed."""
    password = secret("Upstream")
    with Asterisk(asterisk_prefix) as pbx:
        customer = f"{pbx.host}:{pbx.sip_port}"
        extra = {n: t.format(password=password, pbx=customer) for n, t in UPSTREAM.items()}
        with (
            Asterisk(asterisk_prefix, extra=extra, host=pick_address()) as upstream,
            office(pbx, tmp_path_factory.mktemp("town")) as here,
        ):
            made = Town(here, upstream, password)
            made.write()
            _from_an_empty_pbx(here)
            yield made


def _from_an_empty_pbx(here: Office) -> None:
    run = here.mine.run
    run("plan", cold=True).says("Plan: 27 to add, 0 to change, 0 to destroy")
    run("plan", "--detailed-exitcode", expect=2)
    run("plan", "--out", "plan.json").says("reconciler apply plan.json")
    assert not list(here.pbx.etc.glob("rec_pjsip_*"))
    run("apply", "plan.json", cold=True).says("27 added, 0 changed, 0 destroyed")
    here.mine.planted |= here.generated()
    here.is_as_declared()


@pytest.fixture(scope="module")
def desks(town: Town) -> list[Phone]:
    """The phones of Ada, Ben, Cleo and Dan."""
    return town.here.phones(*MEMBERS, "1009")


@pytest.fixture(autouse=True)
def whole(request: pytest.FixtureRequest, town: Town) -> Iterator[None]:
    """End what a test that failed half-way has left, so that the others tell of themselves."""
    yield
    if has_failed(request.node):
        print(f"--- log of the office's Asterisk ---\n{town.pbx.log()[-8000:]}")  # noqa: T201
        town.mend()
    town.pbx.wait_idle()


@pytest.fixture
def at_desks(town: Town, desks: list[Phone]) -> Iterator[list[Phone]]:
    """The phones, at rest before and after."""
    rung(*desks)
    yield desks
    for each in desks:
        each.rest()


def test_people_call_each_other(town: Town, at_desks: list[Phone]) -> None:
    ada, ben, cleo, _ = at_desks
    town.here.reaches(ada, "1003", cleo)
    town.here.reaches(cleo, "1002", ben)
    assert cleo.call("4711").result().code == 404


# -- ring groups: nine strategies of one apply --


def ring(town: Town, caller: Phone, number: str) -> None:
    """Call a group that nobody answers until it gives up."""
    assert caller.call(number).result().code != 200
    town.pbx.wait_idle()


EVERYBODY = ["1001+1002+1003"]


@pytest.mark.parametrize(
    ("number", "wanted"),
    [
        ("601", EVERYBODY),
        ("602", EVERYBODY),
        ("603", ["1001", "1002", "1003"]),
        ("604", ["1001", "1001+1002", "1001+1002+1003"]),
        ("605", ["1001"]),
        ("606", ["1001"]),
    ],
    ids=list(STRATEGIES.values())[:6],
)
def test_who_rings_when_all_are_free(
    town: Town, at_desks: list[Phone], number: str, wanted: list[str]
) -> None:
    *members, caller = at_desks
    ring(town, caller, number)
    assert rung(*members) == wanted


def test_who_rings_while_the_first_is_on_a_call(town: Town, at_desks: list[Phone]) -> None:
    ada, ben, cleo, caller = at_desks
    cleo.answer()
    talk = ada.call("1003").wait_answered()
    rung(ada, ben, cleo)
    found = {}
    for number in ("602", "605", "606"):
        caller.call(number).result()
        found[STRATEGIES[number]] = rung(ada, ben, cleo)
    talk.hang_up()
    # firstavail lets Ada take a second call, firstnotonphone does not ask her.
    assert found == {"ringall-prim": [], "firstavail": ["1001"], "firstnotonphone": ["1002"]}


def test_round_robins_take_turns(town: Town, at_desks: list[Phone]) -> None:
    *members, caller = at_desks
    ada, ben, cleo = members
    for each in members:
        each.by_default = Behaviour(refuse=486)  # so that the next one rings at once

    def order(number: str) -> list[str]:
        begun = [len(each.received) for each in members]
        ring(town, caller, number)
        late = [c for each, n in zip(members, begun, strict=True) for c in each.received[n:]]
        return [c.owner.user for c in sorted(late, key=lambda c: c.arrived_at)]

    ordered = [order("609") for _ in range(4)]
    assert ordered == [
        ["1001", "1002", "1003"],
        ["1002", "1003", "1001"],
        ["1003", "1001", "1002"],
        ["1001", "1002", "1003"],
    ]
    ben.answer()  # the last who rings: the next call begins after Ben
    caller.call("608").wait_answered().hang_up()
    town.pbx.wait_idle()
    assert order("608") == ["1003", "1001", "1002"]
    orders = {tuple(order("607")) for _ in range(12)}
    assert all(sorted(each) == list(MEMBERS) for each in orders)
    assert len(orders) > 1
    assert set(rang_order(ada, ben, cleo)) == set(MEMBERS)


# -- from outside --


@pytest.fixture(scope="module")
def client(town: Town) -> Iterator[Phone]:
    """Somebody who is a customer of the carrier, too."""
    town.upstream.wait_for_cli("pjsip show contacts", r"office/sip:")
    with Phone(town.upstream, "subscriber", town.password) as phone:
        phone.register()
        yield phone


def test_a_number_of_the_registered_trunk_rings_its_group(
    town: Town, client: Phone, at_desks: list[Phone]
) -> None:
    ada, ben, cleo, _ = at_desks
    at_ben = ben.expect_call(answer_after_s=0.2)
    call = client.call(MAIN).wait_answered()
    at_ben.wait_answered()
    at_ben.wait_audio()
    call.wait_audio()
    call.hang_up()
    assert at_ben.result().caller == CLIENT
    assert rung(ada, ben, cleo) == ["1001+1002"]
    assert client.call("+16035550999").result().code >= 400


def test_a_digit_of_the_menu_reaches_its_option(
    town: Town, client: Phone, at_desks: list[Phone]
) -> None:
    at_ada = at_desks[0].expect_call(answer_after_s=0)
    call = client.call("+16035550102").wait_answered()
    town.upstream.wait_for_cli("bridge show all", JOINED)
    call.press("1", by="rtp")
    at_ada.wait_answered()
    call.hang_up()
    at_ada.wait_ended()


def test_callers_after_hours_leave_a_message(town: Town, client: Phone) -> None:
    leave_message(town.pbx, lambda: client.call("+16035550101"))
    assert len(town.pbx.voicemail_messages("1002")) == 1


# -- to the outside --


def test_calls_leave_by_the_first_trunk_that_takes_them(town: Town, at_desks: list[Phone]) -> None:
    _, ben, _, _ = at_desks
    first, second = town.first, town.second
    before = len(first.received), len(second.received)

    def new(carrier: Outside, since: int) -> list[str]:
        return carrier.dialled_numbers()[since:]

    ben.call("86035550123").wait_answered().hang_up()
    assert new(first, before[0]) == ["6035550123"]
    first.refuse_all(503)
    ben.call("86035550124").wait_answered().hang_up()
    first.answer_all()
    assert new(second, before[1]) == ["6035550124"]

    first.down()
    town.available("first", "Unavail")
    ben.call("86035550125").wait_answered().hang_up()
    first.up()
    town.available("first")
    assert new(second, before[1]) == ["6035550124", "6035550125"]


def test_help_is_called_whatever_the_class_and_the_hour(town: Town, at_desks: list[Phone]) -> None:
    ada = at_desks[0]  # of a class to which no route but the emergency route is open
    since = len(town.first.received)
    assert ada.call("96035550123").result().code >= 400
    assert ada.call("7123").result().code >= 400  # its hours never come
    assert len(town.first.received) == since
    ada.call("911").wait_answered().hang_up()
    seen = town.first.received[-1].result()
    assert (seen.dialled, seen.caller) == ("911", HELP_FINDS_ADA)
    town.first.refuse_all(503)
    ada.call("911").wait_answered().hang_up()
    town.first.answer_all()
    seen = town.second.received[-1].result()
    assert (seen.dialled, seen.caller) == ("911", HELP_FINDS_ADA)
