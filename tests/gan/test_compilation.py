"""Compiled steps that are kept: whole or not used, bounded, and equal bit for bit to new ones."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bench.gan import compilation
from bench.gan.compilation import Kept
from bench.store.provenance import provenance

NAME = "step__12__34__XLA_CPU_JIT.pb"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("TF_XLA_FLAGS", raising=False)
    return tmp_path


def two(folder: Path, monkeypatch) -> tuple[Kept, Kept]:
    """The steps of two processes that live."""
    first = Kept(folder)
    monkeypatch.setattr(os, "getpid", lambda: 1)
    return first, Kept(folder)


def test_a_step_goes_from_one_process_to_another(tmp_path, monkeypatch):
    first, second = two(tmp_path, monkeypatch)
    (first.own / NAME).write_bytes(b"machine code")
    first.share()
    second.fetch()
    assert (second.own / NAME).read_bytes() == b"machine code"
    second.share()
    assert len(list(tmp_path.glob("*.pb"))) == 1


@pytest.mark.parametrize("content", [b"", b"machine", b"machine cOde", b"machine code and more"])
def test_a_file_that_has_changed_is_removed_and_not_used(content, tmp_path, monkeypatch):
    first, second = two(tmp_path, monkeypatch)
    for name in (NAME, "step__5__6__XLA_CPU_JIT.pb"):
        (first.own / name).write_bytes(b"machine code")
    first.share()
    bad = next(file for file in tmp_path.glob("*.pb") if file.name.startswith("step__12"))
    bad.unlink()  # else its link in the first process changes with it
    bad.write_bytes(content)
    second.fetch()
    assert [file.name for file in second.own.iterdir()] == ["step__5__6__XLA_CPU_JIT.pb"]
    assert not bad.exists()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda place: os.symlink("nowhere", place)])
def test_what_is_no_file_is_neither_waited_for_nor_in_the_way(make, tmp_path, monkeypatch):
    first, second = two(tmp_path, monkeypatch)
    make(tmp_path / "step__12__34__XLA_CPU_JIT.c-00000000.pb")
    second.fetch()
    assert list(second.own.iterdir()) == []
    (first.own / NAME).write_bytes(b"machine code")
    first.share()
    second.fetch()
    assert (second.own / NAME).read_bytes() == b"machine code"


def test_files_that_xla_is_writing_are_not_shared(tmp_path, monkeypatch):
    first, second = two(tmp_path, monkeypatch)
    (first.own / f"{NAME}.tmp").write_bytes(b"half")
    first.share()
    second.fetch()
    assert list(second.own.iterdir()) == []


def test_folders_of_ended_processes_go_and_those_of_others_stay(tmp_path, monkeypatch):
    first, second = two(tmp_path / "x", monkeypatch)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for host in (platform.node(), "another"):
        (tmp_path / "x" / f"of-{host}-{ended.pid}").mkdir()
    first.tidy()
    assert {place.name for place in (tmp_path / "x").glob("of-*")} == {
        *(kept.own.name for kept in (first, second)),
        f"of-another-{ended.pid}",
    }


def test_the_oldest_go_above_the_largest_size(tmp_path, monkeypatch):
    kept = Kept(tmp_path / "x")
    monkeypatch.setattr(compilation, "LARGEST", 250)
    for i in range(4):
        file = tmp_path / "x" / f"step__{i}.64-0.pb"
        file.write_bytes(bytes(100))
        os.utime(file, (i, 10 - i))
    kept.tidy()
    assert sorted(f.name for f in (tmp_path / "x").glob("*.pb")) == [
        "step__0.64-0.pb",
        "step__1.64-0.pb",
    ]


def test_nothing_is_kept_where_xla_could_fail(tmp_path, monkeypatch):
    usage = compilation.shutil.disk_usage
    monkeypatch.setattr(compilation.shutil, "disk_usage", lambda _: SimpleNamespace(free=2**29))
    assert compilation.keep() is None
    monkeypatch.setattr(compilation.shutil, "disk_usage", usage)
    for name in ("a b", "a\tb", "it's", 'a"b', "a\\b"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / name))
        assert compilation.keep() is None
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert compilation.keep() is None
    assert "TF_XLA_FLAGS" not in os.environ


def test_flags_of_the_user_stay_and_ours_are_no_part_of_the_provenance(monkeypatch):
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_clustering_debug=false")
    assert compilation.keep()
    assert os.environ["TF_XLA_FLAGS"].startswith("--tf_xla_clustering_debug=false --tf_xla_pers")
    assert provenance()["flags"]["TF_XLA_FLAGS"] == "--tf_xla_clustering_debug=false"
    assert compilation.keep() is None  # there is a folder now


def test_another_version_processor_or_flag_has_a_folder_of_its_own(monkeypatch):
    seen = {compilation.folder()}
    for name, value in (
        ("version", lambda name: "0"),
        ("cpu", lambda: "another"),
        ("_features", lambda: "flags: none"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(compilation, name, value)
            seen.add(compilation.folder())
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_max_isa=AVX")
    assert len(seen | {compilation.folder()}) == 5


def trained() -> str:
    """A digest of all numbers after thirty steps."""
    import tensorflow as tf

    from bench import gan, registry
    from bench.gan.methods import CATALOGUE
    from bench.gan.training.step import Step
    from tests.gan.training.test_step import numbers

    gan.load_parts()
    task, method = registry.task["ring8"](units=8, batch=16, latent=4), CATALOGUE["r1"].method
    step, hparams = Step(task, method), numbers(method)
    assert step.xla
    state, signals = step.run(step.init(3, hparams), 3, hparams, 0, 30)
    text = b"".join(np.asarray(t).tobytes() for t in [*tf.nest.flatten(state), signals])
    return hashlib.sha256(text).hexdigest()


PROGRAM = """
from bench.gan import compilation
from bench.gan.environment import prepare_process
prepare_process()
kept = compilation.keep()
kept.fetch()
from tests.gan.test_compilation import trained
print(trained())
kept.share()
"""


def test_a_kept_step_computes_the_bits_of_a_new_one():
    """One process compiles the step, the next one finds it, and this one keeps nothing."""
    found = []
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True)
        assert done.returncode == 0, done.stderr
        files = sorted(compilation.folder().glob("*.pb"))
        assert len(files) == 2  # the step, and the normal numbers of its data
        kept = [(file.name, file.stat().st_mtime_ns) for file in files]
        found.append((done.stdout.decode().strip(), kept))
    assert found[0] == found[1]
    assert found[0][0] == trained()
