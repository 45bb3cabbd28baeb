"""The welcome sheet: what a person needs to know on one page, for screen and paper. Pure.

text    every word that is on it, by language
page    the values and the words become one HTML file
"""

from reconciler.views.welcome.page import PAPERS, Welcome, page

__all__ = ["PAPERS", "Welcome", "page"]
