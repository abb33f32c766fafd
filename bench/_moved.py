"""Names of modules that have moved, for plugins and notebooks that still say the old ones.

`import bench.gan.features` gives the module `bench.gan.data.classifier`: the same object, so that
nothing exists twice.
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
    "contract": ("behaviour", "declared"),
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
    "bench.cost": "bench.gan.methods.cost",
    "bench.gan.features": "bench.gan.data.classifier",
    "bench.gan.feature_networks": "bench.gan.data.own_features",
    "bench.gan.batches": "bench.gan.parts.needs",
    "bench.metrics.bounds": "bench.metrics.criterion.bounds",
    "bench.metrics.mixture": "bench.metrics.planar.mixture",
    "bench.metrics.points": "bench.metrics.planar.planar",
    "bench.metrics.spiral": "bench.metrics.planar.spiral",
    "bench.metrics.trivial": "bench.metrics.criterion.trivial",
}
"""Old name -> new name."""


class _Moved(MetaPathFinder, Loader):
    """Finds a module by its old name."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The place of an old name; None for any other."""
        return ModuleSpec(name, self) if name in MOVED else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module itself, under its new name."""
        module = importlib.import_module(MOVED[spec.name])
        self._own = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Runs nothing: the module is there. It keeps the spec of its new name."""
        module.__spec__ = self._own


def install() -> None:
    """Let the old names be found, after all others."""
    if not any(isinstance(finder, _Moved) for finder in sys.meta_path):
        sys.meta_path.append(_Moved())
