"""Features of the user's own: from .npz files, and from a Keras model."""

import json
import re

import numpy as np
import pytest

from bench.metrics.__main__ import compare, main

RNG = np.random.default_rng


@pytest.fixture
def files(tmp_path):
    real, fake = RNG(0).normal(size=(800, 12)), RNG(1).normal(size=(300, 12)) * 1.2 + 0.1
    np.savez(tmp_path / "real.npz", features=real.astype(np.float32), labels=np.arange(3))
    np.savez(tmp_path / "fake.npz", fake)
    return str(tmp_path / "real.npz"), str(tmp_path / "fake.npz")


def test_two_files_are_compared(files, capsys):
    assert main(list(files)) == 0
    found = json.loads(capsys.readouterr().out)
    rows = found["rows"]
    assert {"fd", "mmd", "w2", "precision", "coverage", "vendi", "authentic", "c_t"} < set(rows)
    # N(0, I) against N(0.1, 1.44 I): 12 (0.01 + 0.04), and the bias of 300 and 400 samples
    bias = 12 * 17 / 4 * (1.44 / 300 + 1 / 400)
    assert rows["fd"]["value"] == pytest.approx(0.6 + bias, rel=0.25)
    assert found["facts"]["floor"] == pytest.approx(12 * 17 / 4 * (1 / 300 + 1 / 400), rel=0.25)
    assert (rows["fd"]["real"], rows["fd"]["fake"]) == (400, 300)
    assert all(len(row["features"]) == 16 for row in rows.values())
    assert not [name for name, row in rows.items() if row["value"] is None]
    # a Gaussian of the features' moments is as good as real to this distance: it is no ceiling
    assert "q" not in rows
    assert found["facts"]["ceiling"] is None
    assert "features alone know no data space" in found["facts"]["q_missing"]


def test_real_features_against_new_ones_of_their_kind():
    found = compare(RNG(2).normal(size=(1000, 6)), RNG(3).normal(size=(400, 6)))
    assert abs(found["rows"]["mmd"]["value"]) < 0.05
    assert found["rows"]["fd"]["value"] < 2 * found["facts"]["floor"]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(5), r"shape \(5,\), needed is \[N, d\]"),
        (np.zeros((0, 12)), r"shape \(0, 12\)"),
        (np.full((9, 12), np.nan), "not finite"),
        (np.full((9, 12), 1e200), "have no squares"),
        (np.ones((9, 12)) + 1j, "type complex128"),
        (np.ones((9, 12)) > 0, "type bool"),
        (np.array([["a"] * 12] * 9), "type <U1"),
        (np.array([[None] * 12] * 9), r"not an \.npz file of plain arrays \(Object arrays cannot"),
        (np.ones((9, 11)), "12 features of each real sample and 11 of each generated one"),
        (np.ones((1, 12)), "at least 2 generated"),
    ],
)
def test_bad_features_are_refused(tmp_path, files, array, message, capsys):
    np.savez(tmp_path / "bad.npz", features=array)
    assert main([files[0], str(tmp_path / "bad.npz")]) == 2
    said = capsys.readouterr().err
    assert re.search(message, said)
    assert said.count("\n") == 1


def test_files_that_are_no_npz_are_refused(tmp_path, files, capsys):
    whole = (tmp_path / "real.npz").read_bytes()
    np.save(tmp_path / "one.npy", np.ones((9, 12)))
    np.savez(tmp_path / "two.npz", a=np.ones(3), b=np.ones(3))
    bad = {"text.npz": b"no", "empty.npz": b"", "cut.npz": whole[:5000], "end.npz": whole[:-30]}
    bad |= {"damaged.npz": whole[:200] + b"x" * 200 + whole[400:]}
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    reasons = dict.fromkeys((*bad, "one.npy"), "not an .npz file of plain arrays")
    reasons |= {"two.npz": "no array features; there is: a, b", "absent.npz": "no such file"}
    for name, reason in reasons.items():
        assert main([files[0], str(tmp_path / name)]) == 2
        assert capsys.readouterr().err.startswith(f"{tmp_path / name}: {reason}")
    with pytest.raises(SystemExit, match="2"):
        main([])


def test_a_worse_file_never_looks_better_for_want_of_a_ceiling(recwarn):
    """Normal features, shifted ones, one row repeated, copies: where q was -2.5, -3.9 and 0.87."""
    real = RNG(0).normal(size=(600, 64))
    fresh, shifted = RNG(1).normal(size=(300, 64)), RNG(2).normal(size=(300, 64)) + 0.5
    found = [compare(real, fake) for fake in (fresh, shifted, np.ones((300, 64)), real[:300])]
    assert not any("q" in one["rows"] for one in found)
    fresh, shifted, equal, copied = (one["rows"]["fd"]["value"] for one in found)
    floor = found[0]["facts"]["floor"]
    assert copied < floor < 1.2 * floor < shifted < equal
    assert fresh == pytest.approx(floor, rel=0.15)
    assert not recwarn.list


@pytest.mark.parametrize("real", [np.ones((60, 5)), np.repeat(np.eye(5)[:2], 30, 0)])
def test_data_of_one_or_two_rows_give_no_warning(real, recwarn):
    rows = compare(real, RNG(3).normal(size=(30, 5)))["rows"]
    assert rows["fd"]["value"] > 0
    assert rows["c_t"]["reason"] == "the data have fewer than 3 different features"
    assert compare(real, real[:30])["rows"]["fd"]["value"] >= 0
    assert not recwarn.list


def test_features_of_one_dimension(recwarn):
    found = compare(RNG(4).normal(size=(400, 1)), RNG(5).normal(size=(200, 1)) + 2)
    assert found["rows"]["fd"]["value"] == pytest.approx(4, rel=0.2)
    assert not recwarn.list


def test_unequal_dimensions_are_refused():
    with pytest.raises(ValueError, match="6 features of each real sample and 5 of each"):
        compare(np.zeros((9, 6)), np.zeros((9, 5)))


def test_a_keras_model_of_the_users_own(tmp_path, monkeypatch):
    import keras

    from bench.gan import data
    from bench.gan.data import classifier
    from bench.gan.tasks import instruments
    from bench.metrics import measure

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(5, 3, strides=2, activation="relu"),
            keras.layers.Flatten(),
        ]
    )
    model.save(tmp_path / "mine.keras")
    own, known = classifier.Own(str(tmp_path / "mine.keras")), data.digits8()
    mixed = known.images[RNG(4).permutation(1797)]  # the file is sorted by writer
    few = data.Images(mixed[:500])
    np.testing.assert_allclose(
        own(few.images[:7]), model(few.images[:7]).numpy().reshape(7, -1), atol=1e-5
    )
    assert own(few.images[:0]).shape[0] == 0
    instrument = instruments.of_own(few, own)
    assert (instrument.proxy, instrument.digest, instrument.n) == ("OWN-FD", own.digest, 250)
    assert len(own.digest) == 16
    noise = RNG(0).uniform(-1, 1, (250, 8, 8, 1)).astype(np.float32)
    fresh, bad = (
        measure(instrument, points)["fd"] / instrument.floor for points in (mixed[500:750], noise)
    )
    assert fresh == pytest.approx(1, abs=0.25)
    assert bad > 5
    labelled = data.Images(
        known.images[known.labels < 3][:300], known.labels[known.labels < 3][:300]
    )
    found = measure(instruments.of_own(labelled, own), labelled.images[:150])
    assert found["modes"] == 3


SWEEP = """\
[sweep]
tasks = ["digits8"]
methods = ["ns"]
seeds = [0]
steps = 20
evaluations = 1
[task.digits8]
features = "{features}"
"""


def planned(folder, features):
    from bench import grid
    from bench.gan import load_parts

    load_parts()
    folder.mkdir(exist_ok=True)
    (folder / "x.toml").write_text(SWEEP.format(features=features))
    return grid.load(folder / "x.toml").trials[0]


def stored(name):
    from importlib import resources

    return (resources.files("bench.gan.data") / "stored" / f"{name}.npz").read_bytes()


def test_a_network_is_named_in_the_toml_and_counts_by_its_content(tmp_path, monkeypatch):
    from bench import grid

    monkeypatch.setattr(grid.checks.measurable, "check", lambda *args: ())  # these are no networks
    plain = planned(tmp_path / "plain", "")
    assert "features" not in plain.options
    assert "features_digest" not in plain.options
    for name, content in (("a", b"one"), ("b", b"one"), ("c", b"two")):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.keras").write_bytes(content)
    one, same, other = (planned(tmp_path / n, f"{n}.keras") for n in "abc")
    assert one.options["features"] == str(tmp_path / "a" / "a.keras")
    assert len({plain.id, one.id, same.id, other.id}) == 3
    assert one.id == same.id


def test_a_network_that_is_not_there_is_refused_with_its_line(tmp_path):
    from bench.grid.source import GridError

    with pytest.raises(GridError, match=r"x\.toml:8: .*features names no feature network.*no\.npz"):
        planned(tmp_path, "no.npz")
    with pytest.raises(GridError, match="found from the file"):
        planned(tmp_path, 'x.keras"\nfeatures_digest = "1234')


def test_a_trial_is_measured_on_the_network_of_its_toml(tmp_path):
    """On the classifier of this package, by name: the very numbers of the classifier."""
    from bench.gan import tasks
    from bench.metrics import measure

    (tmp_path / "mine.npz").write_bytes(stored("digits8"))
    trial = planned(tmp_path, "mine.npz")
    options = tuple(sorted(trial.options.items()))
    own, usual = (tasks.build("digits8", given).instrument() for given in (options, ()))
    assert (own.proxy, usual.proxy) == ("OWN-FD", "CLS-FD")
    assert own.record()["features"] == trial.options["features_digest"]
    points = RNG(5).uniform(-1, 1, (own.n, 8, 8, 1)).astype(np.float32)
    assert measure(own, points) == measure(usual, points)
    assert measure(own, points)["q"] > 1
    (tmp_path / "mine.npz").write_bytes(stored("glyphs28"))
    build = tasks.build.__wrapped__  # not what was built before
    with pytest.raises(ValueError, match="not the feature network that this trial was planned"):
        build("digits8", options)


def test_rendered_digits_take_a_network_too(tmp_path, monkeypatch):
    from bench import registry
    from bench.gan import load_parts
    from bench.gan.data.classifier import Own
    from bench.gan.tasks import instruments

    load_parts()
    (tmp_path / "mine.npz").write_bytes(stored("glyphs28"))
    task = registry.task["dcgan28"](features=str(tmp_path / "mine.npz"), width=0.1)
    own = Own(str(tmp_path / "mine.npz"))
    monkeypatch.setattr(instruments, "REFERENCE", 400)
    glyphs28 = instruments.glyphs28.__wrapped__  # not those that are kept
    found, usual = glyphs28(100, own), glyphs28(100)
    assert (found.proxy, found.digest) == ("OWN-FD", own.digest)
    assert found.floor == pytest.approx(usual.floor, rel=1e-12)
    assert callable(task.criterion)  # bounds are found with this network


def test_what_is_wrong_with_a_network_is_said_in_words(tmp_path, request):
    import keras
    from keras.src.backend.common import global_state

    from bench.gan.data.classifier import Own

    images = np.zeros((4, 8, 8, 1), np.float32)
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(3)]
    )
    model.save(tmp_path / "large.keras")
    scalar = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Lambda(lambda x: x[:1, 0, 0])])
    scalar.save(tmp_path / "one.keras")
    (tmp_path / "text.keras").write_text("no")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    # for this test alone: others of this process try that a Lambda layer is refused
    safe = global_state.get_global_attribute("safe_mode_saving")
    request.addfinalizer(lambda: global_state.set_global_attribute("safe_mode_saving", safe))
    keras.config.enable_unsafe_deserialization()
    for name, words in (
        ("large.keras", r"takes images \(28, 28, 1\), given are \(8, 8, 1\)"),
        ("one.keras", r"4 images gave features \(1, 1\), needed is \[N, d\]"),
        ("text.keras", "is no model that Keras has saved"),
        ("other.npz", "no classifier as bench.gan.data.classifier writes it"),
    ):
        with pytest.raises(ValueError, match=f"{name}: .*{words}"):
            Own(str(tmp_path / name))(images)


def test_a_large_offset_changes_nothing():
    """Distances of features far from 0 would lose all of their digits."""
    rng = np.random.default_rng(4)
    real, fake = rng.normal(size=(200, 8)), rng.normal(0.3, 1.0, (90, 8))
    near, far = compare(real, fake), compare(real + 1e8, fake + 1e8)
    for name, row in near["rows"].items():
        if row["value"] is not None:
            assert far["rows"][name]["value"] == pytest.approx(row["value"], rel=1e-4, abs=1e-6)
