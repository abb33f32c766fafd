"""Data and feature networks of the user's own, tried where the sweep is read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from bench import grid
from bench.gan.tasks.probe import Probe
from bench.grid.checks import apart, measurable
from bench.sweep import main
from tests import here

HEAD = '[sweep]\ntasks = ["{task}"]\nmethods = ["ns"]\nseeds = [0]\nsteps = 8\nevaluations = 2\n'
RNG = np.random.default_rng
WHY = {"q": "the data are Gaussian to OWN-FD"}
DO = {"q": "give another"}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "gan-stability-bench"


@pytest.fixture
def write(tmp_path):
    def write(options, task="digits8"):
        file = tmp_path / "own.toml"
        file.write_text(HEAD.replace("{task}", task) + f"[task.{task}]\n{options}\n")
        return file

    return write


@pytest.fixture
def asked(monkeypatch):
    """Questions to the process of its own, which is not started; `asked.answer` is what it says."""

    class Asked(list):
        answer = Probe()

        def __call__(self, place, argument, waiting):
            assert place == "bench.grid.checks.measurable:answer"
            waiting()
            self.extend(argument[1])
            return [self.answer] * len(argument[1])

    found = Asked()
    monkeypatch.setattr(apart, "call", found)
    return found


def textures(n, smooth=3):
    fields = np.stack([gaussian_filter(RNG(i).normal(size=(28, 28)), smooth) for i in range(n)])
    return np.clip(fields / fields.std() / 3, -1, 1).astype(np.float32)


# --- what is found, in processes of their own ----------------------------------------------------


def save_networks(folder):
    import keras
    from keras import layers

    def save(name, output, inputs):
        keras.Model(inputs, output).save(folder / name)

    i, rgb, large = (keras.Input(shape) for shape in ((8, 8, 1), (8, 8, 3), (28, 28, 1)))
    flat = layers.Flatten()(i)
    nan = keras.initializers.Constant(np.nan)
    save("good.keras", layers.Dense(8)(flat), i)
    save("lambda.keras", layers.Flatten()(layers.Lambda(lambda x: x * 2)(i)), i)
    save("rgb.keras", layers.Dense(8)(layers.Flatten()(rgb)), rgb)
    save("large.keras", layers.Dense(8)(layers.Flatten()(large)), large)
    save("f16.keras", layers.Dense(8, dtype="mixed_float16")(flat), i)
    save("two.keras", [layers.Dense(8)(flat), layers.Dense(2)(flat)], i)
    save("inputs.keras", layers.Flatten()(layers.Concatenate(1)([i, large[:, :8, :8]])), [i, large])
    save("zero.keras", layers.Dense(1, kernel_initializer="zeros")(flat), i)
    save("nan.keras", layers.Dense(2, kernel_initializer=nan)(flat), i)
    save("wide.keras", layers.Dense(5000)(flat), i)
    whole = (folder / "good.keras").read_bytes()
    (folder / "cut.keras").write_bytes(whole[: len(whole) // 2])
    (folder / "text.keras").write_text("not a model")
    np.savez(folder / "other.npz", features=np.ones((3, 3)))


BAD = {
    "lambda.keras": "has a Lambda layer",
    "rgb.keras": "takes images (8, 8, 3), given are (8, 8, 1)",
    "large.keras": "takes images (28, 28, 1), given are (8, 8, 1)",
    "f16.keras": "gives float16 features, too coarse",
    "two.keras": "gives a list of 2 outputs, needed is one array",
    "inputs.keras": "takes 2 inputs, given is one",
    "zero.keras": "gives 16 different images the same features",
    "nan.keras": "gives features that are not finite",
    "wide.keras": "gives 5000 features of an image, needed are 1 to 4096",
    "cut.keras": "is no model that Keras has saved, or it is cut off",
    "text.keras": "is no model that Keras has saved, or it is cut off",
    "other.npz": "no classifier as bench.gan.data.classifier writes it",
}


def test_each_network_that_cannot_measure_is_refused_with_its_line(
    tmp_path, write, capsys, monkeypatch
):
    save_networks(tmp_path)
    names = "".join(f'  "{name}",\n' for name in ("good.keras", *BAD))
    file = write(f"features = [\n{names}]")
    assert main([str(file), "-n"]) == 2
    said = [s for s in capsys.readouterr().err.splitlines() if not s.startswith("trying")]
    monkeypatch.setattr(apart, "call", here.answer)  # the same, in this process
    with pytest.raises(grid.GridError) as error:
        grid.load(file)
    lines = str(error.value).splitlines()
    assert said == [*lines[:2], f"and {len(BAD) - 2} more such faults"]
    assert len(lines) == len(BAD)
    for at, (line, (name, reason)) in enumerate(zip(lines, BAD.items(), strict=True), start=10):
        place = f'{tmp_path}/own.toml:{at}: task "digits8": {tmp_path}/{name}: '
        assert line.startswith(place + reason)


SETS = {
    "textures": lambda: textures(300),
    "one": lambda: textures(1).repeat(300, 0),
    "two": lambda: textures(2).repeat(150, 0),
    "noise": lambda: RNG(1).uniform(-1, 1, (300, 28, 28)),
    "blobs": lambda: np.sign(textures(300)) * 0.9,
}
SAID = {
    "textures": "these data are Gaussian to this proxy, as far as RND-FD can tell (ceiling 0.",
    "one": "these data have 1 different sample, too few",
    "two": "these data have 2 different samples, too few",
    "noise": "these data are Gaussian to this proxy, as far as RND-FD can tell (ceiling 0.",
    "blobs": "q does not tell real samples (0.",
}


def test_data_on_which_q_is_noise_are_said_once_and_read_without_tensorflow(tmp_path, write):
    for name, make in SETS.items():
        np.savez(tmp_path / f"{name}.npz", x_train=make())
    names = ", ".join(f'"{name}.npz"' for name in SETS)
    file = write(f"path = [{names}]\nbatch = [8, 16]", "dcgan28")
    code = "import json, sys; from bench import grid; s = grid.load(sys.argv[1]); "
    code += "print(json.dumps([s.warnings, len(s.trials), 'tensorflow' in sys.modules]))"
    read = lambda: subprocess.run(  # noqa: E731
        [sys.executable, "-c", code, file], capture_output=True, check=True, text=True
    )
    warnings, trials, loaded = json.loads(read().stdout)
    assert (trials, loaded) == (10, False)
    assert len(warnings) == len(SAID)
    for line, (name, reason) in zip(warnings, SAID.items(), strict=True):
        place = f'{file}:8: task "dcgan28" on {name}.npz: '
        assert line.startswith(place + reason)
        what = "success" if name == "blobs" else "q"
        assert f"{what} cannot be measured, and no verdict can rest on it; give " in line
    assert json.loads(read().stdout)[0] == warnings


# --- how it is asked -----------------------------------------------------------------------------


def test_a_plan_says_what_cannot_be_measured(tmp_path, write, asked, capsys):
    asked.answer = Probe({}, WHY, DO)
    (tmp_path / "x.keras").write_bytes(b"one")
    assert main([str(write('features = "x.keras"')), "-n", "--json"]) == 0
    out, err = capsys.readouterr()
    waiting, line = err.splitlines()
    assert waiting == "trying data and feature networks of digits8, once: up to a minute ..."
    assert line == (
        f'{tmp_path}/own.toml:8: task "digits8" on x.keras: the data are Gaussian to OWN-FD: q '
        "cannot be measured, and no verdict can rest on it; give another"
    )
    assert json.loads(out)["unmeasurable"] == [line]


def test_an_override_is_named_as_the_place(tmp_path, write, asked):
    asked.answer = Probe({"features": "is bad"})
    (tmp_path / "x.keras").write_bytes(b"one")
    with pytest.raises(grid.GridError) as error:
        grid.load(write("batch = 8"), ["task.digits8.features=x.keras"])
    assert str(error.value) == '-S task.digits8.features: task "digits8": is bad'


def test_only_files_of_the_user_s_are_asked_about(write, asked):
    assert grid.load(write("batch = 8")).warnings == ()
    assert grid.load(write('network = "mlp"', "ring8")).warnings == ()
    assert not asked


def test_an_instrument_is_asked_about_once_whatever_plays(tmp_path, write, asked):
    (tmp_path / "x.keras").write_bytes(b"one")
    options = 'features = ["x.keras", ""]\nbatch = [4, 8]\nnetwork = ["mlp", "residual"]'
    assert len(grid.load(write(options)).trials) == 8
    (case,) = asked
    assert dict(case.options)["features"] == str(tmp_path / "x.keras")
    assert set(dict(case.options)) == {"features", "features_digest"}


def test_what_was_found_is_kept_under_the_content_of_the_files(tmp_path, write, asked, cache):
    asked.answer = Probe({}, WHY, DO)
    file = write('features = "x.keras"')
    for content, calls in ((b"one", 1), (b"one", 1), (b"two", 2), (b"one", 2)):
        (tmp_path / "x.keras").write_bytes(content)
        assert len(grid.load(file).warnings) == 1
        assert len(asked) == calls
    (tmp_path / "y.keras").write_bytes(b"one")
    assert "on y.keras" in grid.load(write('features = "y.keras"')).warnings[0]
    assert len(asked) == 2 == len(list(cache.iterdir()))


@pytest.mark.parametrize(
    ("name", "other"), [("_code", lambda: "other"), ("version", lambda name: f"{name} 0.1")]
)
def test_what_another_version_found_is_stale(tmp_path, write, asked, monkeypatch, name, other):
    (tmp_path / "x.keras").write_bytes(b"one")
    file = write('features = "x.keras"')
    grid.load(file)
    monkeypatch.setattr(measurable, name, other)
    grid.load(file)
    assert len(asked) == 2


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b"\xff\xfe",
        b'{"missing": {"q": 3}, "remedy": {"q": "x"}}',
        b'{"missing": {"q": "x"}, "remedy": {}}',
        b'{"missing": ["q"], "remedy": {}}',
    ],
)
def test_a_damaged_cache_is_ignored_and_written_again(tmp_path, write, asked, cache, damage):
    asked.answer = Probe({}, WHY, DO)
    (tmp_path / "x.keras").write_bytes(b"one")
    said = grid.load(write('features = "x.keras"')).warnings
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage)
    assert grid.load(write('features = "x.keras"')).warnings == said
    assert len(asked) == 2
    assert file.read_bytes() == whole


def test_faults_are_not_kept_and_a_cache_is_not_needed(tmp_path, write, asked, monkeypatch):
    (tmp_path / "x.keras").write_bytes(b"one")
    file = write('features = "x.keras"')
    asked.answer = Probe({"features": "is bad"})
    for _ in range(2):
        with pytest.raises(grid.GridError, match="is bad"):
            grid.load(file)
    asked.answer = Probe()
    (tmp_path / "no_folder").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "no_folder"))
    for _ in range(2):
        grid.load(file)
    assert len(asked) == 4


def test_a_process_that_dies_is_an_error_with_its_line(tmp_path, write, monkeypatch):
    (tmp_path / "x.keras").write_bytes(b"one")
    monkeypatch.setattr(measurable, "__name__", "tests.grid.test_grid_instruments")
    with pytest.raises(grid.GridError) as error:
        grid.load(write('features = "x.keras"'))
    expected = f'{tmp_path}/own.toml:8: task "digits8": it cannot be measured: the process died '
    assert str(error.value) == expected + "(signal 9)"


def answer(question):
    os.kill(os.getpid(), 9)


def test_an_interrupt_ends_the_process_that_is_waited_for(monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(apart, "PATIENCE", 0.1)
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        apart.call("time:sleep", 300, interrupted)
    assert time.monotonic() - begin < 100


def test_what_a_user_s_file_prints_is_no_answer():
    assert apart.call("builtins:print", "hello") is None
    assert apart.call("builtins:sorted", "ba") == ["a", "b"]
    with pytest.raises(apart.Died, match="TypeError"):
        apart.call("builtins:sorted", 3)
