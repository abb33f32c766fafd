"""Statements about results: tables, verdicts, statistics and figures from a results folder.

`bench.load` gives the frame (a row per trial) that these modules take:

    statistics   of arrays: rates, effects, tests, survival, best of k, profiles, seeds needed
    ranking      who leads on each task, on settings chosen and reported on different seeds
    comparing    two methods, or all pairs: effect, interval, tests, seeds needed
    convergence  time to convergence, failures censored at the full budget
    bounds       rates of success at other bounds of the criterion
    sensitivity  the effect of hyper-parameters
    tables       the outcomes of trials and the values that they reached
    plots        every figure, and `plots.draw_...` for single panels on the reader's own axes

>>> import bench
>>> from bench.analysis import comparing
>>> comparing.pairwise(bench.load("results/quickstart"))

Nothing here trains, and nothing here imports TensorFlow. Importing this package loads nothing
heavy; its modules need numpy, pandas, scipy and matplotlib.
"""

from bench.store import cache

cache.for_matplotlib()  # before any module of this package, or a plugin, imports it
