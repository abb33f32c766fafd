"""Tasks whose generators act, translate, restore and fill rows: their truths are right."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from bench import registry
from bench.gan import keys
from bench.gan.backend import keras, tf
from bench.gan.networks.pieces.rollouts import Rollout
from bench.gan.networks.pieces.rows import Row
from bench.gan.tasks import build
from bench.gan.tasks.applied import control, enhance, imitate, net, tabular
from bench.metrics import measure

SYSTEM = imitate.SYSTEM


def test_the_riccati_solution_is_the_limit_of_value_iteration():
    a, b, p = SYSTEM.a, SYSTEM.b, np.zeros((4, 4))
    for _ in range(400):
        gain = np.linalg.solve(np.eye(2) + b.T @ p @ b, b.T @ p @ a)
        p = np.eye(4) + gain.T @ gain + (a - b @ gain).T @ p @ (a - b @ gain)
    assert p == pytest.approx(SYSTEM.p, rel=1e-9)
    assert gain == pytest.approx(SYSTEM.gain, rel=1e-9)
    closed = a - b @ SYSTEM.gain
    powers = sum(
        np.linalg.matrix_power(closed, i) @ np.linalg.matrix_power(closed.T, i) for i in range(200)
    )
    assert SYSTEM.covariance == pytest.approx(powers, rel=1e-9)
    # in the long run a step costs tr P: of states and actions of these covariances
    actions = SYSTEM.gain @ powers @ SYSTEM.gain.T
    assert np.trace(powers) + np.trace(actions) == pytest.approx(SYSTEM.optimum, rel=1e-9)


def test_the_excess_is_what_a_rollout_costs_more_than_the_optimum():
    x = np.array([1.0, -2.0, 0.5, 3.0])
    first, pairs, cost = x, [], 0.0
    for t in range(7):  # no disturbance: the cost-to-go of the best policy is then x^T P x exactly
        u = np.array([np.sin(x[0] + t), -0.3 * x[2] ** 2])
        pairs.append(np.concatenate([x, u]))
        cost += x @ x + u @ u
        x = SYSTEM.a @ x + SYSTEM.b @ u
    more = cost + x @ SYSTEM.p @ x - first @ SYSTEM.p @ first
    assert SYSTEM.excess(np.array(pairs)).sum() * SYSTEM.optimum == pytest.approx(more, rel=1e-9)


@pytest.mark.parametrize("rows", [47, 40])
def test_the_generator_rolls_a_policy_out_as_the_system_says(rows):
    gain = np.array([[0.2, 0.5, -0.1, 0.3], [0.1, -0.2, 0.4, 0.6]])
    own = SYSTEM.scale[:4], SYSTEM.scale[4:]
    policy = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, use_bias=False)])
    policy.set_weights([(-gain * own[0] / own[1][:, None]).T])
    layer = Rollout(
        policy,
        a=SYSTEM.a,
        b=SYSTEM.b,
        start=SYSTEM.start,
        disturbance=np.eye(4),
        scale=SYSTEM.scale,
        length=20,
    )
    noise = np.random.default_rng(3).normal(size=(rows, 4))
    wanted = SYSTEM.rollouts(noise, 20, gain) / SYSTEM.scale
    assert layer(noise.astype(np.float32)).numpy() == pytest.approx(wanted, abs=2e-5)


def test_regret_is_nothing_for_the_expert_and_much_for_others():
    task = build("imitate", tuple(sorted(registry.task["imitate"].defaults.items())))
    instrument = task.instrument()
    pairs = np.asarray(task.real(keys.key(0, "real"), 2000))
    assert measure(instrument, pairs)["regret"] < 1e-9
    rng = np.random.default_rng(0)
    idle = SYSTEM.rollouts(rng.normal(size=(40_000, 4)), 20, 0 * SYSTEM.gain)
    found = SYSTEM.excess(idle).mean()
    # states of no action: the expert's covariance at first, then on the way to that of A alone
    cov, seen = SYSTEM.covariance, np.zeros((4, 4))
    for _ in range(20):
        seen, cov = seen + cov / 20, SYSTEM.a @ cov @ SYSTEM.a.T + np.eye(4)
    wanted = np.trace(seen @ SYSTEM.gain.T @ SYSTEM.weight @ SYSTEM.gain) / SYSTEM.optimum
    assert found == pytest.approx(wanted, rel=0.03)


def test_the_density_of_a_table_is_that_of_its_draws():
    known, rng = net.truth(), np.random.default_rng(1)
    assert known.shares.sum() == pytest.approx(1)
    assert known.shares.min() > 0.004
    cells, numbers = known.draw(rng, 200_000)
    a, b, c = net.split(cells)
    # by the definition, cell by cell, with SciPy's normal density
    i = 17
    x = stats.norm.logpdf(numbers[i, 0], net.MEANS[a[i], b[i]], net.SPREAD[a[i]])
    y = stats.norm.logpdf(numbers[i, 1], net.OFFSETS[c[i]] + net.SLOPE * numbers[i, 0], net.REST)
    share = np.log(net.ONE[a[i]] * net.TWO[a[i], b[i]] * net.THREE[b[i], c[i]])
    density = known.log_density(cells, numbers)
    assert density[i] == pytest.approx(share + x + y)
    # the mean log-density is minus the entropy, which is a sum of known entropies
    normal = 0.5 * np.log(2 * np.pi * np.e)
    entropy = -(known.shares * np.log(known.shares)).sum() + 2 * normal + np.log(net.REST)
    entropy += net.ONE @ np.log(net.SPREAD)
    assert density.mean() == pytest.approx(-entropy, abs=0.015)
    found = net.fitted(cells, numbers)
    assert found.two == pytest.approx(net.TWO, abs=0.01)
    assert found.means == pytest.approx(net.MEANS, abs=0.03)
    assert found.offsets == pytest.approx(net.OFFSETS, abs=0.02)
    assert (found.slope, found.rest) == pytest.approx((net.SLOPE, net.REST), abs=0.01)
    assert found.spread == pytest.approx(net.SPREAD, abs=0.01)


def test_rows_go_into_the_units_of_the_networks_and_back():
    cells, numbers = net.truth().draw(np.random.default_rng(2), 50_000)
    rows = tabular._joined(cells, numbers)
    back = tabular._apart(rows)
    assert (back[0] == cells).all()
    assert back[1] == pytest.approx(numbers)
    assert rows[:, :2].mean(0) == pytest.approx([0, 0], abs=0.02)
    assert rows[:, :2].std(0) == pytest.approx([1, 1], rel=0.02)


def test_levels_are_drawn_from_the_probabilities_of_the_generator():
    logits = np.array([0.3, 0.0, 1.0, -1.0, 0.5], np.float32)

    class Fixed(keras.layers.Layer):
        def call(self, z):
            return tf.tile(logits[None], [tf.shape(z)[0], 1])

    row = Row(Fixed(), 1, (4,), 0.2)
    z = np.random.default_rng(4).normal(size=(40_000, 2 + 4)).astype(np.float32)
    made = row(z).numpy()
    assert made[:, 0] == pytest.approx(np.full(len(z), 0.3))
    assert made[:, 1:].sum(1) == pytest.approx(np.ones(len(z)), abs=1e-5)
    counts = np.bincount(made[:, 1:].argmax(1), minlength=4)
    each = np.exp(logits[1:].astype(float))
    wanted = each / each.sum()
    assert stats.chisquare(counts, wanted * len(z)).pvalue > 1e-3


@pytest.mark.parametrize(("table", "wanted"), [("ring", -1.6966), ("grid", -3.0605)])
def test_real_rows_have_the_published_ceilings(table, wanted):
    instrument, truth = tabular._plane(table), tabular._mixture(table)
    scores = []
    for i in range(6):
        found = measure(instrument, truth.draw(100 + i, instrument.n), final=True)
        scores.append((found["likelihood_syn"], found["likelihood_test"]))
    # a mean over 10,000 rows has a deviation of 0.01, and the real rows are the same six times
    density = _log_density(truth, truth.draw(7, 1_000_000))
    assert density.mean() - 2 * np.log(truth.scale) == pytest.approx(wanted, abs=0.005)
    assert np.mean(scores, 0) == pytest.approx([wanted, wanted], abs=0.03)


def _log_density(truth, points):
    squares = cdist(points, truth.centres, "sqeuclidean") / (2 * truth.sigma**2)
    normal = np.log(2 * np.pi * truth.sigma**2)  # of two numbers
    return logsumexp(-squares, axis=1) - normal - np.log(len(truth.centres))


def test_coarse_images_are_means_and_their_right_answers_have_no_error():
    images = np.arange(2 * 64.0).reshape(2, 8, 8, 1)
    small = enhance.coarse(images)
    assert small.shape == (2, 16)
    assert small[1, 5] == images[1, 2:4, 2:4, 0].mean()
    assert enhance.coarse(enhance.enlarged(small)) == pytest.approx(small)
    task = build("enhance", tuple(sorted(registry.task["enhance"].defaults.items())))
    instrument = task.instrument()
    truth = enhance._measured()
    z = task.z(keys.key(0, "evaluation"), instrument.n)
    assert z == pytest.approx(enhance.coarse(truth))
    right = measure(instrument, truth)
    assert right["l1"] == 0
    assert right["sharpness"] == pytest.approx(1, abs=0.05)
    flat = measure(instrument, enhance.enlarged(z))
    assert flat["sharpness"] == pytest.approx(0, abs=1e-6)
    assert flat["l1"] > 0.1


def test_inputs_of_a_step_belong_to_its_real_samples():
    from bench.gan.training.step import Step
    from bench.trial import Method

    task = build("enhance", tuple(sorted(registry.task["enhance"].defaults.items())))
    draws = Step(task, Method("m"))._draws(0, 0)
    real, z = np.asarray(draws.real), np.asarray(draws.z)
    assert z[3, 1] == pytest.approx(enhance.coarse(real[3, 1]), abs=1e-6)


@pytest.mark.parametrize("name", ["align", "imitate", "enhance", "tabular"])
def test_a_criterion_is_met_by_the_right_answer_and_by_no_trivial_sampler(name):
    from bench.gan.tasks import cases
    from bench.metrics.criterion import bounds

    task = build(name, tuple(sorted(registry.task[name].defaults.items())))
    case = cases.of(name)
    bands = task.bands(case.instrument)
    rng = np.random.default_rng(11)
    assert bounds.meets(case.instrument, bands, case.real(rng, case.instrument.n))
    for sampler in case.trivial:
        points = sampler.draw(rng, case.instrument.n)
        assert not bounds.meets(case.instrument, bands, points), sampler.name


def test_the_system_needs_no_action_to_be_stable():
    assert np.abs(np.linalg.eigvals(control.System(SYSTEM.a, SYSTEM.b).a)).max() < 1
