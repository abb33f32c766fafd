"""Many methods, settings and tasks, and names of any kind: each figure stays bounded."""

import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from bench.analysis import frame, plots
from bench.analysis.plots.style.labels import spread
from bench.analysis.plots.style.looks import COLOURS, EIGHT
from bench.analysis.plots.style.names import LONGEST, names, plain
from bench.analysis.plots.style.saving import MOST_PIXELS
from bench.analysis.tables import ranking
from tests.analysis.synthetic import BANDS, FACTS, result, ring, write

ODD = ("a$b$", "$\\frac{", "_x_", "back\\slash", "🔥", "🌊", "a\nb", "x" * 400 + "1",
       "x" * 400 + "2", "Case", "case")  # fmt: skip
HIGHEST = 22.0
"""Most inches that a figure is high."""


def sweep(folder, methods, tasks=("ring8",)):
    facts = {**FACTS, "bands": BANDS}
    made = [
        result(
            "converged" if place < len(methods) * share else "stalled",
            method=method, task=task, facts=facts, evaluations=10,
            hparams={"lr_g": rate, "r1.gamma": 0.1 + rate},
        )
        for task, share in zip(tasks, np.linspace(0.3, 0.8, len(tasks)), strict=True)
        for place, method in enumerate(methods)
        for rate in (1e-3, 1e-2)
    ]  # fmt: skip
    return frame.read(write(folder, made), curves=["q", "modes"])


def figures(data, methods):
    """(name, a function that draws it) of every kind of figure."""
    trials = data.trials
    own = trials[trials["task"] == trials["task"].iloc[0]]
    table = ranking.ranking(ranking.evaluate(own, data.hparams))
    order = list(map(str, table["method"]))
    look = plots.looks(methods, [order])
    rng = np.random.default_rng(0)
    ranks = rng.permutation(len(methods)) * 0.9 + 1
    rows = [[plots.Samples(m, "best (seed 1, converged)", ring(rng, 40))] for m in order]
    images = [plots.Samples(m, "best", rng.uniform(-1, 1, (9, 8, 8, 1))) for m in order]
    axes_of = {m: ["lr_g", "r1.gamma"] for m in order}
    return {
        "ranking": lambda: plots.ranking(table, look, "converged"),
        "outcomes": lambda: plots.outcomes(own, methods, "converged"),
        "bands": lambda: plots.bands(own, look, order),
        "windows": lambda: plots.windows(trials, "lr_g", order, "converged"),
        "curves": lambda: plots.curves(data.curves, own, ["q", "modes"], look, order),
        "survival": lambda: plots.survival(own, look, order),
        "maps": lambda: plots.maps(own, axes_of, "converged"),
        "best_of_k": lambda: plots.best_of_k(own, look, order),
        "costs": lambda: plots.costs(own, look, order),
        "profiles": lambda: plots.profiles(own, methods, look, order),
        "critical_difference": lambda: plots.critical_difference(methods, ranks, 90, look),
        "gallery": lambda: plots.gallery(ring(rng, 40), rows, look),
        "samples": lambda: plots.samples(images[0].fake, images, look),
    }


NAMED = ("ranking", "outcomes", "windows", "critical_difference")
"""The figures with a row for each method; in the others eight stand out, or have a panel each."""


@pytest.fixture(scope="module")
def sixty(tmp_path_factory):
    methods = [f"method_{i:02d}" for i in range(60)]
    data = sweep(tmp_path_factory.mktemp("sixty") / "x", methods)
    return methods, figures(data, methods)


def shown(figure):
    return [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible()]


@pytest.mark.parametrize("name", ["ranking", "survival", "best_of_k", "costs", "maps"])
def test_a_figure_of_sixty_methods_tells_them_apart_or_shows_the_best(name, sixty):
    _check(name, *sixty)


@pytest.mark.slow
@pytest.mark.parametrize("width", ["page", "column"])
def test_each_figure_of_sixty_methods(width, sixty):
    for name in sixty[1]:
        if width == "page":
            _check(name, *sixty)
        else:
            with plots.column():
                _check(name, *sixty)


def _check(name, methods, draw):
    figure = draw[name]()
    wide, high = figure.get_size_inches()
    assert wide <= plots.PAGE
    assert high <= HIGHEST
    text = " ".join(t.get_text() for t in shown(figure))
    there = [method for method in methods if method in text]
    if name in NAMED:
        assert there == methods
    elif name not in ("curves", "maps", "samples"):
        assert len(there) == EIGHT
    if name in ("bands", "survival", "best_of_k", "costs", "profiles"):
        assert "in grey: 52 other methods" in text
        colours = {line.get_color() for ax in figure.axes for line in ax.lines}
        assert set(COLOURS) <= colours
    assert all(t.get_fontsize() >= 6 for t in shown(figure))


@pytest.mark.parametrize("name", ["survival", "costs"])
def test_names_beside_lines_do_not_overlap(name, sixty):
    figure = sixty[1][name]()
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    ax = figure.axes[-1]
    boxes = [t.get_window_extent() for t in ax.texts if t.get_text().startswith("method")]
    assert len(boxes) == EIGHT
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other)
    width, height = figure.get_size_inches() * figure.dpi
    assert all(b.x1 < width + 2 and b.y0 > -2 and b.y1 < height + 2 for b in boxes)


def test_windows_of_twelve_tasks_stand_above_each_other(tmp_path):
    methods = [f"method_{i}" for i in range(9)]
    tasks = [f"task_{i}" for i in range(12)]
    data = sweep(tmp_path / "x", methods, tasks)
    figure = plots.windows(data.trials, "lr_g", methods, "converged")
    assert {ax.get_title(loc="left") for ax in figure.axes} == set(tasks)
    assert len({round(ax.get_position().y0, 2) for ax in figure.axes}) == 3
    assert figure.get_size_inches()[1] <= HIGHEST


@pytest.mark.parametrize("name", ["survival", "ranking", "windows"])
def test_odd_names_are_drawn_as_text(name, tmp_path, recwarn):
    data = sweep(tmp_path / "x", ODD)
    figure = figures(data, list(data.trials["method"].unique()))[name]()
    FigureCanvasAgg(figure).draw()
    assert not [w for w in recwarn if "Glyph" in str(w.message)]


def test_names_are_distinct_short_and_plain():
    found = names(ODD)
    assert len(set(found.values())) == len(ODD)
    assert max(len(text) for text in found.values()) <= LONGEST + 2  # with the \ before a $
    assert plain("a$b$") == r"a\$b\$"
    assert plain("🔥 x\ny") == "U+1F525 x y"
    alike = [f"{'a' * 50}{i}{'b' * 50}" for i in range(3)]  # they differ where they are cut
    assert len(set(names(alike).values())) == 3
    assert max(map(len, names(alike, 0.8).values())) <= 12


@pytest.mark.parametrize(
    ("heights", "gap", "expected"),
    [
        ([0.5, 0.5], 0.2, [0.6, 0.4]),
        ([0.9, 0.1, 0.5], 0.2, [0.9, 0.1, 0.5]),
        ([1.0, 1.0, 0.0], 0.3, [1.0, 0.7, 0.0]),
        ([0.0, 0.1], 0.5, [0.0, 0.5]),
        ([0.3] * 5, 0.5, [1.0, 0.75, 0.5, 0.25, 0.0]),
        ([], 0.1, []),
    ],
)
def test_labels_are_spread_as_little_as_need_be(heights, gap, expected):
    assert spread(np.array(heights), gap, 0.0, 1.0) == pytest.approx(expected)


_CONES = {
    "none": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
               [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
               [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
               [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
"""Machado, Oliveira and Fernandes 2009, severity 1: what such eyes see, in linear RGB."""


def lab(colour, cones):
    """CIE L*a*b* of a colour as such eyes see it."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ np.clip(cones @ linear, 0, 1) / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eyes", _CONES)
def test_eight_colours_differ_for_all_eyes(eyes):
    seen = [lab(colour, np.array(_CONES[eyes])) for colour in COLOURS]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 15


def test_looks_are_never_alike_and_leaders_differ_in_colour():
    methods = [f"m{i}" for i in range(300)]
    orders = [methods[5 * i : 5 * i + 12] for i in range(4)]
    looks = plots.looks(methods, orders)
    assert list(looks) == methods
    assert len({(look.colour, str(look.dash)) for look in looks.values()}) == 300
    for order in orders[:2]:
        assert len({looks[m].colour for m in order[:EIGHT]}) == EIGHT
    few = plots.looks(methods[:8], orders)
    assert [look.colour for look in few.values()] == list(COLOURS)


def test_a_crowd_is_led_by_the_best():
    look = plots.looks([f"m{i}" for i in range(12)])
    best = ["m11", "m3", "m7"]
    crowd = plots.crowd(look, look, best)
    assert crowd.leaders == ["m11", "m3", "m7", "m0", "m1", "m2", "m4", "m5"]
    assert crowd.rest == ["m6", "m8", "m9", "m10"]
    assert plots.crowd(["m5", "m2"], look).leaders == ["m2", "m5"]


def test_of_many_rows_some_are_of_the_best_the_middle_and_the_worst():
    assert plots.some(8) == list(range(8))
    assert plots.some(60) == [0, 1, 2, 29, 30, 57, 58, 59]
    assert plots.some(9) == [0, 1, 2, 3, 4, 6, 7, 8]


def test_a_figure_of_any_size_has_bounded_pixels(tmp_path):
    figure = Figure(figsize=(3, 400))
    figure.subplots().plot([1, 2])
    (png,) = plots.save(figure, tmp_path / "x", ("png",))
    from PIL import Image

    with Image.open(png) as image:
        assert max(image.size) <= MOST_PIXELS


def test_an_animation_is_at_most_300_kilobytes():
    rng = np.random.default_rng(0)
    steps = np.arange(60) * 100
    motions = [plots.Motion(f"m{i}", steps, rng.normal(size=(60, 300, 2))) for i in range(12)]
    found = plots.animation(ring(rng, 300), motions, plots.looks([m.title for m in motions]))
    assert 20_000 < len(found) <= plots.ANIMATION
