"""A report says which it counts, reached or held, of the trials at the settings that are judged."""

import dataclasses

import numpy as np
import pytest
from matplotlib.figure import Figure

import bench
from bench.analysis import declared, plots
from bench.analysis.report import figures, words
from bench.analysis.report.contents import collect
from bench.analysis.tables import convergence
from tests.analysis.synthetic import result, write


def relapsing(seed, method="ns"):
    """It reaches the criterion and loses it for good after 60 % of the run."""
    whole = result("converged", seed=seed, method=method)
    modes = [8.0 if 20 <= i < 60 else 5.0 for i in range(100)]
    return dataclasses.replace(whole, curves={**whole.curves, "modes": modes})


def back_again(seed, method="ns"):
    whole = result("converged", seed=seed, method=method)
    modes = [5.0 if i < 20 or 50 <= i < 60 else 8.0 for i in range(100)]
    return dataclasses.replace(whole, curves={**whole.curves, "modes": modes})


@pytest.fixture
def folder(tmp_path):
    made = [relapsing(0), relapsing(1), back_again(2), result("converged", seed=3)]
    made += [result("nonfinite", seed=4), result("stalled", seed=5)]
    made += [result("stalled", seed=s, method="r1") for s in range(6)]
    return write(tmp_path / "x", made)


def test_a_curve_counts_what_was_reached_and_a_rate_what_holds(folder):
    found = collect([folder])
    row = found.tables["convergence"].set_index("method").loc["ns"]
    assert row[["trials", "reached", "held at the end", "relapsed"]].tolist() == [6, 4, 2, 3]
    assert found.tables["outcomes"].set_index("method").loc["ns", "success"] == 2
    trials = found.trials[found.trials["method"] == "ns"]
    assert convergence.holds(trials).tolist() == [False, False, True, True, False, False]

    ax = Figure().subplots()
    plots.draw_survival(ax, trials, plots.looks(["ns"])["ns"])
    curve, link, dot = ax.lines
    assert curve.get_ydata()[-1] == pytest.approx(4 / 6)
    assert dot.get_ydata() == pytest.approx([2 / 6])
    assert link.get_ydata() == pytest.approx([4 / 6, 2 / 6])
    assert dot.get_xdata()[0] > curve.get_xdata()[-1] == 5000
    assert ax.get_ylabel() == "share that has reached the criterion"


def test_captions_and_notes_say_which_is_which(folder):
    found = collect([folder])
    captions = {p.name: p.caption for p in figures.pictures(found, "ring8")}
    assert "have reached the criterion at least once" in captions["ring8_survival"]
    assert (
        "holds it at the end, which is what a rate of success counts" in captions["ring8_survival"]
    )
    note = declared.TABLES["outcomes"].note
    assert "A criterion that was reached once and lost again does not count" in note
    assert "with its 95 % interval (Wilson's, of one trial per seed)" in captions["ring8_outcomes"]


def search(lrs, method, good):
    """Converges at `good` alone; samples elsewhere are of hopeless learning rates."""
    return [
        result("converged" if lr == good else "collapsed", method=method, seed=s, hparams=numbers)
        for lr in lrs
        for s in range(4)
        if (numbers := {"lr_g": lr})
    ]


@pytest.fixture
def searched(tmp_path):
    made = search((1e-4, 1e-3, 1e-2), "ns", 1e-3) + search((1e-4, 1e-3), "r1", 1e-4)
    return write(tmp_path / "x", made)


def test_samples_are_of_the_settings_that_are_judged(searched, tmp_path):
    found = collect([searched])
    judged = found.compared.groupby("method")["lr_g"].unique().map(list).to_dict()
    assert judged == {"ns": [1e-3], "r1": [1e-4]}
    pictures = {p.name: p for p in figures.pictures(found, "ring8")}
    titles = [ax.get_title(loc="left") for ax in pictures["ring8_gallery"].figure.axes]
    assert len(titles) == 6
    assert all("converged" in title for title in titles)
    assert "at the settings that the ranking judges" in pictures["ring8_gallery"].caption


def test_samples_along_training_are_too(searched, monkeypatch):
    from bench.analysis.report import samples

    seen = []
    monkeypatch.setattr(samples, "motion", lambda trials: seen.append(trials) or None)
    list(figures.pictures(collect([searched]), "ring8", [declared.FIGURES["training"]]))
    assert [sorted(own["outcome"].unique()) for own in seen] == [["converged"]] * 2


def test_different_numbers_of_settings_are_said_to_be_unfair(searched, tmp_path):
    (line,) = [line for line in words.limits(collect([searched])) if "settings" in line]
    assert line.startswith("ring8: methods were tried at different numbers of settings (3: `ns`; 2")
    assert "unfair" in line
    same = search((1e-4, 1e-3), "ns", 1e-3) + search((1e-4, 1e-3), "r1", 1e-4)
    found = collect([write(tmp_path / "same", same)])
    assert "unfair" not in "".join(words.limits(found))


def test_rates_over_a_grid_are_named_so_everywhere(searched):
    found = collect([searched])
    assert set(found.tables["outcomes"]["interval"]) == {"over this grid"}
    assert set(found.tables["settings"]["interval"]) == {"Wilson"}
    assert set(found.tables["ranking"]["interval"]) == {"Wilson"}
    window = found.tables["windows"]
    assert window["lr_g"].tolist() == [1e-4, 1e-3, 1e-2, 1e-4, 1e-3]
    assert window["rate"].tolist() == [0, 1, 0, 1, 0]
    captions = {p.name: p.caption for p in figures.pictures(found, "ring8")}
    assert "over this grid: the seeds resampled" in captions["ring8_outcomes"]
    figure = plots.outcomes(found.trials, found.methods, "converged")
    assert "over this grid" in figure.axes[1].get_xlabel()
    (whole,) = [p for p in figures.pictures(found, "") if p.name == "windows"]
    assert "The table below has their intervals." in whole.caption


def test_options_are_columns_of_the_frame(tmp_path):
    made = [
        result("stalled", seed=0, options={"sigma": 0.1, "network": "mlp"}),
        result("stalled", seed=1, options={"sigma": 0.02, "network": "dcgan"}),
    ]
    trials = bench.load(write(tmp_path / "x", made)).sort_values("seed")
    assert trials["option.sigma"].tolist() == [0.1, 0.02]
    assert trials["option.network"].tolist() == ["mlp", "dcgan"]
    assert trials["task.name"].tolist() == ["ring8"] * 2
    assert trials["task"].nunique() == 2
    assert np.isin(["option.sigma", "lr_g", "q"], trials.columns).all()
