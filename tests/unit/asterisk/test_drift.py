"""Hand edits: which field or line they are reported as."""

from collections.abc import Callable

import pytest

from reconciler.adapters.asterisk.decode import decode
from reconciler.adapters.asterisk.meta import RENDERER
from reconciler.adapters.asterisk.sections import Family, Line, Section
from reconciler.model.live import Edit, LiveObject
from reconciler.model.value import Value
from tests.unit.asterisk.estate import office
from tests.unit.asterisk.make import (
    SCOPE,
    SETUP,
    as_read,
    at,
    read_back,
    sections_of,
    shown,
)

Lines = list[tuple[str, str]]


def edited(family: Family, name: str, edit: Callable[[Lines], Lines | None]) -> list[Section]:
    """Return the office's sections with one of them edited (None: taken out)."""
    found: list[Section] = []
    for section in as_read(sections_of(office())):
        if (section.family, section.name) != (family, name):
            found.append(section)
            continue
        lines = edit([(line.variable, str(line.value)) for line in section.lines])
        if lines is not None:
            found.append(section._replace(lines=tuple(Line(*pair) for pair in lines)))
    return found


def replacing(old: str, new: str) -> Callable[[Lines], Lines | None]:
    """Return an edit that replaces text in every line."""

    def edit(lines: Lines) -> Lines | None:
        assert any(old in value for _, value in lines)
        return [(variable, value.replace(old, new)) for variable, value in lines]

    return edit


def read_one(address: str, sections: list[Section]) -> LiveObject:
    """Return one object after reading."""
    return read_back(sections)[at(address)]


def test_what_nobody_touched_is_no_edit_although_the_field_stands_there_too() -> None:
    """A name stands in the endpoint and in the box: only the endpoint was edited."""
    found = read_one("extension/1001", edited("pjsip", "1001", replacing("Ångström", "Smith")))
    assert "Smith" in found.fields["name"]
    assert found.edits == ()


@pytest.mark.parametrize(
    ("address", "family", "section", "old", "new", "path", "value"),
    [
        ("extension/1001", "pjsip", "1001", "Ångström", "Smith", "name", None),
        ("extension/1001", "pjsip", "1001", "g722,alaw", "ulaw", "codecs", ["ulaw"]),
        ("extension/1001", "pjsip", "1001", "rfc4733", "info", "dtmf", "info"),
        ("extension/1001", "pjsip", "1001", "de", "fr", "settings.language", "fr"),
        (
            "extension/1001", "pjsip", "1001",
            "=+16035550101", "=+1999", "outbound_caller_id.number", "+1999",
        ),
        ("extension/1001", "pjsip", "1001-auth", "sip-1001", "stolen", "secret", "stolen"),
        ("extension/1001", "vm", "default", "ada@", "eve@", "voicemail.email", "eve@example.com"),
        ("extension/1001", "vm", "default", "1234", "0000", "voicemail.pin", "0000"),
        ("extension/1002", "aor", "1002", "3", "5", "max_contacts", 5),
        ("trunk/alpha", "aor", "trunk-alpha", "sip.example.com", "evil.example", "host", None),
        ("trunk/alpha", "pjsip", "trunk-alpha-reg", "acct42", "acct43", "username", "acct43"),
        ("trunk/alpha", "ext", "rec-trunk-alpha", ">=10]", ">=99]", "channels", 99),
        ("trunk/beta", "pjsip", "trunk-beta-identify", "/24", "/8", "match", ["192.0.2.0/8"]),
        ("queue/700", "queues", "700", "rrmemory", "linear", "strategy", "linear"),
        ("queue/700", "ext", "rec-queue-700", ",,,,60", ",,,,90", "max_wait", 90),
        ("ring_group/610", "ext", "rec-ring_group-610", ",15)", ",99)", "ring_time", 99),
        (
            "outbound_route/national", "ext", "rec-dial-national",
            "rec-trunk-beta", "rec-trunk-gamma", "trunks", ["alpha", "gamma"],
        ),
        ("outbound_route/world", "ext", "rec-dial-world", "7788", "0000", "pin", "0000"),
        (
            "inbound_route/+16035550100", "ext", "rec-inbound_route-p16035550100",
            "Sales: ", "Spam: ", "caller_id_prefix", "Spam: ",
        ),
        ("conference/721", "ext", "rec-conference-721", "2222", "9999", "admin_pin", "9999"),
        ("parking_lot/710", "parking", "710", "711-712", "711-799", "slots", "711-799"),
        ("music/calm", "moh", "calm", "random", "alpha", "sort", "name"),
        ("announcement/closed", "ext", "rec-play-closed", "custom/closed", "x", "file", "x"),
    ],
)  # fmt: skip
def test_a_changed_value_is_drift_of_its_field(
    address: str, family: Family, section: str, old: str, new: str, path: str, value: Value
) -> None:
    found = read_one(address, edited(family, section, replacing(old, new)))
    before = shown(office()[at(address)])
    after = shown(found.fields)
    assert after[path] != before[path]
    if value is not None:
        assert after[path] == value


def test_members_of_a_ring_group_are_read_from_the_dialplan() -> None:
    sections = edited(
        "ext", "rec-ring_group-600", replacing("rec-extension-1002", "rec-extension-1003")
    )
    found = read_one("ring_group/600", sections)
    assert found.fields["members"] == ["1001", "1003", "+16035550155"]
    assert found.edits == ()


def test_a_line_that_no_field_stands_for_is_an_edit() -> None:
    sections = edited("pjsip", "1001", lambda lines: [*lines, ("allow_transfer", "no")])
    found = read_one("extension/1001", sections)
    assert found.edits == (Edit("rec_pjsip [1001]", None, "allow_transfer = no"),)
    assert "settings.allow_transfer" not in found.fields


def test_a_changed_line_shows_both_texts() -> None:
    sections = edited("pjsip", "1001", replacing("no", "yes"))
    assert read_one("extension/1001", sections).edits == (
        Edit("rec_pjsip [1001]", "direct_media = no", "direct_media = yes"),
    )


def test_a_removed_section_is_an_edit() -> None:
    found = read_one("extension/1002", edited("aor", "1002", lambda _: None))
    assert found.edits == (Edit("rec_pjsip_aor [1002]", "4 lines", None),)


def test_an_object_without_its_main_sections_is_absent() -> None:
    found = read_back(edited("ext", "rec-ring_group-600", lambda _: None))
    assert at("ring_group/600") not in found
    assert at("ring_group/601") in found


def test_an_extension_whose_password_is_gone_has_none() -> None:
    found = read_one("extension/1001", edited("pjsip", "1001-auth", lambda _: None))
    assert "secret" not in found.fields
    assert found.edits


def test_an_edit_of_the_index_is_the_pbxs() -> None:
    sections = edited("ext", "rec-exts-01", replacing("extension-1001,", "extension-1003,"))
    held = decode(sections, SCOPE, SETUP)
    assert [edit.where for edit in held.edits] == ["rec_ext [rec-exts-01]"]
    assert not [each for each in held.objects.values() if each.edits]


def test_a_section_that_belongs_to_nothing_is_seen() -> None:
    lines = (Line("exten", "_X.,1,System(x)"), Line("same", "n,NoOp()"))
    stray = Section("ext", "backdoor", lines)
    held = decode([*as_read(sections_of(office())), stray], SCOPE, SETUP)
    edits = [edit for each in held.objects.values() for edit in each.edits]
    assert [*edits, *held.edits] == [Edit("rec_ext [backdoor]", None, "2 lines")]


def test_an_extension_added_by_hand_is_an_unmanaged_object() -> None:
    by_hand = [
        Section("pjsip", "1009", (
            Line("type", "endpoint"), Line("callerid", '"Eve" <1009>'), Line("allow", "ulaw"),
        )),
        Section("pjsip", "1009-auth", (Line("type", "auth"), Line("password", "guess-me"))),
    ]  # fmt: skip
    found = read_one("extension/1009", [*as_read(sections_of(office())), *by_hand])
    wanted = {"name": "Eve", "secret": "guess-me", "codecs": ["ulaw"]}
    assert wanted == {path: shown(found.fields)[path] for path in wanted}
    assert found.edits


def test_what_lost_its_meta_section_is_read_from_its_lines() -> None:
    found = read_one("queue/700", edited("meta", "queue/700", lambda _: None))
    assert found.fields["members"] == [{"extension": "1001"}, {"extension": "1002", "penalty": 1}]
    assert found.fields["strategy"] == "rrmemory"
    assert found.edits[-1] == Edit("rec_meta [queue/700]", "the declared fields", None)


def test_an_older_rendering_is_not_called_a_hand_edit() -> None:
    sections = edited("pjsip", "1001", replacing("no", "yes"))
    older = [
        each._replace(lines=(Line("renderer", "0"), *each.lines[1:]))
        if each.name == "extension/1001"
        else each
        for each in sections
    ]
    assert read_one("extension/1001", older).edits == (
        Edit("rendering", f"version {RENDERER}", "version 0"),
    )


def test_a_damaged_meta_line_is_an_edit_and_no_failure() -> None:
    sections = edited("meta", "ring_group/600", replacing('"ringall"', '"ringall'))
    found = read_one("ring_group/600", sections)
    assert "strategy" not in found.fields
    assert [edit.where for edit in found.edits] == ["rec_meta [ring_group/600]"]


def test_a_menu_without_options_yet_reads_back_as_such() -> None:
    # Menus that lead to each other: the first one is written without the way there.
    menu: dict[str, Value] = {"options": {}, "timeout": 8}
    found = decode(as_read(sections_of({at("ivr/main"): menu})), SCOPE, SETUP)
    assert found.objects[at("ivr/main")].fields == menu
    assert found.objects[at("ivr/main")].edits == ()


def test_secrets_in_edits_are_hidden() -> None:
    more = [("password", "other-secret"), ("realm", "sip-1001")]
    sections = edited("pjsip", "1001-auth", lambda lines: [*lines, *more])
    assert read_one("extension/1001", sections).edits == (
        Edit("rec_pjsip [1001-auth]", None, "password = ***"),
        Edit("rec_pjsip [1001-auth]", None, "realm = ***"),
    )


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("ivr/main", ("number", "800")),
        ("ring_group/600", ("members", "5")),
        ("outbound_route/national", ("patterns", '[{"no": "match"}]')),
        ("outbound_route/national", ("order", '"first"')),
        ("schedule/hours", ("open", '["always"]')),
        ("inbound_route/+16035550100", ("trunk", "{}")),
        ("extension/1001", ("nonsense", "1")),
        ("extension/1001", ("secret", '"x"')),
    ],
)
def test_a_meta_line_of_the_wrong_type_is_an_edit_and_no_failure(
    section: str, line: tuple[str, str]
) -> None:
    edit = lambda lines: [*(x for x in lines if x[0] != line[0]), line]  # noqa: E731
    found = read_one(section, edited("meta", section, edit))
    assert f"rec_meta [{section}]" in [each.where for each in found.edits]
    assert line[0] not in found.fields or line[0] == "secret" or "members" in line
