"""python -m bench: the commands. The console script is `gan-bench`.

`gan-bench --completion SHELL` prints what lets a shell complete them (see `bench.completion`).
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import NoReturn

from bench import __version__
from bench.console import run
from bench.registry import suggest
from bench.vocabulary import errors

COMMANDS = {
    "sweep": "train what an experiment asks for and the store does not have yet",
    "status": "how a sweep stands, running or not",
    "catalogue": "what methods, losses, penalties ... there are, and what each of them does",
    "report": "turn results into tables and figures",
    "replay": "train one stored trial again, and compare",
    "merge": "put the results of several machines in one folder",
    "pack": "make a small copy of a results folder, to publish",
    "submit": "are results fit to stand beside others? Trains some of their trials again",
    "diagnose": "what can the log of a training that exists say, and what not?",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command by its name. Returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help"):
        print("usage: python -m bench COMMAND ... (or gan-bench COMMAND ...)\n")
        for name, text in COMMANDS.items():
            print(f"  {name:9} {text}")
        print("\npython -m bench.COMMAND --help shows its options")
        print(
            "gan-bench --completion SHELL prints a script that completes them: bash, zsh, fish ..."
        )
        return 0
    name, *rest = arguments
    if name == "--completion":
        return _completion(*rest[:1])
    if name == "--version":
        print(f"gan-stability-bench {__version__}")
        return 0
    if name not in COMMANDS:
        errors.say(f'unknown command "{name}"{suggest(name, COMMANDS)}')
        return 2
    code: int = importlib.import_module(f"bench.{name}").main(rest)
    return code


def _completion(shell: str = "bash") -> int:
    from bench.completion import NoCompletion
    from bench.completion import script as written

    try:
        print(written(shell, COMMANDS))
    except NoCompletion as error:
        errors.say(error)
        return 2
    return 0


def script() -> NoReturn:
    """The console script: a command that ends as `python -m bench` does."""
    run(main)


if __name__ == "__main__":
    run(main)
