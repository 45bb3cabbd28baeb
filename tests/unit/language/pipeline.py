"""Texts through the stages, for tests."""

from textwrap import dedent

from reconciler.adapters.memory import MemoryAdapter
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.kinds.declaration import Declarations
from reconciler.language.decode import decode
from reconciler.language.node import Nodes
from reconciler.language.parse import parse
from reconciler.language.source import Source, Sources
from reconciler.model.resource import Desired
from reconciler.resolve.resolve import resolve

HEAD = "apiVersion: reconciler/v1\n"
ESTATE = f"""\
{HEAD}pbxs:
  hq: {{adapter: memory, timezone: Europe/London, country: GB}}
sites:
  office: {{timezone: Europe/London, country: GB, phones: {{adapter: memory}}}}
"""


def sources(*texts: str) -> Sources:
    """Return texts as files a.yaml, b.yaml, ..."""
    named = zip("abcdefgh", texts, strict=False)
    return Sources(
        {
            f"{name}.yaml": Source(f"{name}.yaml", dedent(text), f"sha-{name}")
            for name, text in named
        }
    )


def parsed(*texts: str) -> Checked[Nodes]:
    """Return the nodes of texts."""
    return parse(sources(*texts))


def declared(*texts: str) -> Checked[Declarations]:
    """Return what texts declare; the apiVersion is added where it is missing."""
    whole = [each if "apiVersion" in each else HEAD + dedent(each) for each in texts]
    nodes = parsed(*whole)
    found = decode(nodes.value)
    return Checked(found.value, nodes.diagnostics + found.diagnostics)


def desired(*texts: str) -> Checked[Desired]:
    """Return the estate of texts, with a PBX `hq` and a site `office` where none are."""
    whole = texts if any("pbxs:" in each for each in texts) else (ESTATE, *texts)
    found = declared(*whole)
    resolved = resolve(found.value, {"memory": MemoryAdapter()})
    return Checked(resolved.value, found.diagnostics + resolved.diagnostics)


def sound(checked: Checked[Desired]) -> Desired:
    """Return the estate after asserting that nothing was found."""
    assert checked.diagnostics == (), checked.diagnostics
    return checked.value


def codes(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    """Return the findings' codes in order."""
    return [each.code for each in diagnostics]
