"""Array files of any kind: one reader, one message that begins with the file's name."""

from __future__ import annotations

import io
import os
import zipfile

import numpy as np
import pytest

from bench.metrics.__main__ import load, main
from bench.store import Store, arrays

GOOD = np.arange(12.0).reshape(6, 2)


def saved(array: np.ndarray, name: str = "features") -> bytes:
    out = io.BytesIO()
    np.savez(out, **{name: array})
    return out.getvalue()


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content)
    return out.getvalue()


def declared(*shape: int) -> bytes:
    """An array whose header promises more than there is."""
    out = io.BytesIO()
    head = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(out, head)
    return out.getvalue() + bytes(16)


def single() -> bytes:
    out = io.BytesIO()
    np.save(out, GOOD)
    return out.getvalue()


def bomb() -> bytes:
    return zipped(("features.npy", declared(2**26, 1)[:-16] + bytes(2**29)))


WRONG = {
    "empty": (b"", "it is empty"),
    "text": (b"hello", "it is no zip archive"),
    "npy": (single(), "it is a single array; write it with numpy.savez"),
    "cut": (saved(GOOD)[:200], "not an .npz file of plain arrays ("),
    "flipped": (saved(GOOD).replace(b"\x00\x14@", b"\x00\x15@"), "Bad CRC-32"),
    "others": (zipped(("a.txt", b"hi")), "a zip archive of other things: a.txt"),
    "objects": (saved(np.array([[1, None]], dtype=object)), "Object arrays cannot be loaded"),
    "records": (saved(np.zeros(3, [("a", "f4")])), "records (a)"),
    "declared": (zipped(("features.npy", declared(2**50, 4))), "is cut off: it has 144 bytes"),
    "bomb": (bomb, "unpacks to 500 times its size"),
    "complex": (saved(GOOD + 1j), "type complex128, needed are real numbers"),
    "strings": (saved(np.array([["a", "b"]])), "type <U1, needed are real numbers"),
    "booleans": (saved(GOOD > 3), "type bool, needed are real numbers"),
    "nan": (saved(np.where(GOOD > 3, np.nan, GOOD)), "not finite (NaN or infinity)"),
    "none": (saved(GOOD[:0]), "holds no samples (shape (0, 2), needed is [N, d])"),
    "empty ones": (saved(GOOD[:, :0]), "holds no features of its samples (shape ("),
    "one row": (saved(GOOD[0]), "features have shape (2,), needed is [N, d]"),
    "five": (saved(np.zeros((2,) * 5)), "shape (2, 2, 2, 2, 2), needed is [N, d]"),
    "no array": (zipped(("features.npy", b"hello hello")), "a member of it is no array"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_words(tmp_path, name):
    content, said = WRONG[name]
    file = tmp_path / "x.npz"
    file.write_bytes(content() if callable(content) else content)
    with pytest.raises(ValueError, match="^" + str(file)) as caught:
        load(file)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("real", "fake", "said"),
    [
        ((9, 3), (9, 2), "3 features of each real sample and 2 of each generated one"),
        ((3, 2), (9, 2), "at least 4 real samples are needed, and there are 3"),
        ((9, 2), (1, 2), "at least 2 generated samples are needed, and there is 1"),
    ],
)
def test_two_files_that_cannot_be_compared(tmp_path, capsys, real, fake, said):
    for name, shape in (("real", real), ("fake", fake)):
        np.savez(tmp_path / f"{name}.npz", np.arange(np.prod(shape), dtype=float).reshape(shape))
    files = [str(tmp_path / name) for name in ("real.npz", "fake.npz")]
    assert main(files) == 2
    assert capsys.readouterr().err.startswith(f"{files[0]}, {files[1]}: {said}")


@pytest.mark.parametrize("change", [lambda a: a.astype(">f8"), np.asfortranarray, np.float16])
def test_the_same_numbers_in_any_layout(tmp_path, change):
    file = tmp_path / "x.npz"
    file.write_bytes(saved(change(GOOD)))
    np.testing.assert_array_equal(load(file), GOOD)


def test_two_arrays_of_one_name(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zipped(("features.npy", single()), ("features.npy", single()))
    with pytest.raises(ValueError, match="two arrays are called features"):
        arrays.parse(content)


@pytest.mark.parametrize("kind", ["pipe", "zeros", "folder", "link", "absent", "long"])
def test_what_is_no_file_is_not_waited_for(tmp_path, kind):
    file = tmp_path / ("x" * 300 if kind == "long" else "x.npz")
    make = {"pipe": os.mkfifo, "folder": os.mkdir, "link": lambda f: f.symlink_to("nowhere")}
    make["zeros"] = lambda f: f.symlink_to("/dev/zero")
    make.get(kind, lambda f: None)(file)
    with pytest.raises(ValueError, match="^" + str(file)):
        load(file)


def test_stored_samples_are_read_by_the_same_reader(tmp_path):
    store = Store(tmp_path / "x").create()
    os.mkfifo(store.path / "samples" / "0.npz")
    with pytest.raises(ValueError, match="it is a pipe"):
        store.samples("0")
    assert store.samples("1") == {}
