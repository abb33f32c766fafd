"""The cards that results have stored, merged and carried by a frame."""

import dataclasses

import pandas as pd
import pytest

from bench import report
from bench.analysis.frame import measured, read
from bench.analysis.tables import outcomes
from tests.analysis.synthetic import result, write
from tests.commands import LIGHT

LOW = {"name": "rough", "label": "roughness", "better": "lower", "ceiling": 9.0}
HIGH = {**LOW, "better": "higher", "floor": -4.0}


def stored(card, kind, seed):
    made = result(kind, method="r1", seed=seed)
    curves = {**made.curves, "rough": [float(seed)] * len(made.curves.get("step", ()))}
    facts = {**made.facts, "cards": {"rough": card}}
    return dataclasses.replace(made, curves=curves if made.curves else {}, facts=facts)


@pytest.mark.parametrize("order", [1, -1])
def test_the_card_of_most_results_counts_in_any_order(order):
    found = measured.merge([{"rough": c} for c in (LOW, HIGH, HIGH)][::order])
    assert (found.cards["rough"].worst, found.disputed) == (-4.0, ("rough",))
    equal = measured.merge([{"rough": c} for c in (LOW, HIGH)][::order])
    assert (equal.cards["rough"].worst, equal.disputed) == (-4.0, ("rough",))  # "higher" < "lower"


def test_equal_cards_are_no_dispute_and_ours_need_none():
    found = measured.merge([{}, {"rough": LOW, "q": {"label": "x"}}, {"rough": dict(LOW)}])
    assert set(found.cards) == {"rough"}
    assert found.disputed == ()


def test_a_frame_carries_them_through_what_tables_do_to_it(tmp_path):
    made = [stored(LOW, "converged", 0), stored(LOW, "stalled", 1), stored(LOW, "crashed", 2)]
    trials = read([write(tmp_path / "x", made)]).trials
    parts = [own for _, own in trials.groupby("task")]
    moved = (
        trials.copy(),
        trials[trials["seed"] > 0],
        trials.reindex(columns=trials.columns.union(["more"])),
        trials.assign(more=1).sort_values("seed").drop(columns="more").reset_index(drop=True),
        parts[0],
        pd.concat(parts),
    )
    for own in moved:
        assert measured.card("rough", own).worst == 9.0
        filled = outcomes.with_failures(own, ["rough"])
        assert filled.loc[filled["seed"] == 2, "rough"].tolist() == [9.0]


def test_the_page_says_where_results_disagree(tmp_path):
    folders = [
        write(tmp_path / name, [stored(card, "converged", seed) for seed in seeds])
        for name, card, seeds in (("a", LOW, (0,)), ("b", HIGH, (1, 2)))
    ]
    assert report.main([*map(str, folders), "-o", str(tmp_path / "page"), *LIGHT]) == 0
    text = (tmp_path / "page" / "report.md").read_text()
    assert "Results disagree about `rough`, a metric of a plugin." in text
    assert "roughness (higher is better, -4 to 9)" in text
    assert "Results disagree" not in _alone(folders[1], tmp_path)


def _alone(folder, out):
    report.main([str(folder), "-o", str(out / "alone"), *LIGHT])
    return (out / "alone" / "report.md").read_text()
