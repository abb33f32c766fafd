"""Reads experiments/*.toml into the trials of a sweep. Mistakes are refused with file and line.

    [sweep]
    tasks = ["ring8", "digits8"]
    methods = ["ns", "r1", "wgan_gp"] # of the catalogue; and/or [[method]] tables
    seeds = "0..9"                    # or [0, 3], or by task: {ring8 = "0..9", digits8 = "0..2"}
    steps = 5000                      # optional, like evaluations; both may be by task
    # gradients = 10_000              # in place of steps: each method gets the steps that so many
                                      # gradients allow, 5000 of ns and 3703 of r1 (2.7 a step);
                                      # by task as well: {digits8 = 6000}
    evaluations = 50
    plugins = ["my_parts.py"]         # Python files that register parts; relative to this file

    [grid]                            # the product of the axes; a number is an axis of one value
    lr_g = [3e-4, 1e-3]
    lr_d = "lr_g"                     # tied: always the same number; "x4 lr_g": four times it
    r1.gamma = [0.1, "x3"]            # crossed only with the methods that have r1; "x3": 3 times
                                      # what a method takes on a task where nothing is given

    [[zip]]                           # axes that move together, in place of their product
    adam.beta1 = [0.0, 0.5]
    adam.beta2 = [0.9, 0.999]

    [random]                          # points drawn once, the same for all methods
    samples = 20
    seed = 0
    wgan_gp.weight = {low = 0.1, high = 100, scale = "log"}     # or "linear", the default

    [[exclude]]                       # drops the trials that match all of its keys
    method = "r1"
    lr_g = [1e-3]                     # one value or several

    [task.ring8]                      # options of a task; a list of values is an axis
    sigma = [0.05, 0.1]
    network = ["mlp", "residual"]     # of `python -m bench.catalogue networks`
    # generator = "my_nets:generator" # or a function of my_nets.py that returns a keras.Model

    [[method]]
    name = "hinge_r1"                 # a new name: composed of parts, or of a base and changes
    base = "r1"
    loss = "hinge"                    # regularizers, normalizer, optimizer, dynamics, network ...
    tasks = ["ring8"]                 # optional: on these tasks only
    grid.lr_g = [1e-4]                # its own axes replace those of the sweep

    [[method]]                        # a training loop of your own (experiments/README.md)
    name = "my_gan"
    trainer = "my_gan.py:train"       # a function; or command = ["node", "train.js", "{out}"] with
    grid.train.lr = [1e-4, 3e-4]      # files = ["train.js"]; its keyword arguments are axes

    [analysis]
    success = "converged"             # the verdict that counts as success
    baseline = "r1"                   # the method that others are compared with
    budgets = [0.2]                   # optional: also, who has reached the criterion by a fifth?

    [analysis.factors]                # optional: a factorial, whose effects the report estimates
    loss = "loss"                     # name = a key of a [[method]] or an axis
    stabilizer = ["regularizers", "normalizer"]     # or several keys, taken together
    rate = "lr_g"

    [race]                            # in place of seeds: as many as decide; see `bench.grid.race`
    looks = [5, 10, 20, 40]

    [[reference]]                     # what is known, to stand beside what is measured
    task = "ring8"
    method = "r1"
    metric = "success"                # 1: a positive control, 0: a negative; or a metric: "modes"
    value = 1                         # `error = 0.1`: its standard error, where there is one
    source = "Mescheder et al. 2018"
    at = {lr_g = 3e-4, sigma = 0.1}   # optional: numbers and options of the trials it is about
    order = ">"                       # optional: the claim is that the method lies above it

Of an axis that is given nowhere, a method takes the number that its task recommends, else the one
of its catalogue entry, else the default of the part. What a catalogue entry gives as a ratio (ttur:
lr_d = "x4 lr_g") holds whatever the task recommends and whatever lr_g is; a sweep that gives lr_d
is obeyed, with a warning. Wherever a number comes from, it must lie in the range that its part
declares (see `bench.ranges`). Reading a sweep loads no TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench import gan
from bench.gan.data import sources
from bench.gan.methods import rules
from bench.gan.tasks import LATER, NETWORKS
from bench.grid import axes, lengths, methods, own_networks, race, source, tasks
from bench.grid.axes import Axes
from bench.grid.checks import doubts, factors, keys, measurable, periods, reference_values
from bench.grid.files.stored import Lost, Opened, opened
from bench.grid.methods import MethodEntry
from bench.grid.plugins import Plugin, load_plugins, used
from bench.grid.product import points
from bench.grid.selection import exclude, select
from bench.grid.source import GridError, Node
from bench.grid.tasks import TaskEntry
from bench.registry import suggest
from bench.store import StoreError
from bench.store.asked import runs
from bench.trial import NUMERICS, Scalar, Trial, Verdict, digest_name
from bench.vocabulary import file_names
from bench.vocabulary.races import Race

__all__ = ["GridError", "Plugin", "Sweep", "load", "load_plugins", "select"]

_TABLES = (
    *("sweep", "grid", "zip", "random", "exclude", "task", "method", "analysis", "reference"),
    "race",
)
_DECIDED = ("success", "baseline")
_ANALYSIS = (*_DECIDED, "factors", "budgets")
_SWEEP_KEYS = ("tasks", "methods", "seeds", "steps", "gradients", "evaluations", "plugins")
KEYS = {"": _TABLES, "sweep": _SWEEP_KEYS, "analysis": _ANALYSIS, "race": race.KEYS}
"""Table -> the keys that it may have, where these are fixed; at "" the tables themselves."""


@dataclass(frozen=True)
class Sweep:
    """A sweep as a TOML file asks for it."""

    name: str
    """The file's name without `.toml`."""
    path: Path
    """The file."""
    text: str
    """The file's text as it was read."""
    trials: tuple[Trial, ...]
    """Every trial, seed-major, so that a sweep stopped early is balanced."""
    analysis: Mapping[str, str] = field(default_factory=dict)
    """The declared `success` and `baseline`, where there are."""
    plugins: tuple[Plugin, ...] = ()
    """The user's files as they were read. A process gives them to `load_plugins` before it
    trains."""
    overrides: tuple[str, ...] = ()
    """The changes that the command line made, after those that a results folder keeps."""
    warnings: tuple[str, ...] = ()
    """Finished lines about values that cannot be measured."""
    notes: tuple[str, ...] = ()
    """Finished lines about the user's images: how many there are, and what was done to them."""
    files: Mapping[str, tuple[Path, str]] = field(default_factory=dict)
    """The files that the TOML names, as it writes them -> place and digest of each."""
    folder: Path | None = None
    """The results folder that the sweep was read from; None: it was read from a TOML file."""
    race: Race | None = None
    """The race that it is; `trials` are then all that it may come to ask for. None: it is none."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The digests of the user's files that it reads, and the version of the numerics: trials
        are others where one of them changes."""
        options = {item for trial in self.trials for item in trial.options.items()}
        files = {str(v) for name, v in options if name == "data" or name.endswith("_digest")}
        return (str(NUMERICS), *sorted(files | {plugin.digest for plugin in self.plugins}))


def load(
    path: str | Path,
    overrides: Iterable[str] = (),
    say: Callable[[str], None] = lambda text: None,
) -> Sweep:
    """Read the sweep of a TOML file, with `overrides` such as `grid.lr_g=[1e-3]` put in place.

    `path` may be a results folder: the sweep is then the one that is stored there, with the
    overrides, the plugins and the data that it was trained with; `overrides` come on top. Without
    any, it asks for the trials of all runs of its sweep.toml, each with the overrides of its own.
    `say` is told when reading takes long: data and feature networks of the user's are tried.
    Raises GridError for the first thing that is wrong, before anything is trained.
    """
    try:
        asked = opened(Path(path))
    except (Lost, StoreError) as error:
        raise GridError(error) from error
    more = tuple(overrides)
    with sources.telling(say):
        sweep = _read(path, asked, (*asked.overrides, *more), say)
        for own in runs(asked.folder) if asked.folder and not more else ():
            if own != asked.overrides:
                sweep = _together(sweep, _read(path, asked, own, say))
    return sweep


def _together(last: Sweep, earlier: Sweep) -> Sweep:
    """The sweep of the last run, with the trials and the files of an earlier one."""
    trials = {trial.id: trial for trial in (*last.trials, *earlier.trials)}
    plugins = {plugin.digest: plugin for plugin in (*last.plugins, *earlier.plugins)}
    return replace(
        last,
        trials=tuple(sorted(trials.values(), key=lambda trial: trial.seed)),
        plugins=tuple(plugins.values()),
        warnings=tuple(dict.fromkeys((*last.warnings, *earlier.warnings))),
        files={**earlier.files, **last.files},
    )


def _read(
    path: str | Path, asked: Opened, changes: tuple[str, ...], say: Callable[[str], None]
) -> Sweep:
    """Read a sweep with these changes. Raises GridError."""
    root = source.read(asked.toml, changes, asked.files)
    keys.check(root, KEYS)
    if wrong := file_names.fault(asked.name):
        file = str(path) if str(path).isprintable() else ascii(str(path))
        text = f"the file {wrong}; results/ gets a folder of its name: rename it, as to x.toml"
        raise GridError(f"{file}: {text}")
    if "sweep" not in root:
        raise root.error("the table [sweep] is missing: it names tasks, methods and seeds")
    root["sweep"].table(_SWEEP_KEYS)
    gan.load_parts()
    task_entries, plugins = _tasks(root)
    entries = methods.read(root, [entry.name for entry in task_entries])
    trials = exclude(root, _trials(root, task_entries, entries, plugins))
    analysis = _analysis(root, trials)
    raced, trials = _race(root, trials, analysis)
    programs = methods.programs(entries)
    load_plugins(programs)  # they are known by their content, and not run here
    plugins += programs
    own_networks.check(root, trials, plugins)
    for check in (reference_values.check, factors.check, periods.check):
        check(root, trials)
    budgets = lengths.mixed(root["sweep"], [entry.name for entry in task_entries])
    warnings = budgets + measurable.check(root, trials, plugins, say)
    return Sweep(
        name=asked.name,
        path=asked.toml,
        text=root.source.text,
        trials=trials,
        analysis=analysis | ({"baseline": raced.baseline} if raced and raced.baseline else {}),
        plugins=plugins,
        overrides=changes,
        warnings=warnings,
        notes=_notes(trials) + measurable.notes(trials),
        files=_digests(root, trials, plugins),
        folder=asked.folder,
        race=raced,
    )


def _race(
    root: Node, trials: Sequence[Trial], analysis: Mapping[str, str]
) -> tuple[Race | None, tuple[Trial, ...]]:
    """The race and its trials (see `bench.grid.race.read`), none of which [[exclude]] may drop."""
    found, trials = race.read(root, trials, analysis)
    if found and len(exclude(root, trials)) < len(trials):
        raise root["exclude"].error(
            "[[exclude]] drops seeds of the race, where every method has the same: leave `seed` out"
        )
    return found, trials


def _notes(trials: Iterable[Trial]) -> tuple[str, ...]:
    """A line for each source of images that was decoded, or known from before."""
    options = ((t.task, t.options.get("path"), str(t.options.get("data"))) for t in trials)
    return tuple(
        f'task "{task}" on {path}: {sources.seen[own].words}'
        for task, path, own in dict.fromkeys(options)
        if own in sources.seen
    )


def _digests(
    root: Node, trials: Iterable[Trial], plugins: Iterable[Plugin]
) -> dict[str, tuple[Path, str]]:
    """The files that a sweep names, each with its place and its digest; "" for a file of data
    that no trial has."""
    known = {str(plugin.path): plugin.digest for plugin in plugins}
    for trial in trials:
        for name, value in trial.options.items():
            if found := trial.options.get(digest_name(name)):
                known[str(value)] = str(found)
    named = root.source.files.named
    return {written: (path, known.get(str(path), "")) for written, path in named.items()}


def _plugins(sweep: Node) -> tuple[Plugin, ...]:
    plugins = []
    for node in sweep["plugins"].elements("Python files") if "plugins" in sweep else ():
        try:
            plugins.append(Plugin(*node.source.files.code(node.string())))
        except Lost as lost:
            raise node.error(f'plugin "{node.value}": {lost}') from lost
    load_plugins(plugins)
    return tuple(plugins)


def _tasks(root: Node) -> tuple[list[TaskEntry], tuple[Plugin, ...]]:
    """Read the tasks, and all of the user's files: plugins, and those that only build networks."""
    plugins = _plugins(root["sweep"])
    entries = tasks.read(root)
    return entries, plugins + own_networks.files(root, plugins)


def _trials(
    root: Node,
    task_entries: Sequence[TaskEntry],
    method_entries: Sequence[MethodEntry],
    plugins: Sequence[Plugin],
) -> list[Trial]:
    """Make all trials before [[exclude]]: for each seed, task, method and grid point, in this
    order."""
    sweep_axes = axes.read(root, method_entries)
    unseeded = [
        (trial, task.seeds)
        for task in task_entries
        for trial in _unseeded(root, task, method_entries, sweep_axes, plugins)
    ]
    doubts.warn(method_entries, sweep_axes, [trial for trial, _ in unseeded])
    size = sum(len(seeds) for _, seeds in unseeded)
    if size > tasks.MOST:
        raise root["sweep"].error(f"{size} trials are more than {tasks.MOST}: ask for fewer")
    seeds = sorted({seed for task in task_entries for seed in task.seeds})
    return [replace(t, seed=seed) for seed in seeds for t, own in unseeded if seed in own]


def _unseeded(
    root: Node,
    task: TaskEntry,
    entries: Sequence[MethodEntry],
    sweep_axes: Axes,
    plugins: Sequence[Plugin],
) -> list[Trial]:
    """Make the trials of one task, one for all of its seeds. Equal trials are made once."""
    met = [
        (entry, options)
        for options in task.choices
        for entry in entries
        if task.name in entry.tasks
        if _meet(entry, task, options)
    ]
    if not met:
        raise root["sweep"]["tasks"].error(f'no method is trained on task "{task.name}"')
    trials = [
        Trial(task.name, entry.method, 0, steps, point, options, evaluations, own, gradients)
        for entry, options in _in_effect(task, met)
        for steps, evaluations, gradients in [task.budget.of(entry.method)]
        for own in [_used(task.name, entry, options, plugins)]
        for point in points(sweep_axes, entry, task.hparams)
    ]
    return list({trial.id: trial for trial in trials}.values())


def _used(
    task: str, entry: MethodEntry, options: Mapping[str, Scalar], plugins: Sequence[Plugin]
) -> Mapping[str, str]:
    """File name -> digest of each file of the user's that decides the result of a trial. Raises
    GridError for two of one name."""
    own = used(task, entry.method, options, plugins)
    files = {name: plugin.digest for name, plugin in entry.files.items()}
    for name in own.keys() & files.keys():
        if own[name] != files[name]:
            raise entry.node.error(f"two files are called {name}: rename one of them")
    return {**own, **files}


_Met = list[tuple[MethodEntry, Mapping[str, Scalar]]]


def _in_effect(task: TaskEntry, met: _Met) -> _Met:
    """Set options that decide nothing of a trial to their default, so that equal trials are trained
    once. Raises GridError for one that was given and decides nothing of any trial."""
    idle = [own_networks.idle(entry.method, task.name, options) for entry, options in met]
    for name, node in task.given.items():
        if all(name in unused for unused in idle):
            raise node.error(f"{node.name} would have no effect: {idle[0][name]}")
    defaults = task.part.defaults
    return [
        (
            entry,
            {k: defaults[k] if k in unused else v for k, v in options.items() if _keeps(k, unused)},
        )
        for (entry, options), unused in zip(met, idle, strict=True)
    ]


def _keeps(option: str, unused: Mapping[str, str]) -> bool:
    return option not in unused or option not in LATER


def _meet(entry: MethodEntry, task: TaskEntry, options: Mapping[str, Scalar]) -> bool:
    """True where a method is trained with these options of a task: one that brings its own networks
    is trained with the task's own only. Raises GridError where task and method cannot meet."""
    method = entry.method
    if method.network and any(name in NETWORKS for name in options):
        if all(any(name in NETWORKS for name in choice) for choice in task.choices):
            text = f'method "{method.name}" brings networks of its own: {method.network}; '
            text += f'train it in a sweep without those of [task.{task.name}], or without "network"'
            raise entry.node.error(text)
        return False
    try:
        name = own_networks.network(method, task.name, options)
        rules.check_task(method, task.name, name, _batch(options), options)
        own_networks.check_labels(name, options)
    except rules.IllegalMethod as error:
        raise entry.node.error(f'method "{method.name}" on {task.name}: {error}') from error
    return True


def _batch(options: Mapping[str, Scalar]) -> int | None:
    batch = options.get("batch")
    return batch if isinstance(batch, int) else None


def _analysis(root: Node, trials: Iterable[Trial]) -> dict[str, str]:
    if "analysis" not in root:
        return {}

    table = root["analysis"].table(_ANALYSIS)
    analysis = {key: node.string() for key, node in table.items() if key in _DECIDED}
    verdicts = {verdict.value for verdict in Verdict} - {Verdict.NONE.value}
    if "success" in analysis and analysis["success"] not in verdicts:
        raise table["success"].unknown("verdict", analysis["success"], verdicts)
    names = {trial.method.name for trial in trials}
    if "baseline" in analysis and analysis["baseline"] not in names:
        text = f'baseline "{analysis["baseline"]}" is not a method of this sweep'
        raise table["baseline"].error(text + suggest(analysis["baseline"], names))
    return analysis
