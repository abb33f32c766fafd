"""A method's parts are looked up by their names once, and each gets its own numbers only."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan import keys, load_parts
from bench.gan.game.composition import compose
from bench.gan.game.game import Batch, Game
from bench.gan.methods import CATALOGUE
from bench.gan.parts.regularizers import Seen
from bench.registry import Registry, UnknownName
from bench.trial import Method

load_parts()


def numbers(method: Method, **changes: float) -> dict[str, tf.Tensor]:
    own = {
        f"{name}.{hparam}": value
        for kind, name in method.parts()
        for hparam, value in registry.KINDS[kind][name].defaults.items()
    }
    values = {"lr_g": 0.1, "lr_d": 0.4, "steps": 10.0, **own, **changes}
    return {name: tf.constant(value, tf.float32) for name, value in values.items()}


@pytest.fixture
def asked(monkeypatch):
    """How often each (kind, name) was looked up."""
    counts, found = Counter(), Registry.__getitem__

    def counting(self, name):
        counts[self.kind, name] += 1
        return found(self, name)

    monkeypatch.setattr(Registry, "__getitem__", counting)
    return counts


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_part_of_a_method_is_looked_up_once(name, asked):
    method = CATALOGUE[name].method
    hparams = numbers(method)
    asked.clear()
    compose(method, hparams)
    assert asked == Counter(method.parts())


EVERYTHING = Method(
    "everything",
    loss="label_flipping",
    regularizers=("r1", "feature_matching", "historical_averaging"),
    normalizer="spectral_norm",
    g_normalizer="virtual_batch_norm",
    dynamics="lookahead",
    augmentations=("instance_noise",),
    extras=("ema", "top_k", "gradient_clipping", "minibatch_std"),
    pack=2,
)


def test_a_game_that_has_its_numbers_asks_for_no_name(monkeypatch):
    task = replace(registry.task["ring8"](batch=8, units=4, latent=3), xla=False)
    game, hparams = Game(task, EVERYTHING), numbers(EVERYTHING)
    state, play = game.init(0, hparams), game.bind(hparams)

    def refused(self, name):
        raise AssertionError(f"{self.kind} {name!r} is looked up again")

    monkeypatch.setattr(Registry, "__getitem__", refused)
    monkeypatch.setattr(Registry, "__contains__", refused)
    n = task.batch * EVERYTHING.pack
    draws = [
        Batch(
            tf.constant(task.real(keys.key(0, "real", i), n)),
            tf.constant(keys.gaussian(keys.key(0, "z", i), (n, 3), "float32")),
            tf.constant([i, 5]),
            tf.constant(0),
        )
        for i in range(2)
    ]
    after = play.averaged(play.step(state, draws), tf.constant(0))
    assert not np.array_equal(after.g.weights[0], state.g.weights[0])
    assert not np.array_equal(after.ema[0], state.ema[0])
    assert play.players.logits(after, draws[0].real).shape == (task.batch,)
    assert game.sample(after.ema, after.g.buffers, draws[0].z).shape == (n, 2)


FIELDS = {
    "loss": "loss",
    "normalizer": "normalizer",
    "g_normalizer": "normalizer",
    "optimizer": "optimizer",
    "dynamics": "dynamics",
    "network": "network",
    "regularizers": "regularizer",
    "augmentations": "augmentation",
    "extras": "extra",
}


@pytest.mark.parametrize("field", FIELDS)
def test_an_unknown_part_raises(field):
    several = field in ("regularizers", "augmentations", "extras")
    name = ("nosuch",) if several else "nosuch"
    with pytest.raises(UnknownName, match=f'unknown {FIELDS[field]} "nosuch"'):
        compose(Method("m", **{field: name}), {})


def _nothing(x):
    raise NotImplementedError


def _square(x):
    """d(x) = |x|^2 / 2, whose gradient is x."""
    return tf.reduce_sum(x**2, 1) / 2


SEEN = Seen(_square, _nothing, _nothing, "d", None, (), (), np.float32(0))
REAL = np.array([[1.0, 2.0], [0.5, 3.0]], np.float32)
FAKE = np.array([[4.0, 1.0], [2.0, 2.5]], np.float32)


@pytest.mark.parametrize(("at_real", "at_fake"), [(0.3, 7.0), (7.0, 0.3)])
def test_numbers_of_another_part_do_not_leak(at_real, at_fake):
    """`r1` and `r2` both have a gamma: gamma/2 |x|^2 at real and at fake samples."""
    method = Method("m", regularizers=("r1", "r2"))
    hparams = numbers(method, **{"r1.gamma": at_real, "r2.gamma": at_fake, "r1x.gamma": 1e3})
    penalties = compose(method, hparams).penalties
    assert [p.name for p in penalties["d"].own] == ["r1", "r2"]
    assert not penalties["g"].own
    first, second = (
        p.fn(SEEN, tf.constant(REAL), tf.constant(FAKE), tf.constant([0, 1]))
        for p in penalties["d"].own
    )
    np.testing.assert_allclose(first, at_real * _square(REAL), rtol=1e-6)
    np.testing.assert_allclose(second, at_fake * _square(FAKE), rtol=1e-6)


def test_each_player_has_its_learning_rate_and_its_penalties_change_its_own_only():
    """D pays the lazy penalty, and steps by k/(k + 1) of its rate; beta^(k/(k + 1)) likewise."""
    method = Method("m", regularizers=("r1",), lazy=3, extras=("lazy_rescaling",))
    parts = compose(method, numbers(method, **{"adam.beta1": 0.5, "adam.beta2": 0.9}))
    assert float(parts.rates["g"]) == pytest.approx(0.1)
    assert float(parts.rates["d"]) == pytest.approx(0.4 * 3 / 4)
    one = (tf.constant([2.0]),)
    first = {
        who: float(optimizer.update(one, optimizer.init(one), 1.0)[1].first[0][0])
        for who, optimizer in parts.optimizers.items()
    }
    assert first == {"g": pytest.approx(1.0), "d": pytest.approx(2 * (1 - 0.5**0.75))}


def test_a_penalty_of_both_players_is_bound_once():
    method = Method("m", regularizers=("drift", "zcr"))
    penalties = compose(method, numbers(method)).penalties
    (for_g,), (drift, for_d) = penalties["g"].own, penalties["d"].own
    assert for_g is for_d
    assert (drift.place, for_g.place) == (0, 1)  # the key of its draws is the same for both


def test_numbers_that_are_not_given_are_the_defaults():
    parts = compose(Method("m", normalizer="weight_clipping"), {"lr_g": tf.constant(0.1)})
    (clipped,) = parts.normalizers["d"].project((tf.constant([-3.0, 0.002]),))
    np.testing.assert_allclose(clipped, [-0.01, 0.002])
    assert parts.rates["d"] is None


def test_the_normalizers_are_those_of_their_players():
    method = Method("m", normalizer="weight_norm", g_normalizer="equalized_lr")
    normalizers = compose(method, {}).normalizers
    kernel = tf.constant([[3.0, 0.0], [4.0, 2.0]])
    (normed,), _ = normalizers["d"].apply((kernel, tf.constant([1.0, 1.0])), ())
    np.testing.assert_allclose(normed, [[0.6, 0.0], [0.8, 1.0]], rtol=1e-6)
    (scaled,), _ = normalizers["g"].apply((kernel,), ())
    np.testing.assert_allclose(scaled, kernel / np.sqrt(2), rtol=1e-6)


def test_real_samples_are_shown_as_the_networks_that_play_show_them(monkeypatch):
    monkeypatch.setattr(registry.network, "_parts", dict(registry.network._parts))

    def dimmed(sizes, layers):
        raise NotImplementedError

    registry.network(real=lambda x, progress: x * (1 - progress))(dimmed)
    share, own = tf.constant(0.25), Method("m", network="dimmed")
    for method, network, factor in (
        (own, "mlp", 0.75),
        (Method("m"), "dimmed", 0.75),
        (Method("m"), "mlp", 1.0),
        (Method("m"), "nets.py:mine", 1.0),  # a function of the user's own is not registered
    ):
        shown = compose(method, {}, network).real(REAL, share)
        np.testing.assert_allclose(shown, REAL * factor)
