"""Phase portraits of games of two numbers: the field, the paths of methods in it, their spectra."""

from bench.analysis.plots.portraits.figure import (
    PORTRAYED,
    draw_course,
    draw_portrait,
    draw_spectrum,
    portraits,
    portrayed,
)

__all__ = ["PORTRAYED", "draw_course", "draw_portrait", "draw_spectrum", "portraits", "portrayed"]
