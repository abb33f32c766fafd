"""Features of images: a small classifier, trained once for each data set and stored.

The Fréchet distance on its 64 features is CLS-FD, a proxy and not FID: Inception features are a
poor space for digits, and here the distance on pixels is worse, as it takes draws from a single
Gaussian (garbage to the eye) for nearly perfect. For data without labels the same network is left
untrained (RND-FD). The classifier also says which class a generated image falls into.

    python -m bench.gan.data.classifier   trains those of digits8 and glyphs28 and writes them
    again
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.gan import data, keys
from bench.gan.backend import one_thread, tf
from bench.gan.data import Images, own_features
from bench.gan.parts import optimizers
from bench.store import cache
from bench.store.arrays import parse

Array = NDArray[Any]

UNITS = 64
EPOCHS, MOST_STEPS, BATCH, LR = 25, 4000, 64, 2e-3
TRAINED_ON = 2 / 3
"""Share of the labelled images; the rest give the accuracy."""
RECIPE = "1"
"""Raise this when training would give other weights: what users' caches hold is then stale."""

CHUNK = 1000
"""Images looked at in one go; more would only need more memory."""


@dataclass(frozen=True, eq=False)
class Classifier:
    """Weights (kernel, bias, kernel, bias ...) in float32 and the accuracy on held-out images.

    `accuracy` is None for the untrained network, whose class probabilities mean nothing.
    """

    weights: tuple[Array, ...]
    shape: tuple[int, ...]
    accuracy: float | None = None

    def __call__(self, images: Array) -> tuple[Array, Array]:
        """Features [N, 64] and class probabilities [N, K], float64, of images [N, h, w, c]."""
        if not len(images):  # TensorFlow's convolutions refuse an empty batch
            return np.zeros((0, UNITS)), np.zeros((0, len(self.weights[-1])))
        starts = range(0, len(images), CHUNK)
        parts = [self._apply(images[i : i + CHUNK].astype(np.float32)) for i in starts]
        features, probabilities = zip(*parts, strict=True)
        return _join(features), _join(probabilities)

    @cached_property
    def _apply(self) -> Callable[[Any], tuple[Any, Any]]:
        def apply(images: Any) -> tuple[Any, Any]:
            features, logits = _forward(self.weights, images)
            return features, tf.nn.softmax(logits)

        spec = tf.TensorSpec((None, *self.shape), tf.float32)
        return tf.function(apply, input_signature=[spec])

    @cached_property
    def digest(self) -> str:
        """16 hex digits that name these weights."""
        return _hash(*self.weights)


@dataclass(frozen=True)
class Own:
    """Features of the user's own: a Keras model file, images [N, h, w, c] in [-1, 1] -> [N, ...].

    For Inception, DINO or whatever network is at hand as `.keras`; what it expects (size, range) it
    must make itself of such images. Or an `.npz` with the weights of a small classifier, as
    `bench.gan.data.classifier` writes them: its 64 features. Its file names it: `digest` is a hash
    of the bytes.
    """

    path: str

    def __call__(self, images: Array) -> Array:
        """Features float64 [N, d]. Raises ValueError for a file that is no such network, and one
        that takes no such images or does not give one row of features for each."""
        if not len(images):
            return np.zeros((0, 1))
        starts = range(0, len(images), CHUNK)
        parts = [images[i : i + CHUNK].astype(np.float32) for i in starts]
        try:
            return np.concatenate([own_features.checked(self._apply(p), p) for p in parts])
        except Exception as error:  # the network is the user's: whatever it raises is its fault
            raise ValueError(f"{self.path}: {own_features.reason(error)}") from error

    @cached_property
    def _apply(self) -> Callable[[Any], Any]:
        if self.path.endswith(".npz"):
            classifier = self._classifier()
            return lambda images: classifier(images)[0].astype(np.float32)
        return own_features.load(self.path)

    def _classifier(self) -> Classifier:
        try:
            return _unpack(Path(self.path).read_bytes())
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"no classifier as bench.gan.data.classifier writes it ({error})"
            ) from error

    @cached_property
    def digest(self) -> str:
        """16 hex digits that name the file's content."""
        return hashlib.sha256(Path(self.path).read_bytes()).hexdigest()[:16]


def untrained(shape: tuple[int, ...]) -> Classifier:
    """The network with its random weights, the same for everybody; for data without labels."""
    return Classifier(_initial(shape, 1), shape)


def train(known: Images) -> Classifier:
    """A classifier of labelled images, from fixed seeds: in one thread always the same.

    Cross-entropy, Adam (2e-3), batches of 64 for 25 epochs but at most 4000 steps, on two thirds
    of the images in random order. Leaves all global random numbers alone. Raises ValueError
    without labels.
    """
    if known.labels is None:
        raise ValueError("a classifier needs labels")
    rng = np.random.default_rng(0)
    order = rng.permutation(len(known.images))
    share = int(TRAINED_ON * len(order))
    shape, classes = known.images.shape[1:], int(known.labels.max()) + 1
    fitted = _fit(_initial(shape, classes), known, order[:share], rng)
    # stored as float16: half the file, and the features used are those of the stored weights
    rounded = tuple(w.astype(np.float16).astype(np.float32) for w in fitted)
    found = Classifier(rounded, shape)(known.images[order[share:]])[1].argmax(1)
    accuracy = float((found == known.labels[order[share:]]).mean())
    return Classifier(rounded, shape, accuracy)


def _layers(shape: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """(filters, stride) of each 3 x 3 convolution; the last leaves 4 x 4 of 8 x 8 and 28 x 28."""
    return ((16, 2), (32, 2), (64, 2)) if shape[0] > 16 else ((32, 1), (64, 2))


def _initial(shape: tuple[int, ...], classes: int) -> tuple[Array, ...]:
    """He normal kernels, zero biases. He et al. 2015."""
    rng = np.random.default_rng(0)
    height, width, channels = shape
    sizes: list[tuple[int, ...]] = []
    for filters, stride in _layers(shape):
        sizes.append((3, 3, channels, filters))
        height, width, channels = -(-height // stride), -(-width // stride), filters
    sizes += [(height * width * channels, UNITS), (UNITS, classes)]
    weights: list[Array] = []
    for size in sizes:
        kernel = rng.normal(size=size) * np.sqrt(2 / np.prod(size[:-1]))
        weights += [kernel.astype(np.float32), np.zeros(size[-1], np.float32)]
    return tuple(weights)


def _forward(weights: Any, images: Any) -> tuple[Any, Any]:
    """Penultimate features [N, 64] and logits [N, K] of images [N, h, w, c]."""
    x, pairs = images, list(zip(weights[::2], weights[1::2], strict=True))
    convolutions, (hidden, output) = pairs[:-2], pairs[-2:]
    for (kernel, bias), (_, stride) in zip(convolutions, _layers(images.shape[1:]), strict=True):
        x = tf.nn.relu(tf.nn.conv2d(x, kernel, stride, "SAME") + bias)
    flat = tf.reshape(x, (-1, hidden[0].shape[0]))
    features = tf.nn.relu(flat @ hidden[0] + hidden[1])
    return features, features @ output[0] + output[1]


def _fit(
    weights: tuple[Array, ...], known: Images, chosen: Array, rng: np.random.Generator
) -> tuple[Array, ...]:
    adam = optimizers.adam(beta1=0.9)

    @tf.function
    def step(weights: Any, slots: Any, images: Any, labels: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(weights)
            logits = _forward(weights, images)[1]
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_mean(losses)
        changes, slots = adam.update(tape.gradient(loss, weights), slots, LR)
        return tuple(w + change for w, change in zip(weights, changes, strict=True)), slots

    assert known.labels is not None
    state: Any = tuple(tf.constant(w) for w in weights)
    slots = adam.init(state)
    for batch in _batches(chosen, rng):
        state, slots = step(state, slots, known.images[batch], known.labels[batch])
    return tuple(w.numpy() for w in state)


def _batches(chosen: Array, rng: np.random.Generator) -> Iterator[Array]:
    """Indices of full batches, epoch after epoch in a new order."""
    size = min(BATCH, len(chosen))
    each = len(chosen) // size
    for done in range(min(EPOCHS * each, MOST_STEPS)):
        if done % each == 0:
            chosen = rng.permutation(chosen)
        yield chosen[done % each * size :][:size]


def stored(name: str) -> Classifier:
    """The classifier that comes with this package: "digits8" or "glyphs28"."""
    return _unpack((resources.files("bench.gan.data") / "stored" / f"{name}.npz").read_bytes())


def cached(known: Images) -> Classifier:
    """The classifier of a user's labelled images: trained once, then kept in
    `$XDG_CACHE_HOME` (or ~/.cache)/gan-stability-bench under the hash of images and recipe.

    Two processes may do this at once: each writes its own file and renames it, the contents are
    equal. Where the folder cannot be written, it is trained each time. Raises ValueError without
    labels.
    """
    if known.labels is None:
        raise ValueError("a classifier needs labels")
    recipe = np.frombuffer(f"{RECIPE} {UNITS} {EPOCHS} {MOST_STEPS} {BATCH} {LR}".encode(), "u1")
    file = cache.folder() / f"{_hash(known.images, known.labels, recipe)}.npz"
    try:
        return _unpack(file.read_bytes())
    except (OSError, ValueError, KeyError, TypeError):  # absent, or damaged
        classifier = train(known)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _write(file, _pack(classifier))
    except OSError:
        pass
    return classifier


def _pack(classifier: Classifier) -> bytes:
    """The bytes of an .npz file, equal for equal classifiers."""
    weights = {f"w{i}": w.astype(np.float16) for i, w in enumerate(classifier.weights)}
    about = {"shape": np.array(classifier.shape), "accuracy": np.array(classifier.accuracy)}
    file = io.BytesIO()
    np.savez_compressed(file, **weights, **about)  # type: ignore[arg-type]
    return file.getvalue()


def _unpack(content: bytes) -> Classifier:
    file = parse(content)
    count = len(file) - 2
    weights = tuple(file[f"w{i}"].astype(np.float32) for i in range(count))
    return Classifier(weights, tuple(file["shape"].tolist()), float(file["accuracy"]))


def _write(file: Path, content: bytes) -> None:
    """At once: a reader sees the whole file or none."""
    descriptor, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        os.chmod(name, 0o644)
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _hash(*arrays: Array) -> str:
    hashed = hashlib.sha256()
    for array in arrays:
        hashed.update(f"{array.dtype.str} {array.shape} ".encode())
        hashed.update(np.ascontiguousarray(array).data)
    return hashed.hexdigest()[:16]


def _join(parts: Sequence[Any]) -> Array:
    return np.concatenate([np.asarray(part) for part in parts]).astype(np.float64)


def _rendered() -> Images:
    images, labels = data.glyphs28(keys.key(0, "features"), 30_000)
    return Images(images.numpy(), labels.numpy().astype(np.int64))


def main() -> None:
    """Train the classifiers of this package and write them into it."""
    one_thread()
    for name, known in (("digits8", data.digits8()), ("glyphs28", _rendered())):
        classifier = train(known)
        file = Path(__file__).parent / "stored" / f"{name}.npz"
        file.parent.mkdir(exist_ok=True)
        _write(file, _pack(classifier))
        print(f"{file}: accuracy {classifier.accuracy:.4f}, weights {classifier.digest}")


if __name__ == "__main__":
    main()
