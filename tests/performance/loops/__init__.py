"""The same two games in several libraries, each in a process of its own; `turns` lets them compete.

A module of a library has a function for each game that it plays, named as the task is, which gives
a function that trains so many steps more. All of them draw their own data and latents, take two
batches a step, update each player once with Adam and do nothing else; ours measures as well. Each
is written as its library's documentation recommends. Numbers that they share stand here.
"""

LATENT, SIGMA = 16, 0.07
"""Latent size of the ring, and the deviation of its Gaussians."""

BETA1, BETA2, EPS = 0.5, 0.999, 1e-8
"""Adam's numbers."""
LR, LR_IMAGES = 1e-3, 2e-4
"""Its learning rate on the ring, and for the DCGAN."""

IMAGES = 2000
"""Images of noise in the data set of the DCGAN: what they show costs nothing."""
