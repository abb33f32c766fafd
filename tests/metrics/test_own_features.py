"""Features of the user's own: from .npz files, and from a Keras model."""

import json

import numpy as np
import pytest

from bench.metrics.__main__ import compare, load, main

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
    assert {"fd", "q", "mmd", "w2", "precision", "coverage", "vendi", "authentic", "c_t"} < set(
        rows
    )
    # N(0, I) against N(0.1, 1.44 I): 12 (0.01 + 0.04), and the bias of 300 and 400 samples
    bias = 12 * 17 / 4 * (1.44 / 300 + 1 / 400)
    assert rows["fd"]["value"] == pytest.approx(0.6 + bias, rel=0.25)
    assert found["facts"]["floor"] == pytest.approx(12 * 17 / 4 * (1 / 300 + 1 / 400), rel=0.25)
    assert (rows["fd"]["real"], rows["fd"]["fake"]) == (400, 300)
    assert all(len(row["features"]) == 16 for row in rows.values())
    assert not [name for name, row in rows.items() if row["value"] is None]


def test_real_features_against_new_ones_of_their_kind():
    found = compare(RNG(2).normal(size=(1000, 6)), RNG(3).normal(size=(400, 6)))
    assert abs(found["rows"]["mmd"]["value"]) < 0.05
    assert found["rows"]["fd"]["value"] < 2 * found["facts"]["floor"]


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [("real.npz", np.zeros(5), "finite"), ("real.npz", np.full((9, 2), np.nan), "finite")],
)
def test_bad_files_are_refused(tmp_path, files, name, array, message, capsys):
    np.savez(tmp_path / "bad.npz", features=array)
    assert main([str(tmp_path / "bad.npz"), files[1]]) == 2
    assert message in capsys.readouterr().err
    (tmp_path / "text.npz").write_text("no")
    np.savez(tmp_path / "two.npz", a=array, b=array)
    for file in ("text.npz", "absent.npz", "two.npz"):
        with pytest.raises(ValueError, match=r"not an \.npz file of features"):
            load(tmp_path / file)
    assert main([]) == 2


def test_unequal_dimensions_are_refused():
    with pytest.raises(ValueError, match="6 real and 5 generated"):
        compare(np.zeros((9, 6)), np.zeros((9, 5)))


def test_a_keras_model_of_the_users_own(tmp_path, monkeypatch):
    import keras

    from bench.gan import data, features, instruments
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
    own, known = features.Own(str(tmp_path / "mine.keras")), data.digits8()
    mixed = known.images[RNG(4).permutation(1797)]  # the file is sorted by writer
    few = data.Images(mixed[:500])
    np.testing.assert_allclose(
        own(few.images[:7]), model(few.images[:7]).numpy().reshape(7, -1), atol=1e-5
    )
    assert own(few.images[:0]).shape[0] == 0
    facts = instruments.of_own(few, own)
    assert (facts.proxy, facts.digest, facts.n) == ("OWN-FD", own.digest, 250)
    assert len(own.digest) == 16
    noise = RNG(0).uniform(-1, 1, (250, 8, 8, 1)).astype(np.float32)
    fresh, bad = (measure(facts, points)["fd"] / facts.floor for points in (mixed[500:750], noise))
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

    return (resources.files("bench.gan") / "features_data" / f"{name}.npz").read_bytes()


def test_a_network_is_named_in_the_toml_and_counts_by_its_content(tmp_path):
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
    own, usual = (tasks.build("digits8", given).facts() for given in (options, ()))
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
    from bench.gan import instruments, load_parts
    from bench.gan.features import Own

    load_parts()
    (tmp_path / "mine.npz").write_bytes(stored("glyphs28"))
    task = registry.task["dcgan28"](features=str(tmp_path / "mine.npz"), width=0.1)
    own = Own(str(tmp_path / "mine.npz"))
    monkeypatch.setattr(instruments, "REFERENCE", 400)
    glyphs28 = instruments.glyphs28.__wrapped__  # not those that are kept
    found, usual = glyphs28(100, own), glyphs28(100)
    assert (found.proxy, found.digest) == ("OWN-FD", own.digest)
    assert found.floor == pytest.approx(usual.floor, rel=1e-12)
    assert task.criterion["modes"] == (">=", 10)


def test_what_is_wrong_with_a_network_is_said_in_words(tmp_path):
    import keras

    from bench.gan.features import Own

    images = np.zeros((4, 8, 8, 1), np.float32)
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(3)]
    )
    model.save(tmp_path / "large.keras")
    scalar = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Lambda(lambda x: x[:1, 0, 0])])
    scalar.save(tmp_path / "one.keras")
    (tmp_path / "text.keras").write_text("no")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    keras.config.enable_unsafe_deserialization()
    for name, words in (
        ("large.keras", r"gives no features of images \(8, 8, 1\)"),
        ("one.keras", r"4 images gave features \(1, 1\)"),
        ("text.keras", "gives no features"),
        ("other.npz", "no classifier as bench.gan.features writes it"),
    ):
        with pytest.raises(ValueError, match=f"{name}: .*{words}"):
            Own(str(tmp_path / name))(images)
