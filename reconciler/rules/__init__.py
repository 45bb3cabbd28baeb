"""Rules over the whole estate, one file per family; `check` runs them all. Pure."""

from reconciler.rules.check import check, check_secrets

__all__ = ["check", "check_secrets"]
