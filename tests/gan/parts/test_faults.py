"""Faults of a training loop: what a step is given with each, and that nothing that measures is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan import keys
from bench.gan.methods import CATALOGUE
from bench.gan.methods.rules import IllegalMethod, check, check_task
from bench.gan.training.critic import Critic
from bench.gan.training.step import Step, _batch, _given
from bench.trial import Method
from tests.gan.training.test_step import numbers

B = 48
LONG = 1797  # images of digits8, no multiple of B


def digits(*extras: str, **parts) -> Step:
    task = registry.task["digits8"](batch=B, units=8, latent=4)
    return Step(replace(task, xla=False), Method("m", extras=extras, **parts))


def given(step: Step, seed: int, at: int) -> list:
    """The batches that the players are given in one step."""
    block, i = divmod(at, step.block)
    draws, now = step._draws(seed, block), tf.constant(at)
    drawn = [_batch(draws, i, n, now) for n in range(step.batches)]
    return [_given(batch, step.game.extras) for batch in drawn]


def state_of(step: Step):
    method = step.method
    return step.init(0, numbers(method)), step.game.bind(step.tensors(numbers(method)))


def test_one_noise_makes_all_samples_of_a_batch_from_its_first_z():
    step, plain = digits("one_noise", d_steps=2), digits(d_steps=2)
    state, play = state_of(step)
    for batch, usual in zip(given(step, 3, 7), given(plain, 3, 7), strict=True):
        np.testing.assert_array_equal(batch.z, np.repeat(usual.z[:1], B, axis=0))
        np.testing.assert_array_equal(batch.real, usual.real)
        fake = play.players.generate(state, batch)[0].numpy()
        np.testing.assert_array_equal(fake, np.repeat(fake[:1], B, axis=0))
    first, second = (given(step, 3, at)[0].z[0].numpy() for at in (7, 8))
    assert np.abs(first - second).max() > 0.1  # another one in the next step


def test_one_noise_before_batch_norm_of_dense_layers_leaves_no_noise_at_all():
    """A batch of equal rows minus its mean is 0: in training G's samples do not depend on z."""
    step = digits("one_noise", g_normalizer="batch_norm")
    state, play = state_of(step)
    makes = [play.players.generate(state, given(step, 0, at)[0])[0].numpy() for at in (0, 1)]
    np.testing.assert_allclose(makes[0], makes[1], atol=1e-4)
    usual = digits(g_normalizer="batch_norm")
    makes = [play.players.generate(state, given(usual, 0, at)[0])[0].numpy() for at in (0, 1)]
    assert np.abs(makes[0] - makes[1]).max() > 0.01


def test_same_batch_has_the_first_real_samples_of_its_seed_in_every_step():
    step, plain = digits("same_batch", d_steps=2), digits(d_steps=2)
    first = given(plain, 5, 0)[0].real
    assert len({x.tobytes() for x in np.asarray(first)}) > B // 2
    for at in (0, 1, step.block, 3 * step.block + 2):
        for batch, usual in zip(given(step, 5, at), given(plain, 5, at), strict=True):
            np.testing.assert_array_equal(batch.real, first)
            np.testing.assert_array_equal(batch.z, usual.z)
            np.testing.assert_array_equal(batch.key, usual.key)
    assert not np.array_equal(given(step, 6, 0)[0].real, first)


def test_same_batch_where_samples_have_no_end():
    task = replace(registry.task["ring8"](batch=B, units=8, latent=4), xla=False)
    step = Step(task, Method("m", extras=("same_batch",)))
    first = task.real(keys.key(2, "real"), B)
    for at in (0, step.block + 1):
        np.testing.assert_array_equal(given(step, 2, at)[0].real, first)


def test_unscaled_real_images_are_bytes_and_generated_ones_are_not():
    step, plain = digits("unscaled"), digits()
    state, play = state_of(step)
    batch, usual = given(step, 1, 4)[0], given(plain, 1, 4)[0]
    np.testing.assert_array_equal(batch.real, 127.5 * np.asarray(usual.real) + 127.5)
    np.testing.assert_array_equal(play.players.real(batch), batch.real)  # and that is what D sees
    assert (np.min(batch.real), np.max(batch.real)) == (0, 255)
    assert np.abs(play.players.generate(state, batch)[0]).max() <= 1
    np.testing.assert_array_equal(batch.z, usual.z)


def test_unshuffled_batches_walk_through_the_data_in_their_order():
    """More than two epochs, over a border of blocks; D is shown all batches but the last."""
    step = digits("unshuffled", d_steps=2)
    images, _ = step.task.whole()
    assert len(images) == LONG
    steps = 2 * LONG // (2 * B) + 3
    shown = [given(step, 0, at) for at in range(steps)]
    walked = np.concatenate([batch.real for own in shown for batch in own[:-1]])
    for own in shown:  # that of G's step
        np.testing.assert_array_equal(own[2].real, own[1].real)
    np.testing.assert_array_equal(walked[:LONG], images)
    np.testing.assert_array_equal(walked[LONG : 2 * LONG], images)
    np.testing.assert_array_equal(walked[2 * LONG :], images[: len(walked) - 2 * LONG])
    np.testing.assert_array_equal(given(step, 9, 5)[1].real, given(step, 0, 5)[1].real)


@pytest.mark.parametrize("dynamics", ["simultaneous", "extragradient"])
def test_players_that_step_together_share_the_walk(dynamics):
    step = digits("unshuffled", dynamics=dynamics)
    walked = np.concatenate([batch.real for at in range(9) for batch in given(step, 0, at)])
    np.testing.assert_array_equal(walked, step.task.whole()[0][: len(walked)])


def test_a_small_block_goes_on_where_the_last_one_ended(monkeypatch):
    monkeypatch.setattr("bench.gan.training.step.MAX_BLOCK", 3)
    step = digits("unshuffled")
    assert step.block == 3
    walked = np.concatenate([given(step, 0, at)[0].real for at in range(10)])
    np.testing.assert_array_equal(walked, step.task.whole()[0][: len(walked)])


def test_classes_stay_with_their_images():
    task = replace(registry.task["digits8"](batch=8, latent=4, network="biggan"), xla=False)
    images, labels = task.whole()
    known = {x.tobytes(): int(c) for x, c in zip(images, labels, strict=True)}
    for extra in ("unshuffled", "same_batch"):
        step = Step(task, Method("m", extras=(extra,)))
        for at in (0, step.block + 1):
            batch = given(step, 0, at)[0]
            found = [known[x.tobytes()] for x in np.asarray(batch.real)]
            assert found == batch.label.numpy().tolist()


@pytest.mark.parametrize("name", ["one_noise", "same_batch", "unscaled", "unshuffled"])
def test_what_is_measured_knows_nothing_of_a_fault(name):
    """The same samples of the same weights, the same logits on the same images."""
    step, plain = digits(name), digits()
    state, z = step.init(0, numbers(step.method)), tf.constant(step.task.z(keys.key(0, "x"), 40))
    made = step.generate(state, z).numpy()
    np.testing.assert_array_equal(made, plain.generate(state, z).numpy())
    assert len({x.tobytes() for x in made}) == 40
    instrument = step.task.instrument()
    assert np.abs(instrument.real.points).max() <= 1
    told = []
    for one in (step, plain):
        critic = Critic(one, numbers(one.method), instrument.real.points, one.task.held, None)
        told.append(critic(state, made))
    assert told[0] == told[1]


ALONE = {"data": "a data set in its order", "game": "a game without random draws"}


@pytest.mark.parametrize(
    ("extra", "task", "reason"),
    [
        ("unscaled", "ring8", "unscaled changes pixels, and ring8 has no images"),
        ("unshuffled", "ring8", f"unshuffled walks through {ALONE['data']}, and ring8 has none"),
        ("unshuffled", "dcgan28", f"{ALONE['data']}, and dcgan28 has none"),
        ("one_noise", "dirac", f"one_noise would have no effect: dirac is {ALONE['game']}"),
        ("same_batch", "gauss1d_lq", f"same_batch would have no effect: .* {ALONE['game']}"),
        ("one_noise", "enhance", "the generator of enhance is given data"),
        ("one_noise", "imitate", "the samples of imitate have none of their own"),
    ],
)
def test_a_fault_that_a_task_cannot_have_is_refused(extra, task, reason):
    with pytest.raises(IllegalMethod, match=reason):
        check_task(Method("m", extras=(extra,)), task)


def test_rendered_digits_have_an_order_where_they_are_a_number_of_images():
    method = Method("m", extras=("unshuffled",))
    check_task(method, "dcgan28", options={"n": 100})
    check_task(method, "digits8")
    with pytest.raises(IllegalMethod, match="unshuffled walks through a data set in its order"):
        Step(replace(registry.task["ring8"](), xla=False), method)


@pytest.mark.parametrize("part", list(registry.task), ids=lambda part: part.name)
def test_a_task_that_says_that_it_has_an_order_has_one(part):
    said = part.traits.get("order", lambda options: False)(part.defaults)
    if part.traits.get("data") == "game" or part.name == "images":
        return  # no data, and two photographs that another package has
    assert not said or part().whole is not None, part.name


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"extras": ("same_batch", "unshuffled")}, "same_batch with unshuffled: one of them"),
        (
            {"extras": ("one_noise",), "regularizers": ("mode_seeking",)},
            "mode_seeking with one_noise: it compares the samples of several z",
        ),
    ],
)
def test_what_cannot_stand_together_is_refused(parts, reason):
    with pytest.raises(IllegalMethod, match=reason):
        check(Method("m", **parts))


def test_faults_may_stand_together_as_in_a_program_that_has_several():
    check(Method("m", extras=("one_noise", "unscaled", "unshuffled")))


def test_each_fault_is_a_method_that_differs_from_the_plain_one_in_nothing_else():
    named = {"noise": "one_noise", "batch": "same_batch", "pixels": "unscaled"}
    for end, extra in (named | {"order": "unshuffled"}).items():
        entry = CATALOGUE[f"article_{end}"]
        assert entry.method.extras == (extra,)
        assert replace(entry.method, name="ns", extras=()) == CATALOGUE["ns"].method
        assert not entry.hparams
