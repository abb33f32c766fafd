"""Networks of a user's own that compute with half precision."""

import numpy as np
import pytest

from bench.gan.backend import tf
from bench.gan.data import own_features

IMAGES = np.random.default_rng(0).normal(size=(6, 8, 8, 1)).astype(np.float32)


def network(inner: str, last: str):
    layers = tf.keras.layers
    return tf.keras.Sequential(
        [
            tf.keras.Input((8, 8, 1)),
            layers.Conv2D(3, 3, dtype=inner, activation="tanh"),
            layers.Flatten(),
            layers.Dense(5, dtype=inner),
            layers.Dense(4, dtype=last),
        ]
    )


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_layers_of_half_precision_compute_whole(tmp_path, policy):
    """OneDNN cannot multiply halves without AVX-512, and would end the process."""
    half, whole = network(policy, "float32"), network("float32", "float32")
    whole.set_weights(half.get_weights())
    half.save(tmp_path / "half.keras")
    found = own_features.load(str(tmp_path / "half.keras"))(IMAGES)
    np.testing.assert_allclose(found, whole(IMAGES), rtol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_features_of_half_precision_are_refused(tmp_path, policy):
    network("float32", policy).save(tmp_path / "half.keras")
    with pytest.raises(ValueError, match=f"gives {policy[6:]} features, too coarse"):
        own_features.load(str(tmp_path / "half.keras"))(IMAGES)
