"""What a builder of networks is told: sizes, and what a method puts in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Shape = tuple[int, ...]
Norm = Callable[[], Any] | None


class Sizes(NamedTuple):
    """Of the networks of a task, without the batch axis.

    Samples have `shape`, latents [latent]; `units` is the width of dense layers, `width` multiplies
    the channels of convolutions; `classes` is the number of labels, 0 where there are none.
    """

    shape: Shape
    latent: int
    units: int = 128
    width: float = 1.0
    classes: int = 0

    def channels(self, filters: int) -> int:
        """So many filters times `width`, at least one."""
        return max(1, round(filters * self.width))


class Layers(NamedTuple):
    """What a method puts into the discriminator: functions that make Keras layers.

    `norm` goes behind every hidden layer (but the first, where it is `inner`), `after` behind every
    hidden activation, `head` before the last layer; `pack` is how many samples D judges together,
    side by side along the last axis. `g` is the same of the generator.
    """

    norm: Norm = None
    after: tuple[Callable[[], Any], ...] = ()
    head: tuple[Callable[[], Any], ...] = ()
    pack: int = 1
    g: Any = None
    inner: bool = False

    def hidden(self, activation: Any, first: bool = False) -> list[Any]:
        """Normalizing layer, activation, and what comes behind it; `first` says that it is the
        first hidden layer."""
        norm = [self.norm()] if self.norm and not (first and self.inner) else []
        return [*norm, activation, *(make() for make in self.after)]

    def packed(self, shape: Shape) -> Shape:
        """The shape that D sees."""
        return (*shape[:-1], shape[-1] * self.pack)


PLAIN = Layers()
