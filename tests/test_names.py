"""Names of facts and signals: declared once, and checked where they are written and read."""

from __future__ import annotations

import ast
import json
import pickle

import numpy as np
import pytest

from bench.analysis.verdicts.runs import Runs
from bench.gan.state import SIGNALS, reported
from bench.store.encoding import decode, encode
from bench.trial import Method, Result, Status, Trial
from bench.vocabulary.names import FACTS, Facts, UndeclaredName, declared
from tests import house

TRIAL = Trial("ring8", Method("ns"), 3, 20)


def result(**facts) -> Result:
    blocks = {"step": [10, 20], "loss_d": [1.0, 2.0], "old": [3.0, 4.0]}
    return Result(TRIAL, Status.COMPLETED, {"step": [20]}, blocks, facts)


def test_a_misspelled_fact_raises_where_it_is_read():
    facts = result(floor=0.5).facts
    assert (facts["floor"], facts.get("ceiling"), facts.get("modes", 7)) == (0.5, None, 7)
    for read in (lambda: facts["flor"], lambda: facts.get("flor"), lambda: facts.get("flor", 1)):
        with pytest.raises(UndeclaredName, match=r'no fact "flor" .*did you mean "floor"'):
            read()
    with pytest.raises(KeyError):
        facts["ceiling"]  # declared, and missing in this result


def test_a_misspelled_fact_raises_where_it_is_written():
    assert declared({"modes": 8}) == {"modes": 8}
    with pytest.raises(UndeclaredName, match='did you mean "modes"'):
        declared({"mode": 8})


def test_old_results_with_other_facts_load():
    stored = json.loads(encode(result(floor=0.5)))
    stored["facts"] = {"of_an_older_version": 3}
    old = decode(json.dumps(stored).encode())
    assert old.facts["of_an_older_version"] == 3
    assert old.facts.get("floor") is None
    assert decode(encode(old)) == old
    assert pickle.loads(pickle.dumps(old)) == old
    assert isinstance(pickle.loads(pickle.dumps(old)).facts, Facts)


def test_a_misspelled_signal_raises_where_it_is_read():
    runs = Runs([result(), result()])
    assert runs.blocks("loss_d").tolist() == [[1.0, 2.0]] * 2
    assert np.isnan(runs.blocks("loss_g")).all()  # declared, and missing
    assert runs.blocks("old").tolist() == [[3.0, 4.0]] * 2
    with pytest.raises(UndeclaredName, match=r'no training signal "los_d".*"loss_d"'):
        runs.blocks("los_d")


def test_the_facts_that_are_read_are_declared():
    """Where no test would come by: every fact that is named in the code of the analysis."""
    found = set()
    for name, tree in house.modules().items():
        for node in ast.walk(tree) if name.startswith(("bench.analysis", "bench.pack")) else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func)
                if owner.endswith(("facts.get", ".fact")) and isinstance(
                    node.args[0], ast.Constant
                ):
                    found.add(node.args[0].value)
    assert len(found) > 15
    assert found <= set(FACTS)


def test_a_misspelled_signal_raises_where_it_is_written():
    assert reported(loss_g=1, gradient_g=2) == {"loss_g": 1, "gradient_g": 2}
    with pytest.raises(UndeclaredName, match='did you mean "gradient_g"'):
        reported(loss_g=1, gradint_g=2)


def test_a_step_reports_the_declared_signals_in_their_order():
    assert SIGNALS[:2] == ("loss_g", "loss_d")
    assert SIGNALS[-1] == "weight_norm"  # which the steps of a block do not know
