"""The catalogue: one line per named method.

`hparams` are a method's own numbers where they differ from its parts' defaults; learning rates
and penalty strengths that fit a data set come from the task (see `bench.gan.tasks`). What cannot be
combined is said in `bench.gan.rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.trial import Method


@dataclass(frozen=True)
class Recipe:
    """A named method, its own numbers, and where it comes from."""

    method: Method
    hparams: Mapping[str, float]
    source: str


CATALOGUE: dict[str, Recipe] = {}


def recipe(
    name: str, source: str, hparams: Mapping[str, float] | None = None, **parts: Any
) -> None:
    """Add a method to the catalogue."""
    CATALOGUE[name] = Recipe(Method(name, **parts), hparams or {}, source)


# --- 2014 to 2016 ---
recipe("minimax", "Goodfellow et al. 2014, Generative adversarial nets", loss="minimax")
recipe("ns", "Goodfellow et al. 2014, Generative adversarial nets, section 3")
recipe(
    "dcgan",
    "Radford et al. 2016, Unsupervised representation learning with deep convolutional GANs",
    {"adam.beta1": 0.5, "adam.beta2": 0.999},
    normalizer="batch_norm",
    g_normalizer="batch_norm",
)
recipe(
    "improved",
    "Salimans et al. 2016, Improved techniques for training GANs",
    {"label_flipping.share": 0.0, "label_flipping.smoothing": 0.1},
    loss="label_flipping",
    regularizers=("feature_matching", "historical_averaging"),
    extras=("minibatch_discrimination",),
    g_normalizer="virtual_batch_norm",
)
recipe(
    "feature_matching",
    "Salimans et al. 2016, Improved techniques for training GANs, section 3.1",
    regularizers=("feature_matching",),
)
recipe(
    "minibatch_discrimination",
    "Salimans et al. 2016, Improved techniques for training GANs, section 3.2",
    extras=("minibatch_discrimination",),
)
recipe(
    "historical_averaging",
    "Salimans et al. 2016, Improved techniques for training GANs, section 3.3",
    regularizers=("historical_averaging",),
)
recipe(
    "label_smoothing",
    "Salimans et al. 2016, Improved techniques for training GANs, section 3.4",
    {"non_saturating.smoothing": 0.1},
)
recipe(
    "label_flipping",
    "Chintala et al. 2016, How to train a GAN? Tips and tricks to make GANs work",
    loss="label_flipping",
)
recipe(
    "virtual_batch_norm",
    "Salimans et al. 2016, Improved techniques for training GANs, section 3.5",
    g_normalizer="virtual_batch_norm",
)
recipe(
    "cogan",
    "Liu & Tuzel 2016, Coupled generative adversarial networks, and their code",
    extras=("coupled",),
    g_normalizer="batch_norm",
)
# --- 2017 ---
recipe(
    "unrolled",
    "Metz et al. 2017, Unrolled generative adversarial networks",
    {"adam.beta1": 0.5, "unrolled.rate": 1e-3},
    dynamics="unrolled",
    unroll=5,
)
recipe(
    "unrolled_adam",
    "Metz et al. 2017, Unrolled generative adversarial networks, with Adam in the inner steps",
    {"adam.beta1": 0.5},
    dynamics="unrolled_by_optimizer",
    unroll=5,
)
recipe("ls", "Mao et al. 2017, Least squares GANs", loss="least_squares")
recipe("ls_sym", "Mao et al. 2017, Least squares GANs, eq. 8", loss="least_squares_symmetric")
recipe("hinge", "Lim & Ye 2017, Geometric GAN", loss="hinge")
recipe(
    "wgan",
    "Arjovsky et al. 2017, Wasserstein GAN",
    loss="wasserstein",
    normalizer="weight_clipping",
    optimizer="rmsprop",
    d_steps=5,
)
recipe(
    "wgan_unconstrained",
    "Negative control: Wasserstein GAN without its Lipschitz constraint",
    loss="wasserstein",
)
recipe(
    "wgan_gp",
    "Gulrajani et al. 2017, Improved training of Wasserstein GANs",
    {"adam.beta1": 0.5, "adam.beta2": 0.9},
    loss="wasserstein",
    regularizers=("wgan_gp",),
    d_steps=5,
)
recipe(
    "dragan", "Kodali et al. 2017, On convergence and stability of GANs", regularizers=("dragan",)
)
recipe(
    "instance_noise",
    "Sønderby et al. 2017, Amortised MAP inference for image super-resolution, section 3.2",
    augmentations=("instance_noise",),
)
recipe(
    "spectral_penalty",
    "Yoshida & Miyato 2017, Spectral norm regularization for improving generalizability",
    regularizers=("spectral_penalty",),
)
recipe(
    "ttur",
    "Heusel et al. 2017, GANs trained by a two time-scale update rule; rates of Zhang et al. 2019",
    {"lr_g": 1e-4, "lr_d": 4e-4, "adam.beta1": 0.0, "adam.beta2": 0.9},
)
recipe(
    "consensus",
    "Mescheder et al. 2017, The numerics of GANs",
    {"consensus.gamma": 10.0},
    optimizer="rmsprop",
    dynamics="consensus",
)
# --- 2018 ---
recipe(
    "wgan_lp",
    "Petzka et al. 2018, On the regularization of Wasserstein GANs",
    {"adam.beta1": 0.5, "adam.beta2": 0.9},
    loss="wasserstein",
    regularizers=("wgan_lp",),
    d_steps=5,
)
recipe(
    "r1",
    "Mescheder et al. 2018, Which training methods for GANs do actually converge?",
    regularizers=("r1",),
)
recipe(
    "r1r2",
    "Mescheder et al. 2018, Which training methods for GANs do actually converge?, section 4.1",
    regularizers=("r1", "r2"),
)
recipe(
    "r1_ema",
    "Mescheder et al. 2018, Which training methods for GANs do actually converge?; their trainer",
    {"rmsprop.rho": 0.99, "ema.decay": 0.999},
    regularizers=("r1",),
    optimizer="rmsprop",
    extras=("ema",),
)
recipe(
    "sngan",
    "Miyato et al. 2018, Spectral normalization for GANs",
    {"adam.beta1": 0.0, "adam.beta2": 0.9},
    loss="hinge",
    normalizer="spectral_norm",
)
recipe(
    "pacgan2",
    "Lin et al. 2018, PacGAN: the power of two samples in GANs",
    {"adam.beta1": 0.8},
    pack=2,
)
recipe(
    "minibatch_std",
    "Karras et al. 2018, Progressive growing of GANs, section 3",
    extras=("minibatch_std",),
)
recipe(
    "mad_gan",
    "Ghosh et al. 2018, Multi-agent diverse generative adversarial networks",
    regularizers=("identification",),
    generators=3,
)
recipe(
    "progan",
    "Karras et al. 2018, Progressive growing of GANs",
    {"adam.beta1": 0.0, "adam.beta2": 0.99, "wgan_gp.weight": 10.0, "ema.decay": 0.999},
    loss="wasserstein",
    regularizers=("wgan_gp", "drift"),
    normalizer="equalized_lr",
    g_normalizer="equalized_lr",
    extras=("minibatch_std", "ema"),
    network="progan",
)
recipe(
    "optimistic_adam",
    "Daskalakis et al. 2018, Training GANs with optimism",
    {"optimistic_adam.beta1": 0.5, "optimistic_adam.beta2": 0.9},
    optimizer="optimistic_adam",
    dynamics="simultaneous",
)
recipe(
    "sga",
    "Balduzzi et al. 2018, The mechanics of n-player differentiable games",
    optimizer="rmsprop",
    dynamics="symplectic",
)
# --- 2019 ---
recipe(
    "relativistic", "Jolicoeur-Martineau 2019, The relativistic discriminator", loss="relativistic"
)
recipe(
    "relativistic_average",
    "Jolicoeur-Martineau 2019, The relativistic discriminator",
    loss="relativistic_average",
)
recipe(
    "relativistic_average_hinge",
    "Jolicoeur-Martineau 2019, The relativistic discriminator",
    loss="relativistic_average_hinge",
)
recipe(
    "relativistic_ls",
    "Jolicoeur-Martineau 2019, The relativistic discriminator",
    loss="relativistic_least_squares",
)
recipe(
    "gp0",
    "Thanh-Tung et al. 2019, Improving generalization and stability of GANs",
    regularizers=("gp0",),
)
recipe(
    "lgan",
    "Zhou et al. 2019, Lipschitz generative adversarial nets",
    loss="wasserstein",
    regularizers=("maxgp",),
)
recipe(
    "extra_adam",
    "Gidel et al. 2019, A variational inequality perspective on GANs",
    {"adam.beta1": 0.5, "adam.beta2": 0.9, "ema.decay": 0.999},
    loss="wasserstein",
    regularizers=("wgan_gp",),
    dynamics="extragradient",
    extras=("ema",),
)
recipe(
    "past_extra_adam",
    "Gidel et al. 2019, A variational inequality perspective on GANs, section 3.1",
    {"adam.beta1": 0.5, "adam.beta2": 0.9},
    loss="wasserstein",
    regularizers=("wgan_gp",),
    dynamics="past_extragradient",
)
recipe(
    "negative_momentum",
    "Gidel et al. 2019, Negative momentum for improved game dynamics",
    {"sgd.momentum": -0.5},
    optimizer="sgd",
)
recipe(
    "mode_seeking",
    "Mao et al. 2019, Mode seeking GANs for diverse image synthesis",
    regularizers=("mode_seeking",),
)
recipe(
    "ortho",
    "Brock et al. 2019, Large scale GAN training for high fidelity natural image synthesis",
    {"adam.beta1": 0.0, "adam.beta2": 0.999},
    loss="hinge",
    normalizer="spectral_norm",
    regularizers=("ortho",),
)
recipe(
    "stylegan",
    "Karras et al. 2019, A style-based generator architecture for GANs; modulation of StyleGAN2",
    {"adam.beta1": 0.0, "adam.beta2": 0.99, "r1.gamma": 10.0, "ema.decay": 0.999},
    regularizers=("r1",),
    normalizer="equalized_lr",
    g_normalizer="equalized_lr",
    extras=("minibatch_std", "ema"),
    network="stylegan",
)
recipe(
    "biggan",
    "Brock et al. 2019, Large scale GAN training for high fidelity natural image synthesis; labels",
    {
        **{"lr_g": 5e-5, "lr_d": 2e-4, "adam.beta1": 0.0, "adam.beta2": 0.999},
        **{"ortho.weight": 1e-4, "ema.decay": 0.9999},
    },
    loss="hinge",
    regularizers=("ortho",),
    normalizer="spectral_norm",
    extras=("ema",),
    d_steps=2,
    batch_factor=2,
    network="biggan",
)
# --- 2020 and later ---
recipe(
    "jare",
    "Nie & Patel 2020, Towards a better understanding and regularization of GAN training dynamics",
    {"jare.gamma": 10.0},
    optimizer="rmsprop",
    dynamics="jare",
)
recipe(
    "lookahead",
    "Chavdarova et al. 2021, Taming GANs with lookahead-minmax",
    {"lookahead.period": 5.0, "lookahead.share": 0.5},
    dynamics="lookahead",
)
recipe(
    "cr",
    "Zhang et al. 2020, Consistency regularization for GANs",
    loss="hinge",
    normalizer="spectral_norm",
    regularizers=("cr",),
)
recipe(
    "icr",
    "Zhao et al. 2021, Improved consistency regularization for GANs",
    loss="hinge",
    normalizer="spectral_norm",
    regularizers=("bcr", "zcr"),
)
recipe(
    "topk",
    "Sinha et al. 2020, Top-k training of GANs: improving performance by throwing away bad samples",
    extras=("top_k",),
)
recipe(
    "diffaugment",
    "Zhao et al. 2020, Differentiable augmentation for data-efficient GAN training",
    augmentations=("diffaugment",),
)
recipe(
    "stylegan2_lazy_r1",
    "Karras et al. 2020, Analyzing and improving the image quality of StyleGAN, appendix B",
    {"adam.beta1": 0.0, "adam.beta2": 0.99},
    regularizers=("r1",),
    lazy=16,
)
recipe(
    "stylegan2_lazy_r1_rescaled",
    "Karras et al. 2020, Analyzing and improving the image quality of StyleGAN, with its Adam",
    {"adam.beta1": 0.0, "adam.beta2": 0.99},
    regularizers=("r1",),
    extras=("lazy_rescaling",),
    lazy=16,
)
recipe(
    "lecam",
    "Tseng et al. 2021, Regularizing GANs under limited data",
    loss="hinge",
    normalizer="spectral_norm",
    regularizers=("lecam",),
)
recipe(
    "gngan",
    "Wu et al. 2021, Gradient normalization for GANs",
    {"adam.beta1": 0.0, "adam.beta2": 0.9},
    normalizer="gradient_normalization",
)
recipe(
    "r3gan",
    "Huang et al. 2024, The GAN is dead; long live the GAN! A modern baseline GAN",
    {"adam.beta1": 0.0, "adam.beta2": 0.99},
    loss="relativistic",
    regularizers=("r1", "r2"),
)
# --- without a paper of their own ---
recipe("dropout", "Srivastava et al. 2014, Dropout, in the discriminator", extras=("dropout",))
recipe(
    "l2", "Weight decay of the discriminator; Kurach et al. 2019 compare it", regularizers=("l2",)
)
recipe(
    "gradient_clipping",
    "Pascanu et al. 2013, On the difficulty of training recurrent networks, of both players",
    extras=("gradient_clipping",),
)
recipe("weight_norm", "Salimans & Kingma 2016, Weight normalization", normalizer="weight_norm")
recipe("article_loss", "Negative control: the generator trained against zeros", loss="article")
