"""The frame -> tables of numbers: how trials ended, who leads, how methods compare, what numbers
do."""
