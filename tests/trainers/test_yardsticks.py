"""Trainers of the catalogue, which play no game: their losses, their cost, what they reach."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import energy_distance as of_lines

from bench import registry, trainer
from bench.analysis import plots
from bench.analysis.plots.style.looks import YARDSTICK, crowd
from bench.analysis.report import contents
from bench.gan import keys, load_parts, tasks
from bench.gan.backend import tf
from bench.gan.methods import cost, rules
from bench.gan.trainers import networks
from bench.gan.trainers.moments import energy_distance
from bench.metrics import measure
from bench.trial import Method, Trial

OPTIONS = {"units": 32, "batch": 64}


OPEN = []


@pytest.fixture(autouse=True)
def parts():
    load_parts()
    yield
    while OPEN:
        OPEN.pop().close()


def run_of(folder, task="ring8", steps=40, marks=(20, 40), **asked):
    """A run in a folder, as the harness gives it."""
    made = tasks.build(task, tuple(sorted(asked.get("options", OPTIONS).items())))
    np.save(folder / "real.npy", np.asarray(made.real(keys.key(1, "real"), 5000), np.float32))
    given = {
        **{"seed": 3, "steps": steps, "shape": list(made.shape), "batch": made.batch},
        **{"latent": made.latent, "task": task, "options": OPTIONS, "labels": 0, "samples": 500},
        **{"evaluations": list(marks), "hparams": {}, "trainer": ""},
        **asked,
    }
    (folder / "run.json").write_text(json.dumps(given))
    OPEN.append(trainer.Run(folder))
    return OPEN[-1]


def lines(run):
    return [json.loads(line) for line in (run.folder / "log.jsonl").read_text().splitlines()]


def test_the_energy_distance_is_that_of_all_pairs():
    rng = np.random.default_rng(5)
    x, y = rng.normal(0, 1, (40, 3)), rng.normal(0.7, 2, (25, 3))
    among = [cdist(a, a).sum() / (len(a) * (len(a) - 1)) for a in (x, y)]
    found = float(energy_distance(tf.constant(x), tf.constant(y)))
    assert found == pytest.approx(2 * cdist(x, y).mean() - sum(among), rel=1e-5)
    assert found > 0.1
    # on a line SciPy has the square root of the biased one, whose bias is that of the diagonals
    a, b = rng.normal(0, 1, 4000), rng.normal(2, 1, 4000)
    line = float(energy_distance(tf.constant(a[:, None]), tf.constant(b[:, None])))
    assert line == pytest.approx(of_lines(a, b) ** 2, rel=2e-3)


def test_the_energy_distance_of_one_distribution_is_0_in_the_mean_on_both_sides():
    rng = np.random.default_rng(6)
    draws = [tf.constant(rng.normal(0, 1, (2, 64, 2))) for _ in range(300)]
    found = np.array([float(energy_distance(d[0], d[1])) for d in draws])
    assert abs(found.mean()) < 4 * found.std() / np.sqrt(300)
    assert (found < 0).mean() > 0.2
    assert (found > 0).mean() > 0.2


def test_slopes_are_finite_where_a_sample_is_a_real_one():
    x = tf.constant([[0.0, 1.0], [2.0, 3.0], [4.0, 0.5]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = energy_distance(x, tf.identity(x))
    assert np.isfinite(tape.gradient(loss, x)).all()


def test_blocks_hold_the_batches_and_end_where_samples_are_measured(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
    one, other = (run_of(tmp_path / n, steps=45, marks=(20, 40, 45)) for n in "ab")
    for run in (one, other):
        run.sampler(lambda n: np.zeros((n, 2)))
    plain = []
    for x in one.batches():
        plain.append(x)
        one.log(loss_g=float(len(plain)))
    blocks, first = [], 0
    for block in other.blocks(most=15):
        blocks.append(block)
        other.log(loss_g=np.arange(first + 1.0, first + len(block) + 1))
        first += len(block)
    assert [len(block) for block in blocks] == [15, 5, 15, 5, 5]
    np.testing.assert_array_equal(np.concatenate(blocks), plain)
    one.close()
    other.close()
    assert lines(one) == lines(other)
    assert [line["loss_g"] for line in lines(other)] == list(range(1, 46))
    assert sorted(p.name for p in other.folder.glob("samples-*")) == sorted(
        p.name for p in one.folder.glob("samples-*")
    )


def test_a_block_is_logged_by_a_number_of_each_step(tmp_path):
    run = run_of(tmp_path)
    next(run.blocks())
    with pytest.raises(ValueError, match=r"loss_g has the shape \(3,\), needed .* 20 steps"):
        run.log(loss_g=np.zeros(3))
    with pytest.raises(ValueError, match=r"the shape \(\)"):
        run.log(loss_g=1.0)


@pytest.mark.parametrize("name", ["vae", "moments"])
def test_a_yardstick_repeats_and_its_loss_falls(tmp_path, name):
    losses = []
    for place in "ab":
        (tmp_path / place).mkdir()
        run = run_of(tmp_path / place, steps=60, marks=(30, 60))
        registry.trainer[name].fn(run)
        run.close()
        losses.append([line["loss_g"] for line in lines(run)])
    assert losses[0] == losses[1]
    assert np.mean(losses[0][-10:]) < np.mean(losses[0][:10])
    a, b = (np.load(tmp_path / place / "samples-60.npy") for place in "ab")
    np.testing.assert_array_equal(a, b)


def test_yardsticks_cost_what_they_say_and_are_no_methods_that_are_compared():
    assert cost.gradients(Method("v", "", trainer="vae")) == 2
    assert cost.gradients(Method("m", "", trainer="moments")) == 1
    assert np.isnan(cost.gradients(Method("own", "", trainer="mine.py:train")))
    assert all(registry.trainer[name].traits["yardstick"] for name in ("vae", "moments"))


def test_the_encoder_is_the_discriminator_up_to_its_last_hidden_layer(tmp_path):
    run = run_of(tmp_path)
    g, d = networks.task(run).networks(networks.PLAIN)
    encoder = networks.encoder(run, 7)
    assert encoder(np.zeros((3, 2), np.float32)).shape == (3, 7)
    hidden = [v.shape for v in d.trainable_variables[:-2]]
    assert [v.shape for v in encoder.trainable_variables[:-2]] == hidden
    assert networks.decoder(run).count_params() == g.count_params()


def test_a_task_of_the_users_own_has_no_networks_for_them(tmp_path):
    run = run_of(tmp_path)
    run.task = "mine"
    with pytest.raises(ValueError, match="mine is a task of a file of yours"):
        networks.decoder(run)


def test_a_plan_counts_comparisons_without_yardsticks():
    trials = [Trial("ring8", Method(n, "", trainer=n), 0, 9) for n in ("vae", "moments")]
    plain = Trial("ring8", Method("ns", "non_saturating"), 0, 9)
    own = Trial("ring8", Method("own", "", trainer="own.py:train"), 0, 9)
    assert rules.compared([*trials, plain, own]) == [plain, own]
    assert rules.compared(trials) == trials  # there is nothing else


def test_results_are_compared_without_yardsticks():
    frame = pd.DataFrame({"method": ["ns", "vae", "r1"], "yardstick": [False, True, None]})
    assert contents._compared(frame)["method"].tolist() == ["ns", "r1"]
    assert contents._compared(frame[1:2])["method"].tolist() == ["vae"]


def test_yardsticks_are_grey_and_take_no_colour_from_methods():
    methods = ["vae", "ns", "moments", "r1"]
    look = plots.looks(methods, yardsticks={"vae", "moments"})
    assert list(look) == methods
    plain = plots.looks(["ns", "r1"])
    assert {m: look[m] for m in plain} == plain
    assert {look[m].colour for m in ("vae", "moments")} == {YARDSTICK}
    assert look["vae"].dash != look["moments"].dash
    assert crowd(methods, look).leaders == ["ns", "r1"]
    assert crowd(methods, look).rest == []


@pytest.mark.slow
@pytest.mark.parametrize(("name", "steps"), [("vae", 10_000), ("moments", 20_000)])
def test_a_yardstick_finds_all_modes_of_the_ring(tmp_path, name, steps):
    run = run_of(tmp_path, steps=steps, marks=(steps,), options={"units": 64, "batch": 128})
    registry.trainer[name].fn(run)
    run.close()
    found = measure(networks.task(run).instrument(), np.load(tmp_path / f"samples-{steps}.npy"))
    assert found["modes"] == 8
    assert found["high_quality"] > 0.4
    assert found["q"] < 0.8
