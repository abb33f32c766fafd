"""Reads a TOML file into the trials of a sweep, and refuses mistakes with their place. Loads no
TensorFlow."""

from bench.grid.files.stored import Lost, kept_files
from bench.grid.plugins import Plugin, load_plugins
from bench.grid.selection import select
from bench.grid.source import GridError
from bench.grid.sweep import Sweep, load

__all__ = [
    "GridError",
    "Lost",
    "Plugin",
    "Sweep",
    "kept_files",
    "load",
    "load_plugins",
    "select",
]
