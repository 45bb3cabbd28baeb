"""Generic: an XML file of everything that is declared, for phones that nothing else renders."""

from reconciler.adapters.generic.render import GenericRenderer

RENDERER = GenericRenderer()
