"""The check of a user's part: for each function of each kind, a wrong one and what is said."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.analysis.verdicts.runs import COMPARE
from bench.gan import data
from bench.gan.backend import keras
from bench.gan.contract.calls import described
from bench.gan.contract.contract import faults
from bench.gan.parts.extras import Extra
from bench.gan.parts.normalizers import Normalizer
from bench.gan.parts.optimizers import Optimizer
from bench.gan.tasks import Distribution
from bench.metrics.criterion import bounds
from bench.vocabulary import forms

SP = tf.nn.softplus


@pytest.fixture
def found():
    """Registers a function as `wrong` and gives what the check says of it."""
    added = []

    def check(kind, fn, traits):
        fn.__name__, fn.__module__, fn.__doc__ = "wrong", __name__, "w = d(x)^2. -> [B]. Ours."
        registry.KINDS[kind](**traits)(fn)
        added.append(registry.KINDS[kind])
        return faults(registry.KINDS[kind]["wrong"])

    yield check
    for kind in added:
        kind._parts.pop("wrong", None)


def fails(error):
    def fn(*arguments, **numbers):
        raise error

    return fn


def loud(real, fake):
    print("so far, so good")
    return SP(-fake), SP(-real) + SP(fake)


def two_times(*, weight=2.0):
    return weight


def penalty(d, real, fake, key):
    return d(real) ** 2


FUNCTIONS = {
    "loss that returns nothing": ("loss", lambda real, fake: None, {}, "returns None: is a return"),
    "loss of one player": ("loss", lambda real, fake: SP(fake), {}, "does not return a pair"),
    "loss of words": (
        "loss",
        lambda real, fake: ("a", "b"),
        {},
        "L_G is a str, needed is a tensor",
    ),
    "loss that ends": ("loss", lambda real, fake: sys.exit(2), {}, "raises SystemExit: 2"),
    "loss that interrupts": (
        "loss",
        lambda real, fake: fails(KeyboardInterrupt())(),
        {},
        "raises KeyboardInterrupt",
    ),
    "loss that prints": ("loss", loud, {}, 'it prints "so far, so good"'),
    "penalty that returns nothing": (
        "regularizer",
        lambda d, real, fake, key: None,
        {},
        "returns None: is a return missing?",
    ),
    "penalty of a number": (
        "regularizer",
        lambda d, real, fake, key: 3.0,
        {},
        "returns a float, needed is a tensor [B]",
    ),
    "penalty of images": (
        "regularizer",
        lambda d, real, fake, key: tf.reshape(real, [-1]),
        {"images": True},
        "returns shape (96,), not [B]",
    ),
    "penalty that forgets what it remembers": (
        "regularizer",
        penalty,
        {"memory": lambda weights, kernels: ()},
        "returns shape (6,), needed is a pair (value, memory)",
    ),
    "penalty whose memory grows": (
        "regularizer",
        lambda d, real, fake, key: (d(real) ** 2, (*d.memory, d.weights[0])),
        {"memory": lambda weights, kernels: weights},
        "the memory that it returns gives a tuple of 2",
    ),
    "penalty whose memory is nothing": (
        "regularizer",
        penalty,
        {"memory": lambda weights, kernels: None},
        "its memory(weights, kernels) returns None",
    ),
    "penalty whose second player raises": (
        "regularizer",
        lambda d, real, fake, key: d(real) ** 2 if d.player == "d" else {}["g"],
        {"players": "gd"},
        "raises KeyError: 'g'",
    ),
    "augmentation of a list": ("augmentation", lambda x, key, progress: [x], {}, "returns a list"),
    "augmentation that fails late": (
        "augmentation",
        lambda x, key, progress: x[:, :1] if progress > 0.9 else x,
        {},
        "turns shape (6, 2) into (6, 1)",
    ),
    "dynamics without a step": (
        "dynamics",
        lambda state, field, move, batches: state,
        {"batches": lambda d_steps, g_steps: 1},
        "moves neither player",
    ),
    "dynamics of a tuple": (
        "dynamics",
        lambda state, field, move, batches: (state.g, state.d),
        {"batches": lambda d_steps, g_steps: 1},
        "returns a tuple of 2, needed is the state",
    ),
    "dynamics of half a batch": (
        "dynamics",
        lambda state, field, move, batches: state,
        {"batches": lambda d_steps, g_steps: d_steps / 2},
        "its batches(1, 1) is 0.5, not a number of batches",
    ),
    "dynamics whose memory raises": (
        "dynamics",
        lambda state, field, move, batches: state,
        {"batches": lambda d_steps, g_steps: 1, "memory": lambda state: state.x},
        "raises AttributeError: 'State' object has no attribute 'x'",
    ),
    "dynamics that loses what it remembers": (
        "dynamics",
        lambda state, field, move, batches: state._replace(motion=()),
        {"batches": lambda d_steps, g_steps: 1, "memory": lambda state: state.g.weights},
        "its state.motion gives a tuple of 0",
    ),
    "forbids that refuses the defaults": (
        "extra",
        lambda *, k=3: Extra(gradients=lambda g: g),
        {"forbids": lambda k: "k is 3" if k == 3 else ""},
        "its forbids refuses its own defaults: k is 3",
    ),
    "batch that refuses all": (
        "extra",
        lambda: Extra(gradients=lambda g: g),
        {"batch": lambda size: "never enough"},
        "its batch refuses a batch of 64: never enough",
    ),
    "batch of a number": (
        "extra",
        lambda: Extra(gradients=lambda g: g),
        {"batch": lambda size: 2 if size == 1 else None},
        "its batch(1) returns 2, needed is the reason in words",
    ),
}


def relu(g):
    return tuple(tf.nn.relu(x) for x in g)


DENSE = keras.layers.Dense


def zero(shape, dtype):
    """A memory of one number."""
    return tf.zeros([], dtype)


MAKERS = {
    "optimizer of a pair": ("optimizer", (lambda w: (), lambda g, s, lr: (g, s)), "a tuple of 2"),
    "optimizer without slots": (
        "optimizer",
        Optimizer(lambda w: None, lambda g, s, lr: (g, s)),
        "its init(weights) returns None",
    ),
    "optimizer of one change": (
        "optimizer",
        Optimizer(lambda w: (), lambda g, s, lr: ((g[0],), s)),
        "gives a tuple of 1 as changes",
    ),
    "optimizer that returns no slots": (
        "optimizer",
        Optimizer(lambda w: (), lambda g, s, lr: (*g, s)),
        "returns a tuple of 3, needed is a pair (changes, slots)",
    ),
    "optimizer whose slots grow": (
        "optimizer",
        Optimizer(lambda w: w, lambda g, s, lr: (tuple(-lr * x for x in g), (*s, s[0]))),
        "as slots gives a tuple of 3",
    ),
    "normalizer of a layer": ("normalizer", DENSE, "needed is bench.gan.parts.normalizers.Norm"),
    "normalizer whose kernels shrink": (
        "normalizer",
        Normalizer(apply=lambda k, m: (tuple(w[:1] for w in k), m)),
        "as kernels gives shape (1, 5), needed is (2, 5)",
    ),
    "normalizer that forgets": (
        "normalizer",
        Normalizer(init=lambda k, key: k, apply=lambda k, m: (k, ())),
        "as memory gives a tuple of 0",
    ),
    "normalizer that starts with nothing": (
        "normalizer",
        Normalizer(start=lambda k, key: None),
        "its start(kernels, key) returns None",
    ),
    "normalizer that projects to one": (
        "normalizer",
        Normalizer(project=lambda w: w[0]),
        "its project(weights) gives shape (2, 5), which is not built",
    ),
    "normalizer with a wide layer": (
        "normalizer",
        Normalizer(layer=lambda: DENSE(7)),
        "the layer of its layer() turns (8, 5) into (8, 7)",
    ),
    "normalizer whose layer is none": (
        "normalizer",
        Normalizer(layer=lambda: "batch_norm"),
        "its layer() returns a str, needed is a Keras layer",
    ),
    "normalizer whose reference raises": (
        "normalizer",
        Normalizer(reference=fails(OSError("no file"))),
        "its reference(8) raises OSError: no file",
    ),
    "normalizer that wraps too little": (
        "normalizer",
        Normalizer(wrap=lambda d: lambda x: d(x)[0]),
        "its wrap(d)(x) returns shape (8,), needed is a pair",
    ),
    "extra of nothing": ("extra", Extra(), "changes nothing"),
    "extra with a wide layer": ("extra", Extra(after=lambda: DENSE(7)), "its after() turns (8, 5)"),
    "extra whose head is flat": (
        "extra",
        Extra(head=lambda: keras.layers.Reshape((5, 1))),
        "turns (8, 5) into (8, 5, 1), needed is (8, F)",
    ),
    "extra that selects none": (
        "extra",
        Extra(select=lambda logits, progress: 0 * logits),
        "its select(fake logits, progress) selects no sample",
    ),
    "extra that selects one": (
        "extra",
        Extra(select=lambda logits, progress: logits[:1]),
        "gives shape (1,), needed is (6,)",
    ),
    "extra that drops a gradient": (
        "extra",
        Extra(gradients=lambda g: g[1:]),
        "its gradients(gradient) gives a tuple of 1",
    ),
    "extra whose average raises": (
        "extra",
        Extra(average=lambda old, new: old),
        "its average(average, weights, step) raises TypeError",
    ),
    "extra that loses a number": (
        "extra",
        Extra(numbers=lambda own, lazy: {"lr": own["lr"]}),
        "gives ['lr'], needed is ['beta1', 'beta2', 'lr']",
    ),
    "extra that was given no memory": (
        "extra",
        Extra(chance=lambda memory: memory),
        "uses a memory that it was not given: memory=lambda shape, dtype",
    ),
    "extra whose memory grows": (
        "extra",
        Extra(memory=zero, after_d=lambda m, real, fake, loss: tf.stack([m, loss])),
        "its after_d(memory, real logits, fake logits, loss) gives shape (2,), needed is ()",
    ),
    "extra that keeps no memory": (
        "extra",
        Extra(memory=zero, fakes=lambda m, fake, key: fake),
        "its fakes(memory, samples, key) returns shape (8, 2), needed is a pair (samples, memory)",
    ),
    "extra that shows a number without a name": (
        "extra",
        Extra(memory=zero, shown=lambda m: m),
        "its shown(memory) is no dict of names and numbers",
    ),
    "optimizer that measures in silence": (
        "optimizer",
        Optimizer(lambda w: (), lambda g, s, lr: (tuple(-lr * x for x in g), s), lambda w, s: w),
        "has measured and declares no measures",
    ),
}


@pytest.mark.parametrize(("kind", "fn", "traits", "said"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_what_is_wrong_with_a_function_is_said(found, kind, fn, traits, said):
    texts = found(kind, fn, traits)
    assert any(said in text for text in texts), texts


@pytest.mark.parametrize(("kind", "made", "said"), MAKERS.values(), ids=MAKERS)
def test_what_is_wrong_with_what_a_part_returns_is_said(found, kind, made, said):
    texts = found(kind, lambda: made, {})
    assert any(said in text for text in texts), texts


def mlp(sizes, layers):
    return registry.network["mlp"](sizes, layers)


def model(inputs, outputs):
    return keras.Sequential([keras.Input(inputs), DENSE(outputs)])


NETWORKS = {
    "one": (lambda sizes, layers: model((3,), 2), {}, "does not return a pair"),
    "functions": (lambda sizes, layers: (relu, relu), {}, "its generator is a function, needed is"),
    "wide": (
        lambda sizes, layers: (model((3,), 5), model((2,), 1)),
        {},
        "its generator gives ['B', 5], needed is ['B', 2]",
    ),
    "raises in a slot": (
        lambda sizes, layers: mlp(sizes, layers) if not layers.head else fails(OSError("x"))(),
        {"dense": True},
        "with a layer before the discriminator's last it raises OSError: x",
    ),
    "slots": (mlp, {"takes": ("d.norm",)}, "and has layers behind the hidden activations"),
    "sizes": (
        mlp,
        {"sizes": ("width",)},
        "which is wrong of d_depth, d_units, g_depth, g_units, units, width",
    ),
    "real": (
        mlp,
        {"sizes": ("units",), "real": lambda x, progress: x[:, ::2]},
        "its real(x, progress) at 0 gives shape (8, 4, 8, 1), needed is (8, 8, 8, 1)",
    ),
}


@pytest.mark.parametrize(("fn", "traits", "said"), NETWORKS.values(), ids=NETWORKS)
def test_what_is_wrong_with_a_network_is_said(found, fn, traits, said):
    texts = found("network", lambda sizes, layers: fn(sizes, layers), traits)
    assert any(said in text for text in texts), texts


RING = registry.task["ring8"]()
RING = replace(RING, instrument=cache(RING.instrument))  # it takes half a second, each time
GAME = registry.task["dirac"]()
SEEN = RING.facts()
LABELLED = replace(RING, sizes=RING.sizes._replace(classes=3))


def one_class(label):
    return lambda key, n: (RING.real(key, n), np.full(n, label))


def players(g, d):
    return lambda layers: (model(*g), model(*d))


TASKS = {
    "nothing": (None, {}, "returns None: is a return missing?"),
    "a table": ({}, {}, "returns a dict, needed is bench.gan.tasks.Task(...)"),
    "batch": (replace(RING, batch=0), {}, "its batch is 0, needed is a whole number above 0"),
    "shape": (replace(RING, shape=2), {}, "its shape is 2, needed is a tuple"),
    "real shape": (
        replace(RING, real=lambda key, n: np.zeros((n, 3))),
        {},
        "real(key, 5) gives shape (5, 3), needed is (5, 2)",
    ),
    "real count": (
        replace(RING, real=lambda key, n: RING.real(key, 5)),
        {},
        "real(key, 1) gives shape (5, 2), needed is (1, 2)",
    ),
    "real words": (replace(RING, real=lambda key, n: "x"), {}, "real(key, 5) gives a str"),
    "real infinite": (
        replace(RING, real=lambda key, n: np.full((n, 2), np.inf)),
        {},
        "real(key, 5) gives numbers that are not finite",
    ),
    "real by chance": (
        replace(RING, real=lambda key, n: np.random.default_rng().normal(size=(n, 2))),
        {},
        "gives other numbers for the same key",
    ),
    "real constant": (
        replace(RING, real=lambda key, n: np.ones((n, 2))),
        {},
        "real(key, 5) gives the same for every key",
    ),
    "held": (replace(RING, held=np.zeros((9, 3))), {}, "held gives shape (1, 3), needed is (1, 2)"),
    "latents": (
        replace(RING, latents=lambda key, n: np.zeros((n, 4))),
        {},
        "latents(key, n) gives shape (5, 4), needed is (5, 16)",
    ),
    "labels": (
        replace(LABELLED, labelled=lambda key, n: (RING.real(key, n), np.zeros((n, 3)))),
        {},
        "labelled(key, 5) as classes gives shape (5, 3), needed is (5,)",
    ),
    "a fourth label": (
        replace(LABELLED, labelled=one_class(3)),
        {},
        "gives classes [3, 3, 3, 3, 3], needed are 0 ... 2",
    ),
    "one player": (
        replace(RING, networks=lambda layers: model((16,), 2)),
        {},
        "networks(layers) returns a Sequential, needed is a pair (generator, discriminator)",
    ),
    "generator": (
        replace(RING, networks=players(((16,), 3), ((2,), 1))),
        {},
        "networks(layers): the generator gives ['B', 3], needed is ['B', 2]",
    ),
    "latent": (
        replace(RING, networks=players(((9,), 2), ((2,), 1))),
        {},
        "networks(layers): the generator takes ['B', 9], needed is ['B', 16]",
    ),
    "domain": (
        replace(RING, domain=lambda layers: (1, 2)),
        {},
        "domain(layers): the generator is an int, needed is a keras.Model",
    ),
    "instrument": (
        replace(RING, facts=lambda: {}),
        {},
        "instrument() returns a dict, which has no real",
    ),
    "instrument raises": (
        replace(RING, facts=fails(OSError("x"))),
        {},
        "instrument() raises OSError: x",
    ),
    "instrument of others": (
        replace(RING, facts=lambda: SimpleNamespace(real=data, n=3, record=lambda: {"a": data})),
        {},
        "instrument().record() cannot be stored: TypeError",
    ),
    "instrument that sees nothing": (
        replace(RING, facts=lambda: replace(SEEN, see=lambda points: None)),
        {},
        "instrument().sample(points) of real samples returns None",
    ),
    "criterion raises": (
        replace(RING, criterion=fails(SystemExit(1))),
        {},
        "criterion(instrument()) raises SystemExit: 1",
    ),
    "observe": (replace(GAME, observe=lambda state: 0.5), {}, "observe(state) returns a float"),
    "radius": (
        replace(GAME, observe=lambda state: {"radii": 1.0}),
        {},
        'names "radius", which is not measured (did you mean "radii"?)',
    ),
    "check": (RING, {"check": lambda options: None}, "its check(options) returns None"),
    "check that adds": (
        RING,
        {"check": lambda options: options | {"sigmas": 1}},
        "its check(options) adds 'sigmas', which is no option",
    ),
}


@pytest.mark.parametrize(("task", "traits", "said"), TASKS.values(), ids=TASKS)
def test_what_is_wrong_with_a_task_is_said(found, task, traits, said):
    texts = found("task", lambda: task, traits)
    assert any(said in text for text in texts), texts


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"mode": (">=", 8)}, 'names "mode", which is not measured (did you mean "modes"?)'),
        ({"modes": ("=>", 8)}, "of modes is ('=>', 8), needed is such as (\">=\", 8); the signs"),
        ({"modes": (">=", "8")}, "of modes is ('>=', '8'), needed is such as"),
        ({"modes": 8}, "of modes is 8, needed is such as"),
        (["modes"], "is ['modes'], needed is a table such as"),
    ],
)
def test_a_criterion_by_which_nothing_can_be_judged_is_said(found, given, said):
    (text,) = found("task", lambda: replace(RING, criterion=given), {})
    assert text.startswith(f"the criterion {said}")


SHAPED = {"shape": (8, 8, 1), "network": "mlp", "batch": 8, "latent": 3}
GIVEN = Distribution(RING.real, RING.instrument, {"modes": (">=", 8)})


@pytest.mark.parametrize(
    ("given", "traits", "said"),
    [
        (
            GIVEN,
            {},
            "returns a Distribution, and its decorator has no shape of a sample: say @task",
        ),
        (
            GIVEN,
            SHAPED | {"labels": True},
            "wrong: its decorator says labels=True, and its Distribution has no labelled: give sam",
        ),
        (
            replace(GIVEN, labelled=one_class(1)),
            SHAPED | {"labels": True},
            "wrong: its decorator says labels=True, and its Distribution has no classes: give samp",
        ),
        (None, SHAPED, "wrong must return a Distribution, as its decorator has a shape; it retur"),
        (GIVEN, SHAPED | {"network": "mpl"}, "wrong: its network 'mpl' is not known (did you mean"),
        (
            GIVEN,
            SHAPED | {"network": "dcgan", "shape": (2,)},
            'wrong: its network "dcgan" is for images only: its samples are points (there is: ',
        ),
    ],
)
def test_what_decorator_and_function_of_a_task_disagree_on_is_said(found, given, traits, said):
    (text, *others) = found("task", lambda: given, traits)
    assert text.startswith(said)
    assert all("its check(options) raises" in other for other in others)


def test_a_number_that_no_method_can_have_is_said(found):
    traits = {"hparams": {"lr_d": 1e-3, "r2.gamm": 1.0}}
    assert found("task", lambda: RING, traits) == [
        'its trait hparams has "r2.gamm", which is no hyper-parameter (did you mean "r2.gamma"?)'
    ]


def test_bands_are_held_to_the_same_words(found):
    """What makes bands is called by the contract only."""
    band = bounds.Band("mode", ">=", 8.0, 3.0, "x", 9.0)
    text = 'its criterion names "mode", which is not measured (did you mean "modes"?)'
    assert text in found("task", lambda: replace(RING, criterion=lambda seen: (band,)), {})


def test_the_signs_are_those_that_verdicts_know():
    assert set(forms.COMPARISONS) == set(COMPARE)


def test_samples_of_another_shape_are_said_once(found):
    """Not what follows from them: an instrument and players that cannot see them."""
    narrow = replace(RING, real=lambda key, n: RING.real(key, n)[:, :1])
    assert found("task", lambda: narrow, {}) == [
        "real(key, 5) gives shape (5, 1), needed is (5, 2)"
    ]


def test_a_long_error_is_shown_with_its_end():
    array = "[[0. 0.]\n [0. 0.]]" * 40
    error = ValueError(f"Invalid input {array}. Expected shape (3,), found (2,)")
    text = described(error)
    assert text.startswith("ValueError: Invalid input [[0. 0.]")
    assert text.endswith("Expected shape (3,), found (2,)")
    assert len(text) < 230
    assert "\n" not in text


def test_the_frames_of_keras_are_left_out_of_an_error():
    class Deep(keras.layers.Layer):
        def call(self, x):
            return x[:, :, 0]

    with pytest.raises(tf.errors.InvalidArgumentError, match="Arguments received by") as caught:
        Deep()(np.zeros((2, 5)))
    text = described(caught.value)
    assert text.startswith("InvalidArgumentError: Index out of range using input dim 2")
    assert "Arguments" not in text


METRICS = {
    "raises": (
        lambda real, fake, facts: fake.points[10**9],
        "at a usual sample of ring8 it raises",
    ),
    "words": (lambda real, fake, facts: "much", "gives a str, needed is one number"),
    "infinite": (lambda real, fake, facts: np.inf, "is inf, needed is a finite number"),
    "by chance": (lambda real, fake, facts: np.random.default_rng().normal(), "another number"),
    "few": (
        lambda real, fake, facts: fake.points[1, 0],
        "at a single point of ring8 it raises IndexError",
    ),
    "collapsed": (
        lambda real, fake, facts: 1.0 if fake.points.std(0).max() else fails(KeyError("sd"))(),
        "at a single point of ring8 it raises KeyError: 'sd'",
    ),
    "not finite": (
        lambda real, fake, facts: [1.0][int(np.isnan(fake.points).any())],
        "at a sample that is not finite of ring8 it raises IndexError",
    ),
    "images": (
        lambda real, fake, facts: 1.0 if fake.points.ndim == 2 else fake.points,
        "at a usual sample of digits8 it gives shape (898, 8, 8, 1), needed is one number",
    ),
}


@pytest.mark.parametrize(("fn", "said"), METRICS.values(), ids=METRICS)
def test_what_is_wrong_with_a_metric_is_said(found, fn, said):
    texts = found("metric", lambda real, fake, facts: fn(real, fake, facts), {"better": "lower"})
    assert any(said in text for text in texts), texts


def test_what_is_right_keeps_the_contract(found):
    assert (
        found("metric", lambda real, fake, facts: float(fake.points.std()), {"better": "lower"})
        == []
    )
    assert found("task", lambda: RING, {}) == []
    assert found("task", lambda: GAME, {"losses": ("wasserstein",)}) == []
    assert found("extra", lambda: Extra(gradients=lambda g: g), {}) == []


@pytest.mark.parametrize("kind", ["loss", "regularizer", "optimizer", "normalizer", "extra"])
def test_parts_of_this_package_are_called_rightly(kind, monkeypatch):
    monkeypatch.setattr("bench.gan.contract.contract._trains", lambda *a: iter(()))
    for part in registry.KINDS[kind]:
        wrong = [text for text in faults(part) if not text.startswith("its docstring")]
        assert wrong == [], part.name


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["network", "task", "metric", "dynamics", "augmentation"])
def test_larger_parts_of_this_package_are_called_rightly(kind, monkeypatch):
    monkeypatch.setattr("bench.gan.contract.contract._trains", lambda *a: iter(()))
    for part in registry.KINDS[kind]:
        assert faults(part) == [], part.name
