"""Names that are long, differ in case only, or are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import grid, report
from bench.analysis.frame.labels import slug
from bench.store import Store
from bench.vocabulary.file_names import MOST, fault, part
from tests.analysis.synthetic import result, write
from tests.commands import LIGHT

SWEEP = (
    '[sweep]\ntasks = ["ring8"]\nmethods = ["ns"]\nseeds = "0..1"\nsteps = 10\nevaluations = 2\n'
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ring8", "ring8"),
        ("tiny.ns", "tiny.ns"),
        ("a b/c\\d\n", "a_b_c_d"),
        ("dcgan28 (path=x)", "dcgan28_path=x"),
        ("../../etc", "../../etc".replace("/", "_")),
    ],
)
def test_a_part_of_a_file_name(text, name):
    assert part(text) == slug(text) == name.strip("_")


def test_long_names_are_cut_and_stay_apart():
    one, other = part("x" * 400), part("x" * 401)
    assert one != other
    assert len(one) == len(other) == MOST
    assert part("x" * MOST) == "x" * MOST


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("..toml", "has no name"),
        (".toml", 'begins with "."'),
        (".hidden.toml", 'begins with "."'),
        ("a\nb.toml", "control character"),
        ("x" * 220 + ".toml", "more than 200 bytes"),
        ("é" * 110 + ".toml", "more than 200 bytes"),
    ],
)
def test_a_sweep_whose_name_is_no_folder_s_is_refused(tmp_path, name, wrong):
    (tmp_path / name).write_text(SWEEP)
    with pytest.raises(grid.GridError, match=r"rename it, as to x\.toml") as caught:
        grid.load(tmp_path / name)
    assert wrong in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["-x", "a b", "x" * 150, "\U0001f600", "a.b", "A'b\"c;$(d)"])
def test_odd_names_are_names(tmp_path, name):
    (tmp_path / f"{name}.TOML").write_text(SWEEP)
    assert grid.load(tmp_path / f"{name}.TOML").name == name
    assert fault(name) == ""


def test_a_method_s_name_fits_into_a_figure(tmp_path):
    text = SWEEP + '[[method]]\nname = "{}"\nbase = "r1"\n'
    (tmp_path / "x.toml").write_text(text.format("x" * 60))
    assert "x" * 60 in {trial.method.name for trial in grid.load(tmp_path / "x.toml").trials}
    (tmp_path / "x.toml").write_text(text.format("x" * 61))
    with pytest.raises(grid.GridError, match=r"x\.toml:8: .* at most 60 characters, .* has 61"):
        grid.load(tmp_path / "x.toml")


@pytest.mark.filterwarnings("ignore:constrained_layout")
def test_methods_of_400_characters_and_of_two_cases(tmp_path):
    names = ("ns", "Ns", "x" * 400, "x" * 401)
    made = [result("converged", method=m, seed=s) for m in names for s in range(3)]
    folder = write(tmp_path / "x", made, SWEEP)
    assert len(Store(folder).ids()) == 12
    assert report.main([str(folder), "-o", str(tmp_path / "out")]) == 0
    files = [file for file in (tmp_path / "out").rglob("*") if file.is_file()]
    assert len({str(file).lower() for file in files}) == len(files)
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert all(name in page for name in names)


def test_a_folder_whose_name_is_no_text(tmp_path):
    import os

    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    made = [result("converged", method=m, seed=s) for m in ("ns", "r1") for s in range(2)]
    assert report.main([str(write(odd, made, SWEEP)), "-o", str(tmp_path / "out"), *LIGHT]) == 0
    assert "caf" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
