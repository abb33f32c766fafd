"""Keeps beside the trials what is slow to read of them, and what a race has decided."""
