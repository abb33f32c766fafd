"""Names of modules that have moved, for plugins and notebooks that still say the old ones.

`import bench.gan.features` gives the module `bench.gan.data.classifier`: the same object, so that
nothing exists twice. What lies in a package that has moved is found by its old name too.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_ANALYSIS = {
    "frame": ("budgets", "labels", "reading", "rows", "sweeps"),
    "report": ("contents", "figures", "formats", "words"),
    "statistics": ("boschloo",),
    "tables": (
        "comparing",
        "contrast",
        "convergence",
        "ranking",
        "references",
        "rescues",
        "sensitivity",
    ),
    "verdicts": ("numbers", "runs", "signals", "thresholds"),
}
_GAN = {
    "contract": ("behaviour",),
    "game": ("penalties",),
    "methods": ("cost", "meetings", "rules", "slots"),
    "networks": ("ensembles",),
    "parts": (
        *("augmentations", "dynamics", "extras", "layers", "losses", "normalizers", "optimizers"),
        "regularizers",
    ),
    "tasks": ("games", "instruments", "probe"),
    "training": ("critic", "diagnostics", "motion", "record", "step", "train"),
}
_STORE = ("archive", "arrays", "cache", "differences", "encoding", "files", "lock", "provenance")

MOVED: Mapping[str, str] = {
    **{
        f"bench.analysis.{m}": f"bench.analysis.{r}.{m}"
        for r, own in _ANALYSIS.items()
        for m in own
    },
    **{f"bench.gan.{m}": f"bench.gan.{r}.{m}" for r, own in _GAN.items() for m in own},
    **{f"bench.{m}": f"bench.store.{m}" for m in _STORE},
    "bench.analysis.quantities": "bench.metrics.quantities",
    "bench.analysis.statistics.budget": "bench.analysis.statistics.random_search",
    "bench.analysis.statistics.contrast": "bench.analysis.tables.contrast",
    "bench.analysis.statistics.power": "bench.analysis.statistics.seeds",
    "bench.cost": "bench.gan.methods.cost",
    "bench.gan.declared": "bench.gan.contract.built",
    "bench.gan.features": "bench.gan.data.classifier",
    "bench.gan.feature_networks": "bench.gan.data.own_features",
    "bench.gan.batches": "bench.gan.parts.needs",
    "bench.gan.networks.class_layers": "bench.gan.networks.pieces.classes",
    "bench.gan.networks.growing": "bench.gan.networks.pieces.growing",
    "bench.gan.networks.layers": "bench.gan.networks.inserts",
    "bench.gan.networks.style_layers": "bench.gan.networks.pieces.styles",
    "bench.gan.parts.regularizers.batches": "bench.gan.parts.regularizers.outputs",
    "bench.metrics.bounds": "bench.metrics.criterion.bounds",
    "bench.metrics.fourier": "bench.metrics.planar.fourier",
    "bench.metrics.mixture": "bench.metrics.planar.mixture",
    "bench.metrics.points": "bench.metrics.planar.planar",
    "bench.metrics.spiral": "bench.metrics.planar.spiral",
    "bench.metrics.trivial": "bench.metrics.criterion.trivial",
}
"""Old name -> new name."""


class _Finder(MetaPathFinder):
    """Finds a module by its old name, or by the old name of a package that it lies in."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The place of an old name; None for any other."""
        new = resolved(name)
        return None if new == name else ModuleSpec(name, _Loader(new))


class _Loader(Loader):
    """Gives the module of a new name in place of a second one."""

    def __init__(self, new: str) -> None:
        self._new = new

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module itself. Raises ModuleNotFoundError where its new name is none."""
        module = importlib.import_module(self._new)
        self._own = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Runs nothing: the module is there. It keeps the spec of its new name."""
        module.__spec__ = self._own


def resolved(name: str) -> str:
    """The present name of a module; the longest part of it that has moved decides.

    `bench.gan.regularizers.gradient` is in no table: it has moved with its package. A name that
    never moved is given back as it is.
    """
    old, rest = name, ""
    while old not in MOVED:
        old, dot, last = old.rpartition(".")
        if not dot:
            return name
        rest = f".{last}{rest}"
    return resolved(MOVED[old] + rest)


def install() -> None:
    """Let the old names be found.

    The finder comes first: a package under its old name has the folder of the new one, where
    Python's own finder would find each module once more and load it a second time.
    """
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
