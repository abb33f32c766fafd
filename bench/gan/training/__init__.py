"""The motion: a compiled step, the loop around it, and what is recorded along the way."""
