"""The documents that a visitor reads, and what is shown in them: examples, links, sections."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


README, MANUAL, FOUND = map(text, ("README.md", "experiments/README.md", "report/README.md"))
CONTRIBUTING = text("CONTRIBUTING.md")

DOCUMENTS = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "report/README.md", "results/README.md"),
    *("experiments/README.md", "experiments/cluster.md", "tests/mutation/README.md"),
)


def examples(document: str) -> dict[str, str]:
    """Name of a file -> its text, of all that a document shows under `<!-- example: NAME -->`."""
    found = re.findall(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```", document, re.DOTALL)
    assert found
    assert len({name for name, _ in found}) == len(found)
    return dict(found)


def section(document: str, title: str) -> str:
    """The text below a heading, down to the next one of its level or above; lines are joined."""
    (level,) = re.findall(rf"^(#+) {re.escape(title)}$", document, re.MULTILINE)
    after = document.partition(f"\n{level} {title}\n")[2]
    own = re.split(rf"^#{{1,{len(level)}}} ", after, maxsplit=1, flags=re.MULTILINE)[0]
    return " ".join(own.split())


def prose(document: str) -> str:
    """A document without its blocks of code."""
    return re.sub(r"^( *)```.*?^\1```$", "", document, flags=re.DOTALL | re.MULTILINE)


def headings(document: str) -> list[str]:
    return re.findall(r"^#+ (.*)$", prose(document), re.MULTILINE)


def anchor(heading: str) -> str:
    """The end of an address by which GitHub leads to a heading."""
    shown = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")


def links(document: str) -> list[str]:
    """The targets of a document's links and pictures that lead to no other site."""
    found = re.findall(r"\]\(([^)\s]+)\)", prose(document))
    return [target for target in found if "://" not in target]


def tracked(*folders: str) -> list[Path]:
    """The files that git has, below folders or all. Outside of a checkout nobody can say which of
    the files there are the project's and which its user's: then the test is skipped."""
    listing = ["git", "-C", str(ROOT), "ls-files", "-z", "--", *folders]
    try:
        listed = subprocess.run(listing, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"not in a checkout of git: {error}")
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file()]  # one that was deleted is still listed
