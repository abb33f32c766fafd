"""Tasks: pure samplers, options that are checked, numbers that have an owner."""

from __future__ import annotations

import numpy as np
import pytest

from bench import registry
from bench.gan import keys
from bench.gan.tasks import BadOption, _check
from bench.gan.train import _schedule
from bench.trial import Method, Trial

TASKS = [part.name for part in registry.task if not part().observe]  # games are exact
KEYS = [keys.key(0, "real", i) for i in range(2)]


@pytest.mark.parametrize("name", TASKS)
def test_sampler_is_pure_in_its_key(name):
    task = registry.task[name]()
    a, again, b = (np.asarray(task.real(k, 6)) for k in (KEYS[0], KEYS[0], KEYS[1]))
    assert a.shape == (6, *task.shape)
    assert a.dtype == task.dtype
    np.testing.assert_array_equal(a, again)
    assert not np.array_equal(a, b)


@pytest.mark.parametrize(("name", "k", "sigma"), [("ring8", 8, 0.05), ("grid25", 25, 0.1)])
def test_mixture_has_all_modes_of_equal_mass_and_the_right_width(name, k, sigma):
    task = registry.task[name](sigma=sigma)
    facts = task.facts()
    points = np.asarray(task.real(KEYS[0], 20_000), np.float64)
    sample = facts.sample(points)
    counts = np.bincount(sample.modes, minlength=k)
    assert len(counts) == k
    assert counts.min() > 0.8 * 20_000 / k
    assert np.mean(sample.sharp) == pytest.approx(1 - np.exp(-4.5), abs=3e-3)
    inside = points[sample.modes == 0]
    scale = {"ring8": np.sqrt(2), "grid25": np.sqrt(8)}[name]
    assert inside.std(0) == pytest.approx(sigma / scale, rel=0.1)


@pytest.mark.parametrize("name", TASKS)
def test_recommended_numbers_belong_to_parts(name):
    for hparam, value in registry.task[name].facts["hparams"].items():
        part, _, own = hparam.rpartition(".")
        assert value > 0
        if part:
            owners = [kind[part] for kind in registry.KINDS.values() if part in kind]
            assert any(own in owner.defaults for owner in owners), hparam
    assert registry.task[name].facts["steps"] > 0


@pytest.mark.parametrize("name", TASKS)
def test_criterion_is_met_by_real_samples_and_not_by_a_point(name):
    from bench.metrics import measure

    task = registry.task[name]()
    facts = task.facts()
    fresh = np.asarray(task.real(KEYS[1], facts.n))
    good, bad = (measure(facts, points) for points in (fresh, 0 * fresh))
    holds = {">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b}
    assert all(holds[op](good[metric], limit) for metric, (op, limit) in task.criterion.items())
    assert not all(holds[op](bad[metric], limit) for metric, (op, limit) in task.criterion.items())


@pytest.mark.parametrize(
    ("options", "option"),
    [({"sigma": 0.0}, "sigma"), ({"batch": -1}, "batch"), ({"width": float("nan")}, "width")],
)
def test_bad_options_are_named(options, option):
    with pytest.raises(BadOption, match=f"{option} must be above 0") as error:
        _check(options)
    assert error.value.option == option


def test_a_data_file_is_named_by_its_content(tmp_path):
    images = np.random.default_rng(0).integers(0, 255, (120, 28, 28), np.uint8)
    file = tmp_path / "mine.npz"
    np.savez(file, x_train=images)
    options = _check({"path": str(file), "width": 0.1, "data": ""})
    assert len(options["data"]) == 16
    task = registry.task["dcgan28"](**options)
    drawn = np.asarray(task.real(KEYS[0], 3))
    known = images.astype(np.float32)[..., None] / 127.5 - 1
    for image in drawn:
        assert np.abs(known - image).max((1, 2, 3)).min() < 1e-6
    assert set(task.criterion) == {"q"}  # no labels, no modes
    np.savez(file, x_train=images[::-1])
    with pytest.raises(ValueError, match="not the images that this trial was planned with"):
        registry.task["dcgan28"](**options)
    with pytest.raises(BadOption, match="data"):
        _check(options)


@pytest.mark.parametrize(
    ("steps", "evaluations", "expected"),
    [(20, 4, [5, 10, 15, 20]), (10, 3, [3, 7, 10]), (3, 3, [1, 2, 3]), (7, 1, [7])],
)
def test_schedule(steps, evaluations, expected):
    trial = Trial("ring8", Method("ns"), 0, steps, evaluations=evaluations)
    assert _schedule(trial) == expected
