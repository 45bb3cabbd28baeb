"""Phrases: people's own words as they can stand in a sentence."""


def shorten(text: str, limit: int = 60) -> str:
    """Return the text on one line, and not too long."""
    flat = (
        text
        if text.isprintable()
        else "".join(each if each.isprintable() else " " for each in text)
    )
    return flat if len(flat) <= limit else f"{flat[: limit - 3]}..."
