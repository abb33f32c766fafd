"""Geometry of a game at a state: rotation, curvature, path angle, duality gap.

Each probe costs as much as hundreds of steps, so no sweep takes any. A trial is repeatable bit for
bit: `along` trains one again and probes it at a few steps:

    for row in diagnostics.along(trial, at=[100, 1000, 5000]):
        print(row)  # {"step": 100, "re_max": ..., "im_max": ..., "duality_gap": ..., ...}

v(w) = (-grad_G L_G, -grad_D L_D) is the field in which the players move, w [P] the weights of both,
J = dv/dw its Jacobian [P, P]. Penalties are in it, and gradients flow through G(z) into both
halves: in circulation is a `stop_gradient` there, which gives another J.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from bench.gan import keys, tasks
from bench.gan.backend import Tensor, tf
from bench.gan.game import moving
from bench.gan.game.game import Game
from bench.gan.parts import optimizers
from bench.gan.state import Batch, HParams, State
from bench.gan.tasks import Task
from bench.gan.training.duality import duality_gap, minimax
from bench.gan.training.motion import point
from bench.gan.training.step import Step, compiled
from bench.trial import Trial

Array = np.ndarray

DENSE = 400
"""Weights up to which the whole Jacobian is taken; above, ARPACK's leading eigenvalues."""
LEADING = 20
"""Eigenvalues of each kind that ARPACK gives."""
TOLERANCE = 1e-5
"""The relative accuracy that is asked of ARPACK; float32 gives no better."""


class Field:
    """The vector field of a game on one batch, as a function of all weights in one vector.

    `w` [P] are the weights of both players at the state, flat, the generator's `split` ones first.
    """

    def __init__(self, game: Game, hparams: HParams, state: State, batch: Batch) -> None:
        self._halves, self._state, self._batch = game.bind(hparams).field, state, batch
        self.w, self.split = np.concatenate(point(state)), len(point(state).g)
        self._dtype = state.g.weights[0].dtype
        self._value = tf.function(self._v, autograph=False)
        self._product = tf.function(self._transposed, autograph=False)

    def v(self, w: Array) -> Array:
        """(-grad_G L_G, -grad_D L_D) at w [P]."""
        return self._value(tf.constant(w, self._dtype)).numpy().astype(float)

    def transposed(self, u: Array) -> Array:
        """J^T u [P] at the state, u [P]: one backward pass through the gradients."""
        w, u = (tf.constant(np.ravel(x), self._dtype) for x in (self.w, u))
        return self._product(w, u).numpy().astype(float)

    @cached_property
    def jacobian(self) -> Array:
        """J [P, P] at the state, row by row."""
        return np.array([self.transposed(unit) for unit in np.eye(len(self.w))])

    def _v(self, w: Tensor) -> Tensor:
        # the players' weights cut out of w, in the order of `motion.point`
        g, d = self._state.g, self._state.d
        shapes = [t.shape for t in g.weights + d.weights]
        parts = tf.split(w, [s.num_elements() for s in shapes])
        weights = tuple(tf.reshape(p, s) for p, s in zip(parts, shapes, strict=True))
        own = len(g.weights)
        state = self._state._replace(
            g=g._replace(weights=weights[:own]), d=d._replace(weights=weights[own:])
        )
        slopes = self._halves.g(state, self._batch), self._halves.d(state, self._batch)
        gradients = [tf.reshape(t, [-1]) for slope in slopes for t in slope.gradient]
        return -tf.concat(gradients, 0)

    def _transposed(self, w: Tensor, u: Tensor) -> Tensor:
        # d<v, u>/dw = J^T u; J u would take a second backward pass
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(w)
            product = tf.reduce_sum(self._v(w) * u)
        return tape.gradient(product, w)


def spectrum(field: Field, k: int = LEADING) -> Array:
    """Eigenvalues of J, complex.

    All P of a small game, else the k of largest modulus and the k of largest imaginary part, [2 k].
    Simultaneous gradient flow is stable where all real parts are below 0; imaginary parts much
    larger than them are rotation. Berard et al. 2020.
    """
    size = len(field.w)
    if size <= DENSE:
        return np.linalg.eigvals(field.jacobian)
    from scipy.sparse.linalg import LinearOperator, eigs

    # J^T has the eigenvalues of J, and J^T u is one backward pass
    product = LinearOperator((size, size), matvec=field.transposed, dtype=float)
    start = np.random.default_rng(0).normal(size=size)
    options = {"k": k, "return_eigenvectors": False, "tol": TOLERANCE, "v0": start}
    return np.concatenate([eigs(product, which=which, **options) for which in ("LM", "LI")])


def hessian_extremes(field: Field) -> dict[str, float]:
    """Least and largest eigenvalue of grad^2_G L_G and of grad^2_D L_D, the diagonal blocks of -J.

    Gives hessian_g_min, hessian_g_max, hessian_d_min and hessian_d_max. At a local Nash equilibrium
    none is below 0; GANs settle at stable points that are no such equilibria. Berard et al. 2020.
    """
    first, rest = slice(0, field.split), slice(field.split, len(field.w))
    values = {"g": _extremes(field, first), "d": _extremes(field, rest)}
    return {f"hessian_{p}_{end}": x for p, ends in values.items() for end, x in ends.items()}


def _extremes(field: Field, block: slice) -> dict[str, float]:
    """Least and largest eigenvalue of one diagonal block of -J."""
    size = block.stop - block.start

    def product(u: Array) -> Array:
        whole = np.zeros(len(field.w))
        whole[block] = np.ravel(u)
        return -field.transposed(whole)[block]

    if size <= DENSE:
        values = np.linalg.eigvalsh(np.array([product(unit) for unit in np.eye(size)]))
    else:
        from scipy.sparse.linalg import LinearOperator, eigsh

        operator = LinearOperator((size, size), matvec=product, dtype=float)
        start = np.random.default_rng(0).normal(size=size)
        options = {"k": 2, "which": "BE", "tol": TOLERANCE, "v0": start}
        values = np.sort(eigsh(operator, return_eigenvectors=False, **options))
    return {"min": float(values[0]), "max": float(values[-1])}


def path_angle(field: Field, early: Array, late: Array, at: Array | None = None) -> Array:
    """Cosines [A] between late - early and v at early + a (late - early), for each a of `at` [A].

    `early` and `late` are weights [P] of two steps; without `at`, 25 places from -0.1 to 1.1. A
    change of sign near a = 1 is attraction, a bump there rotation. NaN where v vanishes.
    Berard et al. 2020, eq. 10.
    """
    along = late - early
    places = np.linspace(-0.1, 1.1, 25) if at is None else at
    field_there = np.array([field.v(early + a * along) for a in places])
    with np.errstate(invalid="ignore"):
        return field_there @ along / np.linalg.norm(field_there, axis=1) / np.linalg.norm(along)


def rotation(cosines: Array) -> float:
    """The share of rotation in a path angle [A], 1 - (max - min) / 2: 0 for pure attraction, 1 for
    pure rotation."""
    return float(1 - np.ptp(cosines) / 2)


def along(
    trial: Trial, at: Sequence[int], batch: int = 2048, inner: int = 200
) -> Iterator[dict[str, float]]:
    """Train a trial again and probe it after each of the steps `at`: one row of numbers for each.

    A row has `step`; of the spectrum `re_max`, `im_max` and `im_over_re` (the largest |Im| / |Re|);
    `hessian_g_min` and the others of `hessian_extremes`; `field_norm`, the length of v; and
    `duality_gap`, after `inner` steps of Adam. They are taken on `batch` real and as many generated
    samples that the training does not see, and with the numbers of that step. Raises ValueError for
    networks that are told classes.
    """
    task = tasks.build(trial.task, tuple(sorted(trial.options.items())))
    step, hparams = compiled(task, trial.method), {**trial.hparams, "steps": trial.steps}
    if step.game.labelled:
        raise ValueError(f"{trial.label}: no probes of networks that are told classes")
    numbers, held = step.tensors(hparams), _batch(task, batch, 0)
    # a penalty of every n-th step is in the field as it is in the mean of n steps
    game = Game(task, replace(trial.method, lazy=1)) if trial.method.lazy > 1 else step.game
    state, done = step.init(trial.seed, hparams), 0
    for stop in sorted(at):
        if stop > done:
            state, _ = step.run(state, trial.seed, hparams, done, stop)
        done = stop
        # numbers that move, and noise that fades, are those of the moment
        now = moving.at(numbers, tf.constant(stop / trial.steps))
        field = Field(game, now, state, held._replace(step=tf.constant(stop)))
        yield {"step": stop, **_probe(field), "duality_gap": _gap(step, now, state, inner)}


def _probe(field: Field) -> dict[str, float]:
    """Spectrum, curvature and length of a field at its state."""
    values = spectrum(field)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(values.imag) / np.abs(values.real)
    return {
        "re_max": float(values.real.max()),
        "im_max": float(np.abs(values.imag).max()),
        "im_over_re": float(np.nanmax(ratio)),
        **hessian_extremes(field),
        "field_norm": float(np.linalg.norm(field.v(field.w))),
    }


def _gap(step: Step, numbers: HParams, state: State, inner: int) -> float:
    """The duality gap of a state, with `inner` steps of Adam for each player."""
    # stream 0 is the field's batch, 1 that of the test, 2 and on those of the search
    task = step.task
    search = [_batch(task, task.batch, 2 + i) for i in range(inner)]
    value, adam = minimax(step.game, numbers, state), optimizers.adam(beta1=0.9)
    return duality_gap(value, state.g.weights, state.d.weights, search, _batch(task, 2048, 1), adam)


def _batch(task: Task, n: int, index: int) -> Batch:
    """n real samples and latents of a stream that no training draws from."""
    key = keys.key(0, "probe", index)
    real = task.real(key, n)
    z = task.given(real) if task.given else task.z(key, n)
    return Batch(tf.constant(real), tf.constant(z, task.dtype), tf.constant(key))
