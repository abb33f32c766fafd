"""Keras models of the user's own as feature networks: loaded, called and tried, faults in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.gan.backend import Model, Shape, Tensor, keras, tf
from bench.store.arrays import Array
from bench.vocabulary import errors

Network = Callable[[Array], NDArray[np.float64]]
"""Images [N, h, w, c] -> features [N, d]."""

MOST = 4096
"""Most features of an image: Inception has 2048, and their covariance is a matrix."""

_LENGTH = 200


def load(path: str) -> Callable[[Array], Tensor]:
    """The model of a Keras file, images [N, h, w, c] -> features. Raises ValueError in words."""
    try:
        model = keras.models.load_model(path, compile=False)
    except Exception as error:  # whatever Keras raises: the file is the user's
        raise ValueError(_unloadable(errors.text(error))) from error
    apply = tf.function(lambda images: model(images, training=False), reduce_retracing=True)
    given = [tensor.dtype for tensor in getattr(model, "outputs", None) or []]
    _whole(model)

    def features(images: Array) -> Tensor:
        _check_inputs(model, images.shape[1:])
        if len(given) == 1 and given[0] in _HALF:
            raise ValueError(_coarse(given[0]))
        return apply(images)

    return features


def _whole(model: Model) -> None:
    """Let the layers that compute with half precision compute in float32: without AVX-512, oneDNN
    ends the process that asks it for a product of halves."""
    for layer in model._flatten_layers():
        if layer.compute_dtype in _HALF:
            layer.dtype_policy = "float32"


_HALF = ("float16", "bfloat16")


def _coarse(dtype: object) -> str:
    return (
        f"gives {dtype} features, too coarse for moments: needed are float32 "
        '(its last layer with dtype="float32")'
    )


def checked(found: ArrayLike | Mapping[str, ArrayLike], images: Array) -> NDArray[np.float64]:
    """The output of a network for images [N, ...] as features [N, d] in float64.

    Raises ValueError in words for anything but one float32 or float64 array with a row for each.
    """
    if isinstance(found, dict | list | tuple):
        kind = type(found).__name__
        raise ValueError(f"gives a {kind} of {len(found)} outputs, needed is one array of features")
    found = np.asarray(found)
    if found.dtype not in (np.float32, np.float64):
        raise ValueError(_coarse(found.dtype))
    if found.ndim < 2 or len(found) != len(images):
        raise ValueError(f"{len(images)} images gave features {found.shape}, needed is [N, d]")
    flat = found.reshape(len(found), -1)
    if not 1 <= flat.shape[1] <= MOST:
        raise ValueError(
            f"gives {flat.shape[1]} features of an image, needed are 1 to {MOST}: end it in a "
            "pooling layer, such as keras.layers.GlobalAveragePooling2D()"
        )
    return flat.astype(np.float64)


def fault(network: Network, images: Array) -> str:
    """The reason why features of a network are of no use for images like these few [N, ...], or "".

    Features must be finite, the same at each call and whatever other images are beside an image,
    and different for different images.
    """
    try:
        found, again, fewer = network(images), network(images), network(images[: len(images) // 2])
    except ValueError as error:
        return str(error)
    if not np.isfinite(found).all():
        return "gives features that are not finite (NaN or infinity)"
    near = 1e-3 * np.abs(found).max() + 1e-12
    if np.abs(found - again).max() > near:
        return "gives other features each time that it sees the same images"
    if np.abs(found[: len(fewer)] - fewer).max() > near:
        return "gives an image other features when other images are beside it"
    if (images != images[0]).any() and np.ptp(found, axis=0).max() <= 1e-6 * np.abs(found).max():
        return f"gives {len(images)} different images the same features"
    return ""


def reason(error: BaseException) -> str:
    """The first line of an error, without colours, of a length to be read."""
    plain = re.sub(r"\x1b\[\d*m", "", errors.text(error)).strip()
    lines = [line for line in plain.splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith("Exception encountered")] or lines
    text = told[0].strip() if told else type(error).__name__
    return text if len(text) <= _LENGTH else text[:_LENGTH].rstrip() + " ..."


def _check_inputs(model: Model, shape: Shape) -> None:
    """Raises ValueError where a model does not take one batch of images of a shape."""
    inputs = getattr(model, "inputs", None) or []
    if len(inputs) > 1:
        raise ValueError(f"takes {len(inputs)} inputs, given is one: images {tuple(shape)}")
    for taken in (tuple(one.shape[1:]) for one in inputs):
        fits = [a in (None, b) for a, b in zip(taken, shape, strict=False)]
        if len(taken) != len(shape) or not all(fits):
            raise ValueError(f"takes images {taken}, given are {tuple(shape)}")


def _unloadable(text: str) -> str:
    """Words for what Keras says of a file that it cannot load."""
    if "`Lambda` layer" in text or "lambda" in text.lower():
        return (
            "has a Lambda layer: that is Python code, which is not run from a file; "
            "make it of layers of Keras, or a class in a plugin"
        )
    if unknown := re.search(r"Could not locate (?:class|function) '(\w+)'", text):
        return (
            f'has "{unknown[1]}", which is no part of Keras: define it in a plugin of the sweep, '
            "under @keras.saving.register_keras_serializable()"
        )
    if "File not found" in text or "accessible `.keras`" in text or "h5" in text.lower():
        return "is no model that Keras has saved, or it is cut off"
    return f"cannot be loaded by Keras: {reason(ValueError(text))}"
