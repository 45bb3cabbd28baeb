"""The lab: what `reconciler demo` plays with (`estate/`), and emulated phones (`phones/`)."""
