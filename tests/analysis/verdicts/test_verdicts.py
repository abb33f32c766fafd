"""The verdict on a trial."""

import dataclasses

import numpy as np
import pytest

from bench.analysis import verdicts
from bench.analysis.verdicts import Verdict
from bench.trial import Status
from tests.analysis import synthetic

METRICS = [name for name in synthetic.curves("stalled", np.random.default_rng(0)) if name != "step"]


def trial(kind="stalled", seed=0, facts=None, signals=None, evaluations=100, **curves):
    """A trial of a kind, with some of its curves, facts or signals replaced."""
    made = synthetic.result(kind, seed=seed, evaluations=evaluations)
    replaced = {
        name: values if isinstance(values, list) else [values] * evaluations
        for name, values in curves.items()
    }
    return dataclasses.replace(
        made,
        curves={**made.curves, **replaced},
        facts={**made.facts, **(facts or {})},
        signals={**made.signals, **(signals or {})},
    )


@pytest.mark.parametrize("kind", synthetic.KINDS)
def test_98_of_100_noisy_runs_of_each_kind_are_named_rightly(kind):
    made = [synthetic.result(kind, seed=seed) for seed in range(200)]
    found = [judged.verdict for judged in verdicts.judge_all(made)]
    assert found.count(Verdict(kind)) >= 196


def test_a_run_that_was_not_finite_diverged_however_it_looked():
    assert verdicts.judge(synthetic.result("nonfinite")).verdict == "diverged"
    good = synthetic.result("converged", status=Status.DIVERGED)
    assert verdicts.judge(good).verdict == "diverged"


@pytest.mark.parametrize("status", ["crashed", "timeout", "out_of_memory"])
def test_a_run_that_was_stopped_has_no_verdict(status):
    stopped = synthetic.result("converged", status=Status(status))
    assert verdicts.judge(stopped) == verdicts.Judgement(Verdict.NONE, status)
    assert verdicts.judge(synthetic.result("crashed")).verdict == "none"


def test_a_generator_that_never_gets_anywhere_has_not_converged():
    nowhere = {"q": 1.0, "modes": 0, "high_quality": 0.0, "mode_kl": 2.0}
    assert verdicts.judge(trial(**nowhere)).verdict == "stalled"
    assert verdicts.judge(trial("converged", facts={"criterion": {}})).verdict != "converged"
    blind = trial("converged", **dict.fromkeys(METRICS))
    assert verdicts.judge(blind).verdict == "none"


def test_convergence_needs_80_percent_of_the_tail():
    for good, verdict in ((16, "converged"), (15, "stalled")):
        quality = [0.0] * 80 + [0.1] * (20 - good) + [0.9] * good
        assert verdicts.judge(trial("converged", high_quality=quality)).verdict == verdict


def test_few_modes_are_a_collapse_only_when_the_samples_are_good():
    calm = {"q": 0.9, "mode_kl": 1.0}
    assert verdicts.judge(trial(modes=2, high_quality=0.31, **calm)).verdict == "collapsed"
    assert verdicts.judge(trial(modes=2, high_quality=0.29, **calm)).verdict == "stalled"
    assert verdicts.judge(trial(modes=3, high_quality=0.31, **calm)).verdict == "stalled"


def test_one_mode_with_the_mass_is_a_collapse_of_four_modes_not_of_three():
    criterion = {"criterion": {"q": ["<=", 0.1]}}
    calm = {"q": 0.9, "modes": 3, "mode_max": 0.95, "high_quality": 0.1}
    assert verdicts.judge(trial(facts={"modes": 4} | criterion, **calm)).verdict == "collapsed"
    assert verdicts.judge(trial(facts={"modes": 3} | criterion, **calm)).verdict == "stalled"


def test_a_task_of_one_mode_cannot_lose_modes():
    single = {"modes": 1, "criterion": {"high_quality": [">=", 0.6]}}
    found = verdicts.judge(trial("converged", facts=single, modes=1, mode_max=1.0))
    assert found.verdict == "converged"


def test_a_collapse_after_a_good_run_is_a_degradation():
    ratio = [0.9] * 75 + [0.01] * 25
    q = [0.3] * 75 + [1.1] * 25
    found = verdicts.judge(trial(pairwise_ratio=ratio, q=q))
    assert (found.verdict, found.rule) == ("degraded", "late collapse")
    early = [0.9] * 35 + [0.01] * 65
    assert verdicts.judge(trial(pairwise_ratio=early, q=q)).verdict == "collapsed"


def test_degradation_needs_a_loss_of_a_fifth():
    for lost, verdict in ((0.21, "degraded"), (0.19, "converged")):
        q = [0.1] * 60 + [0.1 + lost] * 40
        assert verdicts.judge(trial("converged", q=q)).verdict == verdict


def test_running_away_needs_bad_samples_and_growth():
    logits = {"signals": {"logit_scale": [1.0] * 100 + [60.0] * 100}}
    assert verdicts.judge(trial(q=1.05, **logits)).rule == "logits ran away"
    assert verdicts.judge(trial(q=0.95, **logits)).verdict == "stalled"
    assert verdicts.judge(trial(q=1.05, pairwise_ratio=0.01, **logits)).verdict == "collapsed"
    assert verdicts.judge(trial(q=1.05, outside=0.6)).rule == "samples ran away"
    assert verdicts.judge(trial(q=0.95, outside=0.6)).verdict == "stalled"
    weights = {"weight_norm": [1.0] * 150 + [120.0] * 50}
    assert verdicts.judge(trial(signals=weights)).rule == "weights ran away"


def test_mass_that_moves_between_modes_oscillates_when_q_swings():
    rng = np.random.default_rng(2)
    swing = (0.6 + rng.uniform(-0.2, 0.2, 100)).tolist()
    assert verdicts.judge(trial(q=swing, mode_tv=0.3)).rule == "hopping"
    assert verdicts.judge(trial(q=0.6, mode_tv=0.3)).verdict != "oscillating"


@pytest.mark.parametrize(("height", "verdict"), [(0.085, "oscillating"), (0.072, "stalled")])
def test_a_cycle_counts_when_q_swings_by_015(height, verdict):
    q = (0.6 + height * np.sin(2 * np.pi * np.arange(100) / 10.3)).tolist()
    assert verdicts.judge(trial(q=q)).verdict == verdict


def test_an_improvement_must_be_more_than_chance():
    falls, jumps = [1.0, 0.95, 0.9, 0.85, 0.8], [1.0, 0.9, 0.95, 0.8, 0.93]
    for end, verdict in ((falls, "improving"), (jumps, "stalled")):
        found = verdicts.judge(trial(q=[1.0] * 5 + end, evaluations=10))
        assert found.numbers.drift <= -0.05
        assert found.verdict == verdict


def test_images_without_labels_are_judged_by_q_alone():
    facts = {"modes": None, "criterion": {"fd_ratio": ["<=", 3.0]}}
    absent = {name: None for name in METRICS if "mode" in name or name == "high_quality"}
    assert verdicts.judge(trial("converged", facts=facts, **absent)).verdict == "converged"
    assert verdicts.judge(trial("oscillating", facts=facts, **absent)).verdict == "oscillating"
    assert verdicts.judge(trial("improving", facts=facts, **absent)).verdict == "improving"


@pytest.mark.parametrize("evaluations", [1, 2, 3, 5, 9, 20])
@pytest.mark.parametrize("kind", ["collapsed", "converged", "oscillating"])
def test_short_runs_are_judged(kind, evaluations):
    found = verdicts.judge(trial(kind, evaluations=evaluations)).verdict
    assert found != "none"
    assert kind != "collapsed" or found == "collapsed"


@pytest.mark.parametrize("missing", METRICS)
def test_any_metric_may_be_absent(missing):
    whole = synthetic.result("mode_drop")
    kept = {name: values for name, values in whole.curves.items() if name != missing}
    found = verdicts.judge(dataclasses.replace(whole, curves=kept, signals={})).verdict
    expected = {"q": "none", "modes": "stalled", "high_quality": "stalled"}
    assert found == expected.get(missing, "mode_drop")


def test_success_knows_the_proxy_in_units_of_its_floor():
    made = trial(facts={"criterion": {"fd_ratio": ["<=", 2.0]}, "floor": 0.5}, fd=[1.1, 1.0] * 50)
    assert verdicts.success(made).tolist() == [False, True] * 50


def test_success_refuses_an_unknown_comparison():
    with pytest.raises(ValueError, match="criterion of modes"):
        verdicts.success(trial(facts={"criterion": {"modes": ["=", 8]}}))


def criterion_met_at(modes):
    criterion = {"criterion": {"modes": [">=", 8]}}
    made = trial(facts=criterion, evaluations=len(modes), modes=[8 * m for m in modes])
    return verdicts.convergence(made), [*made.curves["step"]]


def test_convergence_begins_with_four_in_a_row():
    found, steps = criterion_met_at([0, 1, 1, 1, 0, 1, 1, 1, 1, 0])
    assert found.first == steps[5] == 3000
    assert (found.held, found.relapses) == (0.8, 0)
    assert np.isnan(found.lost)
    for never in ([0, 1, 1, 1] * 2 + [0, 1], [1, 1, 1]):
        found, _ = criterion_met_at(never)
        assert np.isnan([found.first, found.lost, found.held]).all()
        assert found.relapses == 0


def test_relapses_are_counted_with_the_same_patience():
    found, steps = criterion_met_at([1] * 4 + [0] * 3 + [1] * 2 + [0] * 4 + [1] * 4 + [0] * 5)
    assert (found.first, found.lost) == (steps[0], steps[9])
    assert found.relapses == 2
    assert found.held == pytest.approx(10 / 22)


def test_a_low_vendi_ratio_is_a_collapse():
    for ratio, verdict in ((0.24, "collapsed"), (0.26, "stalled")):
        assert verdicts.judge(trial(vendi=ratio, q=0.9)).verdict == verdict


def test_mode_shares_that_cycle_oscillate_when_q_swings():
    rng = np.random.default_rng(3)
    swing = (0.6 + rng.uniform(-0.2, 0.2, 100)).tolist()
    cycle = np.sin(2 * np.pi * np.arange(100) / 9.7).tolist()
    assert verdicts.judge(trial(q=swing, mode_pc=cycle)).rule == "cycle of modes"
    assert verdicts.judge(trial(q=swing, mode_pc=rng.normal(size=100).tolist())).number == 9
    assert verdicts.judge(trial(q=0.6, mode_pc=cycle)).number != 4


def test_rules_have_the_numbers_of_their_verdicts():
    expected = [2, 3, 4, 5, 6, 7, 8, 9]
    found = [verdicts.judge(synthetic.result(kind)).number for kind in synthetic.KINDS]
    assert found == expected
    assert verdicts.judge(synthetic.result("nonfinite")).number == 1
    assert verdicts.judge(synthetic.result("crashed")).number == 0


def test_every_verdict_has_a_meaning():
    assert set(verdicts.MEANING) == set(Verdict)


def with_holes(made, rng):
    """The same with a tenth of the values of each curve missing."""
    curves = {
        name: [None if name != "step" and rng.random() < 0.1 else value for value in values]
        for name, values in made.curves.items()
    }
    return dataclasses.replace(made, curves=curves)


def test_many_trials_are_judged_as_each_alone():
    """Of different kinds, lengths and criteria, with holes in half of them; in no order."""
    rng = np.random.default_rng(6)
    made = [
        trial(kind, seed, {"modes": m, "criterion": {"modes": [">=", m]}}, evaluations=n)
        for kind in synthetic.KINDS
        for seed, (m, n) in enumerate([(8, 100), (8, 100), (4, 100), (8, 60), (8, 3)])
    ]
    made += [with_holes(run, rng) for run in made]
    made += [synthetic.result(kind, seed=s) for kind in ("nonfinite", "crashed") for s in (0, 1)]
    made = [made[i] for i in rng.permutation(len(made))]
    together, alone = verdicts.judge_all(made), [verdicts.judge(run) for run in made]
    assert [(j.verdict, j.rule, j.number) for j in together] == [
        (j.verdict, j.rule, j.number) for j in alone
    ]
    assert len({j.verdict for j in alone}) >= 8
    for found, expected in zip(together, alone, strict=True):
        if expected.numbers:
            for name, value in vars(expected.numbers).items():
                assert getattr(found.numbers, name) == pytest.approx(value, rel=1e-9, nan_ok=True)
        else:
            assert found.numbers is None


# --- without a q ---------------------------------------------------------------------------------

ON_Q = {"criterion": {"q": ["<=", 0.65]}, "q_missing": "the data are Gaussian to RND-FD"}


@pytest.mark.parametrize(
    "criterion", [ON_Q["criterion"], synthetic.FACTS["criterion"] | ON_Q["criterion"]]
)
@pytest.mark.parametrize("kind", synthetic.KINDS)
def test_no_verdict_rests_on_a_q_that_is_missing(kind, criterion):
    """Only a collapse shows without it: in modes and in distances of samples to one another."""
    found = verdicts.judge(trial(kind, facts=ON_Q | {"criterion": criterion}, q=None))
    expected = (
        ("collapsed", "one place", 3) if kind == "collapsed" else ("none", "not measurable", 0)
    )
    assert (found.verdict, found.rule, found.number) == expected


def test_what_does_not_rest_on_q_holds_without_it():
    weights = {"weight_norm": [1.0] * 150 + [120.0] * 50}
    assert verdicts.judge(trial(facts=ON_Q, signals=weights, q=None)).rule == "weights ran away"
    assert verdicts.judge(synthetic.result("nonfinite")).rule == "not finite"
    assert verdicts.judge(trial("converged", q=None)).verdict == "converged"  # modes and quality
    assert verdicts.judge(trial("mode_drop", q=None)).rule == "not measurable"
    ratio = [0.9] * 75 + [0.01] * 25
    assert verdicts.judge(trial(facts=ON_Q, pairwise_ratio=ratio, q=None)).rule == "one place"


def test_a_q_that_is_missing_now_and_then_is_judged_by_what_there_is():
    q = [None if i % 3 else 0.1 for i in range(100)]
    facts = {"criterion": {"fd": ["<=", 1.0]}}
    assert verdicts.judge(trial("converged", facts=facts, q=q)).verdict == "converged"
    assert verdicts.judge(trial(q=[0.9] * 80 + [None] * 20)).rule == "not measurable"
    assert verdicts.judge(trial(q=[0.9] * 99 + [None])).verdict == "stalled"


def test_the_outcome_of_a_trial_that_is_not_measurable_is_its_status():
    from bench.analysis.frame.rows import rows
    from bench.analysis.tables.outcomes import OUTCOMES

    (row,) = rows([trial(facts=ON_Q, q=None)])
    assert (row["outcome"], row["verdict"]) == ("completed", "none")
    assert row["outcome"] in OUTCOMES
    assert np.isnan([row["q"], row["q_tail"], row["converged_at"], row["rule.swing"]]).all()


@pytest.mark.parametrize("known", [3, 4, 5])
def test_a_criterion_whose_metric_is_missing_is_not_called_failed(known):
    """With 4 of 20 evaluations that fail it, the other 16 can still make 80 %."""
    mine = [None] * 80 + [0.0] * known + [None] * (20 - known)
    facts = {"criterion": {"modes": [">=", 8], "mine": [">=", 0.5]}}
    found = verdicts.judge(trial("converged", facts=facts, q=0.1, mine=mine))
    assert found.rule == ("no other rule" if known == 5 else "not measurable")
    failed = verdicts.judge(trial("converged", facts=facts, q=0.1, mine=mine, modes=7))
    assert failed.verdict == "mode_drop"
    stalled = verdicts.judge(trial("converged", facts=facts, q=1.0, mine=mine, modes=7))
    assert stalled.verdict == "stalled"
