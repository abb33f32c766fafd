"""What a page has room for: pictures, rows, letters and samples; what has none is named."""

import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from bench.analysis.report import html
from bench.analysis.report.chapters import Chapter, Numbers
from bench.analysis.report.contents import collect
from bench.analysis.report.drawing import Drawing, data_uri
from bench.analysis.report.html import clouds, data, images, layout, trials
from tests import many
from tests.analysis.report import reading
from tests.analysis.synthetic import result, write


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    kinds = ("converged", "stalled", "nonfinite", "crashed")
    made = [
        result(kind, method=method, seed=seed)
        for method in ("ns", "r1")
        for seed, kind in enumerate(kinds)
    ]
    return collect([write(tmp_path_factory.mktemp("room") / "x", made)])


@pytest.fixture
def drawings(tmp_path):
    """Three pictures of noise, which no format makes small."""
    made = []
    for i, side in enumerate((200, 500, 700)):
        pixels = np.random.default_rng(i).integers(0, 255, (side, side, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(file := tmp_path / f"p{i}.png")
        uri = data_uri(file.read_bytes(), "image/png")
        made.append(Drawing(f"p{i}", "p", "ring8", f"Picture {i}.", False, uri, side, (file,)))
    return made


def test_pictures_are_shown_in_full_where_there_is_room(drawings):
    shown = images.fit(drawings, 10**8)
    assert [shown[d.name].uri for d in drawings] == [d.uri for d in drawings]
    assert {one.file for one in shown.values()} == {""}


@pytest.mark.parametrize("room", [60_000, 250_000, 600_000])
def test_pictures_never_take_more_than_the_room(drawings, room):
    shown = images.fit(drawings, room)
    assert sum(len(one.uri) for one in shown.values()) <= room
    last = shown["p2"]
    assert (last.file == "figures/p2.png") == (last.width != 700)
    assert shown["p0"].uri.startswith("data:image/")


def test_a_picture_without_room_is_named_on_the_page(found, drawings, monkeypatch):
    chapter = Chapter("cost", "Cost", drawings)
    whole = html.html(found, [], [chapter])
    assert len(re.findall(r'src="data:image', whole)) == 3
    monkeypatch.setattr(layout, "BYTES", len(html.html(found, [], [Chapter("c", "C", [])])) + 5000)
    bare = html.html(found, [], [chapter])
    assert "This page has no room for it in full" in bare
    assert '<a href="figures/p2.png">figures/p2.png</a>' in bare
    assert "src=" not in bare or len(bare) < len(whole) / 4


def test_a_long_table_has_its_first_rows_and_the_others_as_json(found):
    table = pd.DataFrame({"task": "ring8", "method": "r1", "seeds": range(40)})
    numbers = Numbers("long", "Long", "A note.", (), table)
    page = html.html(found, [], [Chapter("cost", "Cost", [numbers])])
    own = reading.section(page, "cost")
    assert own.count("<tr>") == 1 + 12
    rest = reading.blocks(page)["table-long"]
    assert [row["cells"][2][0] for row in rest] == [str(i) for i in range(12, 40)]
    assert {row["address"] for row in rest} == {"trials?task=ring8&method=r1"}
    assert "Show all 40 rows" in own
    short = Numbers("short", "Short", "A note.", (), table.head(24))
    page = html.html(found, [], [Chapter("cost", "Cost", [short])])
    assert reading.section(page, "cost").count("<tr>") == 1 + 24
    assert reading.blocks(page) == {}


def test_letters_are_counted_by_cells(found, monkeypatch):
    assert trials.seeds(found).too_many == 0
    monkeypatch.setattr(trials, "CELLS", 7)
    assert trials.seeds(found).too_many == 8
    monkeypatch.setattr(trials, "CELLS", 8)
    assert trials.seeds(found).too_many == 0


def test_curves_are_thinned_to_the_room_and_keep_their_ends(found, monkeypatch):
    known = data.data(found)
    ids = reading.column(known["columns"]["id"])
    assert set(known["curves"]) == {"q", "modes", "loss_d", "loss_g"}
    own = found.data.curves
    for metric in ("q", "modes"):
        one = {key: reading.column(values) for key, values in known["curves"][metric].items()}
        for i, id in enumerate(ids):
            curve = own[(own["id"] == id) & (own["metric"] == metric)]
            assert len(one["y"][i]) == min(len(curve), data.MOST)
            if len(curve):
                assert one["first"][i] == curve["step"].min()
                assert one["last"][i] == curve["step"].max()
                assert one["low"][i] == pytest.approx(curve["value"].min(), rel=0.01, abs=1e-9)
                assert one["high"][i] == pytest.approx(curve["value"].max(), rel=0.01)
    monkeypatch.setattr(data, "CHARACTERS", 8 * 36 * 3)
    few = data.data(found)["curves"]
    assert len(few) == 3
    assert max(map(len, few["q"]["y"])) == data.FEWEST


def test_samples_are_those_of_the_gallery_first_and_end_with_the_room(found, monkeypatch):
    ids = frozenset(found.trials["id"])
    assert clouds.stored(found.trials) == ids
    every = clouds.clouds(found.trials, found.compared, ids)
    assert set(every.own) == ids
    text = next(iter(every.own.values()))
    assert len(text) in (2 * clouds.POINTS, 2 * clouds.POINTS - 2)
    monkeypatch.setattr(clouds, "BYTES", 3 * len(text) + 10)
    some = clouds.clouds(found.trials, found.compared, ids)
    assert 1 <= len(some.own) <= 2
    assert clouds.clouds(found.trials, found.compared, frozenset()).own == {}


def test_points_are_where_they_were():
    points = np.array([[0.0, 0.0], [1.0, -1.0], [9.0, 0.0], [np.nan, 0.0]])
    text = clouds.picture(points, 2.0)
    top = len(clouds.coding.ALPHABET) - 1
    places = np.array([clouds.coding.ALPHABET.index(c) for c in text]) / top * 4 - 2
    assert places.reshape(-1, 2) == pytest.approx(points[:2], abs=0.03)  # the others are outside
    assert clouds.picture(np.zeros((3, 5)), 1.0) == ""


@pytest.mark.parametrize("channels", [1, 3])
def test_images_are_small_pictures(channels):
    rng = np.random.default_rng(0)
    uri = clouds.picture(rng.uniform(-1, 1, (30, 32, 32, channels)), float("nan"))
    assert uri.startswith("data:image/webp;base64,")
    assert len(uri) < 12_000


def test_without_a_script_the_page_says_where_the_trials_are(found):
    part = trials.trials(found)
    assert part.total == 8
    page = html.html(found, [], [])
    assert "<noscript>" not in page  # there is no table of trials on this page
    source = (layout._HERE / "templates" / "trials.html").read_text()
    said = re.search(r"<noscript>(.*?)</noscript>", source)[1]
    assert "<code>tables/trials.csv</code> beside this page has all {{ one.total }} trials" in said


def test_many_trials_have_every_ending_and_are_the_same_again(tmp_path):
    folders = [many.make(tmp_path / name, 330, 6, 2) for name in "ab"]
    found = collect([folders[0]])
    assert len(found.trials) == 330
    assert set(found.trials["status"]) == set(map(str, many.Status))
    kinds = {"diverged", "collapsed", "oscillating", "degraded", "converged", "mode_drop"}
    assert kinds | {"improving", "stalled", "none"} <= set(found.trials["verdict"])
    assert found.trials["error"].notna().any()
    assert 0 < len(clouds.stored(found.trials)) < 330
    files = [sorted(f.relative_to(a) for f in a.rglob("*.json")) for a in folders]
    assert files[0] == files[1]
    assert all((folders[0] / f).read_bytes() == (folders[1] / f).read_bytes() for f in files[0])
