"""Entries that are alike are read once: libyaml reads their form, and each brings its words.

Of ten thousand phones most differ in words only: same fields, same order, same marks and blanks.
Such entries are lifted out of the text. What stays of one is its key, with a marker for a value,
and its line breaks, so every line keeps its number. libyaml reads what stays, and it reads a form
once, with markers in place of the words: a form counts only if each marker comes back as a whole
value. No grammar stands here but what a word is: something that cannot change how the text around
it is read. Whatever is unusual (an anchor, a mistake, two markers in one value) is read as it is.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import count
from typing import Final, NamedTuple

from yaml import YAMLError

from reconciler.language.limits import MAX_NODES
from reconciler.language.node import Node
from reconciler.language.tree import TooMuch, Tree, read_trees

_MARK: Final = "\ue000"
"""Begins every marker. A text that holds it is read as it is."""

_UNUSUAL: Final = ("<<", "\0", "\r", "\x85", "\u2028", "\u2029", _MARK)
"""Merges could copy a marker; the others are line breaks, or mean something below."""

_MOST_FORMS: Final = 5_000
_VERY_MANY: Final = 300
_AT_ONCE: Final = 3
"""So many usual forms are tried in turn: what is tried in vain takes its time, too."""

_UNREADABLE: Final = (YAMLError, UnicodeEncodeError, TooMuch)

_TOP = re.compile(r"\n(?=[^ \n#])")
_SECTION = re.compile(r"[A-Za-z_]+:\n+( +)(?=[\"A-Za-z0-9])")
_HIGH: Final = "\xa1-\u1fff\u3000-\ud7ff"
"""Letters beyond ASCII, as a part of a set."""


def _plain_and_quoted(high: str = "") -> tuple[str, str]:
    """Return the patterns of words where values stand. `high` are further letters.

    It cannot end early, go on, or become something else than text: a plain one has no indicator in
    it but a colon before a letter and does not end in null, a quoted one has no quote and no
    backslash, and both stay on their line.
    """
    end = r"(?:[\n,\]}]|\Z)"
    inner = rf"[A-Za-z0-9 _.+@/(){high}-]"
    plain = rf"[A-Za-z0-9+/{high}]{inner}*+(?::[A-Za-z0-9]{inner}*+)*+(?<! )(?<!null)(?={end})"
    return plain, rf'[ !#-\[\]-~{high}]++(?="{end})'


@cache
def _word(high: str) -> re.Pattern[str]:
    """Return a word, and what is in front of it."""
    plain, quoted = _plain_and_quoted(high)
    return re.compile(rf'([:,\[-] ?"?)((?<!"){plain}|(?<="){quoted})')


def _words_of(text: str) -> re.Pattern[str]:
    """Return how words of a text are found: a set of all letters takes long to compile."""
    return _word("" if text.isascii() else _HIGH)


_HARDEST = f"x +@/():0-{_MARK}"
"""A marker holds whatever a plain word may hold: where it is a whole value, every word is."""
_MARKER = re.compile(rf'"{re.escape(_HARDEST)}([0-9]+)"(?!:)')


class _Form(NamedTuple):
    """How entries are written that are alike.

    `filled` is their value as JSON, to be formatted with the words; `rest` stands in the text in
    place of it; `size` is how many events libyaml would make of it.
    """

    filled: str
    rest: str
    size: int


class _Lifted(NamedTuple):
    """A text without the entries that were lifted out of it, and their values by marker."""

    text: str
    values: list[Node]
    size: int


class _Usual(NamedTuple):
    """A form that very many entries have, and how such an entry reads as a whole."""

    form: _Form
    whole: re.Pattern[str]


class Forms:
    """The forms of entries that were met, in all files of an estate."""

    def __init__(self) -> None:
        self._known: dict[str, _Form | None] = {}
        self._met: dict[str, int] = {}
        self._usual: dict[tuple[str, int], tuple[_Usual, ...]] = {}
        """By indent and number of lines."""

    def of(self, rest: str, indent: str) -> tuple[_Form | None, Sequence[str]]:
        """Return the form of an entry, None if it is to be read as it is, and the entry's words.

        `rest` is what follows the colon of its key, without the last line's end. A form is read
        when it is met again: most of those that are met once stay alone.
        """
        shape = indent, rest.count("\n")
        usual = self._usual.get(shape, ())
        for form, whole in usual:
            if found := whole.fullmatch(rest):
                return form, found.groups()
        pieces = _words_of(rest).split(rest)
        words = pieces[2::3]
        del pieces[2::3]
        written = "\0".join((*pieces, indent))
        times = self._met.get(written, 0) + 1
        if times > 1 or len(self._met) < _MOST_FORMS:
            self._met[written] = times
        if times == 2:
            self._known[written] = _read_form(rest, indent, len(words))
        known = self._known.get(written)
        if known is not None and times == _VERY_MANY and len(usual) < _AT_ONCE:
            self._usual[shape] = (*usual, _Usual(known, _whole(pieces)))
        return known, words


def _whole(pieces: Sequence[str]) -> re.Pattern[str]:
    """Return what finds the words of an entry at once, by what stands in front of each of them.

    Sooner than one word after the other, but it takes as long to compile as some hundred entries.
    Words beyond ASCII are found in their turn.
    """
    plain, quoted = _plain_and_quoted()
    *texts, last = pieces[::2]
    parts = []
    for text, front in zip(texts, pieces[1::2], strict=True):
        word = quoted if front.endswith('"') else plain
        parts.append(f"{re.escape(text + front)}({word})")
    return re.compile("".join(parts) + re.escape(last))


def read_alike(file: str, text: str, forms: Forms) -> Iterator[Tree]:
    """Yield what `read_trees` yields, and raise what it raises; quicker if entries are alike."""
    lifted = _lift(text, forms)
    if lifted is None:
        return read_trees(file, text)
    try:
        trees = list(read_trees(file, lifted.text))
    except _UNREADABLE:
        return read_trees(file, text)
    filled = sum(_fill(tree.data, lifted.values) for tree in trees)
    if filled != len(lifted.values) or any(tree.problems for tree in trees):
        return read_trees(file, text)  # a mistake is told as the whole text has it
    return iter(trees)


def _lift(text: str, forms: Forms) -> _Lifted | None:
    """Take the entries out of a text whose form is known; None if there are none."""
    if not text.endswith("\n") or any(each in text for each in _UNUSUAL):
        return None
    left: list[str] = []
    found: list[str] = []
    size = 0
    for block in _TOP.split(text[:-1]):
        section = _SECTION.match(block)
        if section is None:
            left += (block, "\n")
            continue
        indent = section[1]
        before, *entries = _heads(indent).split(block)
        left.append(before)
        for head, rest in zip(entries[::2], entries[1::2], strict=True):
            form, words = forms.of(rest, indent)
            if form is None:
                left += (head, rest)
                continue
            left += (head, f' "{_MARK}{len(found)}', form.rest)
            found.append(form.filled % (*words,))
            size += form.size
        left.append("\n")
    reduced = "".join(left)
    if not found or size + 4 * len(reduced) > MAX_NODES:  # no character makes more than 4 events
        return None
    return _Lifted(reduced, json.loads(f"[{','.join(found)}]"), size)


@cache
def _heads(indent: str) -> re.Pattern[str]:
    """Return what finds the keys of a section's entries."""
    key = r'"[^"\\\n]{1,99}"|[A-Za-z0-9][A-Za-z0-9_.-]*'
    return re.compile(rf"(\n{indent}(?:{key}):)(?=[ \n]|\Z)")


def _read_form(rest: str, indent: str, words: int) -> _Form | None:
    """Read an entry with markers in place of its words; None if they do not come back whole."""
    if not {"&", "*"}.isdisjoint(_words_of(rest).sub("", rest)):
        return None
    numbers = count()
    marked = _words_of(rest).sub(lambda found: f"{found[1]}{_HARDEST}{next(numbers)}", rest)
    try:
        trees = list(read_trees("", f"s:\n{indent}k:{marked}\n"))
    except _UNREADABLE:
        return None
    if len(trees) != 1 or trees[0].problems or list(trees[0].data) != ["s"]:
        return None
    entries = trees[0].data["s"]
    if list(entries) != ["k"]:
        return None
    written = json.dumps(entries["k"], ensure_ascii=False, separators=(",", ":"))
    whole = [int(each) for each in _MARKER.findall(written)]
    if whole != list(range(words)) or written.count(_MARK) != words:
        return None
    filled = _MARKER.sub('"%s"', written.replace("%", "%%"))
    return _Form(filled, '"' + "\n" * rest.count("\n"), _size(entries["k"]))


def _size(value: Node) -> int:
    if isinstance(value, dict):
        return 2 + sum(1 + _size(each) for each in value.values())
    return 2 + sum(map(_size, value)) if isinstance(value, list) else 1


def _fill(data: Node, values: list[Node]) -> int:
    """Put the values of entries in place of their markers; return how many there were."""
    filled = 0
    sections = data.values() if isinstance(data, Mapping) else ()
    for section in sections:
        if isinstance(section, dict):
            for key, value in section.items():
                if value.__class__ is str and value.startswith(_MARK):
                    section[key] = values[int(value[1:])]
                    filled += 1
    return filled
