"""Batches that a part cannot have, and options without effect: refused when a sweep is read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from bench import grid, registry
from bench.gan.contract.contract import _method
from bench.gan.methods import CATALOGUE, meetings
from bench.gan.methods.rules import IllegalMethod, check_task
from bench.gan.parts.layers import MinibatchStd
from bench.gan.training.critic import Critic
from bench.gan.training.step import Step, _batch
from bench.trial import Method

MAD = CATALOGUE["mad_gan"].method
STD = Method("m", extras=("minibatch_std",))
NORM = Method("m", normalizer="batch_norm")


@pytest.mark.parametrize(
    ("method", "batch", "reason"),
    [
        (MAD, 2, "generators = 3 with a batch of 2"),
        (replace(MAD, batch_factor=2), 1, "generators = 3 with a batch of 2"),
        (STD, 1, "a group of one sample has no deviation"),
        (STD, 5, "its groups have 4 samples"),
        (replace(STD, batch_factor=3), 2, "minibatch_std with a batch of 6"),
        (Method("m", extras=("minibatch_discrimination",)), 1, "no others"),
        (Method("m", extras=("top_k",)), 1, "the best of one sample"),
        (Method("m", regularizers=("mode_seeking",)), 1, "compares two samples"),
        (NORM, 1, "the variance of one sample is 0"),
        (replace(NORM, pack=2), 1, "batch_norm with a batch of 1"),
        (Method("m", g_normalizer="virtual_batch_norm"), 1, "the variance of one sample"),
        (CATALOGUE["progan"].method, 30, "minibatch_std with a batch of 30"),
        (Method("m", network="dcgan"), 1, "dcgan with a batch of 1"),
    ],
    ids=str,
)
def test_a_batch_that_a_part_cannot_have(method, batch, reason):
    with pytest.raises(IllegalMethod, match=reason):
        check_task(method, "digits8", None, batch)


@pytest.mark.parametrize(
    ("method", "batch"),
    [
        *((MAD, n) for n in (3, 5, 256)),
        *((STD, n) for n in (2, 3, 4, 64)),
        (replace(STD, batch_factor=2), 6),
        (replace(NORM, batch_factor=2), 1),
        (Method("m", g_normalizer="batch_norm", pack=2), 1),
        (Method("m"), 1),
        (Method("m", loss="relativistic_average"), 1),
        (CATALOGUE["wgan_gp"].method, 1),
        (CATALOGUE["progan"].method, 2),
    ],
    ids=str,
)
def test_a_batch_that_a_part_can_have(method, batch):
    check_task(method, "digits8", None, batch)


PARTS = [
    part
    for kind in ("loss", "regularizer", "normalizer", "augmentation", "extra", "network")
    for part in registry.KINDS[kind]
    if _method(part)
]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.kind}-{part.name}")
def test_every_part_says_what_it_needs_of_a_batch(part):
    """With batches of 1 and of 5 a step either is refused or has finite gradients."""
    method = _method(part)
    traits = [registry.KINDS[k][n].traits for k, n in method.parts()]
    data = any(own.get("images") or own.get("ordered") for own in traits)
    name = "digits8" if data else "ring8"
    name = "digits8_twins" if part.traits.get("coupled") else name
    for size in (1, 5):
        if meetings.batches(method, method.network, size):
            continue
        task = registry.task[name](batch=size, units=8, latent=3)
        step = Step(task, method)
        numbers = {"lr_g": 1e-3, "lr_d": 1e-3, "steps": 10.0}
        for kind, own in method.parts():
            found = registry.KINDS[kind][own].defaults
            numbers |= {f"{own}.{k}": v for k, v in found.items()}
        hparams = step.tensors(numbers)
        state, batch = step.init(0, numbers), _batch(step._draws(0, 0), 0, 0, tf.constant(0))
        for half in step.game.bind(hparams).field[:2]:
            slope = half(state, batch)
            assert all(np.isfinite(np.asarray(x)).all() for x in slope.gradient), (size, half)


@pytest.mark.parametrize("size", [2, 3, 4, 8])
def test_groups_have_four_samples_or_the_whole_of_a_smaller_batch(size):
    x = np.random.default_rng(0).normal(size=(size, 5)).astype("float32")
    y, groups = MinibatchStd()(x).numpy(), max(1, size // 4)
    for first in range(groups):
        expected = x[first::groups].std(0).mean()
        np.testing.assert_allclose(y[first::groups, 5], expected, rtol=1e-5)


def test_a_discriminator_of_packs_is_judged_on_whole_groups():
    """500 samples are 250 packs, and 250 is no multiple of 4."""
    task = replace(registry.task["ring8"](batch=8, units=4), xla=False)
    for pack, judged in ((1, 500), (2, 496), (3, 492)):
        step = Step(task, Method("m", extras=("minibatch_std",), pack=pack))
        critic = Critic(step, {"lr_g": 1e-3, "lr_d": 1e-3}, np.zeros((1000, 2)))
        assert critic._n == judged
        found = critic(step.init(0, {}), np.ones((1000, 2), "float32"))
        assert found["d_accuracy"] is not None
    plain = Critic(Step(task, Method("m", pack=2)), {}, np.zeros((1000, 2)))
    assert plain._n == 500


# --- read -----------------------------------------------------------------------------------------

HEAD = '[sweep]\ntasks = ["{task}"]\nmethods = ["{method}"]\nseeds = [0]\nsteps = 4\n'


@pytest.fixture
def load(tmp_path):
    def load(text, task="digits8", method="ns"):
        file = tmp_path / "x.toml"
        file.write_text(HEAD.replace("{task}", task).replace("{method}", method) + text)
        return grid.load(file)

    return load


def test_a_batch_is_refused_with_its_line(load):
    with pytest.raises(grid.GridError, match=r"x.toml:3: method \"mad_gan\" on ring8: generators"):
        load("[task.ring8]\nbatch = [5, 2]\n", "ring8", "mad_gan")
    assert len(load("[task.ring8]\nbatch = [5, 3]\n", "ring8", "mad_gan").trials) == 2


@pytest.mark.parametrize(
    ("task", "text", "reason"),
    [
        ("dcgan28", 'network = "mlp"\nwidth = 0.5', "8: task.dcgan28.width would have no effect: "),
        ("dcgan28", 'network = "mlp"\nwidth = [0.5, 1.0]', "8: task.dcgan28.width would have no"),
    ],
)
def test_an_option_that_no_trial_would_use_is_refused_with_its_line(load, task, text, reason):
    with pytest.raises(grid.GridError) as error:
        load(f"[task.{task}]\n{text}\n", task)
    assert f"x.toml:{reason}" in str(error.value)


def test_an_option_that_some_trials_use_counts_for_them_alone(load):
    """The MLP has no channels: it is trained once, not once for each width."""
    text = '[task.dcgan28]\nnetwork = ["mlp", "dcgan"]\nwidth = [0.5, 0.25]\n'
    found = [(t.options.get("network"), t.options["width"]) for t in load(text, "dcgan28").trials]
    assert found == [("mlp", 1.0), (None, 0.5), (None, 0.25)]


@pytest.mark.parametrize("option", ["units = 64", 'network = "residual"', 'network = "mlp"'])
def test_sizes_are_not_for_networks_of_one_s_own(load, tmp_path, monkeypatch, option):
    monkeypatch.setattr(grid.own_networks, "check", lambda *args: None)
    (tmp_path / "mine.py").write_text("")
    own = '[task.digits8]\ngenerator = "mine:g"\n'
    both = f'{own}discriminator = "mine:d"\n{option}\n'
    name = option.partition(" ")[0]
    with pytest.raises(grid.GridError, match=f"x.toml:9: task.digits8.{name} would have no effect"):
        load(both)
    assert load(f"{own}{option}\n").trials
