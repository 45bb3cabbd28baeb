"""What of hand-written lines that fields do stand for the fields cannot say. Pure."""

from collections.abc import Iterator, Mapping

from reconciler.adapters.asterisk.carrier import Pairs
from reconciler.adapters.asterisk.handwritten.unsaid import alike
from reconciler.adapters.asterisk.kinds.endpoint import read_person

_Lines = Mapping[str, list[str]]


def unlike(theirs: _Lines, ours: _Lines) -> Iterator[str]:
    """Yield in words what lines of a PJSIP section say that ours would not say."""
    for text in theirs.get("set_var", ()):
        if text not in ours.get("set_var", ()):
            yield f"the variable {text.partition('=')[0]} is left out"
    watched = _listed(ours.get("mailboxes", ()))
    for box in _listed(theirs.get("mailboxes", ())):
        if box not in watched:
            yield f"the lamp for messages in {box} is left out"
    for box in watched:
        if "mailboxes" not in theirs:
            yield f"a lamp for messages in {box} is new"
    for text in theirs.get("contact", ())[1:]:
        yield f"contact {text} is left out: a trunk has one"
    for was, now in zip(theirs.get("contact", ())[:1], ours.get("contact", ()), strict=False):
        if not alike([was], [now]):
            yield f"contact {was} becomes {now}"
    for text in theirs.get("callerid", ())[-1:]:
        if read_person(text) == (None, None) and "callerid" in ours:
            yield f"callerid {text} becomes {ours['callerid'][-1]}"


def _listed(texts: list[str] | tuple[str, ...]) -> list[str]:
    return [each.strip() for text in texts for each in text.split(",") if each.strip()]


_OPTIONS_HELD = ("attach", "delete")


def unlike_box(theirs: Pairs, ours: Pairs) -> Iterator[str]:
    """Yield in words what a voicemail box's line says that ours would not say."""
    if not theirs or not ours:
        return
    _, _, email, pager, flags = (*theirs[0][1].split(",", 4), "", "", "", "")[:5]
    if pager.strip():
        yield "the pager's address of its mailbox is left out"
    options = [each.strip() for each in flags.split("|") if each.strip()]
    for option in options:
        if option.partition("=")[0] not in _OPTIONS_HELD:
            yield f"{option} of its mailbox is left out"
    said = any(each.startswith("attach=") for each in options)
    if email.strip() and not said and "attach=yes" in ours[0][1]:
        yield "what voicemail.conf says of attach= for all boxes becomes attach=yes for its own"
