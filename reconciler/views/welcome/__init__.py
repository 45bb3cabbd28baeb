"""The welcome sheet: what a person needs to know on one page, for screen and paper. Pure.

gather    what is declared -> Welcome, the values
text      every word that is on it, by language (words, english, german)
page      the values and the words become one HTML file
"""

from reconciler.views.welcome.gather import Gathered, gather
from reconciler.views.welcome.page import PAPERS, Welcome, page
from reconciler.views.welcome.text import TEXTS

LANGUAGES = tuple(TEXTS)
"""Languages of the sheet, by their two letters."""

__all__ = ["LANGUAGES", "PAPERS", "Gathered", "Welcome", "gather", "page"]
