"""A device's file: text in parts, secrets among them as references until the last moment."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from reconciler.model.secret import Secret

Part: TypeAlias = str | Secret
Escaping: TypeAlias = Literal["xml", "json", "semicolons", "text"]

MASK: Final = "***"
LARGEST: Final = 131_072
"""Bytes that a file may have: 128 KiB."""
NO_FILES: Final = ("discovered", "decommissioned")
"""Lifecycles in which a phone is given nothing."""


class SecretRule(NamedTuple):
    """What a phone asks of a secret: a pattern for the whole value, and the same in words."""

    reference: str
    pattern: str
    says: str


class UnfitSecret(ValueError):
    """A secret whose value the format cannot hold. The message never repeats it."""

    def __init__(self, file: str, why: str, secret: Secret) -> None:
        super().__init__(f"{file}: the value of {secret.reference} {why}")


class PhoneFile(NamedTuple):
    """A file that a phone fetches under `name`. The parts are escaped, secrets are not yet.

    `shared` files are the same for every phone of the model or vendor, and hold no secret.
    `folder` is where a phone looks for the file, beside its others when empty: a server that knows
    who asks needs only the name.
    """

    name: str
    parts: tuple[Part, ...]
    escaping: Escaping
    media_type: str
    shared: bool = False
    rules: tuple[SecretRule, ...] = ()
    folder: str = ""

    @property
    def path(self) -> str:
        """The name with its folder, for whoever lays files into folders."""
        return f"{self.folder}/{self.name}" if self.folder else self.name

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secrets that have to be revealed, in order."""
        return tuple(each for each in self.parts if isinstance(each, Secret))

    def masked(self) -> str:
        """Return the text with every secret masked: for previews, differences and logs."""
        return "".join(MASK if isinstance(each, Secret) else each for each in self.parts)

    def revealed(self, reveal: Callable[[Secret], str]) -> bytes:
        """Return the bytes for the phone. Raises UnfitSecret, and what `reveal` raises."""
        text = "".join(
            self._put_in(each, reveal(each)) if isinstance(each, Secret) else each
            for each in self.parts
        )
        return text.encode()

    def _put_in(self, secret: Secret, value: str) -> str:
        why = unwritable(value) or (edged(value) if self.escaping == "text" else None)
        for rule in self.rules:
            if rule.reference == secret.reference and not re.fullmatch(rule.pattern, value):
                why = why or f"is not what this phone takes: {rule.says}"
        if why is not None:
            raise UnfitSecret(self.name, why, secret)
        return escaped(value, self.escaping)


def escaped(text: str, escaping: Escaping) -> str:
    """Return a text as a format's values are written; `semicolons` doubles them."""
    if escaping == "xml":
        from html import escape  # with the names of two thousand characters

        return escape(text, quote=False).replace('"', "&quot;")
    if escaping == "json":
        return json.dumps(text, ensure_ascii=False)[1:-1]
    return text.replace(";", ";;") if escaping == "semicolons" else text


def unwritable(text: str) -> str | None:
    """Return why no format of phones can hold a text; None when it can.

    Line breaks would begin a parameter of their own, and XML 1.0 has no control characters.
    """
    if text.isascii() and text.isprintable():
        return None
    if _CONTROL.search(text):
        return "has a control character or a line break"
    return "has a character that XML cannot hold" if _NOT_XML.search(text) else None


def edged(text: str) -> str | None:
    """Return why `key = value` cannot hold a text: phones cut blanks at both ends."""
    return "begins or ends with a blank, which the phone cuts off" if text != text.strip() else None


MARK_FIRST: Final = "\ue000"
MARK_LAST: Final = "\ue001"
"""Two characters of the private use area: they stand around a secret's number while a document is
put together, and are refused in values."""

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NOT_XML: Final = re.compile(f"[\ud800-\udfff\ufffe\uffff{MARK_FIRST}{MARK_LAST}]")


class Marks:
    """Lets a document writer place secrets: a mark goes in as text, the parts come out."""

    def __init__(self) -> None:
        self._secrets: list[Secret] = []

    def text(self, parts: Sequence[Part]) -> str:
        """Return parts as one text with marks in place of secrets."""
        if len(parts) == 1 and type(parts[0]) is str:
            return parts[0]
        return "".join(self._mark(each) if isinstance(each, Secret) else each for each in parts)

    def _mark(self, secret: Secret) -> str:
        self._secrets.append(secret)
        return f"{MARK_FIRST}{len(self._secrets) - 1}{MARK_LAST}"

    def parts(self, text: str) -> tuple[Part, ...]:
        """Return a finished document's parts, secrets in place of marks."""
        first, *rest = text.split(MARK_FIRST)
        parts: list[Part] = [first]
        for each in rest:
            number, _, following = each.partition(MARK_LAST)
            parts += [self._secrets[int(number)], following]
        return tuple(each for each in parts if each != "" or isinstance(each, Secret))
