"""Files as fields: who gets some, what stands in them, who gets none any more."""

from __future__ import annotations

from reconciler.adapters import ADAPTERS
from reconciler.adapters.renderers import RENDERERS
from reconciler.diagnostics.diagnostic import Checked
from reconciler.model.address import Address
from reconciler.model.resource import Desired
from reconciler.model.secret import Secret
from reconciler.provisioning.rendering import render_desired
from reconciler.provisioning.renderings import Renderings
from reconciler.resolve.resolve import resolve
from tests.unit.language.pipeline import HEAD, declared

ESTATE = f"""{HEAD}
pbxs: {{hq: {{adapter: asterisk, sip: {{host: pbx.example}}}}}}
sites: {{main: {{timezone: Europe/London, country: GB, pbx: hq, subnets: [192.0.2.0/24]}}}}
provisioning: {{base_url: "https://prov.example/p", require: [token]}}
"""
PEOPLE = f"""{HEAD}
pbx: hq
site: main
extensions: {{"1001": {{name: Ada, secret: {{secret: generated}}}}}}
templates: {{desk: {{vendor: any}}}}
phones: {{ada: {{mac: 80:5e:c0:f0:00:01, model: T54W, template: desk, lines: ["1001"]}}}}
softphones: {{mobile: {{app: linphone, extension: "1001"}}}}
"""


def rendered(people: str = PEOPLE) -> Checked[tuple[Desired, Renderings]]:
    entries = declared(ESTATE, people).value
    return render_desired(resolve(entries, ADAPTERS).value, entries, RENDERERS, ADAPTERS)


def references(secret: object) -> str | None:
    assert isinstance(secret, Secret)
    return secret.reference


def test_a_phone_has_its_files_and_what_it_shows() -> None:
    found, renderings = rendered().value
    fields = found.resources[Address("phone", "main", "ada")].fields
    files = sorted(each for each in fields if each.startswith("files."))
    assert files == [
        "files.805ec0f00001.boot",
        "files.805ec0f00001.cfg",
        "files.y000000000096.cfg",
    ]
    assert references(fields["files.805ec0f00001.cfg"]) == (
        "rendering:phone/main/ada/805ec0f00001.cfg"
    )
    assert references(fields["access.token"]) == "generated:phone/main/ada/provisioning.token"
    assert (fields["vendor"], fields["access.subnets"]) == ("yealink", ["192.0.2.0/24"])
    assert "generated:extension/hq/1001/secret" in renderings.needs(
        "phone/main/ada/805ec0f00001.cfg"
    )


def test_a_phonebook_is_made_once_for_all_phones_that_fetch_it() -> None:
    people = PEOPLE.replace(
        "desk: {vendor: any}", "desk: {vendor: any, features: {phonebook: extensions}}"
    ).replace("{ada: {", "{ben: {mac: 80:5e:c0:f0:00:02, model: T54W, template: desk}, ada: {")
    _, renderings = rendered(people).value
    books = [each for name, each in renderings.files.items() if "phonebook" in name]
    assert len(books) == 2
    assert books[0] is books[1]


def test_a_softphone_has_its_account_and_its_key() -> None:
    found, _ = rendered().value
    mobile = found.resources[Address("softphone", "hq", "mobile")]
    assert mobile.target == "softphones/hq"
    assert references(mobile.fields["access.token"]) == "generated:softphone/hq/mobile/device_key"
    assert any(each.startswith("files.") for each in mobile.fields)


def test_who_is_out_of_use_is_removed_by_its_own_entry() -> None:
    people = PEOPLE.replace("mobile: {", "mobile: {enabled: false, ").replace(
        "ada: {mac", "ada: {lifecycle: decommissioned, mac"
    )
    found, renderings = rendered(people).value
    assert [(str(e.address), e.destroy, e.origin.path[-1]) for e in found.removed] == [
        ("phone/main/ada", True, "lifecycle"),
        ("softphone/hq/mobile", True, "enabled"),
    ]
    assert [str(each) for each in found.resources] == ["extension/hq/1001"]
    assert renderings == Renderings({})


def test_what_is_wrong_with_a_file_is_a_finding() -> None:
    found = rendered(PEOPLE.replace("T54W", "T99"))
    assert [each.code for each in found.diagnostics] == ["unknown-phone-model"]


def test_rendering_again_gives_the_same() -> None:
    entries = declared(ESTATE, PEOPLE).value
    once, files = rendered().value
    twice = render_desired(once, entries, RENDERERS, ADAPTERS).value
    assert list(twice[0].resources[Address("phone", "main", "ada")].fields) == list(
        once.resources[Address("phone", "main", "ada")].fields
    )
    masked = {name: each.masked() for name, each in files.files.items()}
    assert {name: each.masked() for name, each in twice[1].files.items()} == masked
