"""Ticks that are found once are where matplotlib puts them when it is asked each time."""

from __future__ import annotations

import contextlib

import numpy as np
from matplotlib.axis import Axis
from matplotlib.figure import Figure

from bench.analysis.plots.style import saving, ticks
from bench.analysis.plots.style.saving import save


def _figure() -> Figure:
    """Panels of unequal limits and scales, with offsets, titles and one that is hidden."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    blocks = figure.subfigures(2, 1)
    for i, block in enumerate(blocks):
        axes = block.subplots(1, 3)
        for j, ax in enumerate(axes):
            ax.plot(np.arange(1, 9) * 10.0 ** (3 * j), (np.arange(8) - 3.7) * 1e5**i)
            ax.set_title(f"panel {i} {j}")
            ax.set(xlabel="step", ylabel="a long label\nof two lines")
        axes[1].set_xscale("log")
        axes[2].set_visible(not i)
    return figure


def test_files_are_the_same_byte_for_byte(tmp_path, monkeypatch):
    quick = save(_figure(), tmp_path / "quick")
    monkeypatch.setattr(ticks, "found_once", lambda figure: contextlib.nullcontext())
    plain = save(_figure(), tmp_path / "plain")
    for one, other in zip(quick, plain, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.suffix


def test_ticks_are_found_less_often_and_as_before_afterwards(tmp_path, monkeypatch):
    count, find = [], Axis._update_ticks
    monkeypatch.setattr(Axis, "_update_ticks", lambda self: count.append(1) or find(self))
    figure = _figure()
    saving.save(figure, tmp_path / "x", ("png",))
    quick = len(count)
    assert not any({*vars(ax.xaxis)} & {*ticks._FINDS} for ax in figure.axes)
    count.clear()
    monkeypatch.setattr(ticks, "found_once", lambda figure: contextlib.nullcontext())
    saving.save(_figure(), tmp_path / "y", ("png",))
    assert quick < len(count) / 3


def test_other_limits_within_it_have_other_ticks():
    figure = Figure()
    ax = figure.subplots()
    with ticks.found_once(figure):
        ax.set_xlim(0, 1)
        first = [tick.get_loc() for tick in ax.xaxis._update_ticks()]
        ax.set_xlim(0, 1000)
        assert [tick.get_loc() for tick in ax.xaxis._update_ticks()] != first
