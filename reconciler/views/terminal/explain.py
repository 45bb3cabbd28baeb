"""Explain on the terminal: each setting, who said it, and what that won over."""

from collections.abc import Iterable, Mapping, Sequence

from reconciler.diagnostics.place import Place
from reconciler.language.locate import locate
from reconciler.model.address import parse_address
from reconciler.resolve.explain import Explained
from reconciler.views.cells import cells, clean, pad
from reconciler.views.terminal.page import PLAIN, Look, Page
from reconciler.views.units import with_unit
from reconciler.views.values import show


def explain_text(
    subject: str, told: Sequence[Explained], texts: Mapping[str, str], look: Look = PLAIN
) -> str:
    """Return every setting with its value, its layer and its line; overridden ones below it."""
    page = Page(look)
    page.add((subject, "bold"))
    if not told:
        page.add("Nothing is set here.", indent=2)
        return page.text()
    lines = places(told, texts)
    address = parse_address(subject)
    kind = address.kind if address else ""
    column = min(max(cells(clean(each.setting)) for each in told) + 2, page.width * 2 // 5)
    values = [with_unit(kind, each.setting, each.value, show(each.value)) for each in told]
    wide = max((cells(each) for each in values if cells(each) <= page.width // 3), default=0)
    for each, value in zip(told, values, strict=True):
        name = pad(clean(each.setting), column)
        if cells(name) > column:
            name += "  "
        page.add(
            (name, "bold"), pad(value, wide), (f"  {each.layer}", "dim"),
            indent=2, hang=column + 2,
            right=(lines.get(each.place, "") if each.place else "", "dim"),
        )  # fmt: skip
        for said in reversed(each.overridden):
            lost = with_unit(kind, each.setting, said.value, show(said.value))
            page.add(
                (f"over {lost}  {said.layer}", "dim"), indent=column + 2, hang=column + 4,
                right=(lines.get(said.place, "") if said.place else "", "dim"),
            )  # fmt: skip
    return page.text()


def places(told: Iterable[Explained], texts: Mapping[str, str]) -> dict[Place, str]:
    """Return each place as `users.yaml:12`."""
    wanted = [each.place for each in told]
    wanted += [said.place for each in told for said in each.overridden]
    spans = locate([place for place in wanted if place is not None], texts)
    return {place: f"{span.file}:{span.line}" for place, span in spans.items()}
