"""Values become text for people and machines. Nothing here reads, writes or asks the clock."""
