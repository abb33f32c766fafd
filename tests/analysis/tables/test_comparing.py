"""Two methods side by side."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bench.analysis import statistics
from bench.analysis.report.sentences import sentences
from bench.analysis.statistics import boschloo
from bench.analysis.tables import comparing
from tests.analysis.tables.test_tables import trials

NAN = math.nan


def many(method, outcome, q, n=6):
    return [(method, outcome, q + i / 100) for i in range(n)]


def seeded(frame):
    return frame.assign(seed=frame.groupby("method").cumcount())


STALLED = trials(
    *many("ns", "mode_drop", 0.5),
    *many("good", "stalled", 0.1),
    *[("bad", "diverged", NAN)] * 5,
    ("bad", "stalled", 0.2),
    *[("few", "stalled", 0.1)] * 2,
).assign(seed=[*range(6), *range(6), *range(6), 0, 1])


def test_failures_rank_last_and_p_is_adjusted_for_all_comparisons():
    found = comparing.against(STALLED, "ns").set_index("method")
    assert found["better"].to_dict() == pytest.approx({"good": 1, "bad": 1 / 6, "few": 1})
    assert found.loc["good", "p"] == pytest.approx(2 / 924)
    assert found.loc["good", "p_holm"] == pytest.approx(2 * 2 / 924)
    assert found.loc["few", ["p", "p_holm"]].isna().all()
    assert found.loc["few", "smallest_p"] == pytest.approx(2 / 28)
    assert set(found["primary"]) == {"ranks"}


def test_seeds_pair_the_methods():
    found = comparing.against(STALLED, "ns").set_index("method")
    assert found.loc["good", "p_paired"] == pytest.approx(2 / 64)
    assert found.loc["good", "correlation"] == pytest.approx(1)


def test_rates_decide_where_some_trials_succeed_and_some_do_not():
    frame = trials(*many("ns", "stalled", 0.5), *many("good", "converged", 0.1, 5))
    row = comparing.against(seeded(frame), "ns").iloc[0]
    assert row["primary"] == "rates"
    assert row["p_rates"] == pytest.approx(stats.boschloo_exact([[5, 0], [0, 6]]).pvalue)
    assert row["rate difference"] == 1
    assert row["p_holm"] == row["p_rates"]
    assert comparing.decided(row)
    assert row["seeds"] == 0


def test_pairs_are_adjusted_within_their_task():
    both = pd.concat([STALLED, STALLED[STALLED["method"] != "few"].assign(task="other")])
    found = comparing.pairwise(both).set_index("task")
    assert (len(found.loc["ring8"]), len(found.loc["other"])) == (6, 3)
    first = found.loc["other"].iloc[0]
    assert (first["method"], first["other"]) == ("ns", "good")
    assert first["p_holm"] == pytest.approx(3 * 2 / 924)


@pytest.mark.parametrize("success", ["converged", "stalled"])
def test_a_metric_that_nobody_measured_leaves_the_rates(success):
    found = comparing.against(STALLED.drop(columns="q_tail"), "ns", success)
    assert found[["better", "p"]].isna().all(axis=None)
    assert found["p_holm"].tolist() == statistics.holm(found["p_rates"]).tolist()
    assert set(found["primary"]) == {"rates"}
    words = "\n".join(sentences(found))
    assert "good is better than ns by the rates" in words or success == "converged"


def test_without_the_baseline_there_are_no_rows_and_all_columns():
    found = comparing.against(STALLED, "nobody")
    assert (len(found), tuple(found)) == (0, comparing.COLUMNS)
    one = comparing.pairwise(STALLED[STALLED["method"] == "ns"])
    assert (len(one), tuple(one)) == (0, comparing.COLUMNS)


def test_words_say_who_is_better_how_sure_that_is_and_what_it_would_take():
    table = comparing.against(STALLED[STALLED["method"] != "few"], "ns")
    good, bad = ("\n".join(sentences(table[table["method"] == m])) for m in ("good", "bad"))
    assert "decision      good is better than ns by the ranks of q, and by much" in good
    assert "P(good better) = 1.00 (0.69 to 1.00), large; Cliff's delta +1.00" in good
    assert "decision      undecided by the ranks of q: a difference is not shown; Mann-" in bad
    p = table.set_index("method").loc["bad", "p"]  # the larger of the two: it stays
    assert f"Holm-adjusted p = {p:.2g} (2 comparisons against ns)" in bad
    needed = int(bad.rpartition("seeds needed  ")[2].split()[0])
    z = stats.norm.isf(0.05 / 2 / 2) + stats.norm.ppf(0.8)
    assert needed == math.ceil(z**2 / 6 / (1 / 6 - 0.5) ** 2)
    few = "\n".join(sentences(comparing.against(STALLED, "few")))
    assert "so few trials cannot reach 0.05" in few


def test_the_worse_one_may_come_first():
    frame = trials(*many("worse", "stalled", 0.5), *many("better", "stalled", 0.1))
    (line,) = (
        line for line in sentences(comparing.against(seeded(frame), "better"))
        if "decision" in line
    )  # fmt: skip
    assert "better is better than worse by the ranks of q, and by much; Mann-Whitney" in line


def test_no_effect_needs_no_number_of_seeds():
    frame = trials(*many("a", "stalled", 0.5), *many("b", "stalled", 0.5))
    table = comparing.against(seeded(frame), "b")
    assert np.isnan(table["seeds"]).all()
    assert "there is none" in "\n".join(sentences(table))


def test_where_a_method_lacks_seeds_the_common_ones_are_paired_and_it_is_said():
    part = STALLED[~((STALLED["method"] == "good") & STALLED["seed"].isin([2, 5]))]
    part = pd.concat([part, part[part["method"] == "good"].iloc[:1].assign(seed=17)])
    table = comparing.against(part, "ns").set_index("method")
    assert table["pairs"].to_dict() == {"good": 4, "bad": 6, "few": 2}
    x, y = ([q + s / 100 for s in (0, 1, 3, 4)] for q in (0.1, 0.5))
    assert table.loc["good", "p_paired"] != table.loc["bad", "p_paired"]
    assert math.isnan(table.loc["good", "p_paired"])  # 4 pairs never reach 0.05: 2 / 2^4
    assert stats.wilcoxon(x, y, method="exact").pvalue == pytest.approx(2 / 16)
    assert table.loc["good", "trials"] == 5
    words = {m: "\n".join(sentences(comparing.against(part, "ns"))) for m in ("good",)}
    assert "none paired by the 4 seeds in common: so few pairs cannot reach 0.05" in words["good"]
    assert "paired by seed p = " in words["good"]  # bad has all six
    apart = part.assign(seed=part["seed"].where(part["method"] == "ns", part["seed"] + 100))
    assert (comparing.against(apart, "ns")["pairs"] == 0).all()
    assert "none in common" in "\n".join(sentences(comparing.against(apart, "ns")))


def test_dunnett_needs_every_trial_to_have_a_value():
    whole = STALLED[STALLED["method"].isin(["ns", "good", "few"])]
    found = comparing.against(whole, "ns").set_index("method")["p_dunnett"]
    groups = [whole.loc[whole["method"] == m, "q_tail"] for m in ("good", "few")]
    control = whole.loc[whole["method"] == "ns", "q_tail"]
    with pytest.warns(RuntimeWarning, match="nearly identical"):  # of the two equal runs of "few"
        expected = stats.dunnett(*groups, control=control, rng=np.random.default_rng(1)).pvalue
    assert found[["good", "few"]].to_numpy() == pytest.approx(expected, abs=2e-3)
    assert comparing.against(STALLED, "ns")["p_dunnett"].isna().all()
    assert comparing.pairwise(whole)["p_dunnett"].isna().all()


def test_several_settings_of_one_seed_are_not_tested():
    """Forty trials of one seed are one: no p, and no number of seeds from their rates."""
    frame = pd.concat([STALLED[STALLED["method"] != "few"]] * 3).assign(seed=0)
    frame.loc[frame["method"] == "good", "outcome"] = "converged"
    table = comparing.against(frame, "ns").set_index("method")
    tests = ["p", "p_rates", "p_holm", "p_paired", "p_brunner_munzel", "seeds"]
    assert table[tests].isna().all(axis=None)
    assert set(table["primary"]) == {"no test"}
    words = "\n".join(sentences(comparing.against(frame, "ns")))
    assert "undecided: several settings of one seed are not independent" in words
    assert " p = " not in words


def test_a_pair_has_one_adjusted_p_in_whichever_order_it_is_named():
    found = comparing.pairwise(STALLED, baseline="ns")
    assert set(found["family"]) == {"against ns", "pairs on ring8 without ns"}
    there, back = comparing.pair(found, "bad", "ns"), comparing.pair(found, "ns", "bad")
    same = comparing.against(STALLED, "ns").set_index("method")
    assert there["p_holm"].item() == back["p_holm"].item() == same.loc["bad", "p_holm"]
    assert (there["seeds"] == back["seeds"]).all()
    assert there["better"].item() == pytest.approx(1 / 6)
    assert back["better"].item() == pytest.approx(5 / 6)
    assert there["better low"].item() == pytest.approx(1 - back["better high"].item())
    assert len(comparing.pair(found, "bad", "nobody")) == 0


def test_rates_and_ranks_of_one_family_are_adjusted_together():
    """Two comparisons, one by rates and one by ranks, are two tests and not twice one."""
    mixed = trials(
        *many("ns", "stalled", 0.5), *many("good", "converged", 0.1, 5), ("good", "stalled", 0.6)
    )
    ranked = trials(*many("ns", "stalled", 0.5), *[("good", "stalled", 0.5045)] * 6)
    both = pd.concat([seeded(mixed), seeded(ranked).assign(task="other")])
    found = comparing.against(both, "ns").set_index("task")
    assert found["primary"].to_dict() == {"ring8": "rates", "other": "ranks"}
    p = [found.loc["ring8", "p_rates"], found.loc["other", "p"]]
    assert found["p_holm"].tolist() == statistics.holm(p).tolist()
    assert set(found["comparisons"]) == {2}


@pytest.mark.parametrize("n", [3, 7, 10, 20])
@pytest.mark.parametrize("comparisons", [1, 2, 15])
def test_seeds_that_have_not_decided_are_not_said_to_be_enough(n, comparisons):
    """Every pair of counts that n seeds leave undecided asks for more than n."""
    rejects = boschloo.rejected(n, 0.05 / comparisons)
    for k in range(n + 1):
        for j in range(k):
            if not rejects[k, j]:
                assert statistics.seeds_for_rates(k / n, j / n, comparisons) > n


def test_the_seeds_that_are_asked_for_have_the_power():
    """Simulated with Boschloo's test itself, at the level after correction."""
    needed = statistics.seeds_for_rates(0.9, 0.3, 4)
    rng = np.random.default_rng(2)
    counts = rng.binomial(needed, [0.9, 0.3], (2000, 2))
    tables, times = np.unique(counts, axis=0, return_counts=True)
    p = [statistics.compare_rates(k, needed, j, needed).p for k, j in tables.tolist()]
    assert np.average(np.array(p) <= 0.05 / 4, weights=times) > 0.78
