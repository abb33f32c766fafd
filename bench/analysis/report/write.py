"""Contents -> files: index.html, report.md, and the tables and figures beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from bench import __version__
from bench.analysis import plots
from bench.analysis.frame import reading
from bench.analysis.frame.labels import slug
from bench.analysis.report import formats, html, samples, words
from bench.analysis.report.contents import Contents
from bench.analysis.report.figures import pictures
from bench.analysis.tables.answers import Answer

ROWS = 100
"""A longer table is named in the text, not shown."""


def write(contents: Contents, out: Path) -> list[Path]:
    """Write index.html, report.md, tables/ and figures/ below `out` -> the files. Raises OSError
    and, for samples that cannot be read, StoreError."""
    for folder in (out / "tables", out / "figures"):
        folder.mkdir(parents=True, exist_ok=True)
    files = _write_tables(contents, out / "tables")
    drawings = _draw_all(contents, out / "figures")
    files += [file for drawing in drawings for file in drawing.files]
    moving = _write_animations(contents, out / "figures")
    texts = {
        "index.html": html.html(contents, drawings, moving),
        "report.md": markdown(contents, drawings),
    }
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8")
    return [*(out / name for name in texts), *files, *moving.values()]


def _draw_all(contents: Contents, folder: Path) -> list[html.Drawing]:
    """The figures of all tasks and then those over them; of many trials, tasks side by side."""
    tasks, look = ["", *contents.tasks], plots.looks(contents.methods)
    if len(contents.trials) < reading.MANY or len(tasks) == 2:
        found = [_draw(contents, task, look, folder) for task in tasks]
    else:
        from joblib import Parallel, delayed

        work = (delayed(_draw)(contents.only(task), task, look, folder) for task in tasks)
        found = Parallel(n_jobs=-1)(work)
    return [drawing for own in [*found[1:], found[0]] for drawing in own]


def _draw(
    contents: Contents, task: str, look: Mapping[str, plots.Look], folder: Path
) -> list[html.Drawing]:
    return [
        html.Drawing.of(picture, *plots.save(picture.figure, folder / picture.name))
        for picture in pictures(contents, task, look)
    ]


def write_empty(message: str, out: Path) -> list[Path]:
    """Write a page that says why there is nothing to report -> the file. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "index.html").write_text(html.empty(message), encoding="utf-8")
    return [out / "index.html"]


def _write_tables(contents: Contents, folder: Path) -> list[Path]:
    files = []
    for name, table in {**contents.tables, "trials": contents.trials}.items():
        table.to_csv(file := folder / f"{name}.csv", index=False)
        files.append(file)
        shown = formats.readable(_columns(name, table))
        for ending, text in (("md", formats.markdown(shown)), ("tex", formats.latex(shown))):
            (file := folder / f"{name}.{ending}").write_text(f"{text}\n", encoding="utf-8")
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
    """What is shown of a table (see `formats.shown`), and of the trials what identifies them and
    how they ended; the CSV has everything."""
    return table[list(_OF_A_TRIAL)] if name == "trials" else formats.shown(table)


def _write_animations(contents: Contents, folder: Path) -> dict[str, Path]:
    """An animation per task whose samples were stored along training -> task: file."""
    look, files = plots.looks(contents.methods), {}
    for task in contents.tasks:
        trials = contents.compared[contents.compared["task"] == task]
        found = (samples.motion(trials[trials["method"] == method]) for method in look)
        motions = [motion for motion in found if motion is not None]
        if motions:
            files[task] = folder / f"{slug(task)}_training.webp"
            files[task].write_bytes(plots.animation(samples.real(trials), motions, look))
    return files


def _answer(answer: Answer) -> str:
    return " ".join(part for part in (answer.leads, answer.search, answer.unsure) if part)


def markdown(contents: Contents, drawn: Sequence[html.Drawing]) -> str:
    """The text of report.md; it refers to figures/ and tables/ beside it."""
    parts = [
        f"# {contents.title}",
        *_questions(contents),
        "## Answer",
        *words.missing(contents),
        "\n".join(f"* On **{a.task}**, {_answer(a)}" for a in contents.answers),
        "\n".join(f"* {line}" for line in words.limits(contents)),
        _run(contents),
        *_tables(contents, _FIRST),
        "## Figures",
        *(f"![{p.name}](figures/{p.name}.png)\n\n*{p.caption}*" for p in drawn),
        *_tables(contents, tuple(name for name in words.TABLES if name not in _FIRST)),
        "One row per trial: [tables/trials.csv](tables/trials.csv). The same as one page: "
        "[index.html](index.html).",
        _definitions(contents),
        _provenance(contents),
        _again(contents),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


_FIRST = ("ranking", "windows", "rescues", "references", "outcomes", "comparisons")


def _questions(contents: Contents) -> Iterator[str]:
    for sweep in contents.sweeps:
        if sweep.question:
            yield "\n".join(f"> {line}" for line in sweep.question.splitlines())


def _run(contents: Contents) -> str:
    groups = contents.trials.groupby("task", sort=False)
    tasks = "\n".join(f"* {words.task(own)}" for _, own in groups)
    return f"## What was run\n\n{words.size(contents.trials)}\n\n{tasks}"


def _tables(contents: Contents, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if name in contents.tables:
            title, note = words.TABLES[name]
            table = contents.tables[name]
            shown = formats.readable(_columns(name, table))
            text = formats.markdown(shown) if len(table) <= ROWS else f"{len(table)} rows:"
            note = note.format(success=contents.success)
            if name == "final_metrics":
                note += "\n\n" + "\n".join(f"* {line}" for line in words.instruments(contents))
            yield f"### {title}\n\n{note}\n\n{text}\n\n[CSV](tables/{name}.csv)"


def _definitions(contents: Contents) -> str:
    lines = ["## Definitions", "", "A trial's *verdict* is the first of these that holds:", ""]
    lines += [f"* `{verdict}`: {text}" for verdict, text in words.verdicts(contents)]
    lines += ["", "The *tail* is the last fifth of the evaluations. Metrics:", ""]
    lines += [f"* `{metric}`: {text}" for metric, text in words.metrics(contents)]
    lines += ["", "Statistics:", "", *(f"* {text}" for text in words.METHODS_TEXT)]
    return "\n".join(lines)


def _provenance(contents: Contents) -> str:
    lines = ["## Provenance"]
    for folder, known in words.provenance(contents):
        lines += ["", f"`{folder}`, reported by gan-stability-bench {__version__}", ""]
        lines += [f"* {key}: {value}" for key, value in known]
    return "\n".join(lines)


def _again(contents: Contents) -> str:
    lines = ["## How to run this again", "", "```sh", *words.again(contents), "```", ""]
    lines += ["A sweep runs only those trials that have no result in its folder yet.", ""]
    return "\n".join([*lines, "## Citation", "", "```bibtex", words.citation(contents), "```"])
