"""Methods of 2014 to 2017. See the package's docstring."""

from __future__ import annotations

from bench.gan.methods.recipe import adam, by, recipe, rmsprop_of_tensorflow

IMPROVED = "Salimans et al. 2016, Improved techniques for training GANs"
UNROLLED = "poolio/unrolled_gan, Unrolled GAN demo.ipynb"
WGAN = "martinarjovsky/WassersteinGAN, main.py"
WGAN_GP = "igul222/improved_wgan_training, gan_toy.py"

recipe(
    "minimax",
    "Goodfellow et al. 2014, Generative adversarial nets",
    loss="minimax",
    also=("MMGAN", "saturating"),
)
recipe(
    "ns",
    "Goodfellow et al. 2014, Generative adversarial nets, section 3",
    also=("NSGAN", "GAN", "vanilla GAN", "baseline"),
)
recipe(
    "dcgan",
    "Radford et al. 2016, Unsupervised representation learning with deep convolutional GANs",
    adam("Newmu/dcgan_code, faces/train_uncond_dcgan.py (beta2: Adam's default)", 0.5, 0.999),
    normalizer="batch_norm",
    g_normalizer="batch_norm",
)
recipe(
    "improved",
    IMPROVED,
    by(f"{IMPROVED}, section 3.4: targets such as 0.9", {"label_flipping.smoothing": 0.1}),
    by("off: no labels are flipped in the paper", {"label_flipping.share": 0.0}),
    loss="label_flipping",
    regularizers=("feature_matching", "historical_averaging"),
    extras=("minibatch_discrimination",),
    g_normalizer="virtual_batch_norm",
)
recipe("feature_matching", f"{IMPROVED}, section 3.1", regularizers=("feature_matching",))
recipe("minibatch_discrimination", f"{IMPROVED}, section 3.2", extras=("minibatch_discrimination",))
recipe("historical_averaging", f"{IMPROVED}, section 3.3", regularizers=("historical_averaging",))
recipe(
    "label_smoothing",
    f"{IMPROVED}, section 3.4",
    by(f"{IMPROVED}, section 3.4: targets such as 0.9", {"non_saturating.smoothing": 0.1}),
)
recipe(
    "label_flipping",
    "Chintala et al. 2016, How to train a GAN? Tips and tricks to make GANs work",
    loss="label_flipping",
)
recipe("virtual_batch_norm", f"{IMPROVED}, section 3.5", g_normalizer="virtual_batch_norm")
recipe(
    "cogan",
    "Liu & Tuzel 2016, Coupled generative adversarial networks, and their code",
    adam("mingyuliutw/CoGAN, cogan_pytorch/src/trainer_cogan_mnistedge.py", 0.5, 0.999),
    extras=("coupled",),
    g_normalizer="batch_norm",
)
recipe(
    "unrolled",
    "Metz et al. 2017, Unrolled generative adversarial networks",
    by(f"{UNROLLED} (params)", {"adam.beta1": 0.5, "lr_d": "x0.1 lr_g"}, unroll=5),
    by("Metz et al. 2017, eq. 5: inner steps at D's learning rate", {"unrolled.rate": "x1 lr_d"}),
    loss="minimax",
    dynamics="unrolled",
    also=("unrolled GAN",),
)
recipe(
    "unrolled_adam",
    "Metz et al. 2017, Unrolled generative adversarial networks, with Adam in the inner steps",
    by(f"{UNROLLED} (params)", {"adam.beta1": 0.5, "lr_d": "x0.1 lr_g"}, unroll=5),
    loss="minimax",
    dynamics="unrolled_by_optimizer",
)
recipe(
    "ls",
    "Mao et al. 2017, Least squares GANs",
    loss="least_squares",
    also=("LSGAN", "least squares GAN"),
)
recipe("ls_sym", "Mao et al. 2017, Least squares GANs, eq. 8", loss="least_squares_symmetric")
recipe("hinge", "Lim & Ye 2017, Geometric GAN", loss="hinge")
recipe(
    "wgan",
    "Arjovsky et al. 2017, Wasserstein GAN",
    by(
        f"torch.optim.RMSprop's defaults, which {WGAN} takes",
        {"rmsprop.rho": 0.99, "rmsprop.eps": 1e-8},
    ),
    by(f"{WGAN} (clamp_upper, Diters)", {"weight_clipping.bound": 0.01}, d_steps=5),
    loss="wasserstein",
    normalizer="weight_clipping",
    optimizer="rmsprop",
    also=("Wasserstein GAN", "Wasserstein"),
)
recipe(
    "wgan_unconstrained",
    "Negative control: Wasserstein GAN without its Lipschitz constraint",
    loss="wasserstein",
)
recipe(
    "wgan_gp",
    "Gulrajani et al. 2017, Improved training of Wasserstein GANs",
    adam(WGAN_GP, 0.5, 0.9),
    by("Gulrajani et al. 2017, alg. 1", {"wgan_gp.weight": 10.0}, d_steps=5),
    loss="wasserstein",
    regularizers=("wgan_gp",),
    also=("gradient penalty", "GP", "improved WGAN"),
)
recipe(
    "dragan",
    "Kodali et al. 2017, On convergence and stability of GANs",
    adam("kodalinaveen3/DRAGAN, DRAGAN.ipynb", 0.5, 0.9),
    regularizers=("dragan",),
)
recipe(
    "instance_noise",
    "Sønderby et al. 2017, Amortised MAP inference for image super-resolution, section 3.2",
    augmentations=("instance_noise",),
)
recipe(
    "replay_pool",
    "Shrivastava et al. 2017, Learning from simulated and unsupervised images, section 2.3",
    by("ours: two batches of points, eight of images", {"replay_pool.size": 512}),
    extras=("replay_pool",),
    also=("SimGAN", "history buffer", "image pool", "CycleGAN's pool"),
)
recipe(
    "spectral_penalty",
    "Yoshida & Miyato 2017, Spectral norm regularization for improving generalizability",
    regularizers=("spectral_penalty",),
)
recipe(
    "ttur",
    "Heusel et al. 2017, GANs trained by a two time-scale update rule; rates of Zhang et al. 2019",
    by("Zhang et al. 2019 (SAGAN), section 4: 4e-4 and 1e-4", {"lr_d": "x4 lr_g"}),
    adam("Zhang et al. 2019 (SAGAN), section 4", 0.0, 0.9),
    also=("two time-scale update rule", "SAGAN", "self-attention"),
)
recipe(
    "consensus",
    "Mescheder et al. 2017, The numerics of GANs",
    by(
        "LMescheder/TheNumericsOfGANs, experiments/comparison/conopt.py (reg-param)",
        {"consensus.gamma": 10.0},
    ),
    rmsprop_of_tensorflow("LMescheder/TheNumericsOfGANs, consensus_gan/optimizer.py"),
    optimizer="rmsprop",
    dynamics="consensus",
    also=("consensus optimization", "ConOpt"),
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
recipe(
    "article_noise",
    "Negative control: the corrected loss, and one noise vector for all samples of a batch",
    extras=("one_noise",),
)
recipe(
    "article_batch",
    "Negative control: the corrected loss, and the same real batch in every step",
    extras=("same_batch",),
)
recipe(
    "article_pixels",
    "Negative control: the corrected loss, and real images in 0 ... 255 for a generator of [-1, 1]",
    extras=("unscaled",),
)
recipe(
    "article_order",
    "Negative control: the corrected loss, and batches in the order of the file",
    extras=("unshuffled",),
)
recipe(
    "pix2pix",
    "Isola et al. 2017, Image-to-image translation with conditional adversarial networks, without "
    "their D's look at the input",
    by("phillipi/pix2pix, train.lua (lambda)", {"reconstruction.weight": 100.0}),
    adam("phillipi/pix2pix, train.lua (beta2: torch's default)", 0.5, 0.999),
    regularizers=("reconstruction",),
)
recipe(
    "srgan",
    "Ledig et al. 2017, Photo-realistic single image super-resolution using a generative "
    "adversarial network, with L1 in place of VGG features",
    by("Ledig et al. 2017, eq. 3", {"adversary.weight": 1e-3}),
    regularizers=("reconstruction",),
    extras=("adversary",),
)
recipe(
    "reconstruction_only",
    "Control: the generator's own loss, and a discriminator that it does not listen to",
    by("off: G does not listen", {"adversary.weight": 0.0}),
    regularizers=("reconstruction",),
    extras=("adversary",),
)
