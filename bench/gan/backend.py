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
import importlib
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

_ELSEWHERE = {
    "one_thread": "environment.prepare_process",
    "ONEDNN": "environment.ONEDNN",
    "THREADS": "environment.THREADS",
    "all_instructions": "environment.all_instructions",
    "own_instructions": "environment.own_instructions",
    "settings": "environment.settings",
    "Program": "program.Program",
    "differentiable_slices": "program.differentiable_slices",
    "stored": "program.stored",
    "traced": "program.traced",
}
"""Name that stood here once -> its place in `bench.gan` now."""


def __getattr__(name: str) -> Any:
    """A name that stood here once, of the module that has it now: plugins still say the old one."""
    if name in _ELSEWHERE:
        module, _, now = _ELSEWHERE[name].partition(".")
        return getattr(importlib.import_module(f"bench.gan.{module}"), now)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["Critic", "Key", "Layer", "Lazy", "Make", "Map", "Memory", "Model", "Nest", "Shape"]
__all__ += ["Tensor", "Tensors", "keras", "load", "tf"]
