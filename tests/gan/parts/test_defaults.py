"""The numbers that a method has where nobody gives any. Published results were made with them: a
default that changes is a new method under an old name."""

from __future__ import annotations

import pytest

from bench import gan, registry

DEFAULTS = {
    "loss": {
        "minimax": {"smoothing": 0},
        "non_saturating": {"smoothing": 0},
        "least_squares": {"a": 0, "b": 1, "c": 1},
        "label_flipping": {"share": 0.05, "smoothing": 0},
    },
    "regularizer": {
        "r1": {"gamma": 10},
        "r2": {"gamma": 10},
        "wgan_gp": {"weight": 10},
        "wgan_lp": {"weight": 10},
        "gp0": {"weight": 10},
        "maxgp": {"weight": 10},
        "dragan": {"weight": 10, "spread": 0.5},
        "cr": {"weight": 10},
        "bcr": {"weight": 10, "weight_fake": 10},
        "zcr": {"weight": 20, "weight_g": 0.5, "radius": 0.05},
        "lecam": {"weight": 0.3, "decay": 0.99, "start": 0.1},
        "feature_matching": {"weight": 1},
        "reconstruction": {"weight": 1},
        "mode_seeking": {"weight": 1},
        "identification": {"weight": 1},
        "drift": {"weight": 1e-3},
        "l2": {"weight": 1e-4},
        "ortho": {"weight": 1e-4, "weight_d": 0},
        "ortho_full": {"weight": 1e-4, "weight_d": 0},
        "spectral_penalty": {"weight": 0.01},
        "historical_averaging": {"weight": 0.01},
        "ar1": {"weight": 100, "sigma": 0.01},
        "ar2": {"weight": 100, "sigma": 0.01},
        "wgan_div": {"weight": 10, "power": 6},
        "diggan": {"weight": 1000},
        "qp": {"weight": 0.1},
        "san_direction": {"weight": 1},
        "bourgan": {"weight": 0.1, "scale": 1},
    },
    "normalizer": {
        "weight_clipping": {"bound": 0.01},
        "scaled_spectral_norm": {"scale": 1},
        "bidirectional_spectral_norm": {"scale": 1},
    },
    "optimizer": {
        "sgd": {"momentum": 0},
        "rmsprop": {"rho": 0.9, "eps": 1e-8, "start": 0},
        "adam": {"beta1": 0.5, "beta2": 0.999, "eps": 1e-8},
        "optimistic_adam": {"beta1": 0.5, "beta2": 0.9, "eps": 1e-8},
        "muon": {"momentum": 0.95, "factor": 20, "beta1": 0.9, "beta2": 0.95, "eps": 1e-10},
        "schedule_free_adam": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    },
    "dynamics": {
        "lookahead": {"period": 5, "share": 0.5},
        "lookahead_simultaneous": {"period": 5, "share": 0.5},
        "unrolled": {"rate": 1e-3},
        "unrolled_simultaneous": {"rate": 1e-3},
        "consensus": {"gamma": 10},
        "jare": {"gamma": 0.1},
        "symplectic": {"weight": 1},
        "symplectic_unaligned": {"weight": 1},
        "lead": {"alpha": 0.6},
        "cgd": {"rate_g": 1e-3, "rate_d": 1e-3, "iterations": 10},
        "acgd": {"rate_g": 1e-3, "rate_d": 1e-3, "beta": 0.99, "eps": 1e-5, "iterations": 10},
        "follow_the_ridge": {"damping": 1, "iterations": 5},
    },
    "augmentation": {"instance_noise": {"std": 0.1, "until": 0.5}},
    "extra": {
        "ema": {"decay": 0.999},
        "top_k": {"gamma": 0.99, "least": 0.5},
        "gradient_clipping": {"norm": 1},
        "dropout": {"rate": 0.3},
        "adversary": {"weight": 1, "start": 0, "d_start": 0},
        "lazy_d": {"threshold": 0.15},
        "replay_pool": {"size": 512},
        "chain": {"weight": 20, "base": 0, "target": 0.5, "speed": 1e-3},
        "ada": {"target": 0.6, "interval": 4, "kimg": 500},
    },
}


@pytest.mark.parametrize("kind", DEFAULTS)
def test_the_defaults_are_those_of_the_published_results(kind):
    gan.load_parts()
    ours = [p for p in registry.KINDS[kind] if p.fn.__module__.startswith("bench.")]
    assert {part.name: part.defaults for part in ours if part.defaults} == DEFAULTS[kind]
