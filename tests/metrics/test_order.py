"""Which fault does which proxy see? A table of known samplers on ring8, written and checked.

Each value is in standard deviations of what real samples get ("z"), over several draws. A metric
that claims to see a fault must be far from real samples there; where its docstring says that it is
blind, it must be near.
"""

import numpy as np
import pytest

from bench.metrics import Mixture, measure, ring
from bench.metrics.calibrate import gaussian
from bench.metrics.frechet import frechet, moments

RING = Mixture.standardized(ring(), 0.1)
N, DRAWS, NULL = 500, 4, 16


def blob(rng):
    return gaussian(RING.draw(0, 2000), N, rng)


def modes(rng, kept=8, width=1.0, shift=0.0):
    centres = RING.centres[rng.integers(kept, size=N)]
    return centres + RING.sigma * (width * rng.normal(size=(N, 2)) + [shift, 0])


SAMPLERS = {
    "perfect": modes,
    "shifted": lambda rng: modes(rng, shift=1.0),
    "shifted far": lambda rng: modes(rng, shift=3.0),
    "widened": lambda rng: modes(rng, width=2.0),
    "widened far": lambda rng: modes(rng, width=4.0),
    "dropped": lambda rng: modes(rng, kept=7),
    "half dropped": lambda rng: modes(rng, kept=4),
    "gaussian": blob,
    "single mode": lambda rng: modes(rng, kept=1),
}

# sampler -> metrics that claim to see it (beyond 4 standard deviations of real samples)
SEEN = {
    "shifted": ["fd", "q", "high_quality", "density", "coverage"],
    "widened": ["fd", "q", "high_quality", "precision", "density", "coverage", "vendi"],
    "dropped": ["fd", "q", "mmd", "mode_kl", "recall", "coverage"],
    "gaussian": ["fd", "q", "mmd", "energy", "sliced_w2", "high_quality", "precision", "density"],
    "single mode": [
        *("fd", "q", "mmd", "energy", "sliced_w2", "w2", "mode_kl", "mode_max"),
        *("recall", "coverage", "vendi", "pairwise_ratio"),
    ],
}

# sampler -> metrics whose docstrings say that they are blind to it (within 4)
BLIND = {
    "shifted": ["raw fd", "w2", "sliced_w2", "energy", "pairwise_ratio", "outside", "vendi"],
    "widened": ["raw fd", "w2", "sliced_w2", "recall", "mode_kl", "pairwise_ratio", "outside"],
    "gaussian": ["raw fd", "mode_kl", "recall", "mode_max", "outside"],
    "dropped": ["precision", "density", "pairwise_ratio", "outside"],
    "single mode": ["precision", "high_quality", "density", "outside"],
}

# families of a growing fault, and the metrics that claim to grow with it
FAMILIES = {
    ("perfect", "shifted", "shifted far"): ["fd", "q", "mmd", "energy"],
    ("perfect", "widened", "widened far"): ["fd", "q", "mmd", "vendi"],
    ("perfect", "dropped", "half dropped", "single mode"): (
        ["fd", "q", "mmd", "energy", "sliced_w2", "mode_kl", "mode_max"]
    ),
}


def measured(instrument, points):
    found = measure(instrument, points) | measure(instrument, points, final=True)
    known = moments(instrument.real.points)
    return found | {"raw fd": frechet(known, points)}


@pytest.fixture(scope="module")
def table():
    """sampler -> metric -> mean z over the draws."""
    instrument = RING.instrument(n=N)
    draws = {
        name: [measured(instrument, make(np.random.default_rng([i, 5]))) for i in range(count)]
        for name, make in SAMPLERS.items()
        for count in (NULL if name == "perfect" else DRAWS,)
    }
    null = draws["perfect"]
    rows = {}
    for name, found in draws.items():
        rows[name] = {}
        for metric in null[0]:
            real = np.array([values[metric] for values in null])
            away = np.mean([values[metric] for values in found]) - real.mean()
            rows[name][metric] = away / max(real.std(ddof=1), 1e-3)
    return rows


def test_table_is_written(table, tmp_path):
    """As Markdown; printed with -s."""
    metrics = list(table["perfect"])
    lines = ["| sampler | " + " | ".join(metrics) + " |", "|" + "---|" * (len(metrics) + 1)]
    for name, row in table.items():
        lines.append(f"| {name} | " + " | ".join(f"{row[metric]:.1f}" for metric in metrics) + " |")
    file = tmp_path / "proxies.md"
    file.write_text("\n".join(lines))
    print("\n" + file.read_text())
    assert len(file.read_text().splitlines()) == len(SAMPLERS) + 2
    assert all(np.isfinite(z) for row in table.values() for z in row.values())


@pytest.mark.parametrize("name", SEEN)
def test_faults_are_seen_by_whom_they_should(table, name):
    for metric in SEEN[name]:
        assert abs(table[name][metric]) > 4, metric


@pytest.mark.parametrize("name", BLIND)
def test_metrics_are_blind_where_they_say_so(table, name):
    for metric in BLIND[name]:
        assert abs(table[name][metric]) < 4, metric


@pytest.mark.parametrize("names", FAMILIES)
def test_a_growing_fault_gets_growing_values(table, names):
    for metric in FAMILIES[names]:
        values = [table[name][metric] for name in names]
        assert (np.diff(values) > 0).all(), metric


def test_proxy_sees_the_gaussian_that_raw_coordinates_take_for_real(table):
    """Why the Frechet distance is not taken on coordinates."""
    assert abs(table["gaussian"]["raw fd"]) < 2
    assert table["gaussian"]["fd"] > 200
