"""What README and report/README.md say of published experiments is what the committed tables and
results say; and how much of them git has."""

from __future__ import annotations

import csv
import re

import pandas as pd
import pytest
from scipy.stats import boschloo_exact

import bench
from bench.analysis.statistics import over_grid
from bench.diagnose.looking import look
from bench.registry import UnknownName
from tests.documents import FOUND, README, ROOT, section, tracked

RATE = re.compile(r"(\d+) of (\d+) trials \((\d+) %, (\d+) to (\d+) %")


def rows(name):
    with (ROOT / "report" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def column(name, table, metric):
    """(task, method) -> a number of a published table."""
    return {(r["task"], r["method"]): float(r[metric]) for r in rows(f"{name}/tables/{table}.csv")}


def test_rates_of_n_dis():
    """Recomputed from the trials, in the order in which they are named."""
    trials = bench.load(ROOT / "results" / "n_dis")
    methods = ("sngan", "wgan_gp", "sngan_one_step", "wgan_gp_one_step")
    text = section(FOUND, "Discriminator steps")
    claimed = [tuple(map(int, found)) for found in RATE.findall(text)]
    assert len(claimed) == len(methods)
    for method, (k, n, rate, low, high) in zip(methods, claimed, strict=True):
        own = trials[trials["method"] == method]
        hits = own["outcome"] == "converged"
        interval = over_grid(hits, own["seed"])
        assert (k, n) == (hits.sum(), len(own))
        assert [rate, low, high] == [round(100 * x) for x in (k / n, *interval)]
    apart = {(r["method"], r["other"]): r["p_holm"] for r in rows("n_dis/tables/pairwise.csv")}
    for method, one, won in (
        ("wgan_gp", "wgan_gp_one_step", "4 of 4 seeds with five steps and 0 of 4 with one"),
        ("sngan", "sngan_one_step", "3 of 4 and 0 of 4"),
    ):
        assert re.search(rf"{won} \(p = {float(apart[method, one]):.2g}\)", text)
        chosen = column("n_dis", "ranking", "success")
        assert [chosen["digits8", m] for m in (method, one)] == [int(won[0]), 0]


def test_every_game_of_theory_does_what_theory_says():
    found = rows("theory/tables/references.csv")
    assert len(found) == 16
    assert {row["agrees"] for row in found} == {"yes"}
    rates = [r for r in found if r["metric"] == "contraction"]
    kept = [r for r in found if r["metric"] == "success" and float(r["known"]) == 0]
    assert (len(rates), len(kept)) == (12, 4)
    gaps = [abs(float(r["known"]) - float(r["measured"])) for r in rates]
    assert max(gaps) < 0.00003
    assert (
        "All 16 numbers of theory are met: twelve rates of contraction, each within 0.00003, and "
        "four games that do not converge" in section(FOUND, "Games with known solutions")
    )
    assert f"all [{len(found)} numbers]" in README


def test_the_quickstart_s_table_is_that_of_its_page():
    shown = README.partition("## Quickstart")[2].partition("\n```\n")[2].partition("\n```\n")[2]
    shown = shown.partition("```")[0]
    table = {(row["task"], row["method"]): row for row in rows("quickstart/tables/summary.csv")}
    table = {key: row for key, row in table.items() if key[1] not in ("vae", "moments")}
    lines = shown.splitlines()[1:]
    assert len(lines) == len(table)
    for line in lines:
        task, method, rest = re.fullmatch(r"(\S+)\s+(\S+)\s+(.*)", line).groups()
        ended, trials, modes, q = re.split(r"\s{2,}", rest)
        row = table[task, method]
        assert (ended, trials) == (row["ended"], row["trials"])
        assert float(modes) == pytest.approx(float(row["modes (median)"]))
        assert float(q) == pytest.approx(float(row["proxy q (median)"]), rel=5e-3)


def test_controls_of_the_quickstart():
    found = rows("quickstart/tables/references.csv")
    assert {row["source"].partition(" control")[0] for row in found} == {"positive", "negative"}
    assert {row["agrees"] for row in found} == {"yes"}


NAMES = {"sngan": "spectral normalization", "r3gan": "R3GAN", "r1": "R1", "ns": "the plain GAN"}


def test_what_the_quickstart_found():
    text, won = section(FOUND, "Quickstart"), column("quickstart", "ranking", "success")
    won = {key: int(n) for key, n in won.items()}
    assert (
        "spectral normalization converged on 4 of 5 seeds, R3GAN on 2, and R1, the plain GAN"
        in text
    )
    assert {m: won["digits8", m] for m in (*NAMES, "article_loss")} == {
        "sngan": 4, "r3gan": 2, "r1": 0, "ns": 0, "article_loss": 0,
    }  # fmt: skip
    assert "the plain GAN, DRAGAN and R3GAN converged on 4 of 5 each, R1 on 2, spectral" in text
    assert {m: won["ring8", m] for m in (*NAMES, "dragan")} == {
        "sngan": 1, "r3gan": 4, "r1": 2, "ns": 4, "dragan": 4,
    }  # fmt: skip
    adjusted = [row["p_holm"] for row in rows("quickstart/tables/pairwise.csv")]
    assert min(float(p) for p in adjusted if p) > 0.05
    ends = {(r["task"], r["method"]): r["ended"] for r in rows("quickstart/tables/summary.csv")}
    assert ends["ring8", "ns"] == "4 converged, 1 mode_drop"  # "in one of five"


def test_what_few_images_do():
    text, won = section(FOUND, "Few images"), column("few_data", "ranking", "success")
    assert "LeCam and DigGAN reach all ten digits on 4 of 4 seeds each" in text
    for (task, method), successes in won.items():
        good = method in ("lecam", "diggan") and "n=100)" not in task
        assert successes == (4 if good else 0)
    names = {"diggan": "DigGAN", "lecam": "LeCam", "ada": "ADA", "r1": "R1"}
    names |= {"diffaugment": "DiffAugment", "ns": "baseline"}
    q = column("few_data", "final_metrics", "q median")
    for method, name in names.items():
        assert f"{q['digits8 (n=300)', method]:.2f} ({name})" in text
    ratio = column("few_data", "end_metrics", "nn_ratio median")["digits8 (n=100)", "ns"]
    assert f"`nn_ratio` {ratio:.2f}" in text
    adjusted = [row["p_holm"] for row in rows("few_data/tables/comparisons.csv")]
    least = min(float(p) for p in adjusted if p)
    assert least > 0.05
    assert f"(p = {least:.2g} at best)" in text
    few = {
        m: v
        for (task, m), v in column("few_data", "ranking", "q_tail median").items()
        if "n=100)" in task
    }
    assert sorted(few, key=few.__getitem__)[:2] == ["lecam", "diggan"]  # as "Surprises" says
    learnt = column("few_data", "other_metrics", "logit_extreme median")
    assert all(learnt[task, "chain"] < 0.05 < learnt[task, "ns"] for task, _ in learnt)


def test_what_imitation_costs():
    text, cost = section(FOUND, "Imitation"), column("imitation", "other_metrics", "regret median")
    for words, method in (
        ("The policy of the baseline costs {:.2f} %", "ns"),
        ("behaviour cloning {:.2f} %", "cloning"),
        ("R1 {:.1f} %", "r1"),
        ("without a game {:.1f} %", "moments"),
        ("critic {:.1f} %", "wgan_unconstrained"),
    ):
        assert words.format(100 * cost["imitate", method]) in text
    won = column("imitation", "ranking", "success")
    assert won["imitate", "ls"] == 8 - 2
    assert won["imitate", "ns"] == won["imitate", "r1"] == 8
    assert won["imitate", "wgan_unconstrained"] == 7
    assert "It met the criterion on 7 of 8 seeds" in section(FOUND, "Surprises")


def test_the_numbers_of_theory_that_ridges_meets():
    found = rows("ridges/tables/references.csv")
    assert "All eleven numbers" in section(FOUND, "Ridges")
    assert [row["agrees"] for row in found] == ["yes"] * 11


def test_which_published_tables_are_beaten():
    text = section(FOUND, "Tables")
    found = {
        (r["at"][8:], r["method"], r["metric"], r["source"].partition(",")[0]): r["agrees"]
        for r in rows("tables/tables/references.csv")
    }
    assert len(found) == 40
    others = {"CTGAN", "TableGAN", "MedGAN", "VEEGAN"}

    def above(*key):
        return {of for (*k, of), agrees in found.items() if (*k,) == key and agrees == "yes"}

    syn, test = "likelihood_syn", "likelihood_test"
    assert above("ring", "wgan_gp", syn) == others == above("ring", "r1", syn)
    assert above("ring", "wgan_gp", test) == others | {"TVAE"} == above("grid", "wgan_gp", test)
    assert above("ring", "r1", test) == {"MedGAN", "VEEGAN"}
    assert above("grid", "wgan_gp", syn) == {"CTGAN", "VEEGAN"} == above("grid", "r1", syn)
    below = {m: [k[3] for k, v in found.items() if k[:3] == ("grid", m, syn) and v == "no"]
             for m in ("wgan_gp", "r1")}  # fmt: skip
    assert below == {"wgan_gp": ["TVAE", "MedGAN"], "r1": ["TVAE", "TableGAN", "MedGAN"]}
    assert found["grid", "wgan_gp", syn, "TableGAN"] == "not shown"
    means = {
        (r["at"][8:], r["metric"]): float(r["measured"])
        for r in rows("tables/tables/references.csv")
        if r["method"] == "wgan_gp"
    }
    assert f"({means['ring', test]:.2f} against -1.94)" in text
    assert f"({means['ring', syn]:.2f} against -1.58" in text
    assert f"({means['grid', test]:.2f} against -5.09 at best)" in text
    assert f"`likelihood_syn` ({means['grid', syn]:.2f})" in text
    won = column("tables", "ranking", "success")
    assert {key: n for key, n in won.items() if n} == {("tabular (table=net)", "wgan_gp"): 8}
    (row,) = [
        r
        for r in rows("tables/tables/comparisons.csv")
        if (r["task"], r["method"]) == ("tabular (table=net)", "wgan_gp")
    ]
    assert f"p = {float(row['p_holm']):.2g} against the plain" in text


def test_what_a_discriminator_does_that_starts_late():
    """Recomputed from the curves of the error, which are in the results."""
    text, folder = section(FOUND, "A late discriminator"), ROOT / "results" / "late_discriminator"
    trials, curves = bench.load(folder), bench.curves(folder)
    error = curves[curves["metric"] == "l1"].pivot_table("value", "step", "id", observed=True)
    before, after = error[error.index <= 1500].iloc[-1], error[error.index > 1500]
    axes = ["adversary.start", "adversary.d_start"]
    groups = {
        (str(method), *at): ids
        for (method, *at), ids in trials.fillna(dict.fromkeys(axes, 0.0))
        .groupby(["method", *axes], observed=True)["id"]
    }  # fmt: skip

    def back(ids):
        """Seeds whose error comes back, and the steps until the last of them."""
        steps = [after.index[after[id] <= 1.02 * before[id]] for id in ids]
        return sum(len(s) > 0 for s in steps), max(
            (s[0] - 1500 for s in steps if len(s)), default=0
        )

    late, untrained = groups["adversary", 0.5, 0.0], groups["adversary", 0.5, 0.5]
    assert f"from {before[late].median():.3f} to {after[late].max().median():.2f}" in text
    assert back(late)[0] == 1
    assert f"rises to {after[untrained].max().median():.1f} and on none comes back" in text
    assert back(untrained)[0] == 0
    held = [ids for (method, *_), ids in groups.items() if method == "adversary_r1"]
    assert [back(ids) for ids in held] == [(4, 30)] * 4
    ends = [after[ids].iloc[-1].median() for ids in held]
    assert f"ends at {min(ends):.3f} to {max(ends):.3f}" in text
    alone = groups["reconstruction_only", 0.0, 0.0]
    assert f"L1 alone at {after[alone].iloc[-1].median():.3f}" in text
    met = (trials["outcome"] == "converged").groupby(trials["method"], observed=True).agg(
        ["sum", "size"]
    )  # fmt: skip
    assert met.T.to_dict("list") == {
        "adversary": [5, 16], "adversary_r1": [16, 16], "reconstruction_only": [4, 4],
    }  # fmt: skip
    sharp = {
        key: trials.set_index("id").loc[ids, "sharpness"].median() for key, ids in groups.items()
    }
    for method, words in (
        ("adversary_r1", "{:.2f} to {:.2f} (1:"),
        ("adversary", "{:.2f} to {:.2f} without"),
    ):
        own = [value for (of, *_), value in sharp.items() if of == method]
        assert words.format(min(own), max(own)) in text
    assert f"{sharp['reconstruction_only', 0.0, 0.0]:.2f} without an adversary" in text


def test_what_optimizers_do():
    text, settings = section(FOUND, "Optimizers"), rows("optimizers/tables/settings.csv")
    own = {
        (r["method"], float(r["lr_g"]), r["adam.beta1"]): (
            int(r["success"]),
            float(r["modes median"]),
        )
        for r in settings
    }
    assert "converged on 3, 2 and 3 of 4 seeds with beta1 of 0, 0.5 and 0.9" in text
    assert [own["ns_adam", 3e-3, beta][0] for beta in ("0.0", "0.5", "0.9")] == [3, 2, 3]
    assert sum(hits for hits, _ in own.values()) == 8
    for rate in (3.3e-4, 1e-3, 3e-3):
        assert own["r1_adam", rate, "0.0"][1] == own["r1_adam", rate, "0.5"][1] == 8
        assert own["r1_adam", rate, "0.9"][1] < 8
    ends = {r["method"]: r["ended"] for r in rows("optimizers/tables/summary.csv")}
    assert "5 diverged" in ends["ns_schedule_free"]
    assert not any("diverged" in ends[m] for m in ends if m != "ns_schedule_free")
    assert min(float(r["p_holm"]) for r in rows("optimizers/tables/pairwise.csv")) > 0.05


def test_alignment_has_two_peaks():
    text, found = section(FOUND, "Alignment"), rows("alignment/tables/retrieval.csv")
    values = {
        method: sorted(float(r["retrieval"]) for r in found if r["method"] == method)
        for method in ("ns", "r1", "wgan_gp", "sngan_1")
    }
    above = {method: sum(v >= 0.95 for v in own) for method, own in values.items()}
    assert (
        f"{above['ns']} of 16 of the baseline, {above['r1']} of R1, {above['wgan_gp']} of" in text
    )
    for method in ("ns", "r1", "wgan_gp"):
        assert len(values[method]) == 16
        assert all(v <= 0.17 for v in values[method][: -above[method]])
    rest = values["sngan_1"][: -above["sngan_1"]]
    assert f"has {above['sngan_1']} there, 2 at {rest[-2]:.2g} and {rest[-1]:.2g}" in text
    assert len(rest) == 7
    assert rest[4] <= 0.27
    assert sum(0.2 < v < 0.95 for v in rest) == 3
    assert "Spectral normalization has three there" in section(FOUND, "Surprises")


def test_what_mends_pinned_scores():
    text, won = section(FOUND, "Scores pinned"), column("scores_pinned", "ranking", "success")
    won = {method: int(n) for (_, method), n in won.items()}
    assert won["minimax"] == won["minimax_lazy_d"] == 3
    assert "D wins on 5 of 8 seeds" in text
    assert won["minimax_r1"] == won["minimax_sn"] == won["ns"] == 8
    assert won["minimax_noise"] == 7
    p = {r["method"]: float(r["p_holm"]) for r in rows("scores_pinned/tables/comparisons.csv")}
    assert p["minimax_r1"] == p["minimax_sn"] == p["ns"]
    assert f"8 of 8 seeds each (p = {p['ns']:.2g} against the minimax loss)" in text
    assert f"instance noise on 7 (p = {p['minimax_noise']:.2g})" in text
    p_raw = [boschloo_exact([[8, 3], [0, 5]]).pvalue, boschloo_exact([[7, 3], [1, 5]]).pvalue]
    holm = [5 * p_raw[0], 2 * p_raw[1]]
    assert [p["ns"], p["minimax_noise"]] == pytest.approx(holm, rel=1e-3)


def test_what_is_published_names_no_place_on_a_machine():
    published = tracked("report", "results")
    texts = {f: f.read_bytes() for f in published if f.suffix in (".html", ".csv", ".json", ".md")}
    assert len(texts) > 50
    assert not [str(f) for f, text in texts.items() if b'"/tmp/' in text or b">/tmp/" in text]


def test_what_is_published_is_light():
    """A clone is for whoever wants to train, and every commit of a page stays in it for ever."""
    assert sum(file.stat().st_size for file in tracked("report", "results")) <= 12_000_000
    sizes = {str(file.relative_to(ROOT)): file.stat().st_size for file in tracked()}
    assert {name: size for name, size in sizes.items() if size > 3_000_000} == {}
    assert [f for f in tracked("report", "results") if f.name == "trials.csv"] == []


def test_each_folder_names_the_command_that_makes_what_it_has_not():
    anew = "python -m bench.sweep experiments/NAME.toml && python -m bench.report results/NAME"
    for name in ("report", "results"):
        assert anew in (ROOT / name / "README.md").read_text(encoding="utf-8")


def test_a_race_decides_as_twenty_fixed_seeds_do():
    text = section(FOUND, "A race")
    raced = {(r["task"], r["method"]): r for r in rows("race/tables/race.csv")}
    fixed = {(r["task"], r["method"]): r for r in rows("race/tables/fixed.csv")}
    assert raced.keys() == fixed.keys()
    for key, row in raced.items():
        decided = row["outcome"].endswith(" is better")
        assert decided == (float(row["p"]) <= 0.05) == (float(fixed[key]["p_holm"]) <= 0.05)
        assert float(row["success"]) <= float(fixed[key]["success"])
    ends = {key: (int(r["seeds"]), r["success"], r["success of other"]) for key, r in raced.items()}
    assert ends["digits8", "sngan"] == (10, "7", "0")
    assert ends["digits8", "r3gan"] == (20, "7", "0")
    assert "after 10 seeds (7 against 0), R3GAN after 20 (7 against 0)" in text
    assert ends["ring8", "r3gan"] == (20, "19", "13")
    assert ends["ring8", "sngan"] == (20, "5", "13")
    assert ends["ring8", "dragan"] == (15, "13", "10")
    assert ends["ring8", "r1"] == (15, "8", "10")
    seeds: dict[tuple[str, str], int] = {}
    for (task, method), (n, _, _) in ends.items():
        for one in (method, "ns"):
            seeds[task, one] = max(seeds.get((task, one), 0), n)
    assert f"{sum(seeds.values())} trials in place of {20 * len(seeds)}" in text


def test_twenty_fixed_seeds_by_another_s_test():
    """Counts and p of the digits, by SciPy's Boschloo and Holm by hand."""
    own = {r["method"]: r for r in rows("race/tables/fixed.csv") if r["task"] == "digits8"}
    counts = {method: int(row["success"]) for method, row in own.items()}
    assert counts == {"article_loss": 0, "r1": 3, "r3gan": 7, "sngan": 16}
    assert {row["success of other"] for row in own.values()} == {"0"}
    ranked = sorted(counts, key=counts.__getitem__, reverse=True)
    adjusted = {}
    for place, method in enumerate(ranked):
        k = counts[method]
        p = boschloo_exact([[k, 0], [20 - k, 20]]).pvalue if k else 1.0
        adjusted[method] = min(1.0, max([(4 - place) * p, *adjusted.values()]))
        assert float(own[method]["p_holm"]) == pytest.approx(adjusted[method], rel=1e-3)
    best, second = f"{adjusted['sngan']:.2g}", f"{adjusted['r3gan']:.2g}"
    text = section(FOUND, "A race")
    assert (
        f"spectral normalization converged on 16 of 20 seeds (p = {best}), R3GAN on 7 "
        f"(p = {second}), R1 on 3, the plain GAN and the negative control on 0" in text
    )
    findings = section(README, "Three findings")
    assert (
        "spectral normalization converged on 16 of 20 seeds and R3GAN on 7, the plain GAN on 0 "
        f"(p = {best} and {second})" in findings
    )
    ring = [float(r["p_holm"]) for r in rows("race/tables/fixed.csv") if r["task"] == "ring8"]
    assert min(ring) > 0.05  # "no method is told from it"


def test_the_readme_s_other_findings_are_those_of_the_study():
    findings, steps = section(README, "Three findings"), section(FOUND, "Discriminator steps")
    assert "WGAN-GP in 9 of 12 trials" in steps  # recomputed above
    assert "4 of 4 seeds with five steps and 0 of 4 with one (p = 0.023)" in steps
    p = {r["method"]: float(r["p_holm"]) for r in rows("scores_pinned/tables/comparisons.csv")}
    assert "8 of 8 seeds converged, with the plain minimax loss 3 of 8" in findings
    assert f"(p = {p['minimax_r1']:.2f} each)" in findings


def test_one_game_in_four_programs():
    text, q = (
        section(FOUND, "One game, four programs"),
        column("own_trainer", "ranking", "q_tail median"),
    )
    q = {method: f"{value:.3f}" for (_, method), value in q.items()}
    seeds = {
        method: int(n) for (_, method), n in column("own_trainer", "ranking", "trials").items()
    }
    assert (
        f"R1 came to a median q of {q['torch_r1']} over {seeds['r1']} seeds, ours to {q['r1']}"
        in text
    )
    assert f"to {q['torch_ns']} over {seeds['ns']} seeds, ours to {q['ns']}" in text
    assert f"NumPy came to {q['numpy_ns']} and Keras to {q['keras_ns']}" in text
    assert (seeds["torch_r1"], seeds["torch_ns"]) == (seeds["r1"], seeds["ns"])
    assert seeds["numpy_ns"] == seeds["keras_ns"] == 8


def test_real_digits():
    text, (row,) = section(FOUND, "Real digits"), rows("mnist/tables/final_metrics.csv")
    assert row["trials"] == "1"
    assert float(row["modes median"]) == 10
    assert f"all ten modes and q {row['q median']}; " in text
    assert f"mean confidence is {row['confidence median']}, against" in text


def test_a_published_sweep_is_loaded_by_its_name(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    frame = bench.published("n_dis")
    folder = frame.attrs["folder"]
    assert folder == ROOT / "results" / "n_dis"
    pd.testing.assert_frame_equal(frame, bench.load(folder))
    for root in (ROOT, ROOT / "results"):
        assert len(bench.published("theory", root=root)) == 16


def test_another_name_is_answered_with_those_that_there_are(tmp_path):
    with pytest.raises(UnknownName, match=r'no published sweep "n_diss" \(did you mean "n_dis"'):
        bench.published("n_diss")
    for name in ("b", "a"):
        (tmp_path / name / "trials").mkdir(parents=True)
    (tmp_path / "c").mkdir()  # no results folder
    with pytest.raises(UnknownName, match=r'"stabilizers" \(there is: a, b\)'):
        bench.published("stabilizers", root=tmp_path)


def test_a_wheel_has_no_results_and_says_where_they_are(tmp_path, monkeypatch):
    """As a user has it who installed the package and has no repository."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site-packages" / "bench").mkdir(parents=True)
    (tmp_path / "site-packages" / "other" / "trials").mkdir(parents=True)  # no results of ours
    monkeypatch.setattr(bench, "__file__", str(tmp_path / "site-packages/bench/__init__.py"))
    with pytest.raises(FileNotFoundError) as error:
        bench.published("stabilizers")
    told = str(error.value)
    assert told.startswith(f"no published results in {tmp_path}/site-packages and {tmp_path}: ")
    assert 'bench.published("stabilizers", root="path/to/a/checkout")' in told
    assert "\n" not in told


def test_the_symptoms_are_those_of_the_trials():
    text, trials = section(FOUND, "Symptoms"), bench.load(ROOT / "results" / "symptoms")
    ended = trials.set_index("method")
    said = re.findall(r"\(`(\w+)`\)", text)
    order = ["minimax", "hinge", "ns_n_dis", "alternating_wgan", "steep"]
    assert list(ended["outcome"][order]) == said
    assert len({*said}) == len(trials) == 5
    worse, broken = ended.loc["ns_n_dis"], ended.loc["steep"]
    assert f"from {worse['q_best']:.2f} to {worse['q']:.2f}" in text
    assert f"not finite at step {broken['steps_done']:,.0f}" in text
    assert ended["rule"]["minimax"] == "the discriminator wins"
    for own in look(ROOT / "results" / "symptoms"):
        in_losses = [f for f in own.findings if f.sick and f.series in ("loss_g", "loss_d")]
        silent = any(f" {method} " in own.log.name for method in ("hinge", "ns_n_dis"))
        assert silent == (not in_losses) or " minimax " in own.log.name
