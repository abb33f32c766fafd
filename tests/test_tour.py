"""The notebook runs from its first cell to its last: here on made-up results, in this process; and,
slow, in a kernel of its own as a reader runs it."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.quiver import Quiver

from tests.analysis.plots.test_portraits import game
from tests.analysis.report.test_notebook import quickstart
from tests.analysis.synthetic import write

FILE = Path(__file__).parent.parent / "experiments" / "tour.ipynb"
NOTEBOOK = json.loads(FILE.read_text(encoding="utf-8"))
CODE = ["".join(c["source"]) for c in NOTEBOOK["cells"] if c["cell_type"] == "code"]
MOST = 20_000
"""Bytes of the file: nothing that a cell has printed is kept in it."""


def results(folder: Path) -> Path:
    """Results as the quickstart and `theory` give them."""
    quickstart(folder)
    made = [game("simultaneous", "dirac"), game("r1_simultaneous", "dirac")]
    write(folder / "results" / "theory", made)
    return folder


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """(names that the cells define, figures that they draw, the value of each single line)."""
    folder, before = results(tmp_path_factory.mktemp("tour")), os.getcwd()
    (folder / "experiments").mkdir()
    names: dict[str, object] = {}
    values = []
    with mpl.rc_context({"backend": "agg"}):
        try:
            os.chdir(folder / "experiments")  # where a notebook is begun
            for source in CODE:
                body, _, last = source.rpartition("\n")
                whole = compile(source, FILE.name, "exec")
                exec(whole, names)
                simple = re.fullmatch(r"[\w.]+\(.*\)", last) and "=" not in last.split("(")[0]
                values.append(eval(last, names) if simple and not body else None)
            yield names, [plt.figure(number) for number in plt.get_fignums()], values
        finally:
            plt.close("all")
            os.chdir(before)


def test_nothing_that_was_printed_is_kept_in_it():
    for cell in NOTEBOOK["cells"]:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
    assert FILE.stat().st_size < MOST
    ids = [cell["id"] for cell in NOTEBOOK["cells"]]
    assert len(set(ids)) == len(ids)
    assert (NOTEBOOK["nbformat"], NOTEBOOK["nbformat_minor"]) == (4, 5)


def test_its_table_counts_every_trial(ran):
    names, _, values = ran
    (table,) = (value for value in values if isinstance(value, pd.DataFrame))
    assert table.to_numpy().sum() == len(names["trials"]) == 50
    assert set(table.columns) == {"converged", "stalled"}


def test_its_figures_show_what_they_say(ran):
    _, figures, _ = ran
    rates, along, samples, portraits = figures
    assert [ax.get_title() for ax in rates.axes] == ["digits8", "ring8"]
    assert all(ax.lines or ax.collections for ax in rates.axes)
    assert [ax.get_title() for ax in along.axes] == ["ns", "r1", "sngan"]
    assert all(ax.lines or ax.collections for ax in along.axes)
    assert samples.axes[0].collections
    assert [ax.get_title() for ax in portraits.axes] == ["r1_simultaneous", "simultaneous"]
    for ax in portraits.axes:
        assert [type(c) for c in ax.collections].count(Quiver) == 1


def test_its_own_penalty_is_planned(ran, capsys):
    names, _, _ = ran
    assert (names["folder"] / "small_logits.py").is_file()
    assert names["sweep"]([str(names["folder"] / "drift.toml"), "-n"]) == 0
    out = capsys.readouterr().out
    assert "15 trials" in out
    assert "drift" in out


def test_what_it_links_to_is_there():
    text = "\n".join("".join(c["source"]) for c in NOTEBOOK["cells"])
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (FILE.parent / target).is_file(), target
    for toml in re.findall(r"experiments/\w+\.toml", text):
        assert (FILE.parent.parent / toml).is_file(), toml


@pytest.mark.slow
def test_it_runs_in_a_kernel(tmp_path):
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    folder = results(tmp_path)
    (folder / "experiments").mkdir()
    shutil.copy(FILE, folder / "experiments")
    notebook = nbformat.read(folder / "experiments" / FILE.name, as_version=4)
    nbformat.validate(notebook)
    place = {"metadata": {"path": str(folder / "experiments")}}
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=place).execute()
    kinds = [
        out.data.keys() for c in notebook.cells for out in c.get("outputs", []) if "data" in out
    ]
    assert sum("image/png" in own for own in kinds) == 4
