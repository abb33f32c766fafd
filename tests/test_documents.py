"""What README, the manual and the other documents name is there: files, headings, commands and
their options, experiments, tables of the TOML."""

from __future__ import annotations

import importlib.util
import pkgutil
import re
from functools import cache

import pytest

from bench.__main__ import COMMANDS
from bench.gan.methods import CATALOGUE
from bench.grid.schema.words import TABLES
from bench.grid.sweep import KEYS
from bench.registry import task
from bench.trial import Verdict
from tests import commands, documents
from tests.documents import DOCUMENTS, FOUND, MANUAL, README, ROOT

MOST = 8192
"""Bytes of README: what fits on two screens is read."""

PRESENT = tuple(name for name in DOCUMENTS if name != "CHANGELOG.md")
"""The documents that tell of the project as it is; a changelog may name what has gone."""


def test_the_readme_is_short():
    assert len(README.encode()) <= MOST


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name):
    folder, broken = (ROOT / name).parent, []
    for target in documents.links(documents.text(name)):
        place, _, heading = target.partition("#")
        file = (folder / place).resolve() if place else ROOT / name
        if not file.exists():
            broken.append(target)
        elif heading:
            known = {documents.anchor(h) for h in documents.headings(file.read_text("utf-8"))}
            broken += [target] * (heading not in known)
    assert broken == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_linked_to_is_in_git(name):
    """A file that git ignores is there on the machine that made it, and in no clone."""
    files, folder = set(documents.tracked()), (ROOT / name).parent
    for target in documents.links(documents.text(name)):
        if place := target.partition("#")[0]:
            file = (folder / place).resolve()
            assert file in files or any(file in one.parents for one in files), target


@pytest.mark.parametrize("name", PRESENT)
def test_every_file_that_is_named_is_there(name):
    named = re.findall(
        r"`((?:bench|tests|experiments|report|results)/[\w./=-]*\.\w+)`", documents.text(name)
    )
    gone = [file for file in named if not (ROOT / file).exists()]
    assert [file for file in gone if not file.endswith("/x.toml")] == []  # any experiment


@pytest.mark.parametrize("name", PRESENT)
def test_every_module_and_function_that_is_named_is_there(name):
    for dotted in re.findall(r"`((?:bench|tests)(?:\.\w+)+)[`(]", documents.text(name)):
        assert pkgutil.resolve_name(dotted), dotted


@cache
def options(command: str) -> set[str]:
    """The options that a command's help names."""
    told = commands.run(commands.command(command, "--help"), ROOT).stdout
    assert told.startswith("usage: ")
    return set(re.findall(r"(?<![\w-])--?[a-zA-Z][a-z-]*", told))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_that_is_shown_has_its_options(name):
    for module, rest in re.findall(
        r"python\s-m\s(bench\.[\w.]+\w)([^`#|&\n]*(?:\n  --[^`]*)?)", documents.text(name)
    ):
        assert importlib.util.find_spec(module), module
        if given := set(re.findall(r"(?<=\s)--?[a-zA-Z][a-z-]*", re.sub(r"'[^']*'", "", rest))):
            assert given <= options(module.removeprefix("bench.")), f"{module}{rest}"


def test_options_are_read_off_the_help():
    assert {"-n", "--dry-run", "--trial-timeout", "-S"} <= options("sweep")
    assert "--verify" not in options("sweep")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_programs_beside_the_commands_are_there(name):
    for module in re.findall(r"python -m (tests\.[\w.]+)", documents.text(name)):
        assert importlib.util.find_spec(module), module


def table(title: str) -> list[list[str]]:
    """The rows of the first table below a heading of the manual, without its head."""
    after = MANUAL.partition(f" {title}\n")[2]
    rows = re.search(r"(?:^\|.*\n)+", after, re.MULTILINE)
    assert rows
    return [[c.strip() for c in line[1:-2].split("|")] for line in rows[0].splitlines(True)[2:]]


def test_the_manual_lists_every_experiment_with_its_question():
    rows = {row[0]: row for row in table("Experiments of the project")}
    files = {f"[`{f.stem}`]({f.name})": f for f in (ROOT / "experiments").glob("*.toml")}
    assert rows.keys() == files.keys()
    for name, file in files.items():
        comment = " ".join(line[2:] for line in file.read_text("utf-8").splitlines()[:4])
        question = re.match(r".*?\?(?= |$)", comment)
        assert question
        assert rows[name][1] == question[0]


def test_what_is_published_of_an_experiment_is_linked_to():
    """A folder of `report/` has a row that leads to its section, and the section names it."""
    folders = {file.relative_to(ROOT / "report").parts[0] for file in documents.tracked("report")}
    rows = {
        re.findall(r"`(\w+)`", row[0])[0]: row[3] for row in table("Experiments of the project")
    }
    assert {name for name, place in rows.items() if place} == folders - {"README.md"}
    titles = {documents.anchor(title): title for title in documents.headings(FOUND)}
    for name in folders - {"README.md"}:
        own = documents.section(FOUND, titles[rows[name].partition("#")[2][:-1]])
        assert f"(../experiments/{name}.toml)" in own
        assert f"({name}/tables/" in own


NUMBER = re.compile(r"p = [\d.e-]+|(?<![\d.])0\.\d+|\d+ of \d+|[\d.]+ %|all \w+ numbers")


def test_the_first_table_of_the_findings_says_what_their_sections_say():
    costs: dict[str, set[str]] = {}
    for _, _, cost, place in table("Experiments of the project"):
        costs.setdefault(place.partition("#")[2].strip(")"), set()).add(cost)
    titles = {documents.anchor(title): title for title in documents.headings(FOUND)}
    rows = re.findall(r"^\| \[.*?\]\(#([\w-]+)\) (.*) \| (.*?) \|$", FOUND, re.MULTILINE)
    assert len(rows) > 10
    for place, said, cost in rows:
        own = documents.section(FOUND, titles[place]).replace("All", "all")
        assert [n for n in NUMBER.findall(said) if n not in own] == []
        assert cost in costs[place]


def test_the_manual_lists_every_command():
    rows = {name.strip("`"): words for name, words in table("Commands")}
    assert rows == COMMANDS | {"metrics": rows["metrics"]}  # it is no command of gan-bench


def test_the_manual_lists_every_table_of_the_toml():
    rows = {re.findall(r"\w+", name)[0]: words for name, words in table("The TOML")}
    assert rows == dict(TABLES)
    assert rows.keys() == set(KEYS[""])


def test_the_manual_lists_every_verdict_in_the_order_of_the_rules():
    assert [row[0].strip("`") for row in table("Verdicts")] == list(Verdict)


def test_the_manual_lists_every_task():
    rows = [name for row in table("Tasks") for name in re.findall(r"`(\w+)`", row[0])]
    assert sorted(rows) == sorted(part.name for part in task)


def test_methods_that_are_named_are_in_the_catalogue():
    named = {name for row in table("Methods") for name in re.findall(r"`(\w+)`", row[0])}
    assert named <= set(CATALOGUE)
    assert len(CATALOGUE) > 80
    for document in (README, MANUAL):
        assert "of over eighty" in document


def test_contents_of_the_manual_and_of_the_findings_name_every_section():
    for document in (MANUAL, FOUND):
        first = document.partition("\n## ")[0]
        linked = set(re.findall(r"\]\(#([\w-]+)\)", first))
        sections = re.findall(r"^## (.*)$", documents.prose(document), re.MULTILINE)
        assert {documents.anchor(title) for title in sections} <= linked


def test_anchors_are_those_of_github():
    assert documents.anchor("Where do I add ...?") == "where-do-i-add-"
    assert documents.anchor("A Python function (PyTorch, JAX, NumPy ...)") == (
        "a-python-function-pytorch-jax-numpy-"
    )
    assert documents.anchor("A Keras model with its own `train_step`") == (
        "a-keras-model-with-its-own-train_step"
    )
