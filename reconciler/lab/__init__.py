"""The lab: emulated phones (`phones/`), pretend PBXs, and the practice of `reconciler demo`."""
