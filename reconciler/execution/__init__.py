"""Carrying out: read targets, replay steps, reveal secrets at the last moment. IO."""
