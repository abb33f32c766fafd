"""Restoration: a generator that makes sharp images of coarse ones, beside a loss of its own."""

from __future__ import annotations

import functools

import numpy as np

from bench.gan import data, keys, networks
from bench.gan.backend import Model, Tensor, keras
from bench.gan.data.classifier import stored
from bench.gan.networks import Layers
from bench.gan.networks.levels import act
from bench.gan.tasks import cases, criteria
from bench.gan.tasks.cases import Case
from bench.gan.tasks.images import DIGITS
from bench.gan.tasks.options import check
from bench.gan.tasks.task import Array, Pair, Task
from bench.metrics import Instrument, Sample, finite
from bench.metrics.criterion.trivial import NOISE, Draw, Trivial, blurred
from bench.ranges import Count, WidthOfFour
from bench.registry import task

SHAPE = (8, 8, 1)
COARSE = 4
MEASURED = 800


@task(
    steps=3000,
    hparams=DIGITS,
    check=check,
    data="images",
    pixels=True,
    bounds={},
    given=True,
    paired=True,
    sized={"units": ("units",)},
    also=(
        *("super-resolution", "SRGAN", "ESRGAN", "VQGAN", "image restoration", "pix2pix"),
        *("vocoder", "HiFi-GAN"),
    ),
)
def enhance(*, batch: Count = 64, units: WidthOfFour = 64) -> Task:
    """Digits of 8 x 8 pixels from their 4 x 4 means; the generator is given the coarse image.

    For methods with a loss beside the adversary's (`reconstruction`), as in super-resolution,
    vocoders and image codecs: alone it gives blurred images, the adversary sharpens them, and may
    wreck them when it starts. Coarse images of training come from one half of the data, those that
    are measured from the other. Small convolutions. Ledig et al. 2017.
    """
    train, _ = _halves()

    def nets(layers: Layers) -> Pair:
        d = networks.small_discriminator(SHAPE, units=units, layers=layers)
        return _generator(units, layers.for_g), d

    def real(key: Array, n: int) -> Array:
        return train[keys.generator(key).integers(len(train), size=n)]

    return Task(
        shape=SHAPE,
        real=real,
        networks=nets,
        instrument=_instrument,
        criterion=lambda instrument: criteria.of_case("enhance", 0.0, _case, "enhance"),
        latent=COARSE * COARSE,
        batch=batch,
        kind="images",
        xla=False,
        network="small",
        latents=lambda key, n: coarse(_wanted(key, n)),
        given=coarse,
        case=_case,
    )


def coarse(images: Array | Tensor) -> Array:
    """The means of 2 x 2 pixels of images [n, 8, 8, 1], as inputs [n, 16]."""
    x = np.asarray(images).reshape(-1, COARSE, 2, COARSE, 2)
    found: Array = x.mean((2, 4)).reshape(-1, COARSE * COARSE)
    return found


def enlarged(inputs: Array) -> Array:
    """Coarse images [n, 16] in 8 x 8 pixels, each pixel four times: [n, 8, 8, 1]."""
    found: Array = inputs.reshape(-1, COARSE, COARSE, 1).repeat(2, 1).repeat(2, 2)
    return found


def _generator(units: int, layers: Layers) -> Model:
    """[B, 16] -> [B, 8, 8, 1] in [-1, 1]: convolutions 3 x 3 of units/2 at 4 x 4, transposed to
    units/2 and units/4 at 8 x 8; leaky ReLU 0.2."""
    stack = [keras.Input((COARSE * COARSE,)), keras.layers.Reshape((COARSE, COARSE, 1))]
    stack += [keras.layers.Conv2D(units // 2, 3, padding="same"), *layers.hidden(act())]
    for filters, strides in ((units // 2, 2), (units // 4, 1)):
        stack += [keras.layers.Conv2DTranspose(filters, 3, strides, padding="same")]
        stack += layers.hidden(act())
    return keras.Sequential([*stack, keras.layers.Conv2D(1, 3, padding="same", activation="tanh")])


def _halves() -> tuple[Array, Array]:
    first, second = data.split(data.digits8(), 1 / 2)
    return first.images, second.images


def _wanted(key: Array, n: int) -> Array:
    """n images of the half that no training sees."""
    held = _halves()[1]
    return held[keys.generator(key).integers(len(held), size=n)]


@functools.cache
def _measured() -> Array:
    """The images whose coarse ones generators are measured with."""
    return _wanted(keys.key(0, "evaluation"), MEASURED)


@functools.cache
def _instrument() -> Instrument:
    classifier, known, truth = stored("digits8"), data.digits8(), _measured()

    def see(points: Array) -> Sample:
        found, probabilities = classifier(points)
        own = np.asarray(points, np.float64)
        marks = {
            "error": np.abs(own[:MEASURED] - truth[: len(own)]).mean((1, 2, 3)),
            "detail": np.abs(own - enlarged(coarse(own))).mean((1, 2, 3)),
        }
        modes, confidence = probabilities.argmax(1), probabilities.max(1)
        return Sample(points, found, modes, confidence=confidence, marks=marks)

    assert known.labels is not None
    return finite(
        see,
        known.images,
        n=MEASURED,
        proxy="CLS-FD",
        digest=classifier.digest,
        weights=np.bincount(known.labels) / len(known.labels),
        accuracy=classifier.accuracy,
        bounds=(-1.0, 1.0),
    )


def _case() -> Case:
    draw = _fresh()
    mean = _measured().mean(0)
    trivial = (
        Trivial("the digits of other inputs", "l1", draw),
        Trivial("the mean image", "l1", lambda rng, n: np.repeat(mean[None], n, 0)),
        Trivial("one class missing", "modes", lambda rng, n: _astray(rng, n, _labels() == 3)),
        Trivial("a tenth moved", "mode_kl", _moved),
        Trivial("pixels as they are", "q", lambda rng, n: enlarged(coarse(_chosen(rng, n)))),
        Trivial("bicubic", "q", _smooth),
        Trivial("blurred", "q", lambda rng, n: blurred(_chosen(rng, n))),
        Trivial("noisy", "q", _noisy),
    )
    return Case(_instrument(), _answers, trivial, cases.FEWER)


def _fresh() -> Draw:
    """Draws digits that have nothing to do with the inputs."""
    known = data.digits8()
    return cases.plain(cases.fresh(known.images, known.labels))


@functools.cache
def _labels() -> Array:
    """The class of each right answer, as the classifier sees it."""
    found: Array = stored("digits8")(_measured())[1].argmax(1)
    return found


def _answers(rng: np.random.Generator, n: int) -> Array:
    """The right answers, a few of them replaced by others, so that draws differ."""
    own = _measured()[:n].copy()
    which = rng.random(n) < 0.02
    own[which] = _fresh()(rng, int(which.sum()))
    return own


def _chosen(rng: np.random.Generator, n: int) -> Array:
    """Right answers in any order."""
    truth = _measured()
    return truth[rng.integers(len(truth), size=n)]


def _noisy(rng: np.random.Generator, n: int) -> Array:
    """The right answers under noise."""
    truth = _measured()[:n]
    images = truth + NOISE * rng.normal(size=truth.shape)
    return np.clip(images, -1, 1).astype(np.float32)


def _smooth(rng: np.random.Generator, n: int) -> Array:
    """Coarse images, enlarged by cubic splines."""
    from scipy.ndimage import zoom

    small = coarse(_chosen(rng, n)).reshape(-1, COARSE, COARSE, 1)
    found: Array = zoom(small, (1, 2, 2, 1), order=3, mode="nearest", grid_mode=True)
    return np.clip(found, -1, 1).astype(np.float32)


def _astray(rng: np.random.Generator, n: int, wrong: Array) -> Array:
    """The right answers, but for inputs of some classes, which get digits of a third one."""
    truth = _measured()
    own, which = truth[:n].copy(), wrong[:n]
    third = truth[_labels() == 2]
    own[which] = third[rng.integers(len(third), size=int(which.sum()))]
    return own


def _moved(rng: np.random.Generator, n: int) -> Array:
    """The right answers, but for half of the inputs of two classes."""
    return _astray(rng, n, (_labels() < 2) & (rng.random(len(_labels())) < 0.5))
