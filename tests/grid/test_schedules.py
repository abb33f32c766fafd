"""Numbers that move along the training: as a TOML says them, as a trial has them, as they play."""

import math

import numpy as np
import pytest

from bench.gan.backend import tf
from bench.gan.game import moving
from bench.grid import GridError, load
from bench.vocabulary import schedules
from bench.vocabulary.schedules import Schedule

TOML = """
[sweep]
tasks = ["ring8"]
methods = [{methods}]
seeds = [0]
steps = 100
{more}
"""


def trials(tmp_path, more="", methods='"r1"'):
    file = tmp_path / "grid.toml"
    file.write_text(TOML.format(methods=methods, more=more))
    return load(file).trials


@pytest.mark.parametrize("form", ["linear", "cosine"])
def test_a_schedule_is_its_formula(form):
    own = Schedule(form, 8.0, 2.0, until=0.7, warmup=0.2)
    assert own.at(0.05) == pytest.approx(2.0)
    assert own.at(0.2) == pytest.approx(8.0)
    u = (0.4 - 0.2) / 0.5
    way = {"linear": u, "cosine": (1 - math.cos(math.pi * u)) / 2}[form]
    assert own.at(0.4) == pytest.approx(8 - 6 * way)
    assert own.at(0.7) == own.at(0.99) == pytest.approx(2.0)


@pytest.mark.parametrize(
    "own",
    [
        Schedule("linear", 8.0, 2.0, 0.7, 0.2),
        Schedule("cosine", 1e-3, 0.0),
        Schedule("constant", 3.0, 3.0, 1.0, 0.5),
    ],
)
def test_inside_of_a_training_it_is_the_same_formula(own):
    numbers = {k: tf.constant(v, tf.float64) for k, v in own.numbers("r1.gamma").items()}
    numbers["lr_g"] = tf.constant(0.1, tf.float64)
    for progress in (0.0, 0.1, 0.2, 0.45, 0.7, 0.999):
        found = moving.at(numbers, tf.constant(progress, tf.float64))
        assert set(found) == {"r1.gamma", "lr_g"}
        assert float(found["r1.gamma"]) == pytest.approx(own.at(progress), abs=1e-12)
        assert float(found["lr_g"]) == 0.1
    assert float(moving.at(numbers, None)["r1.gamma"]) == own.start


def test_a_trial_names_it_by_plain_numbers(tmp_path):
    more = '[grid]\nr1.gamma = {schedule = "cosine", from = 10, to = "x0.1", until = 0.5}'
    (own,) = trials(tmp_path, more)
    assert own.hparams["r1.gamma"] == 10.0
    assert own.hparams["r1.gamma@cosine"] == 0.01  # a tenth of what ring8 recommends
    assert own.hparams["r1.gamma@until"] == 0.5
    assert "r1.gamma@warmup" not in own.hparams
    (plain,) = trials(tmp_path)
    assert not schedules.moves(plain.hparams)
    assert own.id != plain.id


def test_a_list_may_hold_numbers_and_schedules_and_a_tie_takes_them(tmp_path):
    more = '[grid]\nlr_g = [1e-3, {schedule = "linear", to = 0, warmup = 0.1}]\nlr_d = "x2 lr_g"'
    first, second = trials(tmp_path, more)
    assert first.hparams["lr_d"] == 2e-3
    assert not schedules.moves(first.hparams)
    assert second.hparams["lr_g"] == 1e-3
    assert second.hparams["lr_d"] == 2e-3
    assert second.hparams["lr_d@linear"] == 0
    assert second.hparams["lr_d@warmup"] == 0.1


def test_a_recipe_moves_what_the_task_recommends(tmp_path):
    (own,) = trials(tmp_path, methods='"r3gan_scheduled"')
    assert own.hparams["lr_g"] == 1e-3
    assert own.hparams["lr_g@cosine"] == 2.5e-4
    assert own.hparams["r2.gamma"] == 0.1
    assert own.hparams["r2.gamma@cosine"] == 0.01
    assert own.hparams["adam.beta2"] == 0.9
    assert own.hparams["adam.beta2@cosine"] == 0.99
    more = "[grid]\nlr_g = [0.004]\nadam.beta2 = 0.95"
    (other,) = trials(tmp_path, more, '"r3gan_scheduled"')
    assert other.hparams["lr_g@cosine"] == 1e-3
    assert other.hparams["lr_d@cosine"] == 2.5e-4
    assert other.hparams["adam.beta2"] == 0.95
    assert "adam.beta2@cosine" not in other.hparams


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('{schedule = "cosin", to = 1}', 'unknown schedule "cosin"'),
        ('{schedule = "cosine"}', "has no `to`"),
        ('{schedule = "cosine", to = -1}', "r1.gamma = -1"),
        ('{schedule = "cosine", to = 1, until = 1.5}', "no share of the training"),
        ('{schedule = "cosine", to = 1, until = 0.1, warmup = 0.2}', "in (0.2, 1]"),
        ('{schedule = "constant", to = 1, warmup = 0.2}', "would do nothing"),
        ('{schedule = "constant"}', "without a warmup"),
        ('{schedule = "linear", to = 1, util = 0.5}', 'unknown key "util"'),
        ('{schedule = "linear", to = "x0"}', "a factor above 0"),
    ],
)
def test_a_wrong_schedule_is_refused_with_its_place(tmp_path, value, words):
    with pytest.raises(GridError, match=r"grid.toml:\d+") as error:
        trials(tmp_path, f"[grid]\nr1.gamma = {value}")
    assert words in str(error.value)


def test_a_count_cannot_move(tmp_path):
    more = '[grid]\nlookahead.period = {schedule = "linear", to = 3}'
    with pytest.raises(GridError, match="whole number"):
        trials(tmp_path, more, '"lookahead"')


def test_a_training_takes_its_values_step_by_step():
    from bench import registry
    from bench.gan.training.step import Step
    from bench.trial import Method

    task = registry.task["dirac"]()
    step = Step(task, Method("gd", loss="minimax", optimizer="sgd"))
    own = {"lr_d": 0.1, "steps": 10.0, **Schedule("linear", 0.2, 0.1, 0.5).numbers("lr_g")}
    state = step.init(0, own)
    theta, psi = 1.0, 1.0
    for i in range(8):
        # L_D = log 2 + log(1 + e^(psi theta)) up to constants: alternating, D first
        state, _ = step.run(state, 0, own, i, i + 1)
        rate = Schedule("linear", 0.2, 0.1, 0.5).at(i / 10)
        slope = 1 / (1 + math.exp(-psi * theta))
        psi -= 0.1 * slope * theta
        theta += rate * psi / (1 + math.exp(-psi * theta))
    found = [float(np.ravel(w)[0]) for p in (state.g, state.d) for w in p.weights]
    assert found == pytest.approx([theta, psi], rel=1e-9)
    assert step.traces == 1
