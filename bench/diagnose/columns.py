"""Finds out which column of a log is what, by the words that its name is made of.

Names in use, by their sources: d_loss and g_loss (keras.io's GANs, PyTorch Lightning's example),
"Generator Loss" and "Distriminator Loss" (sic: `loss_values` of CTGAN), Loss/G/loss, Loss/scores/
real, Loss/signs/fake (`training_stats.report` in StyleGAN2-ADA and 3), Loss_D, D(x), D(G(z))
(PyTorch's DCGAN tutorial, whose code has errD), Loss/Discriminator (TensorBoard), D_real
(pix2pix), "run - g_loss__MIN" (Weights & Biases' exported charts).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

ROLES: Mapping[str, str] = {
    "loss_g": "the loss of G",
    "loss_d": "the loss of D",
    "loss_d_real": "the half of D's loss on real samples",
    "loss_d_fake": "the half of D's loss on generated samples",
    "accuracy": "D's accuracy",
    "accuracy_real": "D's accuracy on real samples",
    "accuracy_fake": "D's accuracy on generated samples",
    "sign_real": "the mean sign of D's logits of real samples",
    "sign_fake": "the mean sign of D's logits of generated samples",
    "logit_real": "D's output for real samples",
    "logit_fake": "D's output for generated samples",
    "logit_scale": "the mean size of D's logits",
    "gradient_g": "the norm of G's gradient",
    "gradient_d": "the norm of D's gradient",
    "weight_norm": "the norm of the weights",
    "distance": "the mean distance of two samples",
}
"""Every role that a column can have, in the words of a reader."""

_WORDS = {
    "g": ("g", "gen", "generator", "netg", "actor"),
    "d": ("d", "disc", "discriminator", "distriminator", "discrim", "dis", "critic", "netd"),
    "loss": ("loss", "losses", "err", "error", "cost"),
    "accuracy": ("acc", "accuracy"),
    "logit": ("logit", "logits", "score", "scores", "output", "out", "pred", "prob", "x"),
    "sign": ("sign", "signs"),
    "gradient": ("grad", "grads", "gradient", "gradients", "gradnorm"),
    "weight": ("weight", "weights"),
    "scale": ("scale",),
    "norm": ("norm",),
    "real": ("real", "true"),
    "fake": ("fake", "generated", "synthetic", "z"),
    "": (
        *("train", "training", "step", "epoch", "mean", "avg", "average", "total", "main", "batch"),
        *("iter", "value", "history", "the", "of", "adv", "gan", "adversarial", "running", "all"),
    ),
}
_MEANS = {word: what for what, words in _WORDS.items() for word in words}

STEPS = (
    *("step", "globalstep", "iteration", "iterations", "iter", "iters", "it", "niter", "nimg"),
    *("kimg", "batch", "epoch", "epochs", "tick"),
)
"""Names of what is counted along a training, without signs, the finest first."""

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_GLUED = re.compile(r"(loss|err|error|net|acc)(g|d)|(g|d|gen|disc|dis)(loss|err|acc|real|fake)")


class Found(NamedTuple):
    """The columns that were taken."""

    roles: dict[str, str]
    """Role -> the name of the column that was taken for it."""
    rivals: dict[str, list[str]]
    """Role -> other columns that could be it as well."""
    passed: list[str]
    """Columns that were passed over."""


def words(name: str) -> list[str]:
    """The words of a name in lower case: "Loss/errD_real" -> loss, err, d, real."""
    found = []
    for word in (part.lower() for part in _PARTS.findall(name)):
        glued = _GLUED.fullmatch(word)
        found += [part for part in glued.groups() if part] if glued else [word]
    return found


def is_step(name: str) -> bool:
    """True for the name of a column that counts steps."""
    return re.sub(r"[^a-z]", "", name.lower().rpartition("/")[2]) in STEPS


def role(name: str) -> tuple[str, int] | None:
    """The role of a column by its name, and the number of its words that say nothing; None for no
    role.

    A name with a word that is not known (g_loss_l1, val_d_loss) is a part of something, or the
    loss of another network: it has no role.
    """
    given = words(name)
    known = [_MEANS.get(word) for word in given]
    if None in known:
        return None
    has = {what for what in known if what}
    idle = sum(what == "" for what in known)
    found = _role(has, given)
    return None if found is None else (found, idle)


def _role(has: set[str], given: list[str]) -> str | None:
    if given == ["g", "gan"]:  # pix2pix: the adversarial part of G's loss
        return "loss_g"
    side = "_real" if "real" in has else "_fake" if "fake" in has else ""
    who = "g" if "g" in has and "d" not in has else "d" if "d" in has else ""
    if {"real", "fake"} <= has:
        return None
    if "gradient" in has:
        return f"gradient_{who}" if who and not side else None
    if "weight" in has:
        return "weight_norm" if "norm" in has and not who else None
    if "accuracy" in has:
        return f"accuracy{side}" if who != "g" else None
    if "sign" in has:
        return f"sign{side}" if side else None
    if given in (["d", "x"], ["d", "g", "z"]):  # D(x) and D(G(z))
        return "logit_real" if given[1] == "x" else "logit_fake"
    if "logit" in has and "x" not in given:
        if "scale" in has:
            return "logit_scale"
        return f"logit{side}" if side and who != "g" else None
    if "loss" in has and {"x", "z"}.isdisjoint(given):
        if who == "g":
            return "loss_g" if not side or side == "_fake" else None
        return f"loss_d{side}" if who else None
    if has == {"d", "real"} or has == {"d", "fake"}:
        return f"logit{side}"
    return None


def find(names: Iterable[str], given: Mapping[str, str] | None = None) -> Found:
    """The columns of a log by their roles; `given` are roles -> names that somebody asked for.

    Of several names for one role, the plainest is taken, and the others are rivals.
    """
    every = list(names)
    asked = dict(given or {})
    ranked: dict[str, list[tuple[int, int, str]]] = {}
    paired = any(words(name) == ["g", "gan"] for name in every)
    for place, name in enumerate(every):
        if not is_step(name) and (found := role(name)):
            if paired and words(name) in (["d", "real"], ["d", "fake"]):  # pix2pix: losses
                found = (f"loss_{'_'.join(words(name))}", found[1])
            ranked.setdefault(found[0], []).append((found[1], place, name))
    roles, rivals = dict(asked), {}
    for what, candidates in ranked.items():
        ordered = [name for _, _, name in sorted(candidates) if name not in asked.values()]
        if what in asked or not ordered:
            continue
        roles[what] = ordered[0]
        if ordered[1:]:
            rivals[what] = ordered[1:]
    taken = set(roles.values())
    passed = [name for name in every if name not in taken and not is_step(name)]
    return Found({what: roles[what] for what in ROLES if what in roles}, rivals, passed)
