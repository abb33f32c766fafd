"""The game of a task and a method: initial state, vector field, and the players' moves.

Everything here is a pure function of tensors, built inside the trace of `bench.gan.training.step`:
numbers (`hparams`) are tensors too, so that one trace serves all of them. Nothing stops gradients
between the players: a half of the field simply asks for the gradient by one player's weights, and
whoever needs derivatives of the whole field (consensus, unrolling, the Jacobian) finds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench import registry
from bench.gan import keys
from bench.gan.backend import tf
from bench.gan.game.penalties import Penalties
from bench.gan.methods.rules import IllegalMethod
from bench.gan.methods.slots import Watched
from bench.gan.networks import Layers, Network, Tensors, ensembles, initialized
from bench.gan.parts.extras import Extra
from bench.gan.parts.normalizers import Normalizer
from bench.gan.parts.regularizers import Seen
from bench.gan.state import SIGNALS, Batch, Halves, Player, Slope, State, reported
from bench.gan.tasks import Task
from bench.registry import own_hparams
from bench.trial import Method

__all__ = [
    "SIGNALS",
    "Batch",
    "Game",
    "Halves",
    "Player",
    "Slope",
    "State",
    "length",
]

HParams = Mapping[str, Any]


class Game:
    """The networks of a (task, method) and the functions of its game.

    Raises IllegalMethod where the networks leave out what the method asks of them.
    """

    def __init__(self, task: Task, method: Method) -> None:
        self.task, self.method = task, method
        watched = Watched(method, self._reference[0])
        self.g, self.d = (Network(model) for model in self._networks(watched.layers))
        self.labelled = self.g.labelled or self.d.labelled
        self.penalties = {who: Penalties(method, who) for who in "gd"}
        who = f"the networks {method.network or task.network or 'of this task'}"
        unused = watched.unused(who, self.g.layers + self.d.layers, self._has)
        if unused:
            raise IllegalMethod(unused)

    def init(self, seed: int, hparams: HParams) -> State:
        """The state of a seed before its first step. Runs eagerly."""
        key = keys.key(seed, "init")
        layers = Watched(self.method, self._reference[0]).layers
        models = initialized(lambda: self._networks(layers), int(key[0]) & 0x7FFFFFFF)
        g, d = (
            self._player(who, Network(model), key, hparams)
            for who, model in zip("gd", models, strict=True)
        )
        if any(penalties.need_features for penalties in self.penalties.values()):
            assert self.d.features  # made here, since a trace must make no layers
        norm = self._normalizer("d", hparams).init(self._kernels("d", d.weights), key)
        signals = dict.fromkeys(SIGNALS[:-1], tf.zeros([], self.task.dtype))
        state = State(g, d, norm, signals)
        memory = registry.dynamics[self.method.dynamics].traits.get("memory")
        averaged = any(extra.average for extra in self._extras(hparams))
        return state._replace(
            motion=memory(state) if memory else (), ema=g.weights if averaged else ()
        )

    def field(self, hparams: HParams) -> Halves:
        """The vector field, (grad_G L_G, grad_D L_D): (state, batch) -> Slope of each player.

        G's half may be asked for at the end of a path, `ahead(state) -> state`, along which G's
        weights count as well: so unrolling is differentiated through.
        """
        part = registry.loss[self.method.loss]
        own = own_hparams(part.name, hparams)

        def losses(real: Any, fake: Any, key: Any) -> tuple[Any, Any]:
            if part.traits.get("draws"):
                return part.fn(real, fake, keys.split(keys.fold(key, -1), ()), **own)
            return part.fn(real, fake, **own)

        def field_g(state: State, batch: Batch, ahead: Any = None) -> Slope:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(state.g.weights)
                state = ahead(state) if ahead else state
                fake, buffers = self._generate(state, batch, hparams)
                real = self._real(batch, hparams)
                d, _ = self._critic(state, batch, hparams)
                logits = d(real)[0], d(fake)[0]
                value = self._mean(losses(*logits, batch.key)[0], logits[1], batch, hparams)
                seen = self._seen("g", state, batch, d, hparams)
                draws = batch._replace(real=real)
                total, memory = self.penalties["g"].add(value, seen, draws, fake, hparams)
            gradient = tape.gradient(total, state.g.weights)
            signals = reported(loss_g=value, gradient_g=length(gradient))
            return Slope(gradient, buffers, state.norm, signals, memory)

        def field_d(state: State, batch: Batch) -> Slope:
            fake, _ = self._generate(state, batch, hparams)
            real = self._real(batch, hparams)
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(state.d.weights)
                d, norm = self._critic(state, batch, hparams)
                real_logits, buffers = d(real)
                fake_logits, buffers = d(fake, 1, buffers)
                value = tf.reduce_mean(losses(real_logits, fake_logits, batch.key)[1])
                seen = self._seen("d", state, batch, d, hparams)
                draws = batch._replace(real=real)
                total, memory = self.penalties["d"].add(value, seen, draws, fake, hparams)
            gradient = tape.gradient(total, state.d.weights)
            signals = reported(
                loss_d=value,
                gradient_d=length(gradient),
                logit_real=tf.reduce_mean(real_logits),
                logit_fake=tf.reduce_mean(fake_logits),
                logit_scale=tf.reduce_mean(tf.abs(tf.stack([real_logits, fake_logits]))),
            )
            return Slope(gradient, buffers, norm, signals, memory)

        return Halves(field_g, field_d, self.method.unroll, self.method.g_steps)

    def move(self, hparams: HParams) -> Halves:
        """The motion: (state, slope) -> state after that player's optimizer step."""
        project = self._normalizer("d", hparams).project
        clips = [extra.gradients for extra in self._extras(hparams) if extra.gradients]

        def step(who: str, player: Player, slope: Slope) -> Player:
            update, lr = self._update(who, hparams)
            gradient = slope.gradient
            for clip in clips:
                gradient = clip(gradient)
            changes, slots = update(gradient, player.slots, lr)
            weights = tuple(w + c for w, c in zip(player.weights, changes, strict=True))
            return Player(weights, slope.buffers, slots, slope.memory)

        def move_g(state: State, slope: Slope) -> State:
            g = step("g", state.g, slope)
            return state._replace(g=g, signals=state.signals | slope.signals)

        def move_d(state: State, slope: Slope) -> State:
            d = step("d", state.d, slope)
            d = d._replace(weights=project(d.weights))
            return state._replace(d=d, norm=slope.norm, signals=state.signals | slope.signals)

        return Halves(move_g, move_d)

    def logits(self, state: State, hparams: HParams, x: Any, label: Any = None) -> Any:
        """D in evaluation mode, with its normalizer and without augmentations.

        x [N, ...] and, where it is told, their classes [N] -> [N], [N / m] where D judges packs of
        m, [K N] of K domains.
        """
        normalizer = self._normalizer("d", hparams)
        effective, _ = self._effective("d", normalizer, state.d.weights, state.norm)

        def d(
            x: Any, nth: int = 0, buffers: Tensors = state.d.buffers, features: bool = False
        ) -> tuple[Any, Tensors]:
            y, buffers = self.d(effective, buffers, x, None, hparams, self._told(label))
            return ensembles.logits(y, self.method.generators), buffers

        return (normalizer.wrap(d) if normalizer.wrap else d)(self._packed(x))[0]

    def averaged(self, state: State, step: Any, hparams: HParams) -> State:
        """The state with this step's generator in the average of its weights, if there is one."""
        for extra in self._extras(hparams):
            if extra.average:
                state = state._replace(ema=extra.average(state.ema, state.g.weights, step))
        return state

    def sample(self, weights: Tensors, buffers: Tensors, z: Any, label: Any = None) -> Any:
        """The generator in evaluation mode: z [N, latent] and, where it is told, classes [N] ->
        samples [N, ...]."""
        return self._sampled(weights, buffers, z, None, {}, label)[0]

    def _has(self, slot: str) -> bool:
        """True where the networks have anything in a slot that takes no layer."""
        player, _, what = slot.partition(".")
        network = self.g if player == "g" else self.d
        if what == "pack":
            shape = self.task.shape
            return network.shape == (*shape[:-1], shape[-1] * self.method.pack)
        return bool(network.kernels) if what == "kernels" else network.features is not None

    def _networks(self, layers: Layers) -> tuple[Any, Any]:
        own = self.method.network
        sizes = self.task.sizes

        def build() -> Any:
            return registry.network[own].fn(sizes, layers) if own else self.task.networks(layers)

        if self.method.generators > 1:
            return ensembles.several(build, self.method.generators)
        if any(extra.coupled for extra in self._extras({})):
            domain = self.task.domain
            assert domain  # a rule, see `bench.gan.methods.rules`
            return ensembles.coupled(lambda: domain(layers), self.task.shape)
        return build()

    def _player(self, who: str, network: Network, key: Any, hparams: HParams) -> Player:
        weights, buffers = network.initial()
        start = self._normalizer(who, hparams).start
        if start:
            kernels, own = start(tuple(weights[i] for i in network.kernels), key)
            weights = _with(weights, network.kernels, kernels) + own
        kernels = tuple(weights[i] for i in network.kernels)
        memory = self.penalties[who].memory(weights, kernels)
        return Player(weights, buffers, self._optimizer(hparams).init(weights), memory)

    def _generate(self, state: State, batch: Batch, hparams: HParams) -> tuple[Any, Tensors]:
        """(what D sees of G, G's buffers)."""
        g = state.g
        numbers = self._numbers(batch, hparams)
        fake, buffers = self._sampled(
            g.weights, g.buffers, batch.z, batch.key, numbers, batch.label
        )
        return self._packed(fake), buffers

    def _real(self, batch: Batch, hparams: HParams) -> Any:
        """What D sees of the real samples."""
        name = self.method.network or self.task.network
        if name not in registry.network or "real" not in registry.network[name].traits:
            return self._packed(batch.real)
        progress = _progress(batch, hparams, self.task.dtype)
        own = own_hparams(name, hparams)
        return self._packed(registry.network[name].traits["real"](batch.real, progress, **own))

    def _numbers(self, batch: Batch, hparams: HParams) -> HParams:
        """What the buffers of a network may be named after."""
        return {**hparams, "step.progress": _progress(batch, hparams, self.task.dtype)}

    def _told(self, label: Any) -> Any:
        """Classes [B] as networks are told them, [B, classes]."""
        if label is None or not self.labelled:
            return None
        assert self.task.sizes
        return tf.one_hot(label, self.task.sizes.classes, dtype=self.task.dtype)

    def _sampled(
        self,
        weights: Tensors,
        buffers: Tensors,
        z: Any,
        key: Any,
        hparams: HParams,
        label: Any = None,
    ) -> tuple[Any, Tensors]:
        normalizer = self._normalizer("g", hparams)
        effective, _ = self._effective("g", normalizer, weights, ())
        if not normalizer.reference:
            return self.g(effective, buffers, z, key, hparams, self._told(label))
        first = tf.constant(keys.gaussian(keys.key(0, "reference"), self._reference, z.dtype.name))
        x, buffers = self.g(effective, buffers, tf.concat([first, z], 0), key, hparams)
        return x[first.shape[0] :], buffers

    @property
    def _reference(self) -> tuple[int, int]:
        return self.task.batch * self.method.batch_factor, self.task.latent

    def _critic(self, state: State, batch: Batch, hparams: HParams) -> tuple[Any, Any]:
        """The normalized discriminator, x -> (logits [B], buffers), and the normalizer's memory.

        Calls with the same `nth` drop out the same units and augment alike, so that a penalty on
        the real batch sees the discriminator that the loss saw (and XLA computes the common part
        once).
        """
        normalizer = self._normalizer("d", hparams)
        effective, norm = self._effective("d", normalizer, state.d.weights, state.norm)
        branches = keys.split(batch.key, (2,))
        numbers, label = self._numbers(batch, hparams), self._told(batch.label)

        def d(
            x: Any,
            nth: int = 0,
            buffers: Tensors = state.d.buffers,
            features: bool = False,
            scores: bool = False,
        ) -> tuple[Any, Tensors]:
            x = self._augmented(x, nth, batch, hparams)
            network = self.d.features if features else self.d
            assert network  # else there is no game, see `__init__`
            y, buffers = network(effective, buffers, x, branches[nth], numbers, label)
            # [B], not [B, 1]: [B, 1] - [B] broadcasts to [B, B] without an error
            plain = features or scores
            return (y if plain else ensembles.logits(y, self.method.generators)), buffers

        return (normalizer.wrap(d) if normalizer.wrap else d), norm

    def _augmented(self, x: Any, nth: int, batch: Batch, hparams: HParams) -> Any:
        for i, name in enumerate(self.method.augmentations):
            key = keys.split(keys.fold(batch.key, -2 - i), (2,))[nth]
            progress = _progress(batch, hparams, x.dtype)
            x = registry.augmentation[name].fn(x, key, progress, **own_hparams(name, hparams))
        return x

    def _effective(
        self, who: str, normalizer: Normalizer, weights: Tensors, memory: Any
    ) -> tuple[Tensors, Any]:
        """The weights that a network computes with, and the normalizer's memory."""
        network = self.g if who == "g" else self.d
        own = weights[network.size :]
        kernels, memory = normalizer.apply(self._kernels(who, weights) + own, memory)
        return _with(weights[: network.size], network.kernels, kernels), memory

    def _mean(self, values: Any, fake: Any, batch: Batch, hparams: HParams) -> Any:
        """G's loss over the batch, or over the samples that an extra selects."""
        for extra in self._extras(hparams):
            if extra.select:
                weights = extra.select(fake, _progress(batch, hparams, fake.dtype))
                return tf.reduce_sum(weights * values) / tf.reduce_sum(weights)
        return tf.reduce_mean(values)

    def _seen(self, who: str, state: State, batch: Batch, d: Any, hparams: HParams) -> Seen:
        """What a player's penalties see of the game."""
        player = state.g if who == "g" else state.d

        def generate(z: Any) -> Any:
            return self._generate(state, batch._replace(z=z), hparams)[0]

        return Seen(
            logits=lambda x: d(x)[0],
            features=lambda x: d(x, features=True)[0],
            generate=generate,
            player=who,
            z=batch.z,
            weights=player.weights,
            kernels=self._kernels(who, player.weights),
            progress=_progress(batch, hparams, self.task.dtype),
            memory=player.memory,
            scores=lambda x: d(x, 1, scores=True)[0],
        )

    def _packed(self, x: Any) -> Any:
        """[m B, ..., c] -> [B, ..., m c]: m samples side by side along the last axis."""
        m = self.method.pack
        if m == 1:
            return x
        rank = len(x.shape)
        parts = tf.reshape(x, (-1, m, *x.shape[1:]))
        parts = tf.transpose(parts, (0, *range(2, rank), 1, rank))
        return tf.reshape(parts, (-1, *x.shape[1:-1], m * x.shape[-1]))

    def _kernels(self, who: str, weights: Tensors) -> Tensors:
        return tuple(weights[i] for i in (self.g if who == "g" else self.d).kernels)

    def _optimizer(self, hparams: HParams) -> Any:
        name = self.method.optimizer
        return registry.optimizer[name].fn(**own_hparams(name, hparams))

    def _update(self, who: str, hparams: HParams) -> tuple[Any, Any]:
        """A player's (optimizer step, learning rate)."""
        name = self.method.optimizer
        own = {**own_hparams(name, hparams), "lr": hparams[f"lr_{who}"]}
        for extra in self._extras(hparams) if self.penalties[who].names else ():
            own = extra.numbers(own, self.method.lazy) if extra.numbers else own
        lr = own.pop("lr")
        return registry.optimizer[name].fn(**own).update, lr

    def _normalizer(self, who: str, hparams: HParams) -> Normalizer:
        name = self.method.g_normalizer if who == "g" else self.method.normalizer
        return registry.normalizer[name].fn(**own_hparams(name, hparams))

    def _extras(self, hparams: HParams) -> list[Extra]:
        return [
            registry.extra[name].fn(**own_hparams(name, hparams)) for name in self.method.extras
        ]


def length(tensors: Tensors) -> Any:
    """Euclidean norm of all numbers. One sum over their concatenation: a sum for each of a dozen
    small tensors costs a small network a tenth of its step."""
    return tf.norm(tf.concat([tf.reshape(t, [-1]) for t in tensors], 0))


def _progress(batch: Batch, hparams: HParams, dtype: Any) -> Any:
    """Share of the training that is done; 0 where nobody said how many `steps` it has."""
    if "steps" not in hparams or batch.step is None:
        return tf.zeros([], dtype)
    return tf.cast(batch.step, dtype) / hparams["steps"]


def _with(weights: Tensors, places: list[int], values: Tensors) -> Tensors:
    changed = list(weights)
    for i, value in zip(places, values, strict=True):
        changed[i] = value
    return tuple(changed)
