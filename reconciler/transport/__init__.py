"""The wires that several adapters speak. Each third-party client library has exactly one home here."""
