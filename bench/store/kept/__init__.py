"""Keeps beside the trials what is slow to read of them, by their content."""
