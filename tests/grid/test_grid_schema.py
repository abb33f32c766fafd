"""The schema of a sweep's TOML: it takes whatever a sweep may hold, and refuses slips of the pen.

`tests/grid/conftest.py` holds every text that is loaded in this folder to it.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from bench import catalogue, ranges, registry
from bench.grid import methods, sweep
from bench.grid.checks import reference_values
from bench.grid.numbers import planned
from bench.grid.schema import numbers, schema, words
from bench.ranges import Range
from tests.grid.bad import SWEEP
from tests.grid.test_grid_bad import BAD

EXPERIMENTS = sorted((Path(__file__).parents[2] / "experiments").glob("*.toml"))


def faults(text: str, checker: jsonschema.Draft4Validator) -> list[str]:
    """The places of what a schema refuses in a TOML: "grid.r1.gamma"."""
    return [".".join(map(str, e.absolute_path)) for e in checker.iter_errors(tomllib.loads(text))]


@pytest.fixture(scope="module")
def ours():
    """The schema of the real catalogue."""
    return schema()


@pytest.fixture(scope="module")
def checker(ours):
    """One for all tests: making it goes through the whole schema."""
    return jsonschema.Draft4Validator(ours)


def test_it_is_a_schema_of_draft_4_without_what_other_validators_cannot_read(ours):
    jsonschema.Draft4Validator.check_schema(ours)
    text = json.dumps(ours)
    assert ours["$schema"] == "http://json-schema.org/draft-04/schema#"
    assert "(?" not in text  # looking ahead: not in every language
    assert not re.search(r'"(const|if|then|contains|propertyNames|\$defs)":', text)
    used = set(re.findall(r'"#/definitions/([^"]+)"', text))
    assert used <= set(ours["definitions"])


@pytest.mark.parametrize("file", EXPERIMENTS, ids=lambda file: file.stem)
def test_every_experiment_is_valid(checker, file):
    assert faults(file.read_text(encoding="utf-8"), checker) == []


HEAD = '[sweep]\ntasks = ["ring8"]\nseeds = "0..4"\n'
WITH = HEAD + 'methods = ["ns", "r1"]\n'
OWN = HEAD + '[[method]]\nname = "mine"\n'

GOOD = [
    HEAD.replace('"0..4"', "{ring8 = [0, 3]}") + 'steps = {ring8 = 10}\nmethods = ["ns"]\n',
    WITH + 'gradients = 20_000\n[task.ring8]\nsigma = [0.05, 0.1]\nnetwork = "residual"\n',
    WITH + '[grid]\nlr_g = [3e-4, "x3"]\nlr_d = "x4 lr_g"\nr1.gamma = 0\n',
    WITH + '[grid]\nlr_g = {schedule = "cosine", to = 0, warmup = 0.05}\n"r1.gamma" = 3\n',
    WITH + '[grid.r1]\ngamma = [1, {schedule = "linear", from = "x10", to = "x.1", until = 0.5}]\n',
    WITH + '[grid]\nlr_g = {schedule = "constant", warmup = 0.1}\n',
    WITH + "[[zip]]\nadam.beta1 = [0, 0.5]\nadam.beta2 = [0.9, 0.999]\n",
    WITH + "[random]\nsamples = 20\nseed = 0\nlr_g = {low = 1e-5, high = 1, scale = 'log'}\n",
    WITH + '[[exclude]]\nmethod = "r1"\nseed = "3..4"\nlr_g = [1e-3]\nr1.gamma = 7\n',
    WITH + '[analysis]\nsuccess = "converged"\nbaseline = "r1"\nbudgets = [0.2]\n',
    WITH + '[analysis.factors]\nmine = "lr_g"\nboth = ["regularizers", "normalizer"]\n',
    OWN + 'base = "r1"\nloss = "hinge"\nregularizers = []\nd_steps = 5\ngrid.lr_g = [1e-4]\n',
    OWN + 'trainer = "my_gan.py:train"\ngrid.train.lr = [1e-4, 3e-4]\n',
    OWN + 'command = ["node", "train.js", "{out}"]\nfiles = ["train.js"]\n',
    OWN.replace('"mine"', '"r1"') + 'tasks = ["ring8"]\n',
    WITH + '[[reference]]\ntask = "ring8"\nmethod = "r1"\nmetric = "modes"\nvalue = 8\n'
    'source = "x"\nat = {lr_g = 3e-4, sigma = 0.1}\n',
]


@pytest.mark.parametrize("text", GOOD)
def test_what_may_be_written(checker, text):
    assert faults(text, checker) == []


GOOD += [
    WITH.replace('seeds = "0..4"\n', "")
    + '[race]\nbaseline = "ns"\nlooks = [5, 10]\nleast = 0.3\n',
    WITH + '[race]\npairs = [["r1", "ns"]]\nlooks = "5, 10"\nspending = "pocock"\n',
    GOOD[-1].replace('method = "r1"', 'order = "<"\nmethod = ["r1", "ns"]'),
]


SLIPS = {
    "no seeds and no race": (WITH.replace('seeds = "0..4"\n', ""), ""),
    "a race's key": (WITH + '[race]\nbase = "ns"\nlooks = [5]\n', "race"),
    "a race's level": (WITH + "[race]\nlooks = [5]\nalpha = 2\n", "race.alpha"),
    "a race's spending": (WITH + '[race]\nlooks = [5]\nspending = "popcock"\n', "race.spending"),
    "a race without looks": (WITH + '[race]\nbaseline = "ns"\n', "race"),
    "a table": (WITH + "[gird]\nlr_g = 1\n", ""),
    "no sweep": ("[grid]\nlr_g = 1\n", ""),
    "no methods": (HEAD, ""),
    "a key": (WITH + "step = 5\n", "sweep"),
    "a task": (WITH.replace("ring8", "ring9"), "sweep.tasks.0"),
    "a method": (WITH.replace('"r1"', '"r11"'), "sweep.methods.1"),
    "a method twice": (WITH.replace('"r1"', '"ns"'), "sweep.methods"),
    "a list of none": (HEAD + "methods = []\n", "sweep.methods"),
    "seeds": (WITH.replace("0..4", "0-4"), "sweep.seeds"),
    "a seed below 0": (WITH.replace('"0..4"', "[0, -1]"), "sweep.seeds"),
    "a word for a number": (WITH + 'steps = "many"\n', "sweep.steps"),
    "steps with a point": (WITH + "steps = 5e3\n", "sweep.steps"),
    "no steps at all": (WITH + "steps = 0\n", "sweep.steps"),
    "steps of an unknown task": (WITH + "steps = {ring9 = 5}\n", "sweep.steps"),
    "steps and gradients": (WITH + "steps = 5\ngradients = 10\n", "sweep"),
    "an option": (WITH + "[task.ring8]\nsgima = 0.1\n", "task.ring8"),
    "an option's range": (WITH + "[task.ring8]\nsigma = 0\n", "task.ring8.sigma"),
    "an option's range in a list": (WITH + "[task.ring8]\nsigma = [1, -1]\n", "task.ring8.sigma"),
    "a count with a point": (WITH + "[task.ring8]\nbatch = 64.0\n", "task.ring8.batch"),
    "a network": (WITH + '[task.ring8]\nnetwork = "mpl"\n', "task.ring8.network"),
    "a network of images": (WITH + '[task.ring8]\nnetwork = "dcgan"\n', "task.ring8.network"),
    "a function": (WITH + '[task.ring8]\ngenerator = "nets"\n', "task.ring8.generator"),
    "truth for a number": (WITH + "[task.ring8]\nsigma = true\n", "task.ring8.sigma"),
    "a word for truth": (WITH + '[task.dirac]\nbias = "yes"\n', "task.dirac.bias"),
    "a hyper-parameter": (WITH + "[grid]\nr1.gama = 1\n", "grid.r1"),
    "a part": (WITH + "[grid]\nr11.gamma = 1\n", "grid"),
    "a hyper-parameter in quotes": (WITH + '[grid]\n"r1.gama" = 1\n', "grid"),
    "an axis of none": (WITH + "[grid]\nlr_g = []\n", "grid.lr_g"),
    "a rate of 0": (WITH + "[grid]\nlr_g = [1e-3, 0]\n", "grid.lr_g"),
    "beta1 = 1": (WITH + "[grid]\nadam.beta1 = 1\n", "grid.adam.beta1"),
    "a penalty below 0": (WITH + "[grid]\nr1.gamma = [-1]\n", "grid.r1.gamma"),
    "beyond float32": (WITH + "[grid]\nlr_g = 1e39\n", "grid.lr_g"),
    "part of a step": (WITH + "[grid]\nextragradient.lookahead = 1\nlookahead.k = 1.5\n", "grid."),
    "a factor of 0": (WITH + '[grid]\nlr_g = "x0"\n', "grid.lr_g"),
    "a factor below 0": (WITH + '[grid]\nlr_g = ["x-1"]\n', "grid.lr_g"),
    "a factor without a number": (WITH + '[grid]\nlr_g = "times 4"\n', "grid.lr_g"),
    "a tie": (WITH + '[grid]\nlr_d = "x4 lr_gg"\n', "grid.lr_d"),
    "a schedule": (WITH + '[grid]\nlr_g = {schedule = "cosin", to = 0}\n', "grid.lr_g"),
    "a schedule's key": (WITH + '[grid]\nlr_g = {schedule = "cosine", too = 0}\n', "grid.lr_g"),
    "a schedule to nowhere": (WITH + '[grid]\nlr_g = {schedule = "cosine"}\n', "grid.lr_g"),
    "a schedule's range": (
        WITH + '[grid]\nadam.beta1 = {schedule = "cosine", to = 2}\n',
        "grid.adam.beta1",
    ),
    "a share": (WITH + '[grid]\nlr_g = {schedule = "linear", to = 0, until = 2}\n', "grid.lr_g"),
    "a zip of no list": (WITH + "[[zip]]\nlr_g = 1\nlr_d = [1]\n", "zip.0.lr_g"),
    "a zip as one table": (WITH + "[zip]\nlr_g = [1]\nlr_d = [1]\n", "zip"),
    "random without samples": (WITH + "[random]\nseed = 0\nlr_g = {low = 1, high = 2}\n", "random"),
    "random's scale": (
        WITH + '[random]\nsamples = 1\nseed = 0\nlr_g = {low = 1, high = 2, scale = "lug"}\n',
        "random.lr_g.scale",
    ),
    "random's range": (
        WITH + "[random]\nsamples = 1\nseed = 0\nlr_g = {low = 0, high = 2}\n",
        "random.lr_g.low",
    ),
    "a method's name": (OWN.replace("mine", "my method"), "method.0.name"),
    "a method of no catalogue": (OWN.replace("mine", "r11"), "method.0"),
    "a method's key": (OWN + 'regularizer = "r1"\n', "method.0"),
    "a loss": (OWN + 'loss = "hing"\n', "method.0.loss"),
    "a regularizer": (OWN + 'regularizers = ["r1", "r3"]\n', "method.0.regularizers.1"),
    "a regularizer alone": (OWN + 'regularizers = "r1"\n', "method.0.regularizers"),
    "a base": (OWN + 'base = "r11"\n', "method.0.base"),
    "a count": (OWN + 'base = "r1"\nd_steps = 0\n', "method.0.d_steps"),
    "a name that is taken": (OWN.replace("mine", "r1") + 'loss = "hinge"\n', "method.0"),
    "a trainer with a loss": (OWN + 'trainer = "a.py:f"\nloss = "hinge"\n', "method.0"),
    "a trainer": (OWN + 'trainer = "vea"\n', "method.0.trainer"),
    "a command without files": (OWN + 'command = ["./run"]\n', "method.0"),
    "an axis of a method": (OWN + 'base = "r1"\ngrid.r1.gama = 1\n', "method.0.grid.r1"),
    "a verdict": (WITH + '[analysis]\nsuccess = "converges"\n', "analysis.success"),
    "a factor that is a number": (
        WITH + "[analysis.factors]\nrate = 3\nmine = 'loss'\n",
        "analysis.factors.rate",
    ),
    "a whole budget": (WITH + "[analysis]\nbudgets = [1]\n", "analysis.budgets.0"),
    "a reference's metric": (
        WITH + '[[reference]]\ntask = "ring8"\nmethod = "r1"\nmetric = "mods"\nvalue = 8\n'
        'source = "x"\n',
        "reference.0.metric",
    ),
    "a rate above 1": (
        WITH + '[[reference]]\ntask = "ring8"\nmethod = "r1"\nmetric = "success"\nvalue = 8\n'
        'source = "x"\n',
        "reference.0",
    ),
    "a reference without a source": (
        WITH + '[[reference]]\ntask = "ring8"\nmethod = "r1"\nmetric = "modes"\nvalue = 8\n',
        "reference.0",
    ),
    "an exclude of a word": (WITH + '[[exclude]]\nlr_g = "1"\n', "exclude.0.lr_g"),
    "an exclude's key": (WITH + "[[exclude]]\nlr_h = 1\n", "exclude.0"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_refused_where_it_stands(checker, slip):
    text, place = SLIPS[slip]
    found = faults(text, checker)
    assert any(one.startswith(place) for one in found), found


def test_most_of_what_a_sweep_refuses_is_refused_before_it_is_read(parts):
    """What only reading can say: combinations, files, and numbers of digits."""
    made = jsonschema.Draft4Validator(schema())
    assert faults(SWEEP, made) == []
    left, read = [], 0
    for name, (text, said) in BAD.items():
        try:
            found = faults(text if isinstance(text, str) else text.decode(), made)
        except (ValueError, RecursionError):
            continue  # no TOML
        read += 1
        left += [] if found else [(name, said)]
    assert len(left) < read / 3
    assert [name for name, said in left if re.search("unknown (key|hyper-|option)", said)] == []


RANGES = [
    *dict.fromkeys(
        limit for kind in registry.KINDS.values() for p in kind for limit in p.ranges.values()
    ),
    *[
        Range("[0, 1)"),
        Range("(0, 1]"),
        Range("> -2"),
        Range("[-3, 0]"),
        Range("(2, 9]", whole=True),
    ],
]
VALUES = (-1e39, -4, -3, -2, -1.5, -1, -0.5, 0, 0.3, 0.5, 1, 1.5, 2, 3, 9, 64, 65, 4097, 1e9, 1e39)


@pytest.mark.parametrize("limit", RANGES, ids=str)
def test_a_number_is_in_the_schema_where_it_is_in_its_range(limit):
    checker = jsonschema.Draft4Validator(numbers.number(limit))
    for value in VALUES:
        assert checker.is_valid(value) == (limit.fault(value) == ""), value
    assert not checker.is_valid(True)
    assert not checker.is_valid("1")


def test_a_part_of_ones_own_is_in_it_at_once(checker, tmp_path, capsys):
    file = tmp_path / "mine.py"
    file.write_text(
        "from bench.ranges import Share\nfrom bench.registry import regularizer\n\n\n"
        "@regularizer\ndef my_slope(d, real, fake, key, *, weight: Share = 0.5):\n"
        '    """weight * d(real)^2. -> [B]. Ours."""\n'
    )
    text = OWN + 'regularizers = ["my_slope"]\ngrid.my_slope.weight = '
    places = {"method.0.regularizers.0", "method.0.grid"}
    assert set(faults(text + "0.1\n", checker)) == places
    assert catalogue.main(["--schema", str(file)]) == 0
    made = json.loads(capsys.readouterr().out)
    mine = jsonschema.Draft4Validator(made)
    assert faults(text + "0.1\n", mine) == []
    assert faults(text + "1.1\n", mine) == ["method.0.grid.my_slope.weight"]
    shown = made["definitions"]["axes"]["properties"]["my_slope"]
    assert shown["description"].startswith("weight * d(real)^2.")
    assert shown["properties"]["weight"]["description"].startswith("[0, 1]; 0.5 where")


def test_every_part_is_there_with_its_numbers_and_its_words(ours):
    for kind, parts in registry.KINDS.items():
        known = ours["definitions"][kind]["enum"]
        assert {part.name for part in parts} <= set(known), kind
    axes = ours["definitions"]["axes"]["properties"]
    full = {f"{part}.{name}" for part, own in axes.items() for name in own.get("properties", ())}
    assert full | {"lr_g", "lr_d"} == registry.known_hparams()
    for name, task in ours["properties"]["task"]["properties"].items():
        assert set(task["properties"]) | {"features_digest", "data"} >= set(
            registry.task[name].defaults
        )
        assert task["description"]


def test_every_key_has_a_meaning_and_a_form(ours):
    """A table or a key that is new needs a line in bench/grid/schema/words.py, and its form in
    bench/grid/schema/tables.py; until then the schema takes anything there."""
    assert set(ours["properties"]) == set(sweep.KEYS[""])
    assert set(ours["properties"]["sweep"]["properties"]) == set(sweep.KEYS["sweep"])
    one = ours["properties"]["method"]["items"]["properties"]
    assert set(one) == set(methods.KEYS)
    reference = ours["properties"]["reference"]["items"]["properties"]
    assert set(reference) == {*reference_values.KEYS, *reference_values.OPTIONAL}
    axis = ours["definitions"]["axis_above_0"]["anyOf"]
    (moving,) = (piece for piece in axis if "schedule" in piece.get("properties", {}))
    assert set(moving["properties"]) == set(planned.KEYS)
    tables = [table.get("items", table) for table in ours["properties"].values()]
    mute = [
        key
        for table in [*ours["properties"].values(), moving]
        for key, made in (table.get("items", table).get("properties") or {}).items()
        if table is not ours["properties"]["exclude"] and len(made) < 2
    ]
    assert mute == []
    assert all(table.get("description") for table in ours["properties"].values())
    assert not [table for table in tables if table.get("type") == ["object", "array"]]


def test_the_words_of_a_method_are_those_of_its_fields():
    found = words.of_fields()
    assert set(found) == {"name", *methods.STRUCTURE}
    assert found["lazy"].startswith("Steps from one use of the penalties")


@pytest.mark.parametrize(("file", "said"), [("nothere.py", "No such file"), (".", "irectory")])
def test_a_file_of_parts_that_cannot_be_read(tmp_path, capsys, file, said):
    assert catalogue.main(["--schema", str(tmp_path / file)]) == 2
    assert said in capsys.readouterr().err


def test_the_largest_number_is_that_of_float32(ours):
    grid = ours["definitions"]["axis_finite"]["anyOf"][0]
    assert (grid["minimum"], grid["maximum"]) == (-ranges.LARGEST, ranges.LARGEST)
