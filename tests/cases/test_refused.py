"""What cannot work, or would have no effect, is said when it is read."""

import importlib
import sys

import pytest

from bench import catalogue, grid
from bench.analysis import declared, guards
from bench.grid.source import GridError

HEAD = '[sweep]\ntasks = ["ring8"]\nseeds = [0]\nsteps = 30\nevaluations = 6\n'


@pytest.fixture
def said(tmp_path):
    """The refusal of a sweep without its place, or None."""

    def read(text):
        file = tmp_path / "x.toml"
        file.write_text(text)
        try:
            grid.load(file)
        except GridError as error:
            place, _, reason = str(error).partition(": ")
            return reason if place.rpartition(":")[2].isdigit() else f"no line in {place}"
        return None

    return read


NUMBERS = {
    "a momentum of 1": ("ns", "adam.beta1 = 1.0", "adam.beta1 = 1 is outside [0, 1)"),
    "a decay above 1": ("ns", "adam.beta2 = 9.99", "adam.beta2 = 9.99 is outside [0, 1)"),
    "a penalty that rewards": ("r1", "r1.gamma = -1", "r1.gamma = -1 is outside [0, inf)"),
    "a rate of 0": ("ns", "lr_g = 0", "lr_g = 0 is outside (0, inf)"),
    "beyond float32": ("ns", "lr_g = 1e300", "beyond what training can hold"),
    "a factor that is beyond float32": ("ns", 'lr_g = "x1e45"', "beyond what training can hold"),
    "a factor that comes to nothing": ("ns", 'lr_d = "x1e-44 lr_g"', "is 0 in the precision"),
    "eps below 0": ("ns", "adam.eps = -1.0", "adam.eps = -1 is outside (0, inf)"),
    "an eps that stops all": ("ns", "adam.eps = 1e30", "adam: eps = 1e+30 divides every step"),
    "the same of rmsprop": ("wgan", "rmsprop.eps = 2.0", "rmsprop: eps = 2 divides every step"),
    "not a number": ("ns", "lr_g = nan", "a finite number"),
    "infinity": ("ns", "lr_g = [1e-3, inf]", "a finite number"),
    "a truth": ("ns", "lr_g = true", "lr_g"),
    "a number in quotes": ("ns", 'lr_g = "1e-3"', "lr_g"),
    "a list in a list": ("ns", "lr_g = [[1e-3]]", "lr_g"),
    "half a step": ("lookahead", "lookahead.period = 2.5", "not a whole number"),
    "a period that never ends": (
        "lookahead",
        "lookahead.period = 5000",
        "lookahead.period = 5000 in trials of 30 steps would have no effect",
    ),
}


@pytest.mark.parametrize("case", NUMBERS)
@pytest.mark.filterwarnings("ignore::bench.gan.methods.rules.DoubtfulMethod")
def test_case_06_each_part_knows_the_range_of_its_numbers(case, said):
    method, number, reason = NUMBERS[case]
    found = said(f'{HEAD}methods = ["{method}"]\n[grid]\n{number}\n')
    assert reason in (found or ""), found
    own = said(f'{HEAD}[[method]]\nname = "x"\nbase = "{method}"\ngrid.{number}\n')
    assert reason in (own or ""), own


def test_numbers_at_the_ends_are_taken(said):
    for method, number in (
        ("ns", "adam.eps = 1"),
        ("ns", "lr_g = 1e30"),
        ("r1", "r1.gamma = 0"),
        ("lookahead", "lookahead.period = 30"),
    ):
        assert said(f'{HEAD}methods = ["{method}"]\n[grid]\n{number}\n') is None, number


def test_a_penalty_that_is_due_after_the_end(said):
    text = f'{HEAD}[[method]]\nname = "x"\nbase = "r1"\nlazy = 31\n'
    assert "lazy = 31 in trials of 30 steps would have no effect" in said(text)
    assert said(text.replace("31", "30")) is None


BATCHES = {
    "fewer than generators": ("ring8", "mad_gan", 2, "generators = 3 with a batch of 2"),
    "no group": ("ring8", "minibatch_std", 6, "4"),
    "none": ("ring8", "ns", 0, "batch"),
    "below none": ("ring8", "ns", -4, "batch"),
}


@pytest.mark.parametrize("case", BATCHES)
@pytest.mark.filterwarnings("ignore::bench.gan.methods.rules.DoubtfulMethod")
def test_case_07_a_batch_that_a_part_cannot_have(case, said):
    task, method, batch, reason = BATCHES[case]
    found = said(f'{HEAD}methods = ["{method}"]\n[task.{task}]\nbatch = {batch}\n')
    assert reason in (found or ""), found


DEF = '    """weight * d(real)^2 -> [B]. Ours."""\n    return d(real) ** 2\n'
PARTS = {
    "positional": (
        f"@regularizer\ndef wrong(d, real, fake, key, weight=1.0):\n{DEF}",
        "wrong: weight: make it keyword-only",
    ),
    "positional only": (
        f"@regularizer\ndef wrong(d, real, fake, key, weight=1.0, /):\n{DEF}",
        "wrong: weight: make it keyword-only",
    ),
    "a generator": (
        f"@regularizer\ndef wrong(d, real, fake, key):\n{DEF.replace('return', 'yield')}",
        "wrong is a generator, which gives no value: return in place of yield",
    ),
    "a coroutine": (
        f"@regularizer\nasync def wrong(d, real, fake, key):\n{DEF}",
        "wrong is a coroutine, which nobody would wait for: leave async out",
    ),
    "a class": (
        "@regularizer\nclass Wrong:\n    pass\n",
        "Wrong is a class: decorate a function",
    ),
    "a lambda": (
        "regularizer(lambda d, real, fake, key: d(real) ** 2)\n",
        "<lambda> is a function without a name: write def NAME(...)",
    ),
    "a partial": (
        f"import functools\ndef f(d, real, fake, key):\n{DEF}\n"
        "regularizer(functools.partial(f, key=1))\n",
        "partial has no name of its own: write def NAME(...)",
    ),
    "an object": (
        "class C:\n    def __call__(self, d, real, fake, key):\n        return d(real)\n"
        "regularizer(C())\n",
        "C has no name of its own",
    ),
    "a metric that is a coroutine": (
        '@metric(better="lower")\nasync def wrong(real, fake, instrument):\n    """It."""\n',
        "wrong is a coroutine",
    ),
}


@pytest.mark.parametrize("case", PARTS)
def test_case_11_the_form_of_a_function_is_checked(case, tmp_path, capsys):
    source, reason = PARTS[case]
    file = tmp_path / "mine.py"
    file.write_text(f"from bench.registry import metric, regularizer\n{source}")
    assert catalogue.main(["--check", str(file)]) == 1
    told = capsys.readouterr()
    assert reason in told.out
    assert len((told.out + told.err).strip().splitlines()) == 1


def test_gradients_of_one_task_of_two_are_said(tmp_path):
    file = tmp_path / "x.toml"
    text = '[sweep]\ntasks = ["ring8", "digits8"]\nseeds = [0]\nmethods = ["ns"]\n'
    file.write_text(f"{text}gradients = {{ring8 = 2000}}\n")
    (line,) = grid.load(file).warnings
    assert line.startswith(f"warning: {file}:5: digits8: no gradients are given")
    for other in ("gradients = 2000\n", "steps = {ring8 = 2000}\n"):
        file.write_text(text + other)
        assert grid.load(file).warnings == ()


def test_a_module_that_declares_may_be_edited_and_loaded_again(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(declared, "TABLES", dict(declared.TABLES))
    text = (
        "from bench.analysis.declared import table\n{}"
        '@table(title="It")\ndef it_{}(findings):\n    """It."""\n'
    )
    file = tmp_path / "declares_it.py"
    file.write_text(text.format("", "one"))
    module = importlib.import_module("declares_it")
    file.write_text(text.format("\n\n# an edit\n", "one"))
    importlib.reload(module)
    assert declared.TABLES["it_one"].make is module.it_one
    twice = text.format("", "two") + text.format("", "two")
    (tmp_path / "declares_it_twice.py").write_text(twice)
    with pytest.raises(guards.BadDeclaration, match="already declared"):
        importlib.import_module("declares_it_twice")
