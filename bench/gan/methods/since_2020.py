"""Methods of 2020 and later. See the package's docstring."""

from __future__ import annotations

from bench.gan.methods.recipe import adam, by, moving, recipe, rmsprop_of_tensorflow

JARE = (
    "Nie & Patel 2020, Towards a better understanding and regularization of GAN training dynamics"
)
LOOKAHEAD = "Chavdarova/LAGAN-Lookahead_Minimax, lagan/exe.sh"
SNDCGAN = "google/compare_gan, example_configs/sndcgan_celebahq128.gin"
ACGD = "devzhk/cgds-package, src/CGDs/acgd.py"
RIDGE = "gd-zhang/Follow-the-Ridge, follow_ridge_2D.py"
LEAD = "ReyhaneAskari/Least_action_dynamics_minmax, 8Gaussians_compare/slead_8g.py"
STYLEGAN2 = "Karras et al. 2020, Analyzing and improving the image quality of StyleGAN"
BSN = "Lin et al. 2021, Why spectral normalization stabilizes GANs: analysis and improvements"
BSN_CODE = "fjxmlzn/BSN, no_gamma-CNN/config.py"

recipe(
    "jare",
    JARE,
    by("weilinie/JARE, real/experiments/jare.py (reg_param)", {"jare.gamma": 100.0}),
    adam("weilinie/JARE, real/experiments/jare.py (five of its six settings)", 0.5, 0.999),
    dynamics="jare",
    data="images",
)
recipe(
    "jare_points",
    JARE,
    by("weilinie/JARE, synthetic/GMM_GAN.py (reg)", {"jare.gamma": 1000.0}),
    rmsprop_of_tensorflow("weilinie/JARE, synthetic/ops.py"),
    loss="minimax",
    optimizer="rmsprop",
    dynamics="jare",
    data="points",
)
recipe(
    "lookahead",
    "Chavdarova et al. 2021, Taming GANs with lookahead-minmax",
    by(
        f"{LOOKAHEAD} (lookahead_k, lookahead_alpha, d_iters)",
        {"lookahead.period": 5.0, "lookahead.share": 0.5},
        d_steps=5,
    ),
    adam(f"{LOOKAHEAD} (beta2: lagan/parameter.py)", 0.0, 0.9),
    loss="hinge",
    normalizer="spectral_norm",
    dynamics="lookahead",
    also=("lookahead-minmax",),
)
recipe(
    "acgd",
    "Schaefer et al. 2020, Implicit competitive regularization in GANs",
    by(
        f"{ACGD} (one rate in step and system)",
        {"acgd.rate_g": "x1 lr_g", "acgd.rate_d": "x1 lr_d"},
    ),
    by(f"{ACGD} (defaults)", {"acgd.beta": 0.99, "acgd.eps": 1e-5}),
    loss="minimax",
    optimizer="sgd",
    dynamics="acgd",
    also=("adaptive competitive gradient descent", "ICR"),
)
recipe(
    "follow_the_ridge",
    "Wang et al. 2020, On solving minimax optimization locally: a follow-the-ridge approach",
    by(
        f"{RIDGE} (damping, inner_iter)",
        {"follow_the_ridge.damping": 1.0, "follow_the_ridge.iterations": 5.0},
    ),
    by(f"{RIDGE} (weight_decay, without the 1/2)", {"l2.weight": 2e-4}),
    adam("gd-zhang/Follow-the-Ridge, utils/optim.py (RMSProp with Adam's correction)", 0.0, 0.999),
    loss="minimax",
    regularizers=("l2",),
    dynamics="follow_the_ridge",
    also=("follow-the-ridge", "FR"),
)
recipe(
    "cr",
    "Zhang et al. 2020, Consistency regularization for GANs",
    adam(SNDCGAN, 0.5, 0.999),
    by("Zhang et al. 2020, section 3.1", {"cr.weight": 10.0}),
    loss="hinge",
    normalizer="spectral_norm",
    regularizers=("cr",),
)
recipe(
    "icr",
    "Zhao et al. 2021, Improved consistency regularization for GANs",
    adam(SNDCGAN, 0.5, 0.999),
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
    by(
        "mit-han-lab/data-efficient-gans, DiffAugment-biggan-cifar/scripts/"
        "DiffAugment-biggan-cifar10.sh",
        d_steps=4,
    ),
    adam("mit-han-lab/data-efficient-gans, DiffAugment-biggan-cifar/utils.py", 0.0, 0.999),
    loss="hinge",
    normalizer="spectral_norm",
    augmentations=("diffaugment",),
    also=("differentiable augmentation",),
)
recipe(
    "stylegan2_lazy_r1",
    f"{STYLEGAN2}, appendix B",
    adam("NVlabs/stylegan2, run_training.py (G_opt, D_opt)", 0.0, 0.99),
    by("NVlabs/stylegan2, training/training_loop.py (D_reg_interval)", lazy=16),
    by("NVlabs/stylegan2, run_training.py (D_loss)", {"r1.gamma": 10.0}),
    regularizers=("r1",),
    also=("lazy regularization",),
)
recipe(
    "stylegan2_lazy_r1_rescaled",
    f"{STYLEGAN2}, with its Adam",
    adam("NVlabs/stylegan2, run_training.py (G_opt, D_opt)", 0.0, 0.99),
    by("NVlabs/stylegan2, training/training_loop.py (D_reg_interval)", lazy=16),
    by("NVlabs/stylegan2, run_training.py (D_loss)", {"r1.gamma": 10.0}),
    regularizers=("r1",),
    extras=("lazy_rescaling",),
)
recipe(
    "ada",
    "Karras et al. 2020, Training generative adversarial networks with limited data (ADA); "
    "augmentations of Zhao et al. 2020",
    by(
        "NVlabs/stylegan2-ada-pytorch, train.py (ada_target), training/training_loop.py "
        "(ada_interval, ada_kimg)",
        {"ada.target": 0.6, "ada.interval": 4.0, "ada.kimg": 500.0},
    ),
    adam("NVlabs/stylegan2-ada-pytorch, train.py (G_opt_kwargs, D_opt_kwargs)", 0.0, 0.99),
    regularizers=("r1",),
    augmentations=("diffaugment",),
    extras=("ada",),
    also=("adaptive discriminator augmentation", "StyleGAN2-ADA"),
)
recipe(
    "lecam",
    "Tseng et al. 2021, Regularizing GANs under limited data",
    by(
        "google/lecam-gan, biggan_cifar/scripts/lc-biggan-cifar10.sh (LC, num_D_steps)",
        {"lecam.weight": 0.3},
        d_steps=4,
    ),
    adam("google/lecam-gan, third_party/utils.py (D_B1, D_B2)", 0.0, 0.999),
    loss="hinge",
    normalizer="spectral_norm",
    regularizers=("lecam",),
)
recipe(
    "gngan",
    "Wu et al. 2021, Gradient normalization for GANs",
    adam("basiclab/GNGAN-PyTorch, train.py (betas), as in config/GN-GAN_CIFAR10_CNN.txt", 0.0, 0.9),
    normalizer="gradient_normalization",
    also=("gradient normalization", "GN-GAN"),
)
recipe(
    "ssn",
    f"{BSN}; scaled",
    by(f"{BSN_CODE} (scale): the middle of 0.7 to 4", {"scaled_spectral_norm.scale": 2.0}),
    adam(f"{BSN_CODE} (d_beta1, d_beta2 with n_dis 1)", 0.5, 0.999),
    loss="hinge",
    normalizer="scaled_spectral_norm",
    also=("scaled SN", "scaled spectral normalization"),
)
recipe(
    "bsn",
    f"{BSN}; bidirectional",
    by(f"{BSN_CODE} (scale): 1, as without", {"bidirectional_spectral_norm.scale": 1.0}),
    adam(f"{BSN_CODE} (d_beta1, d_beta2 with n_dis 1)", 0.5, 0.999),
    loss="hinge",
    normalizer="bidirectional_spectral_norm",
    also=("BSSN", "bidirectional spectral normalization"),
)
recipe(
    "diggan",
    "Fang et al. 2022, DigGAN: discriminator gradient gap regularization for few data",
    by(
        "AilsaF/DigGAN, DiffAugment-biggan-cifar/scripts/biggan/biggan-cifar10_Diggan.sh "
        "(DigGAN_penalty_weight, num_D_steps)",
        {"diggan.weight": 1000.0},
        d_steps=4,
    ),
    adam("AilsaF/DigGAN, DiffAugment-biggan-cifar/utils.py (D_B1, D_B2)", 0.0, 0.999),
    loss="hinge",
    normalizer="spectral_norm",
    regularizers=("diggan",),
    also=("gradient gap",),
)
recipe(
    "lead",
    "Askari Hemmat et al. 2023, LEAD: min-max optimization from a physical perspective",
    by(f"{LEAD} (alpha)", {"lead.alpha": 0.6}),
    adam(f"{LEAD} (G's; D's beta1 is 0.55)", 0.5, 0.9),
    dynamics="lead",
    also=("least-action dynamics",),
)
recipe(
    "r3gan",
    "Huang et al. 2024, The GAN is dead; long live the GAN! A modern baseline GAN",
    adam("brownvc/R3GAN, train.py (D_opt_kwargs, the end of beta2_scheduler)", 0.0, 0.99),
    loss="relativistic",
    regularizers=("r1", "r2"),
    also=("R3", "GAN is dead"),
)
recipe(
    "r3gan_scheduled",
    "Huang et al. 2024, The GAN is dead; long live the GAN! A modern baseline GAN, with its "
    "schedules",
    by(
        "brownvc/R3GAN, train.py (lr, gamma and beta2 scheduler of all presets; they end after 20 "
        "or 200 million images of a training without an end: the fifth is ours)",
        {
            **{name: moving("x1", "x0.25", 0.2) for name in ("lr_g", "lr_d")},
            **{name: moving("x1", "x0.1", 0.2) for name in ("r1.gamma", "r2.gamma")},
            "adam.beta2": moving(0.9, 0.99, 0.2),
        },
    ),
    by("brownvc/R3GAN, train.py (D_opt_kwargs)", {"adam.beta1": 0.0}),
    loss="relativistic",
    regularizers=("r1", "r2"),
)
recipe(
    "san",
    "Takida et al. 2024, SAN: inducing metrizability of GANs with discriminative normalized linear",
    adam("sony/san, simple-san/hparams/params.json (beta_1, beta_2)", 0.0, 0.99),
    loss="hinge",
    normalizer="san_spectral_norm",
    regularizers=("san_direction",),
    also=("slicing adversarial network", "StyleSAN"),
)
recipe(
    "chain",
    "Ni & Koniusz 2024, CHAIN: Lipschitz continuity constrained normalization, for few data",
    by(
        "MaxwellYaoNi/CHAIN, FastGANDBig/train.py (lbd, lbd_p0, tau, delta_p)",
        {"chain.weight": 20.0, "chain.base": 0.0, "chain.target": 0.5, "chain.speed": 1e-3},
    ),
    adam("MaxwellYaoNi/CHAIN, FastGANDBig/train.py (optimizerG, optimizerD)", 0.5, 0.999),
    loss="hinge",
    normalizer="spectral_norm",
    extras=("chain",),
    also=("few data", "zero mean regularization"),
)
recipe(
    "muon",
    "Jordan et al. 2024, Muon: an optimizer for hidden layers in neural networks; with R1",
    by(
        "KellerJordan/Muon, muon.py (momentum; betas and eps of its Adam)",
        {"muon.momentum": 0.95, "muon.beta1": 0.9, "muon.beta2": 0.95, "muon.eps": 1e-10},
    ),
    by("ours: their 0.02 where lr is 1e-3", {"muon.factor": 20.0}),
    regularizers=("r1",),
    optimizer="muon",
    also=("orthogonalized momentum",),
)
recipe(
    "schedule_free",
    "Defazio et al. 2024, The road less scheduled; with R1",
    by(
        "facebookresearch/schedule_free, schedulefree/adamw_schedulefree_reference.py (betas)",
        {"schedule_free_adam.beta1": 0.9, "schedule_free_adam.beta2": 0.999},
    ),
    regularizers=("r1",),
    optimizer="schedule_free_adam",
    also=("schedule-free", "AdamW schedule-free"),
)
recipe(
    "ar1",
    "Lin et al. 2025, Diffusion adversarial post-training for one-step video generation (APT)",
    by(
        "Lin et al. 2025, from memory, as in public re-implementations",
        {"ar1.weight": 100.0, "ar1.sigma": 0.01},
    ),
    regularizers=("ar1",),
    also=("approximated R1", "APT"),
)
recipe(
    "ar1ar2",
    "Lin et al. 2025, Autoregressive adversarial post-training: relativistic, on both sides",
    by(
        "Lin et al. 2025, from memory, as in public re-implementations",
        {"ar1.weight": 100.0, "ar1.sigma": 0.01, "ar2.weight": 100.0, "ar2.sigma": 0.01},
    ),
    loss="relativistic",
    regularizers=("ar1", "ar2"),
    also=("approximated R1 and R2",),
)
