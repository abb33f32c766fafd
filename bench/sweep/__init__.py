"""The command that trains: its plan, its progress, what it says at the end."""

from bench.sweep.command import main

__all__ = ["main"]
