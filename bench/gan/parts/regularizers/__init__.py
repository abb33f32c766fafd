"""Regularizers: (d, real, fake, key, *, ...) -> penalty per sample [B], added to L_D.

`d` maps samples [B, ...] to logits [B] and knows more of the game (see `Seen`); `real` and `fake`
are batches of equal shape; `key` is for the draws of this penalty, int32 [2]. The formula in each
docstring is what is added, with its factor 1/2 where there is one: conventions differ between
papers and code, and a strength means nothing without its formula. A gradient norm is always over
all axes but the first.

Traits, told to the decorator of the less ordinary ones:

* `players`: "g" adds the penalty to L_G, "gd" calls it once for each player, and `d.player` says
  for which. The default is "d".
* `memory`: (weights, kernels) -> what the penalty remembers at first. It then finds its memory in
  `d.memory` and returns (penalty, new memory).
* `per_sample`: it reads one sample's gradient or logit and is therefore wrong where the
  discriminator couples the samples of a batch (batch normalization).
* `images`: it needs images, because it moves or flips them.
* `kernels`, `features`: it reads the kernels of its players, D's last hidden layer.
* `samples_g`: it has the generator make samples, or reads the latents of those that there are.
* `generators`: it tells several generators apart.
* `batch`: the batches that it can have (see `bench.gan.parts.needs`).
* `d_cost`, `g_cost`: the gradients that it adds to a step of D or G (see `bench.gan.methods.cost`).

A penalty on weights or on a whole batch may return a scalar: the mean over the batch is added.
"""

from bench.gan.parts.regularizers import consistency, gradient, outputs, weights  # noqa: F401
from bench.gan.parts.regularizers.gradient import gradient_norm, squared_gradient_norm
from bench.gan.parts.regularizers.seen import Seen

__all__ = ["Seen", "gradient_norm", "squared_gradient_norm"]
