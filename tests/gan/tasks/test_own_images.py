"""The task `images`: a user's own images from the TOML to the page."""

from __future__ import annotations

import shutil
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench import grid, registry
from bench.gan.data import sources
from bench.gan.networks import PLAIN, Sizes, dcgan, residual
from bench.grid.checks import apart
from bench.report import main as report
from bench.store import Store
from bench.sweep import main, plan, record
from bench.trial import Status
from tests import here

HEAD = '[sweep]\ntasks = ["{task}"]\nmethods = ["r1"]\nseeds = [0]\nsteps = 4\nevaluations = 2\n'


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def untried(monkeypatch):
    """Data are not tried here, which takes TensorFlow."""
    monkeypatch.setattr(grid.checks.measurable, "check", lambda *args: ())


def pictures(count: int, side: int, classes: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Stripes uint8 [count, side, side, 3] whose colour and direction are their class."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % classes
    down, right = np.mgrid[:side, :side] / side
    angle = labels * np.pi / classes + rng.uniform(-0.1, 0.1, count)
    along = np.cos(angle)[:, None, None] * right + np.sin(angle)[:, None, None] * down
    waves = np.sin(9 * along + rng.uniform(0, 6, count)[:, None, None]) / 2 + 0.5
    colours = np.array([[1, 0.2, 0.1], [0.2, 1, 0.2], [0.1, 0.2, 1], [1, 1, 0.2], [1, 0.2, 1]])
    mixed = waves[..., None] * colours[labels % 5][:, None, None]
    noise = rng.normal(size=mixed.shape) * 0.06
    return (np.clip(mixed + noise, 0, 1) * 255).astype(np.uint8), labels


def saved(root: Path, images: np.ndarray, labels: np.ndarray, suffix: str = "png") -> Path:
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        file = root / f"class {label}" / f"{i:04}.{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image.squeeze()).save(file)
    return root


def toml(folder: Path, options: str, task: str = "images", more: str = "") -> Path:
    file = folder / "own.toml"
    file.write_text(HEAD.replace("{task}", task) + f"[task.{task}]\n{options}\n{more}")
    return file


def test_a_plan_says_what_it_found_and_loads_no_tensorflow(tmp_path, untried, capsys):
    saved(tmp_path / "photos", *pictures(40, 20))
    asked = grid.load(toml(tmp_path, 'path = "photos"\nsize = 8\nn = [0, 25, 40]'))
    assert [t.options["n"] for t in asked.trials] == [40, 25]  # all 40 are asked for twice
    assert {t.options["channels"] for t in asked.trials} == {3}
    assert len({t.options["data"] for t in asked.trials}) == 2
    place = f'task "images" on {tmp_path / "photos"}: '
    classes = "5 classes (class 0, class 1, class 2, class 3, class 4)"
    assert asked.notes == (
        f"{place}40 images 8 x 8, RGB, {classes}; 40 resized",
        f"{place}25 images 8 x 8, RGB, {classes}; 25 resized; 15 image files left out",
    )


def test_a_trial_is_named_by_decoded_images(tmp_path, untried):
    images, labels = pictures(40, 12)
    saved(tmp_path / "photos", images, labels)
    np.savez(tmp_path / "x.npz", x_train=images, y_train=labels)
    shutil.copytree(tmp_path / "photos", tmp_path / "again")
    (tmp_path / "again" / "class 1" / "bad.png").write_bytes(b"")
    trials = [
        grid.load(toml(tmp_path, f'path = "{path}"\nsize = 12\nskip_unreadable = {skip}')).trials[0]
        for path, skip in (("photos", "false"), ("x.npz", "false"), ("again", "true"))
    ]
    assert len({t.id for t in trials}) == 1
    grey = grid.load(toml(tmp_path, 'path = "x.npz"\nsize = 12\nchannels = 1')).trials[0]
    assert grey.id != trials[0].id
    task = registry.task["images"](**grey.options)
    assert task.shape == (12, 12, 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("size = 30", "size = 30 is no multiple of 4"),
        ("size = 132", "is not a whole number in [8, 128]"),
        ("size = 4", "is not a whole number in [8, 128]"),
        ("channels = 2", "channels = 2: images are grey (1) or in colours (3)"),
        ('network = "mlp"\nsize = 20', "is for images up to 16 x 16, and size is 20"),
        ("n = 7", "n = 7 images are wanted, least are 20"),
        ('path = ""', "path is empty: name a folder of images, an .npz, or photos2"),
        ('path = "nowhere"', "nowhere: no such folder and no such file"),
        ("skip_unreadable = 1", "must be true or false, not 1"),
    ],
)
def test_what_cannot_be_is_said_with_its_line(tmp_path, untried, options, words, capsys):
    file = toml(tmp_path, options)
    assert main([str(file), "-n"]) == 2
    told = capsys.readouterr().err
    line = file.read_text().splitlines().index(options.splitlines()[0]) + 1
    assert told.startswith(f"{file}:{line}: ")
    assert words in told.replace(f"{tmp_path}/", "")


def test_a_folder_of_unreadable_files_is_three_lines(tmp_path, untried, capsys):
    saved(tmp_path / "photos", *pictures(30, 8))
    for i in range(12):
        (tmp_path / "photos" / f"bad{i:02}.png").write_text("no image")
    file = toml(tmp_path, 'path = "photos"')
    assert main([str(file), "-n"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(f'{file}:8: task "images": {tmp_path}/photos: 12 files cannot')
    assert lines[1].count("no image but text") == 10
    assert lines[1].endswith("and 2 more")
    assert len(lines) == 3


def test_a_missing_package_is_said_with_the_line_and_the_command(tmp_path, untried, monkeypatch):
    def none(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(sources.named.metadata, "files", none)
    file = toml(tmp_path, 'path = "mnist5k"')
    with pytest.raises(grid.GridError, match=r'pip install "gan-stability-bench\[mnist\]"') as told:
        grid.load(file)
    assert str(told.value).startswith(f"{file}:8: ")


def test_networks_that_are_told_classes_need_subfolders(tmp_path, untried):
    images, labels = pictures(40, 8)
    method = '[[method]]\nname = "biggan"\n'
    saved(tmp_path / "photos", images, labels)
    assert grid.load(toml(tmp_path, 'path = "photos"\nsize = 8', more=method)).trials
    saved(tmp_path / "flat", images, 0 * labels)
    with pytest.raises(grid.GridError, match="flat has none"):
        grid.load(toml(tmp_path, 'path = "flat"\nsize = 8', more=method))


def test_small_grey_images_are_for_dcgan28_too(tmp_path, untried):
    images, labels = pictures(30, 28)
    saved(tmp_path / "photos", images, labels)
    (trial,) = grid.load(toml(tmp_path, 'path = "photos"', "dcgan28")).trials
    assert registry.task["dcgan28"](**trial.options).shape == (28, 28, 1)
    grey = grid.load(toml(tmp_path, 'path = "photos"\nsize = 28\nchannels = 1')).trials[0]
    assert trial.options["data"] == grey.options["data"]
    assert set(trial.options) == {"path", "data", "width", "batch", "latent"}


def test_a_sweep_goes_on_from_its_folder_with_images_of_packages_and_folders(tmp_path, untried):
    saved(tmp_path / "photos", *pictures(30, 8))
    asked = grid.load(toml(tmp_path, 'path = ["photos", "photos2"]\nsize = 8'))
    store = Store(tmp_path / "results" / "own").create()
    record.write(plan.make(asked, asked.trials, store, (), 1))
    again = grid.load(store.path)
    assert [t.id for t in again.trials] == [t.id for t in asked.trials]
    kept = grid.kept_files(store, asked.trials[0])
    assert [kept.moved(t).options for t in asked.trials] == [dict(t.options) for t in asked.trials]
    shutil.move(tmp_path / "photos", store.path / "photos")
    assert [t.id for t in grid.load(store.path).trials] == [t.id for t in asked.trials]


@pytest.mark.parametrize(
    ("side", "start", "count"),
    [
        *((8, 2, 2), (28, 7, 2), (32, 8, 2), (36, 9, 2), (60, 15, 2), (64, 8, 3), (68, 17, 2)),
        *((96, 12, 3), (100, 25, 2), (112, 14, 3), (124, 31, 2), (128, 8, 4)),
    ],
)
def test_dcgan_has_one_more_doubling_for_each_of_the_side_above_32(side, start, count):
    assert dcgan.doublings(side) == count
    assert side / 2**count == start
    for channels in (1, 3):
        g = dcgan.dcgan_generator(5, channels, width=0.02, side=side)
        d = dcgan.dcgan_discriminator(channels, width=0.02, side=side)
        assert g.output_shape == (None, side, side, channels)
        assert d.input_shape == (None, side, side, channels)
        assert d.output_shape == (None, 1)


@pytest.mark.parametrize(("side", "channels"), [(8, 3), (20, 1), (64, 3), (128, 1)])
def test_residual_networks_of_any_size(side, channels):
    sizes = Sizes((side, side, channels), 5, width=0.05)
    g, d = residual.generator(sizes, PLAIN), residual.discriminator(sizes, PLAIN)
    assert g.output_shape == d.input_shape == (None, side, side, channels)
    widest = max(v.shape[-1] for v in d.trainable_variables if len(v.shape) == 4)
    assert widest <= round(0.05 * 512)


def test_images_are_trained_and_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "call", here.answer)
    saved(tmp_path / "photos", *pictures(60, 12))
    file = toml(tmp_path, 'path = "photos"\nsize = 12\nwidth = 0.02\nbatch = 8\nlatent = 6')
    done = here.sweep(file)
    assert done.returncode == 0, done.stderr
    assert "its classifier tells 1" in done.stderr  # 100.0%
    (result,) = Store(tmp_path / "results" / "own")
    assert result.status is Status.COMPLETED
    assert result.facts["proxy"] == "CLS-FD"
    assert result.facts["accuracy"] >= 0.8
    assert result.facts["modes"] == 5
    assert None not in result.curves["modes"]


@pytest.mark.slow
@pytest.mark.parametrize("network", ["dcgan", "residual"])
@pytest.mark.parametrize("kind", ["png", "jpg", "rgba", "npz", "grey npz", "rgba npz"])
def test_every_kind_of_data_is_trained_by_both_networks(tmp_path, monkeypatch, kind, network):
    monkeypatch.setattr(apart, "call", here.answer)
    side = 28 if kind in ("jpg", "grey npz") else 64 if "rgba" in kind else 32
    images, labels = pictures(500, side)
    if "rgba" in kind:
        opacity = np.full((500, side, side, 1), 255, np.uint8)
        opacity[:, :9] = 0
        images = np.concatenate([images, opacity], -1)
    if side == 28:
        images = images.mean(-1, keepdims=True).astype(np.uint8)
    path = "x.npz" if "npz" in kind else "photos"
    if "npz" in kind:
        np.savez(tmp_path / path, x_train=images, y_train=labels)
    else:
        saved(tmp_path / path, images, labels, "jpg" if kind == "jpg" else "png")
    options = f'path = "{path}"\nsize = {side}\nwidth = 0.06\nbatch = 16\nlatent = 8\n'
    done = here.sweep(toml(tmp_path, options + f'network = "{network}"'))
    assert done.returncode == 0, done.stderr
    (result,) = Store(tmp_path / "results" / "own")
    assert result.status is Status.COMPLETED
    assert result.trial.options["channels"] == (1 if side == 28 else 3)
    assert result.facts["modes"] == 5
    assert None not in result.curves["q"]
    assert ("transparent, on white" in done.stderr) == ("rgba" in kind)
    page = tmp_path / "page"
    assert report([str(tmp_path / "results" / "own"), "-o", str(page)]) == 0
    assert list(page.glob("figures/*samples.png"))


def test_classes_that_no_classifier_tells_are_no_modes(tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "call", here.answer)
    images, _ = pictures(90, 8)
    saved(tmp_path / "photos", images, np.random.default_rng(1).integers(0, 2, 90))
    asked = grid.load(toml(tmp_path, 'path = "photos"\nsize = 8'))
    assert any("modes cannot be measured" in line for line in asked.warnings)
    assert any("of held-out images right" in line for line in asked.notes)
