"""Many of anything: methods, tasks, seeds, settings. Tables are bounded in time and in size."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bench.analysis import statistics
from bench.analysis.frame import load
from bench.analysis.frame.labels import slug
from bench.analysis.statistics import boschloo, groups, rates
from bench.analysis.tables import comparing, contrast, outcomes, ranking
from tests.analysis.synthetic import KINDS, result, write


def many(methods, tasks, seeds, settings=1):
    """A frame of made-up trials: what the tables of ranking and comparisons look at."""
    rng, rows = np.random.default_rng(0), []
    for task, method in itertools.product(range(tasks), range(methods)):
        good = rng.random()
        for lr, seed in itertools.product(range(settings), range(seeds)):
            ended = rng.choice(
                ["converged", "stalled", "diverged"], p=[good, 0.9 - 0.9 * good, 0.1 - 0.1 * good]
            )
            rows.append((f"task{task}", f"m{method:02d}", seed, 10.0 ** -(lr + 2), str(ended)))
    frame = pd.DataFrame(rows, columns=["task", "method", "seed", "lr_g", "outcome"])
    frame["status"] = np.where(frame["outcome"] == "diverged", "diverged", "completed")
    q = rng.random(len(frame)) + (frame["outcome"] == "stalled")
    return frame.assign(q_tail=q.mask(frame["status"] == "diverged"), q=q, deterministic=False)


def test_case_02_a_task_is_prepared_once_for_all_of_its_pairs(monkeypatch):
    frame = many(14, 2, 5)
    counts = {"filled": 0, "exact": 0}
    fill, exact = outcomes.with_failures, stats.boschloo_exact

    def filled(*arguments):
        counts["filled"] += 1
        return fill(*arguments)

    def tested(*arguments):
        counts["exact"] += 1
        return exact(*arguments)

    monkeypatch.setattr(contrast, "with_failures", filled)
    monkeypatch.setattr(stats, "boschloo_exact", tested)
    rates._exact_p.cache_clear()
    table = comparing.pairwise(frame)
    assert len(table) == 2 * 14 * 13 / 2
    assert counts["filled"] == 2  # and not once a pair
    assert counts["exact"] <= 12  # tables of 5 and 5: 36, less the same from the other side
    rng = np.random.default_rng(1)
    for row in (table.iloc[i] for i in rng.integers(0, len(table), 5)):
        own = frame[frame["task"] == row["task"]]
        alone = comparing.compare(own, row["method"], row["other"])
        for name in ("better", "p", "p_rates", "p_paired", "p_brunner_munzel"):
            assert alone[name] == pytest.approx(row[name], nan_ok=True)


def test_tests_that_are_remembered_are_those_of_scipy():
    rng = np.random.default_rng(2)
    for n, m in ((4, 4), (5, 6), (8, 7)):
        x, y = rng.integers(0, 6, n).astype(float), rng.integers(1, 7, m).astype(float)
        x[0] = y[0] = np.inf
        ranks = stats.rankdata(np.concatenate([x, y]))
        every = stats.PermutationMethod(n_resamples=10**6)
        expected = stats.mannwhitneyu(ranks[:n], ranks[n:], method=every)
        found = statistics.mann_whitney(x, y)
        assert found.p == pytest.approx(expected.pvalue)
        assert found.a12 == pytest.approx(statistics.a12(x, y))
    splits = groups._splits(7, 3)
    assert len(np.unique(splits, axis=0)) == 35
    k, j = np.meshgrid(range(9), range(9), indexing="ij")
    for a, b in zip(k.ravel()[::7].tolist(), j.ravel()[::7].tolist(), strict=True):
        expected = (
            stats.boschloo_exact([[a, b], [8 - a, 8 - b]]).pvalue if a + b not in (0, 16) else 1
        )
        assert statistics.compare_rates(a, 8, b, 8).p == pytest.approx(min(1, expected), abs=1e-6)


def test_the_level_changes_which_tables_are_rejected_and_not_their_p():
    strict, loose = boschloo.rejected(9, 0.01), boschloo.rejected(9, 0.05)
    assert strict.sum() < loose.sum()
    assert (loose | strict == loose).all()


def test_the_interval_of_the_interquartile_mean_is_that_of_the_bootstrap():
    values = np.array([0.1, 0.4, np.inf, 0.2, 0.9, 0.3, 0.35])
    slow = statistics.stratified_bootstrap([values], statistics.iqm, 0, reps=300)
    assert statistics.iqm_interval(values, 0, reps=300) == pytest.approx(slow)
    with pytest.raises(ValueError, match="without runs"):
        statistics.iqm_interval(np.empty(0), 0)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(60, 12, 3, 1), (3, 1, 2, 200), (5, 1, 400, 1), (18, 3, 10, 18)])
def test_many_of_anything_are_ranked_and_compared(sizes):
    frame = many(*sizes)
    methods, tasks, seeds, settings = sizes
    assert len(frame) == methods * tasks * seeds * settings
    evaluated = ranking.evaluate(frame, ["lr_g"])
    ranked = ranking.ranking(evaluated)
    pairs = comparing.pairwise(evaluated.trials, baseline="m00")
    assert len(ranked) == methods * tasks
    assert len(pairs) == tasks * methods * (methods - 1) / 2
    assert (pairs["p_holm"].dropna() <= 1).all()


def test_tasks_whose_files_would_have_one_name_are_told_apart(tmp_path):
    made = [
        result(kind, evaluations=20, options={"sigma": 0.1, "batch": 8, "mode": mode})
        for kind, mode in zip(KINDS, ("a b", "a_b", "A_B", "c"), strict=False)
    ]
    trials = load(write(tmp_path / "x", made))
    labels = trials["task"].unique()
    assert len(labels) == 4
    assert len({slug(label).casefold() for label in labels}) == 4
    assert "ring8 (mode=c)" in labels
