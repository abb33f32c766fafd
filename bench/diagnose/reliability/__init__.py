"""Says how often each finding was right, by trials of which the samples were measured."""

from bench.diagnose.reliability.table import Counted, counted, weighed

__all__ = ["Counted", "counted", "weighed"]
