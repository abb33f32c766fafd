"""Both halves of a game's vector field, and of the motion along it.

A half belongs to one player: its gradient is taken here, and added to its weights here. In which
order, how often and at which point is for the dynamics to say (`bench.gan.parts.dynamics`).
"""

from __future__ import annotations

from functools import partial

from bench.gan.backend import Nest, Tensor, Tensors, tf
from bench.gan.game import remembered
from bench.gan.game.composition import Composition
from bench.gan.game.players import Players
from bench.gan.state import Batch, Halves, Path, Player, Slope, State, reported


def field(players: Players) -> Halves:
    """The vector field, (grad_G L_G, grad_D L_D): (state, batch) -> Slope of each player."""
    method = players.method
    halves = partial(_field_g, players), partial(_field_d, players)
    return Halves(*halves, method.unroll, method.g_steps)


def motion(parts: Composition) -> Halves:
    """The motion: (state, slope) -> the state after that player's optimizer step."""
    return Halves(partial(_move_g, parts), partial(_move_d, parts))


def _field_g(players: Players, state: State, batch: Batch, ahead: Path | None = None) -> Slope:
    """The generator's half of the field: the gradient of L_G by its weights.

    It may be asked for at the end of a path, along which the generator's weights count as well: so
    unrolling is differentiated through.
    """
    parts = players.composition
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(state.g.weights)
        state = ahead(state) if ahead else state
        fake, buffers = players.generate(state, batch)
        real = players.real(batch)
        d, _ = players.critic(state, batch)  # the normalizer's memory is D's to move
        logits = d(real)[0], d(fake, 2)[0]
        value = _mean(players, parts.loss(*logits, batch.key)[0], logits[1], batch)
        seen = players.seen("g", state, batch, d)
        own = _weighted(players, value, batch, 0)
        total, memory = parts.penalties["g"].add(own, seen, batch._replace(real=real), fake)
    gradient = tape.gradient(total, state.g.weights)
    signals = reported(loss_g=value, gradient_g=length(gradient))
    return Slope(gradient, buffers, state.norm, signals, memory)


def _field_d(players: Players, state: State, batch: Batch) -> Slope:
    """The discriminator's half of the field: the gradient of L_D by its weights."""
    parts = players.composition
    fake, _ = players.generate(state, batch)  # its buffers are G's to move
    fake, extras = remembered.pooled(parts, state, fake, batch.key)
    real = players.real(batch)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(state.d.weights)
        d, norm = players.critic(state, batch)
        # Two calls, so that batch norm takes the statistics of real and fake samples apart. In
        # circulation: one call on both joined, whose statistics are those of the mixture.
        real_logits, before = d(real)
        fake_logits, buffers = d(fake, 1, before)
        value = tf.reduce_mean(parts.loss(real_logits, fake_logits, batch.key)[1])
        seen = players.seen("d", state, batch, d)
        total, memory = parts.penalties["d"].add(value, seen, batch._replace(real=real), fake)
        noted = [players.networks.d.noted(b) for b in (before, buffers)]
        for name, extra in parts.remembering.items():
            if extra.penalty:
                total += extra.penalty(extras[name], *noted)
        total = _weighted(players, total, batch, 1)
    gradient = tape.gradient(total, state.d.weights)
    signals = reported(
        loss_d=value,
        gradient_d=length(gradient),
        logit_real=tf.reduce_mean(real_logits),
        logit_fake=tf.reduce_mean(fake_logits),
        logit_scale=tf.reduce_mean(tf.abs(tf.stack([real_logits, fake_logits]))),
    )
    for name, extra in parts.remembering.items():
        if extra.after_d:
            after = extra.after_d(extras[name], real_logits, fake_logits, value)
            extras = {**extras, name: after}
    return Slope(gradient, buffers, norm, signals, memory, extras)


def _weighted(players: Players, value: Tensor, batch: Batch, place: int) -> Tensor:
    """The loss of G (place 0) or D (1) times what extras make of it."""
    for extra in players.composition.extras:
        if extra.weights:
            value *= extra.weights(players.progress(batch, value.dtype))[place]
    return value


def _mean(players: Players, values: Tensor, fake: Tensor, batch: Batch) -> Tensor:
    """The generator's loss over the batch, or over the samples that an extra selects."""
    for extra in players.composition.extras:
        if extra.select:
            weights = extra.select(fake, players.progress(batch, fake.dtype))
            return tf.reduce_sum(weights * values) / tf.reduce_sum(weights)
    return tf.reduce_mean(values)


def _move_g(parts: Composition, state: State, slope: Slope) -> State:
    g = _moved(parts, "g", state.g, slope)
    return state._replace(g=g, signals=state.signals | slope.signals)


def _move_d(parts: Composition, state: State, slope: Slope) -> State:
    d = _moved(parts, "d", state.d, slope)
    # after the step, not before the next gradient: G's step must see clipped weights
    d = d._replace(weights=parts.normalizers["d"].project(d.weights))
    signals, norm = state.signals | slope.signals, slope.norm
    for extra in parts.extras:
        if extra.moves_d:
            go = extra.moves_d(signals["loss_d"])
            d, norm = _either(go, (d, norm), (state.d, state.norm))
    extras = state.extras if slope.extras is None else slope.extras
    return state._replace(d=d, norm=norm, signals=signals, extras=extras)


def _either(go: Tensor, new: Nest, old: Nest) -> Nest:
    """One nest of tensors or another one of the same structure."""
    return tf.nest.map_structure(lambda a, b: tf.where(go, a, b), new, old)


def _moved(parts: Composition, who: str, player: Player, slope: Slope) -> Player:
    """A player after its optimizer's step along a slope."""
    gradient = slope.gradient
    for extra in parts.extras:
        if extra.gradients:
            gradient = extra.gradients(gradient)
    changes, slots = parts.optimizers[who].update(gradient, player.slots, parts.rates[who])
    weights = tuple(w + c for w, c in zip(player.weights, changes, strict=True))
    return Player(weights, slope.buffers, slots, slope.memory)


def length(tensors: Tensors) -> Tensor:
    """Euclidean norm of all numbers. One sum over their concatenation: a sum for each of a dozen
    small tensors costs a small network a tenth of its step."""
    return tf.norm(tf.concat([tf.reshape(t, [-1]) for t in tensors], 0))
