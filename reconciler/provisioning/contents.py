"""Contents: everything about a file as one text, compared and kept as one value. Pure.

A file holds passwords, so the whole of it is a secret: plans, journal and ledger know its
fingerprint, and who sends it reveals it. What people are shown is part of it: a text whose secrets
are masked in another way is another content, and is published again.
"""

import json
from typing import NamedTuple

from reconciler.model.codec import canonical


class Content(NamedTuple):
    """A file: its text, the same with secrets masked, and how it is served.

    `shared` files are the same for every device of a site.
    """

    text: str
    masked: str
    media_type: str
    shared: bool = False

    def __repr__(self) -> str:
        return f"Content({len(self.text)} characters)"


def written(content: Content) -> str:
    """Return a content as one text; equal contents, equal texts."""
    masked = None if content.masked == content.text else content.masked
    return canonical([content.text, masked, content.media_type, content.shared])


def read_content(text: str) -> Content:
    """Return the content that `written` wrote. Raises ValueError."""
    plain, masked, media_type, shared = json.loads(text)
    return Content(plain, plain if masked is None else masked, media_type, shared)
