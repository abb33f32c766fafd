"""Prints how long each command takes to say that a folder is not there; the aim is 0.3 s.

    python -m tests.performance.wrong_folder

The least of five runs each, and beside it the start of Python alone.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests import commands

WORDS = {
    "sweep": ["absent"],
    "status": ["absent"],
    "report": ["absent"],
    "replay": ["absent", "0"],
    "merge": ["absent", "into"],
    "pack": ["absent", "into"],
    "submit": ["absent"],
}


def seconds(words: list[str], folder: Path) -> float:
    """The least time of five runs."""
    taken = []
    for _ in range(5):
        begin = time.perf_counter()
        commands.run(words, folder)
        taken.append(time.perf_counter() - begin)
    return min(taken)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        print(f"{'python':10} {seconds([sys.executable, '-c', ''], place):.3f} s")
        for name, words in WORDS.items():
            print(f"{name:10} {seconds(commands.command(name, *words), place):.3f} s")


if __name__ == "__main__":
    main()
