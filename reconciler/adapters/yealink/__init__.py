"""Yealink: renders the files of its phones, and talks to them live."""

from reconciler.adapters.yealink.live import YealinkPhones
from reconciler.adapters.yealink.render import YealinkRenderer

RENDERER = YealinkRenderer()
DEVICE = YealinkPhones(lambda: RENDERER.models)
