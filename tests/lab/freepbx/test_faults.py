"""What can be made to go wrong, and that it goes wrong as said: what is stored, what is not."""

import httpx
import pytest

from reconciler.lab.freepbx.faults import Fault
from reconciler.lab.freepbx.server import Emulator
from reconciler.lab.freepbx.state import changes
from tests.lab.freepbx.client import Client, changed

ADD = "mutation($i: addExtensionInput!) { addExtension(input: $i) { status message } }"
ALICE = {"extensionId": "1001", "name": "Alice", "email": "alice@example.com"}
RELOAD = "mutation { doreload(input: {}) { transaction_id } }"
POLL = "query($t: ID!) { fetchApiStatus(txnId: $t) { message details } }"


@pytest.fixture
def quiet(client: Client) -> Client:
    """With a token, and requests counted from now."""
    client.data("{ system { version } }")
    client.emulator.traffic.clear()
    return client


def test_too_many_requests_at_a_number_and_never_again(quiet: Client) -> None:
    quiet.emulator.faults.arm(Fault("status", at=2, status=429, retry_after_s=1))
    assert quiet.ask("{ system { version } }").status_code == 200
    before = quiet.emulator.state()
    answer = quiet.ask(ADD, i=ALICE)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert quiet.emulator.state() == before
    assert quiet.ask(ADD, i=ALICE).status_code == 200


def test_a_fault_may_wait_for_what_is_asked(quiet: Client) -> None:
    quiet.emulator.faults.arm(Fault("status", path="mutation addExtension", status=503, times=2))
    codes = [quiet.ask(ADD, i=ALICE).status_code for _ in range(3)]
    assert codes == [503, 503, 200]
    assert quiet.emulator.faults.struck == [(1, "status"), (2, "status")]


@pytest.mark.parametrize(("what", "stored"), [("drop", False), ("drop-after", True)])
def test_a_connection_ends_before_or_after_it_is_done(
    quiet: Client, what: str, stored: bool
) -> None:
    quiet.emulator.faults.arm(Fault(what))  # type: ignore[arg-type]
    with pytest.raises(httpx.RemoteProtocolError):
        quiet.ask(ADD, i=ALICE)
    assert ("users/1001/name" in quiet.emulator.state()) == stored


def test_an_answer_that_never_comes(quiet: Client) -> None:
    quiet.emulator.faults.arm(Fault("hang"))
    quiet.http.timeout = httpx.Timeout(0.3)
    with pytest.raises(httpx.ReadTimeout):
        quiet.ask(ADD, i=ALICE)
    assert "users/1001/name" not in quiet.emulator.state()


def test_says_ok_and_does_nothing(quiet: Client) -> None:
    quiet.emulator.faults.arm(Fault("ignore"))
    before = quiet.emulator.state()
    assert quiet.data(ADD, i=ALICE)["addExtension"]["status"] is True
    assert quiet.emulator.state() == before


def test_a_form_that_is_taken_and_not_stored(quiet: Client) -> None:
    form = changed(quiet.form("display=trunks&tech=PJSIP"), trunk_name="carrier-a")
    quiet.emulator.faults.arm(Fault("ignore", path="form trunks addtrunk"))
    assert quiet.send("display=trunks", form).status_code == 302
    assert quiet.ajax("module=core&command=getJSON&jdata=allTrunks") == []


def test_a_session_ends_in_the_middle(quiet: Client) -> None:
    quiet.emulator.faults.arm(Fault("lose-session", at=2))
    assert quiet.ajax("module=core&command=getJSON&jdata=allTrunks") == []
    assert 'id="loginform"' in quiet.page("display=trunks&tech=PJSIP").text
    assert quiet.ajax("module=core&command=getJSON&jdata=allTrunks") == {
        "error": "Not Authenticated"
    }
    quiet.log_in()
    assert quiet.ajax("module=core&command=getJSON&jdata=allTrunks") == []


def test_a_token_ends_in_the_middle(quiet: Client) -> None:
    quiet.emulator.faults.arm(Fault("expire-token", at=1))
    answer = quiet.ask("{ system { version } }")
    if quiet.emulator.pbx.version.is_17:
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, 9)
    else:
        assert (answer.status_code, answer.json()["error"]) == (401, "access_denied")


def test_asterisk_away_for_one_request_leaves_half_an_extension(quiet: Client) -> None:
    quiet.emulator.faults.arm(Fault("asterisk-down", path="addExtension"))
    answer = quiet.ask(ADD, i=ALICE)
    assert quiet.emulator.pbx.credentials.own_ami_password in answer.text
    state = quiet.emulator.state()
    assert state["devices/1001/description"] == "Alice"
    assert "users/1001/name" not in state
    assert not any(key.startswith("sip/1001/") for key in state)


def _outcome(client: Client) -> tuple[str, str]:
    number = client.data(RELOAD)["doreload"]["transaction_id"]
    reload = client.emulator.pbx.reloads.all[int(number)]
    if reload.ends_at is not None:
        reload.ends_at = 0.0
    status = client.data(POLL, t=number)["fetchApiStatus"]
    return status["message"], status["details"]


def test_apply_config_that_fails_that_hangs_and_that_is_not_alone(quiet: Client) -> None:
    reloads = quiet.emulator.pbx.reloads
    quiet.data(ADD, i=ALICE)
    reloads.fails_with = "Unable to write /etc/asterisk/extensions.conf"
    assert _outcome(quiet) == ("Failed", reloads.fails_with)
    assert not quiet.emulator.pbx.in_effect
    reloads.fails_with = ""
    quiet.emulator.pbx.asterisk_is_up = False
    assert _outcome(quiet) == ("Failed", "Asterisk is not connected")
    quiet.emulator.pbx.asterisk_is_up = True
    somebody = reloads.occupy(seconds=60)
    assert _outcome(quiet) == ("Failed", "Process is already running.")
    somebody.ends_at = 0.0
    assert _outcome(quiet) == ("Executed", "Successfully reloaded")
    assert quiet.emulator.pbx.in_effect
    reloads.hangs = True
    assert _outcome(quiet) == ("Processing", "")


def test_faults_over_http() -> None:
    with Emulator(control=True) as emulator:
        url = f"{emulator.url}/_lab"
        httpx.post(f"{url}/fault", json={"what": "status", "status": 503})
        assert httpx.get(f"{emulator.url}/admin/config.php").status_code == 503
        assert httpx.get(f"{url}/traffic").json()["counts"] == {"page": 1}
        assert httpx.get(f"{url}/state").json() == emulator.state()
    with Emulator() as emulator:
        assert httpx.get(f"{emulator.url}/_lab/state").status_code == 404


def test_requests_are_counted_by_what_they_are(quiet: Client) -> None:
    quiet.data("{ system { version } }")
    quiet.data(ADD, i=ALICE)
    quiet.export("extensions")
    quiet.rest("core/users")
    quiet.send("display=trunks", quiet.form("display=trunks&tech=PJSIP"))
    counts = quiet.emulator.traffic.counts
    assert counts == {"query": 1, "mutation": 1, "export": 1, "rest": 1, "page": 1, "form": 1}
    assert quiet.emulator.traffic.writes == 2


def test_only_what_was_asked_for_differs_in_the_state(quiet: Client) -> None:
    before = quiet.emulator.state()
    form = changed(quiet.form("display=conferences&view=form"), account="900", name="Board")
    quiet.send("display=conferences", form)
    found = changes(before, quiet.emulator.state())
    assert {key.rpartition("/")[0] for key in found} == {"meetme/900"}
