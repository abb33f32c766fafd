"""Figures of a sweep, all in one style; a method has one colour in all of them.

Every function gives a matplotlib Figure that belongs to no window: nothing needs to be closed.
Those that begin with `draw_` draw one panel on the reader's own axes.
"""

from bench.analysis.plots.bounds import bands, draw_bound
from bench.analysis.plots.effects import draw_effects, draw_interaction, effects
from bench.analysis.plots.endings import draw_outcomes, outcomes
from bench.analysis.plots.gallery import ANIMATION, MOST, Motion, animation, gallery, some
from bench.analysis.plots.pictures import Samples, draw_samples, samples
from bench.analysis.plots.portraits import (
    PORTRAYED,
    draw_course,
    draw_portrait,
    draw_spectrum,
    portraits,
    portrayed,
)
from bench.analysis.plots.profiles import draw_profile, profiles
from bench.analysis.plots.races import draw_race, race
from bench.analysis.plots.ranks import (
    critical_difference,
    draw_quality,
    draw_ranks,
    draw_rates,
    ranking,
)
from bench.analysis.plots.search import (
    PANELS,
    best_of_k,
    draw_best_of_k,
    draw_map,
    draw_window,
    maps,
    windows,
)
from bench.analysis.plots.seeds import seeds
from bench.analysis.plots.style import COLUMN, PAGE, ROWS, column
from bench.analysis.plots.style.looks import EIGHT, Crowd, Look, crowd, looks
from bench.analysis.plots.style.saving import FORMATS, fit_to_column, prepare, save
from bench.analysis.plots.time import costs, draw_cost, draw_survival, survival, time_of
from bench.analysis.plots.training import curves, draw_curves

__all__ = [
    "ANIMATION",
    "COLUMN",
    "EIGHT",
    "FORMATS",
    "MOST",
    "PAGE",
    "PANELS",
    "PORTRAYED",
    "ROWS",
    "Crowd",
    "Look",
    "Motion",
    "Samples",
    "animation",
    "bands",
    "best_of_k",
    "column",
    "costs",
    "critical_difference",
    "crowd",
    "curves",
    "draw_best_of_k",
    "draw_bound",
    "draw_cost",
    "draw_course",
    "draw_curves",
    "draw_effects",
    "draw_interaction",
    "draw_map",
    "draw_outcomes",
    "draw_portrait",
    "draw_profile",
    "draw_quality",
    "draw_race",
    "draw_ranks",
    "draw_rates",
    "draw_samples",
    "draw_spectrum",
    "draw_survival",
    "draw_window",
    "effects",
    "fit_to_column",
    "gallery",
    "looks",
    "maps",
    "outcomes",
    "portraits",
    "portrayed",
    "prepare",
    "profiles",
    "race",
    "ranking",
    "samples",
    "save",
    "seeds",
    "some",
    "survival",
    "time_of",
    "windows",
]
