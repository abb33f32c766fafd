"""Logs as other programs write them: columns are found, and what is wrong with the training."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bench.diagnose import main
from bench.diagnose.formats import events as long_events
from bench.diagnose.looking import look, unseen
from tests.diagnose import made


def looked(folder, name, kind, seed=0):
    writer, *_ = made.FORMATS[name]
    return look(writer(folder, *kind(np.random.default_rng(seed))))[0]


@pytest.mark.parametrize("kind", [*made.HEALTHY, *made.SICK], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", made.FORMATS)
def test_columns_and_failures_are_found(name, kind, tmp_path):
    one = looked(tmp_path, name, kind)
    _, g, d = made.FORMATS[name]
    assert (one.found.roles["loss_g"], one.found.roles["loss_d"]) == (g, d)
    failures = {finding.rule for finding in one.findings if finding.sick}
    assert failures == ({made.SICK[kind]} if kind in made.SICK else set())


@pytest.mark.parametrize("name", made.FORMATS)
def test_the_place_is_that_of_the_file(name, tmp_path):
    one = looked(tmp_path, name, made.broken)
    steps = {"keras": 200, "lightning": 10049, "ctgan": 200, "stylegan": 800, "own": 201}
    steps |= {"plain": 4000, "tutorial": 10000, "wandb": 2000}
    assert {f.step for f in one.findings if f.rule == "not finite"} == {steps.get(name, 2000)}


def test_what_was_taken_and_what_was_passed_over_is_printed(tmp_path, capsys):
    path = made.lightning(tmp_path, *made.calm(np.random.default_rng(1)))
    assert main([str(path)]) == 0
    told = capsys.readouterr().out
    assert f"{path}: a table, 300 values from step 49 to 14999" in told
    assert "took: g_loss as the loss of G\n" in told
    assert "passed over: val_fid\n" in told
    assert "nothing found: none of the rules holds" in told
    assert told.endswith(f"{unseen()}\n")
    assert "cannot be seen: lost modes" in told


def test_a_failure_is_said_with_its_numbers_and_an_exit_code(tmp_path, capsys):
    path = made.plain(tmp_path, *made.swinging(np.random.default_rng(1)))
    assert main([str(path), "--json"]) == 3
    (told,) = json.loads(capsys.readouterr().out)
    found = {one["role"]: one for one in told["findings"]}["loss_g"]
    assert found["rule"] == "swinging"
    assert found["numbers"]["period"] == pytest.approx(24 * 20, rel=0.1)
    assert "autocorrelation" in found["words"]


def test_two_runs_of_a_chart_are_looked_at_alone(tmp_path):
    path = made.wandb(tmp_path, *made.won(np.random.default_rng(2)))
    looks = look(path)
    assert [one.sick for one in looks] == [True, False]
    assert "brisk-sun-3" in looks[0].log.name


def test_events_of_one_folder_are_one_run(tmp_path):
    from tensorflow.compat.v1 import Event, Summary
    from tensorflow.io import TFRecordWriter

    made.pytorch_events(tmp_path, *made.calm(np.random.default_rng(3)))
    with TFRecordWriter(str(tmp_path / "events.out.tfevents.1800000000.host.2.0")) as writer:
        value = Summary.Value(tag="Loss/Generator", simple_value=7.0)
        writer.write(Event(step=5000, summary=Summary(value=[value])).SerializeToString())
    (one,) = look(tmp_path)
    assert one.log.series["Loss/Generator"].values[-1] == 7
    file = next(tmp_path.glob("*host.1.0"))
    file.write_bytes(file.read_bytes()[:-5])
    (one,) = look(file)
    assert len(one.log.series["Loss/Discriminator"].values) == made.N - 1
    assert "cut off" in one.log.notes[0]


def test_of_many_events_some_parts_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(long_events, "MOST", 200)
    monkeypatch.setattr(long_events, "BATCH", 20)
    g, d = made.loud(np.random.default_rng(6))
    (one,) = look(made.pytorch_events(tmp_path, g, d))
    own = one.log.series["Loss/Discriminator"]
    assert 60 <= len(own.values) <= 120
    np.testing.assert_allclose(own.values, d[(own.steps / 10).astype(int)], rtol=1e-5)
    assert "1 in 4 of its parts" in one.log.notes[0]


LINES = {
    "Epoch [3/100], Step [{n}/600], d_loss: {d}, g_loss: {g}, D(x): 0.72": 1800,
    "2024-01-02 10:00:07,123 - train - INFO - [{n}/600] Loss_D: {d} Loss_G: {g}": 0,
    "{n} [D loss: {d}, acc.: 87.50%] [G loss: {g}]": 0,
    "[Epoch 2/200] [Batch {n}/938] [D loss: {d}] [G loss: {g}]": 1876,
    "Epoch {n}/600 | Gen Loss: {g} | Disc Loss: {d} | 12.3s/it": 0,
    "step {n}: gen_loss {g} disc_loss {d}": 0,
    "iter={n}, lossD={d}, lossG={g}": 0,
    "{{'d_loss': {d}, 'g_loss': {g}, 'epoch': {n}}}": 0,
    "(epoch: 1, iters: {n}, time: 0.100) G_GAN: {g} G_L1: 30.1 D_real: 0.61 D_fake: 0.6": 0,
    "INFO:root:Iteration {n}: D_loss = {d}; G_loss = tensor({g})": 0,
}
"""A line as programs print it -> the step of the first, whose n is 0."""


@pytest.mark.parametrize("line", LINES)
def test_lines_of_text_have_their_step_and_losses(line, tmp_path):
    g, d = made.loud(np.random.default_rng(4))
    every = (line.format(n=i, g=round(g[i], 4), d=round(d[i], 4)) for i in range(made.N))
    (one,) = look(made.lines(tmp_path / "train.log", every))
    series = one.log.series[one.found.roles["loss_g"]]
    np.testing.assert_allclose(series.values, g, atol=1e-4)
    np.testing.assert_array_equal(series.steps, LINES[line] + np.arange(made.N))
    if "loss_d" in one.found.roles:
        np.testing.assert_allclose(one.log.series[one.found.roles["loss_d"]].values, d, atol=1e-4)
    else:
        assert one.found.roles["loss_d_real"] == "D_real"
