"""The parts that a method is made of: one file per kind, one decorated function per part.

A few that are longer have files of their own: extras that remember something (`remembering`) and
those that are mistakes (`faults`), normalizers by singular values (`spectral`), SAN (`slicing`),
`muon`, `schedule_free`.

`layers` is imported when a layer is first made, as it imports Keras (see `bench.gan.backend`).
"""

from typing import TYPE_CHECKING

from bench.gan.backend import Lazy

if not TYPE_CHECKING:
    layers = Lazy("bench.gan.parts.layers")
