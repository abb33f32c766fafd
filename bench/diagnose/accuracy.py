"""Bounds the discriminator's accuracy by what a log has of it, and judges who wins.

A mean loss tells how many samples D can have got wrong at most, by Markov's inequality: one on the
wrong side of the threshold costs log 2 or more with logistic losses, 1 or more with hinge losses,
and is 0.5 off or more as a probability. So a loss needs no threshold of its own: the verdicts' one
for the accuracy is asked of its bound.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from bench.analysis import verdicts
from bench.analysis.verdicts import thresholds as at
from bench.diagnose.log import Series
from bench.trial import Method, Result, Status, Trial

COST = math.log(2)
"""Least loss of a sample that D takes for what it is not, with a logistic or a hinge loss."""


class Share(NamedTuple):
    """A share of samples along a training, or a bound below it."""

    steps: np.ndarray
    """The steps [T]."""
    values: np.ndarray
    """The share [T]; a bound may be below 0."""
    series: str
    """The role of the series that it comes from."""
    how: str
    """The way to it, to stand behind "by"."""


def told(series: Mapping[str, Series]) -> Iterator[Share]:
    """Yield the accuracy of D, or bounds below it, from what there is; the surest first."""
    if own := series.get("accuracy"):
        yield Share(own.steps, share(own.values), "accuracy", "its accuracy")
    if (pair := _pair(series, "accuracy")) is not None:
        steps, real, fake = pair
        yield Share(steps, (share(real) + share(fake)) / 2, "accuracy_real", "its accuracies")
    if (pair := _pair(series, "sign")) is not None:
        steps, real, fake = pair
        yield Share(steps, (2 + real - fake) / 4, "sign_real", "the signs of its logits")
    pair = _pair(series, "logit")
    if pair is not None and _probabilities(pair[1]) and _probabilities(pair[2]):
        steps, real, fake = pair
        yield Share(steps, real - fake, "logit_real", "its outputs, if they are probabilities")
    if loss := _loss(series):
        how = "its loss, if that is logistic or a hinge"
        yield Share(loss.steps, 1 - loss.values / COST, "loss_d", how)


def fooled(series: Mapping[str, Series]) -> Iterator[Share]:
    """Yield the share of generated samples that D takes for real ones, or bounds below it.

    A loss of G near 0 says so beside a loss of D only that is as high as it then must be: log 2 for
    each sample that it has wrong, half of that where its two halves are averaged.
    """
    if own := series.get("accuracy_fake"):
        yield Share(own.steps, 1 - share(own.values), "accuracy_fake", "its accuracy on them")
    if own := series.get("sign_fake"):
        yield Share(own.steps, (1 + own.values) / 2, "sign_fake", "the signs of its logits")
    own, loss = series.get("loss_g"), _loss(series)
    if own and loss and _not_negative(own.values):
        high = np.interp(own.steps, loss.steps, loss.values) >= at.PINNED * COST / 2
        how = "G's loss, if that is non-saturating"
        yield Share(own.steps, np.where(high, 1 - own.values / COST, 0.0), "loss_g", how)


def truth(series: Mapping[str, Series]) -> Iterator[Share]:
    """Yield the probability that D gives the truth, on the side on which it gives less.

    The losses are geometric means of probabilities: D's is -log of that of the truth, on real and
    on generated samples together, and G's, where it does not saturate, -log of that with which D
    takes what it makes for real. A loss of G that saturates, or of least squares, stays below what
    is asked for, so that nothing is said of it.
    """
    own, loss = series.get("loss_g"), _loss(series)
    if own and loss and _not_negative(own.values):
        both = np.exp(-np.interp(own.steps, loss.steps, loss.values) / 2)
        how = "both losses, if they are logistic and D's is the sum of its halves"
        yield Share(own.steps, np.minimum(both, 1 - np.exp(-own.values)), "loss_d", how)


def pinned(found: Share) -> bool:
    """True where the verdicts' rule on D's accuracy holds for a share."""
    curves = {"step": found.steps.tolist(), "d_accuracy": found.values.tolist()}
    trial = Trial("log", Method("log"), 0, max(1, len(found.steps)))
    return verdicts.judge(Result(trial, Status.COMPLETED, curves)).rule == verdicts.PINNED


def share(values: np.ndarray) -> np.ndarray:
    """An accuracy as a share; one above 1 was a percentage."""
    return values / 100 if len(values) and np.max(values) > 1 else values


def _pair(
    series: Mapping[str, Series], name: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """The steps and the values for real and for generated samples; None where one is missing."""
    real, fake = series.get(f"{name}_real"), series.get(f"{name}_fake")
    if real is None or fake is None or not len(real.steps) or not len(fake.steps):
        return None
    if np.array_equal(real.steps, fake.steps):
        return real.steps, real.values, fake.values
    return real.steps, real.values, np.interp(real.steps, fake.steps, fake.values)


def _loss(series: Mapping[str, Series]) -> Series | None:
    """The loss of D, also as the sum of its halves; None for one that falls below 0."""
    own, pair = series.get("loss_d"), _pair(series, "loss_d")
    if own is None and pair is not None:
        own = Series(pair[0], pair[1] + pair[2])
    return own if own is not None and _not_negative(own.values) else None


def _not_negative(values: np.ndarray) -> bool:
    return bool(len(values)) and bool(np.min(values) >= 0)


def _probabilities(values: np.ndarray) -> bool:
    return _not_negative(values) and bool(np.max(values) <= 1)
