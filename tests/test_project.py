"""What the project says of itself in several files is the same in all of them: its name, version,
licence and address, how it is tested, and on which Pythons."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib

import jsonschema
import pytest
import yaml

import bench
from tests.documents import CONTRIBUTING, README, ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
RUN = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

TEXT = {"type": "string", "minLength": 1}
ADDRESS = {"type": "string", "pattern": "^https://"}
FORM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["authors", "cff-version", "message", "title"],
    "properties": {
        **dict.fromkeys(("title", "message", "abstract", "version"), TEXT),
        "cff-version": {"enum": ["1.2.0"]},
        "type": {"enum": ["software", "dataset"]},
        "license": {"enum": ["MIT"]},
        "authors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "anyOf": [{"required": ["name"]}, {"required": ["family-names"]}],
                "additionalProperties": False,
                "properties": {
                    **dict.fromkeys(("name", "family-names", "given-names", "affiliation"), TEXT),
                    "orcid": {"type": "string", "pattern": "^https://orcid.org/"},
                },
            },
        },
        "keywords": {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True},
        "date-released": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "doi": {"type": "string", "pattern": r"^10\.\d{4,9}/"},
        **dict.fromkeys(("repository-code", "url"), ADDRESS),
    },
}
"""What is used here of the Citation File Format 1.2.0, whose own schema `cffconvert --validate`
holds."""


def test_the_citation_is_of_its_format():
    jsonschema.validate(CITATION, FORM)
    assert CITATION["title"] == PROJECT["name"]
    assert CITATION["license"] == PROJECT["license"]
    assert CITATION["keywords"] == PROJECT["keywords"]
    names = [author["name"] for author in CITATION["authors"]]
    assert names == [author["name"] for author in PROJECT["authors"]]
    assert f"Copyright (c) 2026 {names[0]}" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_the_version_stands_in_one_place_and_the_citation_has_it():
    assert str(CITATION["version"]) == bench.__version__
    assert "version" not in PROJECT  # hatch reads it from bench/__init__.py


def test_there_is_one_address_or_none():
    """None is made up; the first that there is stands in both files."""
    urls = PROJECT.get("urls", {})
    assert CITATION.get("repository-code") == urls.get("Repository")
    assert all(url.startswith("https://") for url in urls.values())


def commands_of(job: str) -> list[str]:
    return [step["run"] for step in WORKFLOW["jobs"][job]["steps"] if "run" in step]


def command_of_readme() -> str:
    found = re.search(r"<!-- tests -->\n```sh\n(.*)\n```", README)
    assert found
    return found[1]


def linters() -> list[str]:
    """The linters of .ci/run, as they are called in a developer's environment."""
    return re.findall(r'^"\$own"(.*)$', RUN, re.MULTILINE)


def test_the_workflow_runs_what_ci_runs():
    install, _, tests = command_of_readme().rpartition(" && ")
    assert commands_of("tests") == [command_of_readme()]
    assert commands_of("lint") == [install, *(f".venv{own}" for own in linters())]
    assert len(linters()) == 3
    assert tests in CONTRIBUTING
    for own in linters():
        assert f".venv{own}".replace(" --check", "") in CONTRIBUTING


def test_the_workflow_tests_every_python_that_is_supported():
    tested = WORKFLOW["jobs"]["tests"]["strategy"]["matrix"]["python"]
    named = [c.rpartition(" ")[2] for c in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", c)]
    assert tested == named == ["3.11", "3.12", "3.13"]
    assert PROJECT["requires-python"] == f">={tested[0]}"


def test_the_workflow_stops_what_is_outdated_and_keeps_what_pip_has_loaded():
    assert WORKFLOW["concurrency"]["cancel-in-progress"] is True
    for job in WORKFLOW["jobs"].values():
        (setup,) = (s for s in job["steps"] if s.get("uses", "").startswith("actions/setup-python"))
        assert setup["with"]["cache"] == "pip"
        assert (ROOT / setup["with"]["cache-dependency-path"]).is_file()
        assert job["timeout-minutes"] <= 120
    assert set(WORKFLOW[True]) == {"push", "pull_request"}  # YAML takes `on` for true
    assert WORKFLOW["permissions"] == {"contents": "read"}


@pytest.mark.skipif(os.name != "posix", reason="it is a script of bash")
def test_ci_makes_an_environment_of_its_own_and_leaves_a_developer_s_alone(tmp_path):
    """The script with its programs replaced by one that says how it was called."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "run").write_text(RUN)
    (tmp_path / "README.md").write_text(README)
    own, theirs = tmp_path / ".ci" / ".venv", tmp_path / ".venv"
    for folder in (own, theirs):
        folder.mkdir()
        (folder / "old").touch()
    programs = tmp_path / "programs"
    programs.mkdir()
    linked = 'for p in pip python ruff mypy; do ln -s "$(command -v say)" "$3/bin/$p"; done'
    fake = f'mkdir -p "$3/bin"; {linked}\n'
    for name, text in {"say": 'echo "$0 $*"\n', "python3": fake, "chromium": ""}.items():
        (programs / name).write_text(f"#!/bin/bash\n{text}")
        (programs / name).chmod(0o755)
    path = f"{programs}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", ".ci/run"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert done.stdout.splitlines() == [
        "+ " + command_of_readme().replace(".venv", ".ci/.venv"),
        ".ci/.venv/bin/pip install -q -e .[dev]",
        ".ci/.venv/bin/python -m pytest -n 2 --dist loadfile",
        ".ci/.venv/bin/ruff check .",
        ".ci/.venv/bin/ruff format --check .",
        ".ci/.venv/bin/mypy ",
    ]
    assert not (own / "old").exists()
    assert [one.name for one in theirs.iterdir()] == ["old"]


def test_git_sees_no_environment():
    assert ".venv/" in (ROOT / ".gitignore").read_text().splitlines()  # at any depth
