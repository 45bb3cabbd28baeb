"""Yealink: renders the files of its phones. There is no live adapter here yet."""

from reconciler.adapters.yealink.render import YealinkRenderer

RENDERER = YealinkRenderer()
