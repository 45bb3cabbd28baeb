"""Desired, live and ledger become changes, changes become an ordered plan. Pure."""
