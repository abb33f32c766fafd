"""Faults of a training loop, as extras: each is a mistake that runs, and that no error tells.

They change the draws that a step is given (see `bench.gan.training.draws`) and nothing else. What
is measured is drawn apart: metrics compare samples of independent noise with real samples as the
task has them, and D's accuracy is taken on those. A method with one of them, beside the same
without it, says what the mistake costs.
"""

from __future__ import annotations

import numpy as np

from bench.gan.backend import Tensor, tf
from bench.gan.parts.extras import Extra
from bench.gan.parts.needs import at_least
from bench.registry import extra

HALF = 127.5
"""Half of the largest number of a byte: x in [-1, 1] is HALF x + HALF in [0, 255]."""


@extra(noise=True, batch=at_least(2, "one sample has one noise vector anyway"))
def one_noise() -> Extra:
    """A fault: all samples of a batch are made from one z, z <- (z_1, ..., z_1). z [B, latent].

    G shows D the same sample B times, so that it is told of one point in a step and of no
    difference between two. Where batch norm in G takes the statistics of a batch of dense features,
    all that it normalizes is equal: z_1 is subtracted from itself, and G learns one sample that
    depends on no z at all. In circulation: noise of shape [1, latent] that is broadcast.
    """

    def latents(z: Tensor) -> Tensor:
        return tf.repeat(z[:1], tf.shape(z)[0], axis=0)

    return Extra(latents=latents)


@extra(draws=True)
def same_batch() -> Extra:
    """A fault: every batch has the real samples of the first batch that the seed draws.

    D learns these B samples by heart, and the best G repeats them: it is a training on B samples.
    In circulation: an iterator that is made anew in each step, or `x_train[:128]` in the loop.
    """
    return Extra(repeats=True)


@extra(images=True)
def unscaled() -> Extra:
    """A fault: real images go to D as 0 ... 255 while G ends in tanh, x <- 127.5 x + 127.5.

    No pixel of G's is larger than 1, so that the brightness alone tells real from fake, whatever is
    drawn: D wins at once. Penalties are taken at these images too. In circulation: images of
    `keras.datasets` without the line that scales them.
    """

    def real(x: Tensor) -> Tensor:
        return HALF * x + HALF

    return Extra(real=real)


@extra(draws=True, ordered=True)
def unshuffled() -> Extra:
    """A fault: batches walk through the data set in its order and begin again at its end.

    D is shown each image once in an epoch; a batch may hold the end and the beginning, and steps of
    G have the images of D's last. Where a file is sorted by class, as folders and `mnist5k` are
    here, nearly every batch has one class, and for many steps D sees no other. A data set whose
    order means nothing is shuffled already. In circulation: a `tf.data.Dataset` without `shuffle`,
    `shuffle=False`.
    """

    def places(numbers: np.ndarray, size: int) -> np.ndarray:
        return numbers % size

    return Extra(places=places)
