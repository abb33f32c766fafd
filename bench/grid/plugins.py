"""Loads plugins: a user's own Python files, which register parts as the modules of `bench.gan` do,
and installed packages that do so by an entry point of the group "gan_stability_bench"."""

from __future__ import annotations

import linecache
import os
import sys
import traceback
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from bench import registry
from bench.grid.contained import contained
from bench.grid.source import GridError
from bench.store import files
from bench.trial import Method, digest
from bench.vocabulary import errors
from bench.vocabulary.interrupts import Interrupts

GROUP = "gan_stability_bench"
_LONGEST = 300
_PLAYERS = ("generator", "discriminator")


@dataclass(frozen=True)
class Plugin:
    """A plugin as it was when the sweep was read. These very lines run wherever a trial is trained,
    even where the file has changed meanwhile or the machine does not have it."""

    path: Path
    """The file."""
    source: bytes
    """Its content."""
    program: bool = False
    """True for a file of a trainer, which other processes run: it registers nothing here."""

    @classmethod
    def of(cls, file: Path) -> Plugin:
        """The plugin in a file. Raises OSError, in words where it is no file."""
        return cls(file.resolve(), files.read(file, files.LARGEST_TEXT))

    @cached_property
    def digest(self) -> str:
        """16 hex digits of its content."""
        return digest(self.source)

    @property
    def module(self) -> str:
        """The name of its module: the same each time, because a registry lets only the same module
        define a part again."""
        place = digest(os.fsencode(self.path))[:8]
        return f"bench_plugin_{self.path.stem}_{place}"


def load_plugins(plugins: Iterable[Plugin]) -> None:
    """Import installed plugins and run those of a sweep: `bench.registry` then knows their parts.

    A process that trains the trials of a sweep calls this as well, with `Sweep.plugins`.
    Raises GridError with the line of the plugin, or the name of the package, that failed.
    """
    _load_installed()
    for plugin in plugins:
        registry.programs[plugin.digest] = plugin.source
        if not plugin.program:
            _load(plugin)


def _load_installed() -> None:
    """Import the modules that installed packages offer under the entry point group `GROUP`."""
    for point in entry_points(group=GROUP):
        interrupts = Interrupts()
        try:
            with contained(point.value), interrupts.watched():
                point.load()
        except BaseException as error:
            if interrupts.caused(error):
                raise
            raise GridError(f"plugin {point.name} ({point.value}): {_reason(error)}") from error


def used(
    task: str, method: Method, options: Mapping[str, Any], plugins: Iterable[Plugin]
) -> Mapping[str, str]:
    """File name -> digest of each plugin that decides the result of a trial: it defines the task, a
    network, a part of the method, or a metric. A changed plugin is then a changed trial."""
    parts = [("task", task), *method.parts(), *(("metric", part.name) for part in registry.metric)]
    if options.get("network"):
        parts.append(("network", options["network"]))
    modules = {registry.KINDS[kind][name].fn.__module__ for kind, name in parts}
    networks = {str(options.get(player, "")).partition(":")[0] for player in _PLAYERS}
    return {
        p.path.name: p.digest for p in plugins if p.module in modules or p.path.stem in networks
    }


def _load(plugin: Plugin) -> None:
    file = str(plugin.path)
    module = types.ModuleType(plugin.module)
    module.__file__ = file
    sys.modules[plugin.module] = module
    lines = plugin.source.decode(errors="replace").splitlines(keepends=True)
    linecache.cache[file] = (len(plugin.source), None, lines, file)  # for tracebacks
    interrupts = Interrupts()
    try:
        with contained(file), interrupts.watched():
            exec(compile(plugin.source, file, "exec"), module.__dict__)
    except BaseException as error:
        sys.modules.pop(plugin.module, None)
        if interrupts.caused(error):
            raise
        raise GridError(f"{file}:{_line(plugin.path, error)}: {_reason(error)}") from error
    registry.files[plugin.path.stem] = module


def _line(file: Path, error: BaseException) -> int:
    """The last line of the plugin that ran."""
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame.lineno for frame in frames if frame.filename == str(file)]
    return (own[-1] if own else None) or 1


def _reason(error: BaseException) -> str:
    """An error of a plugin in words."""
    if isinstance(error, registry.BadPart):
        return str(error)
    reason = str(error.msg) if isinstance(error, SyntaxError) else errors.text(error)
    reason = " ".join(reason.split())[:_LONGEST]
    words = f"{type(error).__name__}: {reason}".removesuffix(": ")
    ends = not isinstance(error, Exception)
    return f"{words}: it ends the program; a plugin only registers parts" if ends else words
