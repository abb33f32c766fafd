"""No TOML, keys, and [sweep] itself."""

from __future__ import annotations

from tests.grid.bad import SWEEP, sweep

NO_TOML = {
    "a value missing": ("[sweep]\ntasks =\n", "grid.toml:2:8: Invalid value"),
    "a key twice": ("[sweep]\nseeds = 1\nseeds = 2\n", "grid.toml:3:10: Cannot overwrite a value"),
    "a table twice": ("[sweep]\n[sweep]\n", "grid.toml:2:7: Cannot declare ('sweep',) twice"),
    "a bracket open": ("[sweep]\ntasks = [\n1\n", "grid.toml:3: Unclosed array"),
    "a string open": ('a = 1\nb = "x\n', "grid.toml:2:7: Illegal character '\\n'"),
    "a word": ("sweep\n", "grid.toml:1:6: Expected '=' after a key in a key/value pair"),
    "10,000 brackets": ("a = " + "[" * 10_000, "grid.toml: nested too deeply"),
    "latin-1": ("[sweep]\n# ü\n".encode("latin-1"), "grid.toml:2: not UTF-8 text"),
    "utf-16": ("[sweep]\n".encode("utf-16"), "grid.toml:1: not UTF-8 text"),
}

KEYS = {
    "nothing": ("", "grid.toml:1: the table [sweep] is missing: it names tasks, methods and seeds"),
    "no sweep": (
        "# c\n[grid]\nlr_g = 1\n",
        "grid.toml:1: the table [sweep] is missing: it names tasks, methods and seeds",
    ),
    "sweep is a number": ("\nsweep = 3\n", "grid.toml:2: sweep must be a table, not 3"),
    "sweep is an array": ("[[sweep]]\n", "grid.toml:1: sweep must be a table, not a list"),
    "an unknown table": (
        SWEEP + "\n[gird]\nlr_g = 1\n",
        'grid.toml:6: unknown key "gird" (did you mean "grid"?)',
    ),
    "an unknown key": (
        '[sweep]\ntasks = ["ring"]\n# c\nseed = "0..9"\n',
        'grid.toml:4: unknown key "seed" in sweep (did you mean "seeds"?)',
    ),
    "an unknown key of a method": (
        SWEEP + '[[method]]\nname = "x"\nlosses = "hinge"\n',
        'grid.toml:7: unknown key "losses" in method (did you mean "loss"?)',
    ),
    "an unknown key of the analysis": (
        SWEEP + '[analysis]\nsucces = "x"\n',
        'grid.toml:6: unknown key "succes" in analysis (did you mean "success"?)',
    ),
}

NAMES = {
    "no tasks": (sweep(tasks=None), "grid.toml:1: sweep.tasks is missing: a list of task names"),
    "empty tasks": (sweep(tasks="[]"), "grid.toml:2: sweep.tasks is empty"),
    "tasks is a name": (
        sweep(tasks='"ring"'),
        'grid.toml:2: sweep.tasks must be a list of task names, not "ring"',
    ),
    "a task is a number": (sweep(tasks="[1]"), "grid.toml:2: sweep.tasks must be a string, not 1"),
    "an unknown task": (
        sweep(tasks='[\n"ring",\n"dirak"]'),
        'grid.toml:4: unknown task "dirak" (did you mean "dirac"?)',
    ),
    "an unknown task, none near": (
        sweep(tasks='["mnist"]'),
        'grid.toml:2: unknown task "mnist" (there is: dirac, file, ring)',
    ),
    "a task twice": (
        sweep(tasks='["ring", "ring"]'),
        'grid.toml:2: sweep.tasks names "ring" twice',
    ),
    "no methods": (
        sweep(methods=None),
        'grid.toml:1: no methods: neither [[method]] tables nor sweep.methods = ["ns", ...]',
    ),
    "empty methods": (sweep(methods="[]"), "grid.toml:3: sweep.methods is empty"),
    "an unknown method": (
        sweep(methods='["r11"]'),
        'grid.toml:3: unknown method "r11" (did you mean "r1"?)',
    ),
    "a method twice": (
        sweep(methods='["ns", "ns"]'),
        'grid.toml:3: sweep.methods names "ns" twice',
    ),
    "a method in both places": (
        SWEEP + '[[method]]\nname = "ns"\n',
        'grid.toml:6: a second method with the name "ns": rename one',
    ),
}

NUMBERS = {
    "no seeds": (sweep(seeds=None), 'grid.toml:1: sweep.seeds is missing: seeds such as "0..9"'),
    "empty seeds": (sweep(seeds="[]"), "grid.toml:4: sweep.seeds is empty"),
    "a backward range": (
        sweep(seeds='"5..2"'),
        'grid.toml:4: the range "5..2" ends before it begins',
    ),
    "a range in words": (
        sweep(seeds='"0-9"'),
        'grid.toml:4: "0-9" is not a range of seeds such as "0..9"',
    ),
    "a negative range": (
        sweep(seeds='"-1..2"'),
        'grid.toml:4: "-1..2" is not a range of seeds such as "0..9"',
    ),
    "a range too far": (
        sweep(seeds='"0..2147483648"'),
        "grid.toml:4: seed 2147483648 is not below 2**31",
    ),
    "a range too long": (
        sweep(seeds='"0..2147483647"'),
        'grid.toml:4: the range "0..2147483647" has more than 1000000 seeds',
    ),
    "one seed": (
        sweep(seeds="5"),
        'grid.toml:4: sweep.seeds must be a range such as "0..9" or a list of whole numbers, not 5',
    ),
    "a seed twice": (sweep(seeds="[\n3, 1,\n3]"), "grid.toml:6: seed 3 is given twice"),
    "a negative seed": (
        sweep(seeds="[-1]"),
        "grid.toml:4: sweep.seeds must be a whole number of at least 0, not -1",
    ),
    "a seed too large": (
        sweep(seeds="[2147483648]"),
        "grid.toml:4: seed 2147483648 is not below 2**31",
    ),
    "a seed that is true": (
        sweep(seeds="[true]"),
        "grid.toml:4: sweep.seeds must be a whole number of at least 0, not true",
    ),
    "seeds of another task": (
        sweep(seeds='{ring = "0..1", dirac = "0..1"}'),
        'grid.toml:4: task "dirac" is not in this sweep (there is: ring)',
    ),
    "seeds of one task only": (
        sweep(tasks='["ring", "dirac"]', seeds='{ring = "0..1"}'),
        'grid.toml:4: sweep.seeds is missing: seeds for task "dirac"',
    ),
    "no steps": (
        sweep(steps="0"),
        "grid.toml:5: sweep.steps must be a whole number of at least 1, not 0",
    ),
    "steps as a float": (
        sweep(steps="1e3"),
        "grid.toml:5: sweep.steps must be a whole number of at least 1, not 1000.0",
    ),
    "steps of another task": (
        sweep(steps="{rnig = 5}"),
        'grid.toml:5: task "rnig" is not in this sweep (did you mean "ring"?)',
    ),
    "negative steps of a task": (
        sweep(steps="{ring = -5}"),
        "grid.toml:5: sweep.steps.ring must be a whole number of at least 1, not -5",
    ),
    "steps beyond 32 bits": (
        sweep(steps="2147483648"),
        "grid.toml:5: sweep.steps = 2147483648 is more than 2147483647",
    ),
    "steps of a task beyond 32 bits": (
        sweep(steps=f"{{ring = 1{'0' * 400}}}"),
        f"grid.toml:5: sweep.steps.ring = 1{'0' * 400} is more than 2147483647",
    ),
    "too many evaluations": (
        sweep(steps="2_000_000", evaluations="1_000_001"),
        "grid.toml:6: sweep.evaluations = 1000001 is more than 1000000",
    ),
    "no evaluations": (
        sweep(evaluations="0"),
        "grid.toml:5: sweep.evaluations must be a whole number of at least 1, not 0",
    ),
    "more evaluations than steps": (
        sweep(steps="10", evaluations="11"),
        'grid.toml:6: 11 evaluations of task "ring" in only 10 steps',
    ),
    "more evaluations than the task's steps": (
        sweep(tasks='["ring", "dirac"]', evaluations="60"),
        'grid.toml:5: 60 evaluations of task "dirac" in only 50 steps',
    ),
    "no gradients": (
        sweep(gradients="0"),
        "grid.toml:5: sweep.gradients must be a whole number of at least 1, not 0",
    ),
    "gradients as a float": (
        sweep(gradients="8e3"),
        "grid.toml:5: sweep.gradients must be a whole number of at least 1, not 8000.0",
    ),
    "gradients of another task": (
        sweep(gradients="{rnig = 5}"),
        'grid.toml:5: task "rnig" is not in this sweep (did you mean "ring"?)',
    ),
    "fewer gradients than one step": (
        sweep(gradients="2"),
        "grid.toml:5: 2 gradients are less than one step of r1 (2.7)",
    ),
    "fewer gradients than one step, by task": (
        sweep(gradients="{ring = 1}"),
        "grid.toml:5: 1 gradients are less than one step of ns (2)",
    ),
    "steps and gradients": (
        sweep(steps="5", gradients="10"),
        'grid.toml:6: task "ring" has steps and gradients: leave one of them out',
    ),
    "steps of all tasks, gradients of one": (
        sweep(tasks='["ring", "dirac"]', steps="5", gradients="{dirac = 10}"),
        'grid.toml:6: task "dirac" has steps and gradients: leave one of them out',
    ),
    "more evaluations than the steps of one method": (
        sweep(gradients="100", evaluations="40"),
        'grid.toml:6: 40 evaluations of task "ring" in only 37 steps of r1',
    ),
    "too many trials": (
        sweep(seeds='"0..999999"'),
        "grid.toml:1: 2000000 trials are more than 1000000: ask for fewer",
    ),
}
