"""Samples of more than two numbers, or of one, are drawn in the plane."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from bench.analysis import plots
from bench.analysis.plots.pictures import flat, limit_of

RNG = np.random.default_rng(0)
WIDTHS = np.array([0.1, 3.0, 0.5, 1.5, 0.2])
REAL = RNG.normal(size=(4000, 5)) * WIDTHS + [5.0, -1.0, 0.0, 2.0, 0.0]
FAKE = RNG.normal(size=(300, 5))


def test_points_are_seen_along_the_directions_in_which_real_ones_vary_most():
    values, vectors = np.linalg.eigh(np.cov(REAL.T))
    axes = vectors[:, np.argsort(values)[:-3:-1]].T
    axes = axes * np.sign(axes[[0, 1], np.abs(axes).argmax(1)])[:, None]
    assert flat(REAL, FAKE) == pytest.approx((FAKE - REAL.mean(0)) @ axes.T, abs=1e-9)
    assert np.abs(axes).argmax(1).tolist() == [1, 3]
    assert flat(REAL, REAL).std(0) == pytest.approx([3.0, 1.5], rel=0.05)
    assert flat(None, REAL) == pytest.approx(flat(REAL, REAL))


def test_points_of_the_plane_stay_and_those_of_a_line_lie_on_one():
    assert flat(REAL[:, :2], FAKE[:, :2]) is not None
    assert (flat(REAL[:, :2], FAKE[:, :2]) == FAKE[:, :2]).all()
    line = flat(REAL[:, :1], FAKE[:, :1])
    assert (line == np.stack([FAKE[:, 0], 0 * FAKE[:, 0]], 1)).all()


def test_samples_that_are_not_finite_hurt_nothing():
    broken = REAL.copy()
    broken[:10, 3] = np.inf
    assert flat(broken, FAKE) == pytest.approx(flat(broken[10:], FAKE))
    assert flat(REAL[:1], FAKE) == pytest.approx(FAKE[:, :2])
    assert np.isfinite(limit_of(broken, []))
    assert flat(REAL, broken).shape == (4000, 2)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_pictures_of_any_number_of_columns_are_drawn(size):
    real, fake = REAL[:, :size], FAKE[:, :size]
    look = plots.looks(["r1"])
    ax = Figure().subplots()
    plots.draw_samples(ax, real, plots.Samples("r1", "", fake), look["r1"].colour)
    drawn = [points.get_offsets() for points in ax.collections]
    assert np.asarray(drawn[0]) == pytest.approx(flat(real, real[:2000]))
    assert np.asarray(drawn[1]) == pytest.approx(flat(real, fake))
    moving = plots.Motion("r1", np.array([1, 2]), np.stack([fake, fake / 2]), "step")
    assert plots.animation(real, [moving], look)[:4] == b"RIFF"
    assert plots.animation(None, [moving], look)[:4] == b"RIFF"
