"""One file per kind: an object as sections and dialplan, and what these tell back."""
