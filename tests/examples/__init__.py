"""Every folder of examples/ is a promise: it validates, applies, and then has nothing to do."""
