"""Estates -> files. `REWRITE_GOLDEN=1` writes the golden files anew; read the difference."""

import os
from pathlib import Path

import pytest

from reconciler.adapters.renderers import RENDERERS
from reconciler.model.secret import Secret
from reconciler.phonefiles.build import build_phone
from reconciler.phonefiles.file import MASK, PhoneFile
from reconciler.phonefiles.render import phones_of
from tests.cases.phonefiles.estate import FOLDER, VENDORS, case
from tests.cases.phonefiles.expected import EXPECTED
from tests.cases.phonefiles.readers import READERS, Parameters, read_folder

FACTS = Path(
    os.environ.get("RECONCILER_PHONE_SAMPLES")
    or FOLDER.parents[2].parent / "shared" / "facts" / "phone-samples"
)
"""Samples that lie beside the checkout, where somebody has put them."""


def rendered(vendor: str) -> dict[str, PhoneFile]:
    found = case(vendor).render()
    assert found.diagnostics == ()
    return {file.name: file for each in found.value for file in each.files}


@pytest.mark.parametrize("vendor", VENDORS)
def test_files_are_as_they_were(vendor: str) -> None:
    assert case(vendor).findings == ()
    folder = FOLDER / "golden" / vendor
    files = rendered(vendor)
    if os.environ.get("REWRITE_GOLDEN"):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, file in files.items():
            (folder / name).write_text(file.masked(), encoding="utf-8")
    assert set(files) == {each.name for each in folder.iterdir()}
    for name, file in files.items():
        assert file.masked() == (folder / name).read_text(encoding="utf-8"), name


@pytest.mark.parametrize("vendor", VENDORS)
def test_another_reader_finds_what_was_declared(vendor: str) -> None:
    found = read_folder(FOLDER / "golden" / vendor, vendor)
    for name, wanted in EXPECTED[vendor].items():
        for parameter, value in wanted.items():
            values = value if isinstance(value, list) else [value]
            assert found[name].get(parameter) == values, f"{name}: {parameter}"


@pytest.mark.parametrize("vendor", VENDORS)
def test_whatever_is_declared_stands_in_a_parameter_that_is_in_the_file(vendor: str) -> None:
    """Every parameter of the sheet is read back, and every declared value has one."""
    estate, renderer = case(vendor), RENDERERS[vendor]
    for resource in phones_of(estate.desired):
        model = renderer.models.get(resource.fields["model"])
        assert model is not None
        phone = build_phone(resource, estate.desired, estate.inventory, vendor, model).value
        sheet = renderer.sheet(phone)
        renderer.fill(phone, sheet)
        held: Parameters = {}
        for file in renderer.files(phone, sheet):
            held |= READERS[vendor](file.masked())
        said = set()
        for each in sheet.parameters:
            value = "".join(MASK if isinstance(part, Secret) else part for part in each.parts)
            assert value in held[each.name], each.name
            said |= set(each.sources)
        # Sharing is the PBX's doing; the firmware of Poly phones stands in the master file, the
        # phonebook and what users may change of Snom phones in places that are no parameters.
        silent = {name for name in phone.declared if name.endswith(".shared")}
        silent |= {"firmware", "provisioning.vendor_redirect", "provisioning.dialect"}
        if vendor == "snom":
            silent |= {"features.phonebook", "provisioning.local_changes"}
        assert set(phone.declared) - said <= silent


@pytest.mark.parametrize("vendor", VENDORS)
def test_secrets_come_last(vendor: str) -> None:
    files = rendered(vendor)
    asked: list[str] = []

    def reveal(secret: Secret) -> str:
        asked.append(secret.reference or "")
        # What the phones' own pages take as a password is less than what files hold.
        return f"c4nary{'' if 'PHONE' in asked[-1] else '<&'}{len(asked)}"

    for file in files.values():
        assert "c4nary" not in file.masked()
        assert "env:" not in file.masked()
        assert "c4nary" not in repr(file)
        if file.shared:
            assert file.secrets == ()
        read = READERS[vendor](file.revealed(reveal).decode())
        values = [value for values in read.values() for value in values]
        assert sum(MASK in each for each in values) == 0
        for number in range(len(asked) - len(file.secrets) + 1, len(asked) + 1):
            ends = (f"c4nary<&{number}", f"c4nary{number}")
            assert any(each.endswith(ends) for each in values)
    assert "env:PHONE_ADMIN" in asked


def test_a_generated_secret_names_its_field() -> None:
    files = rendered("yealink")
    references = [each.reference for each in files["805ec0000003.cfg"].secrets]
    assert references[0] == "generated:extension/hq/1003/secret"


@pytest.mark.parametrize("vendor", VENDORS)
def test_bytes_do_not_depend_on_order(vendor: str) -> None:
    estate = case(vendor)
    backwards = estate._replace(
        desired=type(estate.desired)(
            dict(reversed(estate.desired.resources.items())),
            estate.desired.targets,
            sites=estate.desired.sites,
            pbxs=estate.desired.pbxs,
        )
    )
    texts = [
        [(file.name, file.masked()) for each in one.render().value for file in each.files]
        for one in (backwards, estate)
    ]
    assert texts[0] == texts[1]


SAMPLES: dict[str, dict[str, dict[str, list[str]]]] = {
    "yealink": {
        "00156500aa01.boot": {
            "include:config": ["y000000000066.cfg", "00156500aa01.cfg"], "overwrite_mode": ["1"],
        },
        "00156500aa01.cfg": {
            "account.1.user_name": ["201"],
            "account.1.password": ["p=w #1"],
            "static.security.user_password": ["admin:Sample-1", "user:Sample-2"],
            "linekey.1.label": [""],
            "account.2.label": ["%NULL%"],
        },
    },
    "grandstream": {
        "cfg000b8200aa02.xml": {"mac": ["000b8200aa02"], "P35": ["202"], "P3": ["A & <B>"]},
        "cfgc074ad00aa03.xml": {
            "account.1.sip.userid": ["203"],
            "account.2.sip.userid": ["204"],
            "provisioning.config.protocol": ["HTTPS"],
        },
    },
    "polycom": {
        "64167f00aa04.cfg": {
            "APP_FILE_PATH": [""], "CONFIG_FILES": ["site.cfg, [PHONE_MAC_ADDRESS]-lines.cfg"],
        },
        "64167f00aa04-lines.cfg": {"reg.1.address": ["205"], "lineKey.1.category": ["Line"]},
        "64167f00aa04-directory.xml": {"speed dial": ["Ben/206/1"]},
    },
    "snom": {
        "snomD785-00041300AA05.htm": {
            "user_name.1": ["207"], "fkey.1": ["blf <sip:208@pbx.example.test>"],
        },
    },
    "fanvil": {
        "0c383e00aa06.cfg": {
            "sip/line.1/RegisterUser": ["209"], "sip/line.2/EnableReg": ["0"],
            "web/account.1/Name": ["admin"],
        },
    },
}  # fmt: skip
"""Files in the shapes that phones are known to take, and what a phone understands of them."""


@pytest.mark.parametrize("vendor", sorted(SAMPLES))
def test_readers_understand_what_phones_take(vendor: str) -> None:
    """The readers judge our files, so they must take files that phones are known to take."""
    for name, wanted in SAMPLES[vendor].items():
        found = READERS[vendor]((FOLDER / "samples" / vendor / name).read_text(encoding="utf-8"))
        assert {each: found.get(each) for each in wanted} == wanted, name


@pytest.mark.skipif(
    not FACTS.is_dir(), reason=f"{FACTS} IS NOT THERE: the readers were not tried on its samples"
)
@pytest.mark.parametrize("vendor", sorted(SAMPLES))
def test_every_sample_of_the_vendors_is_read(vendor: str) -> None:
    samples = sorted((FACTS / "config" / vendor).iterdir())
    assert samples
    for sample in samples:
        assert READERS[vendor](sample.read_text(encoding="utf-8")), sample


def test_every_row_of_the_tables_cites_a_source() -> None:
    for vendor in RENDERERS.values():
        for model in vendor.models.all:
            assert model.sources, model.name
            assert model.accounts >= 1, model.name
            weak = {"accounts", "keys", "modules", "module_keys", "module_models"}
            assert model.weak <= weak, model.name
