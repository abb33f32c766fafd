"""Bad sweeps: what is wrong -> (text of the TOML file, the message)."""

from __future__ import annotations

SWEEP = """\
[sweep]
tasks = ["ring"]
methods = ["ns", "r1"]
seeds = "0..1"
"""  # what follows it begins at line 5


def sweep(**changes):
    """The sweep with some of its keys changed, or left out where None."""
    lines = {"tasks": '["ring"]', "methods": '["ns", "r1"]', "seeds": '"0..1"'} | changes
    return "[sweep]\n" + "".join(f"{k} = {v}\n" for k, v in lines.items() if v is not None)
