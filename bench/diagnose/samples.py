"""Reads samples of a training, and measures them: alone, or beside the real ones.

A file is one .npy or .npz array [n, ...] of samples of one step; its step is the last number of its
name. Images are [n, h, w] or [n, h, w, c], whole numbers from 0 to 255 or shares of [0, 1] or
[-1, 1]. Alone, samples say whether they became one place. Beside real ones they are measured as a
sweep measures them, by the features of an untrained network for images, by Fourier features for
points, and the rules of the verdicts are asked of the curves.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.analysis import verdicts
from bench.analysis.verdicts import UNSTABLE, Verdict
from bench.analysis.verdicts import thresholds as at
from bench.diagnose.finding import Finding
from bench.diagnose.log import Log, LogError, Series
from bench.gan import data
from bench.gan.tasks import instruments
from bench.metrics import Instrument, Sample, final_rows, finite, measure
from bench.metrics.planar.fourier import Fourier
from bench.store import arrays
from bench.trial import Method, Result, Status, Trial

Array = np.ndarray

FEWEST = 2
"""Fewer samples than this have no distance."""
MOST = 1000
"""Samples of a file that are measured at most."""
SCALES = (1.0, 0.5, 0.25)
"""Widths of the features of points, in units of the deviation of the real ones."""


def read(patterns: Sequence[str]) -> list[tuple[float, Array]]:
    """The steps and the samples [n, ...] of files, in order of steps. Raises LogError."""
    names = sorted({name for one in patterns for name in (glob.glob(one) or [one])}, key=_natural)
    steps = [_step(name) for name in names]
    if None in steps or len(set(steps)) < len(steps):
        steps = list(range(1, len(names) + 1))
    found = [(float(step or 0), load(name)) for step, name in zip(steps, names, strict=True)]
    shapes = {own.shape[1:] for _, own in found}
    if len(shapes) > 1:
        raise LogError(f"{names[0]}: samples of different shapes: {', '.join(map(str, shapes))}")
    return sorted(found, key=lambda one: one[0])


def load(name: str) -> Array:
    """The samples [n, ...] of a file, as floats; images in [-1, 1]. Raises LogError."""
    try:
        own = _array(name)
    except (OSError, ValueError, EOFError) as error:
        raise LogError(f"{name}: cannot be read as .npy or .npz: {error}") from error
    if own.ndim < 2 or len(own) < FEWEST or own.dtype.kind not in "uif":
        raise LogError(f"{name}: shape {own.shape}, {own.dtype}; needed are numbers [n, ...]")
    scaled = own.astype(np.float32)
    if own.ndim > 2:
        if own.dtype.kind in "ui" or float(np.nanmax(scaled)) > 2:
            scaled = scaled / 127.5 - 1
        elif float(np.nanmin(scaled)) >= 0:
            scaled = 2 * scaled - 1
        scaled = scaled[..., None] if own.ndim == 3 else scaled
    return scaled


def _array(name: str) -> Array:
    if not name.endswith(".npz"):
        return np.asarray(np.load(name, mmap_mode="r", allow_pickle=False))
    names, found = arrays.read(name, lambda names: _chosen(names))
    if len(found) != 1:
        raise ValueError(f"several arrays ({', '.join(names)}); needed is one, or one `samples`")
    return next(iter(found.values()))


def _chosen(names: list[str]) -> list[str]:
    return next(([one] for one in ("samples", "real", "x_train") if one in names), names)


def _natural(name: str) -> list[Any]:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def _step(name: str) -> int | None:
    numbers = re.findall(r"\d+", Path(name).stem)
    return int(numbers[-1]) if numbers else None


def log(found: Sequence[tuple[float, Array]]) -> Log:
    """The mean distance of two samples along a training, as a log of it."""
    steps = np.array([step for step, _ in found])
    values = np.array([_apart(own) for _, own in found])
    notes = []
    for step, own in found:
        different = len({row.tobytes() for row in own[:MOST]})
        if different < 0.9 * len(own[:MOST]):
            notes.append(f"step {step:g}: {different} of {len(own[:MOST])} samples are different")
    return Log("samples", f"{len(found)} files", {"distance": Series(steps, values)}, tuple(notes))


def _apart(own: Array) -> float:
    """The mean distance of disjoint pairs, of 500 of them at most."""
    flat = own[:MOST].reshape(min(len(own), MOST), -1).astype(np.float64)
    half = len(flat) // 2
    return float(np.linalg.norm(flat[:half] - flat[half : 2 * half], axis=1).mean())


def beside(found: Sequence[tuple[float, Array]], real: Array) -> tuple[list[Finding], Log]:
    """Ask the verdicts' rules of samples beside real ones [m, ...]; and all that was measured,
    as a log. Raises LogError."""
    if found[0][1].shape[1:] != real.shape[1:]:
        raise LogError(f"real samples are {real.shape[1:]}, generated ones {found[0][1].shape[1:]}")
    n = min(MOST, len(real) // 2, *(len(own) for _, own in found))
    if n < 20:
        raise LogError(f"{n} samples to compare are too few: 20 generated and 40 real are needed")
    instrument = _instrument(real, n)
    rows = [measure(instrument, own[:n]) for _, own in found]
    steps = [step for step, _ in found]
    curves = {name: [row.get(name) for row in rows] for name in rows[0]}
    last = final_rows(instrument, found[-1][1][:n])
    series = {
        name: Series(np.array(steps), np.array([np.nan if v is None else v for v in own], float))
        for name, own in curves.items()
    }
    text = ", ".join(
        f"{name} {own['value']:.3g}" for name, own in last.items() if own["value"] is not None
    )
    about = f"measured beside {len(real)} real samples ({instrument.proxy})"
    seen = [*_judged(curves, steps, instrument), *_copies(last, steps[-1])]
    return seen, Log("samples beside real ones", about, series, (f"at the end: {text}",))


def _instrument(real: Array, n: int) -> Instrument:
    if real.ndim > 2:
        return instruments.of_images(data.Images(real), n=n)
    unit = float(real.std(0).mean()) or 1.0
    widths = tuple(unit * scale for scale in SCALES)
    fourier = Fourier(real.shape[1], widths)

    def see(points: Array) -> Sample:
        return Sample(points, fourier(points.astype(np.float64)))

    return finite(see, real, n=n, proxy="RFF-FD", digest=fourier.digest, bandwidths=widths)


def _judged(curves: Any, steps: list[float], instrument: Instrument) -> list[Finding]:
    """The verdict of the rules of failures; one that there are no bounds for is left out."""
    trial = Trial("samples", Method("samples"), 0, max(1, int(steps[-1])))
    facts = {"floor": instrument.floor, "criterion": {}}
    own = verdicts.judge(Result(trial, Status.COMPLETED, {"step": steps, **curves}, facts=facts))
    if own.verdict not in (*UNSTABLE, Verdict.IMPROVING) or own.numbers is None:
        return []
    words = f"{own.verdict}: {verdicts.MEANING[own.verdict]} (q ended at {own.numbers.q_tail:.3g})"
    sure = "it is the verdict of a sweep, from the same measurements"
    return [Finding(own.rule, "samples", words, sick=own.verdict in UNSTABLE, reliability=sure)]


def _copies(last: Any, step: float) -> list[Finding]:
    near = last.get("nn_ratio", {}).get("value")
    if near is None or near >= at.COLLAPSED_DISTANCE:
        return []
    words = f"half of the samples lie nearer to a real one than {near:.1%} of what two real ones do"
    return [Finding("copies", "samples", words, step, numbers={"nn_ratio": near})]
