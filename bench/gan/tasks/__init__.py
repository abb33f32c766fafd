"""Tasks: what is to be learned, and by which two networks.

A registered function says how to draw real samples and how to measure generated ones (see
`Distribution`); its keyword-only arguments are options of its own. Its decorator is told all else:
the shape of a sample, the defaults of the common options (network, batch, latent, units, width),
the recommended number of `steps`, and the `hparams` that are bound to the scale of the data,
learning rates and penalty strengths. A strength means nothing without the scaling of the data
(multiply the data by s, and a squared gradient norm is divided by s^2), so a task's strengths
override a method's own.

All modules of this folder are imported here, so a new task is one file.
"""

import importlib
import pkgutil

from bench.gan.tasks import decorator  # noqa: F401  (before any module that has tasks)
from bench.gan.tasks.task import LATER, NETWORKS, BadOption, Criterion, Distribution, Task, build

__all__ = ["LATER", "NETWORKS", "BadOption", "Criterion", "Distribution", "Task", "build"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
