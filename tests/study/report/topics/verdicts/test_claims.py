"""Each finding of 2021 in each status: rows made by hand, ties, what is missing, what is not a number."""

import csv
import io
from dataclasses import replace

import pytest
import synthetic_study as synthetic
import verdict_rows as made
from scipy.stats import ttest_1samp

from study.report.blocks import Bullets, Fold, Note, Table
from study.report.inputs import Inputs
from study.report.phrases import points
from study.report.tables import Row, Tables, csv_text
from study.report.topics import accuracy, classes, latency, seeds, verdicts
from study.report.topics.verdicts.claims import CLAIMS
from study.report.topics.verdicts.judging import CONFIRMED, NOT_TESTABLE, REFUTED

NAN = float("nan")
OVER_SEEDS = {
    "int8-accuracy": made.over_seeds(lambda arch: {"delta": -0.1}, archs=made.STURDY),
    "int8-mobilenet-v3": made.over_seeds(
        lambda arch: {"delta": -20.0}, archs=("mobilenet_v3_large", "mobilenet_v3_small")
    ),
    "sparsity-accuracy": made.over_seeds(lambda arch: {"delta": -5.0}, 90, "float32"),
    "sparsity-mobilenet": made.over_seeds(lambda arch: {"delta": -1.0 if arch == "mobilenet" else -5.0}, 90, "float32"),
}
"""Rows that confirm each claim on accuracy."""


def status(key: str, rows: list[Row]) -> tuple[str, str]:
    one = made.judge(key, made.study(rows))
    return one.status, one.text


@pytest.mark.parametrize(
    ("size", "expected"),
    [(2_700_000, CONFIRMED), (4_000_000, CONFIRMED), (4_000_001, REFUTED), (None, NOT_TESTABLE), (NAN, NOT_TESTABLE)],
)
def test_int8_size(size: float | None, expected: str) -> None:
    rows = made.pair(lambda arch: {"file_bytes": size}, archs=("mobilenet",))
    if size and size == size:
        rows += made.pair(lambda arch: {"file_bytes": 2_700_000}, archs=("mobilenet_v2",))
    assert status("int8-size", rows)[0] == expected


@pytest.mark.parametrize("option", [{"alpha": 0.5}, {"stem_stride": 1}])
def test_a_network_of_another_width_or_stride_is_none_of_2021(option: dict[str, float]) -> None:
    rows = made.pair(lambda arch: {"file_bytes": 2_700_000}, archs=("mobilenet",))
    rows += [
        row | {"family": "mobilenet"} | option
        for row in made.pair(lambda arch: {"file_bytes": 9_000_000}, archs=("another",))
    ]
    one = made.judge("int8-size", made.study(rows))
    assert one.status == CONFIRMED and one.parts == ("mobilenet: 27.0\u00a0%",)


def test_int8_size_quotes_both_studies() -> None:
    one = made.judge("int8-size", made.study(made.pair(lambda arch: {"file_bytes": 3_050_000})))
    assert one.text == "The int8 file takes 30.5\u00a0% of the float32 file (2021: 28.1\u00a0% to 32.2\u00a0%)."
    assert one.parts[0] == "mobilenet: 30.5\u00a0%"


@pytest.mark.parametrize(
    ("delta", "expected"),
    [
        (-0.5, CONFIRMED),
        (2.0, CONFIRMED),
        (-0.7, NOT_TESTABLE),
        (-1.3, NOT_TESTABLE),
        (-1.5, REFUTED),
        (None, NOT_TESTABLE),
        (NAN, NOT_TESTABLE),
    ],
)
def test_int8_accuracy(delta: float | None, expected: str) -> None:
    """Intervals over five seeds reach 0.4 points to both sides; the limit is a loss of 1 point."""
    rows = made.over_seeds(lambda arch: {"delta": delta}, archs=made.STURDY)
    assert status("int8-accuracy", rows)[0] == expected


def test_one_network_that_surely_loses_refutes_though_others_are_not_tested() -> None:
    rows = made.over_seeds(lambda arch: {"delta": -1.5}, archs=("mobilenet",))
    said, text = status("int8-accuracy", rows)
    assert said == REFUTED
    assert text == (
        "Change of top-1 from float32 to int8 in points: mobilenet \u22121.50 (5 seeds) (2021: +1.24). Not tested: "
        "mobilenet_v2, efficientnet_b0."
    )


def test_an_interval_that_ends_at_the_limit_decides_nothing() -> None:
    """A change of a point less half an interval: the limit itself is neither above nor below."""
    rows = made.over_seeds(lambda arch: {"delta": -1.0 + 0.99 * made.SPREAD}, archs=made.STURDY)
    said, text = status("int8-accuracy", rows)
    assert said == NOT_TESTABLE
    assert text.startswith("Cannot be decided: an interval over seeds reaches over the limit. Change of top-1 from")


@pytest.mark.parametrize("key", list(OVER_SEEDS))
def test_claims_on_accuracy_take_five_seeds_none_of_them_collapsed(key: str) -> None:
    """What five seeds decide, four do not, nor one, nor five of which one collapsed or has no baseline."""
    rows = OVER_SEEDS[key]
    bases = [row for row in rows if row["baseline"] == row["variant"]]
    files = [row for row in rows if row["baseline"] != row["variant"]]
    assert status(key, rows)[0] == CONFIRMED

    def without(**changes: object) -> tuple[str, str]:
        """Seed 4 of the first network with other figures; of every network without it where nothing is said."""
        own = [row | changes if row["seed"] == 4 and row["arch"] == files[0]["arch"] else row for row in files]
        return status(key, bases + (own if changes else [row for row in own if row["seed"] != 4]))

    few, text = without()
    assert few == NOT_TESTABLE
    assert "it takes 5 seeds of a network, none of them collapsed, which is not so of " in text
    assert without(collapsed="top-1 50.0 points lower")[0] == NOT_TESTABLE
    assert "1 of 5 seeds collapsed" in without(collapsed="top-1 50.0 points lower")[1]
    lacking = CONFIRMED if key == "sparsity-accuracy" else NOT_TESTABLE  # that asks networks of enough seeds alone
    assert without(delta_pp=None, baseline=None)[0] == lacking
    assert status(key, bases + [row for row in files if row["seed"] == 0])[0] == NOT_TESTABLE


def test_seeds_that_agree_to_the_last_image_have_no_interval() -> None:
    rows = [row | {"delta_pp": -0.1} for row in made.seeds("mobilenet", 0, "int8", 0.0)]
    assert status("int8-accuracy", made.bases("mobilenet") + rows)[0] == NOT_TESTABLE


@pytest.mark.parametrize(
    ("large", "small", "expected"),
    [(-29.0, -3.0, CONFIRMED), (-29.0, -0.1, REFUTED), (-5.0, -3.0, REFUTED), (-10.2, -3.0, NOT_TESTABLE)],
)
def test_int8_exception(large: float, small: float, expected: str) -> None:
    lost = {"mobilenet_v3_large": large, "mobilenet_v3_small": small}
    rows = made.over_seeds(lambda arch: {"delta": lost[arch]}, archs=tuple(lost))
    assert status("int8-mobilenet-v3", rows)[0] == expected


def test_the_interval_is_students_over_seeds() -> None:
    deltas = [-0.1, -2.0, -1.2, 0.4, -0.6]
    rows = [made.result("mobilenet", 0, "int8", delta, seed=seed) for seed, delta in enumerate(deltas)]
    low, high = ttest_1samp(deltas, 0).confidence_interval(0.95)
    one = made.judge("int8-accuracy", made.study(made.bases("mobilenet") + rows))
    assert one.status == NOT_TESTABLE
    interval = f"95\u00a0% {points(low)} to {points(high)} over 5 seeds"
    assert one.parts == (f"mobilenet: \u22120.70 points ({interval}); 2021: +1.24",)


@pytest.mark.parametrize(
    ("ladder", "expected"),
    [
        ({30: -1.0, 60: -3.0, 90: -9.0}, CONFIRMED),
        ({30: 0.1, 60: -0.2, 90: -9.0}, CONFIRMED),  # nothing lost at first, then much
        ({30: -5.0, 60: -3.0, 90: -9.0}, REFUTED),  # rises in between
        ({30: -1.0, 60: -0.8, 90: -9.0}, CONFIRMED),  # rises by less than intervals tell
        ({30: -1.0, 90: 0.4}, REFUTED),  # the interval begins at 0
        ({30: -0.1, 90: -0.3}, NOT_TESTABLE),
        ({}, NOT_TESTABLE),
    ],
)
def test_accuracy_falls(ladder: dict[float, float], expected: str) -> None:
    pruned = [row for amount, delta in ladder.items() for row in made.seeds("mobilenet", amount, delta=delta)]
    assert status("sparsity-accuracy", made.bases("mobilenet") + pruned)[0] == expected


@pytest.mark.parametrize(("delta", "expected"), [(-5.0, CONFIRMED), (5.0, REFUTED)])
def test_networks_of_too_few_seeds_have_no_say_beside_one_of_enough(delta: float, expected: str) -> None:
    enough = made.bases("mobilenet") + made.seeds("mobilenet", 90, delta=delta)
    few = made.bases("mobilenet_v2") + made.seeds("mobilenet_v2", 90, delta=-delta)[:4]
    found, text = status("sparsity-accuracy", enough + few)
    assert found == expected and "Without a say, having fewer than 5 seeds: mobilenet_v2." in text
    assert status("sparsity-accuracy", few)[0] == NOT_TESTABLE
    collapsed = made.seeds("mobilenet_v2", 90, delta=-delta)
    collapsed[0] = collapsed[0] | {"collapsed": "chance"}
    found, text = status("sparsity-accuracy", enough + made.bases("mobilenet_v2") + collapsed)
    assert "Without a say" not in text and found == (NOT_TESTABLE if expected == CONFIRMED else REFUTED)


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        ({"mobilenet": -1.0, "mobilenet_v2": -5.0, "efficientnet_b0": -3.0}, CONFIRMED),
        ({"mobilenet": -5.0, "mobilenet_v2": -1.0}, REFUTED),
        ({"mobilenet": -5.0, "mobilenet_v2": -5.0}, NOT_TESTABLE),  # a tie
        ({"mobilenet": -1.0, "mobilenet_v2": -1.79}, NOT_TESTABLE),  # intervals overlap a little
        ({"mobilenet": -1.0, "mobilenet_v2": -9.0, "efficientnet_b0": -1.2}, NOT_TESTABLE),
        ({"mobilenet_v2": -1.0, "efficientnet_b0": -9.0}, NOT_TESTABLE),
        ({"mobilenet": -1.0}, NOT_TESTABLE),
    ],
)
def test_mobilenet_least(deltas: dict[str, float], expected: str) -> None:
    rows = made.over_seeds(lambda arch: {"delta": deltas[arch]}, 90, "float32", tuple(deltas))
    assert status("sparsity-mobilenet", rows)[0] == expected


def test_mobilenet_least_is_asked_where_all_networks_are() -> None:
    rows = made.over_seeds(lambda arch: {"delta": -1.0 if arch == "mobilenet" else -4.0}, 60, "float32")
    alone = made.seeds("mobilenet_v2", 90, delta=0.0)
    said, text = status("sparsity-mobilenet", rows + alone)
    assert said == CONFIRMED
    least = "mobilenet loses least (\u22121.00 (5 seeds) points), then mobilenet_v2 (\u22124.00 (5 seeds))"
    assert f"At 60\u00a0% sparsity {least}" in text
    apart = [*made.bases("mobilenet", "mobilenet_v2"), *made.seeds("mobilenet", 60, delta=-1.0), *alone]
    assert status("sparsity-mobilenet", apart) == (NOT_TESTABLE, "The networks share no sparsity.")


@pytest.mark.parametrize(
    ("file", "packed", "expected"),
    [
        (10_000_000, 4_000_000, (CONFIRMED, CONFIRMED)),
        (9_900_001, 8_910_001, (CONFIRMED, REFUTED)),
        (9_899_999, 8_909_999, (REFUTED, CONFIRMED)),
        (None, NAN, (NOT_TESTABLE, NOT_TESTABLE)),
    ],
)
def test_pruned_sizes(file: float | None, packed: float | None, expected: tuple[str, str]) -> None:
    rows = made.pair(lambda arch: {"file_bytes": file, "gzip_bytes": packed}, 60, "float32", ("mobilenet",))
    keys = ("pruning-file", "pruning-gzip")
    assert tuple(status(key, rows)[0] for key in keys) == expected


@pytest.mark.parametrize(
    ("held", "expected"),
    [(9_000_000, CONFIRMED), (9_440_000, CONFIRMED), (8_500_000, REFUTED), (None, NOT_TESTABLE), (NAN, NOT_TESTABLE)],
)
def test_memory(held: float | None, expected: str) -> None:
    rows = made.pair(lambda arch: {}, 60, "float32", ("mobilenet",))
    times = [made.time(rows[0]["variant"], 100.0), made.time(rows[1]["variant"], 100.0, private_bytes=held)]
    assert made.judge("pruning-memory", made.study(rows, times)).status == expected
    foretold = [row | {"kind": "predicted"} for row in times]
    assert made.judge("pruning-memory", made.study(rows, foretold)).status == NOT_TESTABLE


@pytest.mark.parametrize(
    ("arch", "amount", "size", "expected"),
    [
        ("mobilenet", 60, 949_999, CONFIRMED),
        ("mobilenet", 90, 950_000, REFUTED),
        ("mobilenet", 89, 950_000, NOT_TESTABLE),
        ("mobilenet", 90, None, NOT_TESTABLE),
        ("mobilenet_v3_small", 90, 400_000, NOT_TESTABLE),
        ("mobilenet_v3_small", 90, 950_000, NOT_TESTABLE),
    ],
)
def test_smallest_of_mobilenet(arch: str, amount: float, size: int | None, expected: str) -> None:
    rows = [made.result(arch), made.result(arch, amount, "int8", -1.0, gzip_bytes=size)]
    assert status("smallest", rows)[0] == expected


def test_a_smaller_file_of_another_network_neither_confirms_nor_is_cited() -> None:
    sizes = {"mobilenet": 1_000_000, "mobilenet_v3_small": 400_000}
    rows = [made.result(arch, 90, "int8", gzip_bytes=size) for arch, size in sizes.items()]
    found, text = status("smallest", rows)
    assert found == REFUTED and text.startswith("The smallest is mobilenet \u00b7 magnitude 90")
    widths = [made.result("mobilenet", 90, "int8", gzip_bytes=400_000, alpha=0.25)]
    assert status("smallest", widths)[0] == NOT_TESTABLE, "another width is not the network of 2021"


def test_another_data_set_decides_nothing_on_accuracy_but_on_size() -> None:
    found = made.study(made.pair(lambda arch: {"delta": -0.1, "file_bytes": 3_000_000}), cifar10=False)
    judged = {claim.key: claim.judge(found) for claim in CLAIMS}
    assert judged["int8-size"].status == CONFIRMED
    for key in ("int8-accuracy", "int8-mobilenet-v3", "sparsity-accuracy", "sparsity-mobilenet", "classes-int8"):
        assert judged[key].status == NOT_TESTABLE
        assert judged[key].text == "The statement is about CIFAR-10, and these data are digits."


def test_networks_that_guess_have_nothing_to_lose() -> None:
    rows = made.bases("mobilenet", top1=0.15) + made.seeds("mobilenet", 0, "int8", 0.0)
    assert status("int8-accuracy", rows) == (
        NOT_TESTABLE,
        "The whole float32 networks hardly beat guessing, so they have nothing to lose.",
    )


@pytest.mark.parametrize("what", ["nothing", "other networks", "only float32", "planned alone"])
def test_what_is_missing_is_said_and_no_verdict_falls(what: str) -> None:
    rows = {
        "nothing": [],
        "other networks": [row | {"family": "squeezenet"} for row in made.pair(lambda arch: {"delta": 0.0})],
        "only float32": [made.result("mobilenet")],
        "planned alone": [
            row | dict.fromkeys(("top1", "file_bytes", "gzip_bytes", "delta_pp"))
            for amount, scheme in ((0, "int8"), (90, "float32"))
            for row in made.pair(lambda arch: {}, amount, scheme)
        ],
    }[what]
    judged = {claim.key: claim.judge(made.study(rows)) for claim in CLAIMS}
    assert len(judged) == len(CLAIMS)
    assert {one.status for one in judged.values()} == {NOT_TESTABLE}
    said = "evaluated" if what == "planned alone" else "the plan has no"
    assert said in judged["int8-size"].text.lower() and said in judged["sparsity-accuracy"].text.lower()


@pytest.fixture(scope="module")
def tables() -> Tables:
    return tables_of(synthetic.study())


def tables_of(inputs: Inputs) -> Tables:
    topics = (verdicts, accuracy, classes, latency, seeds)
    return Tables(inputs, {name: make for topic in topics for name, make in topic.TOPIC.tables.items()})


def test_a_whole_study_is_judged_and_shown(tables: Tables) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(tables["verdicts"]))))
    assert [row["text"] for row in rows] == [claim.judge(tables).text for claim in CLAIMS]
    assert {row["finding"]: row["status"] for row in rows}["pruning-gzip"] == CONFIRMED
    said, *_ = (block for block in verdicts.section(tables, ()).blocks if isinstance(block, Bullets))
    assert [(one.status, one.text) for one in said.items] == [(row["status"].capitalize(), row["text"]) for row in rows]
    networks, criteria = (block.blocks[0] for block in verdicts.section(tables, ()).blocks if isinstance(block, Fold))
    assert isinstance(networks, Bullets) and isinstance(criteria, Table)
    assert [" | ".join(one.parts) for one in networks.items] == [row["details"] for row in rows if row["details"]]
    keys = [column.key for column in criteria.columns]
    assert [[cell.text for cell in line] for line in criteria.rows] == [[row[key] for key in keys] for row in rows]


def test_class_names_of_strangers_stay_text() -> None:
    inputs = synthetic.study(["mobilenet"], classes=synthetic.HOSTILE, images=100, seeds=range(5), latency=[])
    tables = tables_of(replace(inputs, card=dict(inputs.card) | {"is_cifar10_classes": True}))
    judged = {claim.key: claim.judge(tables) for claim in CLAIMS}
    assert judged["classes-pruning"].status == CONFIRMED
    assert all("\n" not in part for one in judged.values() for part in one.parts)


def test_the_same_rows_give_the_same_words(tables: Tables) -> None:
    assert csv_text(tables["verdicts"]) == csv_text(tables_of(synthetic.study())["verdicts"])


def test_a_copy_of_the_data_and_a_small_budget_are_said() -> None:
    inputs = synthetic.study(["mobilenet"], images=5)
    card = dict(inputs.card) | {"is_cifar10_classes": True, "is_original_cifar10": False}
    shown = verdicts.section(tables_of(replace(inputs, card=card, preset="smoke")), ())
    notes = [block.text for block in shown.blocks if isinstance(block, Note)]
    assert notes == [verdicts.NOT_ORIGINAL, verdicts.SMALL]
