"""What became of phones after an apply, on the terminal: who was told, written to, seen, left."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from reconciler.model.address import Address
from reconciler.planning.phones.errands import Errand
from reconciler.planning.phones.fleet import Member
from reconciler.planning.phones.telling import Untold
from reconciler.views.terminal.page import PLAIN, Look, Page, Role, command
from reconciler.views.words import count, listed, moment

_SHOWN: Final = 12
"""How many phones are told one by one."""
_STATES: Final[dict[str, tuple[str, Role]]] = {
    "failed": ("failed", "error"), "in_doubt": ("in doubt", "error"), "skipped": ("waits", "warn"),
}  # fmt: skip


def settled_text(
    told: int,
    untold: Sequence[Untold],
    proved: Sequence[Member],
    errands: Sequence[Errand] = (),
    look: Look = PLAIN,
    *,
    run: int | None = None,
) -> str:
    """Return what became of phones; empty for nothing."""
    page = Page(look)
    written = Counter(each.state for each in errands if each.how == "push")["done"]
    if written:
        page.add(f"{count(written, 'phone')} written to, what can be read back is equal.")
    if told:
        page.add(f"{count(told, 'phone')} told to fetch.")
    if proved:
        page.add(
            (f"{count(len(proved), 'phone')} seen to use what was published", "good"),
            f": {listed([each.address.key for each in proved], 8)}.",
        )
    reasons: dict[str, list[str]] = {}
    for each in untold:
        reasons.setdefault(each.reason, []).append(each.address.key)
    for reason, names in reasons.items():
        verb = reason if len(names) == 1 else _many(reason)
        page.add((f"{listed(names, 8)} {verb}.", "warn"), hang=2)
    shown = [each for each in errands if each.state != "done" and each.how != "resync"]
    _list(page, shown)
    if run is not None and any(each.is_open for each in errands):
        page.add("Continue with:  ", command(f"reconciler apply --resume {run}"))
    return page.text() if told or untold or proved or written or shown else ""


def compared_text(
    errands: Sequence[Errand], pushed: Collection[Address], look: Look = PLAIN
) -> str:
    """Return what phones hold otherwise than it is declared, and which could not be read."""
    page = Page(look)
    same = sum(each.state == "done" for each in errands)
    verb = "holds" if same == 1 else "hold"
    page.add(f"{count(same, 'phone')} {verb} what is declared.")
    for each in errands:
        if each.state == "failed":
            name = f"{each.address.scope}/{each.address.key}"
            hint = f"reconciler phones resync {name}"
            if each.address in pushed:
                hint = "reconciler apply writes it again"
            page.add((f"! {each.address}  ", "error"), each.detail, indent=2, hang=4)
            page.add(("hint: ", "note"), hint, indent=4)
        elif each.state == "skipped":
            page.add((f"? {each.address}  ", "warn"), _said(each, look), indent=2, hang=4)
    return page.text()


def _list(page: Page, errands: Sequence[Errand]) -> None:
    """Name the phones that are not done, each with why and since or until when."""
    alike: dict[tuple[str, str], list[str]] = {}
    for each in errands:
        alike.setdefault((each.state, _said(each, page.look)), []).append(each.address.key)
    for (state, said), names in list(alike.items())[:_SHOWN]:
        word, role = _STATES[state]
        word = "wait" if word == "waits" and len(names) > 1 else word
        page.add((f"{listed(names, 8)} ", "bold"), (word, role), f": {said}", hang=2)
    if len(alike) > _SHOWN:
        page.add(f"and {len(alike) - _SHOWN:,} more; reconciler status --full lists all", hang=2)
    for hint in _hints(errands):
        page.add(("hint: ", "note"), hint, indent=2, hang=2)


def _said(errand: Errand, look: Look) -> str:
    said = errand.detail
    if errand.since and errand.seen == "off":
        said += f", since {moment(errand.since, look.zone)}"
    if errand.until:
        said += f"; not tried before {moment(errand.until, look.zone)}"
    reads = errand.how == "read" and errand.state != "failed"
    return f"could not be read back: {said}" if reads else said


def _hints(errands: Iterable[Errand]) -> list[str]:
    """Return ways out, one for all phones that need the same command."""
    commands: dict[str, list[str]] = {}
    for each in errands:
        name = f"{each.address.scope}/{each.address.key}"
        if each.hint:
            commands.setdefault(each.hint.removesuffix(f" {name}"), []).append(name)
    return [
        f"{hint} {' '.join(names[:_SHOWN])}" if hint.endswith("--save") else hint
        for hint, names in list(commands.items())[:3]
    ]


def _many(reason: str) -> str:
    first, space, rest = reason.partition(" ")
    plural = {"is": "are", "has": "have", "cannot": "cannot"}.get(first, first)
    return (
        f"{plural}{space}{rest}".replace(": it looks", ": they look")
        .replace(": it fetches when it starts, or looks", ": they fetch when they start, or look")
        .replace("look by itself", "look by themselves")
        .replace(": it is told", ": they are told")
        .replace(" its ", " their ")
    )
