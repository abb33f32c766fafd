"""Images that are no .npz: they are told by their kind, and the two lines of Python make one."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from PIL import Image

from bench.gan.data.npz import check_npz, load_npz
from bench.sweep import main

PIXELS = np.random.default_rng(0).integers(0, 256, (120, 28, 28)).astype(np.uint8)


def made(path: object) -> str:
    """Run the two lines that an error ends with, as they stand."""
    with pytest.raises(ValueError, match=r"needed is one \.npz") as error:
        check_npz(str(path))
    first, *lines = str(error.value).splitlines()
    assert len(lines) == 2
    exec("\n".join(line.strip() for line in lines), {})
    return first


def test_a_folder_of_images(tmp_path):
    for i, pixels in enumerate(PIXELS):
        file = tmp_path / "my photos" / f"class {i % 3}" / f"{i:03}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(file)
    first = made(tmp_path / "my photos")
    assert ", but a folder; needed is one .npz with x_train [n, 28, 28]" in first
    found = load_npz(tmp_path / "my photos.npz").images
    assert found.shape == (120, 28, 28, 1)
    assert sorted(found.sum(axis=(1, 2, 3))) == pytest.approx(
        sorted((PIXELS / 127.5 - 1).sum(axis=(1, 2))), abs=1e-3
    )


def test_one_array_and_a_table(tmp_path):
    np.save(tmp_path / "x.npy", PIXELS)
    (tmp_path / "torch.pkl").write_bytes(pickle.dumps(PIXELS))
    assert ", but a pickle; " in made(tmp_path / "torch.pkl")
    assert len(load_npz(tmp_path / "torch.npz").images) == 120
    assert ", but a single array; " in made(tmp_path / "x.npy")
    assert np.allclose(load_npz(tmp_path / "x.npz").images[3, :, :, 0], PIXELS[3] / 127.5 - 1)
    rows = np.column_stack([np.arange(120) % 10, PIXELS.reshape(120, -1)])
    header = ",".join(["label", *(f"pixel{i}" for i in range(784))])
    np.savetxt(tmp_path / "t.csv", rows, "%d", ",", header=header, comments="")
    assert ", but a table as text; " in made(tmp_path / "t.csv")
    assert np.allclose(load_npz(tmp_path / "t.npz").images[3, :, :, 0], PIXELS[3] / 127.5 - 1)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        *(("a.pt", "a file of PyTorch; "), ("a.PNG", "one image; "), ("a.jpeg", "one image; ")),
        *(("a.h5", "an HDF5 file; "), ("a.tar.gz", "an archive: unpack it first; ")),
        *(("a.txt", "not an .npz file"), ("none.png", "no such file")),
    ],
)
def test_other_files_are_named(tmp_path, name, what):
    if not name.startswith("none"):
        (tmp_path / name).write_bytes(b"something")
    with pytest.raises(ValueError, match=what) as error:
        check_npz(tmp_path / name)
    assert len(str(error.value).splitlines()) <= 3


@pytest.mark.parametrize("task", ["dcgan28", "images"])
def test_a_sweep_says_so_with_its_line(tmp_path, capsys, task):
    (tmp_path / "photos").mkdir()
    np.save(tmp_path / "x.npy", PIXELS)
    toml = tmp_path / "x.toml"
    text = f'[sweep]\ntasks = ["{task}"]\nmethods = ["ns"]\nseeds = [0]\n[task.{task}]\n'
    words = {"x.npy": (3, "not an .npz file, but a single"), "photos": (1, "no images in this fo")}
    for name, (lines, told) in words.items():
        toml.write_text(text + f'path = "{name}"\n')
        assert main([str(toml), "-n"]) == 2
        found = capsys.readouterr().err.splitlines()
        assert found[0].startswith(f'{toml}:6: task "{task}": {tmp_path}/{name}: {told}')
        assert len(found) == lines
