"""Functions that TensorFlow compiles: called without a look at their arguments, and what XLA needs
to be told where it would compute something slowly or not at all."""

from __future__ import annotations

import contextlib
import contextvars
import functools
from collections.abc import Callable, Iterator
from typing import Any

from bench.gan.backend import Nest, Tensor, tf

_IN_XLA: contextvars.ContextVar[bool] = contextvars.ContextVar("in_xla", default=False)


@contextlib.contextmanager
def traced(xla: bool) -> Iterator[None]:
    """While a function is traced: says whether XLA will compile it, see `stored`."""
    token = _IN_XLA.set(xla)
    try:
        yield
    finally:
        _IN_XLA.reset(token)


def stored(x: Tensor) -> Tensor:
    """The same tensor, which XLA then stores as it is, in place of folding what makes it into what
    takes it. Without XLA just the tensor."""
    if not _IN_XLA.get():
        return x
    from tensorflow.compiler.tf2xla.python.xla import optimization_barrier

    # the operation has no derivative
    @tf.custom_gradient
    def barrier(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        return optimization_barrier(x)[0], lambda dy: dy

    return barrier(x)


class Program:
    """A compiled function of tensors in nests, called often with equal shapes and types.

    TensorFlow looks at each argument of a call, which takes it longer with the state of a GAN than
    it takes XLA to begin: 2 ms. This one counts the tensors, and compares the names in mappings:
    where they are as in an earlier call, types and nests have to be so too. So have shapes, but
    where they are said to differ: `shapes` compares them as well.
    """

    def __init__(self, function: Callable[..., Any], *, xla: bool, shapes: bool = False) -> None:
        def in_its_compiler(*arguments: Nest) -> Nest:
            with traced(xla):
                return function(*arguments)

        self._function = tf.function(in_its_compiler, jit_compile=xla, autograph=False)
        self._shapes = shapes
        self._traced: dict[tuple[Any, ...], tuple[Any, Callable[..., Any]]] = {}

    def __call__(self, *arguments: Nest) -> Any:
        """The nest of tensors that the function returns."""
        tensors = [x for x in tf.nest.flatten(arguments) if x is not None]
        names = (tuple(sorted(a)) for a in arguments if isinstance(a, dict))
        key = len(tensors), *names, *(tuple(x.shape) for x in tensors if self._shapes)
        if key not in self._traced:
            new = self._function.get_concrete_function(*arguments)
            self._traced[key] = new.structured_outputs, new.inference_fn.call_flat
        outputs, call = self._traced[key]
        return tf.nest.pack_sequence_as(outputs, call(*tensors))


@functools.cache
def differentiable_slices() -> None:
    """Let XLA differentiate slices (and so joined tensors) any number of times.

    Within XLA, TensorFlow's derivative of a slice is an operation that has no derivative itself:
    whoever differentiates a joined tensor three times, as `symplectic` does, would find none. The
    operation writes a small tensor into a large one, so it is linear in both.
    """
    from tensorflow.compiler.tf2xla.python.xla import dynamic_update_slice

    def gradient(op: Any, dy: Tensor) -> tuple[Tensor, Tensor, None]:
        _, update, start = op.inputs
        rest = dynamic_update_slice(dy, tf.zeros_like(update), start)
        return rest, tf.slice(dy, start, tf.shape(update, out_type=start.dtype)), None

    # KeyError: this TensorFlow has a derivative of its own
    with contextlib.suppress(KeyError):
        tf.RegisterGradient("XlaDynamicUpdateSlice")(gradient)
