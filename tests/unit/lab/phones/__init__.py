"""Emulated phones."""
