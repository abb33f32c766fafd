"""Slots that a method asks for: declared, refused when a sweep is read, found in the game."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.contract.built import sized, taken
from bench.gan.game.game import Game
from bench.gan.methods import CATALOGUE, slots
from bench.gan.methods.rules import IllegalMethod, check, check_task
from bench.gan.networks import Layers, Network, Sizes
from bench.gan.training.step import Step, _batch
from bench.trial import Method

IMAGES, POINTS = Sizes((8, 8, 1), 6, 16, 0.2, 10), Sizes((2,), 6, 16, 0.2)
CHOICES = [
    (part.name, sizes)
    for part in registry.network
    for sizes in (IMAGES, POINTS)
    if len(sizes.shape) == 3 or not part.traits.get("images")
]


@pytest.mark.parametrize(("name", "sizes"), CHOICES, ids=str)
def test_networks_have_the_slots_that_they_declare(name, sizes):
    part = registry.network[name]
    assert taken(part, sizes) == set(part.traits.get("takes", slots.ALL))


@pytest.mark.parametrize("part", list(registry.network), ids=lambda part: part.name)
def test_networks_are_made_of_the_sizes_that_they_declare(part):
    """On points or on images: what is used on either is declared, and nothing else."""
    found = set().union(*(sized(part, sizes) for name, sizes in CHOICES if name == part.name))
    assert found == set(part.traits["sizes"])


SIZED = [
    (task.name, option)
    for task in registry.task
    for option in ("units", "width")
    if option in task.defaults and "network" in task.defaults
]


@pytest.mark.parametrize(("name", "option"), SIZED)
def test_an_option_of_a_task_decides_the_sizes_that_it_declares(name, option):
    task = registry.task[name]
    old, new = (task(**{option: task.defaults[option] * k}).sizes._asdict() for k in (1, 2))
    assert {k for k in old if old[k] != new[k]} == set(task.traits["sized"][option])


@pytest.mark.parametrize("option", ["g_units", "d_units", "g_depth", "d_depth"])
@pytest.mark.parametrize("name", ["ring8", "digits8"])
def test_an_option_of_one_player_decides_one_size(name, option):
    task = registry.task[name]
    old, new = (task(**own).sizes._asdict() for own in ({}, {option: 3}))
    assert {k for k in old if old[k] != new[k]} == set(task.traits["sized"][option]) == {option}


OWN = [task.name for task in registry.task if "network" not in task.defaults]


@pytest.mark.parametrize("name", OWN)
def test_networks_of_a_task_have_the_slots_that_it_declares(name):
    """By a game for each slot: built where it is declared, and refused where it is not."""
    task, declared = registry.task[name], registry.task[name].traits.get("takes", slots.ALL)
    parts = {
        "d.norm": {"normalizer": "layer_norm"},
        "d.after": {"extras": ("dropout",)},
        "d.head": {"extras": ("minibatch_discrimination",)},
        "d.pack": {"pack": 2},
        "d.kernels": {"normalizer": "spectral_norm"},
        "d.features": {"regularizers": ("feature_matching",)},
        "g.norm": {"g_normalizer": "layer_norm"},
        "g.after": {"g_normalizer": "pixel_norm"},
        "g.kernels": {"g_normalizer": "weight_norm"},
    }
    assert set(parts) == set(slots.ALL)
    for slot, part in parts.items():
        (loss,) = task.traits.get("losses", ("non_saturating",))
        method = Method("m", loss=loss, **part)
        if slot in declared:
            check_task(method, name)
            Game(task(), method)
            continue
        with pytest.raises(IllegalMethod, match="would have no effect"):
            check_task(method, name)
        with pytest.raises(IllegalMethod, match="would have no effect"):
            Game(task(), method)


def test_a_builder_that_makes_a_layer_and_leaves_it_out_is_found(monkeypatch):
    """Nor is it enough to put in one of two layers that were asked for."""
    made = registry.network["mlp"].fn

    def forgetful(sizes, layers):
        """Makes all layers, and puts in the first behind an activation only."""
        [make() for make in layers.after]
        return made(sizes, layers._replace(after=layers.after[:1]))

    monkeypatch.setattr(registry.network, "_parts", dict(registry.network._parts))
    registry.network(forgetful)
    task = registry.task["ring8"](units=4)
    noise = registry.extra["dropout"]

    def second():
        """Another layer behind the activations."""
        return noise.fn()

    monkeypatch.setattr(registry.extra, "_parts", dict(registry.extra._parts))
    registry.extra(second)
    Game(task, Method("m", extras=("dropout", "second")))
    with pytest.raises(IllegalMethod, match="second would have no effect: it needs layers behind"):
        Game(task, Method("m", extras=("dropout", "second"), network="forgetful"))


@pytest.mark.parametrize("name", ["progan", "stylegan", "biggan"])
@pytest.mark.parametrize("norm", ["batch_norm", "pixel_norm", "group_norm"])
def test_what_networks_have_no_place_for_is_refused_before_they_are_built(name, norm):
    method = Method("m", g_normalizer=norm, network=name)
    with pytest.raises(IllegalMethod, match=rf"{norm} would have no effect.*{name} have none \("):
        check_task(method, "dcgan28")
    with pytest.raises(IllegalMethod, match="would have no effect"):
        Game(registry.task["dcgan28"](width=0.05), method)


@pytest.mark.parametrize(
    ("parts", "task", "reason"),
    [
        ({"g_normalizer": "equalized_lr"}, "dirac", "kernels in the generator"),
        ({"pack": 2}, "bilinear", "whole packs"),
        ({"extras": ("ema",)}, "gauss1d_lq", "not an average"),
        ({"regularizers": ("ortho",)}, "dirac", "kernels in the generator"),
        ({"normalizer": "instance_norm"}, "ring8", "averages over pixels"),
    ],
)
def test_what_would_have_no_effect_on_a_task(parts, task, reason):
    if "loss" not in parts and task == "bilinear":
        parts = parts | {"loss": "wasserstein"}
    with pytest.raises(IllegalMethod, match=reason):
        check_task(Method("m", **parts), task)


def test_pixels_are_there_where_there_are_images_and_no_dense_layers():
    method = Method("m", normalizer="instance_norm")
    for task, network in (("stacked", "residual"), ("digits8_twins", None), ("digits8", "dcgan")):
        check_task(method, task, network)
    for task, network in (("ring8", "residual"), ("dcgan28", "mlp")):
        with pytest.raises(IllegalMethod, match="averages over pixels"):
            check_task(method, task, network)


def test_lazy_needs_penalties():
    with pytest.raises(IllegalMethod, match="lazy = 4 would have no effect"):
        check(Method("m", lazy=4))
    check(Method("m", lazy=4, regularizers=("r1",)))


# --- the first hidden layer, and DCGAN's generator ------------------------------------------------


def norms(model):
    """True for each layer with a kernel that has batch normalization behind it, before the next."""
    found: list[list[bool]] = []
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            found.append([])
        elif found:
            found[-1].append(isinstance(layer, keras.layers.BatchNormalization))
    return [any(row) for row in found]


@pytest.mark.parametrize(
    ("task", "options", "d", "g"),
    [
        ("ring8", {"units": 4}, [False, True, False], [True, True, False]),
        ("digits8", {"units": 8}, [False, True, False], [True, True, False]),
        ("dcgan28", {"width": 0.05}, [False, True, False], [True, True, True, False]),
        ("digits8_twins", {"units": 8}, [False, True, True, False], [True, True, True, False]),
    ],
)
def test_batch_norm_is_behind_every_hidden_layer_but_the_discriminator_s_first(task, options, d, g):
    game = Game(registry.task[task](**options), CATALOGUE["dcgan"].method)
    assert (norms(game.d.model), norms(game.g.model)) == (d, g)


@pytest.mark.parametrize("name", ["residual", "biggan", "progan", "stylegan"])
def test_the_first_convolution_of_other_discriminators_has_no_batch_norm(name):
    """Whatever is normalized has been through two layers with a kernel."""
    layers = Layers(norm=lambda: keras.layers.BatchNormalization(), inner=True, g=Layers())
    _, d = registry.network[name].fn(IMAGES, layers)
    found = [x for x in d.layers if isinstance(x, keras.layers.BatchNormalization)]
    assert found
    for layer in found:
        before = keras.Model(d.inputs, layer.input).layers
        assert sum(hasattr(x, "kernel") for x in before) >= 2


def test_other_normalizers_are_behind_the_first_layer_too():
    game = Game(registry.task["ring8"](units=4), Method("m", normalizer="layer_norm"))
    assert sum(isinstance(x, keras.layers.GroupNormalization) for x in game.d.layers) == 2


def test_dcgan_s_generator_has_the_method_s_layers_or_its_own():
    def kinds(g_normalizer):
        task = registry.task["dcgan28"](width=0.05)
        game = Game(task, Method("m", g_normalizer=g_normalizer))
        return [type(x).__name__ for x in game.g.layers if "Norm" in type(x).__name__]

    assert kinds("identity") == kinds("weight_norm") == ["BatchNormalization"] * 3
    assert kinds("batch_norm") == ["BatchNormalization"] * 3
    assert kinds("virtual_batch_norm") == ["VirtualBatchNorm"] * 3
    assert kinds("pixel_norm") == ["PixelNorm"] * 3
    assert kinds("instance_norm") == ["GroupNormalization"] * 3


def test_instance_norm_in_dcgan_s_generator_leaves_something_of_the_latents():
    """Behind a dense layer a channel of one number would always become 0."""
    task = registry.task["dcgan28"](width=0.05, latent=5)
    game = Game(task, Method("m", g_normalizer="instance_norm"))
    state = game.init(0, {})
    z = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
    x = game.sample(state.g.weights, state.g.buffers, z).numpy()
    assert x.std(0).mean() > 1e-4


# --- virtual batch norm ---------------------------------------------------------------------------

SMALL = {"units": 8, "width": 0.05, "latent": 5, "batch": 6}
PLAYED = []
for _task in registry.task:
    names = [n.name for n in registry.network] if "network" in _task.defaults else [None]
    for _name in names:
        try:
            check_task(Method("m", g_normalizer="virtual_batch_norm"), _task.name, _name)
        except IllegalMethod:
            continue
        PLAYED.append((_task.name, _name))


def test_virtual_batch_norm_is_legal_on_these():
    assert ("dcgan28", "dcgan") in PLAYED
    assert ("digits8_twins", None) in PLAYED
    assert len({task for task, _ in PLAYED}) >= 6
    assert not {"progan", "stylegan", "biggan"} & {name for _, name in PLAYED}


@pytest.mark.parametrize(("task", "network"), PLAYED)
def test_other_latents_of_a_batch_change_a_sample_by_nothing(task, network):
    part = registry.task[task]
    options = {k: v for k, v in SMALL.items() if k in part.defaults}
    made = part(**options, **({"network": network} if network else {}))
    step = Step(made, Method("m", g_normalizer="virtual_batch_norm"))
    state = step.init(0, {})
    batch = _batch(step._draws(0, 0), 0, 0, tf.constant(0))
    other = batch._replace(z=tf.concat([batch.z[:1], 3 - 2 * batch.z[1:]], 0))
    a, b = (step.game.bind({}).players.generate(state, x)[0].numpy() for x in (batch, other))
    np.testing.assert_array_equal(a[0], b[0])
    assert np.abs(a[1:] - b[1:]).max() > 1e-3


def test_features_of_nested_and_shared_layers_are_not_guessed():
    x = keras.Input((3,))
    stem = keras.layers.Dense(4)
    nested = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5), keras.layers.Dense(1)])
    assert Network(keras.Model(x, nested(stem(x)))).features is None
    shared = keras.layers.Dense(3)
    assert Network(keras.Model(x, shared(shared(x)))).features is None
    assert Network(keras.Sequential([x, stem, keras.layers.Dense(1)])).features is not None
