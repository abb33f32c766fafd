"""The trivial samplers of images, on images that say which class they are of."""

from __future__ import annotations

import numpy as np
import pytest

from bench.metrics.criterion.trivial import blurred, of_images

SHARES = np.array([0.4, 0.3, 0.2, 0.1])
N = 4000


def draw(rng, n):
    """Images 4 x 4 of class c, all of whose pixels are c / 4 - 0.5 but for a little noise."""
    classes = rng.choice(4, n, p=SHARES)
    noise = rng.uniform(-0.02, 0.02, (n, 4, 4, 1))
    return (classes / 4 - 0.5)[:, None, None, None] + noise, classes


def samplers(labels=True, **options):
    return {t.name: t for t in of_images(draw if labels else unlabelled, **options)}


def unlabelled(rng, n):
    return draw(rng, n)[0], None


def shares(images):
    """The share of each class among images."""
    assert images.shape == (N, 4, 4, 1)
    assert images.dtype == np.float32
    found = np.rint((images.mean((1, 2, 3)) + 0.5) * 4).astype(int)
    return np.bincount(found, minlength=4) / N


def sample(name, **options):
    return samplers(**options)[name].draw(np.random.default_rng(7), N)


def test_one_class_missing_is_the_most_frequent_one():
    found = shares(sample("one class missing"))
    assert found[0] == 0
    np.testing.assert_allclose(found[1:], SHARES[1:] / 0.6, atol=0.03)


def test_two_classes_lose_half_to_the_third():
    """0.4 and 0.3 lose 0.35 together, which the class of 0.2 gets."""
    found = shares(sample("a tenth moved"))
    np.testing.assert_allclose(found, [0.2, 0.15, 0.55, 0.1], atol=0.03)


def test_class_means_are_the_means_of_each_class_equally_often():
    images = sample("class means")
    np.testing.assert_allclose(shares(images), [0.25] * 4, atol=0.03)
    assert len(np.unique(images.round(4).reshape(N, -1), axis=0)) == 4
    assert np.abs(images - images.mean((1, 2, 3), keepdims=True)).max() < 0.005


def test_copies_are_copies_of_so_many():
    images = sample("copies of 9 images", copies=9)
    assert len(np.unique(images.reshape(N, -1), axis=0)) == 9


def test_means_of_two_lie_between():
    found = sample("means of two images").mean((1, 2, 3))
    np.testing.assert_allclose(found.var(), SHARES @ np.arange(4) ** 2 / 32 - 1 / 32, rtol=0.1)


def test_the_mean_image_is_one_image():
    images = sample("the mean image")
    assert np.abs(images - images[0]).max() == 0
    np.testing.assert_allclose(images[0], SHARES @ np.arange(4) / 4 - 0.5, atol=0.02)


def test_noise_and_pixels_and_the_gaussian():
    """Noise of 0.5 on every pixel; pixels by themselves; one Gaussian of the same covariance."""
    grey = {t.name: t for t in of_images(lambda rng, n: (np.zeros((n, 4, 4, 1)), None))}
    noise = grey["noisy"].draw(np.random.default_rng(7), N)
    assert np.median(np.abs(noise)) == pytest.approx(0.5 * 0.6745, rel=0.03)
    pixels = sample("pixels drawn independently").reshape(N, -1)
    assert np.abs(np.corrcoef(pixels.T) - np.eye(16)).max() < 0.1
    real = draw(np.random.default_rng(3), N)[0].reshape(N, -1)
    np.testing.assert_allclose(pixels.std(0), real.std(0), atol=0.02)
    gaussian = sample("one Gaussian").reshape(N, -1)
    np.testing.assert_allclose(np.cov(gaussian.T), np.cov(real.T), atol=0.006)
    np.testing.assert_allclose(gaussian.mean(0), real.mean(0), atol=0.02)


def test_blur_is_a_sixteenth_of_the_height():
    """A single bright row of a tall image: a Gaussian of deviation 2 along both axes of 32."""
    image = np.zeros((1, 32, 32, 1))
    image[0, 16, 16] = 1
    found = blurred(image)[0, :, :, 0]
    place = np.arange(32) - 16
    assert found.sum() == pytest.approx(1, abs=1e-3)
    for axis in (0, 1):
        assert (found.sum(axis) * place**2).sum() == pytest.approx(4, rel=0.02)


def test_what_needs_classes_is_left_out_without_them():
    bare = samplers(labels=False)
    assert set(samplers()) - set(bare) == {"one class missing", "class means", "a tenth moved"}
    assert {trivial.seen_by for trivial in bare.values()} == {"q"}
    assert {t.seen_by for t in samplers().values()} == {"q", "modes", "mode_kl"}
    two = {t.name for t in of_images(lambda rng, n: (lambda x, c: (x, c // 2))(*draw(rng, n)))}
    assert "a tenth moved" not in two
    assert "one class missing" in two


def test_no_sampler_leaves_the_range():
    for trivial in samplers().values():
        assert np.abs(trivial.draw(np.random.default_rng(1), 500)).max() <= 1
