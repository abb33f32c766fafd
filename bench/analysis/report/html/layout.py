"""The page as a whole: its sections in order, its style and its script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import NamedTuple

from bench import __version__
from bench.analysis.frame.labels import slug
from bench.analysis.report import words
from bench.analysis.report.contents import Contents
from bench.analysis.report.html.elements import Drawing, data_uri, definitions, items, table, text
from bench.analysis.report.html.trials import colours, seed_by_seed, trial_table

_HERE = Path(__file__).parent
_ROWS = 200
"""A longer table is not in the page: its CSV lies beside it."""


class Section(NamedTuple):
    """A chapter of the page: its address, its title, and what it says (HTML)."""

    name: str
    title: str
    body: str


def html(contents: Contents, drawings: Sequence[Drawing], moving: Mapping[str, Path]) -> str:
    """The page. `moving`: an animation (WebP) per task that has one."""
    final = ("final_metrics", "end_metrics", "other_metrics", "loss_variance")
    sections = [
        _answer(contents, drawings),
        _section(contents, drawings, "outcomes", "Outcomes", ("outcomes",), seed_by_seed(contents)),
        _section(contents, drawings, "training", "Training curves", final),
        _section(contents, drawings, "convergence", "Time to convergence", ("convergence",)),
        _section(
            contents, drawings, "sensitivity", "Hyper-parameters",
            ("sensitivity", "chosen", "transfer", "settings"),
        ),
        _section(contents, drawings, "profiles", "Over all tasks", ()),
        _section(contents, drawings, "cost", "Cost against quality", ()),
        _gallery(drawings, moving),
        _section(contents, drawings, "comparisons", "Comparisons", ("comparisons", "pairwise")),
        _trials(contents),
        _method(contents),
        _origin(contents),
    ]  # fmt: skip
    return _page(contents.title, _lead(contents), [s for s in sections if s.body])


def empty(message: str) -> str:
    """A page that says why there is nothing to report."""
    body = f'<p class="warning">{text(message)}</p>'
    return _page("Nothing to report yet", "", [Section("answer", "No results", body)])


def _page(title: str, lead: str, sections: Sequence[Section]) -> str:
    nav = "".join(f'<a href="#{s.name}">{s.title}</a>' for s in sections)
    main = "".join(f'<section id="{s.name}"><h2>{s.title}</h2>{s.body}</section>' for s in sections)
    return Template((_HERE / "page.html").read_text(encoding="utf-8")).substitute(
        title=escape(title),
        style=(_HERE / "style.css").read_text(encoding="utf-8") + colours(),
        script=(_HERE / "script.js").read_text(encoding="utf-8"),
        nav=nav,
        lead=lead,
        main=main,
        version=escape(__version__),
    )


def _lead(contents: Contents) -> str:
    paragraphs = (p for s in contents.sweeps for p in s.question.split("\n\n"))
    questions = (f'<p class="question">{escape(p)}</p>' for p in paragraphs if p)
    missing = (f'<p class="warning">{text(line)}</p>' for line in words.missing(contents))
    return "".join([*questions, *missing])


def _answer(contents: Contents, drawings: Sequence[Drawing]) -> Section:
    parts = []
    for answer in contents.answers:
        parts.append(f"<p><strong>{escape(answer.task)}:</strong> {text(answer.leads)}</p>")
        if answer.search:
            parts.append(f"<p>{text(answer.search)}</p>")
        if answer.unsure:
            parts.append(f'<p class="unsure">{text(answer.unsure)}</p>')
    limits = list(words.limits(contents))
    parts.append(f"<h3>What this data cannot say</h3>{items(limits)}" if limits else "")
    parts += _of(drawings, "answer")
    parts += _tables(contents, ("ranking", "windows", "rescues", "references"))
    runs = [words.task(own) for _, own in contents.trials.groupby("task", sort=False)]
    parts.append(f"<h3>What was run</h3><p>{words.size(contents.trials)}</p>{items(runs)}")
    return Section("answer", "Answer", "".join(parts))


def _section(
    contents: Contents,
    drawings: Sequence[Drawing],
    name: str,
    title: str,
    tables: tuple[str, ...],
    extra: str = "",
) -> Section:
    body = "".join([*_of(drawings, name), extra, *_tables(contents, tables)])
    return Section(name, title, body)


def _of(drawings: Sequence[Drawing], section: str) -> list[str]:
    return [drawing.html for drawing in drawings if drawing.section == section]


def _tables(contents: Contents, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if name in contents.tables:
            title, note = words.TABLES[name]
            numbers = contents.tables[name]
            note = note.format(success=contents.success)
            body = table(name, numbers) if len(numbers) <= _ROWS else _long(name, len(numbers))
            means = items(list(words.instruments(contents))) if name == "final_metrics" else ""
            yield f"<h3>{title}</h3><p class=note>{text(note)}</p>{means}{body}"


def _long(name: str, rows: int) -> str:
    return f"<p>{rows} rows: <code>tables/{name}.csv</code> beside this page has them.</p>"


def _gallery(drawings: Sequence[Drawing], moving: Mapping[str, Path]) -> Section:
    parts = []
    for task, file in moving.items():
        uri = data_uri(file.read_bytes(), "image/webp")
        caption = escape(f"Samples along training on {task}, of the median trial of each method.")
        image = f'<img class="photo" src="{uri}" alt="{caption}">'
        parts.append(
            f'<figure id="figure-{slug(task)}_training"><div class="wide">{image}</div>'
            f"<figcaption>{caption}</figcaption></figure>"
        )
    return Section("gallery", "Gallery", "".join([*parts, *_of(drawings, "gallery")]))


def _trials(contents: Contents) -> Section:
    commands = "\n".join(words.again_one(sweep) for sweep in contents.sweeps)
    body = (
        "<p>Every number above leads to its trials here. The last column is what the command below "
        f"takes as SELECTION to train a trial again:</p><pre>{escape(commands)}</pre>"
        '<p class="tools"><label>Filter <input type="search" id="filter" '
        'placeholder="ring8 diverged" autocomplete="off"></label> '
        '<span id="count" aria-live="polite"></span></p>'
    )
    return Section("trials", "Trials", body + trial_table(contents))


def _method(contents: Contents) -> Section:
    body = (
        f"<h3>Statistics</h3>{items(words.METHODS_TEXT)}<h3>Verdicts</h3>"
        "<p>A trial's verdict is the first of these that holds. The tail is the last fifth of the "
        f"evaluations.</p>{definitions(list(words.verdicts(contents)))}"
        f"<h3>Metrics</h3>{definitions(list(words.metrics(contents)))}"
    )
    return Section("methods", "Methods and definitions", body)


def _origin(contents: Contents) -> Section:
    parts = [
        f"<h3>{escape(folder)}</h3>{definitions(known)}"
        for folder, known in words.provenance(contents)
    ]
    commands = escape("\n".join(words.again(contents)))
    parts.append(f"<h3>Run it again</h3><pre>{commands}</pre>")
    parts.append(f"<h3>Citation</h3><pre>{escape(words.citation(contents))}</pre>")
    return Section("provenance", "Provenance and citation", "".join(parts))
