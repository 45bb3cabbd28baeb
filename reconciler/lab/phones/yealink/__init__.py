"""Yealink: four generations of web servers, boot files, `key = value`."""
