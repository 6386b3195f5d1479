"""The front of a report: which rows it shows, that each figure is one of a CSV file, and what it says is missing."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import synthetic_study as synthetic
import traced_figures

from pipelines import files
from study.latency.devices.rpi4 import validation
from study.latency.devices.rpi4.label import PROFILE, errors
from study.report.build import tables_of
from study.report.fields import shown_value
from study.report.inputs import Inputs, Slot
from study.report.reading import table_of
from study.report.readme import Finished, readme, took
from study.report.summary import summary_text
from study.report.tables import Record, csv_text, records

JOURNAL = """preset,stage,cells,jobs,started,seconds,failed
quick,train,1,2,2026-01-01T00:00:00.000+00:00,5400.000,false
quick,train,1,2,2026-01-01T00:00:00.000+00:00,3600.000,true
quick,compress,1,2,2026-01-01T01:30:00.000+00:00,1800.000,false
quick,compress,1,2,2026-01-01T01:30:00.000+00:00,1800.000,false
quick,latency@host,1,1,2026-01-02T00:00:00.000+00:00,3600.000,false
"""


def finished(inputs: Inputs, **changes: Any) -> Finished:
    made = tables_of(inputs)
    results, latency = (table_of(csv_text(made[name])) for name in ("results", "latency"))
    given = Finished(results, latency, figures=["pareto_size"])
    return replace(given, **changes)


def choosing(given: Finished, variant: str) -> Finished:
    """The report with this variant as the smallest of its network that holds accuracy."""
    results = given.results.copy()
    results.loc[results["variant"] == variant, ["delta_pp", "shipped_bytes"]] = (-0.5, 1)
    return replace(given, results=results)


def predicted(inputs: Inputs) -> Inputs:
    slots = [
        Slot(
            result.name,
            "rpi4_predicted",
            "tflite_runtime",
            1,
            {
                "kind": "predicted",
                "runtime": "tflite_runtime",
                "runtime_version": "2.14.0",
                "threads": 1,
                "delegate": "none",
                "status": "ok",
                "model_sha256": synthetic.sha256(result.name),
                "summary": {
                    "n": 1,
                    "rounds": 1,
                    "median_us": 1234.5,
                    "p90_us": None,
                    "ci_low_us": None,
                    "ci_high_us": None,
                },
                "computed": {"method": PROFILE, "scale": validation.profile_errors().scale, "error_percent": 15.6},
            },
        )
        for result in inputs.results
    ]
    return replace(inputs, latency=[*inputs.latency, *slots])


def _rows(text: str) -> list[Record]:
    return records(table_of(text))


def shown(block: str) -> list[tuple[str, str]]:
    return [(cells[0], cells[2]) for cells in traced_figures.lines(block)]


def test_every_figure_is_one_of_the_csv_files(tmp_path: Path) -> None:
    inputs = predicted(synthetic.complete(synthetic.study()))
    made = tables_of(inputs)
    for name, text in (made.csv_files() | {"summary.json": summary_text(made)}).items():
        files.write_text(tmp_path / name, text)
    summary, time = files.read_json(tmp_path / "summary.json"), _rows((tmp_path / "training_time.csv").read_text())
    (tmp_path / "wall_times.csv").write_text(JOURNAL)
    report = finished(inputs, summary=summary, training_time=time, journals={"": _rows(JOURNAL)})
    block, cost = readme(report, "reports"), took(report)
    assert cost == (
        "Training and compressing 6 models took 0.40 h, added up over models (training_time.csv). "  # 6 times 240 s
        "Wall time of make study, from its first start to its last end: 25.00 h (wall_times.csv). "
        "In 1 gap of a minute or more nothing ran: 22.00 h. Added up over its stages, as if one had run after "
        "another: 4.50 h, of these train 2.50 h, compress 1.00 h, latency@host 1.00 h. "
        "Of at most 2 trainings side by side, 1.75 ran on average while any did."
    )
    for text in (block, cost):
        assert list(traced_figures.untraced(text, tmp_path)) == []
    assert f"{summary['losses_in_files']} significant loss" in block and "findings of the 2021 study" in block
    for figure in [*re.findall(r"\d\.\d\d", block)[:3], "1,234.5", "600", "12 variants"]:
        assert list(traced_figures.untraced(block.replace(figure, "7,777.77", 1), tmp_path)), f"{figure} is not traced"
    for figure in ("0.40", "25.00", "22.00", "4.50", "1.75"):
        assert list(traced_figures.untraced(cost.replace(figure, "7,777.77", 1), tmp_path)), f"{figure} is not traced"


def test_each_network_has_one_line_with_its_float32_file_beside() -> None:
    given = finished(synthetic.study(schemes=("float32", "dynamic", "int8", "int8_tuned")))
    found = traced_figures.lines(readme(given, "reports"))
    assert [cells[0] for cells in found] == list(dict.fromkeys(given.results["arch"]))
    plain = given.results.set_index("variant")["top1"]
    for arch, whole, *_ in found:
        assert whole.startswith(f"{100 * plain[f'{arch}_dense_s0_float32']:.2f} (")


def row(name: str, delta: float | None, kilobytes: int, **changes: Any) -> dict[str, Any]:
    method, scheme = name.split("_")
    return {
        "variant": name,
        "arch": "net",
        "method": method,
        "amount": 0 if method == "dense" else 60,
        "seed": 0,
        "quantization": scheme,
        "baseline": "dense_float32",
        "top1": 0.7 + (delta or 0) / 100,
        "test_images": 1000,
        "delta_pp": delta,
        "ci_low_pp": delta,
        "ci_high_pp": delta,
        "worst_drop_pp": delta,
        "worst_drop_class": "cat",
        "file_bytes": 9_000_000 if scheme == "float32" else 2_000_000,
        "shipped_bytes": 1000 * kilobytes,
        "shipped_codec": "xz",
        "preset": "full",
        "dataset": "CIFAR-10",
    } | changes


BASE = row("dense_float32", None, 9000)


DENSE = row("dense_int8", -0.1, 900)


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        (
            [
                BASE,
                row("dense_int8", -0.1, 900),
                row("magnitude_int8", -0.9, 500),
                row("magnitude_int8tuned", -0.2, 510),
            ],
            "magnitude_int8",
        ),
        (
            [
                BASE,
                row("dense_int8", -0.1, 900),
                row("magnitude_int8", -4.0, 500),
                row("magnitude_int8tuned", -2.0, 510),
            ],
            "dense_int8",
        ),
        (
            [BASE, row("dense_int8", -0.1, 900), row("dense_dynamic", -0.1, 800), row("magnitude_float32", -0.1, 850)],
            "dense_dynamic",
        ),
        ([BASE, row("dense_int8", -1.1, 900)], "dense_float32"),  # none holds: the network as it is
        (
            [
                BASE,
                row("dense_int8", -0.5, 900),
                row("dense_int8", -0.4, 890, variant="other_seed", seed=1),
                row("dense_float32", None, 9001, variant="other_base", seed=1, baseline="other_base"),
            ],
            "other_seed",  # a treatment has one line, by the file that is handed on
        ),
    ],
)
def test_the_choice_is_the_smallest_to_transfer_within_a_point(rows: list[dict[str, Any]], chosen: str) -> None:
    by_size = {f"{one['shipped_bytes'] / 1e6:.3f} (xz)": one["variant"] for one in rows}
    block = readme(Finished(pd.DataFrame(rows), pd.DataFrame()), "reports")
    assert [by_size[cells[6]] for cells in traced_figures.lines(block)] == [chosen]


def test_a_network_without_a_float32_file_says_so() -> None:
    block = readme(Finished(pd.DataFrame([row("magnitude_int8", -0.9, 500)]), pd.DataFrame()), "reports")
    assert [cells[1:3] for cells in traced_figures.lines(block)] == [["missing", "magnitude 60 % \u00b7 int8"]]


def test_both_sizes_are_shown_and_lead_to_the_file() -> None:
    models = [
        {"smallest": "transfer", "variant": "magnitude_int8", "file": "m.tflite.xz"},
        {"smallest": "flash", "variant": "magnitude_int8", "file": "m.tflite"},
    ]
    given = [BASE, DENSE, row("magnitude_int8", -0.9, 500)]
    block = readme(Finished(pd.DataFrame(given), pd.DataFrame(), models=models), "reports")
    assert " | Transferred \\[MB\\] | On flash \\[MB\\] |" in block
    assert "[0.500 (xz)](reports/models/m.tflite.xz)" in block and "[2.000](reports/models/m.tflite)" in block
    assert "Zeros of unstructured pruning save the transfer and not the flash, unless they are stored sparse" in block


def test_parts_of_a_study_are_told_one_by_one() -> None:
    inputs, rows = synthetic.study(["mobilenet"]), _rows(JOURNAL)
    block = took(finished(inputs, journals={"1-a": rows[:2], "2-b": rows[4:], "3-c": []}))
    assert "Wall time of make study of part 1-a, from its first start to its last end: 1.50 h" in block
    assert "Wall time of make study of part 2-b, from its first start to its last end: 1.00 h" in block
    assert "gap" not in block and "part 3-c" not in block and "25.00" not in block
    several = took(finished(inputs, journals={"": [rows[0], rows[4], rows[4] | {"started": "2026-01-03T00:00:00Z"}]}))
    assert "In 2 gaps of a minute or more nothing ran: 45.50 h altogether, the longest 23.00 h." in several


def test_a_report_without_times_says_so() -> None:
    assert took(finished(synthetic.study(["mobilenet"]))) == "Nothing was timed."


def test_of_several_seeds_those_with_an_equal_are_compared() -> None:
    """One seed of two has a control: its change stands there, and that it is one of two."""
    variant = "mobilenet_magnitude60_s0_int8"
    given = choosing(finished(synthetic.study(["mobilenet"])), variant)
    own = given.results[given.results["variant"] == variant]
    other = own.assign(variant="mobilenet_magnitude60_s1_int8", seed=1, baseline=None, delta_pp=None)
    results = pd.concat([given.results, other], ignore_index=True)
    (row,) = traced_figures.lines(readme(replace(given, results=results), "r"))
    assert row[2] == "magnitude 60 % \u00b7 int8" and row[3].endswith("(2 seeds)")
    assert row[4] == f"{shown_value('delta_pp', -0.5)} (1 of 2 seeds)"
    assert f"({own['worst_drop_class'].iloc[0]}) (1 of 2 seeds)" in row[5]


def test_doubtful_and_missing_times_are_marked() -> None:
    variant = "mobilenet_dense_s0_int8"
    given = choosing(finished(synthetic.study(["mobilenet"])), variant)
    own = given.latency["variant"] == variant
    doubtful = replace(given, latency=given.latency.assign(status=given.latency["status"].mask(own, "unstable")))
    block = readme(doubtful, "reports")
    assert " \u2020 |" in block and "unstable: latency.csv says why" in block
    block = readme(replace(given, latency=given.latency[~own]), "reports")
    assert [cells[-1] for cells in traced_figures.lines(block)] == ["missing"]
    assert "predicted latencies" in block
    elsewhere = replace(given, latency=given.latency.assign(status=given.latency["status"].where(own, "unstable")))
    assert "\u2020" not in readme(elsewhere, "reports"), "a mark that stands nowhere is not explained"


@pytest.mark.parametrize("treated", ["dense_s0_float32", "dense_s0_int8", "magnitude60_s0_int8"])
def test_a_prediction_has_a_column_with_its_error(treated: str) -> None:
    given = choosing(finished(predicted(synthetic.study(["mobilenet"]))), f"mobilenet_{treated}")
    block = readme(given, "reports")
    assert "| host, measured \\[\u00b5s\\] | rpi4_predicted \\[\u00b5s\\] |" in block
    assert "computed for a Raspberry Pi 4B and not timed; in brackets the mean error of predictions" in block
    kind = treated.rpartition("_")[2]
    error = "not validated" if "magnitude" in treated else f"{errors(PROFILE)[kind].mean:.0f}\u00a0%"
    (row,) = traced_figures.lines(block)
    assert row[-1] == f"1,234.5 ({error})"
    assert "16" not in block  # what an older version stored
    assert "Not in these reports" not in block


def test_a_report_of_one_error_for_all_kinds_has_none_that_counts() -> None:
    given = finished(predicted(synthetic.study(["mobilenet"])))
    old = given.latency.drop(columns="left_out_percent").assign(error_percent=15.6)
    block = readme(replace(given, latency=old), "reports")
    assert block.count("1,234.5 (not validated)") == 1 and "1,234.5" not in block.replace("1,234.5 (not", "")


@pytest.mark.parametrize(("device", "said"), [("host", True), ("host_2", True), ("hostess", False), ("ssh_pi", False)])
def test_times_of_a_host_say_what_they_are_worth(device: str, said: bool) -> None:
    given = finished(synthetic.study(["mobilenet"]))
    block = readme(replace(given, latency=given.latency.assign(device=device)), "reports")
    assert ("even one with a processor of the same name, times and their order may be others" in block) == said


def test_what_an_older_report_lacks_is_said_and_links_lead_to_what_is_there() -> None:
    inputs = synthetic.study(["mobilenet"])
    poor = readme(finished(inputs, figures=[], missing=["cards", "verdicts.csv"]), "reports")
    assert "Not in these reports: cards, verdicts.csv, predicted latencies." in poor
    assert "<picture>" not in poor and "](" not in poor
    variant = "mobilenet_dense_s0_int8"
    models = [{"smallest": "flash", "variant": variant, "file": f"{variant}.tflite"}]
    rich = readme(choosing(finished(inputs, cards=[variant], models=models), variant), "there")
    assert "there/figures/pareto_size-dark.svg" in rich
    assert f"](there/cards/{variant}.md)" in rich and f"](there/models/{variant}.tflite)" in rich


def test_caveats_and_preset_stand_above_the_table() -> None:
    inputs = synthetic.study(["mobilenet"])
    card = dict(inputs.card) | {"caveats": ["images are copies", "few of them"]}
    block = readme(finished(replace(inputs, card=card, preset="quick")), "reports")
    head = block[: block.index("| Network")]
    assert head.startswith("**Quick run: small subset and few epochs")
    assert "\n> Images are copies. Few of them.\n" in head


def test_nothing_evaluated_is_said() -> None:
    assert (
        readme(Finished(pd.DataFrame([{"variant": "a", "top1": None}]), pd.DataFrame()), "reports")
        == "No variant has been evaluated yet."
    )


def test_hostile_class_names_stay_in_their_cells() -> None:
    inputs = synthetic.study(["mobilenet"], classes=synthetic.HOSTILE, images=20)
    block = readme(finished(inputs), "reports")
    assert "<script" not in block
    widths = {re.sub(r"\\\|", "", line).count("|") for line in block.splitlines() if line.startswith("|")}
    assert len(widths) == 1
