"""Hand-written configuration: seen, told what it is, never ours to write."""

from collections.abc import Sequence

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.handwritten.objects import Seen, decode_hand_written
from reconciler.adapters.asterisk.sections import Family, Line, Section
from reconciler.model.address import Address
from reconciler.model.secret import Clear
from tests.unit.asterisk.make import SCOPE, at, shown

UNSAID = (
    "remove_existing no (nothing is said) becomes yes",
    "qualify_frequency 0 (nothing is said) becomes 60",
)
"""What is told of a phone whose aor leaves this to Asterisk."""

PBX = Address("pbx", "", SCOPE)


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


def seen(sections: Sequence[Section]) -> Seen:
    """Return what is told of hand-written sections."""
    return decode_hand_written(sections, SCOPE, Setup())


def test_a_phone() -> None:
    found = seen(PHONE).objects[at("extension/1001")]
    assert found.locked
    assert "pjsip.conf" in found.locked
    told = shown(found.fields)
    assert told["name"] == "Alice A"
    assert told["secret"] == "s3cret"
    assert told["max_contacts"] == 2
    assert told["codecs"] == ["ulaw", "alaw"]
    assert told["voicemail.email"] == "alice@example.org"
    assert told["settings.context"] == "internal"  # what she can reach stays what it is
    assert told["voicemail.attach"] is True
    assert "voicemail.delete_after_email" not in told  # what voicemail.conf says in general holds
    assert "s3cret" not in repr(found)
    assert "1234" not in repr(found)


def test_a_trunk() -> None:
    found = seen(TRUNK).objects[at("trunk/carrier")]
    told = shown(found.fields)
    wanted = {
        "host": "sip.example.com", "port": 5080, "mode": "register", "username": "acct42",
        "secret": "pw", "match": ["192.0.2.9"],
    }  # fmt: skip
    assert {path: told[path] for path in wanted} == wanted


def test_what_a_template_says_of_phones_is_no_news_of_a_trunk() -> None:
    lines = (("type", "aor"), ("contact", "sip:192.0.2.9"), ("max_contacts", "2"))
    aor = section("aor", "carrier", *lines, ("remove_existing", "yes"))
    trunk = [each for each in TRUNK if each.family != "aor"]
    assert "max_contacts" not in str(seen([*trunk, aor]).beyond)
    assert "remove_existing" not in str(seen([*trunk, aor]).beyond)


def test_a_queue() -> None:
    queue = section(
        "queues", "700", ("strategy", "leastrecent"), ("member", "PJSIP/1002,0,Bob,PJSIP/1002"),
        ("member", "PJSIP/1003,2"),
    )  # fmt: skip
    found = seen([queue]).objects[at("queue/700")]
    assert found.fields["strategy"] == "leastrecent"
    assert found.fields["members"] == [{"extension": "1002"}, {"extension": "1003", "penalty": 2}]
    called, renamed = seen([queue]).beyond[at("queue/700")]
    assert called == "the name of a member, in queue_log and on screens: Bob becomes 1002"
    assert renamed.startswith(
        "member PJSIP/1002 becomes Local/ring@rec-extension-1002, PJSIP/1003 becomes "
        "Local/ring@rec-extension-1003: whatever pauses, adds or removes it by the old name"
    )
    odd = section("queues", "700", ("strategy", "leastrecent"), ("member", "Agent/7"))
    assert seen([odd]).beyond == {at("queue/700"): ("member Agent/7 is left out",)}


def test_what_a_queue_does_unsaid_it_goes_on_doing() -> None:
    """Seen on 22.10: "ringinuse enabled" of a queue without such a line; in ours it is a line."""
    by_hand = section("queues", "700", ("strategy", "ringall"), ("announce-position", "no"))
    fields = seen([by_hand]).objects[at("queue/700")].fields
    held = ("ring_in_use", "announce_position", "announce_hold_time")
    assert [fields[path] for path in held] == [True, False, True]


def test_what_no_key_could_name_is_left_out() -> None:
    found = seen([section("queues", "support", ("strategy", "ringall"))])
    assert found.objects == {}
    assert found.beyond[PBX] == ("what has no name that can be declared: queue support",)


def test_what_a_section_says_itself_goes_before_its_template() -> None:
    """As Asterisk hands it out: the template's lines first; of `allow` every one counts."""
    phone = section(
        "pjsip", "1001", ("type", "endpoint"), ("context", "office"), ("aors", "1001"),
        ("disallow", "all"), ("allow", "ulaw,alaw"), ("allow", "!alaw,g722"), ("context", "sales"),
    )  # fmt: skip
    aor = section(
        "aor", "1001", ("type", "aor"), ("max_contacts", "2"), ("max_contacts", "5")
    )  # fmt: skip
    told = seen([phone, aor]).objects[at("extension/1001")].fields
    assert told["settings.context"] == "sales"
    assert told["codecs"] == ["ulaw", "g722"]
    assert told["max_contacts"] == 5


def test_a_phone_of_the_wizard() -> None:
    made = section(
        "pjsip", "1001", ("type", "wizard"), ("accepts_auth", "no"), ("accepts_auth", "yes"),
        ("accepts_registrations", "yes"), ("has_hint", "yes"), ("hint_exten", "1001"),
        ("endpoint/context", "internal"), ("endpoint/callerid", "Alice A <1001>"),
        ("endpoint/set_var", "A=1"), ("endpoint/set_var", "B=2"), ("aor/max_contacts", "2"),
        ("inbound_auth/username", "1001"), ("inbound_auth/password", Clear("s3cret")),
    )  # fmt: skip
    told = seen([made, PHONE[-1]])
    found = told.objects[at("extension/1001")]
    assert "pjsip_wizard.conf" in (found.locked or "")
    assert found.native_id == "pjsip_wizard.conf [1001]"
    fields = shown(found.fields)
    assert (fields["secret"], fields["max_contacts"]) == ("s3cret", 2)
    assert fields["settings.context"] == "internal"
    assert (fields["settings.set_var.A"], fields["settings.set_var.B"]) == ("1", "2")
    assert fields["voicemail.email"] == "alice@example.org"
    assert told.beyond == {
        at("extension/1001"): (
            "a lamp for messages in 1001@default is new",
            *UNSAID,
            "the lamp that the wizard makes in [internal] is left out",
        )
    }
    # Of two of one name the one in pjsip.conf counts.
    both = seen([*PHONE, made]).objects[at("extension/1001")]
    assert both.native_id == "pjsip.conf [1001]"


def test_a_trunk_of_the_wizard() -> None:
    made = section(
        "pjsip", "carrier", ("type", "wizard"), ("sends_auth", "yes"), ("transport", "t"),
        ("sends_registrations", "yes"), ("remote_hosts", "192.0.2.9:5080, 192.0.2.10"),
        ("outbound_auth/username", "acct42"), ("outbound_auth/password", Clear("pw")),
        ("registration/expiration", "600"), ("endpoint/context", "from-carrier"),
    )  # fmt: skip
    fields = shown(seen([made]).objects[at("trunk/carrier")].fields)
    assert fields["host"] == "192.0.2.9"
    assert fields["port"] == 5080
    assert (fields["mode"], fields["registration.expiry"]) == ("register", 600)
    assert (fields["username"], fields["secret"]) == ("acct42", "pw")
    assert fields["match"] == ["192.0.2.9", "192.0.2.10"]
    assert fields["settings.context"] == "from-carrier"
    by_address = section("pjsip", "sbc", ("type", "wizard"), ("remote_hosts", "192.0.2.11"))
    assert shown(seen([by_address]).objects[at("trunk/sbc")].fields)["mode"] == "ip"


def test_whose_box_it_is() -> None:
    """Two contexts have a box of the number: the phone says which, or nobody knows."""
    boxes = [
        section("vm", context, ("1001", Clear(f"1234,Of {context}")), shared=True)
        for context in ("office", "other")
    ]
    phone = section("pjsip", "1001", ("type", "endpoint"), ("mailboxes", "1001@office"))
    told = seen([phone, *boxes])
    assert told.objects[at("extension/1001")].fields["mailbox_context"] == "office"
    assert told.beyond[PBX] == ("voicemail.conf: boxes that are nobody's: 1001@other",)
    zones = section("vm", "zonemessages", ("eastern", "America/New_York|'vm-received' Q"))
    assert seen([zones]).beyond == {}  # no boxes at all
    unsaid = section("pjsip", "1001", ("type", "endpoint"))
    assert "voicemail.pin" not in seen([unsaid, *boxes]).objects[at("extension/1001")].fields


def test_what_a_file_of_ours_would_say_otherwise_is_told() -> None:
    auth = section(
        "pjsip", "a", ("type", "auth"), ("username", "ada"), ("md5_cred", Clear("0123abcd"))
    )
    phone = section(
        "pjsip", "1001", ("type", "endpoint"), ("auth", "a"), ("direct_media", "yes"),
        ("rtp_symmetric", "true"), ("callerid", "Ada <1001>"),
    )  # fmt: skip
    dialled = section("ext", "office", ("exten", "1,1,Answer"))
    found = seen([phone, auth, dialled]).beyond
    assert found == {
        at("extension/1001"): (
            "its password does not stand there in clear: nobody could register",
        ),
        PBX: ("extensions.conf: contexts with all that is dialled there: office",),
    }
    auth = section("pjsip", "a", ("type", "auth"), ("username", "ada"), SECRET, ("md5_cred", "x"))
    assert seen([phone, auth]).beyond[at("extension/1001")] == (
        "username ada becomes 1001", "md5_cred is left out",
    )  # fmt: skip
    quiet = seen(
        [
            section(
                "pjsip",
                "1001",
                ("type", "endpoint"),
                ("auth", "a"),
                ("context", "from-internal"),
                ("direct_media", "no"),
                ("rtp_symmetric", "true"),
                ("callerid", "Ada <1001>"),
            ),
            section("pjsip", "a", ("type", "auth"), ("username", "1001"), SECRET),
        ]
    )
    assert quiet.beyond == {}


def test_what_an_endpoint_does_where_it_says_nothing_is_kept() -> None:
    """Taken over without that, its audio would go another way."""
    auth = section("pjsip", "a", ("type", "auth"), ("username", "1001"), SECRET)
    phone = section(
        "pjsip", "1001", ("type", "endpoint"), ("auth", "a"), ("rewrite_contact", "on"),
        ("device_state_busy_at", "2"), ("callerid", "Ada <1001>"), ("transport", "udp-lan"),
    )  # fmt: skip
    found = seen([phone, auth])
    assert {path: v for path, v in found.objects[at("extension/1001")].fields.items()
            if path.startswith("settings.")} == {
        "settings.context": "default", "settings.direct_media": "yes",
        "settings.rtp_symmetric": "no", "settings.device_state_busy_at": "2",
        "settings.transport": "udp-lan",
    }  # fmt: skip
    assert found.beyond == {}


def test_calls_come_in_over_a_registration_where_they_did() -> None:
    """Without contact_user they are for `s`, and not for the user's name."""
    found = seen(TRUNK)
    fields = found.objects[at("trunk/carrier")].fields
    assert fields["registration.contact_user"] == "s"
    assert fields["settings.direct_media"] == "yes"
    unidentified = [e for e in TRUNK if ("type", "identify") not in e.lines]
    assert found.beyond[at("trunk/carrier")] == (
        "identify_by username,ip (nothing is said) becomes ip",
        "redirect_method user (nothing is said) becomes uri_pjsip",
        "client_uri becomes sip:acct42@sip.example.com:5080",
        "forbidden_retry_interval 0 (nothing is said) becomes 300",
        "fatal_retry_interval 0 (nothing is said) becomes 300",
        "max_retries 10 (nothing is said) becomes 1000000",
        "line no (nothing is said) becomes yes",
    )
    assert (
        "calls from sip.example.com are its own (identify), of which nothing is said"
        in seen(unidentified).beyond[at("trunk/carrier")]
    )


def test_by_what_others_know_a_phone_is_told_where_it_changes() -> None:
    """It registers by the aor's name, and shows its own where nobody gives it another."""
    auth = section("pjsip", "a", ("type", "auth"), ("username", "1001"), SECRET)
    phone = section("pjsip", "1001", ("type", "endpoint"), ("auth", "a"), ("aors", "desk"))
    aor = section("aor", "desk", ("type", "aor"), ("max_contacts", "1"))
    told = seen([phone, auth, aor]).beyond[at("extension/1001")]
    assert "aors desk becomes 1001: who registers as desk has to register as 1001" in told
    assert any(each.startswith("callerid (nothing is said") for each in told)


def test_a_registration_is_known_by_its_login_and_one_of_nobody_is_told() -> None:
    """It says whose it is only where it takes calls by its line."""
    registration, *others = TRUNK
    lines = [(e.variable, str(e.value)) for e in registration.lines if e.variable != "endpoint"]
    apart = section("pjsip", "to-carrier", *lines)
    assert seen([apart, *others]).objects[at("trunk/carrier")].fields["mode"] == "register"
    strange = section("pjsip", "x", ("type", "registration"), ("outbound_auth", "y"))
    assert seen([*TRUNK, strange]).beyond[PBX] == (
        "pjsip.conf: what belongs to no phone or trunk: registration x",
    )


def test_of_a_queues_strategies_the_first_counts() -> None:
    """A template's line comes first, and that is the one that Asterisk takes (seen on 22.10)."""
    lines = (("strategy", "rrmemory"), ("timeout", "15"), ("strategy", "ringall"), ("timeout", "9"))
    fields = seen([section("queues", "502", *lines)]).objects[at("queue/502")].fields
    assert (fields["strategy"], fields["timeout"]) == ("rrmemory", 9)


def test_whose_messages_they_are_need_not_be_who_calls() -> None:
    box = section("vm", "default", ("1001", Clear("1234,Reception,,,attach=no")), shared=True)
    told = seen([*PHONE[:-1], box]).objects[at("extension/1001")].fields
    assert (told["name"], told["caller_id.name"]) == ("Reception", "Alice A")
    assert "caller_id.name" not in seen(PHONE).objects[at("extension/1001")].fields


def test_a_lamp_that_nobody_had_is_told() -> None:
    watching = PHONE[0]._replace(lines=(*PHONE[0].lines, Line("mailboxes", "1001@default")))
    for phone, is_told in ((PHONE[0], True), (watching, False)):
        told = seen([phone, *PHONE[1:]]).beyond[at("extension/1001")]
        assert ("a lamp for messages in 1001@default is new" in told) is is_told


def test_a_carriers_login_need_not_be_its_number() -> None:
    auth = section("pjsip", "carrier", ("type", "auth"), ("username", "me@example.com"), SECRET)
    rest = [each for each in TRUNK if ("type", "auth") not in each.lines]
    fields = seen([*rest, auth]).objects[at("trunk/carrier")].fields
    assert (fields["username"], fields["auth_user"]) == ("acct42", "me@example.com")
    told = seen([*rest, auth]).beyond[at("trunk/carrier")]
    assert not any(each.startswith("username") for each in told)
    assert "auth_user" not in seen(TRUNK).objects[at("trunk/carrier")].fields


def test_the_usual_port_is_told_where_a_name_has_none() -> None:
    """With a port Asterisk asks for no SRV records."""
    rest = [each for each in TRUNK if each.family != "aor"]
    for host, is_told in (("192.0.2.9", False), ("sip.example.com", True)):
        aor = section("aor", "carrier", ("type", "aor"), ("contact", f"sip:{host}"))
        told = f"contact sip:{host} becomes sip:{host}:5060"
        assert (told in seen([*rest, aor]).beyond[at("trunk/carrier")]) is is_told


def test_the_user_of_a_trunks_contact_is_told() -> None:
    aor = section("aor", "carrier", ("type", "aor"), ("contact", "sip:me@sip.example.com:5080"))
    found = seen([*(each for each in TRUNK if each.family != "aor"), aor])
    assert found.objects[at("trunk/carrier")].fields["host"] == "sip.example.com"
    assert (
        "contact sip:me@sip.example.com:5080 becomes sip:sip.example.com:5080"
        in (found.beyond[at("trunk/carrier")])
    )


def test_a_phone_that_has_a_name_is_no_trunk() -> None:
    phone = section("pjsip", "maria", ("type", "endpoint"), ("auth", "a"), ("aors", "maria"))
    found = seen([phone, section("aor", "maria", ("type", "aor"), ("max_contacts", "1"))])
    assert found.objects == {}
    assert found.beyond[PBX] == ("what has no name that can be declared: endpoint maria",)


def test_damaged_sections_are_no_failure() -> None:
    odd = [
        section("pjsip", "1001"),
        section("pjsip", "1002", ("type", "endpoint"), ("callerid", "x <")),
        section("aor", "1002", ("type", "aor"), ("max_contacts", "many")), section("queues", "7"),
    ]  # fmt: skip
    proxy = section("aor", "1003", ("type", "aor"), ("outbound_proxy", "sip:u:pw-1@192.0.2.1"))
    phone = section(
        "pjsip", "1003", ("type", "endpoint"), ("auth", "a"), ("context", "rec-x"),
        ("callerid", "<1003>"),
    )  # fmt: skip
    auth = section("pjsip", "a", ("type", "auth"), ("username", "1003"), SECRET)
    told = seen([phone, proxy, auth]).beyond[at("extension/1003")]
    assert told == ("outbound_proxy is left out", *UNSAID)  # a proxy's login is a secret, too
    assert set(seen(odd).objects) == {at("extension/1002"), at("queue/7")}


def test_variables_of_a_phone_are_kept_but_for_what_may_be_secret() -> None:
    phone = section(
        "pjsip", "1001", ("type", "endpoint"), ("auth", "a"), ("set_var", "SITE=north"),
        ("callerid", "Ada <1001>"),
        ("set_var", "__DEPT=er"), ("set_var", "DOOR_PIN=4711"), ("set_var", "CALLERID(num)=1"),
    )  # fmt: skip
    auth = section("pjsip", "a", ("type", "auth"), ("username", "1001"), SECRET)
    found = seen([phone, auth])
    fields = found.objects[at("extension/1001")].fields
    assert {path: v for path, v in fields.items() if "set_var" in path} == {
        "settings.set_var.SITE": "north", "settings.set_var.__DEPT": "er",
    }  # fmt: skip
    assert found.beyond[at("extension/1001")] == (
        "the variable DOOR_PIN is left out", "the variable CALLERID(num) is left out",
    )  # fmt: skip
    assert "4711" not in repr(found)


def test_what_fields_stand_for_and_cannot_say_whole_is_told() -> None:
    phone = section(
        "pjsip", "1001", ("type", "endpoint"), ("auth", "a"), ("callerid", "Front Desk"),
        ("mailboxes", "1001@default,1099@default"),
    )  # fmt: skip
    auth = section("pjsip", "a", ("type", "auth"), ("username", "1001"), SECRET)
    line = "1234,Ada,ada@example.org,5550100@example.org,tz=central|delete=no"
    box = section("vm", "default", ("1001", Clear(line)), shared=True)
    assert seen([phone, auth, box]).beyond[at("extension/1001")] == (
        "the lamp for messages in 1099@default is left out",
        'callerid Front Desk becomes "Ada" <1001>',
        "the pager's address of its mailbox is left out",
        "tz=central of its mailbox is left out",
        "what voicemail.conf says of attach= for all boxes becomes attach=yes for its own",
    )


def test_a_carrier_calls_from_all_the_addresses_that_are_written_for_it() -> None:
    more = section(
        "pjsip", "carrier-2", ("type", "identify"), ("endpoint", "carrier"),
        ("match", "192.0.2.10/32, 192.0.2.11"),
    )  # fmt: skip
    second = section(
        "aor", "carrier", ("type", "aor"), ("contact", "sip:192.0.2.9:5060"),
        ("contact", "sip:192.0.2.10:5060"),
    )  # fmt: skip
    found = seen([*(each for each in TRUNK if each.family != "aor"), more, second])
    wanted = ["192.0.2.9", "192.0.2.10", "192.0.2.11"]
    assert found.objects[at("trunk/carrier")].fields["match"] == wanted
    told = found.beyond[at("trunk/carrier")]
    assert "contact sip:192.0.2.10:5060 is left out: a trunk has one" in told
