"""Names are found as the field writes them."""

from __future__ import annotations

import pytest

from bench import registry
from bench.catalogue import main as catalogue
from bench.gan.methods import CATALOGUE
from bench.grid.checks import keys  # noqa: F401  (it says the synonyms of keys)
from bench.vocabulary import search
from bench.vocabulary.search import meant, near, suggest

METHODS = {
    **{"R1": "r1", "WGAN-GP": "wgan_gp", "wgan gp": "wgan_gp", "spectral_norm": "sngan"},
    **{"spectral normalization": "sngan", "Spectral Normalisation": "sngan", "TTUR": "ttur"},
    **{"SN-GAN": "sngan", "sn_gan": "sngan", "R1 + R2": "r1r2", "PacGAN": "pacgan2"},
    **{"LSGAN": "ls", "gradient penalty": "wgan_gp", "RpGAN": "relativistic", "R3": "r3gan"},
    **{"two time-scale update rule": "ttur", "DiffAugment": "diffaugment", "vanilla GAN": "ns"},
    **{"consensus optimisation": "consensus", "draggan": "dragan", "r11": "r1"},
}


@pytest.mark.parametrize(("written", "name"), METHODS.items(), ids=METHODS)
def test_methods(written, name):
    assert suggest(written, CATALOGUE) == f' (did you mean "{name}"?)'


PARTS = [
    ("normalizer", "Spectral-Norm", "spectral_norm"),
    ("normalizer", "batch normalisation", "batch_norm"),
    ("loss", "NSGAN", "non_saturating"),
    ("loss", "hinge loss", "hinge"),
    ("regularizer", "zero-centered gradient penalty", "gp0"),
    ("regularizer", "weight decay", "l2"),
    ("dynamics", "extra-gradient", "extragradient"),
    ("extra", "exponential moving average", "ema"),
    ("metric", "FID", "fd"),
    ("metric", "Wasserstein distance", "w2"),
    ("network", "ResNet", "residual"),
    ("task", "Ring 8", "ring8"),
]


SEVERAL = {
    ("method", "SAGAN"): ["ttur"],
    ("method", "r1 penalty"): ["r1"],
    ("method", "momentum"): ["negative_momentum"],
    ("method", "HingeGAN"): ["hinge"],
    ("method", "noisy labels"): ["label_flipping"],
    ("method", "ADA"): ["ada"],
    ("metric", "IS"): ["confidence"],
    ("metric", "Inception Score"): ["confidence"],
    ("metric", "PRDC"): ["coverage", "density", "precision", "recall"],
    ("metric", "mode collapse"): ["mode_max", "modes"],
    ("metric", "memorization"): ["authentic", "c_t", "nn_ratio"],
    ("metric", "nearest neighbor"): ["nn_ratio"],
    ("metric", "LPIPS"): ["pairwise_ratio"],
    ("metric", "reverse KL"): ["mode_kl"],
    ("task", "mnist"): ["dcgan28", "digits8", "images"],
    ("task", "MNIST dataset"): ["dcgan28", "digits8", "images"],
    ("task", "gaussians"): ["grid25", "ring8"],
    ("task", "mixture of Gaussians"): ["grid25", "ring8"],
    ("task", "8 Gaussians"): ["ring8"],
    ("task", "25 gaussians"): ["grid25"],
    ("task", "swiss roll"): ["spiral"],
    ("task", "Fashion-MNIST"): ["dcgan28"],
    ("loss", "BCE"): ["non_saturating"],
    ("loss", "binary cross-entropy loss"): ["non_saturating"],
    ("loss", "original GAN"): ["minimax"],
    ("loss", "MSE"): ["least_squares"],
    ("regularizer", "R1 penalty"): ["r1"],
    ("regularizer", "R2 regularizer"): ["r2"],
    ("optimizer", "momentum"): ["sgd"],
    ("optimizer", "heavy-ball"): ["sgd"],
    ("optimizer", "Adam optimizer"): ["adam"],
    ("normalizer", "none"): ["identity"],
    ("network", "CNN"): ["dcgan"],
    ("network", "ResNet network"): ["residual"],
    ("dynamics", "GDA"): ["alternating", "simultaneous"],
    ("dynamics", "AltGDA"): ["alternating"],
    ("augmentation", "cutout"): ["diffaugment"],
    ("extra", "clip gradients"): ["gradient_clipping"],
}


@pytest.mark.parametrize(("kind", "written"), SEVERAL)
def test_words_of_the_field_find_what_is_nearest_here(kind, written):
    known = CATALOGUE if kind == "method" else [part.name for part in registry.KINDS[kind]]
    assert sorted(near(written, known)) == SEVERAL[kind, written]


def test_a_word_for_a_kind_alone_finds_nothing():
    for kind in ("penalty", "loss", "network", "gan"):
        assert meant(kind, ["r1", "hinge", "mlp"]) == []
    assert meant("my loss", ["my_loss", "my"]) == ["my_loss"]
    assert meant("my loss", ["your_loss", "my"]) == ["my"]


@pytest.mark.parametrize(("kind", "written", "name"), PARTS)
def test_parts(kind, written, name):
    with pytest.raises(registry.UnknownName) as error:
        registry.KINDS[kind][written]
    assert str(error.value) == f'unknown {kind} "{written}" (did you mean "{name}"?)'


def test_no_synonym_is_a_name_of_its_own_kind():
    for kind, parts in registry.KINDS.items():
        names = {search.plain(part.name): part.name for part in parts}
        for part in parts:
            for other in part.traits.get("also", ()):
                assert names.get(search.plain(other), part.name) == part.name, (kind, other)


def test_a_part_leads_to_its_methods_only_where_it_is_none_of_the_known():
    assert meant("batch_norm", CATALOGUE) == ["dcgan", "cogan"]
    assert meant("batch_norm", ["batch_norm", "dcgan"]) == ["batch_norm"]
    assert meant("adam", CATALOGUE) == []  # nearly all have it


def test_names_with_dots():
    known = ["grid.r1.gamma", "grid.r2.gamma", "grid.lr_g", "sweep.seeds"]
    assert meant("R1.gamma", known) == ["grid.r1.gamma"]
    assert suggest("gamma", known) == ' (did you mean "grid.r1.gamma" or "grid.r2.gamma"?)'
    assert near("seed", known) == ["sweep.seeds"]
    assert near("grid.r1.gama", known) == ["grid.r1.gamma"]


KEYS = ["sweep.steps", "grid.lr_d", "grid.lr_g", "task.ring8.batch", "task.ring8.latent"]


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("learning_rate", ["grid.lr_d", "grid.lr_g"]),
        ("lr", ["grid.lr_d", "grid.lr_g"]),
        ("Epochs", ["sweep.steps"]),
        ("iterations", ["sweep.steps"]),
        ("batch-size", ["task.ring8.batch"]),
        ("z_dim", ["task.ring8.latent"]),
    ],
)
def test_keys_of_a_sweep_by_the_words_of_the_field(written, names):
    assert meant(written, KEYS) == names


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("StyleGAN2", ["stylegan"]),
        ("ring", ["ring8"]),
        ("spectral", ["sngan"]),
        ("one-sided label smoothing", ["label_smoothing"]),
    ],
)
def test_a_piece_of_a_name_is_a_hint_at_it(written, names):
    known = ["stylegan", "ring8", "sngan", "label_smoothing", "ns", "r1"]
    assert near(written, known) == names
    assert meant(written, known) == []


def test_where_nothing_is_near_all_are_listed():
    assert suggest("xyzzy", ["ns", "r1"]) == " (there is: ns, r1)"
    assert suggest("xyzzy", []) == suggest("", []) == ""
    assert near("-_-", ["ns"]) == []


def test_a_plugin_says_its_own_synonyms():
    own = registry.Registry("loss")

    @own(also=("my pet loss", "MPL"))
    def mine(real, fake):
        """L."""

    assert suggest("My-Pet-Loss", ["mine", "ns"]) == ' (did you mean "mine"?)'
    with pytest.raises(registry.BadPart, match="its trait also = 'MPL' is not a tuple of words"):

        @own(also="MPL")
        def other(real, fake):
            """L."""


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["methods", "WGAN-GP"], "wgan_gp: Gulrajani et al. 2017"),
        (["method", "SN-GAN"], "sngan: Miyato et al. 2018"),
        (["losses", "NSGAN"], "loss non_saturating"),
        (["metrics", "Vendi score"], "metric vendi"),
    ],
)
def test_the_catalogue_shows_what_is_meant(capsys, words, first):
    assert catalogue(words) == 0
    assert capsys.readouterr().out.startswith(first)


def test_the_catalogue_tells_a_kind_to_a_name_alone(capsys):
    assert catalogue(["R1"]) == 2
    expected = 'unknown kind "R1" (did you mean "methods r1" or "regularizers r1"?)\n'
    assert capsys.readouterr().err == expected
