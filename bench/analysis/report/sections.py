"""The sections of a report, in order. The page and report.md walk the same tuple."""

from __future__ import annotations

from collections.abc import Iterator

from bench import __version__
from bench.analysis import declared
from bench.analysis.declared import Section
from bench.analysis.report import figures as _figures
from bench.analysis.report import raced, words
from bench.analysis.report import tables as _tables
from bench.analysis.report.blocks import (
    Block,
    Cell,
    Code,
    Fold,
    Heading,
    Items,
    Matrix,
    Panel,
    Paragraph,
    Terms,
)
from bench.analysis.report.figures.over_tasks import mean_ranks
from bench.analysis.report.texts import METHODS_TEXT
from bench.analysis.tables import answers, apart, effects, peaks, remedies
from bench.analysis.tables.findings import Findings


def lead(findings: Findings) -> Iterator[Block]:
    """The text above all sections: the trials that are missing, and the sweeps' questions."""
    for question in dict.fromkeys(sweep.question for sweep in findings.sweeps):
        paragraphs = [p for p in question.split("\n\n") if p]
        if paragraphs:
            first = paragraphs[0].splitlines()[0]
            blocks = [Paragraph(p, "question") for p in paragraphs]
            yield Fold(f"Question: {words.shortened(first)}", blocks, headed=False)
    for sweep in findings.sweeps:
        for fault in (*sweep.faults, *sweep.absent):
            yield Paragraph(fault, "warning")
    for line in words.missing(findings):
        yield Paragraph(line, "warning")


_FEW = 3
"""More tasks than this have a few words each where fewer have a sentence."""


def _answers(findings: Findings) -> Iterator[Block]:
    ranked, against = findings.tables.get("ranking"), findings.tables.get("comparisons")
    first = "" if ranked is None else answers.over_tasks(ranked, against, findings.success)
    if first:
        yield Paragraph(f"**All tasks:** {first}", "answer")
    many = len(findings.answers) > _FEW
    said = [f"**{one.task}:** {one.brief if many else one.leads}" for one in findings.answers]
    yield Items(said) if len(said) > 1 else Paragraph("\n".join(said), "answer")


def _search(findings: Findings) -> Iterator[Block]:
    said = [(answer.task, answer.search) for answer in findings.answers if answer.search]
    if len(findings.tasks) == 1:
        yield from (Paragraph(text) for _, text in said)
        return
    lines = Items([f"**{task}:** {text}" for task, text in said])
    if len(said) > _FEW:
        yield Fold("Over all settings that were tried, task by task", [lines])
    elif said:
        yield lines


def _apart(findings: Findings) -> Iterator[Block]:
    ranked, pairs = findings.tables.get("ranking"), findings.tables.get("pairwise")
    if ranked is None or pairs is None:
        return
    found = apart.apart(ranked, pairs)
    if not found:
        return
    yield Heading("Which methods the data tell apart")
    yield Paragraph(words.APART, "note")
    for one in found:
        rows = [[Cell(pair.told, pair.why) for pair in row] for row in one.rows]
        yield Matrix(words.apart(one), one.methods, rows)


def _peaks(findings: Findings) -> Iterator[Block]:
    """A sentence on each method that finds all or nothing."""
    found = peaks.peaks(findings.compared, findings.success)
    yield Items([f"**{one.task}**, {one.words}." for one in found])


def _pinned(findings: Findings) -> Iterator[Block]:
    """The tasks on which a discriminator wins, and what mends it there."""
    yield Items(list(remedies.pinned(findings.trials, findings.success)))


def _factors(findings: Findings) -> Iterator[Block]:
    """The factors that did most on each task, where the sweep is a factorial."""
    yield Items(list(effects.sentences(findings.effects)))


def _effects(findings: Findings) -> Iterator[Block]:
    """The trials that the effects are of."""
    yield Items(list(effects.about(findings.trials)))


def _race(findings: Findings) -> Iterator[Block]:
    for task, races in findings.raced.items():
        yield Heading(task)
        if len(races) > 1:
            yield Paragraph(
                f"{len(races)} races were run here: the probability of a wrong decision is that of "
                "each, and larger over all of them. The first that compared two methods counts in "
                "the other tables."
            )
        for one in races:
            where = [f"In `{one.sweep}`:"] if len(races) > 1 else []
            yield Items([*where, *raced.sentences(one)])


def _limits(findings: Findings) -> Iterator[Block]:
    if limits := list(words.limits(findings)):
        yield Fold(f"Limits of this data ({len(limits)})", [Items(limits)])


def _run(findings: Findings) -> Iterator[Block]:
    yield Heading("Trials that were run")
    yield Paragraph(words.size(findings.trials))
    groups = findings.trials.groupby("task", sort=False)
    yield Items([words.task(own) for _, own in groups])


def _ranks(findings: Findings) -> Iterator[Block]:
    """The words in place of the picture of mean ranks, where it would separate nothing."""
    found = mean_ranks(findings)
    if found is not None and not found.separates:
        yield Paragraph(words.no_ranks(found), "note")


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
    yield Paragraph(
        f"{words.where(findings)} A sweep runs only those trials that have no result in its folder "
        "yet."
    )
    yield Heading("Citation")
    yield Code(words.citation(findings), "bibtex")


SECTIONS = (
    Section(
        "answer",
        "Answer",
        opening=(_factors, _answers),
        figures=("windows",),
        between=(_search,),
        tables=("rescues",),
        closing=(_apart, _limits),
    ),
    Section(
        "effects",
        "Effects of the factors",
        opening=(_effects,),
        figures=("effects",),
        tables=("effects", "interactions"),
    ),
    Section("race", "The race", opening=(_race,), figures=("race",), tables=("race",)),
    Section(
        "ranking",
        "Ranking",
        figures=("ranking", "bands", "seeds"),
        between=(_peaks,),
        tables=("ranking", "references"),
        closing=(_run,),
    ),
    Section(
        "outcomes",
        "Outcomes",
        figures=("outcomes",),
        between=(_seeds,),
        tables=("outcomes",),
        closing=(_pinned,),
    ),
    Section(
        "training",
        "Training curves",
        figures=("curves", "own_curves", "portraits", "losses"),
        tables=("final_metrics", "end_metrics", "other_metrics", "loss_variance"),
    ),
    Section("convergence", "Time to convergence", figures=("survival",), tables=("convergence",)),
    Section(
        "sensitivity",
        "Hyper-parameters",
        figures=("maps", "best_of_k"),
        tables=("windows", "sensitivity", "chosen", "transfer", "settings"),
    ),
    Section(
        "profiles",
        "Over all tasks",
        figures=("profiles", "critical_difference"),
        between=(_ranks,),
    ),
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
