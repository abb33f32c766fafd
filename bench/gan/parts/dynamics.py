"""Dynamics: (state, field, move, batches, *, ...) -> state, one step of both players.

`field.g(state, batch)` and `field.d(state, batch)` are the two halves of the game's vector field,
`move.g(state, slope)` and `move.d(state, slope)` the players' steps along them. `batches` holds
fresh draws; the last `field.g_steps` of them are for G.

Traits, told to the decorator:

* `batches`: (d_steps, g_steps) -> how many batches it needs.
* `simultaneous`: it steps both players once and at once.
* `memory`: state -> what it remembers at first; it finds and leaves that in `state.motion`.
* `unrolls`: G's loss is taken after inner steps of D.
* `cost`: how many times the gradients of a plain step it takes; 1 where nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bench.gan.backend import Tensor, Tensors, tf
from bench.gan.state import Batch, Halves, Slope, State
from bench.ranges import LearningRate, Period, PositiveShare, Weight
from bench.registry import dynamics

Batches = Sequence[Batch]

Path = Callable[[State], State]
"""The way from the present state to the one at whose end G's gradient is taken."""

Both = tuple[Tensors, Tensors]
"""Tensors like the weights of G, tensors like those of D."""

Nest = Any
"""Tensors in a nest of tuples, such as `Both`."""


def _one(d_steps: int, g_steps: int) -> int:
    """One batch, whatever the steps."""
    return 1


def _two(d_steps: int, g_steps: int) -> int:
    """Two batches, whatever the steps."""
    return 2


def _all(d_steps: int, g_steps: int) -> int:
    """A batch for each step of either player."""
    return d_steps + g_steps


@dynamics(batches=_all)
def alternating(state: State, field: Halves, move: Halves, batches: Batches) -> State:
    """d_steps discriminator steps, then g_steps generator steps, each on a fresh batch.

    G's gradient is taken at the new discriminator. In circulation: the order turned round, which
    changes the phase and no spectrum. Goodfellow et al. 2014, alg. 1, has g_steps = 1.
    """
    return _in_turn(state, field, move, batches)


@dynamics(batches=_one, simultaneous=True)
def simultaneous(state: State, field: Halves, move: Halves, batches: Batches) -> State:
    """Both players step at once from the same point, on the same batch.

    The gradient descent of the theory; training loops usually alternate. Mescheder et al. 2018,
    alg. 1.
    """
    (batch,) = batches
    g, d = field.g(state, batch), field.d(state, batch)
    return _both(move, state, g, d)


@dynamics(batches=_two, simultaneous=True, cost=2)
def extragradient(state: State, field: Halves, move: Halves, batches: Batches) -> State:
    """w' = w + h v(w), then w <- w + h v(w'), each v on a fresh batch: 2 gradients a step.

    The moments of the optimizer take part in both halves: with adam this is extra-Adam as in its
    authors' code. Korpelevich 1976; Gidel et al. 2019, alg. 2 and 4.
    """
    # the look ahead, and the field there; the step itself is from where we were
    ahead = simultaneous(state, field, move, batches[:1])
    g, d = (half(ahead, batches[1]) for half in (field.g, field.d))
    return _both(move, _at(state, ahead), g, d)


def _still(state: State) -> Both:
    """A motion of 0 of both players."""
    return tuple(tf.zeros_like(w) for w in state.g.weights), tuple(
        tf.zeros_like(w) for w in state.d.weights
    )


@dynamics(batches=_one, simultaneous=True, memory=_still)
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
    ahead = _both(move, state, *past)
    g, d = field.g(ahead, batch), field.d(ahead, batch)
    return _both(move, _at(state, ahead), g, d)._replace(motion=(g.gradient, d.gradient))


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


@dynamics(batches=_all, memory=_copies)
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


@dynamics(batches=_one, memory=_copies, simultaneous=True)
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


def _descent(field: Halves, batch: Batch, rate: Tensor) -> Path:
    """state -> state after `field.unroll` plain gradient steps of D on one batch."""

    def ahead(state: State) -> State:
        for _ in range(field.unroll):
            slope = field.d(state, batch).gradient
            weights = tuple(
                w - tf.cast(rate, w.dtype) * g for w, g in zip(state.d.weights, slope, strict=True)
            )
            state = state._replace(d=state.d._replace(weights=weights))
        return state

    return ahead


@dynamics(batches=_all, unrolls=True)
def unrolled(
    state: State, field: Halves, move: Halves, batches: Batches, *, rate: LearningRate = 1e-3
) -> State:
    """`alternating`; G's loss is taken after `unroll` more steps of D, as a function of G as well.

    psi_{j+1} = psi_j - rate grad L_D(theta, psi_j), differentiated through, on G's own batch; D
    keeps none of them. In circulation: the same with the gradient stopped at psi, which damps half
    as much. Metz et al. 2017, eq. 5; for their Adam in the inner steps see `unrolled_by_optimizer`.
    """

    def ahead(batch: Batch) -> Path:
        return _descent(field, batch, rate)

    return _in_turn(state, field, move, batches, ahead)


@dynamics(batches=_all, unrolls=True)
def unrolled_by_optimizer(state: State, field: Halves, move: Halves, batches: Batches) -> State:
    """`unrolled`, with the inner steps psi_{j+1} of D's own optimizer, from its present moments.

    At lr_d, differentiated through the moments too. With adam this is the inner loop of Metz et al.
    2017 and their code. With sgd it is `unrolled` at rate = lr_d.
    """

    def ahead(batch: Batch) -> Path:
        def inner(state: State) -> State:
            for _ in range(field.unroll):
                state = move.d(state, field.d(state, batch))
            return state

        return inner

    return _in_turn(state, field, move, batches, ahead)


@dynamics(batches=_one, unrolls=True, simultaneous=True)
def unrolled_simultaneous(
    state: State, field: Halves, move: Halves, batches: Batches, *, rate: LearningRate = 1e-3
) -> State:
    """`unrolled` with both players' steps from the same point: theta by grad L_G(theta, psi_K)."""
    (batch,) = batches
    g, d = field.g(state, batch, _descent(field, batch, rate)), field.d(state, batch)
    return _both(move, state, g, d)


@dynamics(batches=_one, simultaneous=True, cost=2.5)
def consensus(
    state: State, field: Halves, move: Halves, batches: Batches, *, gamma: Weight = 10.0
) -> State:
    """g + gamma grad R along the whole field g = (grad L_G, grad L_D), R = 1/2 ||g||^2.

    All weights of both players in one R, with the 1/2; `simultaneous`. In circulation: another
    1/2 on the second derivative. Mescheder et al. 2017, alg. 1; gamma of their experiments.
    """
    (batch,) = batches
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch((state.g.weights, state.d.weights))
        g, d = field.g(state, batch), field.d(state, batch)
        energy = _energy(g.gradient) + _energy(d.gradient)
    pull = _derivative(tape, energy, (state.g.weights, state.d.weights))
    return _both(move, state, *_along(gamma, (g, d), pull))


@dynamics(batches=_one, simultaneous=True, cost=2.5)
def jare(
    state: State, field: Halves, move: Halves, batches: Batches, *, gamma: Weight = 0.1
) -> State:
    """G: g_G + gamma grad_G 1/2 ||g_D||^2; D: g_D + gamma grad_D 1/2 ||g_G||^2.

    Only the cross terms of `consensus`; with the 1/2. Nie & Patel 2020, eq. 13, and their code.
    """
    (batch,) = batches
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch((state.g.weights, state.d.weights))
        g, d = field.g(state, batch), field.d(state, batch)
        energies = _energy(g.gradient), _energy(d.gradient)
    pull = (
        _derivative(tape, energies[1], state.g.weights),
        _derivative(tape, energies[0], state.d.weights),
    )
    return _both(move, state, *_along(gamma, (g, d), pull))


@dynamics(batches=_one, simultaneous=True, cost=2.5)
def symplectic(
    state: State, field: Halves, move: Halves, batches: Batches, *, weight: Weight = 1.0
) -> State:
    """g + lam A^T g, A = 1/2 (H - H^T) the antisymmetric part of H = dg/dw: SGA.

    lam = weight * sign(<g, H^T g> <A^T g, H^T g> / n + 0.1), n the number of weights. H^T g is a
    vector-Jacobian product, H g the derivative of another one. Without XLA its sums may differ in
    the last bit from run to run. Balduzzi et al. 2018, alg. 1.
    """
    (batch,) = batches
    weights = (state.g.weights, state.d.weights)
    with tf.GradientTape(watch_accessed_variables=False) as outer:
        # H^T u is linear in u, so its derivative along g, with g held fixed, is H g
        slots = tuple(tuple(tf.zeros_like(w) for w in half) for half in weights)
        outer.watch(slots)
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as inner:
            inner.watch(weights)
            g, d = field.g(state, batch), field.d(state, batch)
            fixed = tuple(tuple(map(tf.stop_gradient, s.gradient)) for s in (g, d))
            along = _dot((g.gradient, d.gradient), fixed)
            along_slots = _dot((g.gradient, d.gradient), slots)
        transposed = _derivative(inner, along_slots, weights)
        product = _dot(transposed, fixed)
    straight = _derivative(outer, product, slots)
    transposed = _derivative(inner, along, weights)
    turned = tf.nest.map_structure(lambda t, s: (t - s) / 2, transposed, straight)
    n = sum(w.shape.num_elements() for half in weights for w in half)
    align = _dot(fixed, transposed) * _dot(turned, transposed) / n + 0.1
    return _both(move, state, *_along(weight * tf.sign(align), (g, d), turned))


def _in_turn(
    state: State,
    field: Halves,
    move: Halves,
    batches: Batches,
    ahead: Callable[[Batch], Path] | None = None,
) -> State:
    """The state after a step of D on each of the first batches and of G on each of the last
    `field.g_steps`; `ahead(batch)` is the path at whose end G's gradient is taken."""
    d_steps = len(batches) - field.g_steps
    for batch in batches[:d_steps]:
        state = move.d(state, field.d(state, batch))
    for batch in batches[d_steps:]:
        path = (ahead(batch),) if ahead else ()
        state = move.g(state, field.g(state, batch, *path))
    return state


def _derivative(tape: tf.GradientTape, target: Tensor, weights: Nest) -> Nest:
    """The gradient of a scalar; 0 where weights do not take part, as biases in a linear game."""
    return tape.gradient(target, weights, unconnected_gradients="zero")


def _both(move: Halves, state: State, g: Slope, d: Slope) -> State:
    """The state after both players' steps along two halves taken at one point."""
    return move.g(move.d(state, d), g)


def _at(state: State, ahead: State) -> State:
    """Everything of `ahead` but the players' weights, which are those of `state`."""
    return ahead._replace(
        g=ahead.g._replace(weights=state.g.weights), d=ahead.d._replace(weights=state.d.weights)
    )


def _along(strength: Tensor, slopes: tuple[Slope, Slope], pull: Both) -> tuple[Slope, ...]:
    """Both slopes with strength * pull added to their gradients."""
    return tuple(
        slope._replace(
            gradient=tuple(g + strength * p for g, p in zip(slope.gradient, half, strict=True))
        )
        for slope, half in zip(slopes, pull, strict=True)
    )


def _energy(gradient: Tensors) -> Tensor:
    """1/2 ||g||^2, over all weights of a player."""
    return tf.add_n([tf.reduce_sum(g**2) for g in gradient]) / 2


def _dot(a: Nest, b: Nest) -> Tensor:
    """The inner product of two nests of equal structure."""
    pairs = zip(tf.nest.flatten(a), tf.nest.flatten(b), strict=True)
    return tf.add_n([tf.reduce_sum(x * y) for x, y in pairs])
