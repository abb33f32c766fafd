"""Names, hyper-parameters from signatures, suggestions."""

from __future__ import annotations

import ast
import types

import pytest

from bench import gan, registry
from bench.gan.networks import Sizes
from bench.metrics import Facts, Sample
from bench.registry import KINDS, BadPart, Registry, UnknownName, suggest
from bench.vocabulary.forms import SIZES
from bench.vocabulary.traits import MARKS, NEEDS, TRAITS
from tests import house


def test_keyword_only_arguments_are_hyper_parameters():
    registry = Registry("loss", traits={"better": TRAITS["metric"]["better"]})

    @registry(better="lower")
    def mine(real, fake, *, weight=2.0):
        """One line.

        More.
        """
        return weight

    part = registry["mine"]
    assert (part.kind, part.defaults, part.traits) == ("loss", {"weight": 2.0}, {"better": "lower"})
    assert part.summary == "One line."
    assert part(0, 0, weight=3.0) == 3.0
    assert "mine" in registry
    assert [p.name for p in registry] == ["mine"]


def test_a_decorator_gives_what_it_registers():
    def mine(real, fake, *, weight=2.0):
        """Mine."""

    registry = Registry("loss", traits={"better": TRAITS["metric"]["better"]})
    assert registry(mine) is registry(better="lower")(mine) is mine
    registry.prepare = lambda fn, traits: (other, {})

    def other(real, fake, *, weight=3.0):
        """Other."""

    assert registry(better="lower")(mine) is registry["other"].fn is other


def test_a_hyper_parameter_needs_a_default():
    with pytest.raises(ValueError, match="'gamma' needs a default"):

        @Registry("regularizer")
        def bad(d, *, gamma):
            """Bad."""


def test_an_argument_is_given_by_position_or_is_a_hyper_parameter():
    def mine(d, real, fake, weight=1.0):
        """The key would land in `weight`."""

    def extra(d, real, fake, key, weight):
        """Nobody gives the weight."""

    def good(d, real, fake, key=None, *, weight=1.0):
        """Some leave the key out."""

    made = Registry("regularizer", "d real fake key")
    for bad in (mine, extra):
        with pytest.raises(BadPart, match="weight: make it keyword-only") as error:
            made(bad)
        assert "a regularizer is called with (d, real, fake, key)" in str(error.value)
    made(good)
    assert [part.name for part in made] == ["good"]
    Registry("metric", "d real fake", constants=True)(mine)  # no sweep sets a number of a metric


def test_a_name_is_taken_once():
    registry = Registry("loss")

    def make(module):
        def hinge(real, fake):
            """Loss."""

        hinge.__module__ = module
        return hinge

    registry(make("a"))
    registry(make("a"))  # the same file read again
    with pytest.raises(ValueError, match="loss 'hinge' is already defined in a"):
        registry(make("b"))


def test_unknown_names_get_the_nearest():
    registry = Registry("loss")
    registry(test_a_name_is_taken_once)
    with pytest.raises(
        UnknownName, match=r'unknown loss "test_a_name_is_token_once" \(did you mean'
    ):
        registry["test_a_name_is_token_once"]
    assert suggest("zzz", ["b", "a"]) == " (there is: a, b)"
    assert suggest("zzz", []) == ""


@pytest.mark.parametrize(
    ("kind", "told", "complaint"),
    [
        ("regularizer", {"per_smaple": True}, 'no trait "per_smaple" (did you mean "per_sample"?)'),
        ("regularizer", {"player": "g"}, 'no trait "player" (did you mean "players"?)'),
        ("regularizer", {"players": "both"}, "players = 'both' is not known (there is: d, g, gd)"),
        ("normalizer", {"players": ("g", "d")}, "players = ('g', 'd') is not known"),
        ("regularizer", {"kernels": "d"}, "kernels = 'd' is not True or False"),
        ("regularizer", {"d_cost": "1.5"}, "d_cost = '1.5' is not a number"),
        ("regularizer", {"g_cost": -1}, "g_cost = -1 is below 0"),
        ("regularizer", {"memory": lambda w: w}, "memory cannot be called with (weights, kernels)"),
        ("dynamics", {"batches": 2}, "batches = 2 is not a function of (d_steps, g_steps)"),
        ("dynamics", {"cost": float("nan")}, "cost = nan is not a number"),
        (
            "metric",
            {"better": "larger"},
            "better = 'larger' is not known (there is: higher, lower)",
        ),
        ("metric", {"needs": ("mode",)}, "'mode', which is not known (did you mean \"modes\"?)"),
        ("metric", {"needs": "modes"}, 'is not a tuple of words, such as ("modes",)'),
        ("metric", {"most": 0.5}, "most = 0.5 is not a whole number above 0"),
        ("network", {"takes": ("d.norms",)}, "'d.norms', which is not known (did you mean"),
        ("network", {"sizes": ("unit",)}, "'unit', which is not known (did you mean \"units\"?)"),
        ("task", {"data": "image"}, "data = 'image' is not known (did you mean \"images\"?)"),
        ("task", {"sized": {"width": ("units",)}}, "names 'width', which is no option of the task"),
        ("task", {"sized": {"units": ("wide",)}}, "at 'units' has 'wide', which is not known"),
        ("task", {"hparams": {"lr_g": "fast"}}, "has lr_g = 'fast', which is not a number"),
        ("task", {"shape": (8, 0, 1)}, "shape = (8, 0, 1) is not a tuple of whole numbers above 0"),
        ("task", {"bounds": {"sigma": (0.1,)}}, "names 'sigma', which is no option of the task"),
        ("task", {"bounds": {"units": 3}}, "at 'units' is not a tuple of numbers"),
        ("metric", {"floor": "0"}, "floor = '0' is not a number"),
        ("metric", {"blind": ("modes",)}, "blind = ('modes',) is not a text"),
        ("task", {"steps": 1e3}, "steps = 1000.0 is not a whole number above 0"),
        ("loss", {"forbids": lambda weight: ""}, "called with the hyper-parameters (units)"),
    ],
)
def test_a_trait_that_would_do_nothing_is_refused(kind, told, complaint):
    made = Registry(kind, options=True)
    with pytest.raises(BadPart) as error:

        @made(**told)
        def mine(*, units=3):
            """Mine."""

    assert str(error.value).startswith("mine: ")
    assert complaint in str(error.value)
    assert list(made) == []


def test_a_function_may_name_its_arguments_as_it_likes():
    made = Registry("dynamics")

    @made(batches=lambda d, g=1: d + g, memory=lambda *all: all, forbids=lambda **numbers: "")
    def mine(*, units=3):
        """Mine."""

    assert made["mine"].traits["batches"](2, 3) == 5


AWAITED = {
    "metric": {"label", "unit", "floor", "ceiling", "blind"},
    "task": {"latent", "units", "shape", "bounds"},
}
"""Traits that are read by the fields of a class or by a table of options, not by their names."""


def test_every_trait_is_read_somewhere():
    known = read()
    for kind, traits in TRAITS.items():
        unread = {*traits} - known - AWAITED.get(kind, set())
        assert not unread, f"{kind}: {unread}"


def read() -> set[str]:
    """The words by which something is looked up, asked for or handed on, in all of `bench`."""
    found: set[str] = set()
    for name, tree in house.modules().items():
        for node in (
            ast.walk(tree)
            if name not in ("bench.vocabulary.traits", "bench.vocabulary.forms")
            else ()
        ):
            if isinstance(node, ast.Subscript):
                found |= words(node.slice)
            elif isinstance(node, ast.Call):
                found |= {word for argument in node.args for word in words(argument)}
            elif isinstance(node, ast.Compare):
                found |= words(node.left)
    return found


def words(node: ast.AST) -> set[str]:
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_every_kind_has_its_traits():
    assert set(TRAITS) == set(KINDS)
    gan.load_parts()
    for kind, known in KINDS.items():
        assert known.traits is TRAITS[kind]
        assert all(trait.meaning.endswith((".", '"d".')) for trait in known.traits.values())


def test_the_words_of_traits_are_those_of_what_they_name():
    assert set(Sizes._fields) == {"shape", "latent", *SIZES}
    optional = {
        name
        for it in (Sample, Facts)
        for name in it.__dataclass_fields__
        if "None" in str(it.__dataclass_fields__[name].type)
    }
    assert set(NEEDS) - set(MARKS) <= optional
    assert not set(MARKS) & set(Sample.__dataclass_fields__)


def test_a_metric_is_not_called_like_a_column():
    def seconds(real, fake, instrument):
        """Nothing."""

    with pytest.raises(BadPart, match="seconds: a frame has a column of this name: rename"):
        registry.metric(seconds, better="lower")
    assert "seconds" not in registry.metric


def test_two_parts_of_one_name_in_a_file_are_refused(tmp_path):
    text = "from bench.registry import Registry\n\nparts = Registry('loss')\n\n\n"
    once = "@parts\ndef mine(real, fake):\n    return real\n"
    module = types.ModuleType("twice")
    exec(_compiled(tmp_path / "once.py", text + once), module.__dict__)
    exec(_compiled(tmp_path / "once.py", text + once), module.__dict__)  # loaded again
    with pytest.raises(BadPart, match="mine: lines 7 and 12 define a loss each"):
        exec(_compiled(tmp_path / "twice.py", text + once + "\n\n" + once), module.__dict__)


def _compiled(file, source):
    file.write_text(source)
    return compile(source, str(file), "exec")
