"""Networks by name: (sizes, layers) -> (generator, discriminator).

`images` marks those that are for images only, `dense` those without pixels (nothing there can
be averaged over them), `xla` how a step through them is compiled: on a CPU, XLA's convolutions are
about 15 times slower than TensorFlow's own.
"""

from __future__ import annotations

from typing import Any

from bench.gan.networks import dcgan as convolutions
from bench.gan.networks import dense
from bench.gan.networks import residual as blocks
from bench.gan.networks.layers import Layers, Sizes
from bench.registry import network

Pair = tuple[Any, Any]


@network(dense=True, xla=True)
def mlp(sizes: Sizes, layers: Layers) -> Pair:
    """Two dense hidden layers each, `units` wide; images end in a tanh."""
    shape, units = sizes.shape, sizes.units
    end = "tanh" if len(shape) > 1 else None
    g = dense.mlp((sizes.latent,), shape, units=units, activation=end, layers=layers.g)
    return g, dense.mlp(shape, (1,), units=units, slope=0.2, layers=layers)


@network(images=True)
def dcgan(sizes: Sizes, layers: Layers) -> Pair:
    """Three transposed 5 x 5 convolutions from a quarter of the side, batch norm; two with stride 2
    and dropout in D. 64 channels times `width` at the image. Radford et al. 2016, in the form of
    TensorFlow's tutorial.
    """
    side, _, channels = sizes.shape
    width = sizes.width
    g = convolutions.dcgan_generator(sizes.latent, channels, width=width, side=side)
    d = convolutions.dcgan_discriminator(channels, width=width, side=side, layers=layers)
    return g, d


@network
def residual(sizes: Sizes, layers: Layers) -> Pair:
    """x + 0.1 branch(x), a block for each size of the image, no normalizer; three dense blocks for
    points. 64 channels times `width` at the image. Mescheder et al. 2018, appendix F: their blocks,
    fewer and narrower.
    """
    return blocks.generator(sizes, layers.g), blocks.discriminator(sizes, layers)
