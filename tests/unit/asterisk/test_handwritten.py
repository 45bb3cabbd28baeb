"""Hand-written configuration: seen, told what it is, never ours to write."""

from reconciler.adapters.asterisk.handwritten import decode_hand_written
from reconciler.adapters.asterisk.sections import Family, Line, Section
from reconciler.model.secret import Clear
from tests.unit.asterisk.make import SCOPE, at, shown


def section(
    family: Family, name: str, *lines: tuple[str, str | Clear], shared: bool = False
) -> Section:
    """Return a section as it is read."""
    return Section(family, name, tuple(Line(*each) for each in lines), shared)


BOX = "1234,Alice A,alice@example.org,,attach=yes"
PHONE = (
    section(
        "pjsip", "1001", ("type", "endpoint"), ("auth", "1001"), ("aors", "1001"),
        ("callerid", '"Alice A" <1001>'), ("allow", "ulaw,alaw"), ("context", "internal"),
    ),
    section("pjsip", "1001", ("type", "auth"), ("username", "1001"), ("password", Clear("s3cret"))),
    section("aor", "1001", ("type", "aor"), ("max_contacts", "2")),
    section("vm", "default", ("1001", Clear(BOX)), shared=True),
)  # fmt: skip
SECRET = ("password", Clear("pw"))
TRUNK = (
    section(
        "pjsip", "carrier", ("type", "registration"), ("outbound_auth", "carrier"),
        ("client_uri", "sip:acct42@sip.example.com"), ("endpoint", "carrier"),
    ),
    section("pjsip", "carrier", ("type", "auth"), ("username", "acct42"), SECRET),
    section("aor", "carrier", ("type", "aor"), ("contact", "sip:sip.example.com:5080")),
    section(
        "pjsip", "carrier", ("type", "endpoint"), ("outbound_auth", "carrier"), ("aors", "carrier")
    ),
    section(
        "pjsip", "carrier", ("type", "identify"), ("endpoint", "carrier"), ("match", "192.0.2.9")
    ),
)  # fmt: skip


def test_a_phone() -> None:
    found = decode_hand_written(PHONE, SCOPE)[at("extension/1001")]
    assert found.locked
    assert "pjsip.conf" in found.locked
    told = shown(found.fields)
    assert told["name"] == "Alice A"
    assert told["secret"] == "s3cret"
    assert told["max_contacts"] == 2
    assert told["codecs"] == ["ulaw", "alaw"]
    assert told["voicemail.email"] == "alice@example.org"
    assert "s3cret" not in repr(found)
    assert "1234" not in repr(found)


def test_a_trunk() -> None:
    found = decode_hand_written(TRUNK, SCOPE)[at("trunk/carrier")]
    told = shown(found.fields)
    wanted = {
        "host": "sip.example.com", "port": 5080, "mode": "register", "username": "acct42",
        "secret": "pw", "match": ["192.0.2.9"],
    }  # fmt: skip
    assert {path: told[path] for path in wanted} == wanted


def test_a_queue() -> None:
    queue = section(
        "queues", "700", ("strategy", "leastrecent"), ("member", "PJSIP/1002,0,Bob,PJSIP/1002"),
        ("member", "PJSIP/1003,2"),
    )  # fmt: skip
    found = decode_hand_written([queue], SCOPE)[at("queue/700")]
    assert found.fields["strategy"] == "leastrecent"
    assert found.fields["members"] == [{"extension": "1002"}, {"extension": "1003", "penalty": 2}]


def test_what_no_key_could_name_is_left_out() -> None:
    assert decode_hand_written([section("queues", "support", ("strategy", "ringall"))], SCOPE) == {}


def test_damaged_sections_are_no_failure() -> None:
    odd = [
        section("pjsip", "1001"),
        section("pjsip", "1002", ("type", "endpoint"), ("callerid", "x <")),
        section("aor", "1002", ("type", "aor"), ("max_contacts", "many")), section("queues", "7"),
    ]  # fmt: skip
    assert set(decode_hand_written(odd, SCOPE)) == {at("extension/1002"), at("queue/7")}
