"""python -m bench.catalogue [KIND [NAME]]: the parts and methods that there are.

    python -m bench.catalogue                     # the kinds, and how many of each
    python -m bench.catalogue regularizers        # one line for each
    python -m bench.catalogue methods r3gan       # one method: formulas, numbers, cost, source
    python -m bench.catalogue traits metrics      # what a decorator can be told of a part
    python -m bench.catalogue --check my_parts.py # do your own parts keep the contract?
    python -m bench.catalogue --check my_gan.py   # does your own trainer, def train(run, ...)?
    python -m bench.catalogue --schema            # what a sweep's TOML can hold, for your editor
    python -m bench.catalogue --schema my_parts.py # the same with your own parts

Only `--check` of parts loads TensorFlow.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import textwrap
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench import registry
from bench.analysis import declared
from bench.console import parser, run
from bench.gan import load_parts, methods
from bench.gan.contract import trainers as contract
from bench.gan.contract.contract import faults
from bench.gan.environment import prepare_process
from bench.gan.methods import cost, rules, why
from bench.grid import trainers
from bench.grid.plugins import Plugin, load_plugins
from bench.grid.schema import schema
from bench.grid.source import GridError
from bench.metrics import cards
from bench.registry import Part, suggest
from bench.store.files import read
from bench.vocabulary import errors
from bench.vocabulary.search import either, meant, near

PLURALS = {
    "losses" if kind == "loss" else kind if kind == "dynamics" else f"{kind}s": kind
    for kind in registry.KINDS
}


def main(argv: Sequence[str] | None = None) -> int:
    """Print what is asked for. Returns 0; 2 for a name that there is not, 1 for a broken part."""
    options = _parser().parse_args(argv)
    load_parts()
    try:
        load_plugins(())
        if options.check:
            return _check(Path(options.check))
        if options.schema is not None:
            load_plugins(Plugin.of(Path(file)) for file in options.schema)
            print(json.dumps(schema(), indent=1))
            return 0
        for line in _shown(options.kind, options.name):
            print(line)
    except (GridError, registry.UnknownName) as error:
        errors.say(error)
        return 2
    except BrokenPipeError:  # nobody reads on: `run` ends without a word
        raise
    except OSError as error:
        errors.say(f"{error.filename or options.check}: {error.strerror}")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    made = parser("catalogue", __doc__)
    made.add_argument("kind", nargs="?", help="methods, losses, regularizers, tasks, metrics ...")
    made.add_argument("name", nargs="?", help="one of them")
    made.add_argument("--check", metavar="FILE", help="run the contract on the parts of a file")
    text = "a JSON Schema of the TOML, for an editor; with the parts of these files of yours"
    made.add_argument("--schema", nargs="*", metavar="FILE", help=text)
    return made


def _shown(kind: str | None, name: str | None) -> Iterator[str]:
    """The lines of a catalogue: of everything, of a kind, or of one entry."""
    if kind is None:
        yield f"{'methods':16} {len(methods.CATALOGUE)}"
        for plural, single in PLURALS.items():
            yield f"{plural:16} {len(list(registry.KINDS[single]))}"
        yield "\npython -m bench.catalogue KIND lists them, KIND NAME shows one"
        yield "python -m bench.catalogue traits KIND: what its decorator can be told"
        return
    if kind == "traits":
        yield from _traits(name)
        return
    if kind in ("methods", "method"):
        yield from _methods() if name is None else _method(name)
        return
    single = PLURALS.get(kind, kind)
    if single not in registry.KINDS:
        raise registry.UnknownName(f'unknown kind "{kind}"{_hint(kind)}')
    if name is not None:
        names = [part.name for part in registry.KINDS[single]]
        yield from _part(registry.KINDS[single][_meant(name, single, names)])
        return
    width = max((len(part.name) for part in registry.KINDS[single]), default=0)
    for part in registry.KINDS[single]:
        yield f"{part.name:{width}}  {part.summary}"


def _meant(name: str, kind: str, known: Collection[str]) -> str:
    """The known name that is meant: itself, written another way, or a synonym. Raises UnknownName
    where it is none, or several."""
    found = [name] if name in known else meant(name, known)
    if len(found) != 1:
        raise registry.UnknownName(f'unknown {kind} "{name}"{suggest(name, known)}')
    return found[0]


def _hint(kind: str) -> str:
    """The end of an error about a kind that there is not. It may be a name that was given alone."""
    known = {f"methods {name}": name for name in methods.CATALOGUE}
    for plural, single in PLURALS.items():
        known |= {f"{plural} {part.name}": part.name for part in registry.KINDS[single]}
    names = meant(kind, known.values())
    if not names and not near(kind, ["methods", *PLURALS]):
        names = near(kind, known.values())
    if names:
        return f" (did you mean {either([f for f, name in known.items() if name in names])}?)"
    return suggest(kind, ["methods", *PLURALS])


def _traits(plural: str | None) -> Iterator[str]:
    """The traits that the decorator of a kind, or of every kind, can be told: one line for each."""
    if plural is not None and PLURALS.get(plural, plural) not in registry.KINDS:
        raise registry.UnknownName(f'unknown kind "{plural}"{suggest(plural, PLURALS)}')
    kinds = [PLURALS.get(plural, plural)] if plural else list(registry.KINDS)
    for kind in kinds:
        yield f"@{kind}(...)"
        width = max(map(len, registry.KINDS[kind].traits), default=0)
        for name, trait in registry.KINDS[kind].traits.items():
            yield f"    {name:{width}}  {trait.meaning}"


def _methods() -> Iterator[str]:
    width = max(map(len, methods.CATALOGUE))
    for name, recipe in methods.CATALOGUE.items():
        yield f"{name:{width}}  {recipe.source}"


def _method(name: str) -> Iterator[str]:
    """One method: source, cost, numbers, and each part with its formula."""
    name = _meant(name, "method", methods.CATALOGUE)
    recipe = methods.CATALOGUE[name]
    method = recipe.method
    yield f"{name}: {recipe.source}"
    yield from _why(name)
    yield f"cost: {cost.gradients(method):.3g} gradients a step (ns: 2)"
    if recipe.data:
        yield f"data: its numbers are for {recipe.data}"
    for number, source in recipe.sources.items():
        value = getattr(method, number) if number in rules.COUNTS else recipe.hparams[number]
        yield f"{number} = {value}: {source}"
    for kind, part in method.parts():
        if part == "identity":
            continue
        yield ""
        yield from _part(registry.KINDS[kind][part], recipe.hparams)


def _why(name: str) -> Iterator[str]:
    """The reason why a method works, and where to look; nothing where none is told."""
    reason = why.reasons().get(name)
    if reason is None:
        return
    yield from textwrap.wrap(f"why: {reason.text}", 100, subsequent_indent="     ")
    yield f"picture: {why.PICTURES[reason.picture]}"


def _part(part: Part, numbers: object = None) -> Iterator[str]:
    """A part's kind and name, its docstring, its hyper-parameters with values and ranges."""
    yield f"{part.kind} {part.name}"
    yield from (f"    {line}".rstrip() for line in (inspect.getdoc(part.fn) or "").splitlines())
    if part.kind == "metric":
        yield f"    {cards.of(part).title}"
    for name, value in part.traits.items():
        shown = "" if value is True or callable(value) else f" = {value}"
        yield f"    {name}{shown}: {registry.KINDS[part.kind].traits[name].meaning}"
    own = numbers if isinstance(numbers, dict) else {}
    for name, default in part.defaults.items():
        full = f"{'train' if part.kind == 'trainer' else part.name}.{name}"
        limit = f" ({part.ranges[name]})" if name in part.ranges else ""
        yield f"    {full} = {own.get(full, default)}{limit}"


def _check(file: Path) -> int:
    """Load a file, run the contract on every part that it registers, and name what it declares for
    a report."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # of a card that is not there it says much
    try:
        own = list(trainers.of_file(file))
    except ValueError:
        own = []  # loading it says what is wrong
    if own and not declared.used_in(content := read(file)) and b"bench.registry" not in content:
        return _trainers(own)
    before = {(part.kind, part.name) for kind in registry.KINDS.values() for part in kind}
    try:
        told = _declared(Plugin.of(file))
    except (GridError, registry.BadPart) as error:
        if not isinstance(error.__cause__ or error, registry.BadPart):
            raise
        print(error)
        return 1
    found = [
        part
        for kind in registry.KINDS.values()
        for part in kind
        if (part.kind, part.name) not in before
    ]
    if told:
        print(f"declares {', '.join(told)}")
    elif not found and not own:
        print(f"{file}: registers no parts (a decorator of bench.registry is missing?)")
        return 1
    return max(_kept(found) if found else 0, _trainers(own))


def _trainers(own: Sequence[tuple[str, trainers.External | str]]) -> int:
    """Run each trainer of a file for some steps and print what it lacks. Returns 1 where one
    does."""
    prepare_process()
    broken = False
    for name, program in own:
        if isinstance(program, str):
            wrong = [program]
        else:
            load_plugins(program.files.values())  # known by their content, and not run
            plugins = {name: plugin.digest for name, plugin in program.files.items()}
            tried = contract.trials(program.method, program.hparams, plugins=plugins)
            wrong = list(contract.faults(tried))
        broken |= bool(wrong)
        print(f"trainer {name}: {'keeps the contract' if not wrong else ''}".rstrip(" "))
        for text in wrong:
            print(f"    {text}")
    return 1 if broken else 0


def _declared(plugin: Plugin) -> list[str]:
    """Load a plugin -> the tables, figures and sections that it declares: "table slowest". Raises
    GridError, and BadDeclaration (a BadPart) where one of them has no place in a report."""
    reports = declared.used_in(plugin.source)
    if reports:  # the report's own first: a plugin's may not take their names
        declared.load("bench.analysis.report")
    kinds: dict[str, dict[str, Any]] = {
        "table": declared.TABLES,
        "figure": declared.FIGURES,
        "section": declared.SECTIONS,
    }
    before = {kind: dict(known) for kind, known in kinds.items()}
    load_plugins([plugin])
    if reports:
        from bench.analysis.report import sections

        sections.sections()
    return [
        f"{kind} {name}"
        for kind, known in kinds.items()
        for name in known
        if known[name] is not before[kind].get(name)
    ]


def _kept(found: Sequence[Part]) -> int:
    """Run the contract on parts and print what they break. Returns 1 where one is broken."""
    prepare_process()
    broken = False
    for part in found:
        wrong = faults(part)
        broken |= bool(wrong)
        print(f"{part.kind} {part.name}: {'keeps the contract' if not wrong else ''}".rstrip(" "))
        for text in wrong:
            print(f"    {text}")
    return 1 if broken else 0


if __name__ == "__main__":
    run(main)
