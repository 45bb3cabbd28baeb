"""The lab's PBX."""
