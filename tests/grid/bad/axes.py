"""[grid], [[zip]], [random] and [[exclude]]."""

from __future__ import annotations

from tests.grid.bad import SWEEP, sweep


def axis(*lines, **changes):
    return sweep(**changes) + "[grid]\n" + "".join(f"{line}\n" for line in lines)  # from line 6


MOVELESS = "is outside (0, inf): a player with a learning rate of 0 never moves"
BEYOND = "is beyond what training can hold: |x| < 3e+38 (float32)"


def random(*lines, samples="3", seed="0"):
    head = f"[random]\nsamples = {samples}\nseed = {seed}\n"
    return SWEEP + head + "".join(f"{line}\n" for line in lines)  # from line 8


AXES = {
    "an unknown hyper-parameter": (
        axis("lr_g = 1", "r1.gama = [0.1]"),
        'grid.toml:7: unknown hyper-parameter "r1.gama" (did you mean "r1.gamma"?)',
    ),
    "an unknown hyper-parameter, none near": (
        sweep(methods='["hinge"]') + "[grid]\nxyz = 1\n",
        'grid.toml:6: unknown hyper-parameter "xyz" (there is: lr_d, lr_g)',
    ),
    "an axis that nobody owns": (
        axis("r2.gamma = [0.1]"),
        'grid.toml:6: no method of this sweep has the part "r2", which owns "r2.gamma"',
    ),
    "an empty axis": (axis("lr_g = []"), "grid.toml:6: grid.lr_g is empty"),
    "an empty table": (axis("r1 = {}"), "grid.toml:6: grid.r1 is empty"),
    "true": (
        axis("lr_g = true"),
        "grid.toml:6: grid.lr_g must be a number, a list of numbers or the name of another axis, "
        "not true",
    ),
    "a date": (
        axis("lr_g = 1979-05-27"),
        "grid.toml:6: grid.lr_g must be a number, a list of numbers or the name of another axis, "
        "not 1979-05-27",
    ),
    "false in a list": (
        axis("lr_g = [1, false]"),
        "grid.toml:6: grid.lr_g must be a number, not false",
    ),
    "a word in a list": (
        axis("lr_g = [", "1,", '"2"]'),
        'grid.toml:8: grid.lr_g must be a number, or a factor above 0 such as "x3", not "2"',
    ),
    "a factor that is none": (
        axis('lr_g = ["x3", "x-1"]'),
        'grid.toml:6: grid.lr_g must be a number, or a factor above 0 such as "x3", not "x-1"',
    ),
    "a factor of nothing": (
        axis('lr_g = ["xylo"]'),
        'grid.toml:6: grid.lr_g must be a number, or a factor above 0 such as "x3", not "xylo"',
    ),
    "a list in a list": (
        axis("lr_g = [[1]]"),
        "grid.toml:6: grid.lr_g must be a number, not a list",
    ),
    "nan": (axis("lr_g = nan"), "grid.toml:6: grid.lr_g must be a finite number, not nan"),
    "inf": (axis("lr_g = [-inf]"), "grid.toml:6: grid.lr_g must be a finite number, not -inf"),
    "an integer beyond floats": (
        axis(f"lr_g = 1{'0' * 400}"),
        f"grid.toml:6: grid.lr_g must be a finite number, not 1{'0' * 400}",
    ),
    "a negative learning rate": (
        axis("lr_g = [1e-3, -1e-3]"),
        f"grid.toml:6: lr_g = -0.001 {MOVELESS}",
    ),
    "a learning rate of 0": (axis("lr_g = [", "1,", "0]"), f"grid.toml:8: lr_g = 0 {MOVELESS}"),
    "a learning rate that is 0 in float32": (
        axis("lr_g = 1e-46"),
        "grid.toml:6: lr_g = 1e-46 is 0 in the precision of training (float32): write 0 where it "
        "may be 0",
    ),
    "beyond float32": (axis("r1.gamma = [1, -1e39]"), f"grid.toml:6: r1.gamma = -1e+39 {BEYOND}"),
    "a whole number beyond float32": (
        axis(f"r1.gamma = 1{'0' * 40}"),
        f"grid.toml:6: r1.gamma = 1e+40 {BEYOND}",
    ),
    "a number beyond float32 that every method replaces": (
        axis("lr_g = 1e39", "[[method]]", 'name = "hinge"', "grid.lr_g = 1", methods=None),
        f"grid.toml:5: lr_g = 1e+39 {BEYOND}",
    ),
    "a factor whose product is beyond float32": (
        axis("r1.gamma = [", "1,", '"x1e38"]'),
        f'grid.toml:8: method "r1": r1.gamma = 5e+38 ("x1e38" of 5) {BEYOND}',
    ),
    "a factor whose product is infinite": (
        axis('r1.gamma = ["x1.7e308"]'),
        f'grid.toml:6: method "r1": r1.gamma = inf ("x1.7e308" of 5) {BEYOND}',
    ),
    "a factor whose product is 0 in float32": (
        axis('lr_g = ["x1", "x1e-40"]'),
        'grid.toml:6: method "ns": lr_g = 1e-43 ("x1e-40" of 0.001) is 0 in the precision of '
        "training (float32): write 0 where it may be 0",
    ),
    "factors of 0": (
        axis('adam.beta1 = ["x1", "x3"]'),
        'grid.toml:6: method "r1": adam.beta1 = "x1" is a factor of 0, the number that is taken '
        "without this axis: give a number",
    ),
    "a tie to what is outside": (
        axis('lr_d = "adam.beta1"', "adam.beta1 = [0.5, -0.5]"),
        f'grid.toml:6: method "ns": lr_d = -0.5, tied to "adam.beta1", {MOVELESS}',
    ),
    "an axis of its own outside": (
        axis("[[method]]", 'name = "hinge"', "grid.lr_d = [1, 0]"),
        f'grid.toml:8: method "hinge": lr_d = 0 {MOVELESS}',
    ),
    "an axis twice": (
        axis("r1.gamma = 1", '"r1.gamma" = 2'),
        'grid.toml:7: axis "r1.gamma" is given twice: leave one out',
    ),
    "a range": (
        axis("lr_g = {low = 1, high = 2}"),
        "grid.toml:6: grid.lr_g is a range: ranges belong under [random]",
    ),
    "a tie to nothing known": (
        axis('lr_d = "lrg"'),
        'grid.toml:6: "lr_d" is tied to an unknown axis "lrg" (did you mean "lr_g"?)',
    ),
    "a tie to what the method does not have": (
        axis('adam.beta1 = "r1.gamma"'),
        'grid.toml:6: "adam.beta1" is tied to "r1.gamma", which method "ns" does not have',
    ),
    "a tie to itself": (
        axis('lr_d = "lr_d"'),
        "grid.toml:6: circular ties: lr_d -> lr_d; give one of them a number",
    ),
    "ties in a circle": (
        axis('lr_d = "lr_g"', 'lr_g = "lr_d"'),
        "grid.toml:7: circular ties: lr_d -> lr_g -> lr_d; give one of them a number",
    ),
    "too many points": (
        axis(*(f"{name} = {list(range(1, 102))}" for name in ("lr_g", "lr_d", "adam.beta1"))),
        'grid.toml:3: method "ns" has more than 1000000 grid points: give fewer values',
    ),
}

GROUPS = {
    "zip is a table": (
        SWEEP + "[zip]\nlr_g = [1]\n",
        "grid.toml:5: zip must be a list of tables: [[zip]], not a table",
    ),
    "a zip of one axis": (
        SWEEP + "[[zip]]\nlr_g = [1]\n",
        "grid.toml:5: a [[zip]] needs two axes or more to move together",
    ),
    "a zip of unequal axes": (
        SWEEP + "[[zip]]\nlr_g = [1, 2]\nlr_d = [1]\n",
        "grid.toml:5: the axes of a [[zip]] must be of equal length: lr_g has 2, lr_d has 1",
    ),
    "a zip of a number": (
        SWEEP + "[[zip]]\nlr_g = [1, 2]\nlr_d = 1\n",
        'grid.toml:7: zip.lr_d must be a list of numbers, or factors such as "x3", not 1',
    ),
    "a zipped axis that is in the grid": (
        axis("lr_d = 1", "[[zip]]", "lr_g = [1, 2]", "lr_d = [1, 2]"),
        'grid.toml:9: axis "lr_d" is given twice: leave one out',
    ),
    "an axis in two zips": (
        SWEEP + "[[zip]]\nlr_g = [1]\nlr_d = [2]\n[[zip]]\nr1.gamma = [1]\nlr_d = [2]\n",
        'grid.toml:10: axis "lr_d" is given twice: leave one out',
    ),
    "a zipped number outside": (
        SWEEP + "[[zip]]\nlr_g = [1, 2]\nlr_d = [1,\n0]\n",
        f"grid.toml:8: lr_d = 0 {MOVELESS}",
    ),
    "a zipped axis that nobody owns": (
        SWEEP + "[[zip]]\nlr_g = [1]\nlr = [1]\n",
        'grid.toml:7: unknown hyper-parameter "lr" (did you mean "lr_g" or "lr_d"?)',
    ),
    "random without samples": (
        SWEEP + "[random]\nseed = 0\n",
        "grid.toml:5: random.samples is missing: a whole number",
    ),
    "random without a seed": (
        SWEEP + "[random]\nsamples = 3\nlr_g = {low = 1, high = 2}\n",
        "grid.toml:5: random.seed is missing: a whole number",
    ),
    "random without axes": (
        SWEEP + "[random]\nsamples = 3\nseed = 0\n",
        "grid.toml:5: [random] has no axes: give one such as lr_g = {low = 1e-4, high = 1e-2}",
    ),
    "random is an array": (
        SWEEP + "[[random]]\nsamples = 3\n",
        "grid.toml:5: random must be a table, not a list",
    ),
}

RANGES = {
    "no samples": (
        random(samples="0"),
        "grid.toml:6: random.samples must be a whole number of at least 1, not 0",
    ),
    "too many samples": (
        random(samples="1_000_001"),
        "grid.toml:6: random.samples is more than 1000000",
    ),
    "a negative seed": (
        random(seed="-1"),
        "grid.toml:7: random.seed must be a whole number of at least 0, not -1",
    ),
    "an unknown key": (
        random("sample = 4"),
        'grid.toml:8: unknown hyper-parameter "sample" (there is: adam.beta1, adam.beta2, lr_d, '
        "lr_g, r1.gamma)",
    ),
    "a list": (
        random("lr_g = [1, 2]"),
        "grid.toml:8: random.lr_g must be a range such as "
        '{low = 1e-5, high = 1e-2, scale = "log"}, not a list',
    ),
    "no high": (random("lr_g = {low = 1}"), "grid.toml:8: random.lr_g has no high"),
    "no low": (random("[random.lr_g]", "high = 1"), "grid.toml:8: random.lr_g has no low"),
    "a word": (
        random("[random.lr_g]", "high = 1", 'low = "0"'),
        'grid.toml:10: random.lr_g.low must be a number, not "0"',
    ),
    "an unknown key of a range": (
        random("lr_g = {low = 1, high = 2, scal = 1}"),
        'grid.toml:8: unknown key "scal" in random.lr_g (did you mean "scale"?)',
    ),
    "an unknown scale": (
        random('lr_g = {low = 1, high = 2, scale = "lin"}'),
        'grid.toml:8: unknown scale "lin" (did you mean "linear"?)',
    ),
    "backward": (
        random("lr_g = {low = 2, high = 1}"),
        "grid.toml:8: random.lr_g: low = 2 is not below high = 1",
    ),
    "no range at all": (
        random("lr_g = {low = 1, high = 1}"),
        "grid.toml:8: random.lr_g: low = 1 is not below high = 1",
    ),
    "a log scale from zero": (
        random('r1.gamma = {low = 0, high = 1, scale = "log"}'),
        "grid.toml:8: random.r1.gamma: a log scale needs a low above 0",
    ),
    "a negative learning rate": (
        random("lr_g = {low = -1, high = 1}"),
        f"grid.toml:8: lr_g.low = -1 {MOVELESS}",
    ),
    "a high end beyond float32": (
        random("[random.lr_g]", "low = 1", "high = 1e39"),
        f"grid.toml:10: lr_g.high = 1e+39 {BEYOND}",
    ),
    "an infinite end": (
        random("lr_g = {low = 1, high = inf}"),
        "grid.toml:8: random.lr_g.high must be a finite number, not inf",
    ),
    "an axis that is in the grid": (
        random("lr_g = {low = 1, high = 2}", "[grid]", "lr_g = 1"),
        'grid.toml:8: axis "lr_g" is given twice: leave one out',
    ),
}

EXCLUDE = {
    "a table": (
        SWEEP + '[exclude]\nmethod = "ns"\n',
        "grid.toml:5: exclude must be a list of tables: [[exclude]], not a table",
    ),
    "nothing": (
        SWEEP + "[[exclude]]\n",
        "grid.toml:5: an [[exclude]] without keys would drop every trial: give it one",
    ),
    "everything": (
        SWEEP + '[[exclude]]\ntask = "ring"\n',
        "grid.toml:5: [[exclude]] drops every trial of the sweep: give it more keys",
    ),
    "an unknown key": (
        SWEEP + "[[exclude]]\nr1.gama = 1\n",
        'grid.toml:6: unknown key "r1.gama" in exclude (did you mean "r1.gamma"?)',
    ),
    "an unknown method": (
        SWEEP + '[[exclude]]\nmethod = ["ns",\n"r2"]\n',
        'grid.toml:7: unknown method "r2" (there is: ns, r1)',
    ),
    "a word for a number": (
        SWEEP + '[[exclude]]\nlr_g = "1"\n',
        'grid.toml:6: exclude.lr_g must be a number, not "1"',
    ),
    "a bad range": (
        SWEEP + '[[exclude]]\nmethod = "ns"\nseed = "3..1"\n',
        'grid.toml:7: the range "3..1" ends before it begins',
    ),
}
