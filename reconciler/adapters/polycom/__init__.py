"""Poly: renders the files of VVX and Edge phones. There is no live adapter here yet."""

from reconciler.adapters.polycom.render import PolycomRenderer

RENDERER = PolycomRenderer()
