"""Resolve: scopes, targets, needs, layers, variables, hours."""

import pytest

from reconciler.adapters import ADAPTERS
from reconciler.adapters.memory import MemoryAdapter
from reconciler.diagnostics.place import Place
from reconciler.language.decode import decode
from reconciler.language.parse import parse
from reconciler.language.source import Sources
from reconciler.model.address import Address
from reconciler.model.secret import Secret
from reconciler.resolve.resolve import resolve
from tests.unit.language.pipeline import ESTATE, HEAD, codes, declared, desired, sound, sources


def ext(key: str, pbx: str = "hq") -> Address:
    return Address("extension", pbx, key)


def test_targets_carry_settings_of_kind_and_adapter() -> None:
    estate = sound(
        desired(
            f"""{HEAD}
pbxs:
  hq: {{adapter: memory, file: x.json, sip: {{port: 5080}}}}
sites:
  office: {{timezone: Europe/London, country: GB, phones: {{adapter: memory, file: y.json}}}}
  yard: {{timezone: Europe/London, country: GB}}
"""
        )
    )
    hq = estate.targets["pbx/hq"]
    assert hq.settings == {"adapter": "memory", "file": "x.json", "sip.port": 5080}
    assert (hq.scope, hq.adapter, hq.line) == ("hq", "memory", 4)
    assert estate.targets["site/office"].settings == {"adapter": "memory", "file": "y.json"}
    assert not estate.targets["pbx/hq"].on_demand
    assert not estate.targets["site/office"].on_demand
    assert estate.targets["site/yard"].on_demand
    assert set(estate.targets) == {"pbx/hq", "site/office", "site/yard"}


def test_phones_are_given_files_where_their_site_names_no_adapter() -> None:
    estate = desired(
        f"""{HEAD}
pbxs: {{hq: {{adapter: memory}}}}
sites: {{office: {{timezone: Europe/London, country: GB}}}}
phones:
  a: {{mac: "805ec0f00121", vendor: yealink, model: T43U, lines: []}}
"""
    )
    assert sound(estate).targets["site/office"].adapter == "phones"


@pytest.mark.parametrize(
    ("adapter", "target"), [("memory", "pbx/hq"), ("asterisk", "softphones/hq")]
)
def test_softphones_are_given_files_where_their_pbx_holds_none(adapter: str, target: str) -> None:
    entries = declared(
        f"""{HEAD}
pbxs: {{hq: {{adapter: {adapter}}}}}
softphones: {{ada: {{app: linphone, extension: "1001"}}}}
extensions: {{"1001": {{name: Ada}}}}
"""
    )
    estate = resolve(entries.value, ADAPTERS).value
    assert estate.resources[Address("softphone", "hq", "ada")].target == target
    assert estate.targets[target].adapter == ("memory" if adapter == "memory" else "phones")


def test_needs_in_order_and_without_the_outside() -> None:
    estate = sound(
        desired(
            ESTATE,
            """\
            extensions:
              "1001": {name: a, forward: {busy: "1001", no_answer: "+441134960100"}}
              "1002": {name: b}
            ring_groups:
              "600": {name: g, members: ["1002", "1001", "1002", "01134960100"], no_answer: hangup}
            ivrs:
              main:
                announcement: hello
                options: {"1": ring_group/600, "2": voicemail/1002, "3": external/999}
            announcements: {hello: {file: hello.wav}}
            """,
        )
    )
    needs = {str(address): each.needs for address, each in estate.resources.items()}
    assert needs["extension/hq/1001"] == ()
    assert needs["ring_group/hq/600"] == (ext("1002"), ext("1001"))
    assert needs["ivr/hq/main"] == (
        Address("announcement", "hq", "hello"),
        Address("ring_group", "hq", "600"),
        ext("1002"),
    )


def test_references_across_pbxs() -> None:
    estate = sound(
        desired(
            f"{HEAD}pbxs: {{hq: {{adapter: memory}}, lab: {{adapter: memory}}}}\n",
            'pbx: lab\nextensions: {"1": {name: a}}\n',
            "pbx: hq\ninbound_routes: {any: {destination: lab:extension/1}}\n",
        )
    )
    assert estate.resources[Address("inbound_route", "hq", "any")].needs == (ext("1", "lab"),)


PHONES = """\
sites:
  office:
    timezone: Europe/London
    country: GB
    phones:
      adapter: memory
      credentials: {username: admin, password: {secret: "store:admin"}}
      settings: {features: {language: Welsh}, raw: {a.b: site}}
pbxs: {hq: {adapter: memory}}
templates:
  house:
    vendor: yealink
    features: {language: English, time_format: 24h}
    line_keys: [{speed: "999"}, {blf: extension/1001}, {speed: "1", position: 9}]
    raw: {a.b: house, c: house}
  desk: {vendor: yealink, extends: house, sip: {srtp: optional}, raw: {c: null}}
extensions: {"1001": {name: Ada, secret: {secret: generated}}}
"""


def phone(text: str) -> object:
    estate = sound(desired(HEAD + PHONES + "phones:\n  p: " + text))
    return estate.resources[Address("phone", "office", "p")]


def test_layers_weakest_first() -> None:
    found = phone('{mac: "805ec0f00121", model: T, template: desk, lines: [], sip: {srtp: off}}')
    fields = found.fields  # type: ignore[attr-defined]
    password = fields.pop("credentials.password")
    assert isinstance(password, Secret)
    assert fields == {
        "features.language": "Welsh",
        "features.time_format": "24h",
        "raw.a.b": "site",
        "raw.c": None,
        "credentials.username": "admin",
        "sip.srtp": "off",
        "keys": [
            {"speed": "external/999"}, {"blf": "extension/1001"},
            {"speed": "external/1", "position": 9},
        ],
        "mac": "80:5e:c0:f0:01:21", "model": "T", "lines": [],
    }  # fmt: skip
    place = found.place_of  # type: ignore[attr-defined]
    site = ("sites", "office", "phones", "settings")
    assert place("features.language") == Place("a.yaml", 0, (*site, "features", "language"))
    assert place("raw.a.b") == Place("a.yaml", 0, (*site, "raw", "a.b"))
    assert place("raw.c") == Place("a.yaml", 0, ("templates", "desk", "raw", "c"))
    assert place("sip.srtp") == Place("a.yaml", 0, ("phones", "p", "sip", "srtp"))
    assert found.needs == (ext("1001"),)  # type: ignore[attr-defined]


def test_own_keys_are_laid_over_those_of_the_template() -> None:
    found = phone(
        '{mac: "805ec0f00121", model: T, template: desk, lines: [], '
        'keys: [{speed: "112"}, {dtmf: "1", position: 3}, {url: u, module: 1}]}'
    )
    assert found.fields["keys"] == [  # type: ignore[attr-defined]
        {"speed": "external/112", "position": 1},
        {"blf": "extension/1001", "position": 2},
        {"dtmf": "1", "position": 3},
        {"speed": "external/1", "position": 9},
        {"url": "u", "module": 1, "position": 1},
    ]


def test_a_key_without_a_position_comes_after_the_one_before_it() -> None:
    found = phone(
        '{mac: "805ec0f00121", model: T, lines: [], '
        'keys: [{dtmf: "1", position: 3}, {dtmf: "2"}, {url: u, module: 1}, {dtmf: "3"}], '
        "template: desk}"
    )
    keys = found.fields["keys"]  # type: ignore[attr-defined]
    assert [each["position"] for each in keys if each.get("dtmf")] == [3, 4, 5]


def test_the_nearest_template_s_vendor_counts() -> None:
    found = declared(
        """
        site: office
        pbxs: {hq: {adapter: memory}}
        sites: {office: {timezone: Europe/London, country: GB, phones: {adapter: memory}}}
        templates:
          any: {vendor: yealink}
          desk: {vendor: snom, extends: any}
        phones: {p: {mac: "805ec0f00121", model: T, template: desk, lines: []}}
        """
    )
    defaults = {"yealink": {"sip.srtp": "off"}, "snom": {"sip.srtp": "required"}}
    estate = sound(resolve(found.value, ADAPTERS, defaults))
    phone_ = estate.resources[Address("phone", "office", "p")]
    assert phone_.fields["sip.srtp"] == "required"


def test_a_site_s_template_is_taken_where_none_is_named() -> None:
    text = HEAD + PHONES.replace(
        "adapter: memory\n      cred", "adapter: memory\n      template: desk\n      cred"
    )
    estate = sound(desired(text + 'phones: {p: {mac: "805ec0f00121", model: T, lines: []}}'))
    assert estate.resources[Address("phone", "office", "p")].fields["sip.srtp"] == "optional"


def test_variables() -> None:
    found = phone(
        '{mac: "805ec0f00121", model: T43U, lines: [{extension: "1001", '
        'label: "{{ extension.name }} ({{ line.extension }})"}], location: "{{ site.country }}", '
        'features: {hotline: "{{ lines[0].extension }}", '
        "language: \"{% if phone.model == 'T43U' %}Yes{% endif %}\", "
        "ring_tone: \"{{ phone.name }}/{{ phone.mac | replace(':', '') | upper }}\"}}"
    )
    fields = found.fields  # type: ignore[attr-defined]
    assert fields["lines"] == [{"extension": "1001", "label": "Ada (1001)"}]
    assert fields["location"] == "GB"
    assert fields["features.hotline"] == "1001"
    assert fields["features.language"] == "Yes"
    assert fields["features.ring_tone"] == "p/805EC0F00121"


@pytest.mark.parametrize(
    "text",
    ["{{ extension.secret }}", "{{ site.phones.credentials.password }}", "{{ pbx.nothing }}"],
)
def test_secrets_and_unknown_names_are_undefined(text: str) -> None:
    estate = desired(
        HEAD + PHONES + 'phones: {p: {mac: "805ec0f00121", model: T, lines: ["1001"], '
        f'location: "{text}"}}}}'
    )
    assert codes(estate.diagnostics) == ["undefined-variable"]


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'a' * 999999999 }}", "{% for a in range(10) %}{% endfor %}",
        "{{ ''.__class__.__mro__ }}", "{{ '%099999999d' % 1 }}", "{{ phone | pprint }}",
        "{{ 'a'.center(999999999) }}",
    ],
)  # fmt: skip
def test_nothing_escapes_the_sandbox(text: str) -> None:
    estate = desired(
        HEAD + PHONES + 'phones: {p: {mac: "805ec0f00121", model: T, lines: [], '
        f'location: "{text}"}}}}'
    )
    assert estate.has_errors


def test_schedules_get_their_zone_and_closed_days() -> None:
    estate = sound(
        desired(
            ESTATE,
            """\
            calendars:
              own: {days: [2026-12-24 13:00-24:00, 12-25], years: [2026, 2027]}
            schedules:
              hours: {open: [Mon-Fri 08:00-17:00], closed_on: [own], open_to: hangup,
                closed_days: [2026-05-04, "08-01"], closed_to: hangup}
            """,
        )
    )
    hours = estate.resources[Address("schedule", "hq", "hours")]
    assert hours.fields["timezone"] == "Europe/London"
    assert hours.place_of("timezone") == Place("a.yaml", 0, ("pbxs", "hq", "timezone"))
    assert hours.fields["closed_days"] == [
        "08-01", "2026-05-04", "2026-12-24 13:00-24:00", "2026-12-25", "2027-12-25",
    ]  # fmt: skip


def test_single_sections_are_merged() -> None:
    estate = sound(
        desired(
            ESTATE,
            'policy: {rails: {too-many-deletes: {count: 3}}, protected_numbers: ["999"]}',
            "policy: {require_reason: true}\nworkspace: {name: w}",
        )
    )
    assert estate.policy == {
        "rails": {"too-many-deletes": {"count": 3}},
        "protected_numbers": ["999"],
        "require_reason": True,
    }
    assert estate.workspace == {"name": "w"}


def test_meta() -> None:
    estate = sound(
        desired(
            ESTATE,
            """\
            defaults: {extensions: {protect: true}}
            extensions:
              "1": {name: a, ignore: [ring_time], on_delete: forget, note: n}
            """,
        )
    )
    meta = estate.resources[ext("1")].meta
    assert (meta.protect, meta.ignore, meta.on_delete, meta.note) == (
        True, ("ring_time",), "forget", "n",
    )  # fmt: skip


def test_a_file_that_cannot_be_read_excuses_what_it_may_have_held() -> None:
    estate = desired(
        ESTATE,
        'ring_groups: {"600": {name: g, members: ["1001", "1002"]}}',
        f'{HEAD}extensions: {{"1001": [',
    )
    assert codes(estate.diagnostics) == ["malformed-yaml", "unknown-reference"]
    assert '"1002"' in estate.diagnostics[1].detail


def test_what_stands_where_nothing_could_be_read_is_not_said_to_be_missing() -> None:
    group = f'{ESTATE}ring_groups: {{"600": {{name: g, members: ["1001"]}}}}\n'
    unknown_version = 'apiVersion: reconciler/v9\nextensions: {"1001": {name: a}}\n'
    assert codes(desired(group, unknown_version).diagnostics) == ["unknown-api-version"]
    strange = 'nonsense: {"1001": {name: a}}'
    assert codes(desired(group, strange).diagnostics) == ["unknown-section"]
    as_list = 'extensions: [{number: "1001", name: a}]'
    assert codes(desired(group, as_list).diagnostics) == ["wrong-type"]
    missing = decode(parse(Sources(sources(group).files, missing=True)).value)
    assert resolve(missing.value, {"memory": MemoryAdapter()}).diagnostics == ()


def test_a_second_entry_at_an_address_is_looked_at_too() -> None:
    estate = desired(
        ESTATE,
        'extensions: {"1001": {name: a}}',
        'extensions: {"1001": {name: b, forward: {busy: "1009"}}}',
    )
    assert codes(estate.diagnostics) == ["duplicate-address", "unknown-reference"]
