"""Fanvil: renders the files of its phones. There is no live adapter."""

from reconciler.adapters.fanvil.render import FanvilRenderer

RENDERER = FanvilRenderer()
