"""Text becomes declarations: load, parse, decode; and back to exact positions when shown."""
