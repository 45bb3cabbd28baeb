"""Decode: typed entries, defaults, heads, moves."""

from reconciler.diagnostics.place import Place
from reconciler.model.address import Address
from reconciler.model.secret import Secret
from tests.unit.language.pipeline import codes, declared


def test_entries_with_place_line_and_head() -> None:
    found = declared('pbx: hq\nextensions:\n  "1001": {name: Ada, ring_time: 1m}\n')
    (entry,) = found.value.of("extension")
    assert (entry.key, entry.line, entry.head.pbx) == ("1001", 4, "hq")
    assert entry.place == Place("a.yaml", 0, ("extensions", "1001"))
    assert entry.fields == {"name": "Ada", "ring_time": 60}


def test_defaults_fill_what_is_left_out_and_keep_their_places() -> None:
    found = declared(
        """\
        defaults:
          extensions:
            ring_time: 30
            voicemail: {enabled: false, attach: false}
            settings: {a: "1", b.c: "2"}
        extensions:
          "1001": {name: Ada}
          "1002": {name: Ben, ring_time: 5, voicemail: {attach: yes}, settings: {a: own}}
          "1003": {name: Cy, voicemail: null}
        """
    )
    ada, ben, cy = found.value.of("extension")
    assert found.diagnostics == ()
    assert ada.fields == {
        "name": "Ada", "ring_time": 30, "voicemail.enabled": False, "voicemail.attach": False,
        "settings.a": "1", "settings.b.c": "2",
    }  # fmt: skip
    assert ada.origins["voicemail.attach"] == Place(
        "a.yaml", 0, ("defaults", "extensions", "voicemail", "attach")
    )
    assert ben.fields == {
        "name": "Ben", "ring_time": 5, "voicemail.enabled": False, "voicemail.attach": True,
        "settings.a": "own", "settings.b.c": "2",
    }  # fmt: skip
    assert set(ben.origins) == {"voicemail.enabled", "settings.b.c"}
    assert cy.fields["voicemail.enabled"] is None


def test_defaults_do_not_change_shared_nodes() -> None:
    found = declared(
        """\
        x-box: &x {attach: yes}
        defaults: {extensions: {voicemail: {enabled: false}}}
        extensions:
          "1": {name: a, voicemail: *x}
          "2": {name: b, voicemail: *x}
        """
    )
    assert codes(found.diagnostics) == []
    assert [each.fields["voicemail.enabled"] for each in found.value.of("extension")] == [
        False, False,
    ]  # fmt: skip


def test_secrets_stay_references() -> None:
    found = declared('extensions: {"1": {name: a, secret: {secret: "env:A"}}}')
    secret = found.value.of("extension")[0].fields["secret"]
    assert isinstance(secret, Secret)
    assert secret.reference == "env:A"


def test_schemes_of_others_are_known() -> None:
    from reconciler.language.decode import decode
    from tests.unit.language.pipeline import HEAD, parsed

    nodes = parsed(HEAD + 'extensions: {"1": {name: a, secret: {secret: "vault:kv#x"}}}').value
    assert codes(decode(nodes).diagnostics) == ["unknown-secret-scheme"]
    assert decode(nodes, ("vault",)).diagnostics == ()


def test_moves_and_removals_take_the_document_s_scope() -> None:
    found = declared(
        """\
        pbx: hq
        moved: [{from: extension/1, to: extension/2}]
        removed: [{address: trunk/lab/isdn, destroy: yes}, {address: extension/9}]
        """
    )
    assert [(each.source, each.destination) for each in found.value.moved] == [
        (Address("extension", "hq", "1"), Address("extension", "hq", "2"))
    ]
    assert [(each.address, each.destroy) for each in found.value.removed] == [
        (Address("trunk", "lab", "isdn"), True),
        (Address("extension", "hq", "9"), False),
    ]


def test_a_wrong_entry_keeps_what_is_right_in_it_each_thing_in_its_place() -> None:
    found = declared(
        """\
        phones:
          lobby:
            mac: nonsense
            model: T43U
            lines: ["1001", {extension: [], label: Fax}, [x], {extension: "1002", shard: yes}]
            sip: {port: x, server: a.example.com}
            lifecycle: retired
        """
    )
    (lobby,) = found.value.of("phone")
    assert lobby.fields == {
        "model": "T43U",
        "lines": [
            {"extension": "1001"}, {"label": "Fax"}, {}, {"extension": "1002", "shared": True},
        ],
        "sip.server": "a.example.com",
    }  # fmt: skip
    assert lobby.flaws == {"mac", "lines.1.extension", "lines.2", "sip.port", "lifecycle"}
    assert len(found.diagnostics) == 6


def test_checks_over_several_fields_are_made_of_what_is_right() -> None:
    found = declared(
        """\
        trunks:
          a: {host: sip.example.com, port: x}
          b: {host: sip.example.com, mode: ipp, ignore: [hots]}
          c: {host: sip.example.com, username: u, secret: words}
        phones:
          lobby: {mac: "805ec0f00121", model: T43U, lines: [], keys: [{blf: x y, park: "70"}]}
        """
    )
    assert sorted((str(each.at.path[1:]), each.code) for each in found.diagnostics) == [  # type: ignore[union-attr]
        ("('a', 'port')", "wrong-type"),
        ("('a',)", "bad-value"),
        ("('b', 'ignore', 0)", "bad-value"),
        ("('b', 'mode')", "unknown-choice"),
        ("('c', 'secret')", "secret-literal"),
        ("('lobby', 'keys', 0, 'blf')", "bad-value"),
        ("('lobby', 'keys', 0, 'park')", "bad-value"),
    ]


def test_an_entry_that_is_no_mapping_is_there_nevertheless() -> None:
    found = declared('extensions: {"1": yes, "2": {name: b}}')
    assert [each.key for each in found.value.of("extension")] == ["1", "2"]
    assert found.value.of("extension")[0].fields == {}


def test_an_empty_section_is_nothing() -> None:
    assert declared("extensions:\ntrunks: {}\n").diagnostics == ()
