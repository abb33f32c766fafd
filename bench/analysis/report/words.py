"""A report's sentences, whatever its format: `code` and **bold** are as in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench import __version__
from bench.analysis import statistics
from bench.analysis.frame import budgets, measured
from bench.analysis.frame.labels import slug
from bench.analysis.tables import outcomes, remedies
from bench.analysis.tables.apart import Apart
from bench.analysis.tables.findings import Findings
from bench.analysis.tex import tex
from bench.analysis.verdicts import MEANING, Verdict
from bench.metrics import quantities
from bench.store import commands
from bench.vocabulary.names import NO_SAMPLES

if TYPE_CHECKING:
    from bench.analysis.report.figures.over_tasks import MeanRanks


def missing(findings: Findings) -> Iterator[str]:
    """A sentence for each sweep that is not complete."""
    for sweep in findings.sweeps:
        if unsure := findings.data.unsure.get(str(sweep.folder)):
            last = "" if sweep.planned is None else f" The last run asked for {sweep.planned}."
            yield f"{unsure}.{last}"
            continue
        done = findings.data.done.get(str(sweep.folder), 0)
        planned = findings.data.planned.get(str(sweep.folder), sweep.planned)
        if planned is not None and done < planned:
            yield (
                f"**Incomplete: {planned - done} of {planned} planned trials of "
                f"{sweep.name} have no result yet.** All that follows is about the others."
            )
    for left in findings.data.left:
        yield f"**{left.words}.** `--all` takes them in."


def size(trials: pd.DataFrame) -> str:
    """The number of trials, and the hours that they took."""
    hours = trials["seconds"].sum() / 3600
    return f"{len(trials)} trials, {hours:.2g} hours of computing in all."


def task(trials: pd.DataFrame) -> str:
    """The budget, seeds, methods and criterion of one task."""
    methods = ", ".join(f"`{method}`" for method in dict.fromkeys(trials["method"]))
    seeds = trials["seed"].nunique()
    return (
        f"**{trials['task'].iloc[0]}**: {budgets.words(trials)}, "
        f"{seeds} seed{'s' if seeds > 1 else ''}; {methods}. "
        f"Criterion: {trials['criterion'].iloc[0] or 'none'}"
    )


def instruments(findings: Findings) -> Iterator[str]:
    """The instrument of each task, without which its numbers cannot be compared."""
    for name, trials in findings.trials.groupby("task", sort=False):
        known = trials.dropna(subset=["proxy"]).drop_duplicates(["proxy", "features", "samples"])
        for _, row in known.iterrows():
            network = f" (features `{row['features']}`)" if isinstance(row["features"], str) else ""
            count = "" if row["samples"] != row["samples"] else f"{row['samples']:.0f} samples; "
            reason = _why_no_q(trials)
            yield f"**{name}**: {count}" + (
                f"q of {row['proxy']}{network} not measured: {reason}"
                if reason
                else f"q of {row['proxy']}{network}, floor {row['floor']:.3g}, ceiling "
                f"{row['ceiling']:.3g}"
            )


def _why_no_q(trials: pd.DataFrame) -> str:
    """The reason why a task has no q; "" where it has, or where nothing is said."""
    known = trials.reindex(columns=["q_missing", "q_tail"])
    reasons = known["q_missing"].dropna()
    return str(reasons.iloc[0]) if len(reasons) and known["q_tail"].isna().all() else ""


def limits(findings: Findings) -> Iterator[str]:
    """The limits of this data, beyond those that stand beside each answer."""
    ranked = findings.tables["ranking"]
    random = ranked[ranked["interval"] != outcomes.NONE]
    several = random[random.groupby("task")["method"].transform("nunique") > 1]
    smallest = int(several["trials"].min()) if len(several) else 0
    yield from _of_seeds(findings, smallest if len(several) else 0)
    yield from _of_tasks(findings)
    for what in ("success", "baseline"):
        if len({getattr(sweep, what) for sweep in findings.sweeps} - {None}) > 1:
            counts = getattr(findings, what)
            yield f"The sweeps declare different {_DECLARED[what]}: `{counts}` counts."
    if repeats := findings.data.repeats:
        yield (
            f"{repeats} trial{'s' if repeats > 1 else ''} of other seeds did exactly what a "
            "deterministic trial did before, and count once with it."
        )
    if len(findings.tasks) == 1:
        yield "One task: nothing here says how the methods do on another."
    if len(findings.methods) == 1:
        yield "One method: there is nothing to compare it with."
    if (ranked["setting"] == "").all() and not findings.settings:
        yield (
            "Each method was run at one setting of its hyper-parameters: a method that does badly "
            "here may do well at another learning rate."
        )
    if not (findings.trials["outcome"] == findings.success).any():
        yield f"No trial ended as `{findings.success}`."
    for name in findings.data.disputed:
        yield (
            f"Results disagree about `{name}`, a metric of a plugin. The report takes its label, "
            "direction and range from most of them."
        )
    yield from _of_trainers(findings.trials)
    yield from remedies.failures(findings.trials)


def _of_seeds(findings: Findings, smallest: int) -> Iterator[str]:
    """The limits of the numbers of seeds; `smallest` is the least of a method, 0 where no number
    limits anything."""
    if findings.raced:
        yield (
            "The numbers of seeds were decided by a race. Rates of success in the ranking and in "
            "the figures are as they were seen: biased where it ended early, so that they describe "
            "and decide nothing. Decisions, differences and intervals are those of the race."
        )
    elif 0 < smallest < statistics.fewest_seeds():
        yield (
            f"With {smallest} trial{'s' if smallest > 1 else ''} a method, no difference in q "
            f"between two methods can reach p < {statistics.ALPHA:g}; with "
            f"{statistics.fewest_seeds()} it can, before it is adjusted for several "
            "comparisons. Read the intervals, and run more seeds before you conclude."
        )


def _of_trainers(trials: pd.DataFrame) -> Iterator[str]:
    """The limits of methods that are trainers of a user's own: nobody counts their gradients, and
    some give no samples."""
    external = trials["external"].eq(True)  # not where it is not known
    own = trials[external & (trials["status"] == "completed")]
    unknown = own[own["gradients_per_step"].isna()]
    if names := _listed(unknown["method"]):
        yield (
            f"{names}: trained by a program of its own, whose gradients are not known. Its cost is "
            "in seconds of the processor, of all that it has started."
        )
    if names := _listed(own[own["q_missing"] == NO_SAMPLES]["method"]):
        yield f"{names}: no samples were given, so that verdicts rest on the losses alone."


def _listed(methods: pd.Series) -> str:
    return ", ".join(f"`{method}`" for method in dict.fromkeys(methods))


_DECLARED = {"success": "outcomes as their success", "baseline": "baselines"}


def _of_tasks(findings: Findings) -> Iterator[str]:
    """Sentences on the limits of single tasks. Tasks with the same limit share a sentence."""
    said: dict[str, list[str]] = {}
    for task, trials in findings.trials.groupby("task", sort=False):
        if outcomes.deterministic(trials):
            said.setdefault(_DETERMINISTIC, []).append(str(task))
        if reason := _why_no_q(trials):
            text = f"q was not measured ({reason}): methods are ranked by their rate alone."
            said.setdefault(text, []).append(str(task))
        if unequal := _unequal(trials, findings.settings):
            said.setdefault(unequal, []).append(str(task))
    return (f"{', '.join(tasks)}: {text}" for text, tasks in said.items())


_DETERMINISTIC = (
    "nothing is drawn at random: one run is all there is, with no interval and no test."
)


def _unequal(trials: pd.DataFrame, settings: Sequence[str]) -> str:
    """A warning that methods were tried at unequal numbers of settings; "" where they were not."""
    counts = {
        str(method): len(own[list(settings)].drop_duplicates())
        for method, own in trials.groupby("method", sort=False)
    }
    if not settings or len(set(counts.values())) < 2:
        return ""
    groups: dict[int, list[str]] = {}
    for method, count in counts.items():
        groups.setdefault(count, []).append(f"`{method}`")
    listed = "; ".join(f"{count}: {', '.join(groups[count])}" for count in sorted(groups)[::-1])
    return (
        f"methods were tried at different numbers of settings ({listed}). The best of more "
        "settings is better by chance alone: comparing best settings is unfair to methods with few."
    )


def verdicts(findings: Findings) -> Iterator[tuple[str, str]]:
    """The verdicts that occurred and what each means."""
    ended = set(findings.trials["verdict"])
    return ((str(verdict), MEANING[verdict]) for verdict in Verdict if verdict in ended)


def metrics(findings: Findings) -> Iterator[tuple[str, str]]:
    """The quantities that were measured, and the definition of each from its card."""
    trials, data = findings.trials, findings.data
    proxies = ", ".join(sorted(trials["proxy"].dropna().unique())) or "none was used"
    names = dict.fromkeys((*outcomes.FINAL, *data.along, *data.final, *quantities.OTHERS))
    for name in names:
        if name in trials and trials[name].notna().any():
            own = measured.card(name, trials)
            if own.about or (own.label and not name.startswith(quantities.AVERAGE)):
                proxy = f" {_PROXY.format(proxies)}" if name == "q" else ""
                yield name, own.definition + proxy


_PROXY = "The features are a proxy ({}): FD is not FID."


_PLACE = re.compile(r"files\..+\.(path|near)")


def provenance(findings: Findings) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """Each sweep's folder, and what is known of its origin. Of a file that is its name and its
    digest: where it lay on a machine says nothing to a reader elsewhere."""
    for sweep in findings.sweeps:
        known = [pair for pair in flat(sweep.provenance) if not _PLACE.fullmatch(pair[0])]
        yield str(sweep.folder), [*known, ("analysis declared", sweep.declared or "–")]


def flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested mappings as pairs of a dotted name and a value."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def again(findings: Findings) -> list[str]:
    """The commands that go on with all of these sweeps, and report them again."""
    folders = [sweep.folder for sweep in findings.sweeps]
    return [*map(commands.again, folders), commands.report(folders)]


def where(findings: Findings) -> str:
    """A sentence on the folder in which the commands of a report work."""
    relative = [sweep.folder for sweep in findings.sweeps if not sweep.folder.is_absolute()]
    if not relative:
        return "Commands work in any folder."
    listed = " and ".join(f"`{folder}`" for folder in relative)
    return f"Commands work in the folder that holds {listed}: there this report was written."


APART = (
    "Methods are numbered by rank. **≠** says that the tests tell the two methods apart, **·** "
    "that they do not. Each cell tells its adjusted p when it is pointed at, and the table of all "
    "pairs has them all."
)
"""The note above the matrices of pairs."""


def apart(found: Apart) -> str:
    """The title of a matrix of pairs: the number of methods that cannot be told from the best."""
    best, others = found.methods[0], len(found.methods) - 1
    lead = f"of the {len(found.methods)} that lead, " if found.left_out else ""
    if others == 1:
        verb = "cannot be" if found.unsure else "is"
        return f"**{found.task}:** `{found.methods[1]}` {verb} told from `{best}`."
    what = (
        f"{found.unsure} of the {others} others cannot be told from `{best}`"
        if found.unsure
        else f"all {others} others are told from `{best}`"
    )
    if beside := sum(row[0].told is None for row in found.rows[1:]):
        told = sum(row[0].told is True for row in found.rows[1:])
        what = (
            f"`{best}` was compared with {others - beside} of the {others} others, and is told "
            f"from {told}"
        )
    if lead:
        what = f"{lead}{found.unsure} cannot be told from `{best}`"
    rest = f"; {found.left_out} that rank lower are not shown" if found.left_out else ""
    return f"**{found.task}:** {what}{rest}."


def no_ranks(found: MeanRanks) -> str:
    """The words in place of a picture of mean ranks that separates nothing."""
    return (
        f"The mean ranks of q over {found.blocks} blocks (each {found.unit}) separate no two of "
        f"the {len(found.methods)} methods (critical difference {found.distance:.2f}, Friedman "
        f"p = {found.p:.2g}), so that there is no picture of them. The table of all pairs has the "
        "tests that decide."
    )


def shortened(text: str, most: int = 110) -> str:
    """A text of at most so many characters, with a sign where something was cut off."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def citation(findings: Findings) -> str:
    """BibTeX of the program in the version that made this report."""
    commits = {str(sweep.provenance.get("commit", ""))[:12] for sweep in findings.sweeps} - {""}
    note = f"version {__version__}" + (f", commit {', '.join(sorted(commits))}" if commits else "")
    return "\n".join(
        [
            f"@software{{gan_stability_bench_{slug(__version__).replace('.', '_')},",
            "  title = {gan-stability-bench: a benchmark of GAN stabilization methods},",
            "  author = {{The gan-stability-bench authors}},",
            f"  note = {{{note}; results: {tex(findings.title)}}},",
            "}",
        ]
    )
