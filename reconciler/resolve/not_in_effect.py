"""What is declared and has no effect, said where it stands."""

from collections.abc import Iterator

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.kinds.declaration import Declaration
from reconciler.kinds.not_in_effect import declared_in_vain


def check_effect(declaration: Declaration) -> Iterator[Diagnostic]:
    """Yield a warning for each field of the entry that no stage acts on."""
    for path, mark in declared_in_vain(declaration.entry):
        name = ".".join(each for each in path if isinstance(each, str))
        model = declaration.model
        whose = f"{model.section}." if model.single else f"{model.kind}/{declaration.key}: "
        yield found(
            "not-in-effect",
            f"{whose}{name} has no effect yet: {mark.instead}.",
            declaration.origins.get(name) or declaration.place.at(*path).key(),
            hint=mark.way,
        )
