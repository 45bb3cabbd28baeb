"""What the writers of several apps share: codecs by name, forms that only documents give. Pure."""

from collections.abc import Callable, Mapping, Sequence

from lxml import etree

from reconciler.phonefiles.file import Marks, Part
from reconciler.phonefiles.sheet import Sheet
from reconciler.softphones.softphone import Softphone


def unproved(softphone: Softphone, sheet: Sheet, source: str, why: str) -> None:
    """Say that a value is written in a form which only documents or other projects give."""
    origin = softphone.declared.get(source)
    if origin is not None:
        sheet.report("softphone-unproved", f"{softphone.address}, {source}: {why}.", origin.place)


def put_codecs(
    softphone: Softphone,
    sheet: Sheet,
    known: Mapping[str, str],
    write: Callable[[Sequence[str]], None],
) -> None:
    """Have the codecs written that the app has a word for; name the others."""
    said = softphone.said("codecs")
    if not said.value:
        return
    unknown = [name for name in said.value if name not in known]
    if unknown:
        sheet.refuse(
            said.source,
            f"how {', '.join(unknown)} is written is not known",
            f"it is known of {', '.join(known)}",
        )
    sheet.claim(said.source)
    write([known[name] for name in said.value if name in known])


def pushes(softphone: Softphone) -> bool | None:
    """Return whether calls shall wake the app; None when nobody says it."""
    said = softphone.push.get("enabled")
    return None if said is None else bool(said.value)


def flat_settings(softphone: Softphone, sheet: Sheet, allowed: str) -> None:
    """Write the app's own settings last, so that they win; say what is odd about them.

    `allowed` says in words what a name looks like; they are checked with `str.isidentifier`.
    """
    written = {each.name for each in sheet.parameters}
    for name, value in softphone.settings.items():
        source = f"settings.{name}"
        if not (name.isascii() and name.replace("-", "_").isidentifier()):
            sheet.refuse(source, f"a name is {allowed}")
            continue
        place_setting(softphone, sheet, name, value, written)


def place_setting(
    softphone: Softphone, sheet: Sheet, name: str, value: str | None, written: set[str]
) -> None:
    """Write one of the app's own settings over what may be there already."""
    source = f"settings.{name}"
    if name in written:
        sheet.report(
            "parameter-overrides",
            f"{softphone.address}: {name} is written by a field already; what settings say wins.",
            softphone.declared[source].place if source in softphone.declared else softphone.place,
            "change the field, and leave the name out of settings",
        )
        sheet.parameters = [each for each in sheet.parameters if each.name != name]
    sheet.put(name, value, source)


def one_of(softphone: Softphone, sheet: Sheet, name: str, words: Mapping[str, str]) -> str | None:
    """Return the app's word for a sip setting, and claim it; None when it has none or nobody says.

    What the app has no word for is a finding.
    """
    said = softphone.said(name)
    if said.value is None:
        return None
    if said.value not in words:
        sheet.refuse(said.source, f"it knows no {said.value}", f"it knows {', '.join(words)}")
        return None
    sheet.claim(said.source)
    return words[said.value]


def document(root: etree._Element, marks: Marks) -> tuple[Part, ...]:
    """Return an XML document's parts, indented, with its declaration."""
    etree.indent(root)
    text = etree.tostring(root, encoding="unicode")
    return marks.parts(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n')
