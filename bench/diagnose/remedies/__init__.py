"""Remedies: what can be tried, as lines to paste into a training loop."""

from bench.diagnose.remedies.table import Remedy, known

__all__ = ["Remedy", "known"]
