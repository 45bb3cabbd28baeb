"""What is the same about accounts whatever the vendor calls them. Pure."""

from collections.abc import Iterator, Mapping

from reconciler.phonefiles.phone import Account, Phone, Said
from reconciler.phonefiles.sheet import Sheet


def numbered(phone: Phone) -> Iterator[tuple[int, Account | None]]:
    """Yield the model's accounts by number: what is declared for each, None for one to be off.

    One that is declared beyond what the model has is yielded, too: that is said elsewhere.
    """
    taken = {each.number: each for each in phone.accounts}
    for number in range(1, max(phone.model.accounts, *taken, 0) + 1):
        if number in taken or number <= phone.model.accounts:
            yield number, taken.get(number)


def held_codecs(
    said: Said, known: Mapping[str, str], sheet: Sheet, why: str = "it has no codec {}"
) -> list[str]:
    """Return the codecs in the vendor's words, in order; refuse those that it has no word for."""
    lost = [each for each in said.value if each not in known]
    if lost and said.source:
        sheet.refuse(said.source, why.format(" or ".join(lost)))
    return [known[each] for each in said.value if each in known]


def refuse_realm(account: Account, sheet: Sheet) -> None:
    """Refuse a declared realm, where the phone answers to whichever the server names."""
    realm = account.sip.get("realm")
    if realm is not None and realm.source and realm.value:
        sheet.refuse(realm.source, "it takes the realm from the server's challenge", "leave it out")
