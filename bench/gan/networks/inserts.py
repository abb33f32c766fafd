"""The two things that a builder of networks is told: its sizes, and what a method puts in."""

from __future__ import annotations

from typing import NamedTuple

from bench.gan.backend import Layer, Make, Shape


class Sizes(NamedTuple):
    """The sizes of the networks of a task."""

    shape: Shape
    """The shape of one sample: (h, w, c) of an image, (n,) of a point."""

    latent: int
    """The number of latents z of one sample."""

    units: int = 128
    """The width of dense layers."""

    width: float = 1.0
    """A factor on the channels of convolutions."""

    classes: int = 0
    """The number of labels; 0 where there are none."""

    g_units: int = 0
    """The width of the generator's dense layers; 0: `units`."""

    d_units: int = 0
    """The width of the discriminator's dense layers; 0: `units`."""

    g_depth: int = 0
    """The number of the generator's hidden dense layers; 0: as the networks have them."""

    d_depth: int = 0
    """The number of the discriminator's hidden dense layers; 0: as the networks have them."""

    def channels(self, filters: int) -> int:
        """A number of filters times `width`, rounded, at least one."""
        return max(1, round(filters * self.width))


class Layers(NamedTuple):
    """The layers that a method puts into a network, as functions that make them."""

    norm: Make | None = None
    """The normalizing layer behind every hidden layer, before the activation."""

    after: tuple[Make, ...] = ()
    """Layers behind every hidden activation."""

    head: tuple[Make, ...] = ()
    """Layers before the last one."""

    pack: int = 1
    """The samples that D judges together, side by side along the last axis."""

    g: Layers | None = None
    """The layers of the generator, in those of its discriminator; None where it has none."""

    inner: bool = False
    """True where `norm` is left out behind the first hidden layer."""

    @property
    def for_g(self) -> Layers:
        """The layers of the generator, plain where a method puts none into it."""
        return self.g or Layers()

    def hidden(self, activation: Layer, first: bool = False) -> list[Layer]:
        """The layers that follow a hidden layer: norm, activation, those behind it. `first` says
        that it is the first hidden layer."""
        norm = [self.norm()] if self.norm and not (first and self.inner) else []
        return [*norm, activation, *(make() for make in self.after)]

    def packed(self, shape: Shape) -> Shape:
        """The shape of a pack of samples of a shape: what D sees."""
        return (*shape[:-1], shape[-1] * self.pack)


PLAIN = Layers()
"""No layers of any method: the network as it is."""
