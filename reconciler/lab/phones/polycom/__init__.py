"""Poly: REST on VVX and Edge, a master file with parts, overrides that beat files."""
