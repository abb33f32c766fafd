"""Tasks: what is to be learned, and by which two networks.

A registered function makes a Task; its keyword-only arguments are the task's options, structural
choices such as width or batch. The decorator is told the recommended number of `steps` and the
`hparams` that are bound to the scale of the data: learning rates and penalty strengths. A
strength means nothing without the scaling of the data (multiply the data by s, and a squared
gradient norm is divided by s^2), so a task's strengths override a method's own.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench import registry
from bench.gan import data, keys, networks
from bench.registry import task

if TYPE_CHECKING:
    from bench.gan.data import Images
    from bench.gan.features import Own
    from bench.metrics import Facts

Criterion = Mapping[str, tuple[str, float]]


@dataclass(frozen=True, eq=False)
class Task:
    """What a trainer needs to know of a task.

    `real(key, n)` draws samples [n, *shape] and is pure in its key; `networks(layers)` makes
    (generator, discriminator) with what a method puts into them; `facts()` makes the
    instrument that measures generated samples; `criterion` says when one measurement is a
    success, e.g. {"modes": (">=", 8)}. `xla` says how the step is compiled: XLA for dense
    networks; on a CPU it is about 15 times slower than TensorFlow's own convolutions.
    `latents(key, n)` draws z [n, latent] where it is not standard normal; `observe(state)` gives
    the curves of a game, read from its weights in place of measured samples.
    `held` are samples of a data set that `real` never draws.
    """

    shape: tuple[int, ...]
    real: Callable[[np.ndarray, int], Any]
    networks: Callable[[networks.Layers], tuple[Any, Any]]
    facts: Callable[[], Facts]
    criterion: Criterion
    latent: int
    batch: int
    kind: str = "mixture"
    xla: bool = True
    dtype: str = "float32"
    latents: Callable[[np.ndarray, int], np.ndarray] | None = None
    observe: Callable[[Any], dict[str, float]] | None = None
    held: np.ndarray | None = None

    @property
    def size(self) -> int:
        """Numbers in one sample."""
        return math.prod(self.shape)


class BadOption(ValueError):
    """A value that a task cannot take; `option` names the one."""

    def __init__(self, option: str, text: str) -> None:
        super().__init__(f"{option} {text}")
        self.option = option


def _check(options: dict[str, Any]) -> dict[str, Any]:
    """Options with the digests of their files, which name them in a trial's id; the options of the
    feature network are left out where there is none, as they came later.

    Raises BadOption for sizes and widths that are not above 0 and for a feature network that is not
    there, ValueError for a bad data file.
    """
    for name, value in options.items():
        if not isinstance(value, str) and not 0 < value < math.inf:
            raise BadOption(name, f"must be above 0, not {value}")
    for name in ("data", "features_digest"):
        if options.get(name):
            raise BadOption(name, "is found from the file; give its path only")
    if options.get("path"):
        options = options | {"data": data.digest(options["path"])}
    if options.get("features"):
        return options | {"features_digest": _digest(options["features"])}
    return {k: v for k, v in options.items() if k not in ("features", "features_digest")}


def _digest(network: str) -> str:
    from bench.gan.features import Own

    try:
        return Own(network).digest
    except (OSError, ValueError) as error:
        raise BadOption("features", f"names no feature network: {error}") from error


_TOY = {
    "lr_g": 1e-3,
    "lr_d": 1e-3,
    "r1.gamma": 0.1,
    "r2.gamma": 0.1,
    "wgan_gp.weight": 0.1,
    "wgan_lp.weight": 0.1,
    "gp0.weight": 0.05,
    "dragan.weight": 1.0,
    "weight_clipping.bound": 0.1,
    "ema.decay": 0.993,
}
"""Numbers that fit mixtures scaled to unit variance; an average over a fiftieth of the steps."""


@task(steps=5000, hparams=_TOY, check=_check)
def ring8(*, sigma: float = 0.1, batch: int = 256, latent: int = 16, units: int = 128) -> Task:
    """Eight Gaussians of width `sigma` on a circle of radius 2, divided by 1.414.

    The literature's sigma is 0.02, which takes ten times the steps. Networks: two hidden layers.
    """
    return _mixture("ring", sigma, batch, latent, units, high_quality=0.6)


@task(
    steps=15_000,
    hparams=_TOY
    | {"lr_g": 2e-3, "lr_d": 2e-3, "r1.gamma": 0.02, "r2.gamma": 0.02, "ema.decay": 0.9977},
    check=_check,
)
def grid25(*, sigma: float = 0.2, batch: int = 256, latent: int = 16, units: int = 128) -> Task:
    """25 Gaussians of width `sigma` on {-4, -2, 0, 2, 4}^2, divided by 2.828.

    The literature's sigma is 0.05, which takes ten times the steps. Networks: two hidden layers.
    """
    return _mixture("grid", sigma, batch, latent, units, high_quality=0.5)


@task(
    steps=3000,
    hparams={
        "lr_g": 1e-3,
        "lr_d": 1e-3,
        "r1.gamma": 1.0,
        "r2.gamma": 1.0,
        "wgan_gp.weight": 1.0,
        "wgan_lp.weight": 1.0,
        "gp0.weight": 0.5,
        "dragan.weight": 1.0,
        "weight_clipping.bound": 0.05,
        "ema.decay": 0.9885,
    },
    check=_check,
    images=True,
)
def digits8(
    *,
    batch: int = 64,
    latent: int = 32,
    units: int = 256,
    features: str = "",
    features_digest: str = "",
) -> Task:
    """The 1797 handwritten digits 8 x 8 of scikit-learn in [-1, 1]; two hidden layers each.

    `features` names a network of your own for the Fréchet distance (see `bench.gan.features.Own`),
    `features_digest` is found when a sweep is read.
    """
    from bench.gan import instruments

    shape = (8, 8, 1)
    own = _own(features, features_digest)

    return Task(
        shape=shape,
        real=_from(data.digits8()),
        networks=_dense(shape, latent, units, activation="tanh"),
        facts=lambda: instruments.digits8(own),
        criterion=_image_criterion(10),
        latent=latent,
        batch=batch,
        kind="images",
    )


@task(
    steps=3000,
    hparams={"lr_g": 1e-4, "lr_d": 1e-4, "r1.gamma": 10.0, "r2.gamma": 10.0, "dragan.weight": 10.0},
    check=_check,
    images=True,
    spatial=True,
)
def dcgan28(
    *,
    path: str = "",
    data: str = "",
    width: float = 1.0,
    batch: int = 64,
    latent: int = 100,
    features: str = "",
    features_digest: str = "",
) -> Task:
    """The DCGAN of TensorFlow's tutorial on 28 x 28 images; `width` scales its channels.

    `path` names an .npz with `x_train` [n, 28, 28] and, where it has labels, `y_train`, such as
    `mnist.npz`; without one, digits are rendered from fonts. `data` is the digest of its arrays,
    found when a sweep is read; `features` as for `digits8`. Radford et al. 2016.
    """
    known, own = _images(path, data) if path else None, _own(features, features_digest)

    def nets(layers: networks.Layers) -> tuple[Any, Any]:
        g = networks.dcgan_generator(latent, 1, width=width)
        return g, networks.dcgan_discriminator(1, width=width, layers=layers)

    return Task(
        shape=(28, 28, 1),
        real=_from(known) if known else _rendered,
        networks=nets,
        facts=lambda: _instrument(known, own),
        criterion=_image_criterion(_classes(known)),
        latent=latent,
        batch=batch,
        kind="images",
        xla=False,
    )


def _mixture(
    centres: str, sigma: float, batch: int, latent: int, units: int, *, high_quality: float
) -> Task:
    """A mixture of equal isotropic Gaussians, scaled to centres of unit variance."""
    from bench.metrics import Mixture, grid, ring

    truth = Mixture.standardized({"ring": ring, "grid": grid}[centres](), sigma)
    table, width = truth.centres.astype(np.float32), np.float32(truth.sigma)

    def real(key: np.ndarray, n: int) -> np.ndarray:
        rng = keys.generator(key)
        which = rng.integers(len(table), size=n)
        return table[which] + width * rng.standard_normal((n, 2), np.float32)

    return Task(
        shape=(2,),
        real=real,
        networks=_dense((2,), latent, units),
        facts=truth.facts,
        criterion={
            "modes": (">=", len(table)),
            "high_quality": (">=", high_quality),
            "mode_kl": ("<=", 0.05),
        },
        latent=latent,
        batch=batch,
    )


NEAR = 0.65
"""The largest q of the proxy at which images count as near the data.

Set once, by R1 and spectral norm on two seeds of `digits8`, which reach 0.4 to 0.6 and look like
digits, while the plain loss stays above 0.7.
"""


def _dense(
    shape: tuple[int, ...], latent: int, units: int, activation: str | None = None
) -> Callable[[networks.Layers], tuple[Any, Any]]:
    """Two networks of two hidden layers each, for samples of a shape."""

    def nets(layers: networks.Layers) -> tuple[Any, Any]:
        g = networks.mlp((latent,), shape, units=units, activation=activation, layers=layers.g)
        return g, networks.mlp(shape, (1,), units=units, slope=0.2, layers=layers)

    return nets


def _image_criterion(classes: int | None) -> Criterion:
    """The proxy near its floor and, with labels, all classes there and none far from its share."""
    near: Criterion = {"q": ("<=", NEAR)}
    return near if classes is None else {"modes": (">=", classes), "mode_kl": ("<=", 0.10), **near}


def _from(known: Images) -> Callable[[np.ndarray, int], np.ndarray]:
    """Draws with replacement from a data set."""

    def real(key: np.ndarray, n: int) -> np.ndarray:
        return known.images[keys.generator(key).integers(len(known.images), size=n)]

    return real


def _rendered(key: np.ndarray, n: int) -> Any:
    return data.glyphs28(key, n)[0]


def _images(path: str, digest: str) -> Images:
    """The user's images. Raises ValueError where they are not those of the trial's id."""
    if digest and data.digest(path) != digest:
        raise ValueError(f"{path}: not the images that this trial was planned with")
    return data.load_npz(path)


def _own(path: str, digest: str) -> Own | None:
    """The user's feature network. Raises ValueError where it is not that of the trial's id."""
    from bench.gan.features import Own

    if path and digest and Own(path).digest != digest:
        raise ValueError(f"{path}: not the feature network that this trial was planned with")
    return Own(path) if path else None


def _classes(known: Images | None) -> int | None:
    """Number of labelled classes; None without labels. The rendered digits have ten."""
    if known is None:
        return 10
    return None if known.labels is None else int(known.labels.max()) + 1


def _instrument(known: Images | None, own: Own | None) -> Facts:
    from bench.gan import instruments

    if known is None:
        return instruments.glyphs28(own=own)
    return instruments.of_images(known) if own is None else instruments.of_own(known, own)


@functools.lru_cache(maxsize=8)
def build(name: str, options: tuple[tuple[str, Any], ...]) -> Task:
    """The task of a trial, made once per process; `options` are sorted pairs.

    Raises UnknownName for a name that is not registered.
    """
    return registry.task[name].fn(**dict(options))


@task(steps=15_000, hparams=_TOY, check=_check)
def spiral(*, noise: float = 0.25, batch: int = 256, latent: int = 16, units: int = 128) -> Task:
    """A spiral of 1.5 turns with isotropic noise, divided by 7.5; two hidden layers each.

    Twenty pieces of the curve, equally likely, take the place of modes.
    """
    from bench.metrics import Spiral

    truth = Spiral(noise)

    def real(key: np.ndarray, n: int) -> np.ndarray:
        rng = keys.generator(key)
        return truth.points(rng.random(n), rng.standard_normal((n, 2))).astype(np.float32)

    return Task(
        shape=(2,),
        real=real,
        networks=_dense((2,), latent, units),
        facts=truth.facts,
        criterion={"modes": (">=", 19), "high_quality": (">=", 0.6)},
        latent=latent,
        batch=batch,
    )


@task(steps=10_000, hparams=dict(registry.task["digits8"].facts["hparams"]), check=_check)
def stacked(*, batch: int = 64, latent: int = 64, units: int = 512) -> Task:
    """Three digits 8 x 8 as the channels of one image: 1,000 modes; two hidden layers each.

    Trained on two thirds of scikit-learn's digits; the others are held back, for the overfit gap.
    A measurement takes 10,000 samples and a quarter of a second, so `evaluations = 20` is enough.
    """
    from bench.gan import instruments

    shape = (8, 8, 3)
    known, held = data.split(data.digits8())

    return Task(
        shape=shape,
        real=lambda key, n: data.stacked(known, keys.generator(key), n),
        networks=_dense(shape, latent, units, activation="tanh"),
        facts=instruments.stacked,
        # without a sure classifier a broad Gaussian of images would reach all modes
        criterion={"modes": (">=", 950), "mode_kl": ("<=", 0.25), "confidence": (">=", 0.9)},
        latent=latent,
        batch=batch,
        kind="images",
        held=data.stacked(held, np.random.default_rng(5), 500),
    )
