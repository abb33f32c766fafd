"""Rules on arrays, as a notebook gives them: what they see, and what they must not."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from bench import diagnose
from bench.analysis import verdicts
from bench.analysis.verdicts import thresholds as at
from bench.diagnose import accuracy
from bench.diagnose.columns import find, is_step, role
from bench.diagnose.judging import AHEAD
from bench.diagnose.log import Series
from bench.store import Store
from bench.trial import Status
from tests.analysis.synthetic import result
from tests.diagnose import made

RNG = np.random.default_rng


def rules(**series):
    return {(one.rule, one.series): one for one in diagnose.judge(**series)}


def sick(**series):
    return {one.rule for one in diagnose.judge(**series) if one.sick}


@pytest.mark.parametrize("kind", made.HEALTHY, ids=lambda kind: kind.__name__)
def test_of_healthy_losses_few_are_called_sick(kind):
    called = [bool(sick(loss_g=g, loss_d=d)) for g, d in (kind(RNG(i)) for i in range(40))]
    assert sum(called) <= 3


@pytest.mark.parametrize("kind", made.SICK, ids=lambda kind: kind.__name__)
def test_sick_losses_are_found_whatever_the_noise(kind):
    for seed in range(10):
        g, d = kind(RNG(seed))
        assert made.SICK[kind] in sick(loss_g=g, loss_d=d)


def test_an_epoch_that_jumps_is_found_at_its_place():
    g, d = made.loud(RNG(3))
    g[220:] += 4
    found = rules(loss_g=g, loss_d=d)["late change", "loss_g"]
    assert found.step == pytest.approx(221, abs=6)
    assert found.numbers["after"] - found.numbers["before"] == pytest.approx(4, abs=1)
    g[220:] -= 4
    g[90:] += 4  # in the first half: it has had time since
    assert not [name for name in rules(loss_g=g, loss_d=d) if name[0] == "late change"]


def test_losses_that_stand_still_are_no_failure_and_constant_ones_are():
    near = 0.6931 + 0.001 * RNG(0).normal(size=100)
    assert not rules(loss_g=near, loss_d=near)["flat", "loss_g"].sick
    assert rules(loss_g=np.full(100, 2.5))["constant", "loss_g"].sick


@pytest.mark.parametrize("seed", range(3))
def test_the_bounds_hold_below_the_accuracy_itself(seed):
    """Of logits with a known accuracy, whatever the loss is that D's is told from."""
    rng = RNG(seed)
    real, fake = rng.normal(3 + seed, 1.5, (2, 40, 500)) * np.array([1, -1])[:, None, None]
    told = ((real > 0).mean(1) + (fake < 0).mean(1)) / 2

    def softplus(x):
        return np.logaddexp(0, x)

    def mean(values):
        return Series(np.arange(40.0), values.mean(1))

    def probability(x):
        return np.exp(-softplus(-x))

    logistic = mean(softplus(-real) + softplus(fake))
    given = [
        {"loss_d": logistic},
        {"loss_d": Series(logistic.steps, logistic.values / 2)},
        {"loss_d": mean(np.maximum(0, 1 - real) + np.maximum(0, 1 + fake))},
        {"loss_d_real": mean(softplus(-real)), "loss_d_fake": mean(softplus(fake))},
        {"logit_real": mean(probability(real)), "logit_fake": mean(probability(fake))},
    ]
    for series in given:
        (bound,) = accuracy.told(series)
        assert (bound.values <= told + 1e-12).all()
        assert np.median(bound.values) > 0.25  # and says something
    signs = {"sign_real": mean(np.sign(real)), "sign_fake": mean(np.sign(fake))}
    (exact,) = accuracy.told(signs)
    np.testing.assert_allclose(exact.values, told)


def test_d_wins_by_the_rule_of_the_verdicts():
    high = np.full(50, at.PINNED)
    high[:30] = 0.7
    high[40:42] = 0.9  # 2 of the last 10: as many as the tail may miss
    assert ("the discriminator wins", "accuracy") in rules(accuracy=high)
    assert ("the discriminator wins", "accuracy") in rules(accuracy=100 * high)
    high[42] = 0.9
    assert "the discriminator wins" not in sick(accuracy=high)
    assert sick(accuracy_real=np.ones(50), accuracy_fake=np.full(50, 0.99)) == {
        "the discriminator wins"
    }
    assert sick(accuracy_real=np.ones(50), accuracy_fake=np.full(50, 0.9)) == set()


def test_g_wins_where_d_takes_what_it_makes_for_real():
    x = np.linspace(0, 1, 100)
    d = 3 + 0.1 * RNG(0).normal(size=100)
    assert sick(loss_g=2 * np.exp(-15 * x), loss_d=d) == {"the generator wins"}
    assert sick(loss_g=2 * np.exp(-15 * x)) == set()  # of what has no D
    assert sick(loss_g=2 * np.exp(-15 * x), loss_d=d / 10) == set()  # they contradict each other
    assert sick(accuracy_fake=0.5 * np.exp(-15 * x)) == {"the generator wins"}
    assert sick(loss_g=-2 * np.exp(-15 * x), loss_d=d) == set()  # Wasserstein: no level


def test_d_is_ahead_where_both_losses_say_so():
    """What users see of a non-saturating GAN: D's loss at 0.05, and G's rises."""
    x, noise = np.linspace(0, 1, 200), RNG(0).normal(size=(2, 200))
    d, g = np.exp(-6 * x) + 0.05 + 0.005 * noise[0], 1 + 4 * x + 0.02 * noise[1]
    (found,) = (one for one in diagnose.judge(loss_g=g, loss_d=d) if "ahead" in one.rule)
    assert (found.rule, found.series) == (AHEAD, "loss_d")
    assert found.numbers["share"] == pytest.approx(np.exp(-0.026), abs=0.005)
    assert found.numbers["change"] == pytest.approx(2, rel=0.1)
    assert "and has risen by" in found.words
    # G's loss is at -log 0.2 after 0.15 of the steps, D's at -2 log 0.8 after 0.155
    assert found.step == pytest.approx(31, abs=6)
    still = rules(loss_g=np.full(200, 3.0) + 0.1 * noise[1], loss_d=d)[AHEAD, "loss_d"]
    assert "risen" not in still.words
    assert (AHEAD, "loss_d") in rules(loss_g=g, loss_d_real=d / 2, loss_d_fake=d / 2)


@pytest.mark.parametrize(
    ("g", "d", "ahead"),
    [
        (1.62, 0.44, True),  # -log 0.2 is 1.609, and -2 log 0.8 is 0.446
        (1.59, 0.44, False),
        (1.62, 0.45, False),
        (0.38, 0.10, False),  # least squares: G's loss has a most
        (-0.02, 0.05, False),  # the minimax loss saturates
        (9.0, 0.006, False),  # D has won, which is another rule
    ],
)
def test_the_bounds_of_being_ahead(g, d, ahead):
    noise = 0.001 * RNG(1).normal(size=(2, 100))
    found = rules(loss_g=g + noise[0], loss_d=d * (1 + noise[1]))
    assert ((AHEAD, "loss_d") in found) == ahead
    assert (("the discriminator wins", "loss_d") in found) == (d < 0.0069)


def test_gradients_that_are_gone_and_logits_that_run_away():
    x = np.linspace(0, 1, 120)
    assert ("gradient gone", "gradient_g") in rules(gradient_g=np.exp(-20 * x))
    assert sick(gradient_g=np.exp(-5 * x) + 1e-3) == set()
    assert sick(loss_d=d_loss(), logit_real=0.1 * np.exp(6 * x)) == {"ran away"}
    assert sick(loss_d=d_loss(), logit_real=0.1 * np.exp(3 * x)) == set()


def d_loss():
    return made.calm(RNG(1))[1]


def test_one_value_and_none_and_lists_are_taken():
    assert diagnose.judge(loss_g=[0.5], loss_d=[]) == []
    assert diagnose.judge(loss_g=None) == []
    (one,) = diagnose.judge(loss_g=[1, 2, math.inf])
    assert (one.rule, one.step, one.numbers["share"]) == ("not finite", 3, 1 / 3)
    with pytest.raises(TypeError, match="loss is no role of a series; there are: loss_g, "):
        diagnose.judge(loss=[1.0])


ROLES = {
    "loss_g": "g_loss G_loss errG Loss/G/loss gen/loss Loss_G lossG g_loss_epoch train/loss_g "
    "Loss/Generator epoch_g_loss loss_gen_all G_GAN GLoss",
    "loss_d": "d_loss errD Loss/D/loss critic_loss disc_loss Loss_D dis_loss loss_disc_all",
    "loss_d_real": "d_loss_real errD_real loss/d_real",
    "logit_real": "D(x) Loss/scores/real real_score D_real logit_real",
    "logit_fake": "D(G(z)) Loss/scores/fake fake_score D_fake",
    "sign_fake": "Loss/signs/fake",
    "accuracy": "acc. d_acc d_accuracy accuracy",
    "accuracy_fake": "disc_fake_acc",
    "gradient_g": "gradient_g grad_norm_G grads/g",
    None: "loss val_g_loss g_loss_l1 Loss/r1_penalty loss_G_A lr loss_d_std Loss/G/reg fid z",
}


@pytest.mark.parametrize(("wanted", "names"), ROLES.items(), ids=map(str, ROLES))
def test_names_in_use_say_what_a_column_is(wanted, names):
    for name in names.split():
        assert (role(name) or [None])[0] == wanted, name


def test_names_of_several_words_and_the_misspelled_one():
    wanted = {
        "Generator Loss": "loss_g",
        "Distriminator Loss": "loss_d",
        "Real Score": "logit_real",
    }
    assert {name: role(name)[0] for name in wanted} == wanted
    for name in ("step", "Epoch", "global_step", "Progress/kimg", "trainer/global_step", "Step"):
        assert is_step(name)
    assert not is_step("steps_per_second")


def test_pix2pix_logs_losses_without_the_word():
    found = find(["epoch", "iters", "G_GAN", "G_L1", "D_real", "D_fake"])
    roles = {"loss_g": "G_GAN", "loss_d_real": "D_real", "loss_d_fake": "D_fake"}
    assert (found.roles, found.passed) == (roles, ["G_L1"])


def test_trials_of_our_own_are_read_and_have_their_verdict(tmp_path, capsys):
    store = Store(tmp_path / "x").create()
    one = result("oscillating")
    store.write(one)
    store.write(replace(result("collapsed", seed=1), status=Status.COMPLETED))
    (first, _) = diagnose.read(store.path)
    assert "loss_g" in first.series
    (log,) = diagnose.read(store.path / "trials" / f"{one.trial.id}.json")
    assert f"the verdict is {verdicts.judge(one).verdict}" in log.notes[0]
    assert diagnose.main([str(store.path)]) in (0, 3)
    assert "took: loss_g as the loss of G" in capsys.readouterr().out


def test_a_trial_that_broke_before_it_was_measured_is_looked_at_too(tmp_path, capsys):
    store = Store(tmp_path / "x").create()
    error = {"type": "nonfinite", "step": 12, "what": "loss_g"}
    one = replace(result("diverged"), status=Status.DIVERGED, curves={}, signals={}, error=error)
    store.write(one)
    assert diagnose.main([str(store.path)]) == 0
    told = capsys.readouterr().out
    assert "no value that is finite" in told
    assert "the verdict is diverged (not finite): loss_g was not finite at step 12" in told
