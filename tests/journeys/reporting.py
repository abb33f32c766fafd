"""What the journeys of the report have in common: made-up results, a plugin, and the command."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import NamedTuple

from tests import commands
from tests.analysis.synthetic import result, write


class Reported(NamedTuple):
    """What the command printed, and what it wrote."""

    code: int
    errors: str
    out: Path

    @property
    def page(self) -> str:
        return (self.out / "index.html").read_text(encoding="utf-8")

    @property
    def text(self) -> str:
        return (self.out / "report.md").read_text(encoding="utf-8")


def sweep(folder: Path) -> Path:
    """Results of two methods on two tasks, r1 on three seeds and ns on two."""
    made = [
        result(kind, method=method, task=task, seed=seed)
        for task in ("ring8", "grid25")
        for method, kind, seeds in (("r1", "converged", 3), ("ns", "stalled", 2))
        for seed in range(seeds)
    ]
    return write(folder / "results" / "x", made, '[analysis]\nbaseline = "ns"\n')


def report(folder: Path, plugin: str, *options: str) -> Reported:
    """Write a plugin beside results, and run the command on both."""
    file = folder / "my_report.py"
    file.write_text(textwrap.dedent(plugin), encoding="utf-8")
    out = folder / "out"
    done = commands.inside("report", sweep(folder), "-o", out, "--plugins", file, *options)
    return Reported(done.returncode, done.stderr, out)


def section_of(page: str, name: str) -> str:
    """The HTML of one section of the page."""
    return re.search(rf'<section id="{name}">.*?</section>', page, re.DOTALL)[0]


def chapter_of(text: str, title: str) -> str:
    """The Markdown of one chapter."""
    return text.partition(f"## {title}\n")[2].partition("\n## ")[0]
