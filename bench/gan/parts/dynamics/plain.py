"""Dynamics of gradients alone, and of averages over steps. See the package's docstring."""

from __future__ import annotations

from bench.gan.backend import Tensor, Tensors, tf
from bench.gan.parts.dynamics.steps import (
    Batches,
    Both,
    all_but_one,
    at,
    both,
    every_step,
    in_turn,
    one,
    two,
)
from bench.gan.state import Halves, Slope, State
from bench.ranges import Period, PositiveShare
from bench.registry import dynamics


@dynamics(batches=every_step, also=("alternating gradient descent", "AltGDA", "GDA"))
def alternating(state: State, field: Halves, move: Halves, batches: Batches) -> State:
    """d_steps discriminator steps, then g_steps generator steps, each on a fresh batch.

    G's gradient is taken at the new discriminator. In circulation: the order turned round, which
    changes the phase and no spectrum. Goodfellow et al. 2014, alg. 1, has g_steps = 1.
    """
    return in_turn(state, field, move, batches)


@dynamics(batches=all_but_one, also=("same noise", "shared batch", "DCGAN tutorial"))
def alternating_same_batch(state: State, field: Halves, move: Halves, batches: Batches) -> State:
    """`alternating`, where G's first step is on the batch of D's last one: the same z and samples.

    What PyTorch's DCGAN tutorial and the code of many papers do, to generate once and not twice.
    G's gradient is at the new discriminator, which has just seen these very samples.
    """
    d_steps = len(batches) - field.g_steps + 1
    for batch in batches[:d_steps]:
        state = move.d(state, field.d(state, batch))
    for batch in batches[d_steps - 1 :]:
        state = move.g(state, field.g(state, batch))
    return state


@dynamics(
    batches=one, simultaneous=True, also=("simultaneous gradient descent", "SimGD", "SimGDA", "GDA")
)
def simultaneous(state: State, field: Halves, move: Halves, batches: Batches) -> State:
    """Both players step at once from the same point, on the same batch.

    The gradient descent of the theory; training loops usually alternate. Mescheder et al. 2018,
    alg. 1.
    """
    (batch,) = batches
    g, d = field.g(state, batch), field.d(state, batch)
    return both(move, state, g, d)


@dynamics(batches=two, simultaneous=True, cost=2, returns=True, also=("extra gradient", "EG"))
def extragradient(state: State, field: Halves, move: Halves, batches: Batches) -> State:
    """w' = w + h v(w), then w <- w + h v(w'), each v on a fresh batch: 2 gradients a step.

    The moments of the optimizer take part in both halves: with adam this is extra-Adam as in its
    authors' code. Korpelevich 1976; Gidel et al. 2019, alg. 2 and 4.
    """
    # the look ahead, and the field there; the step itself is from where we were
    ahead = simultaneous(state, field, move, batches[:1])
    g, d = (half(ahead, batches[1]) for half in (field.g, field.d))
    return both(move, at(state, ahead), g, d)


def _still(state: State) -> Both:
    """A motion of 0 of both players."""
    return tuple(tf.zeros_like(w) for w in state.g.weights), tuple(
        tf.zeros_like(w) for w in state.d.weights
    )


@dynamics(
    batches=one,
    simultaneous=True,
    returns=True,
    memory=_still,
    also=("optimistic gradient", "OGDA", "Popov"),
)
def past_extragradient(state: State, field: Halves, move: Halves, batches: Batches) -> State:
    """w' = w + h v_past, v_past <- v(w'), w <- w + h v_past: 1 gradient a step.

    The first v_past is 0. The moments of the optimizer take part in both halves. Popov 1980;
    Gidel et al. 2019, section 3.1.
    """
    (batch,) = batches
    past = (
        Slope(gradient, player.buffers, state.norm, {}, player.memory)
        for gradient, player in zip(state.motion, (state.g, state.d), strict=True)
    )
    ahead = both(move, state, *past)
    g, d = field.g(ahead, batch), field.d(ahead, batch)
    return both(move, at(state, ahead), g, d)._replace(motion=(g.gradient, d.gradient))


def _copies(state: State) -> Both:
    """The slow weights of both players at first: their own."""
    return state.g.weights, state.d.weights


def _returning(state: State, step: Tensor, period: Tensor, share: Tensor) -> State:
    """Both players back to slow + share (w - slow) after every `period` steps."""
    now = tf.equal((step + 1) % tf.cast(period, step.dtype), 0)

    def back(slow: Tensors, fast: Tensors) -> Tensors:
        return tuple(tf.where(now, s + share * (w - s), w) for s, w in zip(slow, fast, strict=True))

    g, d = (
        back(slow, player.weights)
        for slow, player in zip(state.motion, (state.g, state.d), strict=True)
    )
    slow = tuple(
        tuple(tf.where(now, new, old) for new, old in zip(news, olds, strict=True))
        for news, olds in zip((g, d), state.motion, strict=True)
    )
    return state._replace(g=state.g._replace(weights=g), d=state.d._replace(weights=d), motion=slow)


@dynamics(batches=every_step, memory=_copies, returns=True)
def lookahead(
    state: State,
    field: Halves,
    move: Halves,
    batches: Batches,
    *,
    period: Period = 5.0,
    share: PositiveShare = 0.5,
) -> State:
    """`alternating`; after every `period` steps slow <- slow + share (w - slow), w <- slow.

    Both players at the same instant, or the rotation is not averaged; the optimizer's moments stay.
    Chavdarova et al. 2021, alg. 2.
    """
    state = alternating(state, field, move, batches)
    return _returning(state, batches[-1].step, period, share)


@dynamics(batches=one, memory=_copies, simultaneous=True, returns=True)
def lookahead_simultaneous(
    state: State,
    field: Halves,
    move: Halves,
    batches: Batches,
    *,
    period: Period = 5.0,
    share: PositiveShare = 0.5,
) -> State:
    """`simultaneous`, with the returns of `lookahead`: w <- slow + share (w - slow).

    Chavdarova et al. 2021, alg. 1.
    """
    state = simultaneous(state, field, move, batches)
    return _returning(state, batches[-1].step, period, share)
