"""The instruments of a user's own data and feature networks, tried while the sweep is read.

Reading imports no TensorFlow: `bench.gan.tasks.probe` is asked in a process of its own. What it
finds is kept in the user's cache under the digests of all files, so that only the first reading
takes time. A network that cannot measure is an error, with its line; what an instrument cannot
measure (a q of data that are Gaussian to the proxy) is a warning.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import bench
from bench import gan, registry
from bench.gan.data import sources
from bench.gan.tasks.options import COMMON, NETWORKS, OF_PLAYERS, files
from bench.gan.tasks.probe import Probe, probe
from bench.grid.checks import apart
from bench.grid.plugins import Plugin, load_plugins
from bench.grid.source import GridError, Node
from bench.store import cache
from bench.store.files import read
from bench.trial import Scalar, Trial, digest, digest_name

Say = Callable[[str], None]


class Case(NamedTuple):
    """A task with those options that its instrument depends on, and the plugins it needs."""

    task: str
    """The name of the task."""

    options: tuple[tuple[str, Scalar], ...]
    """Sorted pairs (option, value) of those that the instrument depends on."""

    plugins: tuple[tuple[str, str], ...]
    """Sorted pairs (file name, digest) of the plugins that decide the result of the trial."""


def check(
    root: Node, trials: Iterable[Trial], plugins: Sequence[Plugin], say: Say = lambda text: None
) -> tuple[str, ...]:
    """Warnings about what cannot be measured, one for each task and data, with their lines.

    `say` is told when this takes long. Raises GridError for all faults together, a line for each.
    """
    named = {part.name: files(part.defaults) for part in registry.task}
    own = (t for t in trials if any(t.options.get(name) for name in named[t.task]))
    cases = list(dict.fromkeys(map(_case, own)))
    if not cases:
        return ()
    found = _probes(root, cases, plugins, say)
    if faults := list(dict.fromkeys(_faults(root, found))):
        raise GridError("\n".join(faults))
    return tuple(dict.fromkeys(_warnings(root, found)))


def notes(trials: Iterable[Trial]) -> tuple[str, ...]:
    """Lines about the classifiers of the user's labelled images, from what `check` has found."""
    named = {part.name: files(part.defaults) for part in registry.task}
    own = (t for t in trials if any(t.options.get(name) for name in named[t.task]))
    found = ((case, _cached(case)) for case in dict.fromkeys(map(_case, own)))
    return tuple(
        f'task "{case.task}" on {dict(case.options).get("path", "")}: its classifier tells '
        f"{findings.accuracy:.1%} of held-out images right"
        for case, findings in found
        if findings and findings.accuracy is not None
    )


def answer(question: tuple[Sequence[Plugin], Sequence[Case]]) -> list[Probe]:
    """The findings about each case. It is called in a process of its own (see `apart.call`)."""
    plugins, cases = question
    gan.load_parts()
    load_plugins(plugins)
    return [probe(case.task, dict(case.options)) for case in cases]


def _case(trial: Trial) -> Case:
    """The task of a trial with the options that its instrument may depend on. A task of this
    package depends on those of its own function only. Another may depend on all that its author
    likes, but not on networks."""
    idle = {*NETWORKS, *OF_PLAYERS, *(COMMON if _ours(trial.task) else ())}
    options = {k: v for k, v in trial.options.items() if k not in idle}
    plugins = {k: v for k, v in trial.plugins.items() if k not in trial.method.files}
    return Case(trial.task, tuple(sorted(options.items())), tuple(sorted(plugins.items())))


def _files(task: str) -> list[str]:
    """The options of a task that name a file of the user's, which its instrument is made of."""
    return files(registry.task[task].defaults)


def _ours(task: str) -> bool:
    return registry.task[task].fn.__module__.startswith("bench.gan.")


def _probes(
    root: Node, cases: Sequence[Case], plugins: Sequence[Plugin], say: Say
) -> list[tuple[Case, Probe]]:
    known = {case: _cached(case) for case in cases}
    new = [case for case in cases if known[case] is None]
    if new:
        names = ", ".join(dict.fromkeys(case.task for case in new))
        waiting = f"trying data and feature networks of {names}, once: up to a minute ..."
        try:
            found = apart.call(f"{__name__}:answer", (tuple(plugins), new), lambda: say(waiting))
        except apart.Died as died:
            place = _place(root, new[0])
            raise place.error(f'task "{new[0].task}": it cannot be measured: {died}') from died
        known |= dict(zip(new, found, strict=True))
        for case, findings in zip(new, found, strict=True):
            _keep(case, findings)
    return [(case, findings) for case, findings in known.items() if findings is not None]


def _faults(root: Node, found: Iterable[tuple[Case, Probe]]) -> Iterator[str]:
    for case, findings in found:
        for option, reason in findings.faults.items():
            place = _place(root, case, option)
            yield str(place.error(f'task "{case.task}": {reason}'))


def _warnings(root: Node, found: Iterable[tuple[Case, Probe]]) -> Iterator[str]:
    for case, findings in found:
        own = _files(case.task)
        named = [Path(str(v)).name for k, v in case.options if k in own and v]
        for what, reason in findings.missing.items():
            text = f'task "{case.task}" on {", ".join(named)}: {reason}: {what} cannot '
            text += f"be measured, and no verdict can rest on it; {findings.remedy[what]}"
            yield str(_place(root, case).error(text))


def _place(root: Node, case: Case, option: str = "") -> Node:
    """The node that holds the value of an option.

    Without an option it is the first file that the case has: its data, or its features.
    """
    if "task" not in root or case.task not in root["task"]:  # as it is, without a table
        return root["sweep"]["tasks"]
    table = root["task"][case.task]
    given = dict(case.options)
    names = [option] if option else [name for name in _files(case.task) if given.get(name)]
    for name in (name for name in names if name in table):
        node = table[name]
        each = node.elements("values") if isinstance(node.value, list) else [node]
        wanted = given.get(name)
        return next((one for one in each if _file(one) == wanted), node)
    return table


def _file(node: Node) -> str:
    return str(node.place()) if node.value else ""


# --- the cache -----------------------------------------------------------------------------------


def _key(case: Case) -> str | None:
    """A name for all that the answer depends on; None where it cannot be told."""
    own = _files(case.task)
    options: dict[str, Any] = dict(case.options)
    for name in own:
        known = options.pop(digest_name(name), None)
        if path := str(options.get(name) or ""):
            if path in sources.NAMED or Path(path).is_dir():
                options[name] = known  # the digest of all that is in it
                continue
            try:
                content = read(path)
            except OSError:
                return None
            options[name] = [Path(path).suffix, digest(content)]
    versions = [version("tensorflow"), version("keras")]
    asked = [_code(), versions, case.task, sorted(options.items()), case.plugins]
    return "probe-" + digest(json.dumps(asked).encode())


@functools.cache
def _code() -> str:
    """A digest of all code that builds and tries instruments: what other code found is stale."""
    own = Path(bench.__file__).parent
    sources = [f for folder in ("gan", "metrics") for f in sorted((own / folder).rglob("*.py"))]
    return digest(*(file.read_bytes() for file in sources))


def _cached(case: Case) -> Probe | None:
    """The findings of an earlier reading; None where there are none, or they cannot be read."""
    key = _key(case)
    stored: Any = cache.load(key) if key else None
    try:
        missing, remedy = stored["missing"], stored["remedy"]
        texts = [*missing, *missing.values(), *remedy.values()]
        accuracy = stored["accuracy"]
        whole = missing.keys() == remedy.keys() and all(isinstance(t, str) for t in texts)
        whole &= accuracy is None or isinstance(accuracy, float)
    except (KeyError, TypeError, AttributeError):
        return None
    return Probe({}, missing, remedy, accuracy) if whole else None


def _keep(case: Case, findings: Probe) -> None:
    """Keep findings for later readings. Faults are not kept: they are about to be mended."""
    if not findings.faults and (key := _key(case)):
        kept = {"missing": dict(findings.missing), "remedy": dict(findings.remedy)}
        cache.keep(key, kept | {"accuracy": findings.accuracy})
