"""What mistakes hide: what nobody could look at because of them, and may be wrong as well. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from reconciler.adapter import Adapter
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.planning.held import SECTIONS
from reconciler.provisioning.renderings import out_of_use, rendered_in
from reconciler.views.words import count, listed
from reconciler.workflow.declare import Declared, wrong_entries


def unjudged(
    declared: Declared, found: Sequence[Diagnostic], adapters: Mapping[str, Adapter]
) -> Iterator[str]:
    """Yield in words what is looked at once the errors that were `found` are mended."""
    unread = declared.declarations.unread
    half = [file for file, text in declared.sources.texts.items() if text in unread.texts]
    if half:
        yield f"the rest of {listed(half)}"
    if unread.files:
        yield "what may be declared in the files that could not be read"
    wrong = wrong_entries(found, declared.declarations)
    for target in declared.desired.targets.values():
        if (SECTIONS[target.id.partition("/")[0]], target.scope) in wrong:
            there = sum(e.target == target.id for e in declared.desired.resources.values())
            if there:
                yield f"what {target.scope} can hold of its {count(there, 'object')}"
    made = {name.rpartition("/")[0] for name in declared.renderings.files}
    devices = [e for e in rendered_in(declared.desired, adapters) if out_of_use(e) is None]
    missing = sum(str(each.address) not in made for each in devices)
    if missing:
        yield f"the files of {count(missing, 'phone')}"
