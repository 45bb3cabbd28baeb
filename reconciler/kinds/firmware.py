"""Firmware: versions for a model (or a track of models), and which phones shall have which."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from reconciler.kinds.entry import Entry, Part, Seconds, fault
from reconciler.kinds.marks import Key, Reference, Scope
from reconciler.kinds.not_in_effect import NotInEffect
from reconciler.kinds.policy import Rollout
from reconciler.kinds.text import IsoDay, Line, Sha256, Slug, Url

TRACK = Key(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}(/[A-Za-z0-9][A-Za-z0-9._ -]{0,62})?",
    "vendor/model (yealink/T43U) or a track's name",
)


def _https(url: str) -> str:
    if not url.lower().startswith("https://"):
        raise PydanticCustomError("https", "firmware is fetched by https only")
    return url


class FirmwareVersion(Part):
    """A version of the firmware."""

    version: Annotated[Line, Field(min_length=1, max_length=63)]
    """Version as the phone reports it (`108.86.0.90`)."""
    url: Annotated[Url, Field(max_length=500), AfterValidator(_https)] | None = None
    """Where the file is fetched, by https."""
    file: Annotated[Line, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._(),+ -]{0,126}$")] | None = None
    """Name of the file that the provisioning server serves (`firmware_folder`), instead of url."""
    sha256: Sha256 | None = None
    """SHA-256 hash of the file; a file that has another is not used."""
    size: Annotated[int, Field(ge=1, le=4294967296)] | None = None
    """Size of the file in bytes."""
    released: IsoDay | None = None
    """Day of its release."""
    changelog: Annotated[str, Field(max_length=10000)] | None = None
    """What is new in it."""
    stable: bool = True
    """Whether it is meant for everyday use."""
    recommended: bool = False
    """Whether phones shall have it that no target names."""
    hw_revisions: list[Line] | None = None
    """Hardware revisions that it fits; all when unset."""
    from_: Annotated[list[Line] | None, Field(alias="from")] = None
    """Versions from which it can be installed at once; from others a step between is needed."""
    one_way: bool = False
    """Whether there is no way back."""


class FirmwareSelector(Part):
    """Which phones are meant: those that fit everything that is named."""

    sites: list[Annotated[str, Reference(("site",))]] | None = None
    """Sites."""
    models: list[Line] | None = None
    """Models."""
    tags: list[Slug] | None = None
    """Phones that carry one of these tags."""
    phones: list[Line] | None = None
    """Single phones, `SITE/NAME`."""


class FirmwareTarget(Part):
    """Which phones shall have which version."""

    select: FirmwareSelector | None = None
    """Which phones are meant; all when unset."""
    version: Annotated[Line, Field(min_length=1, max_length=63)]
    """Version that they shall have."""
    rollout: Annotated[
        Rollout | None,
        NotInEffect(
            "one phone of a model goes first, then all others",
            "leave it out; for a few phones first, name them with `select: {phones: [SITE/NAME]}`",
        ),
    ] = None
    """How it goes out; as the policy says when unset. No effect yet."""
    not_before: IsoDay | None = None
    """First day on which phones are updated."""
    deadline: Annotated[
        Annotated[Seconds, Field(ge=0)] | None,
        NotInEffect("`firmware compliance` names every phone that has another version"),
    ] = None
    """After how long a phone that could not be updated is reported, in seconds. No effect yet."""


class Firmware(Entry):
    """Versions for a model (or a track of models), and which phones shall have which."""

    kind: ClassVar[str] = "firmware"
    section: ClassVar[str] = "firmware"
    scope: ClassVar[Scope] = "workspace"
    key: ClassVar[Key] = TRACK

    vendor: Slug | None = None
    """Vendor, for a track; the key says it otherwise."""
    models: list[Line] | None = None
    """Models, for a track; the key says it otherwise."""
    versions: list[FirmwareVersion] = []
    """Versions that are known."""
    targets: list[FirmwareTarget] = []
    """Which phones shall have which version; the first that fits a phone counts."""

    @model_validator(mode="after")
    def _targets_are_known(self) -> "Firmware":
        known = [each.version for each in self.versions]
        for index, each in enumerate(self.versions):
            if each.url is not None and each.file is not None:
                raise fault(
                    "firmware_source", "a version has a url or a file", "versions", index, "file"
                )
        for index, version in enumerate(known):
            if version in known[:index]:
                raise fault(
                    "firmware_twice", "this version is listed twice", "versions", index, "version"
                )
        for index, target in enumerate(self.targets):
            if target.version not in known:
                raise fault(
                    "firmware_unknown",
                    "version {version} is not among the versions",
                    "targets",
                    index,
                    "version",
                    version=target.version,
                )
        return self
