"""Render: a Yealink phone's `<mac>.boot`, `y0000000000NN.cfg` and `<mac>.cfg` (yealink.md, B).

Everything that is a phone's own stands in `<mac>.cfg`. The y-file goes to whoever asks for that
model, before anybody knows which phone it is, so it holds nothing; it exists because firmware
before v81 asks for it and keeps an older one's settings otherwise. The boot file (from v81 on)
names both and lets what the server says win (`overwrite_mode`).
"""

from collections.abc import Iterable
from functools import cache, cached_property
from typing import Final

from reconciler.adapters.yealink.accounts import write_accounts
from reconciler.adapters.yealink.keys import write_keys
from reconciler.adapters.yealink.lint import lint
from reconciler.adapters.yealink.phonebook import write_phonebook
from reconciler.adapters.yealink.settings import DIRECT_CALLS, rows_of
from reconciler.adapters.yealink.special import write_special
from reconciler.adapters.yealink.words import put_into_words
from reconciler.phonefiles.file import Marks, Part, PhoneFile, SecretRule, edged
from reconciler.phonefiles.models import Models, models_of
from reconciler.phonefiles.phone import Phone
from reconciler.phonefiles.rows import write_rows
from reconciler.phonefiles.sheet import Parameter, Sheet
from reconciler.phonefiles.vendor import Remark

_FIRST_LINE: Final = "#!version:1.0.0.1"
"""Without it the phone ignores the file."""

_NULL: Final = "%NULL%"
"""Back to the factory's value."""


class YealinkRenderer:
    """Yealink's `key = value` files."""

    name = "yealink"
    title = "Yealink"
    by_name_only = False
    secret_names = r"[A-Za-z0-9_.]*(?:password|passwd|pwd|aes_key|pin|secret)[A-Za-z0-9_.]*"  # noqa: S105

    @cached_property
    def models(self) -> Models:
        """The models of models.yaml."""
        return models_of(__package__)

    def sheet(self, phone: Phone) -> Sheet:
        """Return an empty sheet."""
        return Sheet(phone, rule=_unwritable, empty=_NULL)

    def fill(self, phone: Phone, sheet: Sheet) -> None:
        """Write everything but `raw`."""
        write_accounts(phone, sheet)
        write_keys(phone, sheet)
        write_rows(rows_of(phone), phone, sheet)
        write_rows((DIRECT_CALLS,), phone, sheet)
        write_special(phone, sheet)
        put_into_words(phone, sheet)

    def lint(self, name: str, value: str | None, phone: Phone) -> Remark | None:
        """Return what is to be said about a raw parameter."""
        return lint(name, value)

    def files(self, phone: Phone, sheet: Sheet) -> tuple[PhoneFile, ...]:
        """Return boot file, y-file, the phone's own file, and a phonebook if it has one."""
        own, common = f"{phone.mac}.cfg", phone.model.traits["y_file"]
        has_boot = phone.model.traits["boot"] == "yes"
        return (
            *((_file(f"{phone.mac}.boot", _boot(common, own)),) if has_boot else ()),
            _file(common, (f"{_FIRST_LINE}\n",), shared=True),
            _file(own, _lines(sheet.parameters), rules=tuple(sheet.rules)),
            *((write_phonebook(phone.book),) if phone.book else ()),
        )


def _file(
    name: str, parts: tuple[Part, ...], *, shared: bool = False, rules: tuple[SecretRule, ...] = ()
) -> PhoneFile:
    return PhoneFile(name, parts, "text", "text/plain; charset=utf-8", shared, rules)


@cache
def _boot(*includes: str) -> tuple[Part, ...]:
    named = "".join(f'include:config "{each}"\n' for each in includes)
    return (f"{_FIRST_LINE}\n{named}overwrite_mode = 1\n",)


def _lines(parameters: Iterable[Parameter]) -> tuple[Part, ...]:
    marks = Marks()
    lines = [_FIRST_LINE, *(f"{each.name} = {marks.text(each.parts)}" for each in parameters), ""]
    return marks.parts("\n".join(lines))


def _unwritable(text: str) -> str | None:
    """Return why `key = value` cannot hold a text."""
    if text.upper() in (_NULL, "%EMPTY%"):
        return "means something else to the phone"
    return edged(text)
