import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from bench.gan import data, keys
from bench.gan.backend import tf
from bench.gan.data import classifier
from bench.gan.tasks import instruments
from bench.metrics import measure
from bench.metrics.calibrate import gaussian

HELD_OUT = np.random.default_rng(0).permutation(1797)[1198:]


def glyphs(seed, n):
    images, labels = data.glyphs28(keys.key(seed, "test"), n)
    return data.Images(images.numpy(), labels.numpy())


@pytest.fixture(scope="module")
def small():
    """Three classes of digits8, 400 images: a second to learn."""
    known = data.digits8()
    few = known.labels < 3
    return data.Images(known.images[few][:400], known.labels[few][:400])


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "gan-stability-bench"


def test_stored_classifier_of_digits8_knows_images_it_was_not_trained_on():
    known, net = data.digits8(), classifier.stored("digits8")
    found = net(known.images[HELD_OUT])[1].argmax(1)
    assert (found == known.labels[HELD_OUT]).mean() > 0.98
    assert net.accuracy == pytest.approx((found == known.labels[HELD_OUT]).mean(), abs=0.004)


def test_stored_classifier_of_glyphs28_agrees_with_the_labels():
    known, net = glyphs(1, 2000), classifier.stored("glyphs28")
    assert (net(known.images)[1].argmax(1) == known.labels).mean() > 0.97


@pytest.mark.parametrize(("name", "most"), [("digits8", 0.1), ("glyphs28", 0.5)])
def test_classifier_is_small_and_fast(name, most):
    folder = classifier.resources.files("bench.gan.data") / "stored"
    assert len((folder / f"{name}.npz").read_bytes()) < 700_000
    net = classifier.stored(name)
    images = np.zeros((1000, *net.shape), np.float32)
    net(images)
    start = time.perf_counter()
    net(images)
    assert time.perf_counter() - start < most  # 15 and 40 ms; the rest is for busy machines


def test_shapes_and_probabilities():
    net = classifier.stored("digits8")
    for n in (0, 1, 1001):
        found, probabilities = net(data.digits8().images[:n])
        assert found.shape == (n, 64)
        assert probabilities.shape == (n, 10)
        assert found.dtype == probabilities.dtype == np.float64
        np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)


def test_an_image_has_its_features_whatever_stands_beside_it():
    net, images = classifier.stored("digits8"), data.digits8().images[:1500]
    together = net(images)[0]
    np.testing.assert_allclose(net(images[1200:1203])[0], together[1200:1203], atol=1e-4)


def test_training_is_deterministic_and_leaves_global_random_numbers_alone(small):
    np.random.seed(1)  # noqa: NPY002  (the global state is what is tested)
    tf.random.set_seed(1)
    expected = np.random.random(), tf.random.uniform([]).numpy()  # noqa: NPY002
    np.random.seed(1)  # noqa: NPY002
    tf.random.set_seed(1)
    first = classifier.train(small)
    assert (np.random.random(), tf.random.uniform([]).numpy()) == expected  # noqa: NPY002
    assert classifier.train(small).digest == first.digest
    assert first.accuracy > 0.97


def test_other_labels_give_another_classifier(small):
    swapped = data.Images(small.images, (small.labels + 1) % 3)
    found = classifier.train(swapped)
    assert found.digest != classifier.train(small).digest
    assert (found(small.images)[1].argmax(1) == swapped.labels).mean() > 0.97


def test_training_needs_labels(small):
    for make in (classifier.train, classifier.cached):
        with pytest.raises(ValueError, match="labels"):
            make(data.Images(small.images))


def test_classifier_is_cached_under_its_data(small, cache, monkeypatch):
    first = classifier.cached(small)
    (file,) = cache.iterdir()
    monkeypatch.setattr(classifier, "train", None)  # from here on nothing may be trained
    again = classifier.cached(small)
    assert (again.digest, again.accuracy) == (first.digest, first.accuracy)
    assert again.shape == (8, 8, 1)
    for other in ((small.images[::-1], small.labels), (small.images, small.labels[::-1])):
        with pytest.raises(TypeError):
            classifier.cached(data.Images(*other))
    monkeypatch.setattr(classifier.fitting, "LR", 1e-3)
    with pytest.raises(TypeError):
        classifier.cached(small)
    assert list(cache.iterdir()) == [file]


@pytest.mark.parametrize(
    "damage", [lambda b: b"", lambda b: b[:3000], lambda b: b[:-2000] + b"x" * 2000]
)
def test_damaged_cache_is_written_again(small, cache, damage):
    digest = classifier.cached(small).digest
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert classifier.cached(small).digest == digest
    assert file.read_bytes() == whole


def test_without_a_cache_folder_it_is_trained(small, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert classifier.cached(small).accuracy > 0.97


def test_two_writers_at_once_leave_one_whole_file(small, cache):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(classifier.cached(small))) for _ in "ab"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (file,) = cache.iterdir()
    assert {c.digest for c in found} == {classifier._unpack(file.read_bytes()).digest}


def test_untrained_network_is_the_same_for_everybody():
    first, again = classifier.untrained((8, 8, 1)), classifier.untrained((8, 8, 1))
    assert first.digest == again.digest != classifier.stored("digits8").digest
    assert first.accuracy is None


def test_importing_loads_no_tensorflow():
    code = "import sys, bench.gan.tasks.instruments; print('tensorflow' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert ran.stdout == "False\n"


# --- the instruments -----------------------------------------------------------------------------


def test_instrument_of_digits8():
    known, instrument = data.digits8(), instruments.digits8()
    assert (instrument.proxy, instrument.n, len(instrument.weights)) == ("CLS-FD", 898, 10)
    order = np.random.default_rng(5).permutation(1797)
    images, labels = known.images[order], known.labels[order]
    real = measure(instrument, images[:898])
    dropped = measure(instrument, images[labels != 3][:898])
    noise = measure(instrument, np.clip(gaussian(images, 898, np.random.default_rng(6)), -1, 1))
    assert real["q"] < 0.1  # half of them are in the reference
    assert (real["modes"], dropped["modes"]) == (10, 9)
    assert dropped["fd"] / instrument.floor == pytest.approx(4.6, abs=1.5)
    assert 0.3 < dropped["q"] < noise["q"] == pytest.approx(1, abs=0.05)
    assert noise["confidence"] < 0.9 < 0.98 < real["confidence"]
    assert "high_quality" not in real
    assert dropped["mode_kl"] == pytest.approx(np.log(1797 / (1797 - 183)), abs=0.02)


def test_instrument_of_glyphs28():
    instrument, known = instruments.glyphs28(n=500), glyphs(2, 3000)
    real = measure(instrument, known.images[:500])
    assert abs(real["q"]) < 0.15
    assert real["modes"] == 10
    dropped = measure(instrument, known.images[known.labels != 3][:500])
    assert dropped["modes"] == 9
    assert dropped["q"] > 0.25
    collapsed = measure(instrument, np.repeat(known.images[:1], 500, 0))
    assert (collapsed["modes"], collapsed["mode_max"], collapsed["pairwise_ratio"]) == (1, 1, 0)
    assert collapsed["q"] > 1.2


def test_a_users_images_with_and_without_labels(small, cache):
    labelled = instruments.of_images(small)
    assert (labelled.proxy, labelled.n) == ("CLS-FD", 200)
    np.testing.assert_allclose(labelled.weights, np.bincount(small.labels) / 400)
    assert measure(labelled, small.images[:200])["modes"] == 3
    blind = instruments.of_images(data.Images(small.images))
    found = measure(blind, small.images[:200])
    assert (blind.proxy, blind.weights) == ("RND-FD", None)
    assert set(found) == {"fd", "q", "pairwise_ratio", "outside", "vendi"}
    noise = np.random.default_rng(0).uniform(-1, 1, small.images[:200].shape)
    assert found["q"] < 0.3 < 1 < measure(blind, noise)["q"]


@pytest.mark.parametrize("bad", ["nan", "one", "none", "constant"])
def test_degenerate_images_give_numbers_or_none(bad):
    instrument = instruments.digits8()
    shape = {"one": 1, "none": 0}.get(bad, instrument.n), 8, 8, 1
    found = measure(instrument, np.full(shape, np.nan if bad == "nan" else 0.5, np.float32))
    assert all(value is None or np.isfinite(value) for value in found.values())
    assert (found["confidence"] is None) == (bad in ("nan", "none"))
    assert (found["fd"] is None) == (bad != "constant")
