"""One folder per platform; folders know nothing of each other."""
