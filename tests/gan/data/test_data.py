import numpy as np
import pytest

from bench.gan import data, keys
from bench.gan.backend import tf
from bench.gan.data import glyphs

KEY = keys.key(0, "test")


def drawn(key, n):
    images, labels = data.glyphs28(key, n)
    return images.numpy(), labels.numpy()


def test_digits8():
    known = data.digits8()
    assert known.images.shape == (1797, 8, 8, 1)
    assert known.images.dtype == np.float32
    assert (known.images.min(), known.images.max()) == (-1, 1)
    assert np.bincount(known.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert known.images[0, 0, :5, 0].tolist() == [-1, -1, -0.375, 0.625, 0.125]  # 0 0 5 13 9


def test_glyphs_are_pure_in_their_key():
    first, again, other = drawn(KEY, 40), drawn(KEY, 40), drawn(keys.key(1, "test"), 40)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert np.abs(first[0] - other[0]).max((1, 2, 3)).min() > 0.5
    assert not np.array_equal(first[1], other[1])


def test_glyphs_are_the_same_in_a_graph():
    images, labels = tf.function(lambda key: data.glyphs28(key, 40))(tf.constant(KEY))
    np.testing.assert_allclose(images.numpy(), drawn(KEY, 40)[0], atol=1e-4)
    np.testing.assert_array_equal(labels.numpy(), drawn(KEY, 40)[1])


def test_glyphs_leave_global_random_numbers_alone():
    tf.random.set_seed(3)
    expected = tf.random.uniform([3]).numpy()
    tf.random.set_seed(3)
    drawn(KEY, 4)
    np.testing.assert_array_equal(tf.random.uniform([3]).numpy(), expected)


def test_glyphs_look_like_centred_digits():
    images, labels = drawn(KEY, 4000)
    assert images.shape == (4000, 28, 28, 1)
    assert images.dtype == np.float32
    assert images.min() == -1
    assert 0.99 < images.max() <= 1
    counts = np.bincount(labels, minlength=10)
    assert ((counts - 400) ** 2 / 400).sum() < 27.9  # chi square of 9, p = .001
    ink = (images[..., 0] + 1) / 2
    assert 0.1 < ink.mean() < 0.2  # MNIST: 0.13
    border = np.concatenate([ink[:, 0], ink[:, -1], ink[:, :, 0], ink[:, :, -1]], 1)
    assert (border.max(1) > 0.1).mean() < 0.001
    rows = (ink.max(2) > 0.5).sum(1)
    assert rows.min() >= 16
    assert rows.max() <= 26
    across = (ink.sum(1) @ np.arange(28) / ink.sum((1, 2))).mean()
    assert across == pytest.approx(13.5, abs=0.7)


def test_no_two_glyphs_are_drawn_alike():
    images, _ = drawn(KEY, 300)
    flat = images.reshape(300, -1)
    squares = (flat**2).sum(1)
    distances = squares[:, None] + squares - 2 * flat @ flat.T + 1e9 * np.eye(300)
    assert distances.min() > 1


def test_jitter_maps_the_middle_to_the_middle_and_shifts_to_the_right_and_down():
    a, b, c, d, e, f, *_ = glyphs._jitter(tf.constant([[0.0] * 6])).numpy()[0]
    assert [a * 13.5 + b * 13.5 + c, d * 13.5 + e * 13.5 + f] == [27.5, 27.5]
    glyph = tf.constant(data.atlas()[80:81])

    def middle(u):
        moved = tf.raw_ops.ImageProjectiveTransformV3(
            images=glyph,
            transforms=glyphs._jitter(tf.constant([u])),
            output_shape=(28, 28),
            fill_value=0.0,
            interpolation="BILINEAR",
            fill_mode="CONSTANT",
        ).numpy()[0, ..., 0]
        return moved.sum(0) @ np.arange(28) / moved.sum(), moved.sum(1) @ np.arange(
            28
        ) / moved.sum()

    still, right, down = (middle([0.0] * 4 + u) for u in ([0.0, 0.0], [1.0, 0.0], [0.0, 1.0]))
    assert np.subtract(right, still) == pytest.approx([glyphs.SHIFT, 0], abs=0.02)
    assert np.subtract(down, still) == pytest.approx([0, glyphs.SHIFT], abs=0.02)


# --- a user's own file ---------------------------------------------------------------------------

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (120, 28, 28)).astype(np.uint8)
Y = RNG.integers(3, 6, 120)


@pytest.fixture
def saved(tmp_path):
    def save(name="a.npz", **arrays):
        np.savez(tmp_path / name, **arrays)
        return tmp_path / name

    return save


def test_npz_of_integers(saved):
    found = data.load_npz(saved(x_train=X, y_train=Y, x_test=X[:3]))
    assert found.images.dtype == np.float32
    np.testing.assert_allclose(found.images[..., 0], X / 127.5 - 1, atol=1e-6)
    np.testing.assert_array_equal(found.labels, Y - 3)


@pytest.mark.parametrize("images", [X[..., None], X.astype(np.int64), X / 255, X / 127.5 - 1])
def test_npz_of_other_layouts_is_the_same(saved, images):
    found = data.load_npz(saved(x_train=images))
    np.testing.assert_allclose(found.images[..., 0], X / 127.5 - 1, atol=1e-6)
    assert found.labels is None


def changed(value, dtype=np.float64):
    images = (X / 255).astype(dtype)
    images[5, 6, 7] = value
    return images


WRONG = {
    "x_train has shape (120, 27, 28), needed is [n, 28, 28] or [n, 28, 28, 1]": {
        "x_train": X[:, 1:]
    },
    "x_train has shape (120, 28, 28, 3)": {"x_train": np.stack([X] * 3, -1)},
    "x_train has shape ()": {"x_train": np.array(3)},
    "x_train has 99 images, needed are at least 100": {"x_train": X[:99]},
    "x_train has type <U": {"x_train": X.astype(str)},
    "x_train has type bool": {"x_train": X > 9},
    "x_train has integers -1 ... 255": {"x_train": np.where(X == 0, -1, X.astype(int))},
    "x_train has no integer above 1": {"x_train": X // 128},
    "x_train has values that are not finite": {"x_train": changed(np.nan)},
    "x_train has floats 0 ... 1.5": {"x_train": changed(1.5)},
    "x_train has floats -1.5 ... 1": {"x_train": changed(-1.5)},
    "x_train has the one value 0.25": {"x_train": np.full((100, 28, 28), 0.25)},
    "x_train has the one value 7": {"x_train": np.full((100, 28, 28), 7)},
    "y_train has shape (119,), needed is (120,)": {"x_train": X, "y_train": Y[1:]},
    "y_train has shape (120, 1)": {"x_train": X, "y_train": Y[:, None]},
    "y_train has type float64": {"x_train": X, "y_train": Y.astype(float)},
    "y_train has one class": {"x_train": X, "y_train": np.zeros(120, int)},
    "no array x_train; there is: images, y_train": {"images": X, "y_train": Y},
    "not an .npz file of plain arrays": {"x_train": np.array([None] * 200)},
}


@pytest.mark.parametrize("message", WRONG)
@pytest.mark.parametrize("read", [data.load_npz, data.check_npz, data.digest])
def test_wrong_npz_is_refused_with_the_reason(saved, message, read):
    path = saved(**WRONG[message])
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (the text is checked below)
        read(path)
    assert str(caught.value).startswith(f"{path}: {message}")


def test_files_that_are_no_npz_are_refused(saved, tmp_path):
    whole = saved(x_train=X).read_bytes()
    np.save(tmp_path / "one.npy", X)
    for name, content in {"text": b"hello", "empty": b"", "cut": whole[:5000]}.items():
        (tmp_path / name).write_bytes(content)
    for name in ("text", "empty", "cut", "one.npy"):
        with pytest.raises(ValueError, match=f"{name}: not an .npz file"):
            data.check_npz(tmp_path / name)
    for name, reason in {"absent": "no such file", ".": "not an .npz file, but a folder"}.items():
        with pytest.raises(ValueError, match=reason):
            data.check_npz(tmp_path / name)


def test_digest_is_that_of_the_arrays(saved, tmp_path):
    first = data.digest(saved(x_train=X, y_train=Y))
    np.savez_compressed(tmp_path / "b.npz", y_train=Y, x_train=X, more=X)
    assert data.digest(tmp_path / "b.npz") == first
    assert len(first) == 16
    other = X.copy()
    other[0, 0, 0] ^= 1
    changes = [{"x_train": X}, {"x_train": other, "y_train": Y}, {"x_train": X, "y_train": Y[::-1]}]
    assert len({first, *(data.digest(saved(**change)) for change in changes)}) == 4


def test_split_is_disjoint_and_whole():
    known = data.digits8()
    train, held = data.split(known)
    assert (len(train.images), len(held.images)) == (1198, 599)
    together = np.concatenate([train.images, held.images]).reshape(1797, -1)
    every = known.images.reshape(1797, -1)
    np.testing.assert_array_equal(np.sort(together.sum(1)), np.sort(every.sum(1)))
    assert (np.bincount(held.labels) > 30).all()
