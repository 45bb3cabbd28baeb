"""Secrets: references to values and back to fingerprints, and the store that keeps values.

`Secrets` reveals references, `Store` keeps values encrypted, `Fingerprints` names values without
telling them, and `seal` replaces values by fingerprints wherever they would cross a stage.
"""
