"""Compares the numbers in force when a sweep trains a method of the catalogue with the papers' own.

Every method on every task that it is legal on, resolved as a sweep resolves it. `PAPERS` is written
by hand, from the papers and the authors' code that the catalogue names; it lists what differs from
a plain non-saturating GAN with Adam (0.5, 0.999), as in Radford et al. 2016, one step each.
"""

from __future__ import annotations

import math
import warnings

import pytest

from bench import gan, grid, registry
from bench.gan.methods import CATALOGUE, rules
from bench.trial import Method, Trial

TASK = "what the task recommends where it does, as it is bound to the scale of the data"
SN = {"loss": "hinge", "normalizer": "spectral_norm"}
TF1 = {"rmsprop.rho": 0.9, "rmsprop.eps": 1e-5, "rmsprop.start": 1.0, "optimizer": "rmsprop"}
TORCH = {"rmsprop.rho": 0.99, "rmsprop.eps": 1e-8, "rmsprop.start": 0.0, "optimizer": "rmsprop"}
HALF = {"adam.beta1": 0.5, "adam.beta2": 0.9}
NONE = {"adam.beta1": 0.0, "adam.beta2": 0.9}
LATE = {"adam.beta1": 0.0, "adam.beta2": 0.99}
BIG = {"adam.beta1": 0.0, "adam.beta2": 0.999}
APT = {"weight": 100.0, "sigma": 0.01}
WGAN_GP = {"loss": "wasserstein", "regularizers": ("wgan_gp",), "wgan_gp.weight": (TASK, 10.0)}

PAPERS: dict[str, dict] = {
    "minimax": {"loss": "minimax"},
    "ns": {},
    "dcgan": {"normalizer": "batch_norm", "g_normalizer": "batch_norm"},
    "improved": {
        "loss": "label_flipping",
        "label_flipping.share": 0.0,
        "label_flipping.smoothing": 0.1,
        "regularizers": ("feature_matching", "historical_averaging"),
        "extras": ("minibatch_discrimination",),
        "g_normalizer": "virtual_batch_norm",
    },
    "feature_matching": {"regularizers": ("feature_matching",)},
    "minibatch_discrimination": {"extras": ("minibatch_discrimination",)},
    "historical_averaging": {"regularizers": ("historical_averaging",)},
    "label_smoothing": {"non_saturating.smoothing": 0.1},
    "label_flipping": {"loss": "label_flipping"},
    "virtual_batch_norm": {"g_normalizer": "virtual_batch_norm"},
    "cogan": {"extras": ("coupled",), "g_normalizer": "batch_norm"},
    "unrolled": {
        "loss": "minimax",
        "dynamics": "unrolled",
        "unroll": 5,
        "lr_d / lr_g": 0.1,
        "unrolled.rate / lr_d": 1.0,
    },
    "unrolled_adam": {
        "loss": "minimax",
        "dynamics": "unrolled_by_optimizer",
        "unroll": 5,
        "lr_d / lr_g": 0.1,
    },
    "ls": {"loss": "least_squares"},
    "ls_sym": {"loss": "least_squares_symmetric"},
    "hinge": {"loss": "hinge"},
    "wgan": TORCH
    | {
        "loss": "wasserstein",
        "normalizer": "weight_clipping",
        "weight_clipping.bound": (TASK, 0.01),
        "d_steps": 5,
    },
    "wgan_unconstrained": {"loss": "wasserstein"},
    "wgan_gp": WGAN_GP | HALF | {"d_steps": 5},
    "dragan": HALF | {"regularizers": ("dragan",), "dragan.weight": (TASK, 10.0)},
    "instance_noise": {"augmentations": ("instance_noise",)},
    "spectral_penalty": {"regularizers": ("spectral_penalty",), "spectral_penalty.weight": 0.01},
    "ttur": NONE | {"lr_d / lr_g": 4.0},
    "consensus": TF1 | {"dynamics": "consensus", "consensus.gamma": 10.0},
    "dropout": {"extras": ("dropout",)},
    "l2": {"regularizers": ("l2",)},
    "gradient_clipping": {"extras": ("gradient_clipping",)},
    "weight_norm": {"normalizer": "weight_norm"},
    "article_loss": {"loss": "article"},
    "article_noise": {"extras": ("one_noise",)},
    "article_batch": {"extras": ("same_batch",)},
    "article_pixels": {"extras": ("unscaled",)},
    "article_order": {"extras": ("unshuffled",)},
    "wgan_lp": HALF
    | {
        "loss": "wasserstein",
        "regularizers": ("wgan_lp",),
        "wgan_lp.weight": (TASK, 10.0),
        "d_steps": 5,
    },
    "r1": {"regularizers": ("r1",), "r1.gamma": (TASK, 10.0)},
    "r1r2": {"regularizers": ("r1", "r2"), "r1.gamma": (TASK, 10.0), "r2.gamma": (TASK, 10.0)},
    "r1_ema": TORCH
    | {
        "regularizers": ("r1",),
        "r1.gamma": (TASK, 10.0),
        "extras": ("ema",),
        "ema.decay": (TASK, 0.999),
    },
    "sngan": SN | NONE | {"d_steps": 5},
    "sngan_1": SN,
    "pacgan2": {"adam.beta1": 0.8, "pack": 2},
    "pacgan2_images": {"pack": 2, "g_steps": 2},
    "minibatch_std": {"extras": ("minibatch_std",)},
    "mad_gan": {"regularizers": ("identification",), "generators": 3},
    "progan": LATE
    | WGAN_GP
    | {
        "regularizers": ("wgan_gp", "drift"),
        "drift.weight": 1e-3,
        "ema.decay": (TASK, 0.999),
        "normalizer": "equalized_lr",
        "g_normalizer": "equalized_lr",
        "extras": ("minibatch_std", "ema"),
        "network": "progan",
    },
    "optimistic_adam": WGAN_GP
    | {
        "optimizer": "optimistic_adam",
        "dynamics": "simultaneous",
        "optimistic_adam.beta1": 0.5,
        "optimistic_adam.beta2": 0.9,
    },
    "sga": TF1 | {"dynamics": "symplectic", "symplectic.weight": 1.0},
    "relativistic": {"loss": "relativistic"},
    "relativistic_average": {"loss": "relativistic_average"},
    "relativistic_average_hinge": {"loss": "relativistic_average_hinge"},
    "relativistic_ls": {"loss": "relativistic_least_squares"},
    "gp0": HALF | {"regularizers": ("gp0",), "gp0.weight": (TASK, 10.0)},
    "lgan": NONE
    | {"loss": "lipschitz", "regularizers": ("maxgp",), "maxgp.weight": 0.1, "d_steps": 5},
    "extra_adam": WGAN_GP
    | HALF
    | {"dynamics": "extragradient", "extras": ("ema",), "ema.decay": (TASK, 0.9999)},
    "past_extra_adam": WGAN_GP | HALF | {"dynamics": "past_extragradient"},
    "negative_momentum": {"optimizer": "sgd", "sgd.momentum": -0.5},
    "mode_seeking": {"regularizers": ("mode_seeking",), "mode_seeking.weight": 1.0},
    "ortho": SN
    | BIG
    | {"regularizers": ("ortho",), "ortho.weight": 1e-4, "d_steps": 2, "lr_d / lr_g": 4.0},
    "stylegan": LATE
    | {
        "regularizers": ("r1",),
        "r1.gamma": (TASK, 10.0),
        "ema.decay": (TASK, 0.9956),
        "normalizer": "equalized_lr",
        "g_normalizer": "equalized_lr",
        "extras": ("minibatch_std", "ema"),
        "network": "stylegan",
    },
    "biggan": SN
    | BIG
    | {
        "regularizers": ("ortho",),
        "ortho.weight": 1e-4,
        "ema.decay": (TASK, 0.9999),
        "extras": ("ema",),
        "network": "biggan",
        "d_steps": 2,
        "batch_factor": 2,
        "lr_d / lr_g": 4.0,
    },
    "jare": {"dynamics": "jare", "jare.gamma": 100.0},
    "jare_points": TF1 | {"loss": "minimax", "dynamics": "jare", "jare.gamma": 1000.0},
    "lookahead": SN
    | NONE
    | {"dynamics": "lookahead", "lookahead.period": 5.0, "lookahead.share": 0.5, "d_steps": 5},
    "cr": SN | {"regularizers": ("cr",), "cr.weight": 10.0},
    "icr": SN
    | {
        "regularizers": ("bcr", "zcr"),
        "bcr.weight": 10.0,
        "bcr.weight_fake": 10.0,
        "zcr.weight": 20.0,
        "zcr.weight_g": 0.5,
    },
    "topk": {"extras": ("top_k",)},
    "diffaugment": SN | BIG | {"augmentations": ("diffaugment",), "d_steps": 4},
    "stylegan2_lazy_r1": LATE | {"regularizers": ("r1",), "r1.gamma": (TASK, 10.0), "lazy": 16},
    "stylegan2_lazy_r1_rescaled": LATE
    | {
        "regularizers": ("r1",),
        "r1.gamma": (TASK, 10.0),
        "lazy": 16,
        "extras": ("lazy_rescaling",),
    },
    "lecam": SN | BIG | {"regularizers": ("lecam",), "lecam.weight": 0.3, "d_steps": 4},
    "pix2pix": {"regularizers": ("reconstruction",), "reconstruction.weight": 100.0},
    "srgan": {
        "regularizers": ("reconstruction",),
        "extras": ("adversary",),
        "adversary.weight": 1e-3,
    },
    "reconstruction_only": {
        "regularizers": ("reconstruction",),
        "extras": ("adversary",),
        "adversary.weight": 0.0,
    },
    "r3gan_scheduled": {
        "loss": "relativistic",
        "regularizers": ("r1", "r2"),
        "adam.beta1": 0.0,
        "adam.beta2": 0.9,
        "adam.beta2@cosine": 0.99,
        "r1.gamma": (TASK, 10.0),
        "r2.gamma": (TASK, 10.0),
        **{f"{name}@cosine": (TASK, 0.25) for name in ("lr_g", "lr_d")},
        **{f"{name}@cosine": (TASK, 0.1) for name in ("r1.gamma", "r2.gamma")},
        **dict.fromkeys(
            [f"{n}@until" for n in ("lr_g", "lr_d", "r1.gamma", "r2.gamma", "adam.beta2")], 0.2
        ),
    },
    "wgan_div": NONE
    | {
        "loss": "wasserstein",
        "regularizers": ("wgan_div",),
        "wgan_div.weight": 10.0,
        "wgan_div.power": 6.0,
        "d_steps": 4,
    },
    "gan_qp": {"loss": "wasserstein", "regularizers": ("qp",), "qp.weight": 0.1, "d_steps": 2},
    "bourgan": {"regularizers": ("bourgan",), "bourgan.weight": 0.1},
    "diggan": SN | BIG | {"regularizers": ("diggan",), "diggan.weight": 1000.0, "d_steps": 4},
    "ar1": {"regularizers": ("ar1",), "ar1.weight": 100.0, "ar1.sigma": 0.01},
    "ar1ar2": {
        "loss": "relativistic",
        "regularizers": ("ar1", "ar2"),
        **{f"{part}.{n}": v for part in ("ar1", "ar2") for n, v in APT.items()},
    },
    "ssn": {
        "loss": "hinge",
        "normalizer": "scaled_spectral_norm",
        "scaled_spectral_norm.scale": 2.0,
    },
    "bsn": {
        "loss": "hinge",
        "normalizer": "bidirectional_spectral_norm",
        "bidirectional_spectral_norm.scale": 1.0,
    },
    "san": LATE
    | {
        "loss": "hinge",
        "normalizer": "san_spectral_norm",
        "regularizers": ("san_direction",),
    },
    "lazy_d": {"extras": ("lazy_d",), "lazy_d.threshold": 0.15},
    "replay_pool": {"extras": ("replay_pool",), "replay_pool.size": 512},
    "ada": LATE
    | {
        "regularizers": ("r1",),
        "r1.gamma": (TASK, 10.0),
        "augmentations": ("diffaugment",),
        "extras": ("ada",),
        "ada.target": 0.6,
        "ada.interval": 4.0,
        "ada.kimg": 500.0,
    },
    "chain": SN
    | {
        "extras": ("chain",),
        "chain.weight": 20.0,
        "chain.base": 0.0,
        "chain.target": 0.5,
        "chain.speed": 1e-3,
    },
    "muon": {
        "regularizers": ("r1",),
        "r1.gamma": (TASK, 10.0),
        "optimizer": "muon",
        "muon.momentum": 0.95,
        "muon.factor": 20.0,
        "muon.beta1": 0.9,
        "muon.beta2": 0.95,
        "muon.eps": 1e-10,
    },
    "schedule_free": {
        "regularizers": ("r1",),
        "r1.gamma": (TASK, 10.0),
        "optimizer": "schedule_free_adam",
        "schedule_free_adam.beta1": 0.9,
        "schedule_free_adam.beta2": 0.999,
    },
    "gngan": NONE | {"normalizer": "gradient_normalization"},
    "lead": HALF | {"dynamics": "lead", "lead.alpha": 0.6},
    "cgd": {
        "loss": "minimax",
        "optimizer": "sgd",
        "sgd.momentum": 0.0,
        "dynamics": "cgd",
        "cgd.rate_g / lr_g": 1.0,
        "cgd.rate_d / lr_d": 1.0,
        "cgd.iterations": 10.0,
    },
    "acgd": {
        "loss": "minimax",
        "optimizer": "sgd",
        "sgd.momentum": 0.0,
        "dynamics": "acgd",
        "acgd.rate_g / lr_g": 1.0,
        "acgd.rate_d / lr_d": 1.0,
        "acgd.beta": 0.99,
        "acgd.eps": 1e-5,
    },
    "follow_the_ridge": {
        "loss": "minimax",
        "dynamics": "follow_the_ridge",
        "regularizers": ("l2",),
        "l2.weight": 2e-4,
        "adam.beta1": 0.0,
        "adam.beta2": 0.999,
        "follow_the_ridge.damping": (TASK, 1.0),
        "follow_the_ridge.iterations": 5.0,
    },
    "r3gan": LATE
    | {
        "loss": "relativistic",
        "regularizers": ("r1", "r2"),
        "r1.gamma": (TASK, 10.0),
        "r2.gamma": (TASK, 10.0),
    },
}
PLAIN = Method("plain").record() | {
    "g_normalizer": "identity",
    "augmentations": (),
    "extras": (),
    "regularizers": (),
    "network": "",
    **dict.fromkeys(("g_steps", "pack", "lazy", "generators", "batch_factor"), 1),
    "unroll": 0,
}
ADAM = {"adam.beta1": 0.5, "adam.beta2": 0.999}


def legal(method: Method, task: str) -> bool:
    try:
        rules.check_task(method, task, method.network or None)
    except rules.IllegalMethod:
        return False
    return True


@pytest.fixture(scope="module")
def trials(tmp_path_factory) -> dict[tuple[str, str], Trial]:
    """One trial of every method on every task that it is legal on, as a sweep has it."""
    gan.load_parts()
    tasks = [part.name for part in registry.task if part.fn.__module__.startswith("bench.")]
    text = [f'[sweep]\ntasks = {tasks}\nseeds = "0"\n'.replace("'", '"').replace('"0"', "[0]")]
    for name, recipe in CATALOGUE.items():
        # the images of a user's own have no classes until there is a file
        given = [task for task in tasks if (task, name) != ("images", "biggan")]
        own = [task for task in given if legal(recipe.method, task)]
        text.append(f'[[method]]\nname = "{name}"\ntasks = {own}\n'.replace("'", '"'))
    file = tmp_path_factory.mktemp("recipes") / "all.toml"
    file.write_text("".join(text))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rules.DoubtfulMethod)
        found = grid.load(file).trials
    return {(trial.task, trial.method.name): trial for trial in found}


def test_every_method_is_legal_somewhere_and_has_its_paper_s_numbers_here(trials):
    assert {name for _, name in trials} == set(CATALOGUE) == set(PAPERS)
    assert len(trials) > 300


@pytest.mark.parametrize("name", PAPERS)
def test_structure_in_force_is_the_paper_s(trials, name):
    method = next(trial.method for (_, n), trial in trials.items() if n == name)
    for field, plain in PLAIN.items():
        if field != "name":
            assert getattr(method, field) == PAPERS[name].get(field, plain), field


@pytest.mark.parametrize("name", PAPERS)
def test_numbers_in_force_are_the_paper_s_on_every_task(trials, name):
    paper = ADAM | PAPERS[name]
    for (task, n), trial in trials.items():
        if n == name:
            recommended = registry.task[task].traits["hparams"]
            for number, value in trial.hparams.items():
                assert value == pytest.approx(expected(number, paper, trial, recommended)), (
                    f"{number} on {task}"
                )


def expected(number: str, paper: dict, trial: Trial, recommended: dict) -> float:
    """The paper's number; of one that is bound to a scale, the task's where it has one."""
    for ratio, factor in paper.items():
        top, _, below = ratio.partition(" / ")
        if top == number and below:
            return factor * trial.hparams[below]
    if "@" in number:  # the end of a schedule, which may be a share of its beginning
        known = paper[number]
        first = trial.hparams[number.partition("@")[0]]
        return known[1] * first if isinstance(known, tuple) else known
    if number in ("lr_g", "lr_d"):
        return recommended[number]
    if number in paper and not isinstance(paper[number], tuple):
        assert number not in recommended, "bound to the scale of the data: (TASK, number)"
        return paper[number]
    if number in paper:
        return recommended.get(number, paper[number][1])
    part, _, own = number.partition(".")
    assert number not in recommended, f"{number} of {trial.task} is in no row of the table"
    kinds = [kind for kind, used in trial.method.parts() if used == part]
    return registry.KINDS[kinds[0]][part].defaults[own]


@pytest.mark.parametrize("task", ["ring8", "digits8", "dcgan28"])
@pytest.mark.parametrize(("name", "ratio"), [("ttur", 4), ("biggan", 4), ("ortho", 4), ("ns", 1)])
def test_the_ratio_of_the_players_rates_survives_the_scale_of_a_task(trials, task, name, ratio):
    if (task, name) not in trials:
        assert (task, name) == ("ring8", "biggan")  # its networks are for images with labels
        return
    hparams = trials[task, name].hparams
    assert hparams["lr_d"] / hparams["lr_g"] == pytest.approx(ratio, rel=1e-12)
    assert hparams["lr_g"] == registry.task[task].traits["hparams"]["lr_g"]


def test_a_rate_is_never_one_that_a_recipe_brings_from_another_data_set(trials):
    for trial in trials.values():
        assert 1 / 10 - 1e-9 <= trial.hparams["lr_d"] / trial.hparams["lr_g"] <= 4 + 1e-9
        assert math.isclose(
            trial.hparams["lr_g"], registry.task[trial.task].traits["hparams"]["lr_g"]
        )
