"""Traits: what a decorator can be told of a part of each kind, and which values each can have.

    @regularizer(players="g", per_sample=True)

A registry knows the traits of its kind (`TRAITS`), so that a misspelled one is refused where it is
written and not ignored. Every one that stands here is read somewhere in `bench`.
"""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Fault = Callable[[Any, Any], str]
"""(value, function of the part) -> what is wrong, to stand behind the value; "" where nothing."""


@dataclass(frozen=True)
class Trait:
    """One thing that a decorator can be told of a part.

    meaning   a sentence, for the catalogue and for errors
    fault     says what is wrong with a value; "" for one that the trait can have
    """

    meaning: str
    fault: Fault


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

SIZES = ("units", "width", "classes")
"""The numbers that networks can be made of beside the shapes of samples and latents."""

NEEDS = ("modes", "apart", "sharp", "confidence", "agree", "train", "weights", "bandwidths")
"""The fields of a `Sample` or an instrument that a task need not have (see `bench.metrics`)."""


def suggest(name: str, known: Iterable[str]) -> str:
    """' (did you mean "x"?)', or the names there are when none is near."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f' (did you mean "{near[0]}"?)'
    return f" (there is: {', '.join(names)})" if names else ""


def _truth(value: Any, fn: Any = None) -> str:
    return "" if isinstance(value, bool) else "is not True or False"


def _number(least: float) -> Fault:
    """A finite number, and not below the least."""

    def fault(value: Any, fn: Any = None) -> str:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            return "is not a number"
        return "" if value >= least else f"is below {least:g}"

    return fault


def _count(value: Any, fn: Any = None) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return "" if whole else "is not a whole number above 0"


def _text(value: Any, fn: Any = None) -> str:
    return "" if isinstance(value, str) and value else "is not a text"


def _scalar(value: Any, fn: Any = None) -> str:
    return (
        "" if isinstance(value, bool | int | float | str) else "is no number, word or truth value"
    )


def _function(*arguments: str) -> Fault:
    """A function that can be called with so many arguments by position."""

    def fault(value: Any, fn: Any = None) -> str:
        if not callable(value):
            return f"is not a function of ({', '.join(arguments)})"
        try:
            inspect.signature(value).bind(*arguments)
        except TypeError as error:
            return f"cannot be called with ({', '.join(arguments)}): {error}"
        except ValueError:  # of a function that shows no signature
            return ""
        return ""

    return fault


def _of_numbers(value: Any, fn: Callable[..., Any] | None = None) -> str:
    """A function that is called with the hyper-parameters of the part by their names."""
    if not callable(value):
        return "is not a function of the hyper-parameters"
    own = inspect.signature(fn).parameters.values() if fn else ()
    names = [p.name for p in own if p.kind is inspect.Parameter.KEYWORD_ONLY]
    try:
        inspect.signature(value).bind(**dict.fromkeys(names))
    except TypeError as error:
        return f"cannot be called with the hyper-parameters ({', '.join(names)}): {error}"
    return ""


def _one_of(*known: str) -> Fault:
    def fault(value: Any, fn: Any = None) -> str:
        return "" if value in known else _unknown(value, known)

    return fault


def _some_of(*known: str) -> Fault:
    """A tuple of known words."""

    def fault(value: Any, fn: Any = None) -> str:
        if isinstance(value, str) or not isinstance(value, tuple | list | frozenset | set):
            return f'is not a tuple of words, such as ("{known[0]}",)'
        return next(
            (f"has {item!r}, which {_unknown(item, known)}" for item in value if item not in known),
            "",
        )

    return fault


def _words(value: Any, fn: Any = None) -> str:
    if isinstance(value, tuple | list) and value and not any(map(_text, value)):
        return ""
    return "is not a tuple of words"


def _sized(value: Any, fn: Callable[..., Any] | None = None) -> str:
    """A table from options of the task to the sizes of networks that they decide."""
    if not isinstance(value, Mapping):
        return 'is not a table such as {"units": ("units",)}'
    options = inspect.signature(fn).parameters if fn else value
    for option, sizes in value.items():
        if option not in options:
            return f"names {option!r}, which is no option of the task{suggest(option, options)}"
        if wrong := _some_of(*SIZES)(sizes, None):
            return f"at {option!r} {wrong}"
    return ""


def _numbers(value: Any, fn: Any = None) -> str:
    if not isinstance(value, Mapping) or any(map(_text, value)):
        return 'is not a table of numbers, such as {"lr_g": 1e-3, "lr_d": 1e-3}'
    wrong = (name for name, number in value.items() if _number(-math.inf)(number, None))
    return next((f"has {name} = {value[name]!r}, which is not a number" for name in wrong), "")


def _shape(value: Any, fn: Any = None) -> str:
    whole = isinstance(value, tuple | list) and value and not any(_count(n) for n in value)
    return "" if whole else "is not a tuple of whole numbers above 0, such as (2,) or (8, 8, 1)"


def _bounds(value: Any, fn: Any = None) -> str:
    """A table from an option to the values at which something is stored."""
    if not isinstance(value, Mapping):
        return 'is not a table such as {"sigma": (0.1, 0.02)}'
    options = inspect.signature(fn).parameters if fn else value
    for option, numbers in value.items():
        if option not in options:
            return f"names {option!r}, which is no option of the task{suggest(option, options)}"
        if not isinstance(numbers, tuple | list) or any(map(_number(-math.inf), numbers, numbers)):
            return f"at {option!r} is not a tuple of numbers"
    return ""


def _unknown(value: Any, known: tuple[str, ...]) -> str:
    return f"is not known{suggest(str(value), known)}"


PLAYERS = Trait(
    'The players that it is for: "d" (where nothing is said), "g", or "gd" for either.',
    _one_of("g", "d", "gd"),
)
_IMAGES = Trait("It is for samples that are images.", _truth)
_BATCH = Trait(
    "A function of the size of a batch: the reason why it is too small, or None.",
    _function("size"),
)

_PART = {
    "forbids": Trait(
        "A function of its hyper-parameters: what is wrong with them together, or None.",
        _of_numbers,
    ),
    "batch": _BATCH,
    "images": _IMAGES,
    "d_cost": Trait("Gradients that it adds to a step of D.", _number(0)),
    "g_cost": Trait("Gradients that it adds to a step of G.", _number(0)),
}
"""The traits of all parts that a method is made of."""

_TRAINED = {
    "loss": {
        "equilibrium": Trait(
            "The value of L_D at equilibrium, where D tells nothing apart.", _number(-math.inf)
        ),
        "pairs": Trait("Its logits are compared with those of other samples.", _truth),
        "draws": Trait("It is given a key for random numbers as a third argument.", _truth),
    },
    "regularizer": {
        "players": PLAYERS,
        "per_sample": Trait("It is on the gradient of a single sample.", _truth),
        "samples_g": Trait("It lets G make samples of its own.", _truth),
        "kernels": Trait("It is on the kernels of its player.", _truth),
        "features": Trait("It is on the last hidden layer of D.", _truth),
        "generators": Trait("It tells several generators apart, and needs two.", _truth),
        "memory": Trait(
            "A function of weights and kernels: what it remembers at the start. It then returns "
            "(value, memory).",
            _function("weights", "kernels"),
        ),
    },
    "normalizer": {
        "players": PLAYERS,
        "couples": Trait("It lets the samples of a batch change each other's logits.", _truth),
        "spatial": Trait("It averages over pixels, so that it needs convolutions.", _truth),
        "reference": Trait("It keeps a reference batch of its own.", _truth),
        "gradient": Trait("It divides by the slope of D.", _truth),
    },
    "optimizer": {},
    "dynamics": {
        "batches": Trait(
            "A function of (d_steps, g_steps): the number of batches of a step.",
            _function("d_steps", "g_steps"),
        ),
        "simultaneous": Trait("Both players step once, from the same point.", _truth),
        "unrolls": Trait("It looks `unroll` inner steps ahead.", _truth),
        "cost": Trait("Factor on the gradients of a step.", _number(0)),
        "memory": Trait(
            "A function of the state: what it remembers at the start.", _function("state")
        ),
    },
    "augmentation": {},
    "extra": {
        "averages": Trait("It keeps an average of G's weights.", _truth),
        "couples": Trait("It lets the samples of a batch change each other's logits.", _truth),
        "coupled": Trait("It ties the networks of several domains.", _truth),
        "rescales": Trait("It rescales the optimizer for lazy penalties.", _truth),
    },
    "network": {
        "dense": Trait("Its layers are dense, so that pixels have no neighbours.", _truth),
        "xla": Trait("Its step is compiled by XLA, which is slow with convolutions.", _truth),
        "labels": Trait("It is told the class of each sample.", _truth),
        "takes": Trait(
            "The slots that it has; all of them where nothing is said.", _some_of(*SLOTS)
        ),
        "sizes": Trait("The sizes that it is made of.", _some_of(*SIZES)),
        "instead": Trait("A few words: why it has not all slots.", _text),
        "real": Trait(
            "A function of real samples and progress: the samples as D is shown them.",
            _function("x", "progress"),
        ),
    },
}

_OPTIONS = (
    *("network", "batch", "latent", "units", "width", "generator", "discriminator"),
    *("features", "features_digest"),
)
"""Options that many tasks have."""

_TASK = {
    "steps": Trait("Steps of a training where a sweep says nothing.", _count),
    "hparams": Trait("Recommended values of hyper-parameters, by their full names.", _numbers),
    "check": Trait(
        "A function of the options: the same, completed. It raises BadOption.", _function("options")
    ),
    "data": Trait(
        'What its samples are: "points", "images", or "game" for a game without samples.',
        _one_of("points", "images", "game"),
    ),
    "shape": Trait("The shape of one sample: (2,) for points, (8, 8, 1) for images.", _shape),
    "bounds": Trait(
        "The option that the bounds of its criterion depend on, and the values of it at which they "
        "are stored.",
        _bounds,
    ),
    "images": Trait("Its samples are images [h, w, c], and networks for images play.", _truth),
    "pixels": Trait("Its samples are pictures, though its own networks may be dense.", _truth),
    "labels": Trait("The class of each real sample is known.", _truth),
    "domains": Trait("A sample is the pictures of several domains side by side.", _truth),
    "losses": Trait("The losses that it is a game of.", _words),
    "takes": Trait("The slots that its own networks have.", _some_of(*SLOTS)),
    "instead": Trait("A few words: why its own networks have not all slots.", _text),
    "sized": Trait("Which sizes of its networks an option decides.", _sized),
} | {name: Trait(f"The default of its option {name}.", _scalar) for name in _OPTIONS}

_METRIC = {
    "better": Trait('"higher" or "lower": the better values.', _one_of("higher", "lower")),
    "needs": Trait("Fields of the samples and of the instrument that it needs.", _some_of(*NEEDS)),
    "final": Trait("It is measured once, at the end of a training.", _truth),
    "most": Trait("Most samples of each side that it is given.", _count),
    "label": Trait("A few words for tables and axes.", _text),
    "unit": Trait("The unit of its values.", _text),
    "floor": Trait("Its least value.", _number(-math.inf)),
    "ceiling": Trait("Its largest value.", _number(-math.inf)),
    "blind": Trait("A few words: the failures that it does not see.", _text),
}

TRAITS: dict[str, dict[str, Trait]] = {
    **{kind: _PART | own for kind, own in _TRAINED.items()},
    "task": _TASK,
    "metric": _METRIC,
}
"""Kind of a part -> name of a trait -> the trait."""
