"""Traits: the things that a decorator can be told of a part, and the values of each.

    @regularizer(players="g", per_sample=True)

A registry knows the traits of its kind (`TRAITS`), so that a misspelled one is refused where it is
written and not ignored. Every one that stands here is read somewhere in `bench`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.vocabulary import forms
from bench.vocabulary.forms import SIZES, Fault


@dataclass(frozen=True)
class Trait:
    """One thing that a decorator can be told of a part."""

    meaning: str
    """A sentence that says what the trait means, for the catalogue and for errors."""
    fault: Fault
    """Names the fault of a value; "" for a value that the trait can have."""


SLOTS = {
    "d.norm": "layers behind the hidden layers of the discriminator",
    "d.after": "layers behind the hidden activations of the discriminator",
    "d.head": "a layer before the discriminator's last",
    "d.pack": "a discriminator of whole packs",
    "d.kernels": "kernels in the discriminator",
    "d.features": "a last hidden layer of the discriminator",
    "g.norm": "layers behind the hidden layers of the generator",
    "g.after": "layers behind the hidden activations of the generator",
    "g.kernels": "kernels in the generator",
}
"""The places of networks that a method may use (see `bench.gan.methods.slots`)."""


MARKS = ("excess", "error", "detail", "log_density", "retrieved")
"""Numbers of each sample that single tasks have (see `bench.metrics.special`)."""

NEEDS = (
    *("modes", "apart", "sharp", "confidence", "agree", "train", "weights", "bandwidths", "fits"),
    *MARKS,
)
"""The fields of a `Sample` or an instrument that a task need not have (see `bench.metrics`)."""


PLAYERS = Trait(
    'The players that it is for: "d" (where nothing is said), "g", or "gd" for either.',
    forms.one_of("g", "d", "gd"),
)
_IMAGES = Trait("It is for samples that are images.", forms.truth)
_DIRECTION = Trait(
    "It is one of the two halves of a method that trains the direction of D's last layer apart.",
    forms.truth,
)
_BATCH = Trait(
    "A function of the size of a batch: the reason why it is too small, or None.",
    forms.function("size"),
)

_ALSO = Trait(
    "Other names that the field has for it: whoever looks for one is told this one.", forms.words
)

_PART = {
    "also": _ALSO,
    "forbids": Trait(
        "A function of its hyper-parameters: what is wrong with them together, or None.",
        forms.of_numbers,
    ),
    "batch": _BATCH,
    "images": _IMAGES,
    "d_cost": Trait("Gradients that it adds to a step of D.", forms.number(0)),
    "g_cost": Trait("Gradients that it adds to a step of G.", forms.number(0)),
}
"""The traits of all parts that a method is made of."""

_TRAINED = {
    "loss": {
        "equilibrium": Trait(
            "The value of L_D at equilibrium, where D tells nothing apart.", forms.number(-math.inf)
        ),
        "pairs": Trait("Its logits are compared with those of other samples.", forms.truth),
        "draws": Trait("It is given a key for random numbers as a third argument.", forms.truth),
    },
    "regularizer": {
        "players": PLAYERS,
        "paired": Trait(
            "It compares samples with those that their inputs were made of.", forms.truth
        ),
        "per_sample": Trait("It is on the gradient of a single sample.", forms.truth),
        "samples_g": Trait("It lets G make samples of its own.", forms.truth),
        "kernels": Trait("It is on the kernels of its player.", forms.truth),
        "features": Trait("It is on the last hidden layer of D.", forms.truth),
        "generators": Trait("It tells several generators apart, and needs two.", forms.truth),
        "direction": _DIRECTION,
        "stops": Trait(
            "It holds something constant, so that its gradient is not that of its value.",
            forms.truth,
        ),
        "memory": Trait(
            "A function of weights and kernels: what it remembers at the start. It then returns "
            "(value, memory).",
            forms.function("weights", "kernels"),
        ),
    },
    "normalizer": {
        "players": PLAYERS,
        "couples": Trait("It lets the samples of a batch change each other's logits.", forms.truth),
        "spatial": Trait("It averages over pixels, so that it needs convolutions.", forms.truth),
        "reference": Trait("It keeps a reference batch of its own.", forms.truth),
        "gradient": Trait("It divides by the slope of D.", forms.truth),
        "direction": _DIRECTION,
    },
    "optimizer": {
        "measures": Trait("It is measured at other weights than it plays with.", forms.truth),
    },
    "dynamics": {
        "batches": Trait(
            "A function of (d_steps, g_steps): the number of batches of a step.",
            forms.function("d_steps", "g_steps"),
        ),
        "simultaneous": Trait("Both players step once, from the same point.", forms.truth),
        "unrolls": Trait("It looks `unroll` inner steps ahead.", forms.truth),
        "cost": Trait("Factor on the gradients of a step.", forms.number(0)),
        "returns": Trait(
            "It puts players back to other weights than their optimizers left.", forms.truth
        ),
        "memory": Trait(
            "A function of the state: what it remembers at the start.", forms.function("state")
        ),
    },
    "augmentation": {},
    "extra": {
        "averages": Trait("It keeps an average of G's weights.", forms.truth),
        "couples": Trait("It lets the samples of a batch change each other's logits.", forms.truth),
        "coupled": Trait("It ties the networks of several domains.", forms.truth),
        "rescales": Trait("It rescales the optimizer for lazy penalties.", forms.truth),
        "augments": Trait("It decides how often augmentations are applied.", forms.truth),
        "norms": Trait("It puts a normalizing layer behind D's hidden layers.", forms.truth),
        "pools": Trait("It shows D generated samples of earlier steps.", forms.truth),
        "noise": Trait("It changes the noise that G is given.", forms.truth),
        "draws": Trait("It decides which real samples are drawn.", forms.truth),
        "ordered": Trait("It needs a data set that has an order.", forms.truth),
    },
    "network": {
        "dense": Trait("Its layers are dense, so that pixels have no neighbours.", forms.truth),
        "xla": Trait("Its step is compiled by XLA, which is slow with convolutions.", forms.truth),
        "labels": Trait("It is told the class of each sample.", forms.truth),
        "takes": Trait(
            "The slots that it has; all of them where nothing is said.", forms.some_of(*SLOTS)
        ),
        "sizes": Trait("The sizes that it is made of.", forms.some_of(*SIZES)),
        "instead": Trait("A few words: why it has not all slots.", forms.text),
        "real": Trait(
            "A function of real samples and progress: the samples as D is shown them.",
            forms.function("x", "progress"),
        ),
    },
}

_OPTIONS = (
    *("network", "batch", "latent", "units", "width", "generator", "discriminator"),
    *("features", "features_digest"),
)
"""Options that many tasks have."""

_TASK = {
    "also": _ALSO,
    "steps": Trait("Steps of a training where a sweep says nothing.", forms.count),
    "hparams": Trait("Recommended values of hyper-parameters, by their full names.", forms.numbers),
    "check": Trait(
        "A function of the options: the same, completed. It raises BadOption.",
        forms.function("options"),
    ),
    "resolve": Trait(
        "A function of the options: the same, with the digests of its data, before they are "
        "checked.",
        forms.function("options"),
    ),
    "data": Trait(
        'What its samples are: "points", "images", or "game" for a game without samples.',
        forms.one_of("points", "images", "game"),
    ),
    "shape": Trait("The shape of one sample: (2,) for points, (8, 8, 1) for images.", forms.shape),
    "bounds": Trait(
        "The option that the bounds of its criterion depend on, and the values of it at which they "
        "are stored.",
        forms.bounds,
    ),
    "images": Trait("Its samples are images [h, w, c], and networks for images play.", forms.truth),
    "pixels": Trait("Its samples are pictures, though its own networks may be dense.", forms.truth),
    "labels": Trait("The class of each real sample is known.", forms.truth),
    "domains": Trait("A sample is the pictures of several domains side by side.", forms.truth),
    "losses": Trait("The losses that it is a game of.", forms.words),
    "takes": Trait("The slots that its own networks have.", forms.some_of(*SLOTS)),
    "instead": Trait("A few words: why its own networks have not all slots.", forms.text),
    "given": Trait("Its generator is given data, and no noise.", forms.truth),
    "paired": Trait(
        "Inputs of its generator are made of real samples, which are their right answers.",
        forms.truth,
    ),
    "order": Trait(
        "A function of the options: True where it is a data set, which is in some order.",
        forms.function("options"),
    ),
    "rollouts": Trait(
        "Its generator makes the samples of a batch one after another, so that none has a z of its "
        "own.",
        forms.truth,
    ),
    "sized": Trait("Which sizes of its networks an option decides.", forms.sized),
} | {name: Trait(f"The default of its option {name}.", forms.scalar) for name in _OPTIONS}

_TRAINER = {
    "also": _ALSO,
    "gradients": Trait(
        "Gradients of one step, in those of a D or a G on a batch.", forms.number(0)
    ),
    "rollouts": Trait("It trains a policy, so that it needs a task of rollouts.", forms.truth),
    "codes": Trait(
        "It finds a z of each sample, so that samples must have their own.", forms.truth
    ),
    "yardstick": Trait(
        "It is no method that is compared: it shows what a task allows.", forms.truth
    ),
}

_METRIC = {
    "also": _ALSO,
    "better": Trait('"higher" or "lower": the better values.', forms.one_of("higher", "lower")),
    "needs": Trait(
        "Fields of the samples and of the instrument that it needs.", forms.some_of(*NEEDS)
    ),
    "final": Trait("It is measured once, at the end of a training.", forms.truth),
    "most": Trait("Most samples of each side that it is given.", forms.count),
    "label": Trait("A few words for tables and axes.", forms.text),
    "unit": Trait("The unit of its values.", forms.text),
    "floor": Trait("Its least value.", forms.number(-math.inf)),
    "ceiling": Trait("Its largest value.", forms.number(-math.inf)),
    "blind": Trait("A few words: the failures that it does not see.", forms.text),
}

TRAITS: dict[str, dict[str, Trait]] = {
    **{kind: _PART | own for kind, own in _TRAINED.items()},
    "task": _TASK,
    "trainer": _TRAINER,
    "metric": _METRIC,
}
"""Kind of a part -> name of a trait -> the trait."""
