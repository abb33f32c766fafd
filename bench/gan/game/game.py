"""The game of a task and a method: initial state, vector field, and the players' moves.

A `Game` is structure: networks and names, no numbers. `bind` gives it the numbers of a trial, which
makes it a `Play`: functions of tensors, built inside the trace of `bench.gan.training.step`, so
that one trace serves all numbers. Nothing stops gradients between the players: a half of the field
simply asks for the gradient by one player's weights, and whoever needs derivatives of the whole
field (consensus, unrolling, the Jacobian) finds them.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from bench import registry
from bench.gan import keys
from bench.gan.backend import Key, Model, Tensor, Tensors, tf
from bench.gan.game import halves, remembered
from bench.gan.game.composition import PLAYERS, Composition, compose
from bench.gan.game.halves import length
from bench.gan.game.players import Networks, Players, placed
from bench.gan.methods.rules import IllegalMethod
from bench.gan.methods.slots import Watched
from bench.gan.networks import Layers, Network, ensembles, initialized
from bench.gan.parts.extras import Extra
from bench.gan.state import SIGNALS, Batch, Halves, HParams, Player, Slope, State
from bench.gan.tasks import Task
from bench.trial import Method

__all__ = [
    "SIGNALS",
    "Batch",
    "Game",
    "Halves",
    "Play",
    "Player",
    "Slope",
    "State",
    "length",
]


class Play(NamedTuple):
    """A game with the numbers of a trial."""

    players: Players
    """Both networks as they play."""
    field: Halves
    """The vector field, (grad_G L_G, grad_D L_D): (state, batch) -> Slope of each player."""
    move: Halves
    """The motion: (state, slope) -> the state after that player's optimizer step."""

    def step(self, state: State, batches: list[Batch]) -> State:
        """The state after one step of both players; `batches` are as many as the dynamics needs."""
        return self.players.composition.dynamics(state, self.field, self.move, batches)

    def averaged(self, state: State, step: Tensor) -> State:
        """The state with this step's generator in the average of its weights, if there is one."""
        for extra in self.players.composition.extras:
            if extra.average:
                state = state._replace(ema=extra.average(state.ema, state.g.weights, step))
        return state


class Game:
    """The structure of a (task, method): its networks, and its functions once it has numbers.

    Raises UnknownName for a part that is not registered, and IllegalMethod where the networks leave
    out what the method asks of them.
    """

    def __init__(self, task: Task, method: Method) -> None:
        self.task, self.method = task, method
        structure, watched = self._compose({}), self._watched()
        self.networks = self._networks(structure, watched.layers)
        self._plain = Players(task, method, self.networks, structure)
        who = f"the networks {method.network or task.network or 'of this task'}"
        inside = self.g.layers + self.d.layers
        unused = watched.unused(who, inside, self._has)
        if unused:
            raise IllegalMethod(unused)

    @property
    def g(self) -> Network:
        """The generator's network."""
        return self.networks.g

    @property
    def d(self) -> Network:
        """The discriminator's network."""
        return self.networks.d

    @property
    def extras(self) -> tuple[Extra, ...]:
        """The method's extras, without the numbers of a trial."""
        return self._plain.composition.extras

    @property
    def labelled(self) -> bool:
        """True where a network is told the classes of samples."""
        return self.networks.labelled

    def init(self, seed: int, hparams: HParams) -> State:
        """The state of a seed before its first step. Runs eagerly."""
        key, parts = keys.key(seed, "init"), self._compose(hparams)
        layers = self._watched().layers
        drawn = initialized(
            lambda: self._networks(parts, layers), int(key[0]) & 0x7FFFFFFF, only_keras=self._ours
        )
        g, d = (_player(parts, who, drawn.of(who), key) for who in PLAYERS)
        if any(penalties.need_features for penalties in parts.penalties.values()):
            assert self.d.features  # made here, since a trace must make no layers
        norm = parts.normalizers["d"].init(drawn.kernels("d", d.weights), key)
        signals = dict.fromkeys(SIGNALS[:-1], tf.zeros([], self.task.dtype))
        state = State(g, d, norm, signals)
        ema = g.weights if parts.averaged else ()
        state = state._replace(motion=parts.motion(state), ema=ema)
        return state._replace(extras=remembered.first(parts, self.d.shape, self.task.dtype))

    def measured(self, state: State) -> State:
        """The state with the weights that are measured in place of those that the players play
        with, where the optimizer tells the two apart (schedule-free)."""
        own = self._plain.composition.optimizers
        g, d = (
            player._replace(weights=measured(player.weights, player.slots)) if measured else player
            for player, measured in ((state.g, own["g"].measured), (state.d, own["d"].measured))
        )
        return state._replace(g=g, d=d)

    def shown(self, state: State) -> dict[str, float]:
        """The numbers that extras show of what they remember, by the names of their curves."""
        extras = self._plain.composition.remembering.items()
        found = [extra.shown(state.extras[name]) for name, extra in extras if extra.shown]
        return {name: float(value) for own in found for name, value in own.items()}

    def bind(self, hparams: HParams, step: Tensor | None = None) -> Play:
        """The game with the numbers of a trial: its parts are looked up and bound here, once.

        Numbers that move have their values after `step` [] steps, or else their first ones.
        """
        progress = None if step is None else tf.cast(step, self.task.dtype) / hparams["steps"]
        composition = compose(self.method, hparams, self.task.network, progress)
        players = Players(self.task, self.method, self.networks, composition)
        return Play(players, halves.field(players), halves.motion(players.composition))

    def sample(
        self, weights: Tensors, buffers: Tensors, z: Tensor, label: Tensor | None = None
    ) -> Tensor:
        """The generator in evaluation mode: z [N, latent] and, where it is told, classes [N] ->
        samples [N, ...]."""
        return self._plain.sample(weights, buffers, z, label)[0]

    @cached_property
    def _ours(self) -> bool:
        """True where nothing of a user's takes part, which might draw from TensorFlow's generator
        though it is given keys: a trial then repeats only if that is set anew for each."""
        named, own = self.method.parts(), self.task.network
        if ":" in own:  # a function of the user's
            return False
        parts = [registry.KINDS[kind][name] for kind, name in named]
        parts += [*registry.metric, *([registry.network[own]] if own in registry.network else [])]
        task = self.task
        makers = [part.fn for part in parts] + [task.real, task.networks, task.instrument]
        makers += [fn for fn in (task.latents, task.given, task.observe, task.labelled) if fn]
        return all(getattr(fn, "__module__", "").startswith("bench.") for fn in makers)

    def _compose(self, hparams: HParams) -> Composition:
        return compose(self.method, hparams, self.task.network)

    def _watched(self) -> Watched:
        """The layers that the method puts into the networks, and which of them were made."""
        return Watched(self.method, self.task.batch * self.method.batch_factor)

    def _has(self, slot: str) -> bool:
        """True where the networks have anything in a slot that takes no layer."""
        player, _, what = slot.partition(".")
        network = self.networks.of(player)
        if what == "pack":
            shape = self.task.shape
            return network.shape == (*shape[:-1], shape[-1] * self.method.pack)
        return bool(network.kernels) if what == "kernels" else network.features is not None

    def _networks(self, parts: Composition, layers: Layers) -> Networks:
        """Both networks, made anew with Keras's present seed."""
        return Networks(*map(Network, self._models(parts, layers)))

    def _models(self, parts: Composition, layers: Layers) -> tuple[Model, Model]:
        task, own = self.task, parts.networks

        def build() -> tuple[Model, Model]:
            if not own:
                return task.networks(layers)
            assert task.sizes  # a game, which has none, takes no other networks
            return own(task.sizes, layers)

        if self.method.generators > 1:
            return ensembles.several(build, self.method.generators)
        if parts.coupled:
            domain = task.domain
            assert domain  # a rule, see `bench.gan.methods.rules`
            return ensembles.coupled(lambda: domain(layers), task.shape)
        return build()


def _player(parts: Composition, who: str, network: Network, key: Key) -> Player:
    """A player before its first step, with the weights that its network was made with."""
    weights, buffers = network.initial()
    start = parts.normalizers[who].start
    if start:  # a normalizer that trains weights of its own, or draws the first kernels itself
        kernels, own = start(tuple(weights[i] for i in network.kernels), key)
        weights = placed(weights, network.kernels, kernels) + own
    kernels = tuple(weights[i] for i in network.kernels)
    memory = parts.penalties[who].memory(weights, kernels)
    return Player(weights, buffers, parts.optimizers[who].init(weights), memory)
