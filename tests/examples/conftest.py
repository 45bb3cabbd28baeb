"""The servers of tests/real, for examples that are applied to a real Asterisk."""

from tests.real.conftest import asterisk_factory, asterisk_prefix

__all__ = ["asterisk_factory", "asterisk_prefix"]
