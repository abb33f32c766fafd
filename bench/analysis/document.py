"""Contents -> report.md with its tables and figures beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from bench import __version__
from bench.analysis import formats, plots, statistics
from bench.analysis.contents import Contents, Picture, Sweep, pictures
from bench.analysis.verdicts import MEANING, Verdict

_METRICS: Mapping[str, str] = {
    "q": (
        "ln(FD / floor) / ln(ceiling / floor) of the Fréchet distance FD (named fd) between the "
        "features of generated and real samples; the floor is what two sets of real samples give, "
        "the ceiling what one Gaussian with the moments of the data gives. 0: indistinguishable "
        "from real; 1: as bad as the Gaussian. The features are a proxy ({proxies}); FD is not FID"
    ),
    "q_tail": "median of q over the last 20 % of the evaluations",
    "modes": (
        "modes that hold at least a fifth of their share in good samples; the usual count of modes "
        "with at least one good sample (modes_1) credits a broad Gaussian with most of them"
    ),
    "high_quality": "share of samples within 3 standard deviations of their nearest mode",
    "mode_kl": "Kullback-Leibler divergence of the shares of the modes from the true ones, nats",
    "pairwise_ratio": "mean distance of two generated samples over that of two real ones",
    "confidence": "mean largest probability that a classifier of the real classes gives",
    "loss_d_var": (
        "variance of the discriminator's loss (means over blocks of steps) over the last half of "
        "the run, about a Theil-Sen line; compare it between methods with the same loss only. "
        "loss_g_var is the generator's"
    ),
    "loss_d_sd_scaled": (
        "its square root, over the distance from the first loss to the loss at equilibrium (+ 0.1)"
    ),
}

_ROWS = 100
"""A longer table is named in the text, not shown."""

_TABLES: Mapping[str, tuple[str, str]] = {
    "outcomes": (
        "How the trials ended",
        "`success` counts trials that ended as `{success}`, with Wilson's 95 % interval; `failed` "
        "those that broke off (diverged, crashed, timed out, out of memory).",
    ),
    "comparisons": (
        "Against the baseline",
        "`better` is the probability that a trial of the method ends with a lower q (q_tail) than "
        "one of the baseline; `p` is Mann-Whitney's, `p_holm` adjusted for all rows. –: so few "
        "trials cannot reach 0.05 (`smallest_p` is the least they can).",
    ),
    "final_metrics": (
        "Final metrics",
        "Last evaluation: median over the trials [quartiles]. A trial that failed counts as the "
        "worst; `failed` in a cell says that so many failed.",
    ),
    "loss_variance": (
        "Loss variance",
        "Median over the trials [quartiles], failed trials with what was measured before.",
    ),
    "settings": (
        "By hyper-parameter setting",
        "The same per setting: the tables above pool all settings of a method.",
    ),
}


def write(contents: Contents, out: Path) -> list[Path]:
    """Write report.md, tables/ and figures/ below `out` -> the files. Raises OSError."""
    for folder in (out / "tables", out / "figures"):
        folder.mkdir(parents=True, exist_ok=True)
    files = _write_tables(contents, out / "tables")
    drawn: list[Picture] = []
    for picture in pictures(contents):
        files += plots.save(picture.figure, out / "figures" / picture.name)
        drawn.append(picture)
    report = out / "report.md"
    report.write_text(markdown(contents, drawn), encoding="utf-8")
    return [report, *files]


def _write_tables(contents: Contents, folder: Path) -> list[Path]:
    files = []
    for name, table in {**contents.tables, "trials": contents.trials}.items():
        table.to_csv(file := folder / f"{name}.csv", index=False)
        files.append(file)
        if name != "trials":
            shown = _shown(table)
            for ending, text in (("md", formats.markdown(shown)), ("tex", formats.latex(shown))):
                (file := folder / f"{name}.{ending}").write_text(f"{text}\n", encoding="utf-8")
                files.append(file)
    return files


def markdown(contents: Contents, drawn: list[Picture]) -> str:
    """The text of the report; it refers to figures/ and tables/ beside it."""
    parts = [
        "# " + " + ".join(sweep.name for sweep in contents.sweeps),
        *_questions(contents),
        _run(contents),
        "## Answer",
        *_answers(contents),
        *_tables(contents, ("outcomes", "comparisons")),
        "## Figures",
        *(f"![{p.name}](figures/{p.name}.png)\n\n*{p.caption}*" for p in drawn),
        *_tables(contents, ("final_metrics", "loss_variance", "settings")),
        "One row per trial: [tables/trials.csv](tables/trials.csv).",
        _definitions(contents),
        _provenance(contents),
        _again(contents),
    ]
    return "\n\n".join(parts) + "\n"


def _questions(contents: Contents) -> Iterator[str]:
    for sweep in contents.sweeps:
        if sweep.question:
            yield "\n".join(f"> {line}" for line in sweep.question.splitlines())


def _run(contents: Contents) -> str:
    trials = contents.trials
    hours = trials["seconds"].sum() / 3600
    parts = ["## What was run", f"{len(trials)} trials, {hours:.2g} hours of computing in all."]
    parts += [text for sweep in contents.sweeps if (text := _missing(trials, sweep))]
    parts.append("\n".join(_task(own) for _, own in trials.groupby("task", sort=False)))
    return "\n\n".join(parts)


def _missing(trials: pd.DataFrame, sweep: Sweep) -> str:
    done = int((trials["sweep"] == str(sweep.folder)).sum())
    if sweep.planned is None or done >= sweep.planned:
        return ""
    return (
        f"**Incomplete: {sweep.planned - done} of {sweep.planned} planned trials of {sweep.name} "
        "have no result yet.** Whatever follows is about the others."
    )


def _task(trials: pd.DataFrame) -> str:
    steps = ", ".join(str(n) for n in sorted(trials["steps"].unique()))
    methods = ", ".join(f"`{method}`" for method in dict.fromkeys(trials["method"]))
    seeds = trials["seed"].nunique()
    return (
        f"* **{trials['task'].iloc[0]}**: {steps} steps, {seeds} seed{'s' if seeds > 1 else ''}; "
        f"{methods}. Criterion: {trials['criterion'].iloc[0] or 'none'}"
    )


def _answers(contents: Contents) -> Iterator[str]:
    """In words, task by task: how often each method succeeded, the best first."""
    for task, rows in contents.tables["outcomes"].groupby("task", sort=False):
        rows = rows.sort_values("rate", ascending=False, kind="stable")
        first = f"Trials on **{task}** that ended as `{contents.success}`:"
        yield "\n".join([first, "", *(_rate(row) for row in rows.to_dict("records"))])
    smallest = int(contents.tables["outcomes"]["trials"].min())
    if statistics.mann_whitney([0.0] * smallest, [1.0] * smallest).too_few:
        yield (
            f"With {smallest} trials a method, no difference between two methods can reach p < "
            f"{statistics.ALPHA:g}: read the intervals, and run more seeds before you conclude."
        )


def _rate(row: Mapping[Any, Any]) -> str:
    return (
        f"* `{row['method']}`: {row['success']} of {row['trials']} ({100 * row['rate']:.0f} %; "
        f"the data are compatible with rates from {100 * row['low']:.0f} to "
        f"{100 * row['high']:.0f} %)"
    )


def _tables(contents: Contents, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if name in contents.tables:
            title, note = _TABLES[name]
            table = contents.tables[name]
            text = formats.markdown(_shown(table)) if len(table) <= _ROWS else f"{len(table)} rows:"
            note = note.format(success=contents.success)
            yield f"### {title}\n\n{note}\n\n{text}\n\n[CSV](tables/{name}.csv)"


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """As text, without the counts per status: failures have a column of their own."""
    return formats.readable(table[[c for c in table if not str(c).startswith("status ")]])


def _definitions(contents: Contents) -> str:
    proxies = ", ".join(sorted(contents.trials["proxy"].dropna().unique())) or "none was used"
    shown = {metric: text for metric, text in _METRICS.items() if metric in contents.trials}
    ended = set(contents.trials["verdict"])
    lines = ["## Definitions", "", "A trial's *verdict* is the first of these that holds:", ""]
    lines += [f"* `{verdict}`: {MEANING[verdict]}" for verdict in Verdict if verdict in ended]
    lines += ["", "The *tail* is the last fifth of the evaluations. Metrics:", ""]
    lines += [f"* `{metric}`: {text.format(proxies=proxies)}" for metric, text in shown.items()]
    return "\n".join(lines)


def _provenance(contents: Contents) -> str:
    lines = ["## Provenance"]
    for sweep in contents.sweeps:
        lines += ["", f"`{sweep.folder}`, reported by gan-stability-bench {__version__}", ""]
        lines += [f"* {key}: {value}" for key, value in flat(sweep.provenance)]
    return "\n".join(lines)


def flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested mappings as pairs of a dotted name and a value."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _again(contents: Contents) -> str:
    folders = [str(sweep.folder) for sweep in contents.sweeps]
    commands = [f"python -m bench.sweep {folder}/sweep.toml" for folder in folders]
    commands.append(f"python -m bench.report {' '.join(folders)}")
    return "\n".join(
        [
            *("## How to run this again", "", "```sh", *commands, "```", ""),
            "A sweep runs only those trials that have no result in its folder yet.",
        ]
    )
