"""The page in a real browser: quiet, alone, sortable, filterable; every link leads somewhere."""

from __future__ import annotations

import base64
import math
import re
import time

import pytest

from bench import report
from tests.analysis.synthetic import result, write
from tests.browser import chromium

pytestmark = pytest.mark.skipif(
    chromium.PROGRAM is None, reason="no chromium here (Debian: apt-get install chromium)"
)

ROWS = "[...document.querySelectorAll('#table-trials tbody tr')]"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    kinds = {
        "ns": ["mode_drop", "oscillating", "nonfinite", "crashed"],
        "r1": ["converged"] * 4,
        "ls (odd & <b>)": ["stalled"] * 3,
    }
    made = [
        result(kind, task=task, method=m, seed=i, hparams={"lr_g": lr})
        for task in ("ring8", "grid25")
        for lr in (0.001, 0.01)
        for m, ks in kinds.items()
        for i, kind in enumerate(ks)
    ]
    toml = '# Which?\n[analysis]\nbaseline = "ns"\n'
    assert report.main([str(write(folder / "x", made, toml)), "-o", str(folder / "out")]) == 0
    with chromium.chromium() as page:
        page.open(folder / "out" / "index.html")
        yield page


def test_nothing_is_wrong_and_nothing_leaves(page):
    page.run("document.querySelectorAll('img').forEach((i) => { i.loading = 'eager'; })")
    assert page.run("document.images.length") > 10
    assert page.run("[...document.images].every((i) => i.complete && i.naturalWidth > 50)")
    assert page.named("Runtime.exceptionThrown") == []
    assert [e for e in page.named("Log.entryAdded") if e["entry"]["level"] == "error"] == []
    assert [e for e in page.named("Runtime.consoleAPICalled") if e["type"] == "error"] == []
    asked = {e["request"]["url"].partition(":")[0] for e in page.named("Network.requestWillBeSent")}
    assert asked <= {"file", "data"}
    files = [
        e["request"]["url"]
        for e in page.named("Network.requestWillBeSent")
        if e["request"]["url"].startswith("file")
    ]
    assert len(files) == 1  # the page itself


def test_a_request_would_be_blocked(page):
    page.run("new Image().src = 'http://192.0.2.1/x.png'")
    blocked = "securitypolicyviolation"
    script = (
        f"new Promise((r) => {{ addEventListener('{blocked}', (e) => r(e.blockedURI)); "
        "new Image().src = 'http://192.0.2.1/y.png'; })"
    )
    found = page.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
    assert found["result"]["value"] == "http://192.0.2.1/y.png"


def test_every_link_leads_somewhere_and_every_address_is_unique(page):
    links = page.run("[...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href'))")
    ids = page.run("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(links) > 100
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in links} <= set(ids)
    assert {link[0] for link in links} == {"#"}


def test_sorting(page):
    table = "document.querySelector('#table-ranking')"
    place = page.run(f"[...{table}.tHead.rows[0].cells].findIndex((c) => c.innerText == 'q_tail')")
    assert place > 0
    press = f"{table}.tHead.rows[0].cells[{place}].querySelector('button').click()"
    cells = f"[...{table}.tBodies[0].rows].map((r) => r.cells[{place}].dataset.v)"
    page.run(press)
    values = [float(value) for value in page.run(cells)]
    assert math.inf in values
    assert values == sorted(values)
    assert len(set(values)) >= 3
    page.run(press)
    assert [float(value) for value in page.run(cells)] == sorted(values, reverse=True)
    head = f"{table}.tHead.rows[0].cells[{place}].getAttribute('aria-sort')"
    assert page.run(head) == "descending"


def test_failed_and_missing_values_come_last_when_sorting(page):
    place = page.run(
        "[...document.querySelectorAll('#table-trials thead th')]"
        ".findIndex((c) => c.innerText == 'q')"
    )
    press = f"document.querySelectorAll('#table-trials thead button')[{place}].click()"
    cells = f"{ROWS}.map((r) => r.cells[{place}].innerText)"
    for _ in range(2):
        page.run(press)
        texts = page.run(cells)
        first = texts.index("–")
        assert set(texts[first:]) == {"–"}
        assert 0 < first < len(texts)


def shown(page):
    return page.run(f"{ROWS}.filter((r) => !r.hidden).map((r) => r.innerText)")


def write_into_filter(page, text):
    page.run(
        f"(() => {{ const f = document.getElementById('filter'); f.value = {text!r}; "
        "f.dispatchEvent(new Event('input')); })()"
    )


def test_filtering(page):
    write_into_filter(page, "ring8 Crashed")
    assert len(shown(page)) == 2
    assert all("ring8" in row and "crashed" in row for row in shown(page))
    assert page.run("document.getElementById('count').innerText") == "2 of 44 trials"
    write_into_filter(page, "")
    assert len(shown(page)) == 44


def test_a_number_leads_to_its_trials(page):
    page.run("document.querySelector('#table-outcomes tbody td.n a').click()")
    deadline = time.monotonic() + 10
    while len(shown(page)) == 44 and time.monotonic() < deadline:
        time.sleep(0.05)
    rows = shown(page)
    assert len(rows) == 6 or len(rows) == 8
    method = page.run("document.querySelector('#table-outcomes tbody tr').cells[1].innerText")
    assert all(method in row for row in rows)


def test_markup_in_names_is_text(page):
    assert page.run("document.querySelectorAll('main b').length") == 0
    assert "ls (odd & <b>)" in page.run("document.body.innerText")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_itself_never_scrolls_sideways(page, width):
    page.call(
        "Emulation.setDeviceMetricsOverride",
        width=width, height=800, deviceScaleFactor=1, mobile=width < 500,
    )  # fmt: skip
    assert page.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_dark_and_light(page, scheme, dark):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.call("Emulation.setEmulatedMedia", features=features)
    colour = page.run("getComputedStyle(document.body).backgroundColor")
    assert (max(int(part) for part in colour[4:-1].split(",")) < 60) == dark


A4_LANDSCAPE = 1032
"""CSS pixels between the margins of a page: 297 mm less 12 mm at each side."""


def test_in_print_the_tools_are_gone_and_every_table_is_whole(page):
    size = {"width": A4_LANDSCAPE, "height": 700, "deviceScaleFactor": 1, "mobile": False}
    page.call("Emulation.setDeviceMetricsOverride", **size)
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.run("getComputedStyle(document.querySelector('nav')).display") == "none"
    boxes = "[...document.querySelectorAll('table, img')].map((e) => e.getBoundingClientRect())"
    edges = page.run(f"{boxes}.map((box) => [box.left, box.right])")
    assert len(edges) > 15
    assert all(0 <= left < right <= A4_LANDSCAPE for left, right in edges)
    hidden = "[...document.querySelectorAll('main tr')].filter((r) => !r.offsetHeight).length"
    assert page.run(hidden) == 0
    page.call("Emulation.setEmulatedMedia", media="")


def test_a_printed_page_has_all_tables_and_figures(page):
    """Of the tagged PDF that Chromium writes: its structure is not compressed."""
    options = {"preferCSSPageSize": True, "printBackground": True, "generateTaggedPDF": True}
    pdf = base64.b64decode(page.call("Page.printToPDF", **options)["data"])
    tables, images = (
        page.run(f"document.querySelectorAll('{t}').length") for t in ("table", "img")
    )
    assert len(re.findall(rb"/S /Table\b", pdf)) == tables
    assert len(re.findall(rb"/S /Figure\b", pdf)) >= images
    width, height = map(float, re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf).groups())
    assert (width, height) == pytest.approx((842, 595), abs=2)


def test_a_table_that_goes_on_casts_a_shadow_and_can_be_scrolled(page):
    size = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.call("Emulation.setDeviceMetricsOverride", **size)
    box = "document.querySelector('#table-outcomes').parentNode"
    assert page.run(f"{box}.scrollWidth > {box}.clientWidth")
    assert page.run(f"getComputedStyle({box}).backgroundImage.includes('gradient')")
    assert page.run(f"({box}.scrollLeft = 50, {box}.scrollLeft)") == 50
