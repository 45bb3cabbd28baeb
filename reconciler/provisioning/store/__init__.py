"""What is published, and what is known of its fetching, as the store keeps it. IO."""
