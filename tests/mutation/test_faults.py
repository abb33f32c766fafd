"""The tables of faults are of the code and of the tests of today."""

from __future__ import annotations

import pytest

from tests.mutation.faults import TABLES, Fault, faults, outdated


@pytest.mark.parametrize("table", sorted(path.stem for path in TABLES.glob("*.toml")))
def test_every_fault_can_be_put_in_and_its_tests_are_there(table):
    assert [f"{f.what}: {text}" for f in faults([table]) if (text := outdated(f))] == []


def test_what_is_out_of_date_is_said():
    file, test = "tests/mutation/faults.py", "tests/mutation/test_faults.py"
    here, gone = f"{test}::test_what_is_out_of_date_is_said[one]", f"{test}::test_that_is_gone"
    good = Fault("none", file, "def main() -> int:", "", "a fault", (test, here))
    assert outdated(good) == ""
    assert outdated(good._replace(file="tests/gone.py")) == "tests/gone.py is gone"
    assert outdated(good._replace(old="import ")).endswith(" times")
    assert outdated(good._replace(old="nowhere" + " there")).endswith(" 0 times")
    assert outdated(good._replace(tests=(here, gone))) == f"no test {gone}"
