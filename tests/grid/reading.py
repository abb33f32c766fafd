"""A small sweep, and what is to be read off the trials of one."""

from __future__ import annotations

SWEEP = """\
[sweep]
tasks = ["ring"]
methods = ["ns", "r1"]
seeds = [0]
"""


def names(sweep, *fields):
    """The given fields of every trial, in order."""
    return [tuple(value(trial, field) for field in fields) for trial in sweep.trials]


def value(trial, field):
    """A field of a trial, or one of its hyper-parameters."""
    if field == "method":
        return trial.method.name
    return trial.hparams[field] if field in trial.hparams else getattr(trial, field)


def only(sweep, method):
    """The hyper-parameters of the trials of one method, in order."""
    return [dict(trial.hparams) for trial in sweep.trials if trial.method.name == method]
