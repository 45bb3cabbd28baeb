"""The nouns that cross stages, as frozen values. Pure."""
