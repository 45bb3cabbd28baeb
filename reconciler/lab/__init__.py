"""The lab: what `reconciler demo` plays with. The estate's files stand in `estate/`."""
