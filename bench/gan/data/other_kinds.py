"""Names the kind of a file or folder of images that is no .npz, and how to make one of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

NEEDED = "needed is one .npz with x_train [n, 28, 28] (and y_train [n])"
"""The file of images that a task takes."""

_IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
_STACKED = (
    "x = [np.asarray(Image.open(f).convert('L').resize((28, 28))) for f in "
    "sorted(Path({path!r}).rglob('*{suffix}'))]"
)
_TEXT = "np.loadtxt({path!r}, 'uint8', delimiter='SEPARATOR', skiprows=1)[:, -784:]"
_ARRAYS = {
    ".npy": ("a single array", "np.load({path!r})"),
    ".csv": ("a table as text", _TEXT.replace("SEPARATOR", ",")),
    ".tsv": ("a table as text", _TEXT.replace("SEPARATOR", r"\t")),
    ".pt": ("a file of PyTorch", "torch.load({path!r}).numpy()"),
    ".pth": ("a file of PyTorch", "torch.load({path!r}).numpy()"),
    ".mat": ("a file of MATLAB", "scipy.io.loadmat({path!r})['x']"),
    ".h5": ("an HDF5 file", "h5py.File({path!r})['x'][:]"),
    ".hdf5": ("an HDF5 file", "h5py.File({path!r})['x'][:]"),
    ".pkl": ("a pickle", "pickle.loads(Path({path!r}).read_bytes())"),
    ".parquet": ("a Parquet file", "pandas.read_parquet({path!r}).to_numpy()[:, -784:]"),
}
_IMPORTS = {
    "Path(": "from pathlib import Path",
    "Image.": "from PIL import Image",
    **{f"{name}.": f"import {name}" for name in ("torch", "scipy.io", "h5py", "pickle", "pandas")},
}
"""A part of a line of Python -> the import that it needs."""
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".xz", ".bz2", ".7z", ".rar")


def other_kind(path: str | Path, needed: str = NEEDED) -> str:
    """The kind of a path that is no .npz, what is `needed`, and in two lines of Python how to make
    one of 28 x 28 images; "" for an .npz, a file of no known kind, and where there is nothing."""
    place, suffix = Path(path), Path(path).suffix.lower()
    target = str(place.with_name(f"{place.stem or place.name}.npz"))
    if place.is_dir():
        suffixes = Counter(file.suffix for file in place.rglob("*") if _is_image(file))
        usual = max(suffixes, key=suffixes.__getitem__, default=".png")
        code = _line(_STACKED, path=str(path), suffix=usual)
        return _words(path, needed, "a folder", code, f"np.savez({target!r}, x_train=np.stack(x))")
    if not place.is_file():
        return ""
    if _is_image(place):
        code = _line(_STACKED, path=str(place.parent), suffix=place.suffix)
        return _words(path, needed, "one image", code, f"np.savez({target!r}, x_train=np.stack(x))")
    if suffix in _ARRAYS:
        what, reading = _ARRAYS[suffix]
        save = f"np.savez({target!r}, x_train=x.reshape(-1, 28, 28))"
        return _words(path, needed, what, _line(f"x = {reading}", path=str(path)), save)
    if suffix in _ARCHIVES:
        return f"{path}: not an .npz file, but an archive: unpack it first; {needed}"
    return ""


def _line(template: str, **values: str) -> str:
    """A line of Python with the imports that the two lines need: it works where it is pasted."""
    more = [text for name, text in _IMPORTS.items() if name in template]
    return "; ".join(["import numpy as np", *more, template.format(**values)])


def _is_image(file: Path) -> bool:
    return file.suffix.lower() in _IMAGES


def _words(path: str | Path, needed: str, what: str, *lines: str) -> str:
    return "\n    ".join((f"{path}: not an .npz file, but {what}; {needed}:", *lines))
