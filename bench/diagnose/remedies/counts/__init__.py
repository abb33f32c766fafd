"""Says which remedy helped after which failure, by trials that differ in it alone."""

from bench.diagnose.remedies.counts.table import ANY, ENDINGS, endings, order, tasks, told

__all__ = ["ANY", "ENDINGS", "endings", "order", "tasks", "told"]
