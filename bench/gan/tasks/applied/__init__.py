"""Tasks in which a generator is more than a sampler of noise: it acts, restores, or
fills the rows of a table."""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
