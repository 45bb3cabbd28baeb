"""Declarations become the desired estate: scopes, layers, variables, references, targets. Pure."""
