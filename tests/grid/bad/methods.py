"""Options of tasks, [[method]] and [analysis]."""

from __future__ import annotations

from tests.grid.bad import SWEEP, sweep


def method(*lines):
    return SWEEP + "[[method]]\n" + "".join(f"{line}\n" for line in lines)  # from line 6


OPTIONS = {
    "an unknown task": (
        SWEEP + "[task.rign]\nsigma = 1\n",
        'grid.toml:5: unknown task "rign" (did you mean "ring"?)',
    ),
    "a task that is not in the sweep": (
        SWEEP + "[task.dirac]\n",
        'grid.toml:5: task "dirac" is not in this sweep (there is: ring)',
    ),
    "an option outside a task": (
        SWEEP + "[task]\nsigm = 1\n",
        'grid.toml:6: unknown task "sigm" (there is: dirac, file, ring)',
    ),
    "a task that is no table": (
        "task.ring = 1\n" + SWEEP,
        "grid.toml:1: task.ring must be a table, not 1",
    ),
    "an unknown option": (
        SWEEP + "[task.ring]\nsigm = 1\n",
        'grid.toml:6: unknown option of ring "sigm" (did you mean "sigma"?)',
    ),
    "a word for a number": (
        SWEEP + '[task.ring]\nsigma = "1"\n',
        'grid.toml:6: task.ring.sigma must be a number, not "1"',
    ),
    "a float for a whole number": (
        SWEEP + "[task.ring]\nbatch = 6.5\n",
        "grid.toml:6: task.ring.batch must be a whole number, not 6.5",
    ),
    "true for a whole number": (
        SWEEP + "[task.ring]\nbatch = true\n",
        "grid.toml:6: task.ring.batch must be a whole number, not true",
    ),
    "a whole number beyond float32": (
        SWEEP + f"[task.ring]\nbatch = 1{'0' * 400}\n",
        f"grid.toml:6: task.ring.batch = 1{'0' * 400} is beyond what training can hold: "
        "|x| < 3e+38 (float32)",
    ),
    "a number for true": (
        SWEEP + "[task.ring]\ncentred = 1\n",
        "grid.toml:6: task.ring.centred must be true or false, not 1",
    ),
    "a number for a word": (
        SWEEP + "[task.ring]\nshape = 1\n",
        "grid.toml:6: task.ring.shape must be a string, not 1",
    ),
    "an empty list": (SWEEP + "[task.ring]\nsigma = []\n", "grid.toml:6: task.ring.sigma is empty"),
    "one wrong value of several": (
        SWEEP + "[task.ring]\nsigma = [\n0.1,\nnan]\n",
        "grid.toml:8: task.ring.sigma must be a finite number, not nan",
    ),
    "what the task refuses": (
        sweep(tasks='["file"]') + '[task.file]\nscale = -1\npath = "x"\n',
        'grid.toml:5: task "file": a scale above 0',
    ),
    "an option that the task refuses": (
        sweep(tasks='["file"]') + '[task.file]\nscale = 1\npath = ""\n',
        'grid.toml:7: task "file": it needs a path',
    ),
    "an option that the task needs": (
        sweep(tasks='[\n"file"]'),
        'grid.toml:3: task "file": it needs a path',
    ),
}

METHODS = {
    "not an array": (
        SWEEP + '[method]\nname = "x"\n',
        "grid.toml:5: method must be a list of tables: [[method]], not a table",
    ),
    "a list of names": (
        'method = ["ns"]\n' + SWEEP,
        'grid.toml:1: method must be a table, not "ns"',
    ),
    "no name": (
        method('loss = "hinge"'),
        'grid.toml:5: a method without a name: give it one, name = "..."',
    ),
    "an empty name": (method('name = ""'), "grid.toml:6: method.name is empty"),
    "a name with a comma": (
        method('name = "a,b"', 'loss = "hinge"'),
        'grid.toml:6: method name "a,b" may hold letters, digits and _ . + - only',
    ),
    "a name that is a number": (
        method("name = 1"),
        "grid.toml:6: method.name must be a string, not 1",
    ),
    "an unknown name": (
        method('name = "hinj"'),
        'grid.toml:6: unknown method "hinj" (did you mean "hinge"?)',
    ),
    "a name of the catalogue": (
        method('name = "hinge"', 'loss = "hinge"'),
        'grid.toml:6: "hinge" is a method of the catalogue: '
        "give what is composed here a name of its own",
    ),
    "an unknown base": (
        method('name = "x"', 'base = "hing"'),
        'grid.toml:7: unknown method "hing" (did you mean "hinge"?)',
    ),
    "the same name twice": (
        method('name = "x"', "d_steps = 2", "[[method]]", 'name = "x"', "d_steps = 3"),
        'grid.toml:9: a second method with the name "x": rename one',
    ),
    "an unknown loss": (
        method('name = "x"', 'loss = "hinje"'),
        'grid.toml:7: unknown loss "hinje" (did you mean "hinge"?)',
    ),
    "an unknown optimizer": (
        method('name = "x"', 'optimizer = "adamm"'),
        'grid.toml:7: unknown optimizer "adamm" (did you mean "adam"?)',
    ),
    "a loss for a normalizer": (
        method('name = "x"', 'normalizer = "hinge"'),
        'grid.toml:7: unknown normalizer "hinge" (there is: batch_norm, identity)',
    ),
    "dynamics is a list": (
        method('name = "x"', 'dynamics = ["alternating"]'),
        "grid.toml:7: method.dynamics must be a string, not a list",
    ),
    "regularizers is a name": (
        method('name = "x"', 'regularizers = "r1"'),
        'grid.toml:7: method.regularizers must be a list of regularizer names, not "r1"',
    ),
    "an unknown regularizer": (
        method('name = "x"', 'regularizers = ["r1", "r3"]'),
        'grid.toml:7: unknown regularizer "r3" (there is: r1, r2)',
    ),
    "a regularizer twice": (
        method('name = "x"', 'regularizers = ["r1", "r1"]'),
        'grid.toml:7: method.regularizers names "r1" twice',
    ),
    "no d_steps": (
        method('name = "x"', "d_steps = 0"),
        "grid.toml:7: method.d_steps must be a whole number of at least 1, not 0",
    ),
    "far too many d_steps": (
        method('name = "x"', "d_steps = 1_000_000_000"),
        "grid.toml:7: method.d_steps = 1000000000 is more than 1000",
    ),
    "an illegal combination": (
        method('normalizer = "batch_norm"', 'name = "x"', 'regularizers = ["r1"]'),
        'grid.toml:7: method "x": r1 with batch_norm in the discriminator',
    ),
    "a task that is not in the sweep": (
        method('name = "x"', "d_steps = 2", 'tasks = ["dirac"]'),
        'grid.toml:8: unknown task "dirac" (there is: ring)',
    ),
    "no tasks": (method('name = "hinge"', "tasks = []"), "grid.toml:7: method.tasks is empty"),
    "a task without a method": (
        sweep(tasks='["ring", "dirac"]', methods=None)
        + '[[method]]\nname = "ns"\ntasks = ["ring"]\n',
        'grid.toml:2: no method is trained on task "dirac"',
    ),
    "an axis it does not own": (
        method('name = "hinge"', "grid.r1.gamma = 1"),
        'grid.toml:7: method "hinge" has no "r1.gamma" (there is: lr_d, lr_g)',
    ),
    "a mistyped axis of its own": (
        method('name = "hinge"', "grid.lr = 1"),
        'grid.toml:7: method "hinge" has no "lr" (did you mean "lr_g" or "lr_d"?)',
    ),
    "an empty axis of its own": (
        method('name = "hinge"', "grid.lr_g = []"),
        "grid.toml:7: method.grid.lr_g is empty",
    ),
    "its grid is a number": (
        method('name = "hinge"', "grid = 3"),
        "grid.toml:7: method.grid must be a table, not 3",
    ),
    "an axis of its own twice": (
        method('name = "x"', 'base = "r1"', "grid.r1.gamma = 1", 'grid."r1.gamma" = 2'),
        'grid.toml:9: axis "r1.gamma" is given twice: leave one out',
    ),
    "its ties run in a circle with the sweep's": (
        method('name = "hinge"', 'grid.lr_g = "lr_d"', "[grid]", 'lr_d = "lr_g"'),
        "grid.toml:7: circular ties: lr_d -> lr_g -> lr_d; give one of them a number",
    ),
}

ANALYSIS = {
    "not a table": (
        'analysis = "converged"\n' + SWEEP,
        'grid.toml:1: analysis must be a table, not "converged"',
    ),
    "success is a list": (
        SWEEP + '[analysis]\nsuccess = ["converged"]\n',
        "grid.toml:6: analysis.success must be a string, not a list",
    ),
    "an unknown verdict": (
        SWEEP + '[analysis]\nsuccess = "convergd"\n',
        'grid.toml:6: unknown verdict "convergd" (did you mean "converged"?)',
    ),
    "an unknown baseline": (
        SWEEP + '[analysis]\nsuccess = "converged"\nbaseline = "n"\n',
        'grid.toml:7: baseline "n" is not a method of this sweep (did you mean "ns"?)',
    ),
    "a baseline that is excluded": (
        SWEEP + '[analysis]\nbaseline = "ns"\n[[exclude]]\nmethod = "ns"\n',
        'grid.toml:6: baseline "ns" is not a method of this sweep (there is: r1)',
    ),
    "a single factor": (
        SWEEP + '[analysis.factors]\nx = "regularizers"\n',
        "grid.toml:5: 1 factors: give 2 at least",
    ),
    "factors in a list": (
        SWEEP + '[analysis]\nfactors = ["regularizers"]\n',
        "grid.toml:6: analysis.factors must be a table, not a list",
    ),
    "a factor that no trial has": (
        SWEEP + '[analysis.factors]\nx = "regularizers"\ny = "r1.gama"\n',
        'grid.toml:7: unknown hyper-parameter or key of a method "r1.gama" '
        '(did you mean "r1.gamma"?)',
    ),
    "a factor that all trials have alike": (
        SWEEP + '[analysis.factors]\nx = "regularizers"\ny = ["loss", "normalizer"]\n',
        "grid.toml:7: analysis.factors.y: all trials have the same loss and normalizer",
    ),
    "a budget in steps": (
        SWEEP + "[analysis]\nbudgets = [0.2, 1000]\n",
        "grid.toml:6: analysis.budgets holds shares of the sweep's own budget, between 0 and 1, "
        "not 1000",
    ),
}


def reference(**changes):
    """The sweep with a reference, some of its keys changed, or left out where None."""
    keys = {"task": '"ring"', "method": '"r1"', "metric": '"modes"', "value": "7.9"}
    lines = keys | {"source": '"a paper"'} | changes
    return SWEEP + "[[reference]]\n" + "".join(f"{k} = {v}\n" for k, v in lines.items() if v)


REFERENCES = {
    "no array": (
        SWEEP + '[reference]\ntask = "ring"\n',
        "grid.toml:5: reference must be a list of tables: [[reference]], not a table",
    ),
    "no source": (reference(source=None), "grid.toml:5: a reference without source"),
    "an unknown key": (
        reference(eror="0.1"),
        'grid.toml:11: unknown key "eror" in reference (did you mean "error"?)',
    ),
    "a method that is not trained on the task": (
        reference(method='"hinge"'),
        'grid.toml:7: this sweep does not train "hinge" on "ring"',
    ),
    "an unknown metric": (
        reference(metric='"mods"'),
        'grid.toml:8: unknown metric "mods" (did you mean "modes"?)',
    ),
    "a word for a number": (
        reference(value='"eight"'),
        'grid.toml:9: reference.value must be a number, not "eight"',
    ),
    "a rate above 1": (
        reference(metric='"success"'),
        "grid.toml:9: a rate of success is from 0 to 1, not 7.9",
    ),
    "a negative error": (
        reference(error="-1"),
        "grid.toml:11: a standard error cannot be negative",
    ),
    "an order that is none": (
        reference(order='">="'),
        'grid.toml:11: reference.order must be ">" or "<", not ">="',
    ),
    "one of several methods that is not trained": (
        reference(method='["r1", "hinge"]'),
        'grid.toml:7: this sweep does not train "hinge" on "ring"',
    ),
    "no methods": (reference(method="[]"), "grid.toml:7: reference.method is empty"),
    "a number under at that nobody has": (
        reference() + "at.lr_g = 0.5\n",
        "grid.toml:11: no trial of this reference has lr_g = 0.5",
    ),
    "nan under at": (
        reference() + "at.lr_g = nan\n",
        "grid.toml:11: reference.at.lr_g must be a finite number, not nan",
    ),
    "a hyper-parameter under at that the method lacks": (
        reference() + "at.lr_h = 0.5\n",
        'grid.toml:11: unknown hyper-parameter or option "lr_h" (did you mean "lr_g"?)',
    ),
    "an option under at that no trial has": (
        reference() + "at.sigma = 0.3\n",
        "grid.toml:11: no trial of this reference has sigma = 0.3",
    ),
    "a word for the number of an option": (
        reference() + 'at.sigma = "wide"\n',
        'grid.toml:11: no trial of this reference has sigma = "wide"',
    ),
}
