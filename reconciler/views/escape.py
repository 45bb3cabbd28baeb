"""Text of users inside Markdown and HTML: shown as it is, never obeyed. Pure.

A name may hold `|`, backticks, tags, `@somebody`, `#12` or an address: in a comment under a pull
request these would break tables, run as HTML, call people, link issues. A zero-width space behind
the sign keeps GitHub and GitLab from seeing a mention or a link in it.
"""

import re
from html import escape

from reconciler.views.cells import clean

_MARKUP = re.compile(r"([\\`*_\[\]#|~>])")
_CALLS = re.compile(r"\\?[@#!$%~^&](?=\w)|:(?=//)|(?<=www)\.")
_HOLE = "\u200b"


def quiet(text: str) -> str:
    """Return the text so that it mentions nobody and links nothing."""
    return _CALLS.sub(lambda found: found[0] + _HOLE, clean(text))


def inline(text: str) -> str:
    """Return the text for a line of Markdown."""
    marked = _MARKUP.sub(r"\\\1", clean(text))
    silent = _CALLS.sub(lambda found: found[0] + _HOLE, marked)
    return silent.replace("&", "&amp;").replace("<", "&lt;")


def code(text: str) -> str:
    """Return the text as a code span that no backtick in it can end."""
    line = clean(text)
    ticks = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def html(text: str) -> str:
    """Return the text for inside an HTML tag."""
    return escape(quiet(text), quote=True)


def fenced(lines: list[str], language: str = "diff") -> str:
    """Return lines as a code block whose fence no line can close."""
    runs = (len(run) for line in lines for run in re.findall("`{3,}", line))
    fence = "`" * max(3, max(runs, default=0) + 1)
    return "\n".join([f"{fence}{language}", *lines, fence])


def marker_name(text: str) -> str:
    """Return a workspace's name for the marker comment: only what cannot end the comment."""
    return re.sub(r"[^A-Za-z0-9._/]+", "-", text).strip("-") or "default"
