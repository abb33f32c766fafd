"""The record of a trial: curves, samples, snapshots, training signals.

Three rates, by what each thing is made of. Losses, gradient norms, logits and the length of the
weights are by-products of a step: the compiled loop gives them for every one, and they are kept as
means over blocks, with deviation, spikes and largest values of all steps. Metrics need samples:
at each evaluation. The discriminator is judged on samples that no step has just been taken on (on
its own batch it flatters itself, and 64 samples know an accuracy to 0.04 only; 500 of each, to
0.016), and motion needs the weights of several steps: in the loop both would cost every step a
second forward pass and copies of all weights, so they are looked at in 20 of the evaluations, with
the loop stopped. Twenty tell a D that overpowers from one that does not, and a median update ratio;
oscillation and spikes, which need many points, rest on the other two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bench.gan.state import SIGNALS
from bench.gan.tasks import Task
from bench.metrics import Instrument, Sample, final_rows, values

Array = np.ndarray
Series = dict[str, list[float | None]]

KEPT = {"mixture": 1000, "images": 64}
"""Samples of the end of a trial that are kept to look at, by the kind of task."""

LOOKS = 20
"""Evaluations, about, that look closer, at discriminator and motion, and leave a snapshot."""
SHOWN = {"mixture": 300, "images": 64}
"""Samples in a snapshot, by the kind of task: the first of the same fixed z each time."""

SPIKE_WINDOW, SPIKE_SIZE = 101, 8 * 1.4826
"""Steps of the running median, and how many running MAD from it make a loss a spike: 8 standard
deviations, of which a normal distribution's MAD is 1 / 1.4826."""


class Record:
    """Collects curves, samples and training signals along a trial.

    `curves` has a list for each metric, one value an evaluation, None where it has none; `rows` the
    signals [T, S] of the steps between two evaluations; `final` what is measured once, at the end;
    `missing` the reasons of metrics without a value; `looks` which evaluations look closer; `path`
    the first steps of a game of two numbers.
    """

    def __init__(self, task: Task, instrument: Instrument, evaluations: int) -> None:
        self.task, self.instrument, self.evaluations = task, instrument, evaluations
        self.looks = looks_at(evaluations)
        self.curves: Series = {"step": []}
        self.rows: list[Array] = []
        self.final: dict[str, dict[str, Any]] = {}
        self.missing: dict[str, str] = {}
        self.path: dict[str, list[float]] | None = None
        self._fake = np.zeros(0)
        self._shown: dict[int, Array] = {}
        self._more: set[str] = set()
        self._histograms: dict[str, list[Array | None]] = {}

    def evaluate(
        self, step: int, generated: Mapping[str, Array], more: Mapping[str, float | None]
    ) -> None:
        """Measure generated points [n, ...] after so many steps.

        Each generator has a prefix of its curves: "" is the one that is trained, "ema_" its
        average. `more` are curves that were measured elsewhere, None where they were not.
        Samples are kept of ""; a game generates nothing to look at.
        """
        place = len(self.curves["step"])
        self._add("step", step)
        for prefix, points in generated.items():
            self._measure(prefix, points)
        for name in sorted(self._more | set(more)):
            self.curves.setdefault(name, [None] * place).append(more.get(name))
        self._more |= set(more)
        if not generated:
            return
        self._fake = generated[""]
        if place in self.looks:
            self._shown[step] = _small(self._fake[: SHOWN.get(self.task.kind, 300)])

    def measured(self) -> dict[str, float | None]:
        """The last value of each metric."""
        return {name: curve[-1] for name, curve in self.curves.items() if name != "step"}

    def latest(self) -> dict[str, float | None]:
        """The last value of each metric, and the mean of each signal since the one before."""
        return self.measured() | dict(zip(SIGNALS, self.rows[-1].mean(0).tolist(), strict=True))

    def finish(self) -> None:
        """Measure what is measured once, on the last samples, and close the curves."""
        if self._shown:
            self.final = final_rows(self.instrument, self._fake)
        for prefix, histograms in self._histograms.items():
            kept = [h for h in histograms if h is not None]
            if len(kept) == len(histograms) > 1:
                self.curves[f"{prefix}mode_pc"] = _first_component(np.array(kept)).tolist()

    def cut(self, step: int) -> None:
        """Forget the evaluations from a step on: what broke there was seen later."""
        kept = sum(1 for own in self.curves["step"] if own is not None and own < step)
        self.curves = {name: values[:kept] for name, values in self.curves.items()}
        self._shown = {own: shown for own, shown in self._shown.items() if own < step}

    def samples(self) -> dict[str, Array]:
        """Arrays to store: `fake` [n, ...] and `step` of the end, `snapshots` [k, n, ...] and
        `steps` [k]. Snapshots of points are float16, of images uint8: x = u / 127.5 - 1."""
        if not self._shown:
            return {}
        return {
            "fake": self._fake[: KEPT.get(self.task.kind, 1000)],
            "step": np.array(self.curves["step"][-1]),
            "snapshots": np.array(list(self._shown.values())),
            "steps": np.array(list(self._shown)),
        }

    def signals(self) -> Series:
        """Training signals as means over blocks of steps."""
        return blocks(self.rows, self.evaluations)

    def _measure(self, prefix: str, points: Array) -> None:
        fake = self.instrument.sample(points)
        for name, found in values(self.instrument, fake).items():
            self._add(prefix + name, found.value)
            if found.reason:
                self.missing[prefix + name] = found.reason
        self._add(f"{prefix}mode_tv", self._hopping(prefix, fake))

    def _hopping(self, prefix: str, fake: Sample) -> float | None:
        """Half the L1 distance between the mode histograms of two successive measurements."""
        histograms = self._histograms.setdefault(prefix, [])
        histograms.append(self.instrument.histogram(fake))
        if len(histograms) < 2 or histograms[-2] is None or histograms[-1] is None:
            return None
        return float(np.abs(histograms[-1] - histograms[-2]).sum() / 2)

    def _add(self, name: str, value: float | None) -> None:
        self.curves.setdefault(name, []).append(value)


def looks_at(evaluations: int) -> set[int]:
    """The evaluations among 0 ... n - 1 that look closer: about 20, first and last included."""
    return set(np.rint(np.linspace(0, evaluations - 1, LOOKS)).astype(int).tolist())


def _small(points: Array) -> Array:
    """Points to look at: images [n, h, w, c] in [-1, 1] as uint8, others as float16."""
    if points.ndim == 4:
        return np.rint((np.clip(points, -1, 1) + 1) * 127.5).astype(np.uint8)
    return np.clip(points, -6e4, 6e4).astype(np.float16)  # its largest number is 65504


def _first_component(histograms: Array) -> Array:
    """Scores [E] of the first principal component of mode histograms [E, K]: the direction in which
    the shares move most. Its sign is that of its largest loading."""
    u, s, v = np.linalg.svd(histograms - histograms.mean(0), full_matrices=False)
    return u[:, 0] * s[0] * np.sign(v[0, np.abs(v[0]).argmax()])


def blocks(rows: list[Array], evaluations: int) -> Series:
    """Signals as means over blocks of steps, two blocks a measurement, up to the break.

    `rows` are tables [T, S] in the order of `SIGNALS`. Losses have their deviation within a block
    and the share of spikes as well, gradient norms the largest in the block.
    """
    # all steps before the first with a number that is not finite
    table = np.concatenate(rows).astype(np.float64)
    finite = np.isfinite(table).all(1)
    table = table[: len(table) if finite.all() else int(np.argmin(finite))]
    columns = dict(zip(SIGNALS, table.T, strict=True))
    return series(np.arange(1, len(table) + 1), columns, 2 * evaluations)


def series(steps: Array, columns: Mapping[str, Array], most: int) -> Series:
    """Signals after the steps [T] as means over at most so many blocks of them.

    `columns` are [T], NaN where a signal has no value; a block without any has none.
    """
    count = min(len(steps), most)
    signals: Series = {"step": [int(b[-1]) for b in _split(steps, count)]}
    for name, column in columns.items():
        parts = _split(column, count)
        signals[name] = [_of(np.mean, part) for part in parts]
        if name.startswith("loss"):
            signals[f"{name}_std"] = [_of(np.std, part) for part in parts]
            flags = np.full(len(column), np.nan)
            known = np.isfinite(column)
            flags[known] = spikes(column[known])
            signals[f"{name}_spikes"] = [_of(np.mean, part) for part in _split(flags, count)]
        if name.startswith("gradient"):
            signals[f"{name}_max"] = [_of(np.max, part) for part in parts]
    return signals


def _of(measure: Callable[[Array], Any], part: Array) -> float | None:
    """A number of the values that a block has; None where it has none."""
    known = np.isfinite(part)
    if not known.any():
        return None
    return float(measure(part if known.all() else part[known]))


def spikes(loss: Array) -> Array:
    """Marks the spikes of a loss [T]: steps farther from the running median of 101 steps than 8
    times 1.4826 running MAD. -> bool [T]."""
    from scipy.ndimage import median_filter

    if not len(loss):
        return np.zeros(0, bool)
    # a window longer than the series: SciPy's one-dimensional filter then reads beyond its end
    window = min(SPIKE_WINDOW, len(loss) - (len(loss) + 1) % 2)
    away = np.abs(loss - median_filter(loss, window, mode="reflect"))
    return away > SPIKE_SIZE * median_filter(away, window, mode="reflect")


def _split(column: Array, count: int) -> list[Array]:
    return np.array_split(column, count) if count else []
