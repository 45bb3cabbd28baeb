"""Numbers as carriers deliver them: `+16035550100` also comes as 16035550100, 6035550100, 00..."""

from reconciler.adapters.asterisk.carrier import Setup


def spellings(number: str, setup: Setup) -> tuple[str, ...]:
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
    if setup.country in (None, phonenumbers.region_code_for_number(parsed)):
        form = phonenumbers.PhoneNumberFormat.NATIONAL
        national = phonenumbers.normalize_digits_only(phonenumbers.format_number(parsed, form))
        found.append(national)
    return tuple(dict.fromkeys(found))


def caller_spellings(caller: str, setup: Setup) -> tuple[str, ...]:
    """Return how a caller's number may be shown. `anonymous` is the word, or nothing at all."""
    return ("anonymous", "") if caller == "anonymous" else spellings(caller, setup)


def prefix_patterns(prefix: str) -> tuple[str, ...]:
    """Return patterns for all numbers that begin so (`+1900`)."""
    bare = prefix.removeprefix("+")
    forms = (prefix, bare, f"00{bare}") if prefix.startswith("+") else (prefix,)
    return tuple(f"_{form}!" for form in forms)
