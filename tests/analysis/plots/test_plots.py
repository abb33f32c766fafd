"""Figures: nothing cut off, one colour for a method, failures drawn as failures."""

import io

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from bench.analysis import frame, plots
from bench.analysis.tables import outcomes, ranking
from bench.metrics.quantities import GAME
from bench.trial import Method, Result, Status, Trial
from tests.analysis.synthetic import FACTS, result, ring, write

FOURTEEN = [f"method_{i}_of_fourteen" for i in range(14)]


@pytest.fixture(params=["two", "one", "one seed", "fourteen", "failures"])
def data(request, tmp_path):
    made = {
        "two": [result(k, method=k, seed=s) for k in ("stalled", "nonfinite") for s in range(4)],
        "one": [result("converged", seed=s) for s in range(3)],
        "one seed": [result(k, method=k) for k in ("converged", "oscillating")],
        "fourteen": [result("improving", method=m, seed=s) for m in FOURTEEN for s in range(2)],
        "failures": [result("crashed", method="a"), result("nonfinite", method="b")],
    }[request.param]
    folder = write(tmp_path / "sweep", made)
    return frame.read(folder, curves=["q", "modes"], signals=["loss_d", "loss_g"])


def assert_whole(figure):
    """Everything that is drawn lies inside the figure, and no legend lies on an axes."""
    canvas = FigureCanvasAgg(figure)
    figure.draw_without_rendering()  # places everything, and paints nothing
    box = figure.get_tightbbox(canvas.get_renderer())
    width, height = figure.get_size_inches()
    assert min(box.x0, box.y0) > -0.03
    assert box.x1 < width + 0.03
    assert box.y1 < height + 0.03
    for legend in figure.legends:
        for ax in figure.axes:
            assert not legend.get_window_extent().overlaps(ax.get_window_extent())


def look(data):
    return plots.looks(list(dict.fromkeys(data.trials["method"])))


def test_curves_are_whole(data):
    assert_whole(plots.curves(data.curves, data.trials, ["q", "modes"], look(data)))
    assert_whole(plots.curves(data.signals, data.trials, ["loss_d", "loss_g"], look(data)))


def test_outcomes_are_whole(data):
    assert_whole(plots.outcomes(data.trials, list(look(data)), "converged"))


def test_times_and_costs_are_whole(data):
    assert_whole(plots.survival(data.trials, look(data)))
    assert_whole(plots.costs(data.trials, look(data)))


def test_the_time_axis_is_of_the_processor_where_every_trial_that_ended_has_it(tmp_path):
    facts = {**FACTS, "cpu_seconds": 3.0}
    whole = [result("converged", seed=0, facts=facts), result("nonfinite", seed=1, facts=facts)]
    for extra, label in (
        ([], "CPU seconds per trial"),
        ([result("crashed", seed=2)], "CPU seconds per trial"),
        ([result("stalled", seed=3)], "seconds by the clock per trial"),
    ):
        trials = frame.load(write(tmp_path / label / str(len(extra)), [*whole, *extra]))
        figure = plots.costs(trials, plots.looks(["ns"]))
        assert figure.axes[2].get_xlabel().replace("\n", " ") == label


def test_ranking_is_whole(data):
    ranked = ranking.ranking(ranking.evaluate(data.trials, data.hparams))
    assert_whole(plots.ranking(ranked, look(data), "converged"))


def test_searches_are_whole(data):
    assert_whole(plots.best_of_k(data.trials, look(data)))
    names = {method: ["lr_g", "lr_d"] for method in look(data)}
    assert_whole(plots.maps(data.trials, names, "converged"))
    assert_whole(plots.windows(data.trials, "lr_g", list(look(data)), "converged"))


def test_a_window_shows_the_rate_of_each_method_at_each_value(tmp_path):
    rates = {"ns": {1e-3: 0, 1e-2: 1}, "r1": {1e-3: 2, 1e-2: 3, 1e-1: 1}}
    made = [
        result("converged" if seed < hits else "stalled", method=m, seed=seed, hparams={"lr_g": lr})
        for m, row in rates.items()
        for lr, hits in row.items()
        for seed in range(4)
    ]
    trials = frame.load(write(tmp_path, made))
    ax = Figure().subplots()
    plots.draw_window(ax, trials, "lr_g", ["r1", "ns"], "converged")
    assert [t.get_text() for t in ax.texts] == ["50", "75", "25", "0", "25", "–"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["r1", "ns"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first method is on top


def test_profiles_and_mean_ranks_are_whole(data):
    methods = list(look(data))
    assert_whole(plots.profiles(data.trials, methods, look(data)))
    if len(methods) > 1:
        ranks = np.linspace(1, len(methods), len(methods))
        assert_whole(plots.critical_difference(methods, ranks, 6, look(data)))


def test_a_method_that_never_converges_stays_at_zero(tmp_path):
    made = [result("nonfinite", seed=s) for s in range(2)] + [result("converged", seed=2)]
    trials = frame.read(write(tmp_path, made)).trials
    ax = Figure().subplots()
    plots.draw_survival(ax, trials, plots.looks(["ns"])["ns"])
    steps, share = ax.lines[0].get_data()
    assert share.tolist() == pytest.approx([0, 1 / 3, 1 / 3])
    assert steps[-1] == 5000


def test_an_animation_has_a_frame_per_snapshot_and_moves():
    rng = np.random.default_rng(0)
    moving = plots.Motion("ns", np.array([0, 500, 900]), rng.normal(size=(3, 40, 2)))
    still = plots.Motion("r1", np.array([0, 900]), np.zeros((2, 40, 2)))
    found = plots.animation(ring(rng, 100), [moving, still], plots.looks(["ns", "r1"]))
    with Image.open(io.BytesIO(found)) as image:
        assert image.n_frames == 3
        frames = []
        for i in range(3):
            image.seek(i)
            frames.append(np.asarray(image.convert("L"), dtype=float))
    half = frames[0].shape[1] // 2
    assert np.abs(frames[0] - frames[2])[20:, :half].max() > 50
    assert np.abs(frames[0] - frames[2])[20:, half:].max() < 50


def test_samples_are_whole(data):
    rng = np.random.default_rng(0)
    fakes = [plots.Samples(m, "seed 0, stalled", ring(rng, 300)) for m in look(data)]
    assert_whole(plots.samples(ring(rng, 300), fakes, look(data)))


def test_a_method_has_one_look_and_no_other_has_it():
    looks = plots.looks(FOURTEEN)
    assert len({(look.colour, str(look.dash)) for look in looks.values()}) == 14


def test_the_median_leaves_the_panel_when_most_trials_have_failed(tmp_path):
    made = [result("nonfinite", seed=s) for s in range(3)] + [result("converged", seed=9)]
    data = frame.read(write(tmp_path, made), curves=["q"])
    figure = plots.curves(data.curves, data.trials, ["q"], look(data))
    (ax,) = figure.axes
    top = ax.get_ylim()[1]
    (median,) = [
        line for line in ax.lines if line.get_linewidth() == 1.8 and line.get_marker() != "x"
    ]
    steps, values = median.get_data()
    assert (values[steps <= 1500] < top).all()
    assert (values[steps > 1500] > top).all()
    (crosses,) = [line for line in ax.lines if line.get_marker() == "x"]
    assert len(crosses.get_xdata()) == 3


def test_the_axis_of_steps_reaches_to_the_end_that_was_planned(tmp_path):
    data = frame.read(write(tmp_path, [result("nonfinite")]), curves=["q"])
    figure = plots.curves(data.curves, data.trials, ["q"], look(data))
    assert figure.axes[0].get_xlim()[1] >= 5000


def test_shares_of_outcomes_add_up(tmp_path):
    kinds = ["converged", "mode_drop", "mode_drop", "nonfinite", "crashed"]
    data = frame.read(write(tmp_path, [result(k, seed=i) for i, k in enumerate(kinds)]))
    figure = plots.outcomes(data.trials, ["ns"], "converged")
    bars, rates = figure.axes
    assert [bar.get_width() for bar in bars.patches] == pytest.approx([0.2, 0.4, 0.2, 0.2])
    assert bars.get_yticklabels()[0].get_text() == "ns  (n = 5)"
    assert rates.lines[0].get_xdata() == pytest.approx([0.036, 0.624], abs=1e-3)


def test_points_outside_the_view_are_counted():
    rng = np.random.default_rng(0)
    away = np.concatenate([ring(rng, 75), np.full((25, 2), 50.0)])
    figure = plots.samples(ring(rng, 400), [plots.Samples("ns", "", away)], plots.looks(["ns"]))
    assert [text.get_text() for text in figure.axes[0].texts] == ["25% outside"]


@pytest.mark.parametrize("channels", [1, 3])
def test_images_are_tiles_beside_the_real_ones(channels):
    rng = np.random.default_rng(0)
    fake, real = (rng.uniform(-1, 1, (40, 8, 6, channels)) for _ in range(2))
    figure = plots.samples(real, [plots.Samples("ns", "seed 1", fake)], plots.looks(["ns"]))
    assert_whole(figure)
    shown, board = figure.axes[0], np.asarray(figure.axes[1].images[0].get_array())
    assert shown.get_title(loc="left") == "real"
    assert board.shape[:2] == (6 * 9 - 1, 6 * 7 - 1)
    assert board[9:17, 7:13] == pytest.approx((fake[7].squeeze() + 1) / 2)


def test_equal_figures_give_equal_files(tmp_path, data):
    for name in ("a", "b"):
        figure = plots.outcomes(data.trials, list(look(data)), "converged")
        files = plots.save(figure, tmp_path / f"{name}.1")
        assert [file.name for file in files] == [f"{name}.1.png", f"{name}.1.svg", f"{name}.1.pdf"]
    for ending in ("svg", "pdf"):
        one, other = (tmp_path / f"{name}.1.{ending}" for name in "ab")
        assert one.read_bytes() == other.read_bytes()


def test_a_game_is_shown_by_its_distance_to_the_equilibrium(tmp_path):
    step = list(range(10, 1001, 10))
    made = [
        Result(
            Trial("dirac", Method(name), 0, 1000, {}),
            Status.COMPLETED,
            {"step": step, "radius": [2**0.5 * factor**s for s in step]},
            facts={"criterion": {"radius": ["<=", 0.01]}, "kind": "game"},
        )
        for name, factor in {"inwards": 0.98, "circles": 1.0}.items()
    ]
    data = frame.read(write(tmp_path / "x", made), curves=["radius"])
    found = plots.curves(data.curves, data.trials, ["radius"], look(data))
    assert_whole(found)
    assert found.axes[0].get_yscale() == "log"
    ranked = ranking.ranking(ranking.evaluate(data.trials, ()))
    found = plots.ranking(ranked, look(data), "converged", outcomes.game(data.trials))
    assert_whole(found)
    assert found.axes[1].get_xlabel() == GAME
    low, high = found.axes[1].get_xlim()
    assert low < data.trials["q_tail"].min() < data.trials["q_tail"].max() < high
    assert plots.costs(data.trials, look(data)).axes[0].get_ylabel() == GAME
