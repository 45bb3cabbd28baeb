"""A PBX for emulated phones: they register on it and call each other. It knows nothing else."""

from reconciler.lab.pbx.pbx import LabPbx

__all__ = ["LabPbx"]
