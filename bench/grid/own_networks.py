"""The user's own networks: functions of Python files that a task's options name.

    [task.digits8]
    generator = "my_nets:generator"          # the function `generator` of my_nets.py
    discriminator = "my_nets:discriminator"

A file is looked for beside the TOML. It travels with the sweep as plugins do, but is not run where
the sweep is read: it may import Keras, which takes seconds. `check` tries the networks of every
trial in a process of its own.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from bench import gan, registry
from bench.gan import tasks
from bench.gan.contract.behaviour import Misfit, tried
from bench.gan.data import sources
from bench.gan.methods.rules import DoubtfulMethod, IllegalMethod
from bench.gan.networks.ensembles import Uncut
from bench.gan.networks.own import BadNetwork
from bench.grid.checks import apart
from bench.grid.files.stored import Lost
from bench.grid.plugins import Plugin, load_plugins
from bench.grid.source import Node
from bench.trial import Method, Scalar, Trial

PLAYERS = ("generator", "discriminator")

Case = tuple[str, tuple[tuple[str, Scalar], ...], Method]
"""All that decides which networks play: (task, sorted pairs of its options, method)."""


def named(node: Node) -> str:
    """The value of an option that names a network, "file:function". Raises GridError."""
    if not node.value:
        return ""
    _code(node)
    return _stem(node)


def files(root: Node, known: Iterable[Plugin]) -> tuple[Plugin, ...]:
    """The files that the tasks of a sweep take networks from, once each. Raises GridError."""
    found = {plugin.path.stem: plugin for plugin in known}
    before = set(found)
    for node in _nodes(root):
        own = _code(node)
        plugin = found.setdefault(own.path.stem, own)
        if plugin.path != own.path:
            raise node.error(f"two files are called {own.path.name}: {plugin.path} and {own.path}")
    return tuple(plugin for stem, plugin in found.items() if stem not in before)


def check(root: Node, trials: Iterable[Trial], plugins: Sequence[Plugin]) -> None:
    """Build and try every pair of networks that the user's files have a part in.

    Raises GridError for the first that cannot play, in words; warns with DoubtfulMethod.
    """
    modules = {plugin.module for plugin in plugins}
    cases = {
        (t.task, tuple(sorted(t.options.items())), t.method): None
        for t in trials
        if any(t.options.get(player) for player in PLAYERS) or _brought(t, modules)
    }
    if not cases:
        return
    try:
        task, reason, doubts = apart.call(f"{__name__}:answer", (tuple(plugins), list(cases)))
    except apart.Died as died:
        task, reason, doubts = next(iter(cases))[0], f"its networks cannot be built: {died}", []
    if reason:
        tables = root["task"] if "task" in root else root["sweep"]
        table = tables[task] if task in tables else root["sweep"].beside("tasks")
        found = _named_in(table, reason) if task in tables else iter(())
        raise next(found, table).error(f'task "{task}": {reason}')
    for doubt in doubts:
        warnings.warn(doubt, DoubtfulMethod, stacklevel=2)


def _brought(trial: Trial, modules: Collection[str]) -> bool:
    """True where the networks of a trial are registered by one of these modules."""
    name = network(trial.method, trial.task, trial.options)
    return bool(name) and registry.network[str(name)].fn.__module__ in modules


def answer(question: tuple[Sequence[Plugin], Sequence[Case]]) -> tuple[str, str, list[str]]:
    """(the first task that cannot be played, the reason against it, sentences about doubts).

    Task and reason are "" where all can be played. It is called in a process of its own (see
    `apart.call`).
    """
    plugins, cases = question
    gan.load_parts()
    load_plugins(plugins)
    return _tried(cases)


def _tried(cases: Iterable[Case]) -> tuple[str, str, list[str]]:
    """The answer to `answer`, once all parts are loaded."""
    doubts: list[str] = []
    for task, options, method in cases:
        try:
            found = tried(tasks.build(task, options), method, dict(options))
        except (BadNetwork, IllegalMethod, Misfit, Uncut) as error:
            return task, f"{error} (method {method.name})", doubts
        doubts += [f"{method.name}: {doubt}" for doubt in found]
    return "", "", doubts


def _split(node: Node) -> tuple[str, str]:
    """The name of a file and of its function: ("my_nets.py", "generator")."""
    match = re.fullmatch(r"(.+?)(?:\.py)?:(\w+)", node.string())
    if match is None:
        raise node.expected('"file:function", such as "my_nets:generator"')
    return match[1] + ".py", match[2]


def _code(node: Node) -> Plugin:
    """The file of a network. Raises GridError where it is not there."""
    file, _ = _split(node)
    try:
        return Plugin(*node.source.files.code(file))
    except Lost as lost:
        name = Path(file).name
        reason = f"no file {name} in {lost.beside}" if lost.beside else f"{name}: {lost}"
        raise node.error(f'{node.name} = "{node.value}": {reason}') from lost


def _nodes(root: Node) -> Iterator[Node]:
    """Everything in the tables of tasks that names a network of the user's own."""
    for table in root["task"].table().values() if "task" in root else ():
        yield from _players(table)


def _players(table: Node) -> Iterator[Node]:
    for player in PLAYERS:
        if player in table:
            node = table[player]
            several = node.elements("names") if isinstance(node.value, list) else [node]
            yield from (value for value in several if value.value)


def _named_in(table: Node, reason: str) -> Iterator[Node]:
    """The node of the function that a reason begins with."""
    return (n for n in _players(table) if reason.startswith(f"{_stem(n)}"))


def _stem(node: Node) -> str:
    file, function = _split(node)
    return f"{Path(file).stem}:{function}"


def check_labels(name: str | None, options: Mapping[str, Scalar]) -> None:
    """Refuse a file of images without labels for networks that are told them. Raises
    IllegalMethod."""
    path = options.get("path")
    told = name and registry.network[name].traits.get("labels")
    if told and path and not sources.labelled(str(path)):
        raise IllegalMethod(
            f"the networks {name} are told the class of each sample: {path} has none"
        )


def network(method: Method, task: str, options: Mapping[str, Scalar]) -> str | None:
    """The name of the networks that play; "" where a file of the user's gives one of them, None
    where the task has no choice."""
    if method.external:
        return None
    if method.network:
        return method.network
    if any(options.get(player) for player in PLAYERS):
        return ""
    default = registry.task[task].defaults.get("network")
    return str(options.get("network", default)) if default else None


def idle(method: Method, task: str, options: Mapping[str, Scalar]) -> dict[str, str]:
    """Options of the networks that decide nothing of a trial, and why.

    Networks declare which sizes they are made of, a task which sizes an option decides. Functions
    of the user's own are told shape and latent only.
    """
    part = registry.task[task]
    sized: Mapping[str, Sequence[str]] = part.traits.get("sized", {})
    if method.external:  # it is told all of them, and one setting of a task is compared with itself
        return {}
    if all(options.get(player) for player in PLAYERS) and not method.network:
        why = "both networks are functions of your own"
        return dict.fromkeys((*sized, "network"), why)
    name = method.network or str(options.get("network", part.defaults.get("network", "")))
    facts = registry.network[name].traits if name else {}
    if "sizes" not in facts:
        return {}
    unused = [option for option, sizes in sized.items() if not set(sizes) & set(facts["sizes"])]
    found = dict.fromkeys(unused, f"the networks {name} are not made of it")
    for player in PLAYERS if not method.network else ():
        if own := options.get(player):
            its = [option for option in sized if option.startswith(f"{player[0]}_")]
            found |= dict.fromkeys(its, f"the {player} is {own}")
    if options.get("g_units") and options.get("d_units"):
        found["units"] = "each player has a width of its own"
    return found
