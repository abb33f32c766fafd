"""What a sweep's TOML says, as trials: which, with what numbers, in what order."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

from bench import grid
from bench.trial import Method
from tests.grid.reading import SWEEP, names, only


def test_a_sweep_knows_its_file(load, tmp_path):
    text = SWEEP + '[analysis]\nsuccess = "converged"\nbaseline = "ns"\nbudgets = [0.2]\n# the end'
    sweep = load(text)
    assert (sweep.name, sweep.path, sweep.text) == ("grid", tmp_path / "grid.toml", text)
    assert sweep.analysis == {"success": "converged", "baseline": "ns"}
    assert load(SWEEP).analysis == {}


def test_every_number_is_resolved_in_order_of_precedence(load):
    """Part default < recipe < task < [grid] < the method's own axis."""
    adam = {"adam.beta1": 0.5, "adam.beta2": 0.9}
    assert only(load(SWEEP), "ns") == [{"lr_g": 1e-3, "lr_d": 1e-4, **adam}]
    recipe = {**adam, "adam.beta1": 0.0}
    on_dirac = load(SWEEP, 'sweep.tasks=["dirac"]')
    assert only(on_dirac, "r1") == [{"lr_g": 1e-4, "lr_d": 1e-4, "r1.gamma": 7.0, **recipe}]
    assert only(load(SWEEP), "r1") == [{"lr_g": 1e-3, "lr_d": 1e-4, "r1.gamma": 5.0, **recipe}]
    of_grid = load(SWEEP + "[grid]\nr1.gamma = 3\n")
    assert only(of_grid, "r1")[0]["r1.gamma"] == 3.0
    text = SWEEP + '[grid]\nr1.gamma = 3\n[[method]]\nname = "x"\nbase = "r1"\ngrid.r1.gamma = 2\n'
    assert [point["r1.gamma"] for point in only(load(text), "x")] == [2.0]
    assert [point["r1.gamma"] for point in only(load(text), "r1")] == [3.0]


def test_hyper_parameters_are_floats(load):
    sweep = load(SWEEP + "[grid]\nr1.gamma = [1, 10]\n")
    assert {type(v) for trial in sweep.trials for v in trial.hparams.values()} == {float}


def test_seed_major_then_task_then_method_then_point(load):
    text = """\
    [sweep]
    tasks = ["ring", "dirac"]
    methods = ["r1", "ns"]
    seeds = {ring = "0..1", dirac = [1]}
    [grid]
    r1.gamma = [2, 1]
    """
    ring = [("ring", "r1"), ("ring", "r1"), ("ring", "ns")]
    dirac = [("dirac", "r1"), ("dirac", "r1"), ("dirac", "ns")]
    sweep = load(text)
    assert names(sweep, "seed", "task", "method") == (
        [(0, *pair) for pair in ring] + [(1, *pair) for pair in ring + dirac]
    )
    assert [point["r1.gamma"] for point in only(sweep, "r1")] == [2, 1, 2, 1, 2, 1]


def test_seeds_ascend_whatever_their_order(load):
    assert [trial.seed for trial in load(SWEEP.replace("[0]", "[8, 1]")).trials] == [1, 1, 8, 8]
    assert [t.seed for t in load(SWEEP.replace("[0]", '"9..10"')).trials] == [9, 9, 10, 10]
    assert [t.seed for t in load(SWEEP.replace("[0]", '"7..7"')).trials] == [7, 7]


def test_a_byte_order_mark_is_no_text(load):
    assert load(SWEEP.encode("utf-8-sig")).text == SWEEP


def test_an_axis_is_crossed_only_with_its_owners(load):
    sweep = load(SWEEP + "[grid]\nlr_g = [1, 2]\nr1.gamma = [3, 4]\n")
    assert names(sweep, "method", "lr_g") == [
        ("ns", 1), ("ns", 2), ("r1", 1), ("r1", 1), ("r1", 2), ("r1", 2)
    ]  # fmt: skip
    assert [point["r1.gamma"] for point in only(sweep, "r1")] == [3, 4, 3, 4]
    assert "r1.gamma" not in only(sweep, "ns")[0]


def test_quoted_and_dotted_axes_are_the_same(load):
    dotted = load(SWEEP + "[grid]\nr1.gamma = [3, 4]\n")
    quoted = load(SWEEP + '[grid]\n"r1.gamma" = [3, 4]\n')
    assert dotted.trials == quoted.trials


def test_steps_and_evaluations(load):
    text = SWEEP.replace('["ring"]', '["ring", "dirac"]').replace('"r1"', "").replace(",]", "]")
    assert names(load(text), "steps", "evaluations") == [(1000, 100), (50, 50)]
    both = load(text, "sweep.steps=70", "sweep.evaluations=7")
    assert names(both, "steps", "evaluations") == [(70, 7), (70, 7)]
    one = load(text, "sweep.steps={dirac = 60}", "sweep.evaluations={ring = 1000}")
    assert names(one, "steps", "evaluations") == [(1000, 1000), (60, 60)]


def test_gradients_give_each_method_its_steps(load):
    """ns takes 2 of them a step, r1 2.7."""
    text = SWEEP.replace('["ring"]', '["ring", "dirac"]')
    fields = ("task", "method", "steps", "evaluations", "gradients")
    assert names(load(text, "sweep.gradients=1350"), *fields) == [
        ("ring", "ns", 675, 100, 1350),
        ("ring", "r1", 500, 100, 1350),
        ("dirac", "ns", 675, 100, 1350),
        ("dirac", "r1", 500, 100, 1350),
    ]
    mixed = load(text, "sweep.gradients={ring = 28}", "sweep.steps={dirac = 60}")
    assert names(mixed, *fields) == [
        ("ring", "ns", 14, 14, 28),  # a budget of few steps: as many evaluations, each its own
        ("ring", "r1", 10, 10, 28),
        ("dirac", "ns", 60, 60, 0),
        ("dirac", "r1", 60, 60, 0),
    ]
    recommended = load(text, "sweep.gradients={ring = 27}")
    assert names(recommended, "steps")[1:] == [(10,), (50,), (50,)]  # 27 / 2.7 is 10, not 9.99
    assert names(load(text, "sweep.gradients=3", "sweep.evaluations=1"), "steps") == [(1,)] * 4


def test_a_trial_by_gradients_is_the_trial_by_steps(load):
    by_steps = load(SWEEP, "sweep.steps=500").trials
    by_gradients = load(SWEEP, "sweep.gradients=1350").trials
    assert by_steps[1].method.name == by_gradients[1].method.name == "r1"
    assert by_steps[1].id == by_gradients[1].id
    assert by_steps[0].id != by_gradients[0].id  # ns: 500 steps and 675
    assert by_gradients[1].record() == by_steps[1].record() | {"gradients": 1350}
    assert by_steps[1].structure == by_gradients[1].structure


def test_equal_trials_are_there_once(load):
    sweep = load(SWEEP + "[grid]\nlr_g = [1, 1.0, 2]\n")
    assert names(sweep, "method", "lr_g") == [("ns", 1), ("ns", 2), ("r1", 1), ("r1", 2)]


class TestTasks:
    def test_options_have_the_type_of_their_default(self, load):
        sweep = load(
            SWEEP + '[task.ring]\nsigma = 2\nbatch = 8\ncentred = true\nshape = "square"\n'
        )
        assert sweep.trials[0].options == {
            "sigma": 2.0, "batch": 8, "centred": True, "shape": "square"
        }  # fmt: skip
        assert type(sweep.trials[0].options["sigma"]) is float

    def test_options_not_given_have_their_default(self, load):
        assert load(SWEEP).trials[0].options == {
            "sigma": 0.1, "batch": 256, "centred": False, "shape": "circle"
        }  # fmt: skip

    def test_a_list_of_values_is_an_axis(self, load):
        trials = load(SWEEP + "[task.ring]\nsigma = [0.1, 0.2]\nbatch = [4, 8]\n").trials
        pairs = [(t.options["sigma"], t.options["batch"]) for t in trials[::2]]
        assert pairs == [(0.1, 4), (0.1, 8), (0.2, 4), (0.2, 8)]

    FILE = '[sweep]\ntasks = ["file"]\nmethods = ["ns"]\nseeds = [0]\n[task.file]\n'

    def test_a_path_is_relative_to_the_file(self, load, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", "/home/me")
        paths = 'path = ["a/../x.npz", "~/y.npz", "/z.npz"]\n'
        trials = load(self.FILE + paths).trials
        assert [t.options["path"] for t in trials] == [
            f"{tmp_path}/x.npz", "/home/me/y.npz", "/z.npz"
        ]  # fmt: skip

    def test_a_task_may_add_to_its_options(self, load):
        trial = load(self.FILE + 'path = "x.npz"\n').trials[0]
        assert trial.options["data"] == "digest of x.npz"

    def test_the_same_data_twice_is_one_trial(self, load):
        assert len(load(self.FILE + 'path = ["x.npz", "X.npz", "y.npz"]\n').trials) == 2


class TestMethods:
    def method(self, load, text, name="x"):
        sweep = load(SWEEP + f"[[method]]\nname = {json.dumps(name)}\n{text}")
        return next(t.method for t in sweep.trials if t.method.name == name)

    def test_composed_of_parts(self, load):
        text = """\
        loss = "hinge"
        regularizers = ["r2", "r1"]
        normalizer = "batch_norm"
        optimizer = "sgd"
        dynamics = "extragradient"
        d_steps = 3
        """
        legal = text.replace(', "r1"', "")
        assert self.method(load, legal) == Method(
            "x", "hinge", ("r2",), "batch_norm", "sgd", "extragradient", 3
        )

    def test_composed_of_a_base(self, load):
        assert self.method(load, 'base = "hinge"\nd_steps = 2\n') == Method(
            "x", loss="hinge", optimizer="sgd", d_steps=2
        )
        assert self.method(load, 'base = "r1"\nregularizers = []\n') == Method("x")

    def test_a_base_gives_its_numbers_where_they_are_owned(self, load):
        text = 'base = "r1"\noptimizer = "sgd"\nregularizers = ["r1", "r2"]\n'
        sweep = load(SWEEP + f'[[method]]\nname = "x"\n{text}', 'sweep.tasks=["dirac"]')
        assert only(sweep, "x") == [{"lr_g": 1e-4, "lr_d": 1e-4, "r1.gamma": 7, "r2.gamma": 2}]

    def test_of_the_catalogue_with_its_own_axis(self, load):
        assert self.method(load, "grid.lr_g = 3\n", "hinge").loss == "hinge"

    def test_on_some_tasks_only(self, load):
        text = '[[method]]\nname = "hinge"\ntasks = ["dirac"]\n'
        sweep = load(SWEEP + text, 'sweep.tasks=["ring", "dirac"]')
        assert names(sweep, "task", "method") == [
            ("ring", "ns"), ("ring", "r1"), ("dirac", "ns"), ("dirac", "r1"), ("dirac", "hinge")
        ]  # fmt: skip


def test_a_large_sweep_is_read_in_seconds(load):
    text = SWEEP.replace("[0]", '"0..99"') + f"[grid]\nlr_g = {list(range(1, 101))}\n"
    assert len(load(text).trials) == 20_000


def test_the_documented_syntax_is_read_with_the_real_parts(tmp_path):
    text = textwrap.dedent(grid.sweep.__doc__.partition("\n")[2].rpartition("\n\nOf an axis")[0])
    (tmp_path / "documented.toml").write_text(text)
    (tmp_path / "my_parts.py").touch()
    (tmp_path / "my_gan.py").write_text("def train(run, *, lr=1.0): ...")
    sweep = grid.load(tmp_path / "documented.toml")
    assert {trial.task for trial in sweep.trials} == {"ring8", "digits8"}
    assert {t.method.name for t in sweep.trials} == {"ns", "r1", "wgan_gp", "hinge_r1", "my_gan"}
    assert {t.task for t in sweep.trials if t.method.name == "hinge_r1"} == {"ring8"}
    assert {t.hparams["lr_g"] for t in sweep.trials if t.method.name == "r1"} == {3e-4}
    assert (
        len({t.hparams["wgan_gp.weight"] for t in grid.select(sweep.trials, "method=wgan_gp")})
        == 20
    )


def test_reading_a_sweep_loads_no_tensorflow(tmp_path):
    """With the real parts, in a process of its own."""
    file = tmp_path / "quick.toml"
    file.write_text('[sweep]\ntasks = ["ring8"]\nmethods = ["ns", "r1"]\nseeds = "0..1"\n')
    code = (
        "import sys; from bench import grid; "
        f"trials = grid.load({str(file)!r}).trials; "
        "print(len(trials), 'tensorflow' in sys.modules)"
    )
    root = Path(grid.__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=False
    )
    assert (run.stdout.split(), run.returncode) == (["4", "False"], 0), run.stderr
