"""Metrics of single tasks, each on a number of every sample that only their instruments give."""

from bench.metrics.special import marks, tables  # noqa: F401  (they register the metrics)
