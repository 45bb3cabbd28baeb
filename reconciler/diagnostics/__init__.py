"""What we tell people about their files: where, what, why, and a way out. Pure."""
