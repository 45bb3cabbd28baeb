"""A last line of defence: values taken out of texts that others wrote (exceptions of libraries).

Only the printer of top-level errors uses it; nothing may rely on it instead of not saying a value.
"""

import base64
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

HIDDEN = "***"
_SHORTEST = 4


def redact(text: str, values: Iterable[str]) -> str:
    """Return the text with every value replaced, also quoted for URLs, JSON, reprs and base64.

    Values of fewer than 4 characters are left: replacing them would only show where they are.
    """
    forms: set[str] = set()
    for value in values:
        if len(value) >= _SHORTEST:
            forms |= {
                value,
                quote(value, safe=""),
                quote(value),
                quote_plus(value),
                json.dumps(value)[1:-1],
                json.dumps(value, ensure_ascii=False)[1:-1],
                repr(value)[1:-1],
                base64.b64encode(value.encode()).decode(),
            }
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    return text
