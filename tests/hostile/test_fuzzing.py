"""The three readers (TOML, results, array files) on valid inputs that were changed at random.

By default a few hundred inputs; `-m slow` runs ten thousand. Only the documented errors may come.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import random
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import grid
from bench.store import Store, StoreError, arrays, listing
from bench.store.encoding import UNREADABLE, decode, encode
from bench.trial import Result
from tests.analysis.synthetic import result

hypothesis = pytest.importorskip("hypothesis", reason="fuzzing needs hypothesis")
strategies = hypothesis.strategies

FEW, MANY = 120, 3400

JUNK: list[Any] = [
    *(None, True, -1, 0, 1, 2**63, 10**400, 1.5, 1e308, float("nan"), float("inf"), "", "x"),
    *("0..9", "\ud800", "\0", "a\nb", [], {}, [[]], {"": {}}, [None], [1, "x"], {"low": 1}, "x3"),
    *("ring8", "r1", "lr_g", ["r1", "r1"], "../../x", "x" * 500),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values in a nest of tables and lists."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = [path] if path else []
    if isinstance(value, dict | list):
        for key, each in inner:
            found += places(each, (*path, key)) if isinstance(each, dict | list) else [(*path, key)]
    return found


def mutated(record: Any, rng: random.Random) -> Any:
    """A copy in which up to three values were replaced, removed, doubled or renamed."""
    record = copy.deepcopy(record)
    for _ in range(rng.randint(1, 3)):
        *parents, last = rng.choice(places(record) or [()]) or (None,)
        table = record
        with contextlib.suppress(KeyError, IndexError, TypeError):
            for key in parents:
                table = table[key]
            how = rng.randrange(5)
            if how == 0:
                del table[last]
            elif how == 1 and isinstance(table, list):
                table.append(copy.deepcopy(table[last]))
            elif how == 2 and isinstance(table, dict):
                table[rng.choice(["x", "", "name", "step", "lr_g", "a.b"])] = table.pop(last)
            else:
                table[last] = copy.deepcopy(rng.choice(JUNK))
    return record


def spoilt(content: bytes, rng: random.Random) -> bytes:
    """Bytes that were cut, flipped, doubled or filled with others, at a random place."""
    if not content:
        return content
    at, how = rng.randrange(len(content)), rng.randrange(5)
    size = min(len(content), rng.choice([1, 2, 4, 50]))
    if how == 0:
        return content[:at]
    if how == 1:
        return content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :]
    if how == 2:
        return content[:at] + content[max(0, at - size) :]
    if how == 3:
        return content[:at] + rng.randbytes(size) + content[at + size :]
    return content[:at] + content[at + size :]


# --- results -------------------------------------------------------------------------------------

SEEDS = [
    encode(result("converged", evaluations=5)),
    encode(result("crashed")),
    encode(result("nonfinite", options={"path": "x", "data": "0" * 16}, evaluations=10)),
]


def read_result(rng: random.Random) -> None:
    """A changed result is read, or refused as documented; the listing takes or names it."""
    content = rng.choice(SEEDS)
    if rng.random() < 0.7:
        content = json.dumps(mutated(json.loads(content), rng), separators=(",", ":")).encode()
    else:
        content = spoilt(content, rng)
    try:
        found = decode(content)
    except UNREADABLE:
        found = None
    if found is not None:
        assert isinstance(found, Result)
        decode(encode(found))  # what was read can be stored
        assert len({len(v) for v in found.curves.values()}) <= 1
    with tempfile.TemporaryDirectory() as place:
        store = Store(Path(place)).create()
        file = store.path / "trials" / f"{result('crashed').trial.id}.json"
        file.write_bytes(content)
        assert store.ids() <= {file.stem}
        assert bool(store.ids()) == (f"trials/{file.name}" not in listing.strangers(store.path))
        for id in store.ids():
            with contextlib.suppress(StoreError):
                store.brief(id)
            with contextlib.suppress(StoreError):
                store.read(id)


# --- array files ---------------------------------------------------------------------------------


def npz(rng: random.Random) -> bytes:
    """An .npz file of arrays of all kinds, some with a changed header."""
    kinds = ["<f4", ">f8", "<i2", "|b1", "<c8", "<U3", "|O", [("a", "<f4")], "|V4", "<M8[s]"]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as file:
        for name in rng.sample(["features", "x_train", "y_train", "fake", "a/b", "é"], 2):
            shape = tuple(rng.choices([0, 1, 2, 5], k=rng.randint(0, 4)))
            array = io.BytesIO()
            made = np.zeros(shape, rng.choice(kinds), order=rng.choice(["C", "F"]))
            np.save(array, made, allow_pickle=True)
            content = array.getvalue()
            if rng.random() < 0.5:
                old, new = rng.choice(
                    [
                        (b"'shape': (", b"'shape': (99999999,"),
                        (b"False", b"True "),
                        (b"<f4", b"<x9"),
                    ]
                )
                content = content.replace(old, new)
            if rng.random() < 0.3:
                content = spoilt(content, rng)
            file.writestr(f"{name}.npy" if rng.random() < 0.9 else name, content)
    return out.getvalue()


def read_arrays(rng: random.Random) -> None:
    """A changed array file gives plain arrays, or ValueError in words."""
    content = npz(rng)
    if rng.random() < 0.5:
        content = spoilt(content, rng)
    try:
        found = arrays.parse(content)
    except ValueError as error:
        assert str(error)  # noqa: PT017
        return
    for array in found.values():
        assert not array.dtype.hasobject
        assert array.dtype.names is None


# --- TOML ----------------------------------------------------------------------------------------

TOML = """\
# A question?
[sweep]
tasks = ["ring8", "dirac"]
methods = ["ns", "r1"]
seeds = {ring8 = "0..1", dirac = [0]}
steps = 10
evaluations = 2

[grid]
lr_g = [3e-4, 1e-3]
lr_d = "x4 lr_g"
r1.gamma = [0.1, "x3"]

[[zip]]
adam.beta1 = [0.0, 0.5]
adam.beta2 = [0.9, 0.999]

[random]
samples = 2
seed = 0
r1.gamma = {low = 0.1, high = 100, scale = "log"}

[[exclude]]
method = "r1"
lr_g = [1e-3]

[task.ring8]
sigma = [0.05, 0.1]
network = "mlp"

[[method]]
name = "hinge_r1"
base = "r1"
loss = "hinge"
grid.lr_g = [1e-4]

[analysis]
success = "converged"
baseline = "r1"

[[reference]]
task = "ring8"
method = "r1"
metric = "success"
value = 1
source = "Somebody 2018"
"""

WORDS = [
    *("=", "[", "]", "{", "}", '"', "'", '"""', "#", ",", ".", "\n", "\\", "nan", "inf", "-1"),
    *("1e999", "true", "0x10", "1979-05-27", "2**31", "[]", "{}", '""', "x3", "\t", "é", "\r\n"),
    *("99999999999999999999", "[sweep]", "[[method]]", '"0..9"', '"r1"', "lr_g", "= 0\n", "null"),
]


def read_toml(rng: random.Random) -> None:
    """A changed sweep is read, or refused with its place."""
    text = TOML
    for _ in range(rng.randint(1, 3)):
        at, how = rng.randrange(len(text)), rng.randrange(4)
        lines = text.splitlines(keepends=True)
        if how == 0:
            text = text[:at] + rng.choice(WORDS) + text[at + rng.choice([0, 1, 5]) :]
        elif how == 1:
            del lines[rng.randrange(len(lines))]
            text = "".join(lines) or "x"
        elif how == 2:
            lines.insert(rng.randrange(len(lines)), rng.choice(lines))
            text = "".join(lines)
        else:
            key, equals, _ = (line := rng.choice(lines)).partition("=")
            if equals:
                text = text.replace(line, f"{key}= {rng.choice(WORDS)}\n", 1)
    content = text.encode() if rng.random() < 0.9 else spoilt(text.encode(), rng)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "x.toml"
        file.write_bytes(content)
        try:
            sweep = grid.load(file)
        except grid.GridError as error:
            assert str(error).startswith((str(file), "-S"))  # noqa: PT017
            return
        assert sweep.trials


# --- all of them ---------------------------------------------------------------------------------

READERS = [read_result, read_arrays, read_toml]


def fuzz(reader: Callable[[random.Random], None], examples: int, derandomize: bool) -> None:
    """Run a reader on so many inputs; hypothesis chooses the seed of each and shows the least."""
    settings = hypothesis.settings(
        max_examples=examples,
        derandomize=derandomize,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )

    @settings
    @hypothesis.given(strategies.integers(0, 2**64 - 1))
    def check(seed: int) -> None:
        reader(random.Random(seed))

    check()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("reader", READERS)
def test_a_changed_input_raises_nothing_but_what_is_documented(reader):
    fuzz(reader, FEW, derandomize=True)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("reader", READERS)
def test_ten_thousand_changed_inputs(reader):
    fuzz(reader, MANY, derandomize=False)
