"""Entries as the YAML that people write."""

from collections.abc import Mapping

from reconciler.kinds.entry import (
    Part,
    part_fields,
)
from reconciler.model.secret import Secret
from reconciler.model.value import Fields, Value


def unflatten(fields: Fields, model: type[Part]) -> dict[str, object]:
    """Return dotted paths as the nested mapping that people write, in the kind's field order."""
    parts = part_fields(model)
    nested: dict[str, object] = {}
    below: dict[str, dict[str, Value]] = {}
    for path, value in fields.items():
        head, dot, rest = path.partition(".")
        if dot and head in parts:
            below.setdefault(head, {})[rest] = value
        else:
            nested[path] = written(value)
    for head, inside in below.items():
        part = parts[head]
        nested[head] = (
            unflatten(inside, part)
            if part is not None
            else {key: written(value) for key, value in sorted(inside.items())}
        )
    order = {name: index for index, name in enumerate(model.model_fields)}
    return dict(sorted(nested.items(), key=lambda item: (order.get(item[0], 99), item[0])))


def written(value: Value) -> object:
    """Return a value as YAML's types; a secret as its reference."""
    if isinstance(value, Secret):
        return {"secret": value.reference}
    if isinstance(value, list):
        return [written(each) for each in value]
    if isinstance(value, dict):
        return {key: written(each) for key, each in value.items()}
    return value


def document_text(
    scope: str, section: str, entries: Mapping[str, object], shared: Mapping[str, object]
) -> str:
    """Return a document: what the section's entries share as its defaults, then the entries."""
    import yaml

    class _Dumper(yaml.SafeDumper):
        """Quotes what YAML would read as something else than text, with double quotes."""

        def choose_scalar_style(self) -> str:
            style: str = super().choose_scalar_style()
            return '"' if style == "'" else style

    head = f"apiVersion: reconciler/v1\npbx: {scope}\n\n"
    body = yaml.dump(
        {**({"defaults": {section: dict(shared)}} if shared else {}), section: dict(entries)},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
        default_flow_style=None,
    )
    return head + body
