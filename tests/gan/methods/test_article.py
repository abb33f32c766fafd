"""The DCGAN of the article, layer by layer."""

from __future__ import annotations

import keras
import pytest

from bench.analysis.verdicts import Verdict, judge
from bench.gan import networks
from bench.gan.methods import CATALOGUE
from bench.gan.parts.layers import Dropout
from bench.gan.training.train import fit
from bench.trial import Trial

LAYERS = keras.layers


def shape(layer):
    return tuple(layer.output.shape[1:])


def test_generator():
    model = networks.dcgan_generator(100, 1)
    dense, *rest = model.layers
    assert (type(dense), dense.units, dense.use_bias) == (LAYERS.Dense, 7 * 7 * 256, False)
    kinds = [type(layer).__name__ for layer in rest]
    activate = ["BatchNormalization", "LeakyReLU"]
    up = "Conv2DTranspose"
    assert kinds == [*activate, "Reshape", up, *activate, up, *activate, up]
    convolutions = [layer for layer in rest if isinstance(layer, LAYERS.Conv2DTranspose)]
    assert [c.filters for c in convolutions] == [128, 64, 1]
    assert [c.strides for c in convolutions] == [(1, 1), (2, 2), (2, 2)]
    assert {c.kernel_size for c in convolutions} == {(5, 5)}
    assert [shape(c) for c in convolutions] == [(7, 7, 128), (14, 14, 64), (28, 28, 1)]
    assert convolutions[-1].activation is keras.activations.tanh
    # parameters as the tutorial's summary prints them
    assert model.count_params() == 2_330_944


def test_discriminator():
    model = networks.dcgan_discriminator(1)
    kinds = [type(layer) for layer in model.layers]
    block = [LAYERS.Conv2D, LAYERS.LeakyReLU, Dropout]
    assert kinds == [*block, *block, LAYERS.Flatten, LAYERS.Dense]
    convolutions = [layer for layer in model.layers if isinstance(layer, LAYERS.Conv2D)]
    assert [(c.filters, c.kernel_size, c.strides) for c in convolutions] == [
        (64, (5, 5), (2, 2)),
        (128, (5, 5), (2, 2)),
    ]
    assert [layer.rate for layer in model.layers if isinstance(layer, Dropout)] == [0.3, 0.3]
    weights = sum(w.shape.num_elements() for w in model.trainable_variables)
    assert weights == 212_865


@pytest.mark.slow
def test_the_article_s_loss_never_converges_and_the_corrected_one_learns():
    """At a quarter of the width for 1000 steps: far worse than a Gaussian against about as good."""
    hparams = {"lr_g": 1e-4, "lr_d": 1e-4, "adam.beta1": 0.5, "adam.beta2": 0.999}
    tails = {}
    for name in ("article_loss", "ns"):
        options = {"width": 0.25}
        trial = Trial("dcgan28", CATALOGUE[name].method, 0, 1000, hparams, options, 20)
        result = fit(trial).result
        judgement = judge(result)
        assert name == "ns" or judgement.verdict is not Verdict.CONVERGED
        tails[name] = judgement.numbers.q_tail
    assert tails["article_loss"] > 1.25
    assert tails["ns"] < 1.1


@pytest.mark.parametrize(("width", "filters"), [(0.5, [64, 32, 1]), (0.001, [1, 1, 1])])
def test_width(width, filters):
    model = networks.dcgan_generator(10, 1, width=width)
    found = [layer.filters for layer in model.layers if isinstance(layer, LAYERS.Conv2DTranspose)]
    assert found == filters
