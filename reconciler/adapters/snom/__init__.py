"""Snom: renders the files of its desk phones. There is no live adapter here yet."""

from reconciler.adapters.snom.render import SnomRenderer

RENDERER = SnomRenderer()
