"""Methods of 2018 and 2019. See the package's docstring."""

from __future__ import annotations

from bench.gan.methods.recipe import adam, by, recipe, rmsprop_of_tensorflow

WHICH = "Mescheder et al. 2018, Which training methods for GANs do actually converge?"
STABILITY = "LMescheder/GAN_stability"
PACGAN = "Lin et al. 2018, PacGAN: the power of two samples in GANs"
RING = "fjxmlzn/PacGAN, synthetic_data_experiments/2DRing_GAN&PacGAN/config.py"
STACKED = "fjxmlzn/PacGAN, stacked_MNIST_experiments/VEEGAN_experiment"
PROGAN = "tkarras/progressive_growing_of_gans"
EXTRA = "GauthierGidel/Variational-Inequality-GAN, config/default_dcgan_wgangp"
SGA = "deepmind/symplectic-gradient-adjustment, Symplectic_Gradient_Adjustment.ipynb"
BIGGAN = "Brock et al. 2019, Large scale GAN training for high fidelity natural image synthesis"
CGDS = "devzhk/cgds-package, src/CGDs"
RELATIVISTIC = "Jolicoeur-Martineau 2019, The relativistic discriminator"

recipe(
    "wgan_lp",
    "Petzka et al. 2018, On the regularization of Wasserstein GANs",
    adam("ours: those of wgan_gp, that the penalty is the only difference", 0.5, 0.9),
    by("ours: as wgan_gp", {"wgan_lp.weight": 10.0}, d_steps=5),
    loss="wasserstein",
    regularizers=("wgan_lp",),
)
recipe(
    "r1",
    WHICH,
    regularizers=("r1",),
    also=("R1 regularization", "zero-centred gradient penalty", "0-centered"),
)
recipe("r1r2", f"{WHICH}, section 4.1", regularizers=("r1", "r2"), also=("R1 + R2",))
recipe(
    "r1_ema",
    f"{WHICH}; their trainer",
    by(
        f"{STABILITY}, gan_training/config.py (torch.optim.RMSprop)",
        {"rmsprop.rho": 0.99, "rmsprop.eps": 1e-8},
    ),
    by(f"{STABILITY}, configs/default.yaml (model_average_beta)", {"ema.decay": 0.999}),
    regularizers=("r1",),
    optimizer="rmsprop",
    extras=("ema",),
)
recipe(
    "sngan",
    "Miyato et al. 2018, Spectral normalization for GANs",
    by(
        "pfnet-research/sngan_projection, configs/sn_cifar10_unconditional.yml",
        {"adam.beta1": 0.0, "adam.beta2": 0.9},
        d_steps=5,
    ),
    loss="hinge",
    normalizer="spectral_norm",
    also=("spectral norm", "spectral normalization", "SN"),
)
recipe(
    "sngan_1",
    "Miyato et al. 2018, Spectral normalization for GANs, with one D step per G step",
    adam("Miyato et al. 2018, table 1, setting C, which has n_dis 1", 0.5, 0.999),
    loss="hinge",
    normalizer="spectral_norm",
)
recipe(
    "pacgan2",
    PACGAN,
    by(f"{RING} (beta1)", {"adam.beta1": 0.8}),
    by("Lin et al. 2018, section 4: two samples in a pack", pack=2),
    data="points",
    also=("PacGAN", "packing"),
)
recipe(
    "pacgan2_images",
    PACGAN,
    adam(f"{STACKED}/config.py (beta1; beta2: Adam's default)", 0.5, 0.999),
    by(f"{STACKED}/model.py (g_optim is run twice)", g_steps=2),
    by("Lin et al. 2018, section 4: two samples in a pack", pack=2),
    data="images",
)
recipe(
    "minibatch_std",
    "Karras et al. 2018, Progressive growing of GANs, section 3",
    extras=("minibatch_std",),
)
recipe(
    "mad_gan",
    "Ghosh et al. 2018, Multi-agent diverse generative adversarial networks",
    by("ours: the fewest that are more than a pair", generators=3),
    regularizers=("identification",),
    also=("MADGAN", "multi-agent GAN"),
)
recipe(
    "progan",
    "Karras et al. 2018, Progressive growing of GANs",
    adam(f"{PROGAN}, config.py (G_opt, D_opt)", 0.0, 0.99),
    by(
        f"{PROGAN}, loss.py (wgan_lambda, wgan_epsilon)",
        {"wgan_gp.weight": 10, "drift.weight": 1e-3},
    ),
    by(f"{PROGAN}, train.py (G_smoothing)", {"ema.decay": 0.999}),
    loss="wasserstein",
    regularizers=("wgan_gp", "drift"),
    normalizer="equalized_lr",
    g_normalizer="equalized_lr",
    extras=("minibatch_std", "ema"),
    network="progan",
    also=("PGGAN", "progressive growing"),
)
recipe(
    "optimistic_adam",
    "Daskalakis et al. 2018, Training GANs with optimism",
    by(
        f"{EXTRA}_optimisticextraadam.json",
        {"optimistic_adam.beta1": 0.5, "optimistic_adam.beta2": 0.9, "wgan_gp.weight": 10.0},
    ),
    loss="wasserstein",
    regularizers=("wgan_gp",),
    optimizer="optimistic_adam",
    dynamics="simultaneous",
    also=("OAdam", "optimism", "OMD"),
)
recipe(
    "sga",
    "Balduzzi et al. 2018, The mechanics of n-player differentiable games",
    by(
        f"{SGA} (reg_params)",
        {"symplectic.weight": 1.0},
    ),
    rmsprop_of_tensorflow(SGA),
    optimizer="rmsprop",
    dynamics="symplectic",
    also=("symplectic gradient adjustment",),
)
recipe(
    "wgan_div",
    "Wu et al. 2018, Wasserstein divergence for GANs",
    by(
        "musikisomorphie/wgan-div, wgan_div.py (LAMBDA, slopes, CRITIC_ITERS)",
        {"wgan_div.weight": 10.0, "wgan_div.power": 6.0},
        d_steps=4,
    ),
    adam("musikisomorphie/wgan-div, wgan_div.py (disc_train_op)", 0.0, 0.9),
    loss="wasserstein",
    regularizers=("wgan_div",),
    also=("WGAN-div", "Wasserstein divergence"),
)
recipe(
    "gan_qp",
    "Su 2018, GAN-QP: a novel GAN framework without gradient vanishing and Lipschitz constraint",
    by("bojone/gan-qp, 128/gan_qp_l2.py (d_norm: 1/10)", {"qp.weight": 0.1}, d_steps=2),
    adam("bojone/gan-qp, 128/gan_qp_l2.py (beta2: Adam's default)", 0.5, 0.999),
    loss="wasserstein",
    regularizers=("qp",),
    also=("GAN-QP", "quadratic potential"),
)
recipe(
    "bourgan",
    "Xiao et al. 2018, BourGAN: generative networks with metric embeddings; the term alone",
    by("a554b554/BourGAN, src/bourgan/gan.py (alpha)", {"bourgan.weight": 0.1}),
    adam("a554b554/BourGAN, src/bourgan/gan.py (G_opt, D_opt)", 0.5, 0.999),
    regularizers=("bourgan",),
)
# --- 2019 ---
recipe(
    "lazy_d",
    "Yoon et al. 2019, Time-series generative adversarial networks: D waits where it wins",
    by("jsyoon0823/TimeGAN, timegan.py (check_d_loss)", {"lazy_d.threshold": 0.15}),
    extras=("lazy_d",),
    also=("TimeGAN", "D too strong"),
)
recipe(
    "cgd",
    "Schaefer & Anandkumar 2019, Competitive gradient descent",
    by(
        f"{CGDS}/cgd.py (BCGD): one rate in step and system",
        {"cgd.rate_g": "x1 lr_g", "cgd.rate_d": "x1 lr_d"},
    ),
    loss="minimax",
    optimizer="sgd",
    dynamics="cgd",
    also=("competitive gradient descent", "BCGD"),
)
recipe("relativistic", RELATIVISTIC, loss="relativistic", also=("RpGAN", "RGAN"))
recipe("relativistic_average", RELATIVISTIC, loss="relativistic_average", also=("RaGAN",))
recipe("relativistic_average_hinge", RELATIVISTIC, loss="relativistic_average_hinge")
recipe("relativistic_ls", RELATIVISTIC, loss="relativistic_least_squares")
recipe(
    "gp0",
    "Thanh-Tung et al. 2019, Improving generalization and stability of GANs",
    adam("htt210/GeneralizationAndStabilityInGANs, GradientPenaltiesGAN.py", 0.5, 0.9),
    regularizers=("gp0",),
    also=("zero-centered gradient penalty", "0-GP"),
)
recipe(
    "lgan",
    "Zhou et al. 2019, Lipschitz generative adversarial nets",
    by(
        "ZhimingZhou/LGANs-for-reproduce, code/sobolev_cifar10.py (fBeta1, fBeta2, fWeightLip)",
        {"adam.beta1": 0.0, "adam.beta2": 0.9, "maxgp.weight": 0.1},
        d_steps=5,
    ),
    loss="lipschitz",
    regularizers=("maxgp",),
    also=("Lipschitz GAN",),
)
recipe(
    "extra_adam",
    "Gidel et al. 2019, A variational inequality perspective on GANs",
    by(
        f"{EXTRA}_extraadam.json",
        {"adam.beta1": 0.5, "adam.beta2": 0.9, "wgan_gp.weight": 10.0, "ema.decay": 0.9999},
    ),
    loss="wasserstein",
    regularizers=("wgan_gp",),
    dynamics="extragradient",
    extras=("ema",),
    also=("extragradient", "ExtraAdam"),
)
recipe(
    "past_extra_adam",
    "Gidel et al. 2019, A variational inequality perspective on GANs, section 3.1",
    by(
        f"{EXTRA}_pastextraadam.json",
        {"adam.beta1": 0.5, "adam.beta2": 0.9, "wgan_gp.weight": 10.0},
    ),
    loss="wasserstein",
    regularizers=("wgan_gp",),
    dynamics="past_extragradient",
)
recipe(
    "negative_momentum",
    "Gidel et al. 2019, Negative momentum for improved game dynamics",
    by("Gidel et al. 2019, section 6", {"sgd.momentum": -0.5}),
    optimizer="sgd",
    also=("momentum",),
)
recipe(
    "mode_seeking",
    "Mao et al. 2019, Mode seeking GANs for diverse image synthesis",
    adam("HelenMao/MSGAN, DCGAN-Mode-Seeking/model.py", 0.5, 0.999),
    regularizers=("mode_seeking",),
    also=("MSGAN",),
)
recipe(
    "ortho",
    BIGGAN,
    by(f"{BIGGAN}, appendix C: 2e-4 and 5e-5", {"lr_d": "x4 lr_g"}, d_steps=2),
    adam(f"{BIGGAN}, appendix C", 0.0, 0.999),
    by(f"{BIGGAN}, section 3.1", {"ortho.weight": 1e-4}),
    loss="hinge",
    normalizer="spectral_norm",
    regularizers=("ortho",),
)
recipe(
    "stylegan",
    "Karras et al. 2019, A style-based generator architecture for GANs; modulation of StyleGAN2",
    adam("NVlabs/stylegan, train.py (G_opt, D_opt)", 0.0, 0.99),
    by("NVlabs/stylegan, train.py (D_loss)", {"r1.gamma": 10.0}),
    by(
        "NVlabs/stylegan, training/training_loop.py: half-life 10,000 images; batches of 64",
        {"ema.decay": 0.9956},
    ),
    regularizers=("r1",),
    normalizer="equalized_lr",
    g_normalizer="equalized_lr",
    extras=("minibatch_std", "ema"),
    network="stylegan",
)
recipe(
    "biggan",
    f"{BIGGAN}; labels",
    by(f"{BIGGAN}, appendix C: 2e-4 and 5e-5", {"lr_d": "x4 lr_g"}, d_steps=2),
    adam(f"{BIGGAN}, appendix C", 0.0, 0.999),
    by(f"{BIGGAN}, section 3.1", {"ortho.weight": 1e-4}),
    by(f"{BIGGAN}, appendix C", {"ema.decay": 0.9999}),
    by("ours: the paper's batches are 8 times those that it begins with", batch_factor=2),
    loss="hinge",
    regularizers=("ortho",),
    normalizer="spectral_norm",
    extras=("ema",),
    network="biggan",
)
