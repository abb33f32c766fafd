"""The sections of a report, in order. The page and report.md walk the same tuple."""

from __future__ import annotations

from collections.abc import Iterator

from bench import __version__
from bench.analysis import declared
from bench.analysis.declared import Section
from bench.analysis.report import figures as _figures
from bench.analysis.report import tables as _tables
from bench.analysis.report import words
from bench.analysis.report.blocks import Block, Code, Heading, Items, Panel, Paragraph, Terms
from bench.analysis.report.texts import METHODS_TEXT
from bench.analysis.tables.findings import Findings


def lead(findings: Findings) -> Iterator[Block]:
    """The text above all sections: the sweeps' questions, and the trials that are missing."""
    for sweep in findings.sweeps:
        for paragraph in filter(None, sweep.question.split("\n\n")):
            yield Paragraph(paragraph, "question")
        for fault in (*sweep.faults, *sweep.absent):
            yield Paragraph(fault, "warning")
    for line in words.missing(findings):
        yield Paragraph(line, "warning")


def _answers(findings: Findings) -> Iterator[Block]:
    for answer in findings.answers:
        yield Paragraph(f"**{answer.task}:** {answer.leads}")
        if answer.search:
            yield Paragraph(answer.search)
        if answer.unsure:
            yield Paragraph(answer.unsure, "unsure")


def _limits(findings: Findings) -> Iterator[Block]:
    if limits := list(words.limits(findings)):
        yield Heading("Limits of this data")
        yield Items(limits)


def _run(findings: Findings) -> Iterator[Block]:
    yield Heading("Trials that were run")
    yield Paragraph(words.size(findings.trials))
    groups = findings.trials.groupby("task", sort=False)
    yield Items([words.task(own) for _, own in groups])


def _seeds(findings: Findings) -> Iterator[Block]:
    yield Panel("seeds", "its letters lead to the rows of the page's own table of trials")


def _trials(findings: Findings) -> Iterator[Block]:
    yield Panel(
        "trials",
        "it has a row per trial, which a reader sorts and filters",
        "One row per trial: [tables/trials.csv](tables/trials.csv). The page "
        "[index.html](index.html) has this report with a table of trials that can be filtered.",
    )


def _definitions(findings: Findings) -> Iterator[Block]:
    yield Heading("Statistics")
    yield Items(METHODS_TEXT)
    yield Heading("Verdicts")
    yield Paragraph(
        "The rules are tried in a fixed order, and the first that holds gives a trial its verdict. "
        "Listed are the verdicts that occur here. The tail is the last fifth of the evaluations."
    )
    yield Terms(list(words.verdicts(findings)))
    yield Heading("Metrics")
    yield Terms(list(words.metrics(findings)))


def _origin(findings: Findings) -> Iterator[Block]:
    for folder, known in words.provenance(findings):
        yield Heading(folder)
        yield Terms([*known, ("reported by", f"gan-stability-bench {__version__}")])
    yield Heading("Run it again")
    yield Code("\n".join(words.again(findings)), "sh")
    yield Paragraph("A sweep runs only those trials that have no result in its folder yet.")
    yield Heading("Citation")
    yield Code(words.citation(findings), "bibtex")


SECTIONS = (
    Section(
        "answer",
        "Answer",
        opening=(_answers, _limits),
        figures=("ranking", "bands", "windows"),
        tables=("ranking", "windows", "rescues", "references"),
        closing=(_run,),
    ),
    Section("outcomes", "Outcomes", figures=("outcomes",), between=(_seeds,), tables=("outcomes",)),
    Section(
        "training",
        "Training curves",
        figures=("curves", "own_curves", "losses"),
        tables=("final_metrics", "end_metrics", "other_metrics", "loss_variance"),
    ),
    Section("convergence", "Time to convergence", figures=("survival",), tables=("convergence",)),
    Section(
        "sensitivity",
        "Hyper-parameters",
        figures=("maps", "best_of_k"),
        tables=("sensitivity", "chosen", "transfer", "settings"),
    ),
    Section("profiles", "Over all tasks", figures=("profiles", "critical_difference")),
    Section("cost", "Cost against quality", figures=("cost",)),
    Section("gallery", "Gallery", figures=("training", "gallery", "samples")),
    Section("comparisons", "Comparisons", tables=("comparisons", "pairwise")),
    Section("trials", "Trials", opening=(_trials,)),
    Section("methods", "Methods and definitions", opening=(_definitions,)),
    Section("provenance", "Provenance and citation", opening=(_origin,)),
)


def sections() -> tuple[Section, ...]:
    """All sections in order, with those of plugins. Raises BadDeclaration (see
    `declared.arranged`)."""
    return declared.arranged(SECTIONS)


_DECLARING = (_figures, _tables)  # their modules declare what the sections above name
declared.load("bench.analysis.tables")

sections()
