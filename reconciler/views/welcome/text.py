"""Every word of the welcome sheet, by language. A language is a file and an entry in TEXTS."""

from collections.abc import Mapping
from typing import Final

from reconciler.views.welcome.english import ENGLISH
from reconciler.views.welcome.german import GERMAN
from reconciler.views.welcome.words import Texts

TEXTS: Final[Mapping[str, Texts]] = {"en": ENGLISH, "de": GERMAN}
"""The languages in which a sheet can be written, by their two letters."""
