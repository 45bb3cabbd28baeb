"""Renderings: the files that devices will be given, by the references that stand for them. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from reconciler.adapter import Adapter
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.errors import SecretUnavailable
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Removed, Resource
from reconciler.model.secret import Clear, Secret
from reconciler.model.value import EMPTY, Fields
from reconciler.phonefiles.file import NO_FILES, PhoneFile, UnfitSecret
from reconciler.provisioning.contents import Content, written
from reconciler.provisioning.watched import Reads

SCHEME: Final = "rendering"
FILES: Final = "files."
_OURS: Final = (FILES, "access.")


class Handout(NamedTuple):
    """What a device is given: its files, what it shows to get them; and what is wrong with them."""

    files: tuple[PhoneFile, ...] = ()
    access: Fields = EMPTY
    findings: tuple[Diagnostic, ...] = ()


class Rendered(NamedTuple):
    """What all devices are given, who is given nothing, and what was looked at for that, by file.

    Devices are in the order of their addresses.
    """

    handouts: Mapping[Address, Handout] = EMPTY
    withdrawn: tuple[Address, ...] = ()
    reads: Mapping[str, Reads] = EMPTY

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """Everything that is wrong with the files, once."""
        return tuple(dict.fromkeys(e for each in self.handouts.values() for e in each.findings))


class Renderings(NamedTuple):
    """Files by what references call them (`phone/main/lobby/805ec0f00121.cfg`).

    Reveals those references: a file is made of the secrets that stand in it.
    """

    files: Mapping[str, PhoneFile] = EMPTY

    def needs(self, name: str) -> Sequence[str]:
        """Return the references of the secrets in a file."""
        return [each.reference or "" for each in self._file(name).secrets]

    def value(self, name: str, reveal: Callable[[str], str]) -> Clear:
        """Return a file's content. Raises SecretUnavailable for a value that it cannot hold."""
        file = self._file(name)
        try:
            text = file.revealed(lambda secret: reveal(secret.reference or "")).decode()
        except UnfitSecret as unfit:
            owner = name.removesuffix(f"/{file.name}")
            raise SecretUnavailable(f"{owner}: {unfit}.") from None
        return Clear(written(Content(text, file.masked(), file.media_type, file.shared)))

    def masked(self, address: Address, path: str) -> str | None:
        """Return the text of a field's file with secrets masked; None when there is none."""
        found = self.files.get(f"{address}/{path.removeprefix(FILES)}")
        return None if found is None else found.masked()

    def _file(self, name: str) -> PhoneFile:
        found = self.files.get(name)
        if found is None:
            raise SecretUnavailable(
                f"The file {name} is not rendered from the files any more.",
                hint="make a new plan: reconciler plan",
            )
        return found


def with_files(desired: Desired, rendered: Rendered) -> tuple[Desired, Renderings]:
    """Return an estate with what its devices are given, and the files.

    Who shall be given nothing (decommissioned, disabled) is no longer wanted there: what was
    published is withdrawn.
    """
    if not rendered.handouts and not rendered.withdrawn:
        return desired, Renderings()
    resources = dict(desired.resources)
    files: dict[str, PhoneFile] = {}
    for address, handout in rendered.handouts.items():
        resource = resources[address]
        fields = {**resource.fields, **handout.access}
        subnets = desired.sites.get(address.scope, EMPTY).get("subnets")
        if address.kind == "phone" and subnets:
            fields["access.subnets"] = list(subnets)
        for file in handout.files:
            name = f"{address}/{file.name}"
            files[name] = file
            fields[f"{FILES}{file.name}"] = Secret(f"{SCHEME}:{name}")
        resources[address] = resource._replace(fields=fields)
    gone = [resources.pop(address) for address in rendered.withdrawn]
    removed = tuple(
        Removed(e.address, destroy=True, origin=e.place_of(out_of_use(e) or ""), line=e.line)
        for e in gone
    )
    wanted = desired._replace(resources=resources, removed=(*desired.removed, *removed))
    return wanted, Renderings(files)


def without_files(desired: Desired, devices: Iterable[Resource]) -> Desired:
    """Return an estate without what its devices were given."""
    bare = {
        each.address: each._replace(
            fields={path: v for path, v in each.fields.items() if not path.startswith(_OURS)}
        )
        for each in devices
    }
    return desired._replace(resources={**desired.resources, **bare})


def out_of_use(resource: Resource) -> str | None:
    """Return the field that takes a device out of use; None when it is in use."""
    if resource.fields.get("lifecycle") in NO_FILES:
        return "lifecycle"
    return "enabled" if resource.fields.get("enabled") is False else None


def rendered_in(desired: Desired, adapters: Mapping[str, Adapter]) -> Iterator[Resource]:
    """Yield the resources whose platforms hold their files."""
    held = {
        (name, kind)
        for name, target in desired.targets.items()
        if (adapter := adapters.get(target.adapter)) is not None
        for kind, support in adapter.supports.items()
        if support.rendered
    }
    if held:
        for each in desired.resources.values():
            if (each.target, each.address.kind) in held:
                yield each


def is_rendered(resource: Resource, desired: Desired, adapters: Mapping[str, Adapter]) -> bool:
    """Whether a resource's platform holds its files."""
    target = desired.targets.get(resource.target)
    adapter = adapters.get(target.adapter) if target is not None else None
    support = adapter.supports.get(resource.address.kind) if adapter is not None else None
    return support is not None and support.rendered
