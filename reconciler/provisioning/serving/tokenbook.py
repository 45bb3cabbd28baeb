"""The token book: all tokens in memory, by what is shown and by whose they are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from reconciler.model.address import Address
from reconciler.provisioning.tokens import Token, digest_of

_DECOY: Final = Token("0" * 64, Address("phone", "", "nobody"), "steady", "")


class TokenBook:
    """Tokens by digest and by owner. Changes only in the server's own thread."""

    def __init__(self) -> None:
        self._by_digest: dict[str, Token] = {}
        self._by_owner: dict[Address, dict[str, Token]] = {}

    def put(self, tokens: Iterable[Token]) -> None:
        """Take in tokens that are new or have changed."""
        for each in tokens:
            before = self._by_digest.get(each.digest)
            if before is not None and before.owner != each.owner:
                self._by_owner[before.owner].pop(each.digest, None)
            self._by_digest[each.digest] = each
            self._by_owner.setdefault(each.owner, {})[each.digest] = each

    def drop(self, owners: Iterable[Address]) -> None:
        """Forget the tokens of owners that are gone."""
        for owner in owners:
            for digest in self._by_owner.pop(owner, {}):
                self._by_digest.pop(digest, None)

    def end(self, digests: Iterable[str]) -> None:
        """Let tokens open nothing from now on."""
        self.put(
            self._by_digest[each]._replace(ended="used")
            for each in digests
            if each in self._by_digest
        )

    def of(self, owner: Address) -> Sequence[Token]:
        """Return an owner's tokens; for one without any a decoy, which is compared in vain."""
        return tuple(self._by_owner.get(owner, {}).values()) or (_DECOY,)

    def owner_of(self, shown: Sequence[str]) -> Address | None:
        """Return whose token was shown."""
        found: Mapping[str, Token] = self._by_digest
        owners = [found[each].owner for each in map(digest_of, shown or ("",)) if each in found]
        return owners[0] if owners else None
