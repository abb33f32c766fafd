"""A game compiled: many steps in one call, traced once per (task, method).

State goes in and comes out; numbers and keys are tensors, so seeds and hyper-parameters share
the trace. Random numbers are drawn a block of steps at a time, outside of the compiled loop: the
same numbers then reach the loop whether XLA compiles it or not, and a block's draws depend on
nothing but the seed and the block's index, so that measuring more often changes no trajectory.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import numpy as np

from bench import registry
from bench.gan import keys
from bench.gan.backend import Shape, Tensor, Tensors, tf
from bench.gan.game.game import SIGNALS, Batch, Game, State, length
from bench.gan.parts.extras import Extra
from bench.gan.program import Program, differentiable_slices
from bench.gan.state import HParams
from bench.gan.tasks import Task
from bench.gan.training.draws import Draws, classes, labelled
from bench.trial import Method
from bench.vocabulary import schedules

Array = np.ndarray

Judged = tuple[Tensor, Tensor | None]
"""Samples [N, ...] and their classes [N], None where nobody knows or needs them."""

MAX_BLOCK = 200
MAX_NUMBERS = 500_000
"""A block is at most so many steps, and draws at most so many numbers (2 MB)."""


class Step:
    """The compiled functions of one (task, method). Build it through `compiled`.

    `batches` is how many batches of `size` samples one step takes, `block` how many steps are drawn
    at once, `xla` says which compiler the step has, `traces` how often it was traced.
    """

    def __init__(self, task: Task, method: Method) -> None:
        differentiable_slices()
        self.task, self.method = task, method
        self.game = Game(task, method)
        self.dynamics = registry.dynamics[method.dynamics]
        self.batches = self.dynamics.traits["batches"](method.d_steps, method.g_steps)
        self.size = task.batch * method.pack * method.batch_factor
        self.block = _block(task, self.batches * method.pack * method.batch_factor)
        self.traces, self.xla = 0, xla(task, method)
        self._loop = Program(self._looped, xla=self.xla)
        self._generate = Program(self.game.sample, xla=False, shapes=True)
        self._logits = Program(self._judged, xla=False, shapes=True)
        self._random = Draws(self.game, (self.block, self.batches, self.size))
        self._drawn_last: tuple[Shape, Batch] = ((), Batch(None, None, None))

    def init(self, seed: int, hparams: Mapping[str, float]) -> State:
        """The state of a seed before its first step."""
        return self.game.init(seed, self.tensors(hparams))

    def run(
        self, state: State, seed: int, hparams: Mapping[str, float], start: int, stop: int
    ) -> tuple[State, Array]:
        """Steps start ... stop - 1. Returns the state and the signals, float [stop - start, S].

        The columns are `bench.gan.state.SIGNALS`.
        """
        numbers, rows = self.tensors(hparams), []
        # blocks are counted from step 0, whatever `start` is: so each step has the same draws
        # wherever an evaluation stops the loop
        while start < stop:
            block, first = divmod(start, self.block)
            last = min(first + stop - start, self.block)
            draws = self._draws(seed, block)
            places = map(_integer, (first, last, start - first))
            state, signals = self._loop(state, draws, numbers, *places)
            rows.append(signals.numpy()[first:last])  # sliced here: an operation takes longer
            start += last - first
        return state, np.concatenate(rows)

    def generate(self, state: State, z: Tensor) -> Tensor:
        """Samples of the generator in evaluation mode. z [N, latent] -> [N, ...]."""
        state = self.game.measured(state)
        return self._generated_by(state.g.weights, state, z)

    def generate_ema(self, state: State, z: Tensor) -> Tensor | None:
        """Samples of the averaged generator, as in `generate`; None where the method keeps none."""
        if not state.ema:
            return None
        return self._generated_by(state.ema, state, z)

    def _generated_by(self, weights: Tensors, state: State, z: Tensor) -> Tensor:
        return self._generate(
            weights, state.g.buffers, tf.convert_to_tensor(z), self.labels(len(z))
        )

    def labels(self, n: int) -> Tensor | None:
        """The classes, int32 [n], that samples are asked for when they are measured.

        They are drawn from the data, the same for all trials. None where nobody is told classes.
        """
        if not self.game.labelled:
            return None
        return labelled(self.task, keys.key(0, "label"), n)[1]

    def logits(self, state: State, hparams: Mapping[str, float], *batches: Judged) -> Tensors:
        """The discriminator's logits [N] in evaluation mode, for each batch by itself.

        The batches are not joined, as D may look at one as a whole; they go in one call, as calling
        takes longer than D.
        """
        told = [
            (tf.convert_to_tensor(x), classes(c) if self.game.labelled else None)
            for x, c in batches
        ]
        return self._logits(self.game.measured(state), self.tensors(hparams), told)

    def tensors(self, hparams: Mapping[str, float]) -> HParams:
        """Hyper-parameters as scalar tensors: a Python float would be traced anew each time."""
        return _tensors(tuple(sorted(hparams.items())), self.task.dtype)

    def _draws(self, seed: int, block: int) -> Batch:
        """The draws of a block; kept, since an evaluation may stop in the middle of one."""
        if self._drawn_last[0] != (seed, block):
            self._drawn_last = (seed, block), self._random.block(seed, block)
        return self._drawn_last[1]

    def _looped(
        self,
        state: State,
        draws: Batch,
        hparams: HParams,
        start: Tensor,
        stop: Tensor,
        before: Tensor,
    ) -> tuple[State, Tensor]:
        """Steps start ... stop - 1 of a block: the state after them, and the signals, [block, S].

        `before` is the number of steps before the block. Rows of its other steps mean nothing.
        """
        self.traces += 1  # runs when TensorFlow traces, not when it executes
        # outside of the loop: every part is bound once a trace, unless its numbers move
        still = None if schedules.moves(hparams) else self.game.bind(hparams)
        rows = tf.TensorArray(self.task.dtype, self.block, element_shape=[len(SIGNALS) - 1])

        def body(i: Tensor, state: State, rows: Tensor) -> tuple[Tensor, State, Tensor]:
            step = before + i
            play = still or self.game.bind(hparams, step)
            drawn = [_batch(draws, i, n, step, self.task.dtype) for n in range(self.batches)]
            batches = [_given(batch, self.game.extras) for batch in drawn]
            state = play.averaged(play.step(state, batches), step)
            return i + 1, state, rows.write(i, [state.signals[name] for name in SIGNALS[:-1]])

        _, state, rows = tf.while_loop(lambda i, *_: i < stop, body, (start, state, rows))
        # once a call and not once a step: no reader needs it oftener, and it reads all weights
        weights = length(state.g.weights + state.d.weights)
        return state, tf.pad(rows.stack(), [[0, 0], [0, 1]], constant_values=weights)

    def _judged(self, state: State, hparams: HParams, batches: Sequence[Judged]) -> Tensors:
        players = self.game.bind(hparams).players
        return tuple(players.logits(state, x, label) for x, label in batches)


@functools.lru_cache(maxsize=32)
def compiled(task: Task, method: Method) -> Step:
    """The step of a structure, traced once per process."""
    return Step(task, method)


def xla(task: Task, method: Method) -> bool:
    """True where XLA compiles the step: the task's networks and the method's own both allow it."""
    own = registry.network[method.network].traits if method.network else {"xla": True}
    return task.xla and bool(own.get("xla"))


@functools.lru_cache(maxsize=64)  # those of one trial are asked for at each of its stops
def _tensors(hparams: tuple[tuple[str, float], ...], dtype: str) -> HParams:
    return {name: tf.constant(value, dtype) for name, value in hparams}


@functools.lru_cache(maxsize=1024)
def _integer(i: int) -> Tensor:
    """A whole number as a tensor. Most are asked for again, and making one takes 0.05 ms."""
    return tf.constant(i)


def _batch(draws: Batch, i: Tensor, n: int, step: Tensor, dtype: str = "float32") -> Batch:
    """The n-th batch of the i-th step of a block; normal latents are made of their bits here."""
    z = draws.z[i, n]
    if z.dtype.is_integer:
        z = tf.cast(keys.quantiles(z), dtype)
    label = None if draws.label is None else draws.label[i, n]
    return Batch(draws.real[i, n], z, draws.key[i, n], step, label)


def _given(batch: Batch, extras: Sequence[Extra]) -> Batch:
    """A batch as extras hand it to the players."""
    for extra in extras:
        if extra.latents:
            batch = batch._replace(z=extra.latents(batch.z))
        if extra.real:
            batch = batch._replace(real=extra.real(batch.real))
    return batch


def _block(task: Task, batches: int) -> int:
    """Steps in a block where each of them draws so many of the task's batches."""
    numbers = batches * task.batch * (task.size + task.latent)
    return max(1, min(MAX_BLOCK, MAX_NUMBERS // numbers))
