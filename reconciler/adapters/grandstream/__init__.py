"""Grandstream: renders the files of its phones and adapters, and talks to them live."""

from reconciler.adapters.grandstream.live import GrandstreamPhones
from reconciler.adapters.grandstream.render import GrandstreamRenderer

RENDERER = GrandstreamRenderer()
DEVICE = GrandstreamPhones(lambda: RENDERER.models)
