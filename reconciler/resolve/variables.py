"""Variables: Jinja2 in a phone's texts, sandboxed and strict. No placeholder survives.

Imported when the first such text is met: most estates have none, and Jinja2 takes its time.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reconciler.model.value import Value
from reconciler.resolve.texts import is_text_template

_FILTERS: Final = (
    "capitalize", "default", "first", "int", "join", "last", "length", "lower", "replace", "title",
    "trim", "truncate", "upper",
)  # fmt: skip
_LONGEST: Final = 4096


class VariableProblem(Exception):
    """A text that cannot be rendered: which code it is, and why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class _Sandbox(ImmutableSandboxedEnvironment):
    """Names, conditions and short loops; nothing that can run away with time or memory."""

    intercepted_binops = frozenset(("*", "**", "%"))

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=False, cache_size=0)
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.globals.clear()

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Look names up in sections only: `phone.keys` is the phone's keys, not a method."""
        if isinstance(obj, dict):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Compute with small whole numbers only."""
        numbers = isinstance(left, int) and isinstance(right, int)
        if operator == "**" or not numbers or max(abs(left), abs(right)) > 10**9:
            raise SecurityError(f"the operator {operator} is not available here")
        return super().call_binop(context, operator, left, right)


class Variables:
    """Renders texts, each compiled once."""

    def __init__(self) -> None:
        self._sandbox = _Sandbox()
        self._compiled: dict[str, Template] = {}

    def render(self, text: str, names: Mapping[str, Value]) -> str:
        """Return the text with its variables filled in. Raises VariableProblem."""
        try:
            compiled = self._compiled.get(text)
            if compiled is None:
                if text.count("{%") > 20:
                    raise VariableProblem("bad-template-text", "it has too many {% %}")
                compiled = self._compiled[text] = self._sandbox.from_string(text)
            rendered = compiled.render(names)
        except UndefinedError as error:
            raise VariableProblem("undefined-variable", _unknown_name(str(error))) from error
        except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
            raise VariableProblem("bad-template-text", _not_rendered(str(error))) from error
        if is_text_template(rendered):
            raise VariableProblem("bad-template-text", "a {{ }} is left after rendering")
        if len(rendered) > _LONGEST:
            raise VariableProblem("bad-template-text", "the result is longer than 4,096 characters")
        return rendered


def _not_rendered(says: str) -> str:
    """Put Jinja2's words about a text that it cannot render into ours."""
    if "no loader" in says:
        return "other files cannot be included here"
    return says.rstrip(".")


def _unknown_name(says: str) -> str:
    """Put Jinja2's words about an unknown name into ours."""
    found = re.search(r"has no (?:attribute|element) '?(\w+)'?", says)
    if found:
        return f'there is no "{found[1]}" in what stands before it'
    found = re.search(r"'(\w+)' is undefined", says)
    return f'the name "{found[1]}" is not known' if found else says
