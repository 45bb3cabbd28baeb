"""Firmware: which version a phone has, which it shall have, how it gets there, whether it did."""
