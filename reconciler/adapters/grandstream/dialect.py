"""The named dialect (`config version="2"`): names for P-values, and words for choices.

Operators choose it with `provisioning.dialect: names`, for families that take it. The sheet is
spelled in it from the beginning, so the two dialects cannot mix: what has no name, or whose word
is not known, is refused.
"""

from reconciler.adapters.grandstream.names import Named, names_of, number_behind, words_behind
from reconciler.adapters.grandstream.table import is_number, warn_of, warn_of_unknown
from reconciler.model.secret import Secret
from reconciler.phonefiles.phone import Phone
from reconciler.phonefiles.sheet import NotHeld, Sheet, Written
from reconciler.phonefiles.vendor import Remark

SETTING = "provisioning.dialect"
_WAY_OUT = "write provisioning.dialect: numbers, which holds it as a P-value"


def is_named(phone: Phone) -> bool:
    """Whether a phone's file is written in names."""
    return phone.value(SETTING) == "names" and _takes_names(phone)


def write_dialect(phone: Phone, sheet: Sheet) -> None:
    """Deal with the choice: refuse it for a family that nobody has seen taking names."""
    said = phone.said(SETTING)
    if said is None:
        return
    if said.value == "names" and not _takes_names(phone):
        why = "that its family takes names is not known"
        sheet.refuse(said.source, why, "leave it out: every family takes P-values")
    sheet.claim(said.source)


def _takes_names(phone: Phone) -> bool:
    return phone.model.traits.get("names") == "taken"


class NamedSheet(Sheet):
    """A sheet that spells P-values as names and their choices as words."""

    def __init__(self, phone: Phone) -> None:
        super().__init__(phone)
        self._names = names_of(phone.model)

    def put(self, name: str, value: Written | None, *sources: str) -> None:
        """Write a parameter. What is no P-value is a name already, and its value a word."""
        try:
            spelled, text = spell(self._names.get(name), name, value)
        except NotHeld as refusal:
            source = next((each for each in sources if each), "")
            self.refuse(source, refusal.detail, refusal.hint, "error")
            self.claim(*sources)
            return
        super().put(spelled, text, *sources)

    def spelling(self, name: str) -> str:
        """Return the name that a P-value has here."""
        named = self._names.get(name)
        return named.name if named else name


def spell(named: Named | None, name: str, value: Written | None) -> tuple[str, Written | None]:
    """Return a parameter's name and word. Raises NotHeld where one of them is not known."""
    if not is_number(name):
        return name, value
    if named is None:
        raise NotHeld(f"how {name} is written in the named dialect is not known", _WAY_OUT)
    if named.is_text:
        return named.name, value
    code = str(int(value)) if isinstance(value, bool) else "" if value is None else value
    if isinstance(code, Secret | tuple) or str(code) not in named.words:
        what = f"{named.name} ({name})"
        why = f"no word is known for {code!r}" if code else "no word is known that empties it"
        raise NotHeld(f"{why} at {what} in the named dialect", _WAY_OUT)
    return named.name, named.words[str(code)]


def lint_named(name: str, value: str | None, phone: Phone) -> Remark | None:
    """Return what is to be said about a raw parameter, a name or a P-value, in this dialect."""
    names = names_of(phone.model)
    if is_number(name):
        try:
            spell(names.get(name), name, value)
        except NotHeld as refusal:
            return Remark("value-not-held", refusal.detail, refusal.hint)
        return warn_of(name, name, value)
    number = number_behind(name)
    if number is None:
        return Remark(
            "value-not-held",
            f"{name} is no name of the named dialect that is known",
            "names are written account.1.sip.userid; provisioning.dialect: numbers takes P-values",
        )
    named = next((each for each in names.values() if each.name == name), None)
    words = words_behind(number) if named is None else named.words
    codes = {word.lower(): code for code, word in words.items()}
    code = codes.get((value or "").lower()) if words else value
    danger = warn_of(name, number, code)
    if danger is not None:
        return danger
    if words and code is None:
        known = ", ".join(sorted(words.values()))
        return Remark("unknown-parameter", f"{name} is known to take {known} and nothing else")
    return None if named else warn_of_unknown(name, number, phone)
