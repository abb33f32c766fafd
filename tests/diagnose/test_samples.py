"""Samples of a training, alone and beside real ones, and the page of what was seen."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from bench.diagnose import samples
from bench.diagnose.command import main
from bench.diagnose.log import LogError
from tests.analysis.synthetic import ring
from tests.diagnose.made import HEALTHY, won

STEPS = (100, 200, 1000, 2000, 3000, 4000)


def saved(folder, makes):
    for step, own in zip(STEPS, makes, strict=True):
        np.save(folder / f"samples-{step}.npy", own)
    return str(folder / "samples-*.npy")


@pytest.fixture
def points():
    rng = np.random.default_rng(3)
    return [ring(rng, 400) for _ in STEPS], ring(rng, 2000)


def test_files_are_read_in_the_order_of_their_steps(tmp_path, points):
    pattern = saved(tmp_path, points[0])
    assert [step for step, _ in samples.read([pattern])] == list(STEPS)


def test_samples_that_became_one_place(tmp_path, points, capsys):
    healthy, _ = points
    assert main(["--samples", saved(tmp_path, healthy)]) == 0
    capsys.readouterr()
    collapsed = [own * (1 if i < 2 else 1e-3) + 1 for i, own in enumerate(healthy)]
    assert main(["--samples", saved(tmp_path, collapsed)]) == 3
    assert "one place" in capsys.readouterr().out


def test_beside_real_samples_all_is_measured_and_judged(tmp_path, points, capsys):
    healthy, real = points
    np.save(tmp_path / "real.npy", real)
    call = ["--samples", saved(tmp_path, healthy), "--real", str(tmp_path / "real.npy")]
    main(call)
    good = capsys.readouterr().out
    assert "measured beside 2000 real samples (RFF-FD)" in good
    assert "collapsed" not in good
    one = [own if i < 2 else own * 1e-3 + [2, 0] for i, own in enumerate(healthy)]
    saved(tmp_path, one)
    assert main([*call, "--json"]) == 3
    record = json.loads(capsys.readouterr().out)
    assert any("collapsed" in each["words"] for look in record for each in look["findings"])


def test_copies_of_the_data_are_told(tmp_path):
    rng = np.random.default_rng(4)
    real = rng.normal(size=(1000, 2)).astype(np.float32)
    copied = [(float(step), real[:400] + 1e-6) for step in STEPS]
    fresh = [(float(step), rng.normal(size=(400, 2)).astype(np.float32)) for step in STEPS]
    rules = [[one.rule for one in samples.beside(own, real)[0]] for own in (copied, fresh)]
    assert ["copies" in each for each in rules] == [True, False]


@pytest.mark.parametrize("scale", [lambda x: np.uint8(127.5 * (x + 1)), lambda x: (x + 1) / 2])
def test_images_of_any_range_are_brought_to_that_of_the_networks(tmp_path, scale):
    images = np.random.default_rng(0).uniform(-1, 1, (30, 8, 8)).astype(np.float32)
    images[0, 0, :2] = -1, 1
    np.save(tmp_path / "a.npy", scale(images))
    own = samples.load(str(tmp_path / "a.npy"))
    assert own.shape == (30, 8, 8, 1)
    np.testing.assert_allclose(own[..., 0], images, atol=1 / 127)


def test_what_is_no_samples_is_told(tmp_path, capsys):
    np.save(tmp_path / "a.npy", np.zeros((30, 2)))
    np.save(tmp_path / "b.npy", np.zeros((30, 3)))
    np.save(tmp_path / "one.npy", np.zeros((1, 3)))
    np.save(tmp_path / "text.npy", np.array([["a"]] * 30))
    (tmp_path / "c.npy").write_bytes(b"hello")
    names = [str(tmp_path / name) for name in ("one.npy", "text.npy", "c.npy", "nothere.npy")]
    for name in names:
        assert main(["--samples", name]) == 2
        assert name in capsys.readouterr().err
    with pytest.raises(LogError, match="different shapes"):
        samples.read([str(tmp_path / "a.npy"), str(tmp_path / "b.npy")])
    assert main([]) == 2
    assert "nothing to look at" in capsys.readouterr().err


def test_a_page_of_a_log_that_is_sick_and_of_one_that_is_not(tmp_path, capsys):
    rng = np.random.default_rng(1)
    for name, kind in (("sick", won), ("well", HEALTHY[0])):
        rows = zip(range(1, 301), *kind(rng), strict=True)
        lines = ["step,g_loss,d_loss", *(",".join(map(str, row)) for row in rows)]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    logs = [str(tmp_path / f"{name}.csv") for name in ("sick", "well")]
    page = tmp_path / "page.html"
    assert main([logs[0], "-o", str(page)]) == 3
    text = page.read_text(encoding="utf-8")
    for words in ("the discriminator wins", "had failed (", "What can be tried", "torch.autograd"):
        assert words in text
    assert text.count("<svg") + text.count("image/svg+xml") >= 2
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert main([logs[0], logs[0], "-o", str(page)]) == 3
    text = page.read_text(encoding="utf-8")
    assert text.count("grad(d(real).sum(), real") == 1  # a remedy stands once, and is linked to
    assert text.count('<a href="#remedies">What can be tried</a> stands below') == 2
    shown = re.findall(r'<img class="chart narrow"[^>]* width="(\d+)"', text)
    assert len(shown) == 4
    assert all(int(width) <= 400 - 2 * 15 for width in shown)  # they fit a telephone
    assert main([logs[1], "-o", str(page)]) == 0
    assert "What can be tried" not in page.read_text(encoding="utf-8")
    assert main([logs[1], "-o", str(tmp_path)]) == 2
    assert "cannot be written" in capsys.readouterr().err
