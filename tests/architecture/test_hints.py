"""Commands that the program's own texts name exist, and take the options that they are given."""

import ast
from collections.abc import Iterator
from pathlib import Path

import reconciler
from tests.cli.hints import wrong_hints

SOURCE = Path(reconciler.__file__).parent


def _texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield every text with its line; what is filled in at run time is a word."""
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(each) for each in node.values}
            parts = [str(e.value) if isinstance(e, ast.Constant) else "NAME" for e in node.values]
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant):
            text = "" if id(node) in inside else node.value
            if isinstance(text, str):
                yield node.lineno, text


def test_every_command_that_is_named_would_be_understood() -> None:
    wrong = [
        f"{file.relative_to(SOURCE)}:{line}: {each}"
        for file in sorted(SOURCE.rglob("*.py"))
        for line, text in _texts(ast.parse(file.read_text(encoding="utf-8")))
        if "reconciler " in text
        for each in wrong_hints(text)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_command_in_the_documents_would_be_understood() -> None:
    documents = [*SOURCE.parent.glob("*.md"), *SOURCE.rglob("*.md")]
    wrong = [
        f"{file.name}: {each}"
        for file in sorted(documents)
        for each in wrong_hints(file.read_text(encoding="utf-8"))
    ]
    assert not wrong, "\n".join(wrong)
