"""Hand-written PJSIP sections with names that ours would have: Asterisk takes neither. Pure.

Of two sections with one type and one name it says "could not be loaded; configuration contains a
duplicate object", and then keeps what it had of the whole type until it is restarted; afterwards it
has none of that type at all (seen on 22.10). Of two of which one is the wizard's it takes the other
without a word, and who registered by the password there is out (seen, too).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from reconciler.adapters.asterisk.carrier import Place
from reconciler.adapters.asterisk.handwritten import wizard
from reconciler.adapters.asterisk.owner import owner_of
from reconciler.adapters.asterisk.sections import MAIN_FILES, Section, text_of, where_of
from reconciler.model.address import Address
from reconciler.model.live import LiveObject
from reconciler.model.value import Fields

_KINDS: Final = {"queues": "queue", "moh": "music"}
_ENDS: Final = {"auth": "-auth", "registration": "-reg", "identify": "-identify"}
"""How our names of a type end; those of endpoints and aors are the object's own."""


def occupied(sections: Iterable[Section], scope: str) -> Mapping[Address, str]:
    """Return where sections stand whose names those of an object of ours would have."""
    found: dict[Address, dict[str, list[str]]] = {}
    for type_, name, by in _named(sections):
        owner = owner_of(Place("pjsip", name), ())
        if owner is not None and name.endswith(_ENDS.get(type_, owner.key)):
            file = by or (wizard.FILE if type_ == wizard.TYPE else MAIN_FILES["pjsip"])
            files = found.setdefault(Address(owner.kind, scope, owner.key), {})
            files.setdefault(file, []).append(f"[{name}] (type={type_})")
    return {
        address: " and ".join(f"{', '.join(names)} in {file}" for file, names in files.items())
        for address, files in found.items()
    }


def doubled(
    sections: Iterable[Section],
    occupied: Mapping[Address, str],
    ours: Mapping[Address, LiveObject],
    scope: str,
) -> Mapping[Address, str]:
    """Return where else objects of ours stand, written by hand: only one of both counts.

    Of queues, music classes and mailboxes it is the one that is read first (seen on 22.10).
    """
    found = {address: where for address, where in occupied.items() if address in ours}
    for section in sections:
        if section.family in _KINDS:
            address = Address(_KINDS[section.family], scope, section.name)
            if address in ours:
                found[address] = where_of(section)
        elif section.family == "vm":
            for line in section.lines:
                address = Address("extension", scope, line.variable)
                if address in ours and _has_box(ours[address].fields, section.name):
                    box = f"`{line.variable} => ...` in {where_of(section)}"
                    found[address] = f"{found[address]} and {box}" if address in found else box
    return found


def _has_box(fields: Fields, context: str) -> bool:
    has_any = any(path.startswith("voicemail.") for path, value in fields.items() if value)
    return has_any and (fields.get("mailbox_context") or "default") == context


def _named(sections: Iterable[Section]) -> Iterator[tuple[str, str, str]]:
    """Yield type, name and source of PJSIP sections; of types that an object of ours has."""
    for section in sections:
        if section.family in ("pjsip", "aor"):
            lines = {line.variable: text_of(line.value) for line in section.lines}
            if (type_ := lines.get("type", "")) in ("endpoint", "aor", wizard.TYPE, *_ENDS):
                yield type_, section.name, section.by
