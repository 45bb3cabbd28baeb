"""Forms on their way back: what is changed in them, what else changed in them. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from reconciler.transport.html import Form

Pairs: TypeAlias = tuple[tuple[str, str], ...]
Changes: TypeAlias = Mapping[str, Sequence[str] | None]
"""Values by a field's name; None takes the field out of what is sent."""

_CATEGORIES: Final = (
    "Announcements|Call_Flow_Control|Call_Recording|Conferences|Custom_Applications|"
    "Custom_Destinations|Directory|Extensions|Feature_Code_Admin|Follow_Me|IVR|Inbound_Routes|"
    "Languages|Misc_Applications|Misc_Destinations|Paging_and_Intercom|Queues|Ring_Groups|"
    "Set_CallerID|Terminate_Call|Time_Conditions|Trunks|Voicemail|Voicemail_Blasting"
)
_CHOICE: Final = re.compile(rf"(?:{_CATEGORIES})(?P<index>[A-Za-z0-9]*)")
_OPEN: Final = frozenset({"alertinfo"})
"""Selects that offer a text of one's own beside what they list."""
_PASSING: Final = frozenset(
    [
        "action",
        "view",
        "display",
        "Submit",
        "userman_password",
        "devinfo_secret_origional",
        "route_seq",
        "extdisplay",
        "repotrunkdirection",
        "repotrunkkey",
        "reporoutedirection",
        "reporoutekey",
        "tcstate_new",
    ]
)
"""What a page has only to be sent, or makes anew each time."""


def edited(pairs: Iterable[tuple[str, str]], changes: Changes) -> Pairs:
    """Return what is sent after changes: in the page's order, what is new at the end."""
    sent: list[tuple[str, str]] = []
    done: set[str] = set()
    for name, value in pairs:
        if name not in changes:
            sent.append((name, value))
        elif name not in done:
            done.add(name)
            sent += [(name, each) for each in changes[name] or ()]
    for name, values in changes.items():
        if name not in done:
            sent += [(name, each) for each in values or ()]
    return tuple(sent)


def stored(form: Form) -> dict[str, tuple[str, ...]]:
    """Return what a form says is stored, by name.

    Of the selects that offer destinations only the chosen one's counts: the others hold whatever
    comes first in them.
    """
    found: dict[str, list[str]] = {}
    for name, value in form.pairs:
        choice = _CHOICE.fullmatch(name)
        goto = f"goto{choice['index']}" if choice is not None else ""
        if choice is not None and form.has(goto) and form.get(goto) + choice["index"] != name:
            continue
        if name not in _PASSING and not name.endswith("DESTID"):
            found.setdefault(name, []).append(value)
    return {name: tuple(values) for name, values in found.items()}


def collateral(
    before: Form, after: Form, changes: Changes, *, passing: Iterable[str] = ()
) -> dict[str, tuple[str, ...]]:
    """Return what changed in a form without being asked: name -> what was there before."""
    was, now = stored(before), stored(after)
    free = frozenset(passing)
    return {
        name: was.get(name, ())
        for name in sorted(was.keys() | now.keys())
        if name not in changes
        and name not in free
        and was.get(name, ()) != now.get(name, ())
        and not _stands_for(name, changes)
    }


def _stands_for(name: str, changes: Changes) -> bool:
    """Whether a destination's select changed because its category did."""
    choice = _CHOICE.fullmatch(name)
    return choice is not None and f"goto{choice['index']}" in changes


def not_offered(form: Form, changes: Changes) -> str | None:
    """Return the first value that a select or radio of the page does not offer, in words.

    A page that does not offer a value cannot show it either: the next one who sends the page would
    change it without knowing.
    """
    for name, values in changes.items():
        offered = form.choices.get(name)
        if offered is None or name not in form.selects or name in _OPEN:
            continue
        if _CHOICE.fullmatch(name) is not None:
            continue  # whether a destination is there is known better
        for value in values or ():
            if value not in offered and not name.startswith("goto"):
                few = ", ".join(each for each in offered[:6] if each) or "nothing"
                return f"{name} cannot be {value!r}: FreePBX's page offers {few}, ..."
    return None
