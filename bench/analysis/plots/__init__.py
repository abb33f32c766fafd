"""Figures of a sweep, all in one style; a method has one colour in all of them.

Every function gives a matplotlib Figure that belongs to no window: nothing needs to be closed.
"""

from bench.analysis.plots.endings import outcomes
from bench.analysis.plots.pictures import Samples, samples
from bench.analysis.plots.style import FORMATS, Look, looks, save
from bench.analysis.plots.training import curves

__all__ = ["FORMATS", "Look", "Samples", "curves", "looks", "outcomes", "samples", "save"]
