"""Several comparisons: what is decided at which level, and the family-wise error.

10,000 simulated families for each number (`test_families_under_every_mix`, seed 23): the share with
a false finding, in %, when none, one, two, ... of m hypotheses are false; the Monte-Carlo error is
0.2. By Pocock's function nothing was given up and the baseline's rate was 0.5, by O'Brien and
Fleming's the least difference was 0.3 and the rate 0.2.

     2  pocock          4.6  4.9
     2  obrien_fleming  4.0  4.0
     5  pocock          4.1  4.3  3.5  3.1  2.0
     5  obrien_fleming  2.9  3.8  3.2  2.8  2.1
    10  pocock          3.5  3.5  3.3  3.2  3.0  3.1  2.7  2.5  1.8  1.1
    10  obrien_fleming  2.5  2.7  2.8  2.9  2.6  2.3  1.9  1.7  1.5  1.2
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from bench.analysis.statistics.sequential import Design, State, boundaries, decide, decisions
from tests.analysis.statistics.sequential import simulated

LOOKS = (5, 10, 15, 20)


def crossed(tables, alpha: float, spending: str) -> bool:
    found = boundaries(Design(LOOKS, alpha, spending))
    return any(found.rejects[k][s1, s2] for k, (s1, s2) in enumerate(tables))


def closed(counts, alpha: float, spending: str) -> list[bool]:
    """The closed test in full: a hypothesis is rejected when every set of hypotheses with it is,
    and a set is when one of its members crosses at alpha over its size."""
    m = len(counts)
    own = [[crossed(tables, alpha / j, spending) for j in range(1, m + 1)] for tables in counts]
    sets = [[i for i in range(m) if bits >> i & 1] for bits in range(1, 2**m)]
    rejected = [any(own[i][len(group) - 1] for i in group) for group in sets]
    return [
        all(ok for group, ok in zip(sets, rejected, strict=True) if i in group) for i in range(m)
    ]


def families(m: int, number: int, seed: int):
    """Families of m comparisons with a common baseline, with counts at all looks."""
    rng = np.random.default_rng(seed)
    for _ in range(number):
        rates = rng.choice([0.05, 0.3, 0.6, 0.95], m + 1)
        hits = np.cumsum(rng.random((m + 1, LOOKS[-1])) < rates[:, None], axis=1)
        hits = hits[:, np.array(LOOKS) - 1]
        yield [[(int(a), int(b)) for a, b in zip(own, hits[0], strict=True)] for own in hits[1:]]


@pytest.mark.parametrize("spending", ["obrien_fleming", "pocock"])
def test_rejections_are_those_of_the_closed_test(spending):
    rejected = 0
    for counts in families(4, 150, seed=3):
        states = decisions(counts, 4, LOOKS, 0.05, spending)
        found = [state.decision in ("first", "second") for state in states]
        assert found == closed(counts, 0.05, spending)
        rejected += sum(found)
    assert 150 < rejected < 450


def test_a_rejected_comparison_passes_its_level_on():
    clear, near = [(0, 5), (0, 10)], [(1, 4), (4, 8)]
    alone = decisions([near], 2, LOOKS, 0.05, "pocock")
    both = decisions([clear, near], 2, LOOKS, 0.05, "pocock")
    assert alone[0].level == both[0].level == 0.025
    assert both[0].decision == "second"
    assert both[1].level == 0.05


def test_a_level_that_grows_may_reject_by_an_earlier_look():
    """Find counts that reject at 0.05 and not at 0.025 at the first look, and not at 0.05 later."""
    looks = (6, 12, 18)
    strict, loose = (boundaries(Design(looks, a, "pocock")) for a in (0.025, 0.05))
    only = np.argwhere(loose.rejects[0] & ~strict.rejects[0])
    a, b = next((int(a), int(b)) for a, b in only if a < b)
    near = [(a, b), (a + 4, b + 1)]
    assert not loose.rejects[1][near[1]]
    clear = [(3, 3), (0, 12)]
    assert not strict.rejects[0][clear[0]]
    assert strict.rejects[1][clear[1]]
    before = decisions([near[:1], clear[:1]], 2, looks, 0.05, "pocock")
    assert before == (State(0.025, "open"), State(0.025, "open"))
    after = decisions([near, clear], 2, looks, 0.05, "pocock")
    assert after[1] == State(0.025, "second", 1, 1)
    assert after[0] == State(0.05, "second", 0, 1)


def test_a_comparison_that_was_given_up_keeps_its_level():
    looks, least = (10, 20, 40), 0.3
    design = Design(looks, 0.025, "pocock", least)
    same, clear, other = [(5, 5), (10, 10)], [(0, 10), (0, 20)], [(5, 7), (9, 13)]
    assert decide(design, *same[1], 1) == "futile"
    states = decisions([same, other], 2, looks, 0.05, "pocock", least)
    assert states[0] == State(0.025, "futile", 1, 1)
    assert states[1].level == 0.025
    # The clear one passes its level on before; that of the one given up stays with it.
    states = decisions([same, clear[:1], other], 3, looks, 0.05, "pocock", least)
    assert states[1] == State(0.05 / 3, "second", 0, 0)
    assert states[0] == State(0.025, "futile", 1, 1)
    assert states[2].level == 0.025


def test_a_comparison_that_was_given_up_is_not_taken_up_again():
    looks, least = (10, 20, 40), 0.3
    same = [(5, 5), (10, 10)]
    before = decisions([same, [(5, 9), (9, 14)]], 2, looks, 0.05, "pocock", least)
    after = decisions([same, [(5, 9), (9, 14), (9, 34)]], 2, looks, 0.05, "pocock", least)
    assert before[0] == after[0] == State(0.025, "futile", 1, 1)
    assert (before[1].decision, after[1].decision) == ("open", "second")


def test_counts_after_a_comparison_was_given_up_do_not_reject():
    looks, least = (10, 20, 40), 0.3
    same = [(5, 5), (10, 10), (10, 30)]
    assert boundaries(Design(looks, 0.05, "pocock")).rejects[2][same[2]]
    other = [(5, 7), (9, 13), (10, 31)]
    states = decisions([same, other], 2, looks, 0.05, "pocock", least)
    assert states[0] == State(0.025, "futile", 1, 1)
    assert states[1] == State(0.025, "second", 2, 2)


def test_a_rejection_needs_one_at_every_greater_level():
    """6 of 10 against none are enough at 0.05 / 5 and not at 0.05 / 4, which spent more before."""
    looks, counts = (5, 10, 15, 20, 30, 40), [(2, 0), (6, 0)]
    found = {j: boundaries(Design(looks, 0.05 / j, "pocock")).rejects[1][6, 0] for j in (4, 5)}
    assert found == {4: False, 5: True}
    null = [(2, 2), (4, 4)]
    states = decisions([counts, null, null, null, null], 5, looks, 0.05, "pocock")
    assert states[0] == State(0.01, "open")


def test_later_counts_change_no_earlier_decision():
    for counts in families(3, 60, seed=11):
        so_far = [{}, {}, {}]
        for look in range(len(LOOKS)):
            cut = [own[: look + 1] for own in counts]
            for i, state in enumerate(decisions(cut, 3, LOOKS, 0.05, "pocock", 0.4)):
                if so_far[i] and so_far[i].decision != "futile":
                    assert state == so_far[i]
                elif state.decision != "open":
                    assert state.known == look or state == so_far[i]
                    so_far[i] = state
        assert all(state for state in so_far)


def test_the_order_of_comparisons_does_not_count():
    for counts in families(3, 30, seed=7):
        states = decisions(counts, 3, LOOKS, 0.05, "pocock", 0.3)
        assert decisions(counts[::-1], 3, LOOKS, 0.05, "pocock", 0.3) == states[::-1]


def test_comparisons_without_counts_are_open():
    states = decisions([[], [(5, 0)]], 5, LOOKS, 0.05)
    assert states == (State(0.01, "open"), State(0.01, "open"))


def test_impossible_families_are_refused():
    for counts, m in (([[], []], 1), ([], 2), ([[(6, 0)]], 1), ([[(0, 0)] * 5], 1)):
        with pytest.raises(ValueError, match="give"):
            decisions(counts, m, LOOKS, 0.05)


def test_family_wise_error_of_a_few_families():
    """The quickest spending, no futility, rates near 1/2, where there is most to reject falsely."""
    found = simulated.false_findings(2, [], 0.5, 600, 5, LOOKS, "pocock", None)
    assert 0.01 < found <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 600)


MIXES = [
    (m, false, baseline, spending, least)
    for m in (2, 5, 10)
    for false in range(m)
    for baseline, spending, least in (
        (0.5, "pocock", None),
        (0.2, "obrien_fleming", 0.3),
    )
]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("m", "false", "baseline", "spending", "least"), MIXES)
def test_families_under_every_mix(m, false, baseline, spending, least):
    """Of m comparisons with one baseline, `false` have rates that differ, by much or little."""
    others = [baseline + 0.45 if i % 2 == 0 else baseline - 0.15 for i in range(false)]
    looks, races = (5, 10, 15, 20, 30, 40), 10_000
    found = simulated.false_findings(m - false, others, baseline, races, 23, looks, spending, least)
    print(f"m={m} false={false} baseline={baseline} {spending} least={least}: {found:.4f}")
    assert found <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / races)
