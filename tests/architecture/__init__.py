"""The house itself: what is written about it is so."""
