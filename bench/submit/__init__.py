"""The command that looks at results as a stranger would, before they stand beside others."""

from bench.submit.command import main

__all__ = ["main"]
