"""A random sample of cosmic-ray's mutants against the tests that run the changed line.

    python -m tests.mutation.covered map.json              # an hour: which test runs which line
    python -m tests.mutation.sampled map.json              # hours: a sample, into sampled.csv
    python -m tests.mutation.sampled map.json --survivors  # those that lived, again

The sample is stratified by lines: each room has its share of 300 by its lines of code, each line of
a room the same chance, each mutant of a line too. Left out are mutants of annotations (nothing runs
them), and those that take away a decorator of the house's own kind (`lru_cache`, `cache`), which
change speed only. A mutant is killed by a test that fails, an import that fails, or by taking more
than TIMEOUT seconds and ten times what its tests take.
"""

from __future__ import annotations

import argparse
import ast
import csv
import difflib
import json
import random
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.mutation import quick, scratch
from tests.mutation.covered import Map
from tests.mutation.near import NEAR

ROOMS = ("metrics", "analysis/statistics", "analysis/verdicts", "grid", "store", "runner")
ROOMS += ("gan/parts",)

SEED, NUMBER = 13, 300
UNTRIED = "?"
TIMEOUT = 60.0

TABLE = Path(__file__).parent / "sampled.csv"
COLUMNS = ("room", "file", "line", "operator", "occurrence", "old", "new", "found", "why")
"""Of a row; `found` is the test that fails, or empty, and then `why` says what the matter is."""

Row = dict[str, Any]


class Mutant(NamedTuple):
    """A small change that cosmic-ray makes to a file."""

    file: str
    """The file, relative to the root."""
    operator: str
    """The name of cosmic-ray's operator."""
    occurrence: int
    """Its place among all that the operator can do to the file."""
    line: int
    """The line that changes."""


def mutants(file: str) -> Iterator[Mutant]:
    """All mutants of a file."""
    from cosmic_ray.ast import ast_nodes, get_ast_from_path
    from cosmic_ray.plugins import get_operator, operator_names

    path = scratch.ROOT / file
    silent = _silent(path.read_text(encoding="utf-8"))
    tree = get_ast_from_path(path)
    for name in operator_names():
        made = get_operator(name)
        if made.arguments():
            continue
        places = [p for node in ast_nodes(tree) for p in made().mutation_positions(node)]
        for occurrence, (start, _) in enumerate(places):
            if not any(begin <= start < end for begin, end in silent):
                yield Mutant(file, name, occurrence, start[0])


def _silent(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """The spans of annotations, and of decorators that only keep what was computed."""
    found: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found += [node.returns]
            found += [d for d in node.decorator_list if "cache" in ast.unparse(d)]
        elif isinstance(node, ast.arg | ast.AnnAssign):
            found += [node.annotation]
    nodes = [n for n in found if n is not None]
    return [
        ((n.lineno, max(0, n.col_offset - 1)), (n.end_lineno or 0, n.end_col_offset or 0))
        for n in nodes
    ]


def mutated(mutant: Mutant) -> tuple[str, str]:
    """The text of the file, and the changed text."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    text = (scratch.ROOT / mutant.file).read_text(encoding="utf-8")
    new = mutate_code(text, get_operator(mutant.operator)(), mutant.occurrence)
    return text, new or text


def _made(mutant: Mutant) -> bool:
    """False for what cosmic-ray cannot do: it takes the name of an exception for one word."""
    try:
        old, new = mutated(mutant)
    except AttributeError:
        return False
    return old != new


def _compiles(mutant: Mutant) -> bool:
    """False for a mutant that is no Python, such as one of the star before named arguments."""
    try:
        compile(mutated(mutant)[1], mutant.file, "exec")
    except (AttributeError, SyntaxError):
        return False
    return True


def sample(seed: int, number: int) -> list[Mutant]:
    """`number` mutants of all rooms."""
    chance, other = random.Random(seed), random.Random(seed + 1)
    files = {room: sorted((scratch.ROOT / "bench" / room).rglob("*.py")) for room in ROOMS}
    lines = {room: sum(_code(f.read_text()) for f in own) for room, own in files.items()}
    chosen = []
    for room, own in files.items():
        by_line = _by_line(own)
        share = round(number * lines[room] / sum(lines.values()))
        for place in chance.sample(sorted(by_line), share):
            found = chance.choice(by_line[place])
            while not _made(found):
                found = chance.choice(by_line[chance.choice(sorted(by_line))])
            while not _compiles(found):
                found = other.choice(by_line[other.choice(sorted(by_line))])
            chosen.append(found)
    return chosen


def _by_line(files: Iterable[Path]) -> dict[tuple[str, int], list[Mutant]]:
    """(file, line) -> its mutants."""
    found: dict[tuple[str, int], list[Mutant]] = {}
    for file in files:
        for mutant in mutants(file.relative_to(scratch.ROOT).as_posix()):
            found.setdefault((mutant.file, mutant.line), []).append(mutant)
    return found


def _code(text: str) -> int:
    """The number of lines that are neither empty nor part of a docstring."""
    tree, strings = ast.parse(text), set[int]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            strings |= set(range(node.lineno, (node.end_lineno or 0) + 1))
    lines = enumerate(text.splitlines(), 1)
    return sum(bool(line.strip()) and i not in strings for i, line in lines)


def difference(old: str, new: str) -> tuple[str, str]:
    """The lines that differ, stripped."""
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm=""))[2:]
    sides = [[s[1:].strip() for s in lines if s[0] == sign] for sign in "-+"]
    return " / ".join(sides[0]), " / ".join(sides[1])


class Job(NamedTuple):
    """A mutant with its text and its tests."""

    mutant: Mutant
    """The mutant."""
    text: str
    """The text of its file."""
    new: str
    """The mutated text."""
    tests: tuple[str, ...]
    """The tests that run its line, the most telling first."""
    seconds: float
    """Time after which it counts as killed."""

    @classmethod
    def of(cls, mutant: Mutant, known: Map) -> Job:
        """The job of a mutant."""
        text, new = mutated(mutant)
        near = [f"tests/{n}" for k, own in NEAR.items() for n in own if mutant.file.startswith(k)]
        tests = (*known.tests(mutant.file, mutant.line, text), *near)
        usual = sum(known.seconds.get(name, 10) for name in tests)
        return cls(mutant, text, new, tests, max(TIMEOUT, 10 * usual))


def _quickly(folder: Path, jobs: list[Job], keep: Callable[[Job, str], None]) -> list[Job]:
    """Try all jobs that can be tried so in forks of one session -> those that are left: what lives
    there, and what changes a module beyond its functions."""
    able = [job for job in jobs if quick.able(job.tests, job.text, job.new)]
    killed = folder / "killed.txt"

    def work(attempt: quick.Try) -> None:
        with killed.open("w") as file:
            for place, job in enumerate(able):
                own = job.mutant.file, job.text, job.new, job.tests, job.seconds
                if found := attempt(*own):
                    print(place, found, file=file, flush=True)
                    print(found, flush=True)

    files = sorted({test.partition("::")[0] for job in able for test in job.tests})
    quick.session(folder, files, work)
    found = dict(line.split(" ", 1) for line in killed.read_text().splitlines())
    for place, test in found.items():
        keep(able[int(place)], test)
    gone = {able[int(place)].mutant for place in found}
    return [job for job in jobs if job.mutant not in gone]


def anew(folder: Path, job: Job, whole: bool) -> str:
    """Run a mutant's tests with all modules imported anew -> the test that finds it. Where none is
    known, or `whole`, those of the mirror folder too."""
    mirror = str(Path(job.mutant.file).parent).replace("bench", "tests", 1)
    groups = [job.tests] if job.tests else []
    groups += [(mirror,)] if (whole or not job.tests) and (folder / mirror).exists() else []
    with scratch.changed(folder / job.mutant.file, job.new):
        for names in groups:
            if found := scratch.pytest(folder, ["-x", *names], job.seconds).found:
                return found
    return ""


def _room(file: str) -> str:
    return next(room for room in ROOMS if file.startswith(f"bench/{room}/"))


def read(table: Path = TABLE) -> list[Row]:
    """The rows of the table; none where there is no table."""
    if not table.exists():
        return []
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(rows: Iterable[Row], table: Path = TABLE) -> None:
    """Store the rows."""
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def current(row: Row) -> Mutant | None:
    """The mutant of a stored row in the text of today; None where its line has gone."""
    wanted = (row["old"], row["new"])
    stored = Mutant(row["file"], row["operator"], int(row["occurrence"]), int(row["line"]))
    if difference(*mutated(stored)) == wanted:
        return stored
    same = [m for m in mutants(row["file"]) if m.operator == row["operator"]]
    alike = [m for m in same if difference(*mutated(m)) == wanted]
    return min(alike, key=lambda m: abs(m.line - stored.line), default=None)


def draw() -> list[Row]:
    """The rows of a new sample, none of them tried."""
    rows = []
    for mutant in sample(SEED, NUMBER):
        old, new = difference(*mutated(mutant))
        about = {"room": _room(mutant.file), **mutant._asdict(), "old": old, "new": new}
        rows.append(about | {"found": UNTRIED, "why": ""})
    return rows


def main() -> None:
    """The command line."""
    made = argparse.ArgumentParser(prog="tests.mutation.sampled", description=__doc__)
    made.add_argument("maps", nargs="+", type=Path, help="what tests.mutation.covered has written")
    made.add_argument("--survivors", action="store_true", help="try those that live once more")
    made.add_argument("--rooms", nargs="*", default=ROOMS, help="of these rooms only")
    made.add_argument("--quick", action="store_true", help="see tests.mutation.quick")
    made.add_argument("--table", type=Path, default=TABLE, help="another table than sampled.csv")
    options = made.parse_args()
    known = Map.of(json.loads(path.read_text()) for path in options.maps)
    rows = read(options.table) or draw()
    write(rows, options.table)
    wanted = "" if options.survivors else UNTRIED
    chosen = [r for r in rows if r["found"] == wanted and r["room"] in options.rooms]
    jobs = {}
    for row in chosen:
        if mutant := current(row):
            jobs[Job.of(mutant, known)] = row

    def keep(job: Job, found: str) -> None:
        jobs[job].update(found=found, line=job.mutant.line, occurrence=job.mutant.occurrence)
        write(rows, options.table)
        place = f"{job.mutant.file}:{job.mutant.line}"
        print(found or f"LIVES {place} {jobs[job]['new']}", flush=True)

    scratch.warm()
    with scratch.copy() as folder:
        left = _quickly(folder, list(jobs), keep) if options.quick else list(jobs)
        for job in left:
            keep(job, anew(folder, job, options.survivors))
    print(report(rows))


def report(rows: Iterable[Row]) -> str:
    """The counts of each room, as a table."""
    rows = list(rows)
    shown = ["| room | mutants | killed |  |", "|---|---|---|---|"]
    for room in (*ROOMS, ""):
        own = [r for r in rows if r["room"] == room or not room]
        killed = sum(r["found"] not in ("", UNTRIED) for r in own)
        share = f"{killed / max(len(own), 1):.0%}"
        shown.append(f"| {room or 'all'} | {len(own)} | {killed} | {share} |")
    commit = ["git", "rev-parse", "--short", "HEAD"]
    at = subprocess.run(commit, cwd=scratch.ROOT, capture_output=True, text=True).stdout.strip()
    return "\n".join([*shown, "", f"Seed {SEED}, at commit {at}."])


if __name__ == "__main__":
    main()
