"""Rules over the whole estate, one file per family; `check` runs them all. Pure."""

from reconciler.rules.check import apply_waivers, check

__all__ = ["apply_waivers", "check"]
