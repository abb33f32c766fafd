"""The criteria of images: no trivial sampler meets one, real images do."""

from __future__ import annotations

import numpy as np
import pytest

from bench import grid
from bench.gan.tasks import cases, criteria
from bench.metrics import measure
from bench.metrics.criterion.bounds import Inseparable, bounds, criterion, meets
from bench.registry import task as tasks

IMAGES = ("digits8", "digits8_twins", "dcgan28")
ALL = (*IMAGES, "stacked")


@pytest.fixture(scope="module")
def case():
    known = {}

    def of(task):
        return known.setdefault(task, cases.of(task, 0.0))

    return of


def met(case, bands, draw, count, stream):
    """How many of so many draws meet the criterion, from a stream that no bound was made with."""
    rngs = (np.random.default_rng((41, stream, i)) for i in range(count))
    return sum(meets(case.instrument, bands, draw(rng, case.instrument.n)) for rng in rngs)


@pytest.mark.parametrize("task", IMAGES)
def test_real_images_meet_the_criterion_and_no_trivial_sampler_does(task, case):
    own, bands = case(task), criteria.of(task)
    assert met(own, bands, own.real, 5, 0) == 5
    for place, trivial in enumerate(own.trivial, start=1):
        assert not met(own, bands, trivial.draw, 2, place), trivial.name


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("task", ALL)
def test_real_images_meet_it_in_198_of_200_draws_and_trivial_ones_in_none(task, case):
    own, bands = case(task), criteria.of(task)
    assert met(own, bands, own.real, 200, 0) >= 198
    for place, trivial in enumerate(own.trivial, start=1):
        assert not met(own, bands, trivial.draw, 200, place), trivial.name


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("task", ALL)
def test_the_file_has_what_the_program_computes(task, case):
    made = {band.metric: band for band in bounds(*case(task))}
    assert made.keys() == {band.metric for band in criteria.of(task)}
    for band in criteria.of(task):  # TensorFlow rounds otherwise on other processors
        assert made[band.metric].bound == pytest.approx(band.bound, abs=0.02)
        assert made[band.metric].op == band.op


def test_every_task_that_is_measured_has_bounds_in_the_file():
    package = [part for part in tasks if part.fn.__module__.startswith("bench.")]
    measured = {part.name for part in package if part.traits.get("data") != "game"}
    assert set(cases.usual()) == measured - {"images"}  # its bounds are made of the user's own
    for task, widths in cases.usual().items():
        modes = cases.of(task, widths[0]).instrument.weights is not None  # whatever the width
        for width in widths:
            bands = criteria._table()[task, width]
            if modes:
                assert {"modes", "mode_kl"} <= criterion(bands).keys()
            for band in bands:
                assert min(band.trivial, band.real) <= band.bound <= max(band.trivial, band.real)
                assert band.by


def test_what_earlier_criteria_let_through(case):
    """A tenth of all images moved to another class met the bound of 0.1 on the shares."""
    own = case("digits8")
    moved = next(t for t in own.trivial if t.name == "a tenth moved")
    found = measure(own.instrument, moved.draw(np.random.default_rng(3), own.instrument.n))
    assert found["modes"] == 10
    assert 0.04 < found["mode_kl"] < 0.1


@pytest.mark.parametrize(
    ("task", "width", "words"),
    [
        ("grid25", "sigma = 0.3", 'does not tell real samples .* from "lines"'),
        ("grid25", "sigma = [0.2, 0.31]", "sigma = 0.31 leaves nothing to learn"),
        ("ring8", "sigma = 0.26", 'from "annulus"'),
        ("spiral", "noise = 3", "leaves nothing to learn"),
    ],
)
def test_a_width_that_cannot_be_judged_is_refused_with_its_line(task, width, words, tmp_path):
    text = f'[sweep]\ntasks = ["{task}"]\nmethods = ["ns"]\nseeds = [0]\n[task.{task}]\n{width}\n'
    (tmp_path / "wide.toml").write_text(text)
    with pytest.raises(grid.GridError, match=rf"wide.toml:6: .*{words}"):
        grid.load(tmp_path / "wide.toml")


def test_another_width_is_judged_by_the_same_rule(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = criteria.of("ring8", 0.15)
    assert criterion(first)["high_quality"] == (">=", pytest.approx(0.85, abs=0.01))
    (kept,) = (tmp_path / "gan-stability-bench").iterdir()
    assert criteria.of("ring8", 0.15) == first
    kept.write_text("[[1, 2]]")  # damaged: made again
    assert criteria.of("ring8", 0.15) == first


def test_bounds_of_a_user_s_images(tmp_path, monkeypatch):
    """Digits of one's own, labelled: near those of the same digits in the file."""
    from bench.gan import data
    from bench.gan.tasks import instruments

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    known, instrument = data.digits8(), instruments.digits8()
    bands = criteria.of_data(instrument, cases.fresh(known.images, known.labels), "digits")
    own = criterion(bands)
    assert own.keys() == criterion(criteria.of("digits8")).keys()
    assert own["q"][1] == pytest.approx(criterion(criteria.of("digits8"))["q"][1], abs=0.1)
    plain = instruments.of_images(data.Images(known.images))
    assert criterion(criteria.of_data(plain, cases.fresh(known.images, None), "plain")).keys() == {
        "q"
    }


def test_classes_that_do_not_occur_are_not_waited_for():
    """Labels 2 and 5 alone, as a plugin may give them."""
    from bench.metrics.criterion.trivial import of_images

    def draw(rng, n):
        return rng.normal(size=(n, 4, 4, 1)), rng.choice([2, 5], n)

    names = {t.name: t for t in of_images(draw)}
    assert "a tenth moved" not in names  # it takes three classes
    for trivial in names.values():
        assert trivial.draw(np.random.default_rng(0), 20).shape == (20, 4, 4, 1)


def test_bounds_of_other_images_are_not_taken(tmp_path, monkeypatch):
    """The cache knows images by all of their content."""
    from bench.gan import data
    from bench.gan.data import Images

    rng = np.random.default_rng(0)
    images, labels = rng.normal(size=(300, 8, 8, 1)), np.arange(300) % 3
    other = images.copy()
    other[299] += 1
    prints = {
        data.fingerprint(Images(x, y))
        for x, y in ((images, labels), (other, labels), (images, 2 - labels), (images, None))
    }
    assert len(prints) == 4


def test_images_that_noise_does_not_change_cannot_be_judged():
    """Draws of noise: a noisy copy of noise is as good as real."""
    from bench.gan.data import Images
    from bench.gan.tasks import instruments

    noise = np.random.default_rng(0).uniform(-1, 1, (2000, 8, 8, 1)).astype(np.float32)
    instrument = instruments.of_images(Images(noise))
    assert not instrument.q_missing
    with pytest.raises(Inseparable):
        criteria.of_data(instrument, cases.fresh(noise, None), "noise")
