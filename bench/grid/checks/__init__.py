"""What is tried or asked before anything trains: instruments, and doubtful methods."""
