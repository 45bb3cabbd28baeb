"""Limits: what a file may cost. A hostile file ends in a diagnostic, not in a full memory."""

from typing import Final

MAX_FILE_BYTES: Final = 32 * 1024 * 1024
"""The largest file that is read: about 100,000 phones with their extensions."""

MAX_FILES: Final = 20_000
"""How many files are read under the given paths."""

MAX_DEPTH: Final = 64
"""How deep mappings and lists may stand in each other. Our own form needs less than ten."""

MAX_NODES: Final = 6_000_000
"""How many values a file may hold."""

MAX_ALIASED: Final = 1_000_000
"""How many values a file's aliases may stand for, all together."""

MAX_PROBLEMS: Final = 200
"""How many problems of one file are reported before we stop looking."""
