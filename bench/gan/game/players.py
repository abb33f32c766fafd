"""The two networks of a game with the numbers of a trial: what each makes, and what it is shown.

A normalizer stands between the weights that are trained and those that a network computes with, an
augmentation between a sample and what the discriminator sees. Who calls a player here gets both.
"""

from __future__ import annotations

from typing import NamedTuple

from bench.gan import keys
from bench.gan.backend import Critic, Key, Tensor, Tensors, tf
from bench.gan.game import remembered
from bench.gan.game.composition import Composition
from bench.gan.networks import Network, ensembles
from bench.gan.parts.regularizers import Seen
from bench.gan.state import Batch, HParams, Memory, State
from bench.gan.tasks import Task
from bench.trial import Method


class Networks(NamedTuple):
    """The networks of both players as pure functions of their weights."""

    g: Network
    """The generator's: z [B, latent] -> samples [B, ...]."""
    d: Network
    """The discriminator's: what it is shown of samples [B, ...] -> scores [B, K]."""

    @property
    def labelled(self) -> bool:
        """True where one of them is told the classes of samples."""
        return self.g.labelled or self.d.labelled

    def kernels(self, who: str, weights: Tensors) -> Tensors:
        """The kernels among the weights of a player, "g" or "d"."""
        return tuple(weights[i] for i in self.of(who).kernels)

    def of(self, who: str) -> Network:
        """The network of a player, "g" or "d"."""
        return self.g if who == "g" else self.d


class Players:
    """Both networks as the method plays them: normalized, augmented, packed and told classes."""

    def __init__(
        self, task: Task, method: Method, networks: Networks, composition: Composition
    ) -> None:
        self.task, self.method = task, method
        self.networks, self.composition = networks, composition

    def sample(
        self,
        weights: Tensors,
        buffers: Tensors,
        z: Tensor,
        label: Tensor | None = None,
        key: Key | None = None,
        numbers: HParams | None = None,
    ) -> tuple[Tensor, Tensors]:
        """(samples [N, ...] of latents z [N, latent], the generator's buffers after it).

        With a key in training mode, without one in evaluation mode. `label` [N] are the classes
        that a labelled generator is asked for, `numbers` what its buffers may be named after.
        """
        normalizer, g = self.composition.normalizers["g"], self.networks.g
        effective, _ = self._effective("g", weights, ())
        if not normalizer.reference:
            return g(effective, buffers, z, key, numbers, self._told(label))
        # A fixed batch goes before the samples, which are normalized by its statistics and do not
        # see each other. It is the same for every seed: a part of the method, not of the draws.
        shape = self.task.batch * self.method.batch_factor, self.task.latent
        first = tf.constant(keys.gaussian(keys.key(0, "reference"), shape, z.dtype.name))
        x, buffers = g(effective, buffers, tf.concat([first, z], 0), key, numbers)
        return x[first.shape[0] :], buffers

    def generate(self, state: State, batch: Batch) -> tuple[Tensor, Tensors]:
        """(what the discriminator is shown of the generator, the generator's buffers after it)."""
        g, numbers = state.g, self._numbers(batch)
        x, buffers = self.sample(g.weights, g.buffers, batch.z, batch.label, batch.key, numbers)
        return self.packed(x), buffers

    def real(self, batch: Batch) -> Tensor:
        """The real samples of a batch as the discriminator is shown them."""
        return self.packed(self.composition.real(batch.real, self.progress(batch, self.task.dtype)))

    def critic(self, state: State, batch: Batch) -> tuple[Critic, Memory]:
        """(the discriminator in training mode, the memory of its normalizer after it).

        Calls with the same `nth` drop out the same units and augment alike, so that a penalty on
        the real batch sees the discriminator that the loss saw (and XLA computes the common part
        once). Above 0 the samples are generated ones; 2 draws as 0 does.
        """
        # One power iteration (spectral norm) for all calls on a batch, real and fake. In
        # circulation: one at each call, which tracks sigma twice as fast.
        effective, norm = self._effective("d", state.d.weights, state.norm)
        branches = keys.split(batch.key, (2,))
        parts, progress = self.composition, self.progress(batch, self.task.dtype)
        numbers = self._numbers(batch) | remembered.adapted(parts, state)
        label = self._told(batch.label)

        def d(
            x: Tensor,
            nth: int = 0,
            buffers: Tensors = state.d.buffers,
            features: bool = False,
            scores: bool = False,
        ) -> tuple[Tensor, Tensors]:
            own = {**numbers, "step.made": tf.constant(float(nth > 0), x.dtype)}
            nth %= 2
            x = remembered.augmented(parts, state, x, batch.key, nth, progress)
            network = self.networks.d.features if features else self.networks.d
            assert network  # else there is no game, see `bench.gan.game.game`
            y, buffers = network(effective, buffers, x, branches[nth], own, label)
            # [B], not [B, 1]: [B, 1] - [B] broadcasts to [B, B] without an error
            plain = features or scores
            return (y if plain else ensembles.logits(y, self.method.generators)), buffers

        return self._wrapped(d), norm

    def logits(self, state: State, x: Tensor, label: Tensor | None = None) -> Tensor:
        """The discriminator in evaluation mode, with its normalizer and without augmentations.

        x [N, ...] and, where it is told, their classes [N] -> [N]; [N / m] where it judges packs of
        m, [K N] of K domains.
        """
        effective, _ = self._effective("d", state.d.weights, state.norm)
        numbers = {**self.composition.hparams, **remembered.adapted(self.composition, state)}
        told = self._told(label)

        def d(
            x: Tensor, nth: int = 0, buffers: Tensors = state.d.buffers, features: bool = False
        ) -> tuple[Tensor, Tensors]:
            y, buffers = self.networks.d(effective, buffers, x, None, numbers, told)
            return ensembles.logits(y, self.method.generators), buffers

        return self._wrapped(d)(self.packed(x))[0]

    def seen(self, who: str, state: State, batch: Batch, d: Critic) -> Seen:
        """The view of the game that the penalties of a player, "g" or "d", have."""
        player = state.g if who == "g" else state.d
        return Seen(
            logits=lambda x: d(x)[0],
            features=lambda x: d(x, features=True)[0],
            generate=lambda z: self.generate(state, batch._replace(z=z))[0],
            player=who,
            z=batch.z,
            weights=player.weights,
            kernels=self.networks.kernels(who, player.weights),
            progress=self.progress(batch, self.task.dtype),
            memory=player.memory,
            scores=lambda x: d(x, 1, scores=True)[0],
        )

    def packed(self, x: Tensor) -> Tensor:
        """Samples [m B, ..., c] as the discriminator is shown them, [B, ..., m c]."""
        return packed(x, self.method.pack)

    def progress(self, batch: Batch, dtype: str) -> Tensor:
        """The share of the training that is done, []; 0 where no number of `steps` was given."""
        hparams = self.composition.hparams
        if "steps" not in hparams or batch.step is None:
            return tf.zeros([], dtype)
        return tf.cast(batch.step, dtype) / hparams["steps"]

    def _effective(self, who: str, weights: Tensors, memory: Memory) -> tuple[Tensors, Memory]:
        """(the weights that a network computes with, the normalizer's memory after it)."""
        network = self.networks.of(who)
        # behind the network's weights stand the normalizer's own, such as weight norm's lengths
        own = weights[network.size :]
        kernels = self.networks.kernels(who, weights) + own
        kernels, memory = self.composition.normalizers[who].apply(kernels, memory)
        return placed(weights[: network.size], network.kernels, kernels), memory

    def _wrapped(self, d: Critic) -> Critic:
        """The discriminator as a function that its normalizer makes of it."""
        wrap = self.composition.normalizers["d"].wrap
        return wrap(d) if wrap else d

    def _numbers(self, batch: Batch) -> dict[str, Tensor]:
        """The numbers that buffers may be named after: hyper-parameters and "step.progress"."""
        progress = self.progress(batch, self.task.dtype)
        return {**self.composition.hparams, "step.progress": progress}

    def _told(self, label: Tensor | None) -> Tensor | None:
        """Classes [B] as networks are told them, one-hot [B, classes]; None where nobody is."""
        if label is None or not self.networks.labelled:
            return None
        assert self.task.sizes
        return tf.one_hot(label, self.task.sizes.classes, dtype=self.task.dtype)


def packed(x: Tensor, m: int) -> Tensor:
    """[m B, ..., c] -> [B, ..., m c]: m samples side by side along the last axis."""
    if m == 1:
        return x
    rank = len(x.shape)
    parts = tf.reshape(x, (-1, m, *x.shape[1:]))
    parts = tf.transpose(parts, (0, *range(2, rank), 1, rank))
    return tf.reshape(parts, (-1, *x.shape[1:-1], m * x.shape[-1]))


def placed(weights: Tensors, places: list[int], values: Tensors) -> Tensors:
    """The weights with other values in some places."""
    changed = list(weights)
    for i, value in zip(places, values, strict=True):
        changed[i] = value
    return tuple(changed)
