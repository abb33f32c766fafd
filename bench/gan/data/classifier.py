"""Features of images: a small classifier, trained once for each data set and stored.

The Fréchet distance on its 64 features is CLS-FD, a proxy and not FID: Inception features are a
poor space for digits, and here the distance on pixels is worse, as it takes draws from a single
Gaussian (garbage to the eye) for nearly perfect. For data without labels the same network is left
untrained (RND-FD). The classifier also says which class a generated image falls into.

    python -m bench.gan.data.classifier   trains those of digits8 and glyphs28 and writes them
    again
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from bench.gan import data, keys
from bench.gan.backend import Shape, Tensor, tf
from bench.gan.data import Images, fitting, hashed, own_features
from bench.gan.environment import prepare_process
from bench.store import cache
from bench.store.arrays import Array, parse
from bench.store.files import StoreError, read, write
from bench.trial import digest

TRAINED_ON = 2 / 3
"""The share of the labelled images that a classifier learns; the rest give the accuracy."""

CHUNK = 1000
"""Images looked at in one go; more would only need more memory."""


@dataclass(frozen=True, eq=False)
class Classifier:
    """A small network that gives the features of images, and the class that each falls into."""

    weights: fitting.Weights
    """(kernel, bias, kernel, bias ...), float32."""

    shape: Shape
    """The shape of one image, (h, w, c)."""

    accuracy: float | None = None
    """The share of held-out images that it tells right; None for the untrained network, whose class
    probabilities mean nothing."""

    def __call__(self, images: Array) -> tuple[Array, Array]:
        """Features [N, 64] and class probabilities [N, K], float64, of images [N, h, w, c]."""
        if not len(images):  # TensorFlow's convolutions refuse an empty batch
            return np.zeros((0, fitting.UNITS)), np.zeros((0, len(self.weights[-1])))
        starts = range(0, len(images), CHUNK)
        parts = [self._apply(images[i : i + CHUNK].astype(np.float32)) for i in starts]
        features, probabilities = zip(*parts, strict=True)
        return _join(features), _join(probabilities)

    @cached_property
    def _apply(self) -> Callable[[Array], tuple[Tensor, Tensor]]:
        def apply(images: Tensor) -> tuple[Tensor, Tensor]:
            features, logits = fitting.forward(self.weights, images)
            return features, tf.nn.softmax(logits)

        spec = tf.TensorSpec((None, *self.shape), tf.float32)
        return tf.function(apply, input_signature=[spec], autograph=False)

    @cached_property
    def digest(self) -> str:
        """16 hex digits that name these weights."""
        return hashed(*self.weights)


@dataclass(frozen=True)
class Own:
    """A feature network of the user's own: images [N, h, w, c] in [-1, 1] -> features [N, d].

    For Inception, DINO or whatever network is at hand as `.keras`; what it expects (size, range) it
    must make itself of such images.
    """

    path: str
    """A Keras model file, or an `.npz` with the weights of a small classifier, as
    `bench.gan.data.classifier` writes them: its 64 features."""

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
    def _apply(self) -> Callable[[Array], ArrayLike]:
        if self.path.endswith(".npz"):
            classifier = self._classifier()
            return lambda images: classifier(images)[0].astype(np.float32)
        return own_features.load(self.path)

    def _classifier(self) -> Classifier:
        try:
            return _unpack(read(self.path))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"no classifier as bench.gan.data.classifier writes it ({error})"
            ) from error

    @cached_property
    def digest(self) -> str:
        """16 hex digits that name the file's content."""
        return digest(read(self.path))


def untrained(shape: Shape) -> Classifier:
    """The network with its first weights, the same for everybody; for data without labels."""
    return Classifier(fitting.initial(shape, 1), shape)


def train(known: Images) -> Classifier:
    """A classifier of labelled images, from fixed seeds: in one thread always the same.

    On two thirds of the images in random order (see `bench.gan.data.fitting`). Leaves all global
    random numbers alone. Raises ValueError without labels.
    """
    if known.labels is None:
        raise ValueError("a classifier needs labels")
    rng = np.random.default_rng(0)
    order = rng.permutation(len(known.images))
    share = int(TRAINED_ON * len(order))
    shape, classes = known.images.shape[1:], int(known.labels.max()) + 1
    fitted = fitting.fit(fitting.initial(shape, classes), known, order[:share], rng)
    # stored as float16: half the file, and the features used are those of the stored weights
    rounded = tuple(w.astype(np.float16).astype(np.float32) for w in fitted)
    found = Classifier(rounded, shape)(known.images[order[share:]])[1].argmax(1)
    accuracy = float((found == known.labels[order[share:]]).mean())
    return Classifier(rounded, shape, accuracy)


def stored(name: str) -> Classifier:
    """The classifier that comes with this package: "digits8" or "glyphs28"."""
    return _unpack((resources.files("bench.gan.data") / "stored" / f"{name}.npz").read_bytes())


def cached(known: Images) -> Classifier:
    """The classifier of a user's labelled images: trained once, then kept in
    `$XDG_CACHE_HOME` (or ~/.cache)/gan-stability-bench under the hash of images and recipe.

    Two processes may do this at once: each writes its own file and renames it, and the contents are
    equal. Where the folder cannot be written, it is trained each time. Raises ValueError without
    labels.
    """
    if known.labels is None:
        raise ValueError("a classifier needs labels")
    recipe = np.frombuffer(fitting.recipe().encode(), "u1")
    file = cache.folder() / f"{hashed(known.images, known.labels, recipe)}.npz"
    try:
        return _unpack(file.read_bytes())
    except (OSError, ValueError, KeyError, TypeError):  # absent, or damaged
        classifier = train(known)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write(file, _pack(classifier), durable=False)
    except (OSError, StoreError):
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
    """The classifier of an .npz file's bytes. Raises ValueError, KeyError or TypeError."""
    file = parse(content)
    count = len(file) - 2
    weights = tuple(file[f"w{i}"].astype(np.float32) for i in range(count))
    return Classifier(weights, tuple(file["shape"].tolist()), float(file["accuracy"]))


def _join(parts: Sequence[ArrayLike]) -> Array:
    """Outputs of all chunks as one float64 array."""
    return np.concatenate([np.asarray(part) for part in parts]).astype(np.float64)


def _rendered() -> Images:
    """30,000 digits of `glyphs28`, with their labels."""
    images, labels = data.glyphs28(keys.key(0, "features"), 30_000)
    return Images(images.numpy(), labels.numpy().astype(np.int64))


def main() -> None:
    """Train the classifiers of this package and write them into it."""
    prepare_process()
    for name, known in (("digits8", data.digits8()), ("glyphs28", _rendered())):
        classifier = train(known)
        file = Path(__file__).parent / "stored" / f"{name}.npz"
        file.parent.mkdir(exist_ok=True)
        write(file, _pack(classifier))
        print(f"{file}: accuracy {classifier.accuracy:.4f}, weights {classifier.digest}")


if __name__ == "__main__":
    main()
