"""Voicemail: an extension's box, a line of a voicemail context (`1001 = PIN,Name,mail,,attach=..`).

Asterisk splits the line at commas and has no escape for them, so a comma in a name is written as
a blank; the name itself lives in the meta section.
"""

from reconciler.adapters.asterisk.carrier import Found, Options, clear
from reconciler.adapters.asterisk.kinds.endpoint import as_shown
from reconciler.adapters.asterisk.sections import Line, Section, Text
from reconciler.model.value import Fields, Value


def has_box(options: Options) -> bool:
    """Tell whether an extension has a box: something below `voicemail` is set, and not disabled."""
    return options.mentions("voicemail") and bool(options["voicemail.enabled"])


def box_section(key: str, options: Options) -> Section:
    """Return the box's line in its context."""
    flags = (
        f"attach={_yes(options['voicemail.attach'])}"
        f"|delete={_yes(options['voicemail.delete_after_email'])}"
    )
    name = as_shown(str(options["name"] or key).replace(",", " "))
    rest = f",{name},{options['voicemail.email'] or ''},,{flags}"
    pin = options["voicemail.pin"]
    text: Text = [pin, rest] if pin is not None else rest
    return Section("vm", options["mailbox_context"], (Line(key, text),), shared=True)


def _yes(value: Value) -> str:
    return "yes" if value else "no"


def _flag(text: str | None, base: Fields | None) -> bool | None:
    """Read an option of a box. We write each one; where others left it out, general ones hold."""
    return None if text is None and base is None else text in ("yes", "true", "1", "on")


def read_box(found: Found, base: Fields | None) -> dict[str, Value]:
    """Return what a box tells. One that is not there tells nothing where nothing was declared."""
    place, pairs = next(
        ((at, pairs) for at, pairs in found.sections.items() if at.family == "vm"), (None, ())
    )
    if place is None or not pairs:
        return {"voicemail.enabled": False} if base is not None else {}
    pin, name, email, _pager, flags = (*pairs[0][1].split(",", 4), "", "", "", "")[:5]
    options = dict(each.partition("=")[::2] for each in flags.split("|"))
    return {
        "voicemail.enabled": True,
        "voicemail.pin": clear(pin.strip()),
        "voicemail.email": email.strip() or None,
        "voicemail.attach": _flag(options.get("attach"), base),
        "voicemail.delete_after_email": _flag(options.get("delete"), base),
        "mailbox_context": place.name,
        "name": name.strip() or None,
    }
