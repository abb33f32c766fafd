"""The harness as a training loop of your own sees it: `Run`. Imports NumPy only.

    def train(run, *, lr=1e-3):
        run.sampler(lambda n: my_samples(n))      # array [n, *run.shape]
        for real in run.batches(64):              # float32 [64, *run.shape]; each ends one step
            ...
            run.log(loss_g=loss_g, loss_d=loss_d)

`trainer = "my_file.py:train"` in a [[method]] of a sweep has it called in a process of its own. Its
keyword-only arguments are hyper-parameters, `grid.train.lr` in the TOML. It speaks with the harness
by files in a folder, as a `command` in any language does:

    run.json              given: seed, steps, shape, batch, latent, task, labels, samples, hparams,
                          options, evaluations (the steps after which to write samples)
    real.npy, labels.npy  given: real samples [N, *shape], and their classes where there are any
    log.jsonl             to be appended to: {"step": 100, "loss_g": 0.7, "loss_d": 1.3}
    samples-<step>.npy    to be written: [samples, *shape], float32; under another name first, then
                          renamed, so that it is there whole or not at all

A NaN in any of them ends the trial as diverged. `python -m bench.trainer FOLDER` runs the function
of such a folder.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import json
import math
import os
import random
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["Run"]

LOSSES = ("loss_g", "loss_d")
"""The two losses, without penalties."""

SIGNALS = (*LOSSES, "gradient_g", "gradient_d", "weight_norm")
"""Numbers that `Run.log` keeps beside logits. Other names stay in the log, and are not stored."""

GLOBAL_SEED = "GAN_BENCH_GLOBAL_SEED"
"""The environment variable that the contract check seeds global generators by."""

_FLUSH = 0.5
"""Seconds after which what was logged is written at the latest."""

Array = np.ndarray


class Asked:
    """The folder of a trial as a trainer finds it: what is asked for, and real samples."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        """The folder."""
        asked: dict[str, Any] = json.loads((self.folder / "run.json").read_text(encoding="utf-8"))
        self.seed: int = asked["seed"]
        """The seed of all random numbers: the same for every method that is compared."""
        self.steps: int = asked["steps"]
        """The number of steps to train."""
        self.shape: tuple[int, ...] = tuple(asked["shape"])
        """The shape of one sample: (2,) of points, (height, width, channels) of images."""
        self.size: int = math.prod(self.shape)
        """The count of numbers in one sample."""
        self.batch: int = asked["batch"]
        """The size of a batch that the task recommends."""
        self.latent: int = asked["latent"]
        """The size of a latent that the task recommends."""
        self.task: str = asked["task"]
        """The name of the task."""
        self.labels: int = asked["labels"]
        """The number of classes; 0: there are none."""
        self.samples: int = asked["samples"]
        """The number of samples that a measurement takes."""
        self.evaluations: frozenset[int] = frozenset(asked["evaluations"])
        """The steps after which samples are measured."""
        self.hparams: dict[str, float] = asked["hparams"]
        """The hyper-parameters by their names, without "train."."""
        self.options: dict[str, Any] = asked["options"]
        """The options of the task by their names, as `units` and `network`."""
        self.asked: dict[str, Any] = asked
        """All of run.json."""

    @cached_property
    def real(self) -> Array:
        """Real samples, float32 [N, *shape]: a whole data set, or many draws of a distribution;
        images in [-1, 1]."""
        return np.load(self.folder / "real.npy")

    @cached_property
    def classes(self) -> Array | None:
        """The class of each real sample, int [N]; None where there are none."""
        file = self.folder / "labels.npy"
        return np.load(file) if file.exists() else None


class Run(Asked):
    """One trial: what it was asked for, real samples, and where losses and samples go."""

    def __init__(self, folder: str | Path) -> None:
        super().__init__(folder)
        self.done = 0
        """The number of steps that are done."""
        self._sampler: Callable[[int], Any] | None = None
        self._values: dict[str, Any] = {}
        self._logits: dict[str, Array] = {}
        self._open = self._missed = False
        self._steps = 0  # of the block, where the loop takes blocks
        self._rng = np.random.Generator(np.random.Philox(key=self.seed))
        self._log = open(self.folder / "log.jsonl", "a", buffering=2**16, encoding="utf-8")  # noqa: SIM115
        self._flushed = time.monotonic()

    def sampler(self, draw: Callable[[int], Any]) -> None:
        """Say how to draw samples: `draw(n)` gives an array [n, *shape] of NumPy, PyTorch,
        TensorFlow or JAX. It is called after some of the steps.

        What it draws from the global generators of Python, NumPy and PyTorch is the same at each
        call, and they go on afterwards as if it had not been called. Raises ValueError where a
        measurement has passed without it.
        """
        if self._missed:
            raise ValueError(f"no sampler was given before step {self.done}: give it at the start")
        self._sampler = draw

    def batches(self, n: int | None = None, labels: bool = False) -> Iterator[Any]:
        """Real batches, float32 [n, *shape], one for each step, drawn with replacement; with
        `labels` pairs (batch, classes [n]). They depend on the seed and on n alone.

        To ask for the next one ends the step. A step that needs several batches asks for a larger
        one and splits it. Without n it is the size that the task recommends.
        """
        size = n or self.batch
        while self.begin():
            yield self.draw(size, labels)

    def draw(self, n: int, labels: bool = False) -> Any:
        """The next real batch, as `batches` gives it, without a new step."""
        rows = self._rng.integers(len(self.real), size=n)
        batch = self.real.take(rows, 0)
        return (batch, None if self.classes is None else self.classes[rows]) if labels else batch

    def blocks(self, n: int | None = None, most: int = 200) -> Iterator[Array]:
        """The batches of `batches`, many steps at a time: float32 [k, n, *shape], for a loop that
        is compiled with its steps, as `jax.lax.scan`. What is logged then has k values.

        A block ends where samples are measured, and has at most `most` steps.
        """
        size, marks = n or self.batch, sorted(self.evaluations)
        while self.done < self.steps:
            stop = min((mark for mark in marks if mark > self.done), default=self.steps)
            self._steps = min(stop - self.done, most)
            yield self.real.take(self._rng.integers(len(self.real), size=(self._steps, size)), 0)
            columns, steps = self._values, self._steps
            for i in range(steps):
                self._open, self._values = True, {name: x[i] for name, x in columns.items()}
                self.end()
            self._steps = 0

    def begin(self) -> bool:
        """End the step before and begin the next one -> False after the last. `batches` does so; a
        loop that draws its own batches from `real` calls it: `while run.begin(): ...`"""
        self.end()
        self._open = self.done < self.steps
        return self._open

    def log(self, *, real_logits: Any = None, fake_logits: Any = None, **values: Any) -> None:
        """Note numbers of this step: loss_g, loss_d, and gradient_g, gradient_d, weight_norm where
        they are at hand. Logits [n] of the discriminator on real and on generated samples give its
        curves. Raises ValueError for what is no number; among `blocks` for anything else than a
        number of each step."""
        for name, value in values.items():
            self._values[name] = self._column(name, value) if self._steps else _number(name, value)
        for name, given in (("real", real_logits), ("fake", fake_logits)):
            if given is not None:
                self._logits[name] = _array(given).astype(np.float64).ravel()

    def end(self) -> None:
        """End the step, where one has begun: write what was logged and, where the sweep asks for
        it, samples. Raises ValueError for samples of a wrong shape."""
        if not self._open:
            return
        self._open, self.done = False, self.done + 1
        asked = self.done in self.evaluations
        line = {"step": self.done, **self._values, **_judged(self._logits, asked)}
        self._missed |= asked and self._sampler is None
        if asked and self._sampler is None:
            line["sampler"] = False
        if len(line) > 1 or asked or self.done == self.steps:
            self._log.write(json.dumps(line) + "\n")
        self._values, self._logits = {}, {}
        if asked or time.monotonic() - self._flushed > _FLUSH:
            self._log.flush()
            self._flushed = time.monotonic()
        if asked and self._sampler is not None:
            self._write(self._sampler)

    def dataset(self, n: int | None = None) -> Any:
        """The batches of `batches` as a `tf.data.Dataset`, one epoch of all steps. Imports
        TensorFlow. `keras` ends the steps."""
        return _dataset(self, n or self.batch)

    def keras(self, **names: str) -> Any:
        """A callback for `model.fit(run.dataset(), callbacks=[run.keras()])` that ends a step at
        each batch. Imports Keras.

        Losses are found in the model's logs by the names in use ("g_loss", "gen_loss", "loss_g"
        ...); `loss_g="my_name"` says another one. Call `run.sampler` before `fit`.
        """
        return _steps(self, names)

    def close(self) -> None:
        """End the last step and close the log."""
        self.end()
        self._log.close()

    def _column(self, name: str, value: Any) -> list[float]:
        found = _array(value)
        if found.shape != (self._steps,):
            text = f"the shape {found.shape}, needed is one number for each of {self._steps} steps"
            raise ValueError(f"run.log: {name} has {text}")
        return found.astype(float).tolist()

    def _write(self, draw: Callable[[int], Any]) -> None:
        with _same_draws():
            found = _array(draw(self.samples)).astype(np.float32, copy=False)
        _check(found, (self.samples, *self.shape))
        place = self.folder / f"samples-{self.done}.npy"
        partial = place.with_suffix(".part")
        with partial.open("wb") as file:
            np.save(file, found)
        os.replace(partial, place)


def _judged(logits: Mapping[str, Array], whole: bool) -> dict[str, Any]:
    """Means of the discriminator's logits [n] by what it has seen, and all of them where samples
    are measured."""
    if not logits:
        return {}
    means = {f"logit_{name}": float(found.mean()) for name, found in logits.items()}
    size = float(np.abs(np.concatenate(list(logits.values()))).mean())
    lists = {f"{name}_logits": found.tolist() for name, found in logits.items()} if whole else {}
    return {**means, "logit_scale": size, **lists}


def _dataset(run: Run, size: int) -> Any:
    import tensorflow as tf

    def draws() -> Iterator[Array]:
        for _ in range(run.steps):
            yield run.draw(size)

    spec = tf.TensorSpec((size, *run.shape), tf.float32)
    made = tf.data.Dataset.from_generator(draws, output_signature=spec)
    return made.apply(tf.data.experimental.assert_cardinality(run.steps))


def _steps(run: Run, names: Mapping[str, str]) -> Any:
    import keras

    class Steps(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            if not run.begin():
                self.model.stop_training = True

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            run.log(**_losses(logs or {}, names))
            run.end()

    return Steps()


def _check(found: Array, wanted: tuple[int, ...]) -> None:
    """Raises ValueError for samples of another shape than is wanted."""
    if found.shape == wanted:
        return
    text = f"the sampler gives samples of shape {found.shape}, needed {wanted}"
    if found.shape == (*wanted[:1], *wanted[-1:], *wanted[1:-1]):
        text += ": channels come last, .permute(0, 2, 3, 1) in PyTorch"
    raise ValueError(text)


def _number(name: str, value: Any) -> float:
    try:
        return float(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError, RuntimeError) as error:
        shape = getattr(value, "shape", None)
        what = f"has the shape {tuple(shape)}" if shape else f"is {type(value).__name__}"
        raise ValueError(f"run.log: {name} {what}, needed is one number") from error


def _array(value: Any) -> Array:
    """An array of any framework as NumPy's."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    return np.asarray(value)


@contextlib.contextmanager
def _same_draws() -> Iterator[None]:
    """Start the global generators anew inside of a `with`, and put them back afterwards."""
    torch = sys.modules.get("torch")
    own, numpys = random.getstate(), np.random.get_state()  # noqa: NPY002
    torchs = torch.get_rng_state() if torch else None
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    if torch:
        torch.manual_seed(0)
    try:
        yield
    finally:
        random.setstate(own)
        np.random.set_state(numpys)  # noqa: NPY002
        if torch:
            torch.set_rng_state(torchs)


def _seed(seed: int) -> None:
    """Seed the global generators of what is imported."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    if torch := sys.modules.get("torch"):
        torch.manual_seed(seed)
    if tensorflow := sys.modules.get("tensorflow"):
        tensorflow.random.set_seed(seed)


_KERAS = {
    "loss_g": ("loss_g", "g_loss", "gen_loss", "generator_loss", "gloss"),
    "loss_d": ("loss_d", "d_loss", "disc_loss", "discriminator_loss", "critic_loss", "dloss"),
}


def _losses(logs: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The two losses in the logs of a Keras model, whose names may have any spelling."""
    plain = {name.lower().replace("/", "_").replace(" ", "_"): v for name, v in logs.items()}
    found = {}
    for loss, known in _KERAS.items():
        if loss in names:
            found[loss] = logs[names[loss]]
        else:
            there = [plain[name] for name in known if name in plain]
            found |= {loss: there[0]} if there else {}
    return found


def function(folder: Path, name: str) -> Callable[..., Any]:
    """The function "file.py:function" of the code that lies in a trial's folder."""
    file, _, own = name.rpartition(":")
    place = folder / "code" / file
    sys.path.insert(0, str(place.parent))
    module = place.stem if place.stem not in sys.modules else f"trainer_{place.stem}"
    spec = importlib.util.spec_from_file_location(module, place)
    assert spec
    assert spec.loader
    loaded = sys.modules[module] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    found: Callable[..., Any] = getattr(loaded, own)
    return found


def main(
    argv: list[str] | None = None, find: Callable[[Path, str], Callable[..., Any]] = function
) -> int:
    """Run the trainer of a folder, which `find` finds by its name.

    Returns 0, or 1 where it raised: error.json then has the type, the message and the traceback of
    what it raised.
    """
    folder = Path((sys.argv[1:] if argv is None else argv)[0]).resolve()
    try:
        run = Run(folder)
        train = find(folder, run.asked["trainer"])
        if seed := os.environ.get(GLOBAL_SEED):
            _seed(int(seed))
        train(run, **_arguments(train, run.hparams))
        run.close()
    except (Exception, KeyboardInterrupt) as error:
        traceback.print_exc()
        _tell(folder, error)
        return 1
    return 0


def _arguments(train: Callable[..., Any], hparams: Mapping[str, float]) -> dict[str, Any]:
    """The hyper-parameters as the function's defaults are: whole numbers where those are."""
    defaults = {p.name: p.default for p in inspect.signature(train).parameters.values()}
    return {
        name: int(value) if type(defaults[name]) is int and float(value).is_integer() else value
        for name, value in hparams.items()
    }


def _tell(folder: Path, error: BaseException) -> None:
    """Write an error down, as far as it can be shown."""
    try:
        text = str(error)
    except Exception as another:
        text = f"its text cannot be shown: __str__ raises {type(another).__name__}"
    trace = "".join(traceback.format_exception(error)).replace(f"{folder / 'code'}{os.sep}", "")
    told = {"type": type(error).__name__, "message": text, "traceback": trace[-8192:]}
    with contextlib.suppress(OSError):
        (folder / "error.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
