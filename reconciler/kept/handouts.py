"""Handouts: what the devices of one file are given, as text and back, exactly as it was. Pure.

A file that many are given (a phonebook) is written once.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.kept.packing import CannotKeep, pack, unpack
from reconciler.model.address import Address
from reconciler.model.secret import Secret
from reconciler.phonefiles.file import PhoneFile, SecretRule
from reconciler.provisioning.renderings import Handout


def handouts_of(handouts: Mapping[Address, Handout]) -> Sequence[object]:
    """Return what devices are given as JSON's types. Raises CannotKeep."""
    files = {id(file): file for each in handouts.values() for file in each.files}
    numbers = {each: number for number, each in enumerate(files)}
    rows = [
        [
            *address,
            [numbers[id(file)] for file in each.files],
            pack(dict(each.access)),
            [pack(finding) for finding in each.findings],
        ]
        for address, each in handouts.items()
    ]
    return rows, [_file(each) for each in files.values()]


def handouts_in(data: Sequence[Any]) -> Iterator[tuple[Address, Handout]]:
    """Yield what `handouts_of` wrote."""
    rows, files_ = data
    files = [_as_file(*each) for each in files_]
    for kind, scope, key, numbers, access, findings in rows:
        yield (
            Address(kind, scope, key),
            Handout(
                tuple([files[each] for each in numbers]),
                unpack(access),
                tuple([unpack(each) for each in findings]),
            ),
        )


def _file(file: PhoneFile) -> Sequence[object]:
    parts = [each if each.__class__ is str else _reference(each) for each in file.parts]
    return (
        file.name, parts, file.escaping, file.media_type, file.shared, file.rules, file.folder
    )  # fmt: skip


def _reference(part: object) -> Sequence[object]:
    if part.__class__ is not Secret:
        raise CannotKeep("a part of a file")
    return (part.reference, part.fingerprint)


def _as_file(name: str, parts: Sequence[Any], *rest: Any) -> PhoneFile:
    escaping, media_type, shared, rules, folder = rest
    return PhoneFile(
        name,
        tuple([each if each.__class__ is str else Secret(*each) for each in parts]),
        escaping,
        media_type,
        shared,
        tuple(SecretRule(*each) for each in rules),
        folder,
    )
