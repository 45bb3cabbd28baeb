"""How devices are answered: what they ask for, whether they may have it, the server itself."""
