"""TensorFlow and Keras, imported when first used, and names for what they compute with.

The parts of the catalogue are read by commands that must answer at once (`--help`, the plan of a
sweep), and importing TensorFlow takes seconds. So modules of `bench.gan` say
`from bench.gan.backend import tf` and use it inside functions only.

A subclass of `keras.layers.Layer` cannot be written without importing Keras. Modules that hold such
classes import it as they are loaded, and the package that they lie in gives them as `Lazy` modules:
`from bench.gan.parts import layers` at the top of a file imports nothing, `layers.PixelNorm()`
inside a function does.

TensorFlow has no type stubs, so that a type checker takes a `Tensor` for anything: the names below
say to a reader what an argument is.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import importlib
import os
import platform
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

_WRAPPED = ("matplotlib", "pandas", "sklearn")
"""Packages that Keras imports for wrappers of its own, where it finds them, and that no training
needs: 40 % of the seconds that TensorFlow takes to import."""


@contextlib.contextmanager
def _unseen() -> Iterator[None]:
    """Let Keras, where it is not imported yet, find none of the packages that it only wraps."""
    hidden = [] if "keras" in sys.modules else [n for n in _WRAPPED if n not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: there is none
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


class Lazy:
    """A module that is imported at the first look at one of its names."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        if self._name in sys.modules:
            return getattr(sys.modules[self._name], attribute)
        return getattr(load(self._name), attribute)


def load(name: str = "tensorflow") -> Any:
    """Import TensorFlow or a module that needs it, and nothing that Keras only wraps."""
    with _unseen():
        return importlib.import_module(name)


if TYPE_CHECKING:
    import keras
    import tensorflow as tf
else:
    tf = Lazy("tensorflow")
    keras = Lazy("keras")

if TYPE_CHECKING:
    from keras import Model
    from keras.layers import Layer
    from tensorflow import Tensor
else:  # names for annotations: TensorFlow stays unloaded
    Tensor = Model = Layer = Any

Tensors = tuple[Tensor, ...]
"""Weights, buffers or gradients of a network."""

Key = Tensor
"""The state of a random stream, int32 [2]: see `bench.gan.keys`."""

Critic = Callable[..., tuple[Tensor, Tensors]]
"""A discriminator as a function of what it is shown: x [B, ...] -> (logits [B], buffers)."""

Map = Callable[[Tensor], Tensor]
"""A function of a batch, row by row: x [B, ...] -> logits [B], features [B, F] or samples."""

Make = Callable[[], Layer]
"""A function that makes a new Keras layer at each call."""

Nest = Any
"""Tensors in tuples and mappings, to any depth; None where there is none."""

Memory = Any
"""The memory of a part from step to step: tensors in a nest of tuples, () where there is none."""

Shape = tuple[int, ...]
"""The sizes of an array's axes; without the batch axis where nothing else is said."""

THREADS = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


ONEDNN = "ONEDNN_MAX_CPU_ISA"
"""The environment variable that names the most instructions that oneDNN may use."""


def settings() -> dict[str, str]:
    """The environment of a process that trains: one thread, and no instructions beyond AVX2.

    One trial per core with one thread beats one trial on all cores, and it makes results
    reproducible bit for bit. Neither loky nor Dask limits TensorFlow's own thread pools. Processors
    with wider registers would add in another order. So XLA, oneDNN, which multiplies matrices for
    it, and OpenBLAS, which does so for NumPy, are told to use none; a user's own setting stays.
    """
    known, flags = os.environ, os.environ.get("XLA_FLAGS", "")
    found = {
        **THREADS,
        "TF_CPP_MIN_LOG_LEVEL": known.get("TF_CPP_MIN_LOG_LEVEL", "2"),
        "KERAS_BACKEND": known.get("KERAS_BACKEND", "tensorflow"),
    }
    if platform.machine() not in ("x86_64", "AMD64"):
        return found
    if "--xla_cpu_max_isa" not in flags:
        found["XLA_FLAGS"] = f"{flags} --xla_cpu_max_isa=AVX2".strip()
    most = {ONEDNN: "AVX2", "OPENBLAS_CORETYPE": "Haswell"}
    return found | {name: known.get(name, value) for name, value in most.items()}


def one_thread() -> None:
    """Give this process the `settings` of one that trains. To be called before TensorFlow and NumPy
    are imported: they look once."""
    os.environ.update(settings())


_set_by_user = ONEDNN in os.environ


def own_instructions() -> bool:
    """True where the user's own setting, made before the program began, says what oneDNN uses."""
    return _set_by_user


def all_instructions() -> None:
    """Let oneDNN use all that the processor has. Works only before it is first used."""
    os.environ.pop(ONEDNN, None)


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


__all__ = ["ONEDNN", "Program", "all_instructions", "own_instructions"]
__all__ += ["Critic", "Key", "Layer", "Lazy", "Make", "Map", "Memory", "Model", "Nest", "Shape"]
__all__ += ["Tensor", "Tensors", "differentiable_slices", "keras", "load", "one_thread", "settings"]
__all__ += ["stored", "tf", "traced"]
