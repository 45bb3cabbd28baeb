"""Renderings: the files that devices will be given, by the references that stand for them. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from reconciler.adapter import Adapter
from reconciler.errors import SecretUnavailable
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Resource
from reconciler.model.secret import Clear
from reconciler.model.value import EMPTY
from reconciler.phonefiles.file import PhoneFile, UnfitSecret
from reconciler.provisioning.contents import Content, written

SCHEME: Final = "rendering"
FILES: Final = "files."


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


def rendered_in(desired: Desired, adapters: Mapping[str, Adapter]) -> Iterator[Resource]:
    """Yield the resources whose platforms hold their files."""
    return (each for each in desired.resources.values() if is_rendered(each, desired, adapters))


def is_rendered(resource: Resource, desired: Desired, adapters: Mapping[str, Adapter]) -> bool:
    """Whether a resource's platform holds its files."""
    target = desired.targets.get(resource.target)
    adapter = adapters.get(target.adapter) if target is not None else None
    support = adapter.supports.get(resource.address.kind) if adapter is not None else None
    return support is not None and support.rendered
