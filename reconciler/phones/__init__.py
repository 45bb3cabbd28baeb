"""Live phones: who is meant, where they are, with which login, whether they may be touched now."""
