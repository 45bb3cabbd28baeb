"""Poly: renders the files of its phones, and talks to them live."""

from reconciler.adapters.polycom.live import PolyPhones
from reconciler.adapters.polycom.render import PolycomRenderer

RENDERER = PolycomRenderer()
DEVICE = PolyPhones(lambda: RENDERER.models)
