"""Text for terminals: the width is given, colours only through a style, no library needed."""
