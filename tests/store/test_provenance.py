"""What is told of a machine, on files as the system writes them."""

from __future__ import annotations

import platform

import pytest

from bench.store import provenance

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
