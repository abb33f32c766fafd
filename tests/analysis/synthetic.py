"""Made-up results with curves of a known kind, stored as a sweep would store them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.signal import lfilter

from bench.store import Store
from bench.trial import Method, Result, Status, Trial

EVALUATIONS = 100
FACTS: Mapping[str, Any] = {
    "modes": 8,
    "proxy": "RFF-FD",
    "floor": 0.02,
    "ceiling": 4.0,
    "features": "a41e0c96f3d7b258",
    "n": 1000,
    "criterion": {"modes": [">=", 8], "high_quality": [">=", 0.6], "mode_kl": ["<=", 0.05]},
    "label": "ring of 8 Gaussians",
    "kind": "mixture",
    "equilibrium_loss_d": 1.386,
    "real": "ring8",
}

BANDS: Mapping[str, Any] = {
    "modes": {"trivial": 5, "real": 8, "by": "stripes"},
    "high_quality": {"trivial": 0.45, "real": 0.985, "by": "wide modes"},
    "mode_kl": {"trivial": 0.35, "real": 0.004, "by": "unequal shares"},
}
"""Values that trivial samplers and real samples reach in each metric of the criterion."""

KINDS = (
    "diverged",
    "collapsed",
    "oscillating",
    "degraded",
    "converged",
    "mode_drop",
    "improving",
    "stalled",
)


def noise(rng: np.random.Generator, n: int, sd: float = 0.02, phi: float = 0.5) -> np.ndarray:
    """First-order autoregressive noise of standard deviation `sd` [n]."""
    shocks = rng.normal(size=n + 50) * sd * np.sqrt(1 - phi**2)
    shocks[0] = 0.0
    return np.asarray(lfilter([1.0], [1.0, -phi], shocks))[50:]


def curves(kind: str, rng: np.random.Generator, n: int = EVALUATIONS) -> dict[str, list[Any]]:
    """The evaluations of a run that ends in the verdict `kind`."""
    x = np.linspace(0, 1, n)
    fall = np.exp(-x * 12)
    shape: dict[str, tuple[np.ndarray, float, float]] = {  # q, modes at the end, good share
        "diverged": (1.07 - 0.2 * fall, 0, 0.0),
        "collapsed": (1.1 + 0 * x, 1, 0.7),
        "oscillating": (0.6 + 0.2 * np.sin(2 * np.pi * x * 10), 5, 0.7),
        "degraded": (0.1 + 0.9 * fall + 0.6 * (x > 0.7), 6, 0.7),
        "converged": (0.08 + 0.9 * fall, 8, 0.9),
        "mode_drop": (0.65 + 0.3 * fall, 6, 0.85),
        "improving": (1.0 - 0.5 * x, 4, 0.4),
        "stalled": (0.9 + 0 * x, 0, 0.1),
    }
    q, modes, good = shape[kind]
    q = q + noise(rng, n)
    arrive = np.clip(x * 8, 0, 1)
    covered = np.round(modes * arrive)
    return {
        "step": [int(s) for s in np.round(np.arange(1, n + 1) * 5000 / n)],
        "q": q.tolist(),
        "fd": (0.02 * (4 / 0.02) ** q).tolist(),
        "modes": covered.tolist(),
        "modes_1": np.minimum(8, covered + 1).tolist(),
        "high_quality": np.clip(good * arrive + noise(rng, n), 0, 1).tolist(),
        "mode_kl": np.abs(0.02 + (8 - covered) / 8 + noise(rng, n, 0.002)).tolist(),
        "mode_max": np.clip((1 if kind == "collapsed" else 0.3) + noise(rng, n), 0, 1).tolist(),
        "mode_tv": [None, *np.abs(0.03 + noise(rng, n - 1, 0.01)).tolist()],
        "pairwise_ratio": (
            np.abs(0.02 + 0 * x) if kind == "collapsed" else 0.9 + noise(rng, n)
        ).tolist(),
        "outside": (np.clip(2 * x, 0, 1) if kind == "diverged" else 0 * x).tolist(),
    }


def signals(rng: np.random.Generator, n: int = 200, sd: float = 0.1) -> dict[str, list[Any]]:
    """The training signals of a run whose losses have the standard deviation `sd`."""
    x = np.linspace(0, 1, n)
    return {
        "step": [int(s) for s in np.arange(1, n + 1) * 25],
        "loss_g": (0.8 + 0.4 * x + noise(rng, n, sd)).tolist(),
        "loss_d": (1.2 + 0.2 * np.exp(-8 * x) + noise(rng, n, sd / 2)).tolist(),
        "logit_scale": (0.5 + 0.5 * x).tolist(),
        "weight_norm": (10 + x).tolist(),
    }


def result(
    kind: str,
    *,
    method: str = "ns",
    task: str = "ring8",
    seed: int = 0,
    status: Status | None = None,
    facts: Mapping[str, Any] | None = None,
    hparams: Mapping[str, float] | None = None,
    options: Mapping[str, Any] | None = None,
    evaluations: int = EVALUATIONS,
) -> Result:
    """One trial whose curves are of the given kind; "nonfinite" breaks off, "crashed" has none."""
    numbers = {"lr_g": 1e-3, "lr_d": 1e-3} if hparams is None else hparams
    trial = Trial(
        task, Method(method), seed, 5000, numbers, options or {"sigma": 0.1, "batch": 256}
    )
    rng = np.random.default_rng([seed, *method.encode(), *kind.encode()])
    known = dict(FACTS if facts is None else facts)
    if kind == "crashed":
        error = {"type": "ValueError", "message": "bad shape", "traceback": "Traceback ..."}
        return Result(trial, Status.CRASHED, facts=known, error=error, seconds=1.0)
    if kind == "nonfinite":
        whole, blocks = curves("stalled", rng, evaluations), signals(rng, sd=0.5)
        kept = {name: values[: evaluations * 3 // 10] for name, values in whole.items()}
        error = {"type": "nonfinite", "step": 1520, "what": "loss_d"}
        blocks = {name: values[:60] for name, values in blocks.items()}
        return Result(trial, Status.DIVERGED, kept, blocks, known, error, 4.0)
    return Result(
        trial,
        status or Status.COMPLETED,
        curves(kind, rng, evaluations),
        signals(rng),
        known,
        seconds=12.0 + seed,
        provenance={"python": "3.11"},
    )


def ring(rng: np.random.Generator, n: int, modes: int = 8, sd: float = 0.1) -> np.ndarray:
    """Samples of a ring of Gaussians [n, 2], of which `modes` are present."""
    angle = 2 * np.pi * rng.integers(0, modes, n) / 8
    return np.stack([np.cos(angle), np.sin(angle)], 1) + sd * rng.normal(size=(n, 2))


def write(
    folder: Path, results: Sequence[Result], toml: str | None = None, images: bool = False
) -> Path:
    """A results folder with these trials, their samples, and the sweep's TOML."""
    store = Store(folder).create()
    rng = np.random.default_rng(7)
    for item in results:
        store.write(item, {"fake": _fake(rng, images), "step": np.asarray(5000)})
    real = rng.uniform(-1, 1, (64, 8, 8, 1)) if images else ring(rng, 1000)
    store.write_real("ring8", {"real": real})
    if toml is not None:
        store.write_text("sweep.toml", toml)
    return folder


def _fake(rng: np.random.Generator, images: bool) -> np.ndarray:
    return rng.uniform(-1, 1, (64, 8, 8, 1)) if images else ring(rng, 1000, modes=6)
