"""[sweep] tasks and seeds, and the [task.NAME] tables -> the tasks of a sweep."""

from __future__ import annotations

import inspect
import itertools
import re
import traceback
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench import registry
from bench.gan.data import sources
from bench.gan.tasks.options import FOUND, LATER, files, fitting, misfit
from bench.gan.tasks.task import made
from bench.grid import lengths, own_networks, race
from bench.grid.contained import contained
from bench.grid.files.stored import Lost
from bench.grid.lengths import Budget, per_task
from bench.grid.source import GridError, Node, shown
from bench.registry import BadPart, Part, hparams_fault, suggest
from bench.trial import File, Scalar, digest_name, flat
from bench.vocabulary import errors
from bench.vocabulary.interrupts import Interrupts

MOST = 1_000_000
"""More seeds or trials than this are a slip of the finger; listing them would fill the memory."""

_SEED_LIMIT = 2**31
_TYPES = {bool: "true or false", int: "a whole number", float: "a number", str: "a string"}
_TYPES[File] = _TYPES[str]


@dataclass(frozen=True)
class TaskEntry:
    """One task of a sweep, as its tables have it."""

    part: Part
    """The registered task."""

    seeds: Collection[int]
    """The seeds of its trials."""

    budget: Budget
    """The length of its trials, in steps or in gradients."""

    choices: tuple[Mapping[str, Scalar], ...]
    """Every combination of its options, option -> value; those of `LATER` at their defaults are
    left out."""

    given: Mapping[str, Node] = field(default_factory=dict)
    """Option -> its node, of those that the task's own table gives."""

    @property
    def name(self) -> str:
        """The name it is registered by."""
        return self.part.name

    @property
    def hparams(self) -> Mapping[str, float]:
        """The numbers that are bound to the scale of its data."""
        found: Mapping[str, float] = self.part.traits.get("hparams", {})
        return found


def read(root: Node) -> list[TaskEntry]:
    """The tasks of a sweep, in the order of the file. Raises GridError."""
    known = {part.name for part in registry.task}
    names = distinct(root["sweep"], "tasks", "task", known)
    tables = root["task"].table() if "task" in root else {}
    for name, table in tables.items():
        if name not in known:
            raise table.unknown("task", name, known)
        if name not in names:
            raise table.error(f'task "{name}" is not in this sweep{suggest(name, names)}')
    usual = race.seeds(root)
    parts = [registry.task[name] for name in names]
    return [_task(root["sweep"], part, names, tables.get(part.name), usual) for part in parts]


def distinct(table: Node, key: str, kind: str, known: Iterable[str]) -> dict[str, Node]:
    """A list of different, known names -> each name and its node. Raises GridError."""
    place = table.beside(key)
    if key not in table:
        raise place.error(f"{place.name} is missing: a list of {kind} names")
    found: dict[str, Node] = {}
    for node in table[key].elements(f"{kind} names"):
        name = node.string()
        if name not in known:
            raise node.unknown(kind, name, known)
        if name in found:
            raise node.error(f'{node.name} names "{name}" twice')
        found[name] = node
    return found


def seeds(node: Node) -> Collection[int]:
    """The seeds of "0..9" or of a list. Raises GridError."""
    if isinstance(node.value, str):
        try:
            return seed_range(node.value)
        except ValueError as error:
            raise node.error(error) from error
    if not isinstance(node.value, list):
        raise node.expected('a range such as "0..9" or a list of whole numbers')
    found: set[int] = set()
    for element in node.elements("whole numbers"):
        seed = element.whole(least=0)
        if seed >= _SEED_LIMIT:
            raise element.error(f"seed {seed} is not below 2**31")
        if seed in found:
            raise element.error(f"seed {seed} is given twice")
        found.add(seed)
    return frozenset(found)


def seed_range(text: str) -> range:
    """The seeds of "0..9", both ends included. Raises ValueError."""
    match = re.fullmatch(r"\s*(\d{1,20})\s*\.\.\s*(\d{1,20})\s*", text, re.ASCII)
    if match is None:
        raise ValueError(f'{shown(text)} is not a range of seeds such as "0..9"')
    first, last = int(match[1]), int(match[2])
    if last < first:
        raise ValueError(f'the range "{text}" ends before it begins')
    if last >= _SEED_LIMIT:
        raise ValueError(f"seed {last} is not below 2**31")
    if last - first >= MOST:
        raise ValueError(f'the range "{text}" has more than {MOST} seeds')
    return range(first, last + 1)


def _task(
    sweep: Node,
    part: Part,
    names: Mapping[str, Node],
    table: Node | None,
    usual: Collection[int] | None,
) -> TaskEntry:
    """`usual` are the seeds of a sweep that gives none: those of its race."""
    own_seeds = per_task(sweep, "seeds", part.name, names)
    if own_seeds is None and (usual is None or "seeds" in sweep):
        hint = f'for task "{part.name}"' if "seeds" in sweep else 'such as "0..9"'
        raise sweep.beside("seeds").error(f"sweep.seeds is missing: seeds {hint}")
    if fault := hparams_fault(part):
        raise GridError(f'{_place(part)}: task "{part.name}": {fault}')
    budget = lengths.read(sweep, part, names)
    choices = _choices(part, table, names[part.name])
    given = table.table() if table else {}
    found = seeds(own_seeds) if own_seeds is not None else usual or ()
    return TaskEntry(part, found, budget, choices, given)


def _choices(part: Part, table: Node | None, at: Node) -> tuple[Mapping[str, Scalar], ...]:
    """Every combination of the options, checked by the task itself where it has a `check`."""
    axes = {name: [default] for name, default in part.defaults.items()}
    for name, node in table.table().items() if table else ():
        if name in map(digest_name, files(part.defaults)) and node.value:
            raise node.error(f'task "{part.name}": {name} {FOUND}')
        if name not in part.defaults:
            raise node.unknown(f"option of {part.name}", name, part.defaults)
        values = node.elements("values") if isinstance(node.value, list) else [node]
        axes[name] = [_option(value, name, part) for value in values]
    combinations = (dict(zip(axes, c, strict=True)) for c in itertools.product(*axes.values()))
    checked = [_checked(part, options, table or at) for options in combinations]
    for options in checked:
        _same_files(flat(options), table or at)
    return tuple(
        flat({k: v for k, v in options.items() if not _left_out(part, k, v)}) for options in checked
    )


def _left_out(part: Part, option: str, value: object) -> bool:
    """True for an option of `LATER` at its default; of a task of a user's, `n`, `few` and `radius`
    may be his own."""
    own = option == "n" and part.defaults[option] != 0
    own |= option in ("few", "radius") and not _ours(part)
    return option in LATER and value == part.defaults[option] and not own


def _file_of(error: Exception, options: Mapping[str, Any]) -> str | None:
    """The option with the file that an error begins with; None where it begins with none."""
    named = (k for k, v in options.items() if str(v) and str(error).startswith(f"{v}: "))
    return next(named, None)


def _same_files(options: Mapping[str, Scalar], table: Node) -> None:
    """Raises GridError where a stored sweep goes on and a file of its data has changed."""
    for name, value in options.items():
        try:
            table.source.files.check(str(value), str(options.get(digest_name(name), "")))
        except Lost as lost:
            raise table.beside(name).error(f"{table.name}.{name}: {lost}") from lost


def _option(node: Node, name: str, part: Part) -> Scalar | File:
    kind = type(part.defaults[name])
    if kind is float:
        node.number()
    elif type(node.value) is not (str if kind is File else kind):
        raise node.error(f"{node.name} must be {_TYPES[kind]}, not {shown(node.value)}")
    limit = part.ranges.get(name)
    if limit and (fault := limit.fault(node.value)):
        raise node.error(f"{node.name} = {shown(node.value)} {fault}")
    if kind is float:
        return float(node.value)
    if name in own_networks.PLAYERS:
        return own_networks.named(node)
    if name == "network":
        return _network(node, part)
    if name in files(part.defaults):
        path = _place_of(node, part)
        return File(path) if kind is File else path
    value: Scalar = node.value
    return value


def _place_of(node: Node, part: Part) -> str:
    """The path of a file or folder of data, or the name of images that a package brings."""
    named = "resolve" in part.traits and node.value in sources.NAMED
    return str(node.value) if named or not node.value else str(node.place())


def _network(node: Node, part: Part) -> str:
    """The name of networks that a task can have."""
    known = fitting(_has_images(part))
    name = node.string()
    if name not in known:
        raise node.unknown(f"network of {part.name}", name, known)
    return name


def _has_images(part: Part) -> bool:
    return bool(part.traits.get("images"))


def _ours(part: Part) -> bool:
    return part.fn.__module__.startswith("bench.gan.")


def _place(part: Part, error: BaseException | None = None) -> str:
    """The file and line of a task: the last one of its file that ran into an error, or else the
    beginning of its function."""
    code = inspect.unwrap(part.fn).__code__
    lines = _ran(part, error) if error else []
    return f"{code.co_filename}:{lines[-1] if lines else code.co_firstlineno}"


def _ran(part: Part, error: BaseException) -> list[int]:
    """The lines of a task's file that an error went through."""
    file = inspect.unwrap(part.fn).__code__.co_filename
    frames = traceback.extract_tb(error.__traceback__)
    return [frame.lineno or 1 for frame in frames if frame.filename == file]


def _checked(part: Part, options: dict[str, Any], table: Node) -> Mapping[str, Scalar | File]:
    """The options as the task's own check has them; a task of a plugin without one is made once, so
    that what is wrong with it is said before anything trains. Raises GridError."""
    check, interrupts = part.traits.get("check"), Interrupts()
    try:
        if "network" in options and (wrong := misfit(options["network"], _has_images(part))):
            raise BadPart(f"its network {wrong}")
        if _ours(part):
            return check(options) if check is not None else options
        with contained(f'task "{part.name}"'), interrupts.watched():
            if check is not None:
                checked: Mapping[str, Scalar | File] = check(options)
                return checked
            if not any(options.get(name) for name in files(part.defaults)):
                made(part, options)
        return options
    except BadPart as error:
        raise GridError(f'{_place(part, error)}: task "{part.name}": {error}') from error
    except (ValueError, OSError) as error:
        option = getattr(error, "option", None) or _file_of(error, options)
        place = table.beside(option) if option else table
        where = "" if _ours(part) or not _ran(part, error) else f" ({_place(part, error)})"
        raise place.error(f'task "{part.name}": {errors.text(error)}{where}') from error
    except BaseException as error:
        if _ours(part) or interrupts.caused(error):
            raise
        reason = f"{type(error).__name__}: {errors.text(error)}".removesuffix(": ")
        raise GridError(f'{_place(part, error)}: task "{part.name}": {reason}') from error
