"""[race] -> seeds that are added until the methods are told apart, and the trials that may be asked
for.

    [race]
    baseline = "ns"                  # every method against it; or pairs = [["r1", "sngan"]]
    looks = [5, 10, 15, 20, 30, 40]  # seeds a method after which to look; the last is the most
    alpha = 0.05                     # of any wrong decision on a task
    least = 0.3                      # the smallest difference of rates worth finding
    spending = "obrien_fleming"      # or "pocock": more of alpha at the first looks

There is no `seeds` beside it, unless methods have several settings: then these seeds choose the
setting of each method, and the race takes the seeds after them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench.gan.methods.rules import compared, yardstick
from bench.grid.source import Node, shown
from bench.registry import suggest
from bench.trial import Trial
from bench.vocabulary.races import SPENDING, Pair, Race

KEYS = ("baseline", "pairs", "looks", "alpha", "least", "spending")
MOST_SEEDS = 200
"""More seeds a method than this take minutes to enumerate."""
MOST_LOOKS = 20
"""More looks than this gain nothing."""


def seeds(root: Node) -> Sequence[int] | None:
    """The seeds of a race, where the sweep gives none itself; None: there is no race. Raises
    GridError."""
    if "race" not in root:
        return None
    root["race"].table(KEYS)
    return range(_looks(root["race"])[-1])


def read(
    root: Node, trials: Sequence[Trial], analysis: Mapping[str, str]
) -> tuple[Race | None, tuple[Trial, ...]]:
    """The race of a sweep, and every trial that it may come to ask for, seed by seed; without
    [race] None, and the trials as they are. Raises GridError."""
    if "race" not in root:
        return None, tuple(trials)
    table = root["race"]
    looks, first = _looks(table), _first(root, trials)
    baseline = _baseline(table, trials, analysis)
    race = Race(
        pairs=_pairs(table, trials, baseline),
        looks=looks,
        alpha=_share(table, "alpha", 0.5) or Race.alpha,
        least=_share(table, "least", 1.0),
        spending=_spending(table),
        first=first,
        success=analysis.get("success", Race.success),
        baseline=baseline,
    )
    return race, _candidates(race, trials)


def group(trial: Trial) -> tuple[object, ...]:
    """The key of the task that a trial is compared on: its name and its options."""
    return (trial.task, *sorted((k, str(v)) for k, v in trial.options.items()))


def setting(trial: Trial) -> tuple[tuple[str, object], ...]:
    """The key of the numbers of a trial."""
    return tuple(sorted(trial.hparams.items()))


def _candidates(race: Race, trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """The trials that choose the settings, then those of the race. A yardstick is compared with
    nobody: it is trained for the first look."""
    unseeded = {trial.id: trial for trial in (replace(trial, seed=0) for trial in trials)}
    rivals = {trial.id for trial in compared(unseeded.values())}
    search = trials if race.first else ()
    raced = [
        replace(trial, seed=race.first + seed)
        for seed in range(race.most)
        for id, trial in unseeded.items()
        if seed < race.looks[0] or id in rivals
    ]
    return (*search, *raced)


def _first(root: Node, trials: Sequence[Trial]) -> int:
    """The first seed of the race: 0, or that after those which choose the settings."""
    several = _several(trials)
    if "seeds" not in root["sweep"]:
        if several:
            raise root["race"].error(
                f"{several}: give sweep.seeds, on which the best one is chosen before the race "
                "takes seeds of its own; or give one value"
            )
        return 0
    if not several:
        raise root["sweep"]["seeds"].error(
            "[race] says how many seeds there are: leave sweep.seeds out; they would choose a "
            "setting, and no method has several"
        )
    return max(trial.seed for trial in trials) + 1


def _several(trials: Sequence[Trial]) -> str:
    """Says which method has several settings; "" where none has."""
    found: dict[tuple[object, str], set[object]] = {}
    for trial in compared(trials):
        own = found.setdefault((group(trial), trial.method.name), set())
        own.add(setting(trial))
        if len(own) > 1:
            return f'method "{trial.method.name}" has several settings on {trial.setting}'
    return ""


def _looks(table: Node) -> tuple[int, ...]:
    """The seeds after which to look, from a list or from "5, 10, 20"."""
    if "looks" not in table:
        text = "race.looks is missing: seeds a method after which to look, such as [5, 10, 20]"
        raise table.beside("looks").error(text)
    node = table["looks"]
    if isinstance(node.value, str):
        parts = [part.strip() for part in node.value.split(",")]
        if not all(re.fullmatch(r"\d{1,6}", part, re.ASCII) for part in parts):
            raise node.error(f'race.looks = {shown(node.value)}: write "5, 10, 20"')
        found = [int(part) for part in parts]
    else:
        found = [look.whole(least=1) for look in node.elements("whole numbers")]
    if found != sorted(set(found)):
        raise node.error(f"race.looks must rise: {', '.join(map(str, found))}")
    if found[0] < 2 or found[-1] > MOST_SEEDS:
        raise node.error(f"race.looks: give from 2 to {MOST_SEEDS} seeds")
    if len(found) > MOST_LOOKS:
        raise node.error(f"race.looks: {len(found)} looks are more than {MOST_LOOKS}")
    return tuple(found)


def _baseline(table: Node, trials: Sequence[Trial], analysis: Mapping[str, str]) -> str | None:
    if "pairs" in table:
        if "baseline" in table:
            raise table["pairs"].error("race.pairs and race.baseline: give one of them")
        return None
    if "baseline" not in table:
        if "baseline" in analysis:
            return analysis["baseline"]
        text = "race.baseline is missing: the method that every other one is compared with, or "
        raise table.beside("baseline").error(text + 'race.pairs = [["r1", "ns"]]')
    name = table["baseline"].string()
    names = {trial.method.name for trial in trials}
    if name not in names:
        text = f'baseline "{name}" is not a method of this sweep'
        raise table["baseline"].error(text + suggest(name, names))
    if analysis.get("baseline", name) != name:
        text = f'baseline "{name}" is another than that of [analysis], {analysis["baseline"]}'
        raise table["baseline"].error(f"{text}: give one of them")
    return name


def _pairs(table: Node, trials: Sequence[Trial], baseline: str | None) -> tuple[Pair, ...]:
    """The pairs in the order of the file, each trained on some task together."""
    rivals = list(dict.fromkeys(trial.method.name for trial in compared(trials)))
    yardsticks = {trial.method.name for trial in trials if yardstick(trial.method)}
    meets: dict[object, set[str]] = {}
    for trial in trials:
        meets.setdefault(group(trial), set()).add(trial.method.name)

    def together(pair: Pair) -> bool:
        return any(set(pair) <= methods for methods in meets.values())

    if baseline is not None:
        found = [(method, baseline) for method in rivals if method != baseline]
        found = [pair for pair in found if together(pair)]
        if baseline in yardsticks or not found:
            raise table.error(f'race: no method is compared with "{baseline}" on any task')
        return tuple(found)
    found = []
    for node in table["pairs"].elements('pairs of methods: ["r1", "ns"]'):
        pair = _pair(node, rivals)
        if not together(pair):
            raise node.error(f"race.pairs: no task has both {pair[0]} and {pair[1]}")
        if pair in found or pair[::-1] in found:
            raise node.error(f"race.pairs: {pair[0]} and {pair[1]} are paired twice")
        found.append(pair)
    return tuple(found)


def _pair(node: Node, known: Sequence[str]) -> Pair:
    names = node.elements("two methods")
    if len(names) != 2:
        raise node.expected("a list of two methods")
    for name in names:
        if name.string() not in known:
            raise name.unknown("method of this sweep", name.string(), known)
    first, second = (name.string() for name in names)
    if first == second:
        raise node.error(f'race.pairs: "{first}" cannot be compared with itself')
    return first, second


def _share(table: Node, key: str, most: float) -> float | None:
    """A number above 0 and at most `most`; None where it is not given."""
    if key not in table:
        return None
    value = table[key].number()
    if not 0 < value <= most:
        raise table[key].error(f"race.{key} = {value:g}: give more than 0 and at most {most:g}")
    return value


def _spending(table: Node) -> str:
    if "spending" not in table:
        return SPENDING[0]
    name = table["spending"].string()
    if name not in SPENDING:
        raise table["spending"].unknown("spending function", name, SPENDING)
    return name
