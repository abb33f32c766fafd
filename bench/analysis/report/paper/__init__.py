"""Tables of LaTeX, for a paper."""
