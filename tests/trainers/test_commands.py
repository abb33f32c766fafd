"""A program in any language as a method: a shell script, Node, Python without this package."""

from __future__ import annotations

import shutil

import pytest

from bench import grid
from tests.trainers.sweeps import table, trained, write

SHELL = r"""#!/bin/sh
# the real samples in the order in which they lie there, as float32 behind a header of 128 bytes
out=$1
test -f "$out/run.json" && test -f "$out/real.npy" || exit 9
for step in 5 10 15 20; do
    echo "{\"step\": $step, \"loss_g\": $2, \"loss_d\": 1.0}" >> "$out/log.jsonl"
    {
        printf '\223NUMPY\001\000v\000'
        printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (1000, 2), }"
        tail -c +129 "$out/real.npy" | head -c 8000
    } > "$out/samples.part"
    mv "$out/samples.part" "$out/samples-$step.npy"
done
"""

NODE = r"""
const fs = require("fs");
const [out, lr] = process.argv.slice(2);
const asked = JSON.parse(fs.readFileSync(out + "/run.json"));
const n = asked.samples, last = asked.evaluations.length - 1;
asked.evaluations.forEach((step, i) => {
  const loss = asked.hparams.bad && i === last ? NaN : asked.hparams.lr;
  fs.appendFileSync(out + "/log.jsonl", JSON.stringify({step, loss_g: loss, loss_d: 1}) + "\n");
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${n}, ${asked.shape[0]}), }`;
  const header = Buffer.from("\x93NUMPY\x01\x00v\x00" + head.padEnd(117) + "\n", "latin1");
  const points = Float32Array.from({length: n * 2}, (_, k) => Math.sin(k + asked.seed));
  fs.writeFileSync(out + "/s.part", Buffer.concat([header, Buffer.from(points.buffer)]));
  fs.renameSync(out + "/s.part", `${out}/samples-${step}.npy`);
});
"""

PYTHON = """
import json, sys
out, how = sys.argv[1:]
asked = json.load(open(out + "/run.json"))
head = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000, 2), }"
whole = b"\\x93NUMPY\\x01\\x00v\\x00" + f"{head:117}\\n".encode() + bytes(8000)
for step in asked["evaluations"]:
    cut = how == "cut" and step == 10
    name = f"samples-{step:05d}.npy" if how == "zeros" else f"samples-{step}.npy"
    open(f"{out}/{name}", "wb").write(whole[:900] if cut else whole)
    with open(out + "/log.jsonl", "a") as log:
        log.write('{"step": 7, "loss_g"' if how == "torn" else json.dumps({"step": step}))
        log.write("\\n")
if how == "half":
    open(out + "/log.jsonl", "a").write('{"step": 20, "loss_')
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("commands")


@pytest.fixture
def stored(folder):
    """The results of a sweep, when the user's files have gone."""
    for file in folder.glob("train.*"):
        file.unlink()
    return folder / "results" / "own"


@pytest.fixture(scope="module")
def results(folder):
    for name, text in (("train.sh", SHELL), ("train.js", NODE), ("train.py", PYTHON)):
        (folder / name).write_text(text)
    python = 'files = ["train.py"]\ncommand = ["python", "train.py", "{{out}}", "{}"]'
    methods = table("shell", 'files = ["train.sh"]\ncommand = ["train.sh", "{out}", "{train.lr}"]')
    for how in ("zeros", "cut", "torn", "half"):
        methods += table(how, python.format(how).replace("{{", "{").replace("}}", "}"))
    methods += table("absent", 'files = ["train.js"]\ncommand = ["no-such-program", "{{x}}"]')
    if shutil.which("node"):
        node = 'files = ["train.js"]\ncommand = ["node", "train.js", "{out}", "{train.lr}"]\n'
        methods += table("node", node) + table("null", node + "grid.train.bad = [1]")
    return trained(write(folder, methods + "[grid]\ntrain.lr = 0.5\n"))


def test_a_shell_script_is_measured(results):
    shell = results["shell"]
    assert shell.status == "completed"
    assert shell.signals["loss_g"] == [0.5] * 4
    assert shell.curves["modes"][-1] == 8
    assert shell.curves["q"][-1] < 0.1  # they are real ones


@pytest.mark.skipif(not shutil.which("node"), reason="Node is not installed")
def test_javascript_is_measured_and_its_null_is_not_finite(results):
    assert results["node"].status == "completed"
    assert results["node"].signals["loss_g"] == [0.5] * 4
    assert results["null"].status == "diverged"
    assert (results["null"].error["step"], results["null"].error["what"]) == (20, "loss_g")
    assert list(results["null"].curves["step"]) == [5, 10, 15]


def test_half_written_files_never_count(results):
    assert results["zeros"].status == results["half"].status == "completed"
    assert results["cut"].status == "crashed"
    assert "samples-10.npy is cut off" in results["cut"].error["message"]
    assert "log.jsonl:1: it is no JSON" in results["torn"].error["message"]


def test_a_program_that_is_not_there_is_named(results):
    text = "it could not be run: no-such-program: No such file or directory"
    assert text in results["absent"].error["message"]


def test_a_stored_sweep_has_its_programs(results, stored):
    sweep = grid.load(stored)
    assert {trial.id for trial in sweep.trials} == {r.trial.id for r in results.values()}
    assert {plugin.path.name for plugin in sweep.plugins} >= {"train.sh", "train.py"}
