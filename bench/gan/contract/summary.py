"""Networks in numbers: layers, parameters, and the multiplications that a sample takes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from bench.gan import tasks
from bench.gan.backend import Layer, Model
from bench.gan.game.game import Game
from bench.gan.methods import cost
from bench.trial import Method, Scalar


class Size(NamedTuple):
    """The size of one player's network."""

    layers: tuple[str, ...]
    """Each layer with weights: its kind and the shape of its output, "Dense 7 x 7 x 256"."""
    parameters: int
    """The count of numbers that are trained."""
    products: int
    """Multiplications of one sample on the way from input to output."""


class Sizes(NamedTuple):
    """The sizes of both networks, and what a step takes."""

    g: Size
    """The generator."""
    d: Size
    """The discriminator."""
    step: float
    """Multiplications of a step: a gradient takes three times the way forward."""


def sizes(task: str, options: Mapping[str, Scalar], method: Method) -> Sizes:
    """The networks of a trial in numbers. Raises what building them raises."""
    made = tasks.build(task, tuple(sorted(options.items())))
    game = Game(made, method)
    g, d = (_size(game.networks.of(player).model) for player in ("g", "d"))
    # of D: the way of fake samples, a gradient of both halves; of G: a gradient through D
    one = g.products + 3 * 2 * d.products + 3 * (g.products + d.products)
    return Sizes(g, d, made.batch * one * cost.gradients(method) / 2)


def _size(model: Model) -> Size:
    layers = [x for x in model._flatten_layers(include_self=False, recursive=True) if x.weights]
    leaves = [x for x in layers if not list(x._flatten_layers(include_self=False))]
    shown = tuple(
        f"{type(x).__name__} {' x '.join(map(str, x.output.shape[1:]))}"
        for x in leaves
        if _kernels(x)
    )
    parameters = sum(math.prod(v.shape) for v in model.trainable_variables)
    return Size(shown, parameters, sum(map(_products, leaves)))


def _kernels(layer: Layer) -> list[int]:
    """The sizes of the matrices of a layer."""
    return [math.prod(v.shape) for v in layer.trainable_variables if len(v.shape) > 1]


def _products(layer: Layer) -> int:
    """Multiplications of one sample: each number of a kernel, at each place that it is used at."""
    # a transposed convolution is used at each pixel of its input, the others of their output
    side = layer.input if "Transpose" in type(layer).__name__ else layer.output
    places = math.prod(side.shape[1:-1]) if hasattr(side, "shape") else 1
    return sum(_kernels(layer)) * places
