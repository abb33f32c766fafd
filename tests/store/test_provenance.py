"""What is told of a machine, on files as the system writes them; and what a folder keeps of it."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path

import pytest

import bench
from bench import status
from bench.analysis.frame.sweeps import asks_gradients, read_sweep
from bench.store import Store, StoreError, provenance
from bench.store.provenance import kept

CPUINFO = "processor\t: 0\nmodel name\t: A 9000: fast\nprocessor\t: 1\nmodel name\t: B\n"
CARD = "Model: \t\t GeForce 1\nIRQ:   \t\t 7\nBus: 00\n"


@pytest.fixture
def proc(tmp_path, monkeypatch):
    """Files of /proc, by their names."""
    monkeypatch.setattr(provenance, "Path", lambda path: tmp_path / str(path).lstrip("/"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def write(name: str, text: str) -> None:
        (tmp_path / "proc" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "proc" / name).write_text(text)

    return write


def test_the_processor_is_the_first_model_name(proc):
    assert provenance.cpu() == platform.processor()
    proc("cpuinfo", "processor: 0\nCPU part\t: 0xd0c\n")
    assert provenance.cpu() == platform.processor()
    proc("cpuinfo", CPUINFO)
    assert provenance.cpu() == "A 9000: fast"


def test_cards_are_those_that_tensorflow_may_use(proc, monkeypatch):
    assert provenance._gpus() == []
    proc("driver/nvidia/gpus/1/information", CARD.replace("1", "2"))
    proc("driver/nvidia/gpus/0/information", CARD)
    for hidden in ("", "-1"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
        assert provenance._gpus() == []
    for shown in ("0", "0,1"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", shown)
        assert provenance._gpus() == ["GeForce 1", "GeForce 2"]
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert provenance._gpus() == ["GeForce 1", "GeForce 2"]


def test_flags_and_threads_are_those_of_the_moment(monkeypatch):
    for name in provenance._FLAGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XLA_FLAGS", "--x")
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "3")
    found = provenance.provenance()
    assert (found["flags"], found["threads"]) == ({"XLA_FLAGS": "--x"}, "3")
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS")
    monkeypatch.delenv("XLA_FLAGS")
    found = provenance.provenance()
    assert (found["flags"], found["threads"]) == ({}, "all")
    assert {"bench", "numerics", "python", "tensorflow", "numpy", "scipy", "keras"} <= set(found)
    assert found["python"] == platform.python_version()
    assert provenance._version("no such package") is None


def test_the_source_has_a_commit_in_a_checkout_only(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "bench/store/provenance.py"))
    assert provenance._git() == {}
    (tmp_path / ".git").write_text("not a repository")
    assert provenance._git() == {}  # git says no
    said = {"rev-parse": "c0ffee", "status": " M bench/x.py"}
    monkeypatch.setattr(provenance, "_run", lambda folder, *arguments: said[arguments[0]])
    assert provenance._git() == {"commit": "c0ffee", "dirty": True}
    said["status"] = ""
    assert provenance._git() == {"commit": "c0ffee", "dirty": False}


WRONG = {
    "no table": ("[1]", "it is no table"),
    "no JSON": ("{", "Expecting property name"),
    "no text": ("\xff\x00", "Expecting value"),
    "nested": ("[" * 100_000, "recursion"),
}


@pytest.mark.parametrize("name", WRONG)
def test_every_reader_says_alike_what_is_wrong(tmp_path, name):
    content, reason = WRONG[name]
    Store(tmp_path).create()
    (tmp_path / "provenance.json").write_text(content, encoding="latin-1")
    found = provenance.recorded(tmp_path)
    assert reason in found.fault
    assert (found.values, found.planned, found.overrides) == ({}, None, ())
    with pytest.raises(StoreError, match=r"provenance.json: cannot be read \(.*-S; name the TOML"):
        provenance.kept(tmp_path)
    assert any(found.fault in fault for fault in read_sweep(tmp_path).faults)
    assert status.status(tmp_path)["planned"] is None


def test_a_file_that_is_absent_or_no_file(tmp_path):
    folder = Store(tmp_path).create().path
    assert provenance.recorded(folder).fault == os.strerror(2)
    assert provenance.kept(folder) == {"overrides": [], "files": {}}
    os.mkfifo(folder / "provenance.json")
    assert "pipe" in provenance.recorded(folder).fault
    with pytest.raises(StoreError, match="pipe"):
        provenance.kept(folder)


@pytest.mark.parametrize("planned", [True, -1, 2.0, "7", None, [3]])
def test_a_number_of_trials_is_a_whole_one(tmp_path, planned):
    folder = Store(tmp_path).create().path
    (folder / "provenance.json").write_text(json.dumps({"planned": planned}))
    assert provenance.recorded(folder).planned is None
    (folder / "provenance.json").write_text('{"planned": 7}')
    assert provenance.recorded(folder).planned == 7
    assert status.status(folder)["planned"] == read_sweep(folder).planned == 7


@pytest.mark.parametrize(
    "content",
    [
        {"overrides": 3},
        {"overrides": [3]},
        {"files": [1]},
        {"files": {"x": [["path", "p"], ["digest", "d"]]}},
        {"files": {"x": {"path": 1, "digest": "d"}}},
    ],
)
def test_what_a_sweep_cannot_go_on_from_is_refused(tmp_path, content):
    folder = Store(tmp_path).create().path
    (folder / "provenance.json").write_text(json.dumps(content))
    with pytest.raises(StoreError, match="are no"):
        provenance.kept(folder)


def test_a_budget_may_come_from_an_override(tmp_path):
    folder = Store(tmp_path).create().path
    (folder / "sweep.toml").write_text("[sweep]\nsteps = 3\n")
    assert asks_gradients(folder) is False
    for overrides, said in ((["sweep.gradients=9"], True), (["sweep.steps=9"], False), (3, None)):
        (folder / "provenance.json").write_text(json.dumps({"overrides": overrides}))
        assert asks_gradients(folder) is said


def test_one_module_knows_where_it_is_kept():
    package = Path(bench.__file__).parent
    files = [file for file in package.rglob("*.py") if '"provenance.json"' in file.read_text()]
    assert {file.relative_to(package).as_posix() for file in files} == {
        "store/provenance.py",
        "store/listing.py",  # among the files of a sweep, which are copied and never read
    }


@pytest.mark.parametrize("path", ["\ud800", "x" * 5000, "a\0b", 3, None])
def test_a_table_with_what_is_no_path_is_no_table_of_files(path, tmp_path):
    files = {"mine.py": {"path": "/a/mine.py", "near": path, "digest": "0" * 16}}
    (tmp_path / "provenance.json").write_text(json.dumps({"files": files}), encoding="utf-8")
    with pytest.raises(StoreError, match="files are no table of texts"):
        kept(tmp_path)
    files["mine.py"]["near"] = "caf\udce9/mine.py"  # a name that is no UTF-8, as Python has it
    (tmp_path / "provenance.json").write_text(json.dumps({"files": files}), encoding="utf-8")
    assert kept(tmp_path)["files"] == files
