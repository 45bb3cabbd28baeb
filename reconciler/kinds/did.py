"""Keys of inbound routes: a dialled number, and who calls it."""

from typing import NamedTuple

from reconciler.kinds.marks import Key

_DID = r"\+[0-9]{2,15}|[0-9]{1,20}|any"
_CALLER = r"\+?[0-9]{1,20}|anonymous"

DID = Key(
    rf"(?:{_DID})(?:@(?:{_CALLER}))?",
    "the dialled number as +16035550100, as plain digits where the trunk delivers it so, or any; "
    "calls from one caller only as +16035550100@+16035550155 (or @anonymous)",
)


class Dialled(NamedTuple):
    """A route's key, read: the dialled number (None is any) and the caller (None is any)."""

    did: str | None
    caller: str | None


def parse_did(key: str) -> Dialled:
    """Read an inbound route's key. `anonymous` stays as it is as the caller."""
    did, _, caller = key.partition("@")
    return Dialled(None if did == "any" else did, caller or None)


def spellings_of(number: str, country: str | None) -> tuple[str, ...]:
    """Return how an E.164 number may be delivered; other numbers have the one spelling.

    The national form counts where the PBX's country is not known, or is the number's.
    """
    if not number.startswith("+"):
        return (number,)
    import phonenumbers  # with every country's rules: only where there is such a number

    found = [number, number[1:], f"00{number[1:]}"]
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return tuple(found)
    if country in (None, phonenumbers.region_code_for_number(parsed)):
        form = phonenumbers.PhoneNumberFormat.NATIONAL
        national = phonenumbers.normalize_digits_only(phonenumbers.format_number(parsed, form))
        found.append(national)
    return tuple(dict.fromkeys(found))
