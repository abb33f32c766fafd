"""What a trainer is given: a data set as a whole with its classes, batches by the seed alone."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

from bench.gan import data
from bench.gan.tasks import build
from bench.gan.training.external import _real
from bench.trainer import Run


@pytest.fixture
def made(tmp_path):
    """A function that makes a run of six steps on ten points, or as it is told; all are closed."""
    runs = []

    def make(seed=0, labels=None, **asked):
        folder = tmp_path / str(len(runs))
        folder.mkdir()
        known = {"task": "ring8", "seed": seed, "steps": 6, "shape": [2], "batch": 4, "latent": 3}
        known |= {
            "labels": 0,
            "samples": 5,
            "evaluations": [3, 6],
            "hparams": {},
            "options": {},
        } | asked
        (folder / "run.json").write_text(json.dumps(known))
        np.save(folder / "real.npy", np.arange(20, dtype=np.float32).reshape(10, 2))
        if labels is not None:
            np.save(folder / "labels.npy", labels)
        runs.append(Run(folder))
        return runs[-1]

    yield make
    for run in runs:
        run.close()


def lines(run):
    run.close()
    return [json.loads(line) for line in (run.folder / "log.jsonl").read_text().splitlines()]


def test_a_data_set_is_given_whole_and_a_distribution_by_many_draws():
    key = np.array([3, 4], np.int32)
    images, classes = _real(build("digits8", ()), key)
    known = data.digits8()
    assert np.array_equal(images, known.images)
    assert np.array_equal(classes, known.labels)
    points, none = _real(build("ring8", ()), key)
    assert np.asarray(points).shape == (100_000, 2)
    assert none is None


def test_batches_depend_on_the_seed_alone_whatever_is_asked_for_between(made):
    one, other, third = (made(seed) for seed in (7, 7, 8))
    one.sampler(lambda n: np.zeros((n, 2)))
    first, again, unlike = ([b.copy() for b in run.batches(4)] for run in (one, other, third))
    assert len(first) == 6
    assert all(map(np.array_equal, first, again))
    assert not all(map(np.array_equal, first, unlike))


def test_a_step_ends_when_the_next_one_begins(made):
    run = made()
    drawn = []
    run.sampler(lambda n: drawn.append(run.done) or np.full((n, 2), run.done))
    for real in run.batches():
        assert real.shape == (4, 2)
        run.log(loss_g=np.float32(run.done))
        run.log(loss_d=2)
    assert drawn == [3, 6]
    assert [line["loss_g"] for line in lines(run)] == [0, 1, 2, 3, 4, 5]
    assert np.array_equal(np.load(run.folder / "samples-3.npy"), np.full((5, 2), 3, np.float32))
    assert not list(run.folder.glob("*.part"))


def test_a_loop_of_its_own_and_several_loops_count_the_same_steps(made):
    run = made()
    run.sampler(lambda n: np.zeros((n, 2)))
    for place, _ in enumerate(run.batches()):
        if place == 1:
            break
    count = 0
    while run.begin():
        run.log(loss_g=1.0)
        count += 1
    assert (run.done, count) == (6, 4)


def test_what_a_sampler_draws_is_the_same_each_time_and_moves_nothing(made):
    run = made()
    seen = []
    run.sampler(lambda n: seen.append(random.random()) or np.zeros((n, 2)))
    random.seed(1)
    own = [random.random() for _ in run.batches()]
    assert seen[0] == seen[1]
    random.seed(1)
    assert own == [random.random() for _ in range(6)]


def test_classes_come_with_their_samples(made):
    labels = np.arange(10)
    run = made(labels=labels)
    for real, classes in run.batches(5, labels=True):
        assert np.array_equal(real[:, 0], 2.0 * classes)


def test_logits_give_their_means_and_where_it_is_measured_all_of_them(made):
    run = made()
    for _ in run.batches():
        run.log(real_logits=np.array([[1.0], [2.0]]), fake_logits=[-3.0, -4.0])
    first, _, third = lines(run)[:3]
    assert (first["logit_real"], first["logit_fake"], first["logit_scale"]) == (1.5, -3.5, 2.5)
    assert "real_logits" not in first
    assert third["real_logits"] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("fake", "words"),
    [
        (np.zeros((4, 2)), r"shape \(4, 2\), needed \(5, 2\)"),
        (np.zeros((5, 1, 2)), r"shape \(5, 1, 2\), needed \(5, 2\)"),
    ],
)
def test_samples_of_another_shape_are_refused(made, fake, words):
    run = made()
    run.sampler(lambda n: fake)
    with pytest.raises(ValueError, match=words):
        list(run.batches())


def test_channels_first_are_named(made):
    run = made(shape=[8, 6, 3])
    run.sampler(lambda n: np.zeros((n, 3, 8, 6)))
    with pytest.raises(ValueError, match="channels come last"):
        list(run.batches())


def test_a_sampler_that_comes_late_is_refused(made):
    run = made()
    for _ in run.batches():
        if run.done == 4:
            break
    with pytest.raises(ValueError, match="give it at the start"):
        run.sampler(lambda n: np.zeros((n, 2)))
