"""Phase portraits: paths of stored games, the field behind them, theory's slopes beside them."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.quiver import Quiver

from bench.analysis import frame, plots
from bench.analysis.games import paths
from bench.trial import Method, Result, Status, Trial
from tests import commands
from tests.analysis.plots.test_plots import assert_whole
from tests.analysis.synthetic import result, write

STEPS, EVERY = 600, 3


def game(method, task="bilinear", dynamics="simultaneous", turn=None, gamma=0.0, h=0.1, path=True):
    """A stored game that was played here: v = (psi, -theta - gamma psi), or by a matrix `turn`."""
    once = np.eye(2) + h * np.array([[0, 1], [-1, -gamma]]) if turn is None else turn
    points = [np.array([1.0, 1.0])]
    for _ in range(STEPS):
        points.append(once @ points[-1])
    points = np.array(points)
    seen = points[EVERY::EVERY]
    hparams = {"lr_g": h, "lr_d": h, "sgd.momentum": 0.0, **({"r1.gamma": gamma} if gamma else {})}
    regularizers = ("r1",) if gamma else ()
    parts = Method(method, "wasserstein", regularizers, optimizer="sgd", dynamics=dynamics)
    first = {"theta": points[:201, 0].tolist(), "psi": points[:201, 1].tolist()}
    return Result(
        trial=Trial(task, parts, 0, STEPS, hparams, {}, evaluations=STEPS // EVERY),
        status=Status.COMPLETED,
        curves={
            "step": list(range(EVERY, STEPS + 1, EVERY)),
            "radius": np.linalg.norm(seen, axis=1).tolist(),
            "theta": seen[:, 0].tolist(),
            "psi": seen[:, 1].tolist(),
        },
        signals={"step": []},
        facts={"kind": "game", "n": 1, "criterion": {"radius": ["<=", 0.01]}, "deterministic": True}
        | ({"path": first} if path else {}),
        error=None,
        seconds=1.0,
        provenance={},
    )


ALTERNATING = np.array([[0.99, 0.1], [-0.1, 1.0]])


@pytest.fixture(scope="module")
def trials(tmp_path_factory):
    made = [
        game("outwards"),
        game("circle", dynamics="alternating", turn=ALTERNATING),
        game("damped", "dirac", gamma=0.3),
        game("plain", "dirac"),
        game("older", "dirac", path=False),
    ]
    return frame.load(write(tmp_path_factory.mktemp("games") / "sweep", made))


def of(trials, task):
    own = trials[trials["task"] == task]
    return own, plots.looks(list(own["method"]))


def test_a_path_is_the_first_steps_and_the_evaluations_after_them(trials):
    found = paths.paths(trials[trials["task"] == "bilinear"])["outwards"]
    assert found.first.shape == (201, 2)
    np.testing.assert_allclose(found.first[1], [1.1, 0.9])
    assert found.later[0] == pytest.approx(
        game("x").curves["theta"][66:67] + game("x").curves["psi"][66:67]
    )
    assert len(found.later) == STEPS // EVERY - 66
    assert len(found.radius) == len(found.steps) == STEPS // EVERY


def test_portraits_are_whole_and_of_a_panel_for_each_field(trials):
    for task, titles in {
        "bilinear": ["bilinear, wasserstein"],
        "dirac": ["dirac, wasserstein, R1, gamma = 0.3", "dirac, wasserstein"],
    }.items():
        figure = plots.portraits(*of(trials, task))
        assert_whole(figure)
        assert [ax.get_title(loc="left") for ax in figure.axes[: len(titles)]] == titles
        with plots.column():
            assert_whole(plots.portraits(*of(trials, task)))


def test_a_method_without_a_path_is_left_out(trials):
    assert plots.portrayed(trials[trials["task"] == "dirac"]) == ["damped", "plain"]


def test_a_portrait_on_the_reader_s_axes_has_field_nullclines_and_paths(trials):
    ax = Figure().subplots()
    own, look = of(trials, "bilinear")
    plots.draw_portrait(ax, own, look)
    assert [type(c) for c in ax.collections].count(Quiver) == 1
    arrows = next(c for c in ax.collections if isinstance(c, Quiver))
    right = np.argmin(np.hypot(arrows.X - ax.get_xlim()[1], arrows.Y))
    assert arrows.V[right] < -0.8  # at theta > 0 D lets psi fall
    assert any(not isinstance(c, Quiver | LineCollection) for c in ax.collections)  # nullclines
    lines = {line.get_color(): line for line in ax.lines if len(line.get_xdata()) > 100}
    assert set(lines) == {look["circle"].colour, look["outwards"].colour}
    x, y = lines[look["circle"].colour].get_data()
    assert (x[0], y[0]) == (1.0, 1.0)


def test_eigenvalues_stand_beside_the_unit_circle(trials):
    ax = Figure().subplots()
    own, look = of(trials, "bilinear")
    plots.draw_spectrum(ax, own, look)
    circle = np.hypot(*ax.lines[0].get_data())
    np.testing.assert_allclose(circle, 1.0)
    drawn = {
        line.get_color(): np.abs(line.get_xdata() + 1j * line.get_ydata()) for line in ax.lines
    }
    np.testing.assert_allclose(drawn[look["outwards"].colour], np.sqrt(1.01), atol=1e-9)
    np.testing.assert_allclose(drawn[look["circle"].colour], 1.0, atol=1e-9)


def test_theory_s_slope_is_dashed_into_the_course(trials):
    ax = Figure().subplots()
    own, look = of(trials, "bilinear")
    plots.draw_course(ax, own[own["method"] == "outwards"], look)
    (course, slope) = ax.lines
    x, y = slope.get_data()
    assert np.log(y[1] / y[0]) / (x[1] - x[0]) == pytest.approx(np.log(1.01) / 2)
    steps, radius = course.get_data()
    assert np.interp(300, x, np.log(y)) == pytest.approx(np.interp(300, steps, np.log(radius)))


def test_what_has_no_portrait_is_said(tmp_path):
    trials = frame.load(write(tmp_path / "sweep", [result("converged")]))
    assert plots.portrayed(trials) == []
    with pytest.raises(ValueError, match="no phase portrait"):
        plots.draw_portrait(Figure().subplots(), trials, plots.looks(["ns"]))


def test_a_report_shows_them_and_says_how_many_there_are(tmp_path):
    made = [game(f"turns_{i}", h=0.02 * (i + 1)) for i in range(9)]
    write(tmp_path / "games", [*made, result("converged")])
    done = commands.inside("report", tmp_path / "games", "-o", tmp_path / "page", *commands.LIGHT)
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "page" / "report.md").read_text()
    assert page.count("Phase portraits of bilinear") == 1
    assert "Phase portraits of ring8" not in page
    assert "The first 8 of 9 methods are drawn." in page
    assert (tmp_path / "page" / "figures" / "bilinear_portraits.png").is_file()
