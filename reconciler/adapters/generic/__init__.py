"""Generic: an XML file of everything that is declared, for phones that nothing else renders.

Live they are reached through their PBX.
"""

from reconciler.adapters.generic.live import SipPhones
from reconciler.adapters.generic.render import GenericRenderer

RENDERER = GenericRenderer()
DEVICE = SipPhones()
