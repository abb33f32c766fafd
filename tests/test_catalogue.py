"""The catalogue's command: what it lists, what it shows, and what it says of broken parts."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from bench import catalogue, registry
from bench.analysis import plots
from bench.gan.methods import CATALOGUE, cost, why
from bench.metrics import quantities
from bench.vocabulary import names
from tests import commands


def printed(capsys, *arguments: str) -> str:
    assert catalogue.main(arguments) == 0
    return capsys.readouterr().out


def test_every_method_is_listed_with_its_source(capsys):
    lines = printed(capsys, "methods").splitlines()
    assert len(lines) == len(CATALOGUE) > 50
    assert any(line.startswith("r3gan ") and "Huang et al. 2024" in line for line in lines)


@pytest.mark.parametrize("kind", catalogue.PLURALS)
def test_every_part_is_listed_with_its_first_line(capsys, kind):
    lines = printed(capsys, kind).splitlines()
    parts = list(registry.KINDS[catalogue.PLURALS[kind]])
    assert [line.split()[0] for line in lines] == [part.name for part in parts]


def test_one_method_is_shown_with_formula_numbers_cost_and_source(capsys):
    text = printed(capsys, "methods", "r3gan")
    assert "Huang et al. 2024" in text
    assert "gamma/2 * ||grad d(real)||^2" in text
    assert "L_G = sp(-(d_f - d_r))" in text
    assert "adam.beta1 = 0.0" in text
    assert "3.4 gradients a step" in text


def test_every_number_of_a_method_is_shown_with_the_place_that_it_comes_from(capsys):
    place = "pfnet-research/sngan_projection, configs/sn_cifar10_unconditional.yml"
    lines = printed(capsys, "methods", "sngan").splitlines()
    assert {f"d_steps = 5: {place}", f"adam.beta1 = 0.0: {place}"} < set(lines)
    assert "lr_d = x4 lr_g: Zhang et al. 2019 (SAGAN)" in printed(capsys, "methods", "ttur")
    assert "data: its numbers are for images" in printed(capsys, "methods", "pacgan2_images")


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_method_can_be_shown(capsys, name):
    assert printed(capsys, "methods", name).startswith(f"{name}: ")


SENTENCE = re.compile(r"[A-Z][^.!?]*(?:[.!?](?=\S)[^.!?]*)*[.!?](?: |$)")
"""A sentence: from a capital letter to a full stop that a blank or the end follows."""


def test_every_method_says_in_two_sentences_why_it_works_and_names_a_picture():
    assert set(why.reasons()) == set(CATALOGUE)
    for name, reason in why.reasons().items():
        assert len(SENTENCE.findall(reason.text)) == 2, name
        assert "".join(SENTENCE.findall(reason.text)) == reason.text, name
        assert 100 < len(reason.text) < 330, name
        assert reason.picture in why.PICTURES, name
    assert {reason.picture for reason in why.reasons().values()} == set(why.PICTURES)
    assert len({reason.text for reason in why.reasons().values()}) == len(CATALOGUE)


def test_sentences_are_counted():
    assert len(SENTENCE.findall("A step of 0.5 is taken. It goes in, at 1.")) == 2
    assert len(SENTENCE.findall("One. Two. Three.")) == 3


def test_what_a_picture_names_is_there():
    tasks = set(re.findall(r"`(\w+)`", " ".join(why.PICTURES.values())))
    known = {part.name for kind in ("task", "metric") for part in registry.KINDS[kind]}
    signals = {*names.SIGNALS, *quantities.OTHERS}
    assert tasks <= known | signals
    files = re.findall(r"experiments/\w+\.toml", " ".join(why.PICTURES.values()))
    assert files
    assert all((Path(__file__).parent.parent / file).is_file() for file in files)
    drawn = re.findall(r"plots\.(\w+)", " ".join(why.PICTURES.values()))
    assert set(drawn) <= set(plots.__all__)


def test_the_reason_why_r1_works_is_shown_with_its_picture(capsys):
    lines = printed(capsys, "methods", "r1").splitlines()
    assert lines[1].startswith("why: Two players who each follow their own gradient turn")
    assert any(line.startswith("picture: the phase portrait of `dirac`") for line in lines)
    assert max(map(len, lines[:6])) <= 100


@pytest.mark.parametrize(
    ("name", "gradients"),
    [
        *[("ns", 2), ("wgan", 6), ("wgan_gp", 13.5), ("r1", 2.7), ("consensus", 5), ("sngan", 6)],
        *[("unrolled", 17), ("sngan_1", 2), ("pacgan2", 2.5), ("pacgan2_images", 4), ("lecam", 5)],
    ],
)
def test_cost_counts_gradients(name, gradients):
    assert cost.gradients(CATALOGUE[name].method) == pytest.approx(gradients)


def test_an_unknown_name_is_answered_with_the_nearest(capsys):
    assert catalogue.main(["methods", "r3gann"]) == 2
    assert 'did you mean "r3gan"?' in capsys.readouterr().err
    assert catalogue.main(["loses"]) == 2
    assert 'did you mean "losses"?' in capsys.readouterr().err


GOOD = '''
from bench.gan.backend import tf
from bench.gan.parts.regularizers import squared_gradient_norm
from bench.registry import loss, regularizer


@loss
def my_exponential(real, fake):
    """L_G = sp(-2 d_f), L_D = sp(-2 d_r) + sp(2 d_f). [B] -> [B], [B]. Ours, 2026."""
    return tf.nn.softplus(-2 * fake), tf.nn.softplus(-2 * real) + tf.nn.softplus(2 * fake)


@regularizer(per_sample=True)
def my_slope(d, real, fake, key, *, weight=0.1):
    """weight * ||grad d(real)||^2. -> [B]. Ours, 2026."""
    return weight * squared_gradient_norm(d, real)
'''

BAD = '''
import random

import numpy as np
from bench.gan.backend import tf
from bench.registry import augmentation, dynamics, loss, optimizer, regularizer
from bench.gan.parts.optimizers import Optimizer


@loss
def my_sigmoid(real, fake):
    """L_G = -log sig(d_f), L_D = -log sig(d_r) - log(1 - sig(d_f)). [B] -> [B], [B]. 2014."""
    s = tf.sigmoid
    return -tf.math.log(s(fake)), -tf.math.log(s(real)) - tf.math.log(1 - s(fake))


@loss
def my_backwards(real, fake):
    """L_G = sp(d_f), L_D = sp(d_r) + sp(-d_f). [B] -> [B], [B]. 2014."""
    return tf.nn.softplus(fake), tf.nn.softplus(real) + tf.nn.softplus(-fake)


@loss
def my_broadcast(real, fake):
    """L = sp(d_f - d_r)"""
    return tf.nn.softplus(real[:, None] - fake), tf.nn.softplus(fake[:, None] - real)


@regularizer
def my_constant(d, real, fake, key, *, weight=0.1):
    """weight * d(real)^2. -> [B]. 2018."""
    return weight * tf.stop_gradient(d(real)) ** 2 + 0 * d(real)


@regularizer
def my_pairs(d, real, fake, key, *, weight=0.1):
    """weight * d(real) d(fake). -> [B]. 2018."""
    return weight * d(real)[:, None] * d(fake)


@optimizer
def my_ascent():
    """w <- w + lr g. 1847."""
    return Optimizer(lambda w: (), lambda g, s, lr: (tuple(lr * x for x in g), s))


@augmentation
def my_dice(x, key, progress):
    """x + U(0, 1), with Python's own dice."""
    return x + random.random()


@dynamics
def my_idle(state, field, move, batches):
    """Nobody moves."""
    return state


@augmentation
def my_cut(x, key, progress):
    """Half of x."""
    return x[:, :1]
'''

COMPLAINTS = [
    "loss my_sigmoid:\n    is not finite",
    "loss my_backwards:\n    L_D does not fall",
    "loss my_broadcast:\n    its docstring does not say what shape",
    "L_G has shape (6, 6), not [B]",
    "regularizer my_constant:\n    the gradient of the penalty by D's weights is",
    "regularizer my_pairs:\n    returns shape (6, 6)",
    "optimizer my_ascent:\n    its first step does not go down the gradient",
    "dynamics my_idle:\n    is registered without batches",
    "augmentation my_dice:\n    gives other numbers for the same key",
    "my_cut:\n    turns shape (6, 2) into (6, 1)",
]


def checked(tmp_path: Path, code: str) -> subprocess.CompletedProcess:
    file = tmp_path / "my_parts.py"
    file.write_text(code)
    return commands.inside("catalogue", "--check", file)


def test_check_of_good_parts(tmp_path):
    done = checked(tmp_path, GOOD)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "loss my_exponential: keeps the contract",
        "regularizer my_slope: keeps the contract",
    ]


def test_check_says_what_is_wrong_in_words(tmp_path):
    done = checked(tmp_path, BAD)
    assert done.returncode == 1, done.stderr
    for complaint in COMPLAINTS:
        assert complaint in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("argument", "complaint"),
    [
        ("weight=1.0", "weight: make it keyword-only"),
        ("weight, *, power=2.0", "weight: make it keyword-only"),
        ("*, weight: Weight = -1.0", "its default weight = -1 is outside [0, inf)"),
        ("*, weight=float('nan')", "its default weight = nan is beyond what training can hold"),
        ("*, weight='strong'", "weight = 'strong' is not a number"),
    ],
)
def test_check_of_what_is_no_hyper_parameter(tmp_path, capsys, argument, complaint):
    file = tmp_path / "my_parts.py"
    head = "from bench.ranges import Weight\nfrom bench.registry import regularizer\n\n\n"
    file.write_text(f"{head}@regularizer\ndef my_squares(d, real, fake, key, {argument}): ...\n")
    assert catalogue.main(["--check", str(file)]) == 1
    assert capsys.readouterr().out.startswith(f"{file}:5: my_squares: {complaint}")


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ("player='g'", 'a regularizer has no trait "player" (did you mean "players"?)'),
        ("players='both'", "its trait players = 'both' is not known (there is: d, g, gd). The pl"),
        ("memory=lambda w: w", "its trait memory cannot be called with (weights, kernels): "),
    ],
)
def test_check_of_what_a_decorator_is_told(tmp_path, capsys, told, complaint):
    file = tmp_path / "my_parts.py"
    head = "from bench.registry import regularizer\n\n\n"
    file.write_text(f"{head}@regularizer({told})\ndef my_squares(d, real, fake, key): ...\n")
    assert catalogue.main(["--check", str(file)]) == 1
    assert capsys.readouterr().out.startswith(f"{file}:4: my_squares: {complaint}")


CLOCKS = '''
from bench.analysis.declared import section, table


@section(title="Clocks", after="outcomes", tables=("slowest",))
def clocks(findings):
    """They took their time."""


@table(title="Slowest")
def slowest(findings):
    """The longest of all."""
'''


def test_check_names_what_is_declared_for_a_report(tmp_path):
    done = checked(tmp_path, CLOCKS)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "declares table slowest, section clocks\n"
    done = checked(tmp_path, GOOD + CLOCKS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("declares table slowest, section clocks\n")
    assert "loss my_exponential: keeps the contract" in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("slowest(", "ranking(", "already declared in bench.analysis.report.tables"),
        (
            "outcomes",
            "outcomse",
            "no section 'outcomse' to come after (did you mean \"outcomes\"?)",
        ),
    ],
)
def test_check_refuses_what_a_report_would(tmp_path, old, new, complaint):
    done = checked(tmp_path, CLOCKS.replace(old, new))
    assert done.returncode == 1
    assert re.match(rf"{re.escape(str(tmp_path))}/\w+.py:\d+: ", done.stdout)
    assert complaint in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["nothere.py", "."])
def test_check_of_a_file_that_cannot_be_read(tmp_path, capsys, name):
    assert catalogue.main(["--check", str(tmp_path / name)]) == 2
    assert capsys.readouterr().err.startswith(f"{tmp_path / name}: ")


def test_traits_are_shown_with_what_they_mean(capsys):
    lines = printed(capsys, "traits", "metrics").splitlines()
    assert lines[0] == "@metric(...)"
    assert '    better   "higher" or "lower": the better values.' in lines
    assert "@regularizer(...)" in printed(capsys, "traits").splitlines()
    text = printed(capsys, "regularizers", "r1")
    assert "    d_cost = 0.7: Gradients that it adds to a step of D.\n" in text
    assert catalogue.main(["traits", "metricks"]) == 2
    assert 'did you mean "metrics"?' in capsys.readouterr().err


def test_a_part_is_shown_with_the_ranges_of_its_numbers(capsys):
    assert "    r1.gamma = 10.0 (>= 0)\n" in printed(capsys, "regularizers", "r1")
    assert "    adam.beta1 = 0.0 ([0, 1))\n" in printed(capsys, "methods", "r3gan")
    assert ".batch = 256 (a whole number in [1, " in printed(capsys, "tasks", "ring8")


def test_an_installed_package_registers_by_its_entry_point(tmp_path):
    package = tmp_path / "my_gan-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: my-gan\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[gan_stability_bench]\nmine = my_gan\n")
    (tmp_path / "my_gan.py").write_text(GOOD)
    asked = commands.command("catalogue", "losses")
    done = commands.run(asked, env=commands.environment(tmp_path))
    assert "my_exponential" in done.stdout, done.stderr
