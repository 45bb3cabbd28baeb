"""Models: what a phone model can hold, one row per model, read from an adapter's `models.yaml`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from reconciler.diagnostics.suggest import closest


@dataclass(frozen=True, slots=True)
class Model:
    """A model. `keys` are programmable keys on the phone itself, `modules` how many may follow.

    `weak` names the figures that no firm source confirms: beyond them is a warning, not an error.
    `traits` are the vendor's own distinctions (firmware family, file names, dialect).
    """

    name: str
    accounts: int
    keys: int
    modules: int = 0
    module_keys: int = 0
    module_models: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    hw_revisions: tuple[str, ...] = ()
    weak: frozenset[str] = frozenset()
    sources: tuple[str, ...] = ()
    traits: Mapping[str, str] = field(default_factory=dict)


class Models:
    """A vendor's models by every name that people use."""

    def __init__(self, models: Iterable[Model]) -> None:
        self.all: tuple[Model, ...] = tuple(models)
        self._by_name: dict[str, Model] = {}
        for model in self.all:
            for name in (model.name, *model.aliases):
                if _folded(name) in self._by_name:
                    raise ValueError(f"two models are called {name}")
                self._by_name[_folded(name)] = model

    def get(self, name: str) -> Model | None:
        """Return the model that is meant by a name (`T46S`, `sip-t46s`, `VVX 411`)."""
        return self._by_name.get(_folded(name))

    def near(self, name: str) -> str | None:
        """Return the model whose name looks most like this one."""
        return closest(name.upper(), [each.name for each in self.all])


def _folded(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter not in " -_")


def models_of(package: str) -> Models:
    """Return the models that an adapter's package names in its `models.yaml`."""
    import yaml  # here: who only compares models has no use for it

    text = files(package).joinpath("models.yaml").read_text(encoding="utf-8")
    return read_models(yaml.load(text, yaml.CSafeLoader))


_OWN = frozenset(
    ("name", "accounts", "keys", "modules", "module_keys", "module_models", "aliases",
     "hw_revisions", "weak", "sources")
)  # fmt: skip


def read_models(document: Mapping[str, Any]) -> Models:
    """Return the models of a `models.yaml`: `sources` by name, `defaults` by family, `models`.

    A row takes what its family says and adds its own. Raises ValueError for a row without a
    source, or with one that is not listed: nobody could tell later where a figure came from.
    """
    sources: Mapping[str, str] = document["sources"]
    families: Mapping[str, Mapping[str, Any]] = document["families"]
    models = []
    for row in document["models"]:
        whole = {**families[row["family"]], **row}
        cited = tuple(whole.get("sources", ()))
        if not cited or any(each not in sources for each in cited):
            raise ValueError(f"model {row['name']} cites no listed source")
        models.append(_model(whole, cited))
    return Models(models)


def _model(row: Mapping[str, Any], cited: tuple[str, ...]) -> Model:
    return Model(
        name=row["name"],
        accounts=row["accounts"],
        keys=row["keys"],
        modules=row.get("modules", 0),
        module_keys=row.get("module_keys", 0),
        module_models=tuple(row.get("module_models", ())),
        aliases=tuple(row.get("aliases", ())),
        hw_revisions=tuple(row.get("hw_revisions", ())),
        weak=frozenset(row.get("weak", ())),
        sources=cited,
        traits={name: str(value) for name, value in row.items() if name not in _OWN},
    )
