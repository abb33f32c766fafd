"""Checks before anything trains: of instruments, and of doubtful methods."""
