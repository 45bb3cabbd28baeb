"""A device's fields as what is published, and back. Pure.

The files stand in rows of their own. Everything else, and what the device was told of its site's
shared files, is kept in the owner's record, which is encrypted as a whole.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from reconciler.model.address import Address
from reconciler.model.codec import canonical
from reconciler.model.secret import Clear, Secret
from reconciler.model.value import Fields, Value
from reconciler.provisioning.contents import Content, read_content, written
from reconciler.provisioning.renderings import FILES
from reconciler.provisioning.store.holdings import Holding
from reconciler.provisioning.store.records import Access, Publication, PublishedFile

SOFTPHONES: Final = ""
"""Where the store keeps softphones: they belong to no site."""


def site_of(kind: str, scope: str) -> str:
    """Return the site under which the store keeps a device."""
    return scope if kind == "phone" else SOFTPHONES


def publication_of(owner: Address, fields: Fields) -> tuple[Publication, tuple[PublishedFile, ...]]:
    """Return what is published of a device, and the files that it shares with its site."""
    contents = {
        path.removeprefix(FILES): read_content(value.reveal())
        for path, value in fields.items()
        if path.startswith(FILES) and isinstance(value, Clear)
    }
    own = {name: each for name, each in contents.items() if not each.shared}
    shared = {name: each for name, each in contents.items() if each.shared}
    kept = {path: v for path, v in fields.items() if path.removeprefix(FILES) not in own}
    publication = Publication(
        owner,
        site_of(owner.kind, owner.scope),
        tuple(_file(name, each) for name, each in sorted(own.items())),
        mac=str(fields["mac"]).replace(":", "").lower() if fields.get("mac") else None,
        vendor=str(fields.get("vendor") or ""),
        model=str(fields.get("model") or ""),
        subnets=tuple(fields.get("access.subnets") or ()),
        uses=tuple(sorted(shared)),
        facts={"app": str(fields["app"])} if fields.get("app") else {},
        record=_record(kept),
        access=Access(*(_shown(fields.get(f"access.{name}")) for name in Access._fields)),
    )
    return publication, tuple(_file(name, each) for name, each in sorted(shared.items()))


def _shown(value: Value) -> str:
    return value.reveal() if isinstance(value, Clear) else str(value or "")


def fields_of(holding: Holding, shared: frozenset[str]) -> dict[str, Value]:
    """Return a device's fields as they are held; files that others have edited are not there."""
    kept = _read_record(holding.record) if holding.record is not None else {}
    fields = {
        path: value
        for path, value in kept.items()
        if not path.startswith(FILES) or path.removeprefix(FILES) in shared
    }
    for name, content in holding.files.items():
        fields[f"{FILES}{name}"] = Clear(written(content))
    return fields


def merged(now: Mapping[str, Value], new: Fields) -> dict[str, Value]:
    """Return fields with what is written laid over them.

    None takes a file away. A secret without a value is what is held now.
    """
    fields = dict(now)
    for path, value in new.items():
        if isinstance(value, Secret):
            continue
        if value is None and path.startswith(FILES):
            fields.pop(path, None)
        else:
            fields[path] = value
    return fields


def _file(name: str, content: Content) -> PublishedFile:
    return PublishedFile(name, content.media_type, content.text.encode(), masked=content.masked)


_CLEAR: Final = "$clear"


def _record(fields: Fields) -> bytes:
    return canonical(_plain(fields)).encode()


def _plain(value: Value) -> Any:
    if isinstance(value, Clear):
        return {_CLEAR: value.reveal()}
    if isinstance(value, Mapping):
        # A key of people's own that begins with a `$` gets a second one.
        return {f"${k}" if k[:1] == "$" else k: _plain(each) for k, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value


def _read_record(record: bytes) -> dict[str, Value]:
    read: dict[str, Value] = _sealed(json.loads(record))
    return read


def _sealed(value: Any) -> Value:
    if isinstance(value, list):
        return [_sealed(each) for each in value]
    if isinstance(value, dict):
        if set(value) == {_CLEAR}:
            return Clear(value[_CLEAR])
        return {k[1:] if k[:1] == "$" else k: _sealed(each) for k, each in value.items()}
    return value
