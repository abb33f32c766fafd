"""The wheel holds whatever the program reads at run time, and says that it is typed."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BENCH = ROOT / "bench"

NEEDED = (
    "bench/py.typed",
    "bench/analysis/plots/style.mplstyle",
    "bench/gan/tasks/bounds.csv",
    "bench/gan/data/stored/digits8.npz",
    "bench/gan/data/stored/glyphs28.npz",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The names of all files of a wheel, built by the project's own backend."""
    builders = pytest.importorskip("hatchling.builders.wheel", reason="the extra [dev] has it")
    folder = tmp_path_factory.mktemp("wheel")
    (file,) = builders.WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return zipfile.ZipFile(file).namelist()


@pytest.mark.parametrize("name", NEEDED)
def test_the_wheel_holds(wheel, name):
    assert name in wheel


def test_the_wheel_holds_every_file_that_is_no_code(wheel):
    ours = {
        file.relative_to(ROOT).as_posix()
        for file in BENCH.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyc"
    }
    assert any(name.endswith(".html") for name in ours)  # the page's templates
    assert ours <= set(wheel)


def test_the_wheel_holds_no_test_and_no_result(wheel):
    rooms = {name.partition("/")[0] for name in wheel}
    assert {room for room in rooms if not room.endswith(".dist-info")} == {"bench"}
