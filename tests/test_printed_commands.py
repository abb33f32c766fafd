"""Every command that a page prints works as it stands, in a shell, from the folder that it names.

Sweeps here have what makes that hard: a plugin, networks and images of the user's, -S on the
command line, a space and a quote in the name of the results folder. Afterwards the files are gone.
"""

from __future__ import annotations

import html
import json
import re
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from bench.store import Store
from tests import commands, here
from tests.runner import sweeps

RESULTS = "Ann's results"
OVERRIDES = ("-S", "sweep.seeds=[3, 5]", "-S", "grid.lr_g=[2e-3]")


class Trained(NamedTuple):
    """A folder in which a sweep was trained and reported, and the name of the sweep."""

    folder: Path
    name: str

    @property
    def store(self) -> Store:
        return Store(self.folder / RESULTS / self.name)

    def printed(self) -> list[str]:
        """The commands that the page and report.md print, and that of each trial."""
        page = (self.folder / "a page" / "index.html").read_text(encoding="utf-8")
        text = (self.folder / "a page" / "report.md").read_text(encoding="utf-8")
        shown = re.findall(
            r"python -m bench\.[^<`\n]+", re.sub(r"(?s)<script.*?</script>", "", page)
        )
        found = [html.unescape(command) for command in shown]
        found += re.findall(r"python -m bench\.[^`\n]+", text)
        for before, after in re.findall(r'"before":("(?:[^"\\]|\\.)*"),"after":("[^"]*")', page):
            around = json.loads(before), json.loads(after)
            found += [id.join(around) for id in sorted(self.store.ids())]
        return list(dict.fromkeys(found))

    def shell(self, command: str) -> str:
        """The output of a command that a user copies into a shell."""
        known = f'python() {{ {shlex.quote(sys.executable)} "$@"; }}\n'
        done = commands.run(["bash", "-c", known + command], self.folder)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout


def train(folder: Path, toml: Path, gone: tuple[str, ...], *options: str) -> Trained:
    """Train a sweep, write its page, and take the files away that it was made from."""
    done = here.sweep(toml, "-j", 1, "--results", RESULTS, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    made = Trained(folder, toml.stem)
    commands.bench("report", f"{RESULTS}/{made.name}", "-o", "a page", folder=folder)
    for name in (toml.name, *gone):
        (folder / name).unlink()
    return made


@pytest.fixture(scope="module")
def plugin(tmp_path_factory) -> Trained:
    """Two trials of a game that a plugin brings."""
    folder = tmp_path_factory.mktemp("my work")
    return train(folder, sweeps.write(folder, 9), ("parts.py",), *OVERRIDES)


def files(store: Store) -> dict[str, bytes]:
    """The files of a results folder that hold results, or say how they were made."""
    places = {p.relative_to(store.path): p for p in store.path.rglob("[!.]*") if p.is_file()}
    return {str(n): p.read_bytes() for n, p in places.items() if n.parts[0] != "running"}


def test_the_page_prints_commands_of_every_kind(plugin):
    kinds = [re.findall(r"bench\.(\w+)", command)[0] for command in plugin.printed()]
    assert set(kinds) == {"sweep", "report", "replay"}
    assert kinds.count("replay") == len(plugin.store.ids()) == 2


def test_going_on_with_what_is_complete_trains_nothing(plugin):
    before, (again,) = files(plugin.store), (c for c in plugin.printed() if "sweep" in c[:22])
    out = plugin.shell(again)
    assert "2 stored in" in out
    assert ", 0 to train" in out
    assert files(plugin.store) == before
    assert json.loads(before["provenance.json"])["overrides"] == [*OVERRIDES[1::2]]
    (next_,) = re.findall(r"next: (.*)", out)
    assert shlex.split(next_) == ["python", "-m", "bench.report", f"{RESULTS}/{plugin.name}"]


def test_a_trial_is_trained_again_by_the_line_beside_it(plugin):
    line = min(command for command in plugin.printed() if "bench.replay" in command)
    assert ": completed in " in plugin.shell(f"{line} --verify")


def test_the_report_is_written_again(plugin):
    (line,) = (command for command in plugin.printed() if "bench.report" in command)
    plugin.shell(line)
    assert (plugin.folder / "report" / plugin.name / "index.html").is_file()


NETS = '''
import keras


def generator(latent):
    """[B, latent] -> [B, 2]."""
    layers = [keras.layers.Dense(8, activation="relu"), keras.layers.Dense(2)]
    return keras.Sequential([keras.Input((latent,)), *layers])
'''

PENALTY = '''
from bench.ranges import NonNegative
from bench.registry import regularizer


@regularizer
def mine(d, real, fake, key, *, weight: NonNegative = 0.1):
    """weight * d(real)^2. -> [B]."""
    return weight * d(real) ** 2
'''

TOML = """
[sweep]
tasks = ["ring8", "dcgan28"]
seeds = "0..9"
steps = 4
evaluations = 2
plugins = ["penalty.py"]

[task.ring8]
generator = "nets:generator"
batch = 16
latent = 4
units = 8

[task.dcgan28]
path = "digits.npz"
width = 0.05
batch = 16

[[method]]
name = "mine"
regularizers = ["mine"]
"""


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_command_with_networks_and_images(tmp_path):
    """The images lie where they lay: they are not copied into a results folder."""
    (tmp_path / "nets.py").write_text(NETS)
    (tmp_path / "penalty.py").write_text(PENALTY)
    (tmp_path / "own.toml").write_text(TOML)
    images = np.random.default_rng(0).integers(0, 256, (300, 28, 28)).astype(np.uint8)
    np.savez(tmp_path / "digits.npz", x_train=images, y_train=np.arange(300) % 10)
    made = train(
        tmp_path, tmp_path / "own.toml", ("nets.py", "penalty.py"), "-S", "sweep.seeds=[3]"
    )
    for line in made.printed():
        replays = "bench.replay" in line
        out = made.shell(f"{line} --verify" if replays else line)
        assert ("equal bit for bit" in out) == replays
        assert "bench.sweep" not in line or ", 0 to train" in out


PICTURES = '''
import keras


def generator(latent):
    """[B, latent] -> [B, 28, 28, 1]."""
    layers = [keras.layers.Dense(784, activation="tanh"), keras.layers.Reshape((28, 28, 1))]
    return keras.Sequential([keras.Input((latent,)), keras.layers.Dense({units}), *layers])
'''


def of_images(folder: Path, units: int) -> Path:
    """A sweep of one trial whose files have the names of any other's -> its results folder."""
    folder.mkdir()
    (folder / "nets.py").write_text(PICTURES.replace("{units}", str(units)))
    (folder / "penalty.py").write_text(PENALTY.replace("0.1", f"0.{units}"))
    ring, images = TOML.index("[task.ring8]"), TOML.index("[task.dcgan28]")
    text = TOML[:ring] + TOML[images:].replace("width", 'generator = "nets:generator"\nwidth')
    (folder / "own.toml").write_text(
        text.replace('"ring8", ', "").replace("0..9", f"{units}..{units}")
    )
    pixels = np.random.default_rng(units).integers(0, 256, (300, 28, 28)).astype(np.uint8)
    np.savez(folder / "digits.npz", x_train=pixels)
    commands.bench("sweep", "own.toml", "-j", 1, "--results", "made", folder=folder)
    return folder / "made" / "own"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_command_after_two_sweeps_were_merged_and_moved(tmp_path):
    """Their networks, plugins and images have equal names, and are not equal."""
    (before := tmp_path / "before").mkdir()
    folders = [of_images(before / name, units) for name, units in (("one", 4), ("two", 7))]
    commands.bench("merge", *folders, before / RESULTS / "all")
    folder = before.rename(tmp_path / "after")
    for file in [*folder.glob("*/own.toml"), *folder.glob("*/*.py")]:
        file.unlink()
    made = Trained(folder, "all")
    commands.bench("report", f"{RESULTS}/all", "-o", "a page", folder=folder)
    printed = [(line, "bench.replay" in line) for line in made.printed()]
    assert sum(replays for _, replays in printed) == len(made.store.ids()) == 2
    for line, replays in printed:
        out = made.shell(f"{line} --verify" if replays else line)
        assert ("equal bit for bit" in out) == replays
        assert "bench.sweep" not in line or ", 0 to train" in out
