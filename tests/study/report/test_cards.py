"""Model cards: valid metadata, the CSV's numbers, code that runs, and names of strangers that stay text."""

import ast
import csv
import io
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import synthetic_study as synthetic
import yaml
from PIL import Image

from study.compress import METHODS
from study.convert import SCHEMES
from study.plan.variant import Architecture, Level, Quantization
from study.report import names
from study.report.build import tables_of
from study.report.cards import CIFAR10, cards, dataset_id
from study.report.fields import shown_value
from study.report.inputs import Inputs
from study.report.provenance import provenance
from study.report.sample_code import FEW, usage
from study.report.tables import Tables

PRUNED = "mobilenet_magnitude60_s0_int8"
VARIANTS = [
    f"{arch}_{recipe}_s0_{scheme}"
    for arch in ("mobilenet", "mobilenet_v2")
    for recipe in ("dense", "retrained", "magnitude60")
    for scheme in ("float32", "int8")
]  # not read from the report, which takes seconds to make, where tests are only collected


def made(inputs: Inputs) -> dict[str, str]:
    return cards(tables_of(inputs), "quick run")


@cache
def built() -> dict[str, str]:
    whole = synthetic.built()
    return {name.removeprefix("cards/"): whole.text(name) for name in whole.files if name.startswith("cards/")}


def block(card: str) -> Any:
    """The metadata, as a reader of YAML sees it."""
    opening, text, _ = re.split(r"^---\n", card, maxsplit=2, flags=re.MULTILINE)
    assert opening == ""
    return yaml.safe_load(text)


def code(card: str) -> str:
    (found,) = re.findall(r"^```python\n(.*?)^```$", card, flags=re.MULTILINE | re.DOTALL)
    return str(found)


def rows(name: str, **wanted: str) -> list[dict[str, str]]:
    found = csv.DictReader(io.StringIO(synthetic.built().text(name)))
    return [row for row in found if all(row[key] == value for key, value in wanted.items())]


def test_every_evaluated_variant_has_a_card_and_no_other() -> None:
    assert [row["variant"] for row in rows("results.csv")] == VARIANTS
    assert list(built()) == [f"{name}.md" for name in VARIANTS]
    whole = synthetic.study(["mobilenet"])
    others = [result.name for result in whole.results if result.name != PRUNED]
    some = synthetic.without(synthetic.without(whole, *others), *others, field="predictions")
    assert list(made(some)) == [f"{PRUNED}.md"]
    assert "have not been compared" in made(some)[f"{PRUNED}.md"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_metadata_are_those_that_the_specification_asks_for(variant: str) -> None:
    found = block(built()[f"{variant}.md"])
    (row,) = rows("results.csv", variant=variant)
    assert (found["license"], found["library_name"], found["pipeline_tag"]) == (
        "apache-2.0",
        "litert",
        "image-classification",
    )
    assert {"tflite", row["arch"], row["quantization"]} <= set(found["tags"])
    assert ("pruned" in found["tags"]) == (row["method"] == "magnitude")  # nothing is removed from a control
    assert ("quantized" in found["tags"]) == (row["quantization"] != "float32")
    assert (found["datasets"], found["metrics"]) == ([CIFAR10], ["accuracy"])
    (model,) = found["model-index"]
    (result,) = model["results"]
    assert (model["name"], result["task"]["type"]) == (variant, "image-classification")
    assert (result["dataset"]["type"], result["dataset"]["name"]) == (CIFAR10, "CIFAR-10")
    values = {metric["name"]: metric["value"] for metric in result["metrics"]}
    assert all(isinstance(metric["type"], str) and metric["name"] for metric in result["metrics"])
    assert values["Top-1 accuracy"] == float(row["top1"])
    assert values["Expected calibration error, 15 bins"] == float(row["ece"])
    assert values["Accuracy of the worst class"] == float(row["worst_class_accuracy"])


@pytest.mark.parametrize("variant", [PRUNED, "mobilenet_dense_s0_float32"])
def test_the_tables_show_the_csv(variant: str) -> None:
    card = built()[f"{variant}.md"]
    lines = {line.split(" | ")[0].removeprefix("| "): line for line in card.splitlines() if line.startswith("| ")}
    for row in rows("per_class.csv", variant=variant):
        cells = [cell.strip(" *|\\") for cell in lines[row["class"]].split(" | ")]
        assert cells[1:3] == [row["n"], shown_value("accuracy", float(row["accuracy"]))]
        if row["delta_pp"]:
            assert cells[3].startswith(shown_value("delta_pp", float(row["delta_pp"])))
            assert ("**" in lines[row["class"]]) == (row["significant"] == "true")
    (result,) = rows("results.csv", variant=variant)
    for key, title in (("file_bytes", "On flash"), ("gzip_bytes", "gzip"), ("top1", "Top-1"), ("ece", "ECE")):
        shown = next(line for start, line in lines.items() if start.startswith(title))
        assert f"| {shown_value(key, float(result[key]))} |" in shown
    assert result["sha256"] in card and result["data_fingerprint"] in card
    assert lines[next(start for start in lines if start.startswith("Transferred"))].endswith(
        f"({result['shipped_codec']}) |"
    )
    assert "save the transfer and not the flash" in card[card.index("## Size and cost") : card.index("## Accuracy")]


def test_warnings_name_the_classes_that_pay() -> None:
    card = built()[f"{PRUNED}.md"]
    lost = [row for row in rows("per_class.csv", variant=PRUNED, significant="true") if row["delta_pp"][0] == "-"]
    warned = card[card.index("## Class warnings") : card.index("## How to use it")]
    assert lost and all(f"\u201c{row['class']}\u201d \u2212" in warned for row in lost)
    (result,) = rows("results.csv", variant=PRUNED)
    assert f"weakest class of this file is \u201c{result['worst_class']}\u201d" in warned
    assert "no class has been compared" in built()["mobilenet_dense_s0_float32.md"]


def warned(card: str) -> str:
    """What a card warns of."""
    return card[card.index("## Class warnings") : card.index("## How to use it")]


def test_a_file_that_collapsed_is_not_to_be_used() -> None:
    inputs = synthetic.study(["mobilenet"], images=20)
    base = synthetic.answered(inputs.by_name["mobilenet_retrained_s0_float32"])
    lost = synthetic.answers(-base.logits, base.labels)
    found = warned(made(synthetic.changed(inputs, {PRUNED: {"predictions": lost}}))[f"{PRUNED}.md"])
    points = 100 * (base.correct.mean() - lost.correct.mean())
    assert f"This file collapsed (top-1 {points:.1f} points lower): do not use it." in found
    assert "left out of all claims on classes" in found and "significantly" not in found


def test_a_file_that_answers_as_another_one_points_at_its_card() -> None:
    inputs = synthetic.study(["mobilenet"], schemes=["float32", "int8", "int8_full"], images=20)
    own = {"predictions": synthetic.answered(inputs.by_name[PRUNED])}
    found = made(synthetic.changed(inputs, {f"{PRUNED}_full": own}))
    said = f"answers every test image as {PRUNED.replace('_', chr(92) + '_')} does: see that card"
    assert said.replace(chr(92), "") in warned(found[f"{PRUNED}_full.md"]).replace(chr(92), "")
    assert "answers every test image" not in warned(found[f"{PRUNED}.md"])


def test_without_an_equally_trained_baseline_no_class_is_compared() -> None:
    inputs = synthetic.study(["mobilenet"], images=20)
    found = made(synthetic.uncontrolled(inputs))
    assert "the study has no float32 file of the whole network with as much training" in warned(found[f"{PRUNED}.md"])
    assert "In these files" in warned(found["mobilenet_dense_s0_int8.md"])
    assert "From dense" in found[f"{PRUNED}.md"] and "Baseline: " not in found[f"{PRUNED}.md"]


def test_files_and_seeds_are_two_warnings() -> None:
    """In one file a class loses against another file; over seeds, a compression harms a class of a network."""
    inputs = synthetic.study(["mobilenet"], seeds=range(5), images=100, latency=[])
    tables = tables_of(inputs)
    text = warned(cards(tables, "quick run")[f"{PRUNED}.md"])
    seeds = tables["seeds"]
    own = seeds[(seeds["method"] == "magnitude") & (seeds["quantization"] == "int8") & (seeds["class"].notna())]
    harmed = own[own["significant"].eq(True) & (own["delta_pp"] < 0)]
    files, over = text.index("In these files, "), text.index("Over 5 seeds, this compression harms ")
    assert files < over and "cat" in set(harmed["class"])
    count = "1 class" if len(harmed) == 1 else f"{len(harmed)} classes"
    assert f"harms {count}: " in text[over:]
    assert all(f"\u201c{name}\u201d \u2212" in text[over:] for name in harmed["class"])
    alike = seeds.assign(significant=seeds["significant"].where(seeds["significant"].isna(), False))
    makers = {name: tables[name] for name in ("results", "per_class")} | {"seeds": alike}
    calm = cards(Tables(inputs, {name: lambda _, made=made: made for name, made in makers.items()}), "quick run")
    assert "Over 5 seeds of this compression, no class is shown to be harmed." in warned(calm[f"{PRUNED}.md"])


def test_what_a_compression_does_takes_five_seeds_and_a_compression() -> None:
    found = made(synthetic.study(["mobilenet"], images=20))
    untestable = "Whether this compression harms a class of a network trained anew is not testable: it takes 5 seeds"
    for name in (PRUNED, "mobilenet_dense_s0_int8", "mobilenet_retrained_s0_int8"):
        assert untestable in warned(found[f"{name}.md"])
    for name in ("mobilenet_dense_s0_float32", "mobilenet_retrained_s0_float32"):
        assert untestable not in warned(found[f"{name}.md"])
        assert "there is no compression whose harm could be tested" in warned(found[f"{name}.md"])


def test_a_variant_that_guesses_and_one_that_loses_nothing() -> None:
    inputs = synthetic.evaluated(synthetic.study(["mobilenet"]), PRUNED, top1=0.11)
    found = made(inputs)
    assert "hardly beats guessing: top-1 11.00 %, guessing gives 10.00 %" in found[f"{PRUNED}.md"]
    assert "In these files, no class loses significantly against" in found["mobilenet_dense_s0_int8.md"]


def test_missing_figures_are_left_out() -> None:
    inputs = synthetic.evaluated(synthetic.study(["mobilenet"]), PRUNED, ece=float("nan"), macs=None)
    card = made(inputs)[f"{PRUNED}.md"]
    assert "ECE" not in card and "MACs" not in card and not re.search(r"\bnan\b", card.lower())
    metrics = block(card)["model-index"][0]["results"][0]["metrics"]
    assert [metric["type"] for metric in metrics] == ["accuracy", "top_3_accuracy", "worst_class_accuracy"]


def test_caveats_of_the_data_and_the_kind_of_run_stand_at_the_top() -> None:
    inputs = synthetic.study(["mobilenet"])
    card = dict(inputs.card) | {"caveats": ["decoded from JPEG"], "is_original_cifar10": False, "name": "CIFAR-10 copy"}
    text = made(replace(inputs, card=card))[f"{PRUNED}.md"]
    head = text[: text.index("## Class warnings")]
    assert "> **Note.** Decoded from JPEG." in head and "quick run" in head
    assert block(text)["datasets"] == ["cifar-10-copy"]


def test_a_start_from_weights_is_named_with_its_file() -> None:
    start = Architecture("mobilenet", start="imagenet")
    origin = {"file": "mobilenet_1_0_224_tf_no_top.h5", "sha256": "cd" * 32, "read": ["ImageNet", "fresh: conv_preds"]}
    inputs = synthetic.study([start, "mobilenet"], compression={"mobilenet_imagenet_dense_s0": {"origin": origin}})
    found, plain = made(inputs), "**Training.** From random weights for"
    for name in ("dense_s0_float32", "magnitude60_s0_int8"):
        text = found[f"mobilenet_imagenet_{name}.md"]
        said = f"From the weights of {origin['file']}, SHA-256 {'cd' * 32} (ImageNet; fresh: conv_preds), for"
        assert said in text and plain not in text
        assert plain in found[f"mobilenet_{name}.md"]
    points = provenance(inputs).blocks[0].items  # type: ignore[union-attr]
    assert [(one.topic, one.text) for one in points if one.topic.startswith("Start")] == [
        ("Start of mobilenet_imagenet_dense_s0", f"{origin['file']}, SHA-256 {'cd' * 32}; ImageNet; fresh: conv_preds")
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("CIFAR-10 (image folder copy)", "cifar-10-image-folder-copy"), ("\U0001f600", "custom"), ("x" * 300, "x" * 90)],
)
def test_other_data_get_a_name_of_their_own(name: str, expected: str) -> None:
    assert dataset_id({"name": name, "is_original_cifar10": False}) == expected


def test_names_of_strangers_stay_text() -> None:
    inputs = synthetic.study(["mobilenet"], classes=synthetic.HOSTILE, images=20)
    hostile = "a: b\n---\n# x <script> '\" {{7*7}} \U0001f600"
    found = made(replace(inputs, card=dict(inputs.card) | {"name": hostile, "is_original_cifar10": False}))
    for text in found.values():
        assert block(text)["model-index"][0]["results"][0]["dataset"]["name"] == names.clean(hostile)
        body = text[text.index("\n---\n") :].replace(code(text), "")
        assert "<script" not in body and "<image" not in body and "\n# x" not in body
        tree = ast.parse(code(text))
        (listed,) = (
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == "classes"
        )
        assert ast.literal_eval(listed) == synthetic.HOSTILE
        table = body[body.index("| Class | n") :].split("\n\n")[0].splitlines()
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table}) == 1
        assert len(table) == 2 + len(synthetic.HOSTILE)


def test_a_class_name_cannot_end_the_code() -> None:
    text = usage("v", ["```\nimport os", "~~~", "'''"], 8, False)
    assert all(not line.startswith(("`", "~")) for line in text.splitlines())


def test_very_many_classes_are_not_listed() -> None:
    text = usage("v", [str(name) for name in range(FEW + 1)], 8, False)
    assert "classes =" not in text and text.endswith("print(int(logits.argmax()))")
    ast.parse(text)


@pytest.mark.parametrize("scheme", ["float32", "int8", "int8_full"])
def test_the_code_runs_and_names_the_class_that_the_runtime_names(
    scheme: str, tiny: dict[str, bytes], tmp_path: Path
) -> None:
    from study.tflite.run import predict

    (tmp_path / "v.tflite").write_bytes(tiny[scheme])
    pixels = np.random.default_rng(3).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "image.png")
    classes = ["a cat", "<b>", "c\n", "d"]
    text = usage("v", classes, 16, SCHEMES[scheme].integer_ports)
    done = subprocess.run([sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    logits = predict(tiny[scheme], pixels[None], runtime="ai_edge_litert").logits
    assert done.stdout == classes[int(logits[0].argmax())] + "\n"


@pytest.mark.parametrize("runtime", ["ai_edge_litert", "tflite_runtime"])
@pytest.mark.parametrize("level", ["full", "half"])
def test_the_code_of_a_level_runs_and_gives_what_the_runtime_gives(
    level: str, runtime: str, tiny: dict[str, bytes], tmp_path: Path
) -> None:
    from study.tflite.run import predict

    (tmp_path / "v.tflite").write_bytes(tiny["levels_full_half"])
    classes = ["a", "b", "c", "d"]
    text = usage("v", classes, 16, False, level).replace("ai_edge_litert", runtime)
    assert text.index("allocate_tensors()") < text.index("get_signature_runner")
    pixels = np.random.default_rng(4).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "image.png")
    program = f"{text}\nprint(logits.tolist())"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    logits = predict(tiny["levels_full_half"], pixels[None], runtime=runtime, signature=level).logits[0]
    named, given = done.stdout.splitlines()
    assert named == classes[int(logits.argmax())]
    assert ast.literal_eval(given) == pytest.approx(logits.tolist(), abs=1e-4)


@pytest.mark.parametrize("whole_numbers", [False, True])
def test_code_without_levels_asks_for_no_runner(whole_numbers: bool) -> None:
    plain, of_level = (usage("v", ["a"], 8, whole_numbers, level) for level in ("", "w50"))
    assert "runner" not in plain and "interpreter.invoke()" in plain
    assert 'get_signature_runner("w50")' in of_level and "invoke" not in of_level
    ast.parse(plain)
    ast.parse(of_level)
    assert ("stored" in of_level) == whole_numbers


def test_the_card_of_a_level_is_of_its_file_and_says_what_else_that_holds() -> None:
    found = made(synthetic.study(["mobilenet"], {"slimmable": [25]}, images=10))
    card = found["mobilenet_slimmable25_s0_int8_w50.md"]
    assert card.count("mobilenet_slimmable25_s0_int8.tflite") == 2  # the list of levels, the code
    assert 'get_signature_runner("w50")' in code(card)
    assert "holds 4 networks, one a signature: w100 (100 % of the channels), w75 (75 " in card
    assert "This card is of w50." in card and "are those of the whole file" in card
    tags = block(card)["tags"]
    assert "slimmable" in tags and "pruned" not in tags
    plain = found["mobilenet_dense_s0_int8.md"]
    for word in ("signature", "Levels", "whole file"):
        assert word not in plain
    assert len(found) == 2 * (2 + 4)


def test_every_scheme_and_method_is_described() -> None:
    assert all(entry.how for entry in [*SCHEMES.values(), *METHODS.values()])


def test_how_it_was_made_is_told() -> None:
    card = built()[f"{PRUNED}.md"]
    assert "**Compression.** magnitude 60 %: the smallest weights" in card and "(6 epochs)" in card
    assert "calibrated with 50 training images" in card
    assert "Compression" not in built()["mobilenet_dense_s0_int8.md"]
    assert "Quantization.** None: float32" in built()["mobilenet_dense_s0_float32.md"]


def test_own_names_of_schemes_and_options_of_networks_are_told() -> None:
    inputs = synthetic.study(["mobilenet"])
    other = replace(
        inputs.by_name[PRUNED].variant,
        architecture=Architecture("mobilenet", stem_stride=1, alpha=0.5, sparse_ready=True),
        quantization=Quantization("int8", 7),
    )
    text = made(synthetic.changed(inputs, {PRUNED: {"level": Level(other)}}))[f"{other.name}.md"]
    assert "calibrated with 7 training images" in text
    options = "stride of the first convolution 1, width multiplier 0.5, rearranged for sparse inference"
    assert f"mobilenet ({options})" in text


def test_the_same_inputs_give_the_same_bytes() -> None:
    first, second = (made(synthetic.study(["mobilenet"], images=5)) for _ in range(2))
    assert len(first) == 6 and list(first.items()) == list(second.items())
