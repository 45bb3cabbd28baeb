"""What others wrote by hand: what it holds, where it leads, and what of ours it answers. Pure."""
