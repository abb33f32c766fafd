"""Checks before anything trains: of data and networks to measure by, of doubtful methods and of
values to compare with."""
