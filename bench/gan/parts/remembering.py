"""Extras that remember something from step to step: see `bench.gan.parts.extras`."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from bench.gan import keys
from bench.gan.backend import Key, Layer, Shape, Tensor, Tensors, tf
from bench.gan.parts import layers
from bench.gan.parts.extras import Extra
from bench.gan.parts.needs import at_least
from bench.ranges import NonNegative, Period, Positive, Range, Real, Share, Weight
from bench.registry import extra

MOST_POOLED = 4096
"""Places of a pool. All of them are in the state of a training, so that its size is a number."""

Sign = Annotated[float, Range("[-1, 1]", why="a mean of signs never leaves it")]
PoolSize = Annotated[float, Range(f"[1, {MOST_POOLED}]", whole=True)]


@extra(also=("TimeGAN", "D waits", "train D only when it is bad", "adaptive discriminator steps"))
def lazy_d(*, threshold: Real = 0.15) -> Extra:
    """D takes its step where L_D > threshold only, L_D of its batch before the step.

    Where it waits nothing of D changes: weights, moments, statistics. The threshold is in units of
    the loss (2 log 2 = 1.386 where D tells nothing apart, for `non_saturating`). A curve shows the
    share of steps taken. Yoon et al. 2019 (TimeGAN), in their code (timegan.py, check_d_loss) and
    not in the paper; L_D there has three terms, 2.08 at the same place.
    """

    def memory(shape: Shape, dtype: str) -> Tensor:
        return tf.ones([], dtype)

    def moves(loss: Tensor) -> Tensor:
        return loss > tf.cast(threshold, loss.dtype)

    def after(share: Tensor, real: Tensor, fake: Tensor, loss: Tensor) -> Tensor:
        return 0.99 * share + 0.01 * tf.cast(moves(loss), share.dtype)

    def shown(share: Tensor) -> dict[str, Tensor]:
        return {"d_moved": share}

    return Extra(memory=memory, after_d=after, moves_d=moves, shown=shown)


class Pool(NamedTuple):
    """Generated samples of earlier steps."""

    samples: Tensor
    """[places + 1, ...]; the last place is for what is thrown away."""

    count: Tensor
    """The number of places that are filled, int32 []."""


@extra(
    pools=True,
    batch=at_least(2, "half of a batch is replaced"),
    also=("history buffer", "image pool", "experience replay", "replay buffer", "SimGAN"),
)
def replay_pool(*, size: PoolSize = 512.0) -> Extra:
    """Half of the generated samples in D's steps come from a pool of `size` earlier ones.

    A sample that was pooled is replaced by the one that it is shown in place of, so that it is
    shown once. Until the pool is full it takes half of each batch, and D is shown the batch itself.
    The places that are exchanged follow each other from a random one on. G's steps see no pool.
    Shrivastava et al. 2017 (SimGAN), section 2.3. The size is ours: 50 in CycleGAN, whose batches
    are single images, and in TF-GAN (tensor_pool); 1e5 in AMP (xbpeng/DeepMimic). A pool of less
    than half a batch exchanges as many as it has.
    """

    def memory(shape: Shape, dtype: str) -> Pool:
        return Pool(tf.zeros((MOST_POOLED + 1, *shape), dtype), tf.zeros([], tf.int32))

    def fakes(pool: Pool, fake: Tensor, key: Key) -> tuple[Tensor, Pool]:
        places = tf.cast(size, tf.int32)
        half = tf.shape(fake)[0] // 2
        rank = tf.range(half)
        full = pool.count >= places
        # the next free places, or as many from a random one on, once round at most
        first = tf.cast(keys.uniform(key, ()) * tf.cast(places, tf.float32), tf.int32)
        own = tf.where(full, (first + rank) % places, pool.count + rank)
        inside = tf.where(full, rank < places, own < places)
        mask = tf.reshape(inside, [-1] + [1] * (len(fake.shape) - 1))
        given = tf.stop_gradient(fake[:half])
        earlier = tf.gather(pool.samples, tf.where(inside, own, MOST_POOLED))
        # the rest is written as zeros to the place behind all others, where the order is no matter
        samples = tf.tensor_scatter_nd_update(
            pool.samples,
            tf.where(inside, own, MOST_POOLED)[:, None],
            tf.where(mask, given, tf.zeros_like(given)),
        )
        new = tf.concat([tf.where(mask & full, earlier, fake[:half]), fake[half:]], 0)
        return new, Pool(samples, tf.minimum(pool.count + half, places))

    return Extra(memory=memory, fakes=fakes)


class Control(NamedTuple):
    """The memory of a probability that adapts to how sure D is of the real samples."""

    p: Tensor
    """The probability, []."""

    signs: Tensor
    """Sum of the mean signs of real logits since p was changed, []."""

    steps: Tensor
    """The number of steps of D that it is over, []."""


@extra(augments=True, also=("adaptive discriminator augmentation", "StyleGAN2-ADA"))
def ada(*, target: Sign = 0.6, interval: Period = 4.0, kimg: Positive = 500.0) -> Extra:
    """Each augmentation is applied to a sample with probability p, which follows D's overfitting.

    Every `interval` steps of D: p <- clip(p + sign(r - target) interval B / (1000 kimg), 0, 1), r
    the mean sign(d(real)) of those steps, p = 0 at first. So p goes from 0 to 1 in no less than
    kimg thousand real images: 500 is long for a small task. It acts on all augmentations of the
    method, in both players' steps. In circulation: no upper bound, as in the authors' PyTorch code
    (training_loop.py), where a p above 1 has to come down again before anything changes. Karras et
    al. 2020 (ADA), section 3; NVlabs/stylegan2-ada-pytorch.
    """

    def memory(shape: Shape, dtype: str) -> Control:
        return Control(*(tf.zeros([], dtype) for _ in Control._fields))

    def after(control: Control, real: Tensor, fake: Tensor, loss: Tensor) -> Control:
        signs = control.signs + tf.reduce_mean(tf.sign(real))
        steps = control.steps + 1
        now = steps >= interval
        images = steps * tf.cast(tf.shape(real)[0], real.dtype)
        moved = control.p + tf.sign(signs / steps - target) * images / (1000 * kimg)
        return Control(
            tf.where(now, tf.clip_by_value(moved, 0, 1), control.p),
            *(tf.where(now, tf.zeros_like(x), x) for x in (signs, steps)),
        )

    def chance(control: Control) -> Tensor:
        return control.p

    def shown(control: Control) -> dict[str, Tensor]:
        return {"adaptive_p": control.p}

    return Extra(memory=memory, after_d=after, chance=chance, shown=shown)


class Sureness(NamedTuple):
    """The memory of CHAIN."""

    p: Tensor
    """The probability that a channel is normalized, []."""

    signs: Tensor
    """Moving average of the mean sign of real logits, from 0, []."""


@extra(
    couples=True,
    norms=True,
    batch=at_least(2, "the mean of one sample is that sample"),
    also=("Lipschitz continuity constrained normalization", "ARMS", "0MR", "zero mean"),
)
def chain(
    *, weight: Weight = 20.0, base: NonNegative = 0.0, target: Sign = 0.5, speed: Share = 1e-3
) -> Extra:
    """x <- x psi_min / psi with probability p in D; L_D += weight (p + base) sum ||mean||^2.

    The sum is over the layers of D, of the real and of the generated batch. It stands behind hidden
    layers, before the activation.

    Batch norm taken apart, so that it neither moves features nor makes D steeper: the scale is
    psi, the root mean square of a channel (see `bench.gan.parts.layers.Chain`), the mean is pulled
    to 0 by the penalty. After each step of D: a <- 0.9 a + 0.1 mean sign(d(real)), p <- clip(p +
    speed sign(a - target), 0, 1), from 0. Ni & Koniusz 2024, and their code (MaxwellYaoNi/CHAIN,
    FastGANDBig/chain_models.py), where p begins to move after 5,000 steps, averages while p is 0
    stand still, and the gradient through psi is averaged over steps as well.
    """

    def memory(shape: Shape, dtype: str) -> Sureness:
        return Sureness(tf.zeros([], dtype), tf.zeros([], dtype))

    def after(old: Sureness, real: Tensor, fake: Tensor, loss: Tensor) -> Sureness:
        signs = 0.9 * old.signs + 0.1 * tf.reduce_mean(tf.sign(real))
        return Sureness(tf.clip_by_value(old.p + speed * tf.sign(signs - target), 0, 1), signs)

    def penalty(now: Sureness, real: Tensors, fake: Tensors) -> Tensor:
        return weight * (now.p + base) * tf.add_n([*real, *fake])

    def tells(now: Sureness) -> dict[str, Tensor]:
        return {"chain.p": now.p}

    def shown(now: Sureness) -> dict[str, Tensor]:
        return {"adaptive_p": now.p}

    def layer() -> Layer:
        return layers.Chain()

    return Extra(
        norm=layer, memory=memory, after_d=after, tells=tells, penalty=penalty, shown=shown
    )
