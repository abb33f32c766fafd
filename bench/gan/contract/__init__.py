"""What every part promises, and programs that hold it to that."""
