"""Few data: n images are trained on, all are judged by, and copies are told."""

import numpy as np
import pytest

from bench import registry
from bench.gan import data, keys
from bench.gan.tasks import BadOption, build
from bench.metrics import measure
from bench.trial import File


def task(name, **options):
    return build(name, tuple(sorted((registry.task[name].defaults | options).items())))


def test_few_images_are_of_each_class_as_many_and_the_others_are_the_rest():
    labels = np.repeat([0, 1, 2], [50, 20, 130])
    known = data.Images(np.arange(200.0, dtype=np.float32)[:, None, None, None], labels)
    train, held = data.few(known, 30)
    assert np.bincount(train.labels).tolist() == [10, 10, 10]
    both = np.concatenate([train.images, held.images]).ravel()
    assert sorted(both) == list(range(200))
    assert data.few(known, 90)[0].labels.tolist().count(1) == 20  # there are no more
    assert data.few(known, 0) == (known, None)
    larger = data.few(known, 60)[0].images.ravel()
    assert set(train.images.ravel()) <= set(larger)  # more data are those and others


@pytest.mark.parametrize("name", ["digits8", "dcgan28"])
def test_a_task_trains_on_few_and_is_judged_by_all(name):
    own, usual = task(name, n=40), task(name)
    images, labels = own.whole()
    assert len(images) == 40
    assert np.bincount(labels).tolist() == [4] * 10
    drawn = {x.tobytes() for x in np.asarray(own.real(keys.key(0, "real"), 500))}
    assert drawn <= {x.tobytes() for x in images}
    assert len(drawn) == 40
    assert len(own.held) == 500
    assert not drawn & {x.tobytes() for x in own.held}
    few, all_of_them = own.instrument(), usual.instrument()
    assert few.train.shape[0] == 40
    assert (few.floor, few.ceiling, few.n) == (
        all_of_them.floor,
        all_of_them.ceiling,
        all_of_them.n,
    )
    assert own.success(few) == usual.success(all_of_them)


def test_copies_of_few_images_are_told():
    own = task("digits8", n=40)
    instrument = own.instrument()
    rng = np.random.default_rng(0)
    copies = own.whole()[0][rng.integers(40, size=800)] + rng.normal(size=(800, 8, 8, 1)) * 0.02
    new = own.held[rng.integers(500, size=800)]
    seen, fresh = (measure(instrument, x.astype(np.float32), final=True) for x in (copies, new))
    assert seen["authentic"] < 0.1 < 0.3 < fresh["authentic"]
    assert seen["c_t"] < -3


def test_all_tasks_of_digits_take_few():
    stacked = task("stacked", n=30)
    channels = np.asarray(stacked.real(keys.key(1, "real"), 400)).transpose(0, 3, 1, 2)
    assert len({c.tobytes() for x in channels for c in np.ascontiguousarray(x)}) == 30
    twins = np.asarray(task("digits8_twins", n=30).real(keys.key(1, "real"), 400))
    assert len({x.tobytes() for x in twins[:, :, :8]}) == 15


@pytest.mark.parametrize(
    ("name", "n", "words"),
    [
        ("digits8", 5, "the least are 20"),
        ("digits8", 1798, "there are 1,797"),
        ("stacked", 1199, "there are 1,198"),
        ("digits8_twins", 3, "the least are 20"),
        ("dcgan28", 20_001, "there are 20,000"),
    ],
)
def test_a_number_that_cannot_be_is_refused(name, n, words):
    part = registry.task[name]
    with pytest.raises(BadOption, match=words):
        part.traits["check"](part.defaults | {"n": n})


def test_trials_of_all_images_have_the_names_that_they_had(tmp_path):
    from bench.grid import load

    file = tmp_path / "few.toml"
    sweep = '[sweep]\ntasks = ["digits8"]\nmethods = ["ns"]\nseeds = [0]\n'
    file.write_text(sweep + "[task.digits8]\nn = [0, 300]\n")
    whole, few = load(file).trials
    assert "n" not in whole.options
    assert few.options["n"] == 300


def test_few_of_one_s_own_images_are_chosen_and_excluded_like_all_of_them(tmp_path):
    from bench.grid import load, select

    rng = np.random.default_rng(1)
    shades = rng.integers(0, 255, (60, 8, 8)).astype(np.uint8)
    np.savez(tmp_path / "x.npz", x_train=shades)
    file = tmp_path / "few.toml"
    head = '[sweep]\ntasks = ["images"]\nmethods = ["ns", "r1"]\nseeds = [0]\n'
    own = '[task.images]\npath = "x.npz"\nsize = 8\nfew = [0, 30]\n'
    file.write_text(head + own + '[[exclude]]\nfew = 0\nmethod = "r1"\n')
    trials = load(file).trials
    assert [(t.method.name, t.options.get("few")) for t in trials] == [
        *[("ns", None), ("ns", 30), ("r1", 30)]
    ]
    assert [t.id for t in select(trials, "few=0")] == [trials[0].id]


def test_images_of_one_s_own_take_few_too(tmp_path):
    """Of three classes in unequal shares as many each; judged by all, and others are held back."""
    rng, labels = np.random.default_rng(1), np.repeat([0, 1, 2], [150, 60, 390])
    bright = 60 * labels[:, None, None] + rng.integers(0, 90, (600, 8, 8))
    np.savez(tmp_path / "x.npz", x_train=bright.astype(np.uint8), y_train=labels)
    part = registry.task["images"]
    given = {"path": File(str(tmp_path / "x.npz")), "size": 8}
    options = part.defaults | given | {"few": 90, "network": "mlp"}
    checked = part.traits["check"](options)
    few, usual = (part(**(checked | {"few": n})) for n in (90, 0))
    images, found = few.whole()
    assert np.bincount(found).tolist() == [30, 30, 30]
    drawn = {x.tobytes() for x in np.asarray(few.real(keys.key(0, "real"), 900))}
    assert drawn == {x.tobytes() for x in images}
    held = {x.tobytes() for x in few.held}
    assert len(few.held) == 500
    assert not drawn & held
    assert held < {x.tobytes() for x in usual.whole()[0]}
    own, every = few.instrument(), usual.instrument()
    assert own.train.shape[0] == 90
    assert (own.floor, own.ceiling, own.n) == (every.floor, every.ceiling, every.n)
    for n, words in ((19, "few = 19: the least are 20"), (600, "few = 600: the most are 599")):
        with pytest.raises(BadOption, match=words):
            part.traits["check"](part.defaults | given | {"few": n, "network": "mlp"})
