"""A generator with a loss of its own, and when it listens to its adversary."""

import numpy as np
import pytest

from bench import registry
from bench.gan.backend import tf
from bench.gan.methods import meetings
from bench.gan.training.step import Step
from bench.trial import Method

OWN = {"lr_g": 1e-3, "lr_d": 1e-3, "reconstruction.weight": 3.0, "steps": 10.0}


def method(**parts):
    return Method("m", regularizers=("reconstruction",), extras=("adversary",), **parts)


@pytest.fixture(scope="module")
def step():
    return Step(registry.task["enhance"](batch=8, units=8), method())


def numbers(weight=1.0, start=0.0, d_start=0.0):
    return OWN | {
        "adversary.weight": weight,
        "adversary.start": start,
        "adversary.d_start": d_start,
    }


def slopes(step, hparams, at):
    play = step.game.bind(step.tensors(hparams))
    state, draws = step.game.init(0, step.tensors(hparams)), step._draws(0, 0)
    batch = draws._replace(real=draws.real[0, 0], z=draws.z[0, 0], key=draws.key[0, 0])
    batch = batch._replace(step=tf.constant(at))
    return state, batch, play


def test_the_generators_own_loss_is_the_mean_error_to_the_right_answers(step):
    state, batch, play = slopes(step, numbers(weight=0.0), 0)
    fake = np.asarray(play.players.generate(state, batch)[0])
    found = registry.regularizer["reconstruction"].fn(
        None, batch.real, tf.constant(fake), None, weight=3.0
    )
    wanted = 3 * np.abs(fake - np.asarray(batch.real)).mean((1, 2, 3))
    assert found.numpy() == pytest.approx(wanted, rel=1e-5)


def test_before_its_start_the_adversary_has_no_part_in_the_gradient(step):
    gradients = {}
    for name, own, at in (
        ("alone", numbers(weight=0.0), 0),
        ("before", numbers(weight=2.0, start=0.5), 4),
        ("after", numbers(weight=2.0, start=0.5), 5),
    ):
        state, batch, play = slopes(step, own, at)
        gradients[name] = play.field.g(state, batch).gradient
    before, alone, after = (np.asarray(gradients[n][0]) for n in ("before", "alone", "after"))
    assert before == pytest.approx(alone, abs=1e-9)
    assert np.abs(after - alone).max() > 1e-4


def test_d_stands_still_before_its_own_start(step):
    own = numbers(start=0.5, d_start=0.4)
    state = step.init(1, own)
    first = [np.asarray(w) for w in state.d.weights]
    state, _ = step.run(state, 1, own, 0, 4)
    assert all(np.array_equal(a, b) for a, b in zip(first, state.d.weights, strict=True))
    state, _ = step.run(state, 1, own, 4, 5)
    assert not np.array_equal(first[0], state.d.weights[0])


def test_it_needs_a_task_with_right_answers():
    assert "right answer" in (meetings.refused(method(), "ring8", "mlp", 8) or "")
    assert meetings.refused(method(), "enhance", None, 8) is None


@pytest.mark.parametrize(
    ("trainer", "task", "words"),
    [
        ("cloning", "ring8", "trains a policy"),
        ("vae", "imitate", "codes single samples"),
        ("moments", "enhance", "is given data"),
        ("moments", "imitate", None),
        ("cloning", "imitate", None),
    ],
)
def test_a_trainer_is_for_tasks_that_have_what_it_needs(trainer, task, words):
    reason = meetings.untrained(Method("t", "", trainer=trainer), task)
    assert (reason is None) if words is None else (words in reason)
