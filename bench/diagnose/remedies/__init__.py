"""Remedies: what to try first, with counts of the trials that they rescued, and lines to paste."""

from bench.diagnose.remedies.table import Remedy, Rescued, advice, known

__all__ = ["Remedy", "Rescued", "advice", "known"]
