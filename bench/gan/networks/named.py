"""Networks by name: (sizes, layers) -> (generator, discriminator).

Traits, told to the decorator:

* `images`: they are for images only.
* `dense`: they have no pixels, so that nothing can be averaged over them.
* `labels`: they are told the class of each sample.
* `real`: (x, progress) -> what a discriminator is shown of real samples x.
* `xla`: a step through them is compiled by XLA. On a CPU its convolutions are about 15 times slower
  than TensorFlow's own.
* `takes`: the slots that a method may use (see `bench.gan.methods.slots`); all by default.
* `instead`: what they have in the other slots, in words.
* `sizes`: the fields of `Sizes`, beside shape and latent, that decide how large they are.
* `batch`: the batches that they can have (see `bench.gan.parts.needs`).
"""

from __future__ import annotations

from bench.gan.backend import Model, Tensor
from bench.gan.networks import biggan as big
from bench.gan.networks import dcgan as convolutions
from bench.gan.networks import dense, levels
from bench.gan.networks import progan as growing
from bench.gan.networks import residual as blocks
from bench.gan.networks import stylegan as style
from bench.gan.networks.inserts import Layers, Sizes
from bench.gan.networks.pieces import growing as pieces
from bench.gan.parts.needs import at_least
from bench.ranges import Positive, PositiveShare, Share
from bench.registry import network

Pair = tuple[Model, Model]
"""A generator and a discriminator."""

DISCRIMINATOR = ("d.norm", "d.after", "d.head", "d.pack", "d.kernels", "d.features")
NORMALIZED = "its own batch norm: the variance of one sample is 0"


@network(
    dense=True,
    xla=True,
    sizes=("units", "g_units", "d_units", "g_depth", "d_depth"),
    also=("fully connected", "dense", "MLP"),
)
def mlp(sizes: Sizes, layers: Layers) -> Pair:
    """Two dense hidden layers each, `units` wide; images end in a tanh.

    `g_depth`, `d_depth`, `g_units` and `d_units` are the depth and the width of one player.
    """
    shape, end = sizes.shape, "tanh" if len(sizes.shape) > 1 else None
    units, depth = sizes.g_units or sizes.units, sizes.g_depth or 2
    g = dense.mlp(
        (sizes.latent,), shape, units=units, hidden=depth, activation=end, layers=layers.for_g
    )
    units, depth = sizes.d_units or sizes.units, sizes.d_depth or 2
    return g, dense.mlp(shape, (1,), units=units, hidden=depth, slope=0.2, layers=layers)


@network(
    images=True,
    sizes=("width",),
    batch=at_least(2, NORMALIZED),
    also=(
        "CNN",
        "ConvNet",
        "convolutional",
    ),
)
def dcgan(sizes: Sizes, layers: Layers) -> Pair:
    """Convolutions 5 x 5, batch norm in G, dropout in D: the DCGAN of TensorFlow's tutorial.

    Three transposed ones from a quarter of the side; two of stride 2 in D. 64 channels times
    `width` next to the image. A `g_normalizer` that is a layer takes the place of the batch norm;
    with `identity`, or one that acts on weights, the tutorial's stays. Radford et al. 2016.
    """
    side, _, channels = sizes.shape
    width, own = sizes.width, layers.for_g
    g = convolutions.dcgan_generator(sizes.latent, channels, width=width, side=side, own=own)
    d = convolutions.dcgan_discriminator(channels, width=width, side=side, layers=layers)
    return g, d


@network(sizes=("units", "width"), also=("ResNet",))
def residual(sizes: Sizes, layers: Layers) -> Pair:
    """Blocks x + 0.1 branch(x): one for each size of an image, three dense ones for points.

    No normalizer of their own. 64 channels times `width` next to the image. The blocks of Mescheder
    et al. 2018 and their code, fewer and narrower.
    """
    return blocks.generator(sizes, layers.for_g), blocks.discriminator(sizes, layers)


def _shown(x: Tensor, progress: Tensor, *, until: PositiveShare = levels.UNTIL) -> Tensor:
    """Real images as sharp as the generator's are at this progress."""
    return pieces.shown(x, progress, len(levels.levels(x.shape[1])), until)


@network(
    images=True,
    real=_shown,
    sizes=("width",),
    takes=(*DISCRIMINATOR, "g.kernels"),
    instead="pixel norm in G is part of them",
)
def progan(sizes: Sizes, layers: Layers, *, until: PositiveShare = levels.UNTIL) -> Pair:
    """Networks that grow from 4 ... 7 pixels to the whole image, level by level.

    A level fades in by (1 - alpha) old + alpha new, and real samples are shown as sharp as the fake
    ones are. alpha is a function of the progress; grown after the share `until` of the training.
    Pixel norm in G. 64 channels times `width` at the image, twice as many a level below (the paper:
    16 at 1024 pixels, 512 at 4). Karras et al. 2018, section 2 and table 2.
    """
    return growing.generator(sizes), growing.discriminator(sizes, layers)


@network(
    images=True,
    sizes=("width",),
    takes=(*DISCRIMINATOR, "g.kernels"),
    instead="demodulation in G is part of them",
)
def stylegan(sizes: Sizes, layers: Layers, *, mixing: Share = style.MIXING) -> Pair:
    """A style-based generator with mixed styles and noise; residual D.

    A mapping network of 4 layers that learn a hundredth as fast (the paper: 8), modulated and
    demodulated convolutions, noise for each pixel, images summed over levels. A share `mixing` of
    the samples takes the styles of other latents from a random layer on, in training only. 64
    channels times `width` at the image. Karras et al. 2019, section 2 and 3.1; demodulation and D
    of Karras et al. 2020, section 2.2 and 4.1, without path regularization.
    """
    return style.generator(sizes), style.discriminator(sizes, layers)


@network(
    images=True,
    labels=True,
    sizes=("width", "classes"),
    takes=("d.norm", "d.after", "d.head", "d.kernels", "d.features", "g.kernels"),
    instead="batch norm in G is told the class",
    batch=at_least(2, NORMALIZED),
)
def biggan(sizes: Sizes, layers: Layers, *, truncation: Positive = big.THRESHOLD) -> Pair:
    """Class-conditional residual networks: skip-z, projection, truncation in evaluation.

    Batch norms of G are told the class and a part of z, D adds <embed(class), features>; orthogonal
    first weights; in evaluation z is drawn within +-`truncation`. Without the paper's attention and
    its spectral norm in G. 64 channels times `width` at the image (the paper: 96), class embedding
    16 (128), as many blocks as sizes of the image. Brock et al. 2019, appendix B; the largest
    threshold of their figure 2.
    """
    return big.generator(sizes), big.discriminator(sizes, layers)
