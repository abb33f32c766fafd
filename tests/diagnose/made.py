"""Losses of trainings that are well and that are not, and files as other programs write them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

N = 300


def noise(rng, sd, n=N):
    shocks = rng.normal(size=n) * sd
    for i in range(1, n):
        shocks[i] += 0.5 * shocks[i - 1]
    return shocks


def calm(rng):
    x = np.linspace(0, 1, N)
    return 0.9 + 1.5 * np.exp(-9 * x) + noise(rng, 0.09), 1.25 - 0.4 * np.exp(-9 * x) + noise(
        rng, 0.07
    )


def loud(rng):
    """As DCGANs on images do: D is ahead, and both losses are rough."""
    g = 3.2 + np.abs(noise(rng, 0.7))
    return g, 0.45 + np.abs(noise(rng, 0.2))


def critic(rng):
    """Wasserstein: losses of both signs, without a level that they should have."""
    x = np.linspace(0, 1, N)
    return 2 * x - 1 + noise(rng, 0.3), -4 * np.exp(-2 * x) - 1 + noise(rng, 0.2)


def broken(rng):
    g, d = calm(rng)
    g[200:] = d[200:] = np.nan
    return g, d


def swinging(rng):
    g, d = calm(rng)
    wave = np.sin(2 * np.pi * np.arange(N) / 24)
    return g + 0.7 * wave, d - 0.4 * wave


def won(rng):
    x = np.linspace(0, 1, N)
    return 1 + 9 * x + noise(rng, 0.3), 1.3 * np.exp(-20 * x) + 1e-4


HEALTHY = (calm, loud, critic)
SICK = {broken: "not finite", swinging: "swinging", won: "the discriminator wins"}


def table(path: Path, names, columns, sign=",") -> Path:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=sign)
        writer.writerow(names)
        writer.writerows(zip(*columns, strict=True))
    return path


def lines(path: Path, every) -> Path:
    path.write_text("".join(f"{line}\n" for line in every), encoding="utf-8")
    return path


def keras(folder, g, d):
    """keras.callbacks.CSVLogger: epoch first, then the logs by name."""
    return table(folder / "training.log", ["epoch", "d_loss", "g_loss"], [range(N), d, g])


def lightning(folder, g, d):
    """Lightning's CSVLogger: rows have what was logged at a step, other cells are empty."""
    names = ["d_loss", "epoch", "g_loss", "step", "val_fid"]
    rows = []
    for i in range(N):
        rows.append([d[i], i // 50, g[i], 50 * i + 49, ""])
        if i % 50 == 49:
            rows.append(["", i // 50, "", 50 * i + 49, 30.5])
    return table(folder / "metrics.csv", names, list(zip(*rows, strict=True)))


def ctgan(folder, g, d):
    """CTGAN's `loss_values`, written by pandas: NaN is an empty cell."""
    cells = [["" if np.isnan(v) else f"{v:.6f}" for v in own] for own in (g, d)]
    names = ["", "Epoch", "Generator Loss", "Distriminator Loss"]
    return table(folder / "losses.csv", names, [range(N), range(N), *cells])


def wandb(folder, g, d):
    """A chart that W&B exports, of two runs: the other one is well."""
    other = calm(np.random.default_rng(5))
    names, columns = ["Step"], [range(0, 10 * N, 10)]
    for run, losses in (("brisk-sun-3", (g, d)), ("old-moon-1", other)):
        for name, values in zip(("g_loss", "d_loss"), losses, strict=True):
            names += [f"{run} - {name}{end}" for end in ("", "__MIN", "__MAX")]
            columns += [values] * 3
    return table(folder / "wandb_export.csv", names, columns)


def stylegan(folder, g, d):
    """stats.jsonl of StyleGAN2-ADA and 3: a mean, a count and a deviation of each statistic."""

    def line(i):
        stats = {"Progress/tick": i, "Progress/kimg": 4.0 * i, "Loss/G/loss": g[i]}
        stats |= {"Loss/D/loss": d[i], "Loss/scores/fake": -0.4, "Loss/r1_penalty": 0.01}
        own = {name: {"num": 64, "mean": float(v), "std": 0.1} for name, v in stats.items()}
        own["Loss/pl_penalty"] = {"num": 0, "mean": float("nan"), "std": float("nan")}
        return json.dumps(own | {"timestamp": 1.7e9 + i})

    return lines(folder / "stats.jsonl", map(line, range(N)))


def own(folder, g, d):
    every = ({"step": i + 1, "loss_g": g[i], "loss_d": d[i]} for i in range(N))
    return lines(folder / "log.jsonl", map(json.dumps, every))


def plain(folder, g, d):
    every = (f"[{i * 20}/6000] Loss_D: {d[i]:.4f} Loss_G: {g[i]:.4f}" for i in range(N))
    return lines(folder / "train.txt", ["Starting Training Loop...", *every])


def tutorial(folder, g, d):
    """PyTorch's DCGAN tutorial."""
    rest = "D(x): 0.7123\tD(G(z)): 0.2331 / 0.1920"
    every = (
        f"[{i // 60}/5][{i % 60 * 50}/3000]\tLoss_D: {d[i]:.4f}\tLoss_G: {g[i]:.4f}\t{rest}"
        for i in range(N)
    )
    return lines(folder / "dcgan.log", ["Random Seed:  999", "Starting Training Loop...", *every])


def events(folder, g, d, scalar) -> Path:
    import tensorflow as tf

    name = str(folder / "events.out.tfevents.1700000000.host.1.0")
    with tf.io.TFRecordWriter(name) as writer:
        writer.write(tf.compat.v1.Event(file_version="brain.Event:2").SerializeToString())
        for i in range(N):
            values = [scalar("Loss/Generator", g[i]), scalar("Loss/Discriminator", d[i])]
            for value in values:
                event = tf.compat.v1.Event(step=10 * i, summary=tf.compat.v1.Summary(value=[value]))
                writer.write(event.SerializeToString())
    return folder


def pytorch_events(folder, g, d):
    """torch.utils.tensorboard: `simple_value`."""
    from tensorflow.compat.v1 import Summary

    return events(folder, g, d, lambda tag, v: Summary.Value(tag=tag, simple_value=v))


def tensorflow_events(folder, g, d):
    """tf.summary.scalar: tensors of the plugin "scalars"."""
    import tensorflow as tf

    data = tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars")
    about = tf.compat.v1.SummaryMetadata(plugin_data=data)

    def scalar(tag, value):
        tensor = tf.make_tensor_proto(np.float32(value))
        return tf.compat.v1.Summary.Value(tag=tag, tensor=tensor, metadata=about)

    return events(folder, g, d, scalar)


FORMATS: dict[str, tuple[Callable[..., Path], str, str]] = {
    "keras": (keras, "g_loss", "d_loss"),
    "lightning": (lightning, "g_loss", "d_loss"),
    "ctgan": (ctgan, "Generator Loss", "Distriminator Loss"),
    "wandb": (wandb, "g_loss", "d_loss"),
    "stylegan": (stylegan, "Loss/G/loss", "Loss/D/loss"),
    "own": (own, "loss_g", "loss_d"),
    "plain": (plain, "Loss_G", "Loss_D"),
    "tutorial": (tutorial, "Loss_G", "Loss_D"),
    "pytorch_events": (pytorch_events, "Loss/Generator", "Loss/Discriminator"),
    "tensorflow_events": (tensorflow_events, "Loss/Generator", "Loss/Discriminator"),
}
"""Format -> its writer, and the names of the losses of G and of D."""
