"""The error of a race: exact, for every common rate, at every look.

20,000 simulated races of each of three designs (`test_simulated_races`, seed 17), with equal rates:

    looks                            spending          rate   rejected    counted
    5, 10, 15, 20, 30, 40            obrien_fleming    0.5       4.09 %    4.00 %
    10, 20, 40, 60                   pocock            0.15      3.53 %    3.54 %
    5, 8, 13, 21, 30, 40, 50, 60     pocock            0.7       4.74 %    4.72 %
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from bench.analysis.statistics import boschloo
from bench.analysis.statistics.sequential import SPENDING, Design, boundaries, decide, needed
from bench.analysis.statistics.sequential.design import spent
from tests.analysis.statistics.sequential import paths, simulated

RATES = np.linspace(0, 1, 1001)

FEW = [(2, 5), (5, 7, 12), (3, 4, 5, 11, 16), (5, 10, 15, 20, 30, 40)]
MANY = [
    (5, 60),
    (20, 40),
    (7, 19, 33),
    (10, 20, 40, 60),
    (5, 10, 15, 20, 25),
    (6, 12, 13, 14, 15, 50),
    (5, 10, 15, 20, 25, 30, 35),
    (5, 8, 13, 21, 30, 40, 50, 60),
]


def exact(looks: tuple[int, ...], spending: str, alpha: float) -> None:
    """The size of a design is what it says, and no more than it may be, at every look."""
    design = Design(looks, alpha, spending)
    found = boundaries(design)
    worst = paths.size(looks, found.rejects, RATES).max(axis=1)
    assert (worst <= np.array(spent(design)) * (1 + 1e-7)).all()
    # The worst of a grid is at most the worst of all, and close to it.
    assert (worst <= found.spent * (1 + 1e-7)).all()
    np.testing.assert_allclose(worst, found.spent, rtol=2e-3)


@pytest.mark.parametrize("spending", SPENDING)
@pytest.mark.parametrize("looks", FEW, ids=str)
def test_size_is_exact(looks, spending):
    exact(looks, spending, 0.05)


def test_size_is_exact_at_a_level_that_both_arms_reach():
    """A race that one arm has won is not won again by the other."""
    exact((2, 6, 14), "pocock", 0.7)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.1, 0.05, 0.005])
@pytest.mark.parametrize("spending", SPENDING)
@pytest.mark.parametrize("looks", [*FEW, *MANY], ids=str)
def test_size_is_exact_for_every_design(looks, spending, alpha):
    exact(looks, spending, alpha)


@pytest.mark.parametrize("spending", SPENDING)
def test_no_table_more_could_reject(spending):
    """One table more at a look, the next in Fisher's order on each side, spends too much."""
    design = Design((4, 9, 15), 0.05, spending)
    found, limits = boundaries(design), spent(design)
    for k, n in enumerate(design.looks):
        p = {
            (a, b): stats.hypergeom.sf(a - 1, 2 * n, a + b, n)
            for a in range(n + 1)
            for b in range(a)
            if not found.rejects[k][a, b]
        }
        least = min(p.values())
        more = [table.copy() for table in found.rejects]
        for (a, b), own in p.items():
            if math.isclose(own, least, rel_tol=1e-9):
                more[k][a, b] = more[k][b, a] = True
        sizes = paths.size(design.looks, more, RATES).max(axis=1)
        assert sizes[k] > limits[k]
        assert not found.rejects[k][np.diag_indices(n + 1)].any()


@pytest.mark.parametrize("alpha", [0.2, 0.05, 0.05 / 3, 0.001])
@pytest.mark.parametrize("n", [1, 2, 5, 12, 20, 40])
def test_one_look_is_boschloos_test(n, alpha):
    found = boundaries(Design((n,), alpha)).rejects[0]
    np.testing.assert_array_equal(found, boschloo.rejected(n, alpha))


@pytest.mark.slow
@pytest.mark.parametrize("n", range(1, 61))
def test_one_look_is_boschloos_test_for_all_seeds(n):
    for alpha in (0.1, 0.05, 0.025, 0.05 / 3, 0.01, 0.005):
        test_one_look_is_boschloos_test(n, alpha)


def test_one_look_rejects_as_scipy_does():
    found = boundaries(Design((7,), 0.05)).rejects[0]
    for a in range(8):
        for b in range(8):
            table = [[a, b], [7 - a, 7 - b]]
            one = stats.boschloo_exact(table, "greater").pvalue if 0 < a + b < 14 else 1.0
            other = stats.boschloo_exact(table, "less").pvalue if 0 < a + b < 14 else 1.0
            assert found[a, b] == (2 * min(one, other) <= 0.05), (a, b)


def test_error_is_spent_as_lan_and_demets_say():
    obf = spent(Design((10, 20, 40), 0.05))
    z = stats.norm.ppf(1 - 0.0125)
    np.testing.assert_allclose(obf[:2], 4 * stats.norm.sf([z / 0.5, z / math.sqrt(0.5)]))
    pocock = spent(Design((10, 20, 40), 0.05, "pocock"))
    expected = [0.05 * math.log(1 + (math.e - 1) * t) for t in (0.25, 0.5)]
    np.testing.assert_allclose(pocock[:2], expected)
    assert obf[2] == pocock[2] == 0.05
    assert obf[0] < pocock[0] / 100


def test_what_an_early_look_cannot_spend_is_spent_later():
    """2 seeds cannot reject at all; the second look has its error too."""
    found = boundaries(Design((2, 8, 20), 0.05, "pocock"))
    assert not found.rejects[0].any()
    assert math.isinf(found.critical[0])
    assert math.isinf(found.apart[0])
    assert found.spent[0] == 0 < found.spent[1]
    later = boundaries(Design((8, 20), 0.05, "pocock"))
    np.testing.assert_array_equal(found.rejects[1], later.rejects[0])


def test_boundaries_treat_both_arms_and_both_outcomes_alike():
    found = boundaries(Design((5, 12, 17), 0.05, "pocock", 0.3))
    for tables in (found.rejects, found.futile):
        for table in tables:
            np.testing.assert_array_equal(table, table.T)
            np.testing.assert_array_equal(table, table[::-1, ::-1].T)


def test_outcomes_that_are_alike_reject_less():
    """Both arms have the same seeds, which may fail together: never more than independent ones."""
    design = Design((5, 10, 15), 0.05, "pocock")
    rejects = boundaries(design).rejects
    for rate in (0.1, 0.3, 0.5, 0.8):
        found = []
        for together in (0.0, 0.1, 0.4, 0.9):
            apart = rate * (1 - rate) * (1 - together)
            moves = (1 - rate - apart, apart, apart, rate - apart)
            ended = paths.endings(design.looks, rejects, moves)
            found.append(
                sum(
                    chance
                    for tables, at in zip(ended, rejects, strict=True)
                    for table, chance in tables.items()
                    if at[table]
                )
            )
        assert found[0] <= 0.05
        assert sorted(found, reverse=True) == found


def test_decisions_name_the_better_arm():
    design = Design((5, 15, 20), 0.05, "pocock", 0.4)
    assert decide(design, 5, 0, 0) == "first"
    assert decide(design, 3, 14, 1) == "second"
    assert decide(design, 3, 2, 0) == "open"
    assert decide(design, 8, 8, 1) == "futile"
    assert decide(design, 10, 10, 2) == "undecided"
    for wrong in ((6, 0, 0), (0, -1, 0), (0, 0, 3), (0, 0, -1)):
        with pytest.raises(ValueError, match="give from 0 to"):
            decide(design, *wrong)


def test_a_difference_lies_beyond_its_boundary_just_where_it_rejects():
    design = Design((5, 12, 17), 0.05, "pocock")
    for k, n in enumerate(design.looks):
        for a in range(n + 1):
            for b in range(n + 1):
                beyond = abs(a - b) / n >= needed(design, a, b, k)
                assert beyond == boundaries(design).rejects[k][a, b]
    assert needed(design, 6, 6, 1) == needed(design, 2, 10, 1) == 6 / 12
    assert math.isinf(needed(design, 0, 1, 1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"looks": ()},
        {"looks": (5, 5)},
        {"looks": (0, 5)},
        {"looks": (5, 501)},
        {"alpha": 0},
        {"alpha": 1.0},
        {"spending": "haybittle"},
        {"least": 0.0},
        {"least": 1.5},
    ],
    ids=str,
)
def test_impossible_designs_are_refused(wrong):
    with pytest.raises(ValueError, match="give"):
        Design(**{"looks": (5, 10), "alpha": 0.05, **wrong})


SIMULATED = [
    (Design((5, 10, 15, 20, 30, 40), 0.05), 0.5),
    (Design((10, 20, 40, 60), 0.05, "pocock"), 0.15),
    (Design((5, 8, 13, 21, 30, 40, 50, 60), 0.05, "pocock"), 0.7),
]


@pytest.mark.slow
@pytest.mark.parametrize(("design", "rate"), SIMULATED, ids=str)
def test_simulated_races(design, rate):
    """Neither more than alpha, nor other than the paths that were counted."""
    look, sign = simulated.ends(design, rate, rate, 20_000, seed=17)
    found = np.mean(sign != 0)
    error = math.sqrt(0.05 * 0.95 / 20_000)
    counted = paths.size(design.looks, boundaries(design).rejects, np.array([rate]))[:, 0]
    print(f"{design} at {rate}: {found:.4f} simulated, {counted[-1]:.4f} counted")
    assert found <= 0.05 + 3 * error
    for k in range(len(design.looks)):
        assert np.mean((sign != 0) & (look <= k)) == pytest.approx(counted[k], abs=4 * error)
