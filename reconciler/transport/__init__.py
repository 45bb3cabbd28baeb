"""The wires that several adapters speak; each third-party client has exactly one home here."""
