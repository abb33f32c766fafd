"""The pictures that `--pictures` writes: one of each series of each log, named by both."""

from __future__ import annotations

import re

import pytest

from bench import diagnose
from tests.documents import ROOT


def test_each_series_of_a_log_has_a_picture(tmp_path, capsys):
    log, out = tmp_path / "my run.csv", tmp_path / "a" / "b"
    rows = (f"{i},{0.7 + (i * i % 97) / 970},{1.4 - (i * i % 89) / 890}" for i in range(200))
    log.write_text("step,g_loss,d_loss\n" + "\n".join(rows))
    assert diagnose.main([str(log), "--pictures", str(out)]) == 0
    names = ["my_run.csv_loss_d.png", "my_run.csv_loss_d.svg"]
    names += [name.replace("loss_d", "loss_g") for name in names]
    assert sorted(file.name for file in out.iterdir()) == names
    text = (out / "my_run.csv_loss_g.svg").read_text(encoding="utf-8")
    assert "g_loss" in text
    assert "d_loss" not in text


def test_a_stored_trial_is_named_by_task_method_and_seed_and_its_place_is_marked(tmp_path):
    assert diagnose.main([str(ROOT / "results" / "symptoms"), "--pictures", str(tmp_path)]) == 3
    swings = (tmp_path / "dirac_alternating_wgan_seed_0_loss_g.svg").read_text(encoding="utf-8")
    silent = (tmp_path / "digits8_hinge_seed_1_loss_g.svg").read_text(encoding="utf-8")
    assert "swinging" in swings
    assert not re.search("swinging|late change", silent)


@pytest.mark.parametrize("option", ["--pictures", "-o"])
def test_what_cannot_be_written_is_said(option, tmp_path, capsys):
    log, taken = tmp_path / "log.csv", tmp_path / "taken"
    log.write_text("step,g_loss\n" + "\n".join(f"{i},{i % 3}" for i in range(50)))
    taken.write_text("a file")
    assert diagnose.main([str(log), option, str(taken / "x")]) == 2
    assert f"{taken / 'x'}: cannot be written: " in capsys.readouterr().err
