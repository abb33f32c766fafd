"""Findings -> files: index.html, report.md, and the tables and figures beside them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import chain, product
from pathlib import Path

import pandas as pd
from joblib import delayed

from bench.analysis import declared, plots
from bench.analysis.frame import cores, reading
from bench.analysis.frame.cores import over_cores
from bench.analysis.guards import ours, say_nothing_to_show
from bench.analysis.report import FORMATS, chapters, contents, formats, html, sections
from bench.analysis.report.drawing import Drawing, draw_all
from bench.analysis.report.figures import check_file_names
from bench.analysis.report.markdown import markdown
from bench.analysis.report.paper.latex import latex
from bench.analysis.tables.findings import Findings
from bench.console import count


def write(
    findings: Findings,
    out: Path,
    tell: Callable[[str], None] = contents.silent,
    endings: Collection[str] = FORMATS,
) -> list[Path]:
    """Write index.html, report.md, tables/ and figures/ below `out` -> the files, the page first.
    `tell` is told how far it is. `endings`: the formats of tables and figures. Raises OSError,
    BadDeclaration where a plugin's figure or text fails and, for samples that cannot be read,
    StoreError."""
    check_file_names(declared.FIGURES.values(), findings.tasks)
    for folder in (out / "tables", out / "figures"):
        folder.mkdir(parents=True, exist_ok=True)
    files = _write_tables(findings, out / "tables", endings)
    drawings = _draw_all(findings, out / "figures", tell, endings)
    files += [file for drawing in drawings for file in drawing.files]
    lead = list(chapters.said((sections.lead,), findings))
    found = chapters.chapters(findings, drawings)
    tell("the page ...")
    texts = {
        "index.html": html.html(findings, lead, found),
        "report.md": markdown(findings.title, lead, found),
    }
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8", errors="replace")
    return [*(out / name for name in texts), *files]


def _draw_all(
    findings: Findings,
    folder: Path,
    tell: Callable[[str], None] = contents.silent,
    endings: Collection[str] = FORMATS,
) -> list[Drawing]:
    """The figures of all tasks and then those over them. Those of plugins are drawn first, here;
    the others by forks of this process, or of many trials by processes that do not know them, tasks
    side by side."""
    tasks, figures = [*findings.tasks, ""], list(declared.FIGURES.values())
    own = [figure for figure in figures if ours(figure.draw)]
    rest = [figure for figure in figures if figure not in own]
    # A plugin's figure that is none is refused before the minutes that the others take.
    found = [draw_all(findings, task, rest, folder, endings) for task in tasks]
    if cores.alone() and cores.count() > 1:
        tell(f"{count(len(tasks) - 1, 'task')}: figures, side by side ...")
        if "pdf" in endings:
            plots.prepare()
        each = ((t, f) for t in tasks for f in own if f.over_tasks == (not t))
        found += over_cores(
            delayed(draw_all)(findings, task, [one], folder, endings) for task, one in each
        )
    elif len(findings.trials) < reading.MANY or len(tasks) == 2:
        for i, task in enumerate(tasks):
            tell(f"figures of {task or 'all tasks'} ({i + 1} of {len(tasks)}) ...")
            found.append(draw_all(findings, task, own, folder, endings))
    else:
        tell(f"figures of {len(tasks) - 1} tasks, side by side ...")
        given = own, folder, endings
        work = (delayed(draw_all)(findings.only(task), task, *given) for task in tasks)
        found += over_cores(work)
    places = {(task, f.name): n for n, (task, f) in enumerate(product(tasks, figures))}
    drawings = sorted(chain(*found), key=lambda drawing: places[drawing.task, drawing.kind])
    drawn = {drawing.kind for drawing in drawings}
    for figure in figures:
        if figure.name not in drawn:
            say_nothing_to_show(figure.name, figure.draw)
    return drawings


def write_empty(message: str, out: Path) -> list[Path]:
    """Write a page that says why there is nothing to report -> the file. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "index.html").write_text(html.empty(message), encoding="utf-8", errors="replace")
    return [out / "index.html"]


def _write_tables(
    findings: Findings, folder: Path, endings: Collection[str] = FORMATS
) -> list[Path]:
    files = []
    for name, table in {**findings.tables, "trials": findings.trials}.items():
        table.to_csv(file := folder / f"{name}.csv", index=False, errors="replace")
        files.append(file)  # whatever is asked for: report.md leads to it
        shown = formats.readable(_columns(name, table))
        words = formats.worded(table)
        title = declared.TABLES[name].title if name in declared.TABLES else name.capitalize()
        head = f"{title}: {findings.title}", f"tab:{name}"
        for ending in (ending for ending in ("md", "tex") if ending in endings):
            paper = ending == "tex"
            text = latex(shown, words, *head) if paper else formats.markdown(shown, words)
            file = folder / f"{name}.{ending}"
            file.write_text(f"{text}\n", encoding="utf-8", errors="replace")
            files.append(file)
    return files


_OF_A_TRIAL = (
    "id",
    "task",
    "method",
    "seed",
    "status",
    "outcome",
    "q_tail",
    "steps_done",
    "seconds",
)


def _columns(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """The columns that are shown (see `formats.shown`): of the trials those that identify them and
    say how they ended. The CSV has everything."""
    return table[list(_OF_A_TRIAL)] if name == "trials" else formats.shown(table)
