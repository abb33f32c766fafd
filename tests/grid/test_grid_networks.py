"""Networks of a task in the TOML: an axis, and the user's own files."""

from __future__ import annotations

import numpy as np
import pytest

from bench import grid
from bench.sweep import main
from tests.here import answer

HEAD = '[sweep]\ntasks = ["{task}"]\nmethods = ["r1"]\nseeds = [0]\nsteps = 4\n'
GOOD = """\
import keras

def generator(latent, shape):
    layers = [keras.Input((latent,)), keras.layers.Dense(64), keras.layers.Reshape(shape)]
    return keras.Sequential(layers)

def discriminator(shape):
    return keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(1)])
"""
OWN = '[task.digits8]\ngenerator = "my_nets:generator"\ndiscriminator = "my_nets:discriminator"\n'


@pytest.fixture
def write(tmp_path):
    def write(text, task="digits8", nets=GOOD):
        (tmp_path / "my_nets.py").write_text(nets)
        file = tmp_path / "nets.toml"
        file.write_text(HEAD.replace("{task}", task) + text)
        return file

    return write


def test_the_usual_networks_leave_the_names_of_trials_alone(write):
    (plain,) = grid.load(write("")).trials
    usual, other = grid.load(write('[task.digits8]\nnetwork = ["mlp", "residual"]\n')).trials
    assert usual == plain
    assert usual.id == plain.id != other.id
    assert other.options["network"] == "residual"
    assert (usual.setting, other.setting) == ("digits8", "digits8 (network=residual)")
    assert usual.structure != other.structure


def test_the_usual_sizes_of_a_player_leave_the_names_of_trials_alone(write):
    (plain,) = grid.load(write("", "ring8")).trials
    text = "[task.ring8]\ng_depth = 0\nd_units = 0\nd_depth = [0, 1]\nradius = 1.4142135623730951\n"
    usual, other = grid.load(write(f"{text}n = 0\n", "ring8")).trials
    assert usual == plain
    assert usual.id == plain.id != other.id
    assert other.options == plain.options | {"d_depth": 1}
    assert usual.structure != other.structure
    small = grid.load(write("[task.ring8]\nradius = 1\nn = 50_000\n", "ring8")).trials[0]
    assert small.options == plain.options | {"radius": 1, "n": 50_000}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('network = "residual"\nd_depth = 3', "d_depth would have no effect: the networks"),
        ('generator = "my_nets:generator"\ng_units = 3', "g_units would have no effect: the gen"),
        ("units = 9\ng_units = 3\nd_units = 5", "units would have no effect: each player has"),
        ("d_depth = 17", r"d_depth = 17.*\[0, 16\]"),
    ],
)
def test_a_size_that_no_player_has_is_refused(write, text, reason):
    with pytest.raises(grid.GridError, match=reason):
        grid.load(write(f"[task.digits8]\n{text}\n"))


@pytest.mark.parametrize(
    ("task", "text", "reason"),
    [
        ("digits8", 'network = "residul"', 'unknown network of digits8 "residul" (did you mean'),
        ("ring8", 'network = "dcgan"', 'unknown network of ring8 "dcgan"'),
        ("digits8", 'generator = "my_nets"', 'must be "file:function", such as "my_nets:gen'),
        ("digits8", 'generator = "nets:g"', "no file nets.py in "),
        ("digits8", "generator = 3", "must be a string"),
    ],
)
def test_what_is_no_network_is_refused_with_its_line(write, task, text, reason):
    with pytest.raises(grid.GridError) as error:
        grid.load(write(f"[task.{task}]\n{text}\n", task))
    assert "nets.toml:7: " in str(error.value)
    assert reason in str(error.value)


def test_pixels_are_averaged_only_where_the_networks_have_them(write):
    method = '[[method]]\nname = "m"\nnormalizer = "instance_norm"\n'
    assert grid.load(write('[task.digits8]\nnetwork = "residual"\n' + method)).trials
    with pytest.raises(grid.GridError, match="dense layers only"):
        grid.load(write(method))


def test_a_method_with_networks_of_its_own_is_trained_with_the_usual_ones_only(write):
    method = '[[method]]\nname = "biggan"\n'
    sweep = grid.load(write('[task.digits8]\nnetwork = ["mlp", "residual"]\n' + method))
    named = [(t.method.name, t.options.get("network")) for t in sweep.trials]
    assert named == [("r1", None), ("biggan", None), ("r1", "residual")]
    (big,) = (t for t in sweep.trials if t.method.name == "biggan")
    assert big.hparams["biggan.truncation"] == 2.0
    assert big.record()["method"]["batch_factor"] == 2
    with pytest.raises(grid.GridError, match="brings networks of its own: biggan; train it in"):
        grid.load(write('[task.digits8]\nnetwork = "residual"\n' + method))


def test_networks_that_are_told_classes_need_a_file_that_has_them(write, tmp_path, monkeypatch):
    monkeypatch.setattr(grid.checks.measurable, "check", lambda *args: ())
    images = np.random.default_rng(0).integers(0, 255, (120, 28, 28), np.uint8)
    text = '[task.dcgan28]\npath = "mine.npz"\n[[method]]\nname = "biggan"\n'
    np.savez(tmp_path / "mine.npz", x_train=images, y_train=np.arange(120) % 3)
    assert grid.load(write(text, "dcgan28")).trials
    np.savez(tmp_path / "mine.npz", x_train=images)
    with pytest.raises(grid.GridError, match=r"sample: .*mine\.npz has none"):
        grid.load(write(text, "dcgan28"))


@pytest.fixture
def here(monkeypatch):
    """The networks are built in this process: that they are built in another, one test holds."""
    monkeypatch.setattr(grid.own_networks.apart, "call", answer)


@pytest.fixture
def unchecked(monkeypatch):
    """Without the process that builds the networks."""
    monkeypatch.setattr(grid.own_networks, "check", lambda *args: None)


def test_the_file_of_own_networks_counts_in_the_id(write, unchecked):
    a, b = (
        grid.load(write(OWN, nets=nets)).trials[0] for nets in (GOOD, GOOD.replace("64", "8 * 8"))
    )
    assert a.options == b.options
    assert a.id != b.id
    assert list(a.plugins) == ["my_nets.py"]


def test_own_networks_in_another_folder_and_with_their_suffix(write, unchecked, tmp_path):
    (tmp_path / "nets").mkdir()
    file = write('[task.digits8]\ngenerator = "nets/mine.py:g"\n')
    (tmp_path / "nets" / "mine.py").write_text("def g(): ...")
    sweep = grid.load(file)
    assert sweep.trials[0].options["generator"] == "mine:g"
    assert [plugin.path for plugin in sweep.plugins] == [tmp_path / "nets" / "mine.py"]


def test_own_networks_are_built_before_anything_trains(write, capsys):
    bad = GOOD.replace("Dense(1)", "Dense(3)")
    assert main([str(write(OWN, nets=bad)), "-n"]) == 2
    said = capsys.readouterr().err
    assert 'nets.toml:8: task "digits8": my_nets:discriminator gives [B, 3]' in said


CARRYING = GOOD.replace("Dense(1)", 'Dense(1, kernel_regularizer="l2")')
NORMED = GOOD.replace("keras.layers.Flatten(), ", "keras.layers.Flatten(), *normed(), ") + (
    "\n\ndef normed():\n    return [keras.layers.Dense(4), keras.layers.BatchNormalization()]\n"
)
POSITIVE = GOOD.replace("keras.layers.Dense(64)", 'keras.layers.Dense(64, activation="sigmoid")')


@pytest.mark.parametrize(
    ("nets", "line", "reason"),
    [
        (CARRYING, 8, "my_nets:discriminator has a regularizer on "),
        (NORMED, 8, "my_nets:discriminator has batch norm, and r1 is on"),
        (POSITIVE, 7, "my_nets:generator gives values from "),
    ],
    ids=["carried", "coupled", "out of reach"],
)
def test_own_networks_are_tried_when_the_sweep_is_read(write, here, nets, line, reason):
    with pytest.raises(grid.GridError) as error:
        grid.load(write(OWN, nets=nets))
    assert f'nets.toml:{line}: task "digits8": {reason}' in str(error.value)
    assert str(error.value).endswith("(method r1)")


def test_networks_of_a_plugin_are_tried_too(write, here, tmp_path):
    """They say nothing of slots and leave out what a method puts in."""
    (tmp_path / "plug.py").write_text(
        "from bench.gan.networks import Layers\n"
        "from bench.registry import network\n"
        'made = network["mlp"].fn\n\n'
        "@network\n"
        "def forgetful(sizes, layers):\n"
        "    return made(sizes, Layers(g=Layers()))\n"
    )
    text = 'plugins = ["plug.py"]\n[task.digits8]\nnetwork = "forgetful"\n'
    assert grid.load(write(text)).trials
    method = '[[method]]\nname = "m"\nextras = ["dropout"]\n'
    with pytest.raises(grid.GridError, match=r"dropout would have no effect.*forgetful have none"):
        grid.load(write(text + method))
