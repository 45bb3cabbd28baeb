"""Columns as most tables have them: texts that are never empty of a value."""

from sqlalchemy import Column, Text


def keys(*names: str) -> list[Column[str]]:
    """Return columns that together name a row."""
    return [Column(name, Text, primary_key=True) for name in names]


def texts(*names: str) -> list[Column[str]]:
    """Return columns of texts, each of which every row has."""
    return [Column(name, Text, nullable=False) for name in names]
