"""MAD-GAN's generators and CoGAN's pairs: which row is whose, what is tied, and the losses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan import data, keys
from bench.gan.methods import CATALOGUE
from bench.gan.methods.rules import IllegalMethod, check, check_task
from bench.gan.networks import PLAIN, Layers, Network, ensembles
from bench.gan.training.step import Step, _batch
from bench.trial import Method
from tests.gan.linear import penalty, seen

N, B = 3, 10  # no multiple of N


def mad(**changes) -> tuple[Step, dict[str, float]]:
    task = replace(registry.task["ring8"](batch=B, units=5, latent=4), xla=False)
    return Step(task, replace(CATALOGUE["mad_gan"].method, **changes)), {
        "identification.weight": 1.0
    }


def twins() -> Step:
    return Step(
        registry.task["digits8_twins"](batch=B, units=8, latent=4), CATALOGUE["cogan"].method
    )


def moved(weights, places):
    """The weights with those at some places changed."""
    return tuple(w + 1.0 if i in places else w for i, w in enumerate(weights))


def changed_rows(g: Network, player, place: int) -> np.ndarray:
    """Which of B outputs change with one weight."""
    weights, buffers = player.weights, player.buffers
    z = tf.constant(keys.gaussian(keys.key(0, "z"), (B, 4), "float32"))
    before, after = (g(w, buffers, z)[0].numpy() for w in (weights, moved(weights, [place])))
    return (np.abs(before - after) > 1e-7).reshape(B, -1).any(1)


# --- MAD-GAN --------------------------------------------------------------------------------------


def test_generators_take_turns_and_share_their_first_block():
    step, hparams = mad()
    g, player = step.game.g, step.init(0, hparams).g
    shapes = [v.shape for v in g.model.trainable_variables]
    assert shapes.count((4, 5)) == 1  # the tied one
    assert shapes.count((5, 5)) == shapes.count((5, 2)) == N
    turns = [np.arange(B) % N == i for i in range(N)]
    owners = []
    for place, v in enumerate(g.model.trainable_variables):
        if v.shape == (5, 2):  # a last layer reaches the rows of its generator and no others
            rows = changed_rows(g, player, place)
            owners += [i for i in range(N) if np.array_equal(rows, turns[i])]
        elif v.shape == (4, 5):
            rows = changed_rows(g, player, place)
            assert all(rows[turn].any() for turn in turns)
    assert sorted(owners) == [0, 1, 2]


def test_a_row_is_made_of_its_own_latent():
    """Dealing the shares out and taking them in again keeps the order."""
    from bench.gan.parts.layers import EveryNth, Interleaved

    for size in (10, 3, 1):
        x = tf.reshape(tf.range(2.0 * size), (size, 2))
        np.testing.assert_array_equal(Interleaved()([EveryNth(i, N)(x) for i in range(N)]), x)


def test_the_discriminator_has_a_class_for_each_generator():
    step, _ = mad()
    assert step.game.d.model.output_shape == (None, N + 1)


SCORES = np.random.default_rng(0).normal(size=(B, N + 1)) * 2


def test_loss_and_penalty_together_are_the_paper_s_cross_entropies():
    """sp(-d) = -log softmax_0 on real, sp(d) + penalty = -log softmax_i on generated samples."""
    d = ensembles.logits(SCORES, N)
    loss_g, loss_d = registry.loss["non_saturating"](d, d)
    entropy = tf.nn.sparse_softmax_cross_entropy_with_logits
    np.testing.assert_allclose(loss_g, entropy(tf.zeros([B], tf.int32), SCORES), rtol=1e-12)
    told = penalty("identification", seen(scores=lambda x: SCORES), weight=1.0)
    own = tf.nn.softplus(d) + told
    np.testing.assert_allclose(own, entropy(1 + tf.range(B) % N, SCORES), rtol=1e-12)
    np.testing.assert_allclose(loss_d, loss_g + tf.nn.softplus(d), rtol=1e-12)


def test_equilibrium_values_of_mad_gan():
    """Equal generators: d = 0 and log N. Disjoint ones that are told apart: 0."""
    same = tf.repeat(tf.constant([[np.log(N), 0.0, 0.0, 0.0]]), B, 0)
    np.testing.assert_allclose(ensembles.logits(same, N), 0, atol=1e-12)
    told = penalty("identification", seen(scores=lambda x: same), weight=1.0)
    np.testing.assert_allclose(told, np.log(N), rtol=1e-6)
    apart = tf.one_hot(1 + tf.range(B) % N, N + 1, dtype=tf.float64) * 50
    told = penalty("identification", seen(scores=lambda x: apart), weight=1.0)
    np.testing.assert_allclose(told, 0, atol=1e-12)


def test_swapped_labels_of_the_generators_change_the_penalty():
    apart = tf.one_hot(1 + tf.range(B) % N, N + 1, dtype=tf.float64) * 50
    swapped = tf.gather(apart, [0, 2, 1, 3], axis=1)
    told = penalty("identification", seen(scores=lambda x: swapped), weight=1.0).numpy()
    np.testing.assert_allclose(told, np.where(np.arange(B) % N == 2, 0, 50), atol=1e-9)


def _total(step, hparams, state, batch, d_weights):
    """L_D of MAD-GAN by its own definition, from scores and softmax."""
    game = step.game
    state = state._replace(d=state.d._replace(weights=d_weights))
    fake = game.bind(hparams).players.generate(state, batch)[0]
    parts = []
    for x, classes in ((batch.real, np.zeros(B, int)), (fake, 1 + np.arange(B) % N)):
        scores = game.d(d_weights, state.d.buffers, x, batch.key)[0]
        chosen = tf.gather(tf.nn.log_softmax(scores), classes[:, None], batch_dims=1)
        parts.append(-tf.reduce_mean(chosen))
    return parts[0] + parts[1]


def test_the_discriminator_s_gradient_is_that_of_the_paper_s_loss():
    step, hparams = mad()
    numbers = step.tensors(hparams)
    state = step.init(0, hparams)
    batch = _batch(step._draws(0, 0), 0, 0, tf.constant(0))
    found = step.game.bind(numbers).field.d(state, batch).gradient
    with tf.GradientTape() as tape:
        tape.watch(state.d.weights)
        total = _total(step, numbers, state, batch, state.d.weights)
    for a, b in zip(found, tape.gradient(total, state.d.weights), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
        assert np.abs(b).max() > 0


def test_a_task_that_cannot_be_cut_gets_whole_generators():
    step = Step(registry.task["dirac"](batch=6), replace(CATALOGUE["mad_gan"].method))
    assert len(step.game.g.model.trainable_variables) == N


# --- CoGAN ----------------------------------------------------------------------------------------


def test_tied_layers_move_both_domains_and_own_layers_one():
    step = twins()
    g, player = step.game.g, step.init(0, {}).g
    weights, buffers = player.weights, player.buffers
    z = tf.constant(keys.gaussian(keys.key(0, "z"), (B, 4), "float32"))
    before, reached = g(weights, buffers, z)[0].numpy(), []
    for place, v in enumerate(g.model.trainable_variables):
        if v.name == "kernel":
            change = g(moved(weights, [place]), buffers, z)[0].numpy() != before
            reached.append((change[:, :, :8].any(), change[:, :, 8:].any()))
    assert sorted(reached) == [(False, True), (True, False), *[(True, True)] * 3]


def test_the_discriminators_share_all_but_their_first_layer():
    step = twins()
    d, player = step.game.d, step.init(0, {}).d
    weights, buffers = player.weights, player.buffers
    x = tf.constant(keys.gaussian(keys.key(0, "x"), (B, 8, 16, 1), "float32"))
    before, reached = d(weights, buffers, x)[0].numpy(), []
    for place, v in enumerate(d.model.trainable_variables):
        if v.name == "kernel":
            change = d(moved(weights, [place]), buffers, x)[0].numpy() != before
            reached.append(tuple(change.any(0)))
    assert sorted(reached) == [(False, True), (True, False), *[(True, True)] * 3]


def test_each_discriminator_sees_its_own_domain():
    step = twins()
    state = step.init(0, {})
    x = keys.gaussian(keys.key(0, "x"), (B, 8, 16, 1), "float32")
    other = x.copy()
    other[:, :, 8:] += 1
    first, second = (y.numpy() for y in step.logits(state, {}, (x, None), (other, None)))
    assert first.shape == (2 * B,)
    np.testing.assert_array_equal(first[:B], second[:B])
    assert (first[B:] != second[B:]).all()


def test_the_loss_is_the_mean_of_the_domains():
    scores = tf.constant([[0.3, -1.0], [2.0, 0.5]])
    logits = ensembles.logits(scores, 1)
    np.testing.assert_allclose(logits, [0.3, 2.0, -1.0, 0.5], rtol=1e-6)
    apart = [
        tf.reduce_mean(registry.loss["non_saturating"](c, c)[1])
        for c in (scores[:, 0], scores[:, 1])
    ]
    both = tf.reduce_mean(registry.loss["non_saturating"](logits, logits)[1])
    assert float(both) == pytest.approx(float(sum(apart)) / 2, rel=1e-6)


def test_no_image_is_in_both_domains_of_the_training_data():
    left, right = (set(map(bytes, half.images)) for half in data.split(data.digits8(), 1 / 2))
    real = registry.task["digits8_twins"]().real(keys.key(0, "real"), 50)
    assert real.shape == (50, 8, 16, 1)
    for pair in real:
        assert np.ascontiguousarray(pair[:, :8]).tobytes() in left
        assert np.ascontiguousarray(-pair[:, 8:]).tobytes() in right
    assert len(left & right) <= 1  # images that are in the data twice


def test_true_pairs_agree_and_others_by_chance():
    task = registry.task["digits8_twins"]()
    instrument, agreement = task.instrument(), registry.metric["agreement"]
    assert agreement(instrument.real, instrument.real, instrument) > 0.97
    others = instrument.sample(task.real(keys.key(1, "real"), 2000))
    assert agreement(instrument.real, others, instrument) == pytest.approx(0.1, abs=0.03)


@pytest.mark.slow
def test_ties_make_pairs():
    """Agreement above 0.6 after 1,000 steps with ties, by chance without."""
    found = {}
    for name in ("cogan", "ns"):
        step = Step(registry.task["digits8_twins"](), CATALOGUE[name].method)
        own = {"lr_g": 1e-3, "lr_d": 1e-3, "adam.beta1": 0.5, "adam.beta2": 0.999, "adam.eps": 1e-8}
        own["non_saturating.smoothing"] = 0.0
        state, _ = step.run(step.init(0, own), 0, own, 0, 1000)
        instrument = step.task.instrument()
        z = keys.gaussian(keys.key(0, "evaluation"), (instrument.n, 32), "float32")
        fake = instrument.sample(step.generate(state, tf.constant(z)).numpy())
        found[name] = registry.metric["agreement"](instrument.real, fake, instrument)
    assert found["cogan"] > 0.6
    assert found["ns"] < 0.4


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts",
    [
        {"regularizers": ("identification",)},
        {"generators": 0},
        {"generators": 3, "pack": 2},
        {"generators": 3, "extras": ("coupled",)},
        {"generators": 3, "network": "progan"},
        {"generators": 3, "normalizer": "gradient_normalization"},
        {"generators": 3, "g_normalizer": "virtual_batch_norm"},
        {"generators": 3, "regularizers": ("mode_seeking",)},
        {"extras": ("coupled",), "regularizers": ("feature_matching",)},
        {"extras": ("coupled",), "dynamics": "unrolled", "unroll": 2},
    ],
    ids=str,
)
def test_what_several_networks_do_not_go_with(parts):
    with pytest.raises(IllegalMethod, match=r"generators|coupled"):
        check(Method("m", **parts))


def test_coupled_needs_two_domains():
    check_task(CATALOGUE["cogan"].method, "digits8_twins")
    with pytest.raises(IllegalMethod, match="only one"):
        check_task(CATALOGUE["cogan"].method, "digits8")


def test_networks_that_cannot_be_tied_are_refused_in_words():
    d = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(2)])
    g = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(2)])
    with pytest.raises(ensembles.Uncut, match=r"Dense\(1\)"):
        ensembles.several(lambda: (g, d), 2)
    flat = registry.task["digits8_twins"](units=8).domain(Layers(g=PLAIN))
    whole = [tf.keras.Model(m.inputs, m.outputs) for m in flat]
    with pytest.raises(ensembles.Uncut, match="Sequential"):
        ensembles.coupled(lambda: tuple(whole), (8, 16, 1))
