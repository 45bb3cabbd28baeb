"""Sealing what people want and what platforms answer, and revealing on the way out."""

import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from reconciler.diagnostics.place import Place
from reconciler.errors import SecretUnavailable
from reconciler.execution.secrets.fingerprint import Fingerprints
from reconciler.execution.secrets.seal import (
    reveal_requests,
    reveal_settings,
    seal_desired,
    seal_fields,
    seal_live,
    seal_made,
)
from reconciler.execution.secrets.sources import Secrets
from reconciler.execution.secrets.store import file_store
from reconciler.model.address import Address
from reconciler.model.live import LiveObject, TargetLive
from reconciler.model.resource import Desired, Moved, Resource
from reconciler.model.secret import Clear, Secret
from reconciler.model.step import Request
from reconciler.model.target import Target
from reconciler.model.value import Fields, Value

ADA = Address("extension", "ferrybank", "1001")
BEN = Address("extension", "ferrybank", "1002")
CANARY = "canary-5ec2et-value"
FILE = Place("users.yaml", 0, ("extensions", "1001"))
PRINTS = Fingerprints(b"k" * 32)


def _secrets(folder: Path, environ: Mapping[str, str] | None = None) -> Secrets:
    return Secrets(
        file_store(folder / ".reconciler", {}), environ=environ or {}, folder=folder, schemes={}
    )


def _desired(fields: Mapping[Address, Fields], *moved: Moved) -> Desired:
    return Desired(
        {
            address: Resource(address, "pbx/ferrybank", each, FILE, 3)
            for address, each in fields.items()
        },
        {},
        moved=moved,
    )


def test_desired_and_live_have_equal_fingerprints_for_equal_values(tmp_path: Path) -> None:
    desired = _desired({ADA: {"name": "Ada", "secret": Secret("env:ADA")}})
    sealed = seal_desired(desired, _secrets(tmp_path, {"ADA": CANARY}), PRINTS)
    live = TargetLive("t", objects={ADA: LiveObject(ADA, {"secret": Clear(CANARY)})})
    assert not sealed.diagnostics
    ours = sealed.value.resources[ADA].fields["secret"]
    assert ours.reference == "env:ADA"
    assert ours == seal_live(live, PRINTS, {}).objects[ADA].fields["secret"]
    assert ours != seal_live(live, Fingerprints(b"x" * 32), {}).objects[ADA].fields["secret"]


def test_secrets_inside_lists_and_maps_are_sealed_too(tmp_path: Path) -> None:
    fields = {"members": [{"secret": Secret("env:ADA")}], "settings.x": {"a": Secret("env:ADA")}}
    sealed = seal_desired(_desired({ADA: fields}), _secrets(tmp_path, {"ADA": CANARY}), PRINTS)
    found = sealed.value.resources[ADA].fields
    live = LiveObject(
        ADA,
        {"members": [{"secret": Clear(CANARY)}], "settings.x": {"a": Clear(CANARY)}},
    )
    assert seal_live(TargetLive("t", objects={ADA: live}), PRINTS, {}).objects[ADA].fields == found


def test_sealing_whole_objects_is_sealing_each_field(tmp_path: Path) -> None:
    """Secrets of their own and those inside of others, found together."""
    fields: dict[str, Value] = {
        "secret": Secret("env:ADA"),
        "voicemail.pin": Secret("generated"),
        "kept": Secret(None, "5c"),
        "members": [{"secret": Secret("env:ADA")}, Secret("env:ADA")],
        "settings.x": {"a": Secret("generated")},
        "name": "Ada",
    }
    secrets = _secrets(tmp_path, {"ADA": CANARY})
    sealed = seal_desired(_desired({ADA: fields}), secrets, PRINTS).value.resources[ADA].fields
    one_by_one = {p: seal_fields({p: v}, ADA, secrets, PRINTS)[p] for p, v in fields.items()}
    assert repr_of(sealed) == repr_of(one_by_one)
    assert list(sealed) == list(fields)


def test_a_value_that_is_made_of_others_is_made_once(tmp_path: Path) -> None:
    """A phone's file is large."""

    class Counting:
        made = 0

        def needs(self, name: str) -> tuple[str, ...]:
            return ()

        def value(self, name: str, reveal: Callable[[str], str]) -> Clear:
            self.made += 1
            return Clear(f"file {name}")

    counting, secrets = Counting(), _secrets(tmp_path)
    secrets.derive("rendering", counting)
    seal_desired(_desired({ADA: {"files.a": Secret("rendering:a")}}), secrets, PRINTS)
    assert counting.made == 1


def repr_of(value: Value) -> object:
    """Return fields with references and fingerprints to be seen, in place of secrets."""
    if isinstance(value, dict):
        return {key: repr_of(each) for key, each in value.items()}
    if isinstance(value, list):
        return [repr_of(each) for each in value]
    return (value.reference, value.fingerprint) if isinstance(value, Secret) else value


def test_a_moved_object_is_fingerprinted_under_its_new_address() -> None:
    live = TargetLive("t", objects={ADA: LiveObject(ADA, {"secret": Clear(CANARY)})})
    found = seal_live(live, PRINTS, {ADA: BEN}).objects[ADA].fields["secret"]
    assert found.fingerprint == PRINTS(BEN, "secret", CANARY)


def test_objects_without_secrets_are_passed_on_as_they_are() -> None:
    live = TargetLive("t", objects={ADA: LiveObject(ADA, {"name": "Ada", "codecs": ["g722"]})})
    assert seal_live(live, PRINTS, {}) is live


def test_all_that_is_wrong_is_said_at_once_with_places_and_without_values(tmp_path: Path) -> None:
    environ = {"SHORT": "sh0rt!", "BREAK": "line1\nline2x", "PIN": "12ab", "WEAK": "1001"}
    fields = {
        "secret": Secret("env:MISSING"),
        "members": [{"secret": Secret("env:MISSING")}],
        "a.secret": Secret("env:SHORT"),
        "b.secret": Secret("env:BREAK"),
        "voicemail.pin": Secret("env:PIN"),
        "c.pin": Secret("env:WEAK"),
    }
    found = seal_desired(_desired({ADA: fields}), _secrets(tmp_path, environ), PRINTS)
    codes = [each.code for each in found.diagnostics]
    assert codes == [
        "secret-unavailable", "secret-unfit", "secret-unfit", "secret-unfit", "weak-secret",
    ]  # fmt: skip
    missing = found.diagnostics[0]
    assert missing.at == FILE.at("secret")
    assert missing.related[0].at == FILE.at("members", 0, "secret")
    assert "env:MISSING" in missing.detail
    assert missing.hint is not None
    assert found.diagnostics[3].at == FILE.at("voicemail", "pin")
    text = repr(found.diagnostics)
    assert not [value for value in environ.values() if value != "1001" and value in text]


def test_a_place_that_many_have_a_secret_from_is_shown_once(tmp_path: Path) -> None:
    fields = {"secret": Secret("env:MISSING"), "members": [{"secret": Secret("env:MISSING")}]}
    wanted = _desired({ADA: fields, BEN: fields})
    (missing,) = seal_desired(wanted, _secrets(tmp_path, {}), PRINTS).diagnostics
    assert missing.detail.endswith("It is the secret of extension/ferrybank/1001 and of 3 more.")
    assert [each.at for each in missing.related] == [FILE.at("members", 0, "secret")]


def test_generated_is_made_once_stored_first_and_never_again(tmp_path: Path) -> None:
    desired = _desired({ADA: {"secret": Secret("generated"), "voicemail.pin": Secret("generated")}})
    planned = seal_desired(desired, _secrets(tmp_path), PRINTS).value.resources[ADA].fields
    assert planned["secret"].fingerprint is None
    assert not (tmp_path / ".reconciler").exists()

    secrets = _secrets(tmp_path)
    requests = [Request("write", {"lines": [["password", planned["secret"]]]})]
    (sent,) = reveal_requests(requests, ADA, secrets)
    value = sent.args["lines"][0][1].reveal()
    assert len(value) == 32
    assert value.isalnum()
    again = seal_desired(desired, _secrets(tmp_path), PRINTS).value.resources[ADA].fields
    assert again["secret"].fingerprint == PRINTS(ADA, "secret", value)
    assert again["voicemail.pin"].fingerprint is None
    assert seal_fields(planned, ADA, _secrets(tmp_path), PRINTS)["secret"] == again["secret"]

    made = seal_desired(desired, _secrets(tmp_path), PRINTS, generate=True).value.resources[ADA]
    assert made.fields["secret"] == again["secret"]
    assert made.fields["voicemail.pin"].fingerprint is not None
    pin = _secrets(tmp_path).reveal("generated", address=ADA, path="voicemail.pin").reveal()
    assert len(pin) == 6
    assert pin.isdigit()


def test_what_is_made_after_sealing_is_sealed_as_if_all_was_sealed_again(tmp_path: Path) -> None:
    secrets = _secrets(tmp_path, {"ADA": CANARY})
    said = {"secret": Secret("generated"), "settings.key": Secret("env:ADA")}
    known = {"settings.x": [{"secret": Secret("env:ADA")}], "name": "Ben"}
    sealed = seal_desired(_desired({ADA: said, BEN: known}), secrets, PRINTS).value
    made = sealed.resources[ADA].fields["secret"]
    assert made.fingerprint is None
    assert seal_made(sealed, secrets, PRINTS) is sealed
    secrets.make([made.reference])
    quick, slow = seal_made(sealed, secrets, PRINTS), seal_desired(sealed, secrets, PRINTS).value
    assert quick == slow
    assert list(quick.resources) == [ADA, BEN]
    assert quick.resources[ADA].fields["secret"].fingerprint is not None

    renewing = _secrets(tmp_path, {"ADA": CANARY})
    renewing.renew([made.reference])
    sealed = seal_desired(_desired({ADA: said, BEN: known}), renewing, PRINTS).value
    renewing.make([made.reference])
    again = seal_made(sealed, renewing, PRINTS).resources[ADA].fields["secret"].fingerprint
    assert again not in (None, quick.resources[ADA].fields["secret"].fingerprint)


def test_a_moved_object_takes_its_generated_secret_along(tmp_path: Path) -> None:
    value = _secrets(tmp_path).reveal("generated", address=ADA, path="secret").reveal()
    moved = Moved(ADA, BEN, FILE)
    wanted = _desired({BEN: {"secret": Secret("generated")}}, moved)
    sealed = seal_desired(wanted, _secrets(tmp_path), PRINTS).value.resources[BEN]
    assert sealed.fields["secret"].fingerprint == PRINTS(BEN, "secret", value)

    newcomer = _desired({ADA: {"secret": Secret("generated")}}, moved)
    fresh = seal_desired(newcomer, _secrets(tmp_path), PRINTS).value.resources[ADA]
    assert fresh.fields["secret"].fingerprint is None

    seal_desired(newcomer, _secrets(tmp_path), PRINTS, generate=True)
    seal_desired(wanted, _secrets(tmp_path), PRINTS, generate=True)
    later = _secrets(tmp_path)  # the `moved` block is gone
    assert later.reveal("generated", address=BEN, path="secret").reveal() == value
    assert later.reveal("generated", address=ADA, path="secret").reveal() != value


def test_settings_are_revealed_and_failures_name_the_reference(tmp_path: Path) -> None:
    settings = {"host": "pbx", "ami": {"password": Secret("env:AMI")}, "list": [Secret("env:AMI")]}
    target = Target("pbx/ferrybank", "ferrybank", "asterisk", settings, FILE, 1)
    found = reveal_settings(target, _secrets(tmp_path, {"AMI": CANARY}))
    assert found["ami"]["password"].reveal() == CANARY
    assert found["list"][0].reveal() == CANARY
    assert CANARY not in repr(found)
    with pytest.raises(SecretUnavailable, match="env:AMI"):
        reveal_settings(target, _secrets(tmp_path))


def test_a_secret_without_a_reference_is_left_for_the_adapter_to_keep(tmp_path: Path) -> None:
    kept = Secret(None, "ab")
    (request,) = reveal_requests([Request("w", {"x": kept})], ADA, _secrets(tmp_path))
    assert request.args["x"] is kept


def test_no_traceback_and_no_repr_shows_a_value(tmp_path: Path) -> None:
    secrets = _secrets(tmp_path, {"ADA": CANARY})
    clear = secrets.reveal("env:ADA", address=ADA, path="secret")
    try:
        raise ValueError(f"{clear} {clear!r} {[clear]}")
    except ValueError:
        assert CANARY not in traceback.format_exc()
    assert secrets.redact(f"server said {CANARY}!") == "server said ***!"
