"""The scheme of references to what signs a device's address. Loads nothing: every plan asks."""

from typing import Final

SIGNATURE: Final = "signature"
"""The scheme of references to signatures: what follows is the MAC, 12 lower-case hex digits."""
