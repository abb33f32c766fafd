"""What can be said about results: tables, verdicts, statistics and figures from a results folder.

Nothing here trains, and nothing here imports TensorFlow. Importing this package loads nothing
heavy; its modules need numpy, pandas, scipy and matplotlib.
"""
