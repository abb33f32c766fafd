"""Completion of the command `gan-bench` in a shell: a script, written once and sourced.

    gan-bench --completion bash > ~/.local/share/bash-completion/completions/gan-bench

It is made of the parsers of the commands by shtab, so that a key pressed in a shell starts no
Python, and a command knows nothing of it. Names of methods, parts and tasks are those of the day on
which it was written.
"""

from __future__ import annotations

import argparse
import importlib
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from bench import registry
from bench.catalogue import PLURALS
from bench.gan import load_parts, methods
from bench.trial import Status

PROGRAM = "gan-bench"


class NoCompletion(Exception):
    """A script that cannot be written; the message says why."""


def script(shell: str, commands: Mapping[str, str]) -> str:
    """The script of a shell, of commands by their names with a line about each. Raises
    NoCompletion."""
    try:
        import shtab
    except ImportError as error:
        text = 'completion needs shtab: pip install "gan-stability-bench[completion]"'
        raise NoCompletion(text) from error
    if shell not in shtab.SUPPORTED_SHELLS:
        known = ", ".join(shtab.SUPPORTED_SHELLS)
        raise NoCompletion(f'no completion for "{shell}" (there is: {known})')
    load_parts()
    root = argparse.ArgumentParser(PROGRAM)
    root.add_argument("--version", action="store_true")
    root.add_argument("--completion", choices=shtab.SUPPORTED_SHELLS)
    places = root.add_subparsers()
    for name, about in commands.items():
        own = importlib.import_module(f"bench.{name}")
        parser = getattr(importlib.import_module(own.main.__module__), "_parser")()  # noqa: B009
        for action in parser._actions:
            _complete(action, shell, shtab)
        places.add_parser(name, help=about, parents=[parser], add_help=False)
    made: str = shtab.complete(root, shell, preamble=_preamble() if shell == "bash" else "")
    return made


def _complete(action: Any, shell: str, shtab: Any) -> None:
    """Say what a shell may offer for an argument."""
    names = {
        "kind": ["methods", "traits", *PLURALS],
        "compare": list(methods.CATALOGUE),
        "retry": [str(status) for status in Status if status.failed],
        "name": sorted({name for own in _named().values() for name in own}),
    }
    if action.dest == "name" and shell == "bash":
        action.complete = {"bash": _NAMES}  # of the kind that stands before it
    elif action.dest in names:
        action.choices = names[action.dest]
    elif getattr(action.type, "__name__", "") == "Path" or action.metavar == "FILE":
        action.complete = shtab.FILE


_NAMES = "_gan_bench_names"


def _preamble() -> str:
    """A function of bash: the names of the kind that was written before."""
    cases = "\n".join(
        f'    {plural}) compgen -W {shlex.quote(" ".join(names))} -- "$1" ;;'
        for plural, names in _named().items()
    )
    return f'{_NAMES}() {{\n  case "${{COMP_WORDS[COMP_CWORD-1]}}" in\n{cases}\n  esac\n}}\n'


def _named() -> dict[str, Iterable[str]]:
    """Kind, in the plural -> the names that there are of it."""
    parts = {plural: [p.name for p in registry.KINDS[kind]] for plural, kind in PLURALS.items()}
    return {"methods": list(methods.CATALOGUE), **parts, "traits": list(PLURALS)}
