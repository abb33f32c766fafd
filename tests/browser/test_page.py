"""The page in a real browser: quiet, alone, sortable, filterable; every link leads somewhere."""

from __future__ import annotations

import base64
import math
import re
from urllib.parse import parse_qs

import pytest

from bench import report
from tests.analysis.synthetic import result, write
from tests.browser import chromium
from tests.commands import LIGHT

pytestmark = pytest.mark.skipif(
    chromium.PROGRAM is None, reason="no chromium here (Debian: apt-get install chromium)"
)

ROWS = "[...document.querySelectorAll('#table-trials tbody tr:not(.detail)')]"


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
    assert (
        report.main([str(write(folder / "x", made, toml)), "-o", str(folder / "out"), *LIGHT]) == 0
    )
    with chromium.chromium() as page:
        page.file, page.results = folder / "out" / "index.html", folder / "x"
        page.open(page.file)
        yield page


def test_nothing_is_wrong_and_nothing_leaves(page):
    page.run("document.querySelectorAll('img').forEach((i) => { i.loading = 'eager'; })")
    assert page.run("document.images.length") > 10
    page.wait("[...document.images].every((i) => i.complete && i.naturalWidth > 50)")
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
    assert {link[0] for link in links} == {"#"}
    others = {link for link in links if not link.startswith(("#t-", "#trials?"))}
    assert {link[1:] for link in others} <= set(ids)
    asked = sorted({link for link in links if link.startswith("#trials?")})
    assert len(asked) == 6
    for link in asked:
        follow(page, link)
        words = {key: value[0] for key, value in parse_qs(link[8:]).items()}
        assert shown(page)
        assert all(words["task"] in row and words["method"] in row for row in shown(page))
    letters = sorted({link for link in links if link.startswith("#t-")})
    assert len(letters) == 44
    for link in letters[::9]:
        follow(page, link)
        assert page.run(f"document.getElementById('{link[1:]}').className") == "here"


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


def follow(page, link):
    """Go to an address of the page, as a click on a link does."""
    page.run(f"location.hash = {link!r}")
    page.run("new Promise((done) => setTimeout(done, 30))")


def shown(page):
    return page.run(f"{ROWS}.map((r) => r.innerText)")


def press(page, what):
    page.run(f"document.querySelector({what!r}).click()")


def write_into_filter(page, text):
    page.run(
        f"(() => {{ const f = document.getElementById('filter'); f.value = {text!r}; "
        "f.dispatchEvent(new Event('input')); })()"
    )


def choose(page, name, value):
    page.run(
        f"(() => {{ const s = document.getElementById('only-{name}'); s.value = {value!r}; "
        "s.dispatchEvent(new Event('change')); })()"
    )


def counted(page):
    return page.run("document.getElementById('count').innerText")


def column(page, name):
    """The texts of a column of the trials that are seen."""
    place = page.run(
        "[...document.querySelectorAll('#table-trials thead th')]"
        f".findIndex((c) => c.innerText == {name!r})"
    )
    return page.run(f"{ROWS}.map((r) => r.cells[{place}].innerText)")


def test_failed_and_missing_values_come_last_when_sorting(page):
    follow(page, "#trials?task=ring8")
    for direction in ("ascending", "descending"):
        press(page, "#table-trials th[data-key=q] button")
        texts = column(page, "q")
        assert len(texts) == 22
        first = texts.index("–")
        assert set(texts[first:]) == {"–"}
        numbers = [float(text) for text in texts[:first]]
        assert numbers == sorted(numbers, reverse=direction == "descending")
        assert len(set(numbers)) > 2
        head = "document.querySelector('#table-trials th[data-key=q]').getAttribute('aria-sort')"
        assert page.run(head) == direction


def test_filtering(page):
    follow(page, "#trials")
    assert len(shown(page)) == 25
    assert counted(page) == "44 of 44 trials"
    write_into_filter(page, "ring8 Crashed")
    assert len(shown(page)) == 2
    assert all("ring8" in row and "crashed" in row for row in shown(page))
    assert counted(page) == "2 of 44 trials"
    write_into_filter(page, "")
    choose(page, "method", "ns")
    choose(page, "outcome", "crashed")
    assert counted(page) == "4 of 44 trials"
    assert set(column(page, "verdict")) == {"crashed"}
    press(page, "#tools button[type=reset]")
    assert counted(page) == "44 of 44 trials"


def test_paging(page):
    follow(page, "#trials")
    ids = column(page, "trial")
    press(page, "#pages [data-go=next]")
    assert page.run("document.getElementById('page').innerText") == "page 2 of 2"
    assert len(shown(page)) == 19
    assert not set(ids) & set(column(page, "trial"))
    assert page.run("document.querySelector('#pages [data-go=last]').disabled")
    press(page, "#pages [data-go=before]")
    assert column(page, "trial") == ids


def test_the_back_button_leads_to_what_was_seen(page):
    follow(page, "#trials?task=ring8&method=r1")
    choose(page, "outcome", "converged")
    before = shown(page)
    follow(page, "#trials?task=grid25&method=ns")
    assert shown(page) != before
    page.run("history.back()")
    page.wait("document.getElementById('only-method').value == 'r1'")
    assert shown(page) == before
    assert page.run("document.getElementById('only-outcome').value") == "converged"


def test_a_number_leads_to_its_trials(page):
    method = page.run("document.querySelector('#table-outcomes tbody tr').cells[1].innerText")
    press(page, "#table-outcomes tbody td.n a")
    page.wait(f"document.getElementById('only-method').value == {method!r}")
    assert len(shown(page)) in (6, 8)
    assert all(method in row for row in shown(page))


def test_a_row_opens_to_its_curves_samples_rule_and_command(page):
    follow(page, "#trials?task=ring8&method=r1")
    (id, *_) = column(page, "trial")
    press(page, "#table-trials tbody button")
    opened = f"document.getElementById('d-{id}')"
    text = page.run(f"{opened}.innerText")
    assert "converged by rule 6, “criterion”: the task's criterion holds" in text
    assert re.search(r"\bsuccess 1\b.* modes 8 ", text)
    assert f"python -m bench.replay {page.results} {id}" in text
    names = page.run(f"[...{opened}.querySelectorAll('figcaption strong')].map((b) => b.innerText)")
    assert names == ["q", "modes", "loss_g", "loss_d", "samples"]
    assert page.run(f"{opened}.querySelectorAll('svg path').length") == 4
    drawn = (
        f"(() => {{ const c = {opened}.querySelector('canvas'); const d = c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data; return d.filter((v) => v).length; })()"
    )
    assert page.run(drawn) > 200
    button = "document.querySelector('#table-trials tbody button')"
    assert page.run(f"{button}.getAttribute('aria-expanded')") == "true"
    assert page.run(f"document.activeElement === {button}")
    press(page, "#table-trials tbody button")
    assert page.run(f"{opened}") is None


def test_a_failed_trial_opens_to_its_error(page):
    follow(page, "#trials?outcome=crashed")
    press(page, "#table-trials tbody button")
    text = page.run("document.querySelector('tr.detail').innerText")
    assert "ValueError: bad shape" in text
    assert "This page has no curves of this trial." in text


def test_a_link_to_one_trial_works_in_a_fresh_tab(page):
    follow(page, "#trials?method=ns&page=1")
    id = column(page, "trial")[-1]
    page.open(page.file, f"#t-{id}")
    assert page.run(f"document.getElementById('d-{id}').innerText.includes('bench.replay')")
    box = page.run(f"document.getElementById('t-{id}').getBoundingClientRect().top")
    assert 0 <= box <= 800
    page.open(page.file, "#t-0123456789abcdef")
    assert counted(page) == "no trial 0123456789abcdef in this report"
    page.open(page.file, "#trials?method=r1&sort=-seed")
    assert counted(page) == "16 of 44 trials"
    assert column(page, "seed") == sorted(column(page, "seed"), reverse=True)


def test_the_command_is_copied(page):
    follow(page, "#trials?task=ring8&method=r1")
    press(page, "#table-trials tbody button")
    page.run("document.querySelector('.command button').click()")
    page.wait("document.querySelector('.command button').innerText == 'Copied'")
    press(page, "#table-trials tbody button")


def test_all_can_be_done_from_the_keyboard(page):
    """Each control is one that a browser lets a reader reach and press."""
    follow(page, "#trials")
    controls = "#trials button, #trials input, #trials select, table.sortable th button, summary"
    tags = page.run(
        f"[...document.querySelectorAll('{controls}')].filter((e) => e.tabIndex < 0).length"
    )
    assert tags == 0
    unnamed = (
        "[...document.querySelectorAll('#trials input, #trials select')]"
        ".filter((e) => !e.labels.length).length"
    )
    assert page.run(unnamed) == 0
    page.run("document.querySelector('#table-trials tbody button').focus()")
    for kind in ("keyDown", "keyUp"):
        enter = {"key": "Enter", "code": "Enter", "text": "\r", "windowsVirtualKeyCode": 13}
        page.call("Input.dispatchKeyEvent", type=kind, **enter)
    page.wait("document.querySelector('tr.detail') !== null")
    press(page, "#table-trials tbody button")


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
    tables = "[...document.querySelectorAll('main table')].filter((t) => !t.closest('details'))"
    assert page.run(f"{tables}.flatMap((t) => [...t.rows]).filter((r) => !r.offsetHeight)") == []
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
