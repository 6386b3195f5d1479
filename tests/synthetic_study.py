"""A made-up study for the report's tests: networks that lose accuracy with compression, in known classes."""

import csv
import fcntl
import io
import os
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import synthetic_robustness
import yaml

from pipelines import files
from study.plan.cells import variant_cell
from study.plan.variant import Architecture, Level, Quantization, Recipe, Variant
from study.report.inputs import Evaluation, Inputs, Result, Slot
from study.tasks import metrics
from study.tasks.classification import Predictions, predictions_of

CIFAR10 = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
SIZES = {
    "mobilenet": 12.845,
    "mobilenet_v2": 8.915,
    "mobilenet_v3_large": 16.883,
    "mobilenet_v3_small": 6.154,
    "efficientnet_b0": 16.086,
}
SHRINK = {"float32": 1.0, "float16": 0.5, "dynamic": 0.29, "int8": 0.3, "int8_full": 0.3}
OTHERS = 0.32  # any further scheme
CODECS = {"gzip": 1.0, "zopfli": 0.97, "zstd": 0.99, "brotli": 0.95, "xz": 0.93}  # size against gzip's
LATENCY = {
    "runtimes": ["ai_edge_litert", "tflite_runtime"],
    "threads": [1, 2],
    "warmup_runs": 20,
    "warmup_seconds": 0.1,
    "runs": 200,
    "seconds": 0.2,
    "max_seconds": 5.0,
    "rounds": 3,
}
RUNTIMES = ("ai_edge_litert", "tflite_runtime")
SHARED = "SYNTHETIC_STUDIES"
"""Name of the environment variable that holds the folder which the workers of one run share."""


HOSTILE = [
    "<script>alert(1)</script>",
    "$x^2$ {{7*7}}",
    '"quo\'te" & | *b* `c`',
    "\U0001f600 \u732b",
    "L" * 200,
    "line\nbreak",
    "</text><image href='http://example.com/x'/>",
]


@dataclass(frozen=True)
class Answered(Predictions):
    """Predictions with the logits [N, C] that they were made of."""

    logits: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Built:
    """A study and the files of its report."""

    inputs: Inputs
    files: dict[str, bytes]

    def text(self, name: str) -> str:
        """A file as text."""
        return self.files[name].decode()


@cache
def built() -> Built:
    """Two architectures, dense and pruned, float and int8, ten classes. Built once: figures take seconds."""
    return _shared("built", complete(study()))


@cache
def hostile() -> Built:
    """One architecture, classes whose names break what is not careful, another data set than CIFAR-10."""
    return _shared("hostile", study(["mobilenet"], classes=HOSTILE, images=20))


def _shared(name: str, inputs: Inputs) -> Built:
    """The study with its report, which parallel workers of one run of tests make once."""
    if SHARED not in os.environ:
        return finished(inputs)
    path = Path(os.environ[SHARED]) / f"{name}.pickle"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            files.write_bytes(path, pickle.dumps(finished(inputs).files))
    return Built(inputs, pickle.loads(path.read_bytes()))


def finished(inputs: Inputs) -> Built:
    """The study with its report."""
    from study.report.build import build

    return Built(inputs, build(inputs))


def complete(inputs: Inputs) -> Inputs:
    """The study with everything that a report can do without: codecs, diagnoses, corruptions, exclusions."""
    for result in inputs.results:
        failed = [] if result.variant.architecture.name == "mobilenet_v2" else ["padding of the first convolution"]
        facts(result)["sparse_inference"] = [] if result.variant.recipe.amount < 60 else failed
    dense = [variant for variant in inputs.models.values() if variant.recipe.is_dense]
    first = inputs.results[0].predictions
    assert first is not None
    return replace(
        inputs,
        images=pictures(len(first.labels)),
        encoded={
            one.variant.name: encoded(one.variant.name, one.evaluation.document)
            for one in inputs.results
            if one.evaluation
        },
        diagnosis={variant.model: diagnosis(variant.model, variant.architecture.name) for variant in dense},
        robustness=synthetic_robustness.entries(inputs),
        excluded={
            "mobilenet_magnitude30_s0_int8_sparse": "too few zeros",
            "mobilenet_dense_s0_int8_sparse": "no zeros",
            "mobilenet_v2_dense_s0_int8_sparse": "no zeros",
        },
    )


def document(result: Result) -> Any:
    """The evaluation of a result, to be changed in place."""
    assert result.evaluation is not None
    return result.evaluation.document


def facts(result: Result) -> Any:
    """Its facts, to be changed in place."""
    return document(result)["facts"][0]


def answered(result: Result) -> Answered:
    """Its predictions with their logits."""
    assert isinstance(result.predictions, Answered)
    return result.predictions


def answers(logits: Any, labels: Any) -> Answered:
    """What logits [N, C] predict, with them."""
    return Answered(**vars(predictions_of(logits, labels)), logits=logits)


def changed(inputs: Inputs, results: Mapping[str, Mapping[str, Any]]) -> Inputs:
    """The study with other fields in some results: name -> field -> value."""
    assert results.keys() <= inputs.by_name.keys()
    return replace(inputs, results=tuple(replace(one, **results.get(one.name, {})) for one in inputs.results))


def evaluated(inputs: Inputs, name: str, **fields: Any) -> Inputs:
    """The study with other figures in one evaluation."""
    return changed(inputs, {name: {"evaluation": Evaluation(document(inputs.by_name[name]) | fields)}})


def without(inputs: Inputs, *names: str, field: str = "evaluation") -> Inputs:
    """The study without the evaluations, or the predictions, of some results."""
    return changed(inputs, {name: {field: None} for name in names})


def uncontrolled(inputs: Inputs) -> Inputs:
    """The study without controls: pruned networks have nothing to be counted against."""
    plain = {one.name: one.variant.recipe for one in inputs.results}
    kept = {name for name, recipe in plain.items() if recipe.is_dense or recipe.control != recipe}
    results = tuple(one for one in inputs.results if one.name in kept)
    models = {one.variant.model for one in results}
    return replace(
        inputs,
        results=results,
        latency=[slot for slot in inputs.latency if slot.variant in kept],
        history={model: rows for model, rows in inputs.history.items() if model in models},
        timing={model: times for model, times in inputs.timing.items() if model in models},
    )


def pictures(number: int, side: int = 16) -> Any:
    """Test images [number, side, side, 3]: four coloured quarters."""
    quarters = np.random.default_rng(number).integers(0, 256, (number, 2, 2, 3), dtype=np.uint8)
    return quarters.repeat(side // 2, axis=1).repeat(side // 2, axis=2)


def encoded(variant: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The document that the encoding stage writes; xz wins, but not on small files."""
    shares = CODECS | ({"xz": 0.99} if document["gzip_bytes"] < 3e6 else {})
    codecs = {
        name: {
            "bytes": int(share * document["gzip_bytes"]),
            "decode_seconds": 0.01 * share,
            "version": "1",
            "settings": "best",
        }
        for name, share in shares.items()
    }
    smallest = min(codecs, key=lambda name: codecs[name]["bytes"])
    return {"variant": variant, "sha256": sha256(variant), "codecs": codecs, "smallest": smallest}


def diagnosis(model: str, architecture: str, layers: int = 60) -> dict[str, Any]:
    """The document of the diagnosis: late depthwise layers hurt, eight of them in float bring most of it back."""
    random = np.random.default_rng(len(model))
    found = [
        {
            "name": f"block_{index // 3}/{('expand', 'depthwise', 'project')[index % 3]}",
            "op": "DEPTHWISE_CONV_2D" if index % 3 == 1 else "CONV_2D",
            "share": 0.012,
            "sqnr_db": 30 + float(random.normal(0, 2)) - (index % 3 == 1) * index / 5 if index else None,
        }
        for index in range(layers)
    ]
    for layer in found:
        layer["plain_sqnr_db"] = None if layer["sqnr_db"] is None else layer["sqnr_db"] - 4
    worst = sorted(found[1:], key=lambda layer: layer["sqnr_db"])
    return {
        "model": model,
        "architecture": architecture,
        "scheme": "int8",
        "calibration_images": 50,
        "layers": found,
        "recovery": [
            {
                "float_layers": count,
                "layers": [layer["name"] for layer in worst[:count]],
                "agreement": 0.9,
                "top1": 0.7 - 0.06 * 0.7**count,
                "file_bytes": 4_000_000 + 90_000 * count,
            }
            for count in (0, 1, 2, 3, 4, 6, 8, 12, 16)
        ],
        "plain": {"float_layers": 0, "layers": [], "agreement": 0.8, "top1": 0.58, "file_bytes": 4_000_000},
        "float32": {"top1": 0.7, "file_bytes": 13_000_000},
        "images": 5000,
        "budget_pp": 0.5,
        "chosen": 6,
    }


def plan(
    archs: Sequence[str | Architecture],
    recipes: Mapping[str, Sequence[int]],
    schemes: Sequence[str],
    seeds: Sequence[int] = (0,),
) -> list[Variant]:
    """The variants that a plan exports."""
    compressed = [Recipe(method, amount) for method, amounts in recipes.items() for amount in amounts]
    own = dict.fromkeys([Recipe(), *(recipe.control for recipe in compressed), *compressed])
    return [
        Variant(Architecture(arch) if isinstance(arch, str) else arch, recipe, quantization(scheme), seed)
        for arch in archs
        for seed in seeds
        for recipe in own
        for scheme in schemes
    ]


def quantization(name: str) -> Quantization:
    """From the name that files carry."""
    scheme, _, images = name.partition("_cal")
    return Quantization(scheme, int(images) if images else None)


def study(
    archs: Sequence[str | Architecture] = ("mobilenet", "mobilenet_v2"),
    recipes: Mapping[str, Sequence[int]] | None = None,
    schemes: Sequence[str] = ("float32", "int8"),
    classes: Sequence[str] = CIFAR10,
    images: int = 60,
    seeds: Sequence[int] = (0,),
    **changes: Any,
) -> Inputs:
    """A whole study with `images` test images a class; a file of several levels has a result for each. `changes`
    replace fields of it.
    """
    variants = plan(archs, {"magnitude": [60]} if recipes is None else recipes, schemes, seeds)
    labels = np.repeat(np.arange(len(classes)), images)
    fingerprint = "ab" * 32
    results: list[Result] = []
    history: dict[str, Any] = {}
    bases: dict[Variant, Any] = {}
    for order, level in ((order, level) for order, variant in enumerate(variants) for level in variant.levels):
        variant = level.variant
        amount, scheme = missing(level), variant.quantization.name
        random = np.random.default_rng([order, variant.seed, len(classes), *([level.width] if level.width else [])])
        if variant.start not in bases:
            bases[variant.start] = random.normal(0, 1.0, (len(labels), len(classes)))
        base = bases[variant.start]
        logits = base + random.normal(0, 0.15 + amount / 400, base.shape)
        loss = np.where(labels == min(3, len(classes) - 1), amount / 100, 0) + (scheme != "float32") * 0.1
        logits[np.arange(len(labels)), labels] += 2.0 - loss
        logits = np.round(logits.astype(np.float32), 1 if scheme == "int8" else 6)
        made = Evaluation(evaluation(variant, logits, labels, classes, fingerprint) | of_level(level))
        results.append(Result(level, made, answers(logits, labels)))
        history.setdefault(variant.model, epochs(variant, random))
    card = {
        "source": "cifar10",
        "name": "CIFAR-10",
        "classes": list(classes),
        "image_size": 32,
        "counts": {"train": 900, "validation": 100, "test": len(labels), "calibration": 50},
        "per_class": {},
        "fingerprint": fingerprint,
        "caveats": [],
        "notes": [],
        "is_cifar10_classes": list(classes) == CIFAR10,
        "is_original_cifar10": True,
    }
    latency = [
        Slot(level.name, "host", runtime, threads, measurement(level, runtime, threads))
        for variant in variants
        for level in variant.levels
        for runtime in RUNTIMES
        for threads in (1, 2)
    ]
    timing = {model: {"seconds": 240.0, "images_per_second": 812.5} for model in history}
    whole = Inputs("quick", card, tuple(results), latency, history, timing)
    return replace(whole, **changes)


def evaluation(variant: Variant, logits: Any, labels: Any, classes: Sequence[str], fingerprint: str) -> dict[str, Any]:
    """The document that the evaluation writes."""
    counts = metrics.per_class(logits, labels)
    size = SIZES.get(variant.architecture.name, 5.0) * 1e6 * SHRINK.get(variant.quantization.name, OTHERS)
    dense = 1 - variant.recipe.amount / 100
    return {
        "top1": metrics.top_k(logits, labels),
        "top3": metrics.top_k(logits, labels, min(3, len(classes))),
        "nll": metrics.nll(logits, labels),
        "brier": metrics.brier(logits, labels),
        "ece": metrics.ece(logits, labels),
        "file_bytes": int(size),
        "gzip_bytes": int(size * (0.15 + 0.77 * dense)),
        "arena_bytes": 262144,
        "macs": 6_300_000,
        "weight_bytes": int(size * 0.97),
        "parameters": 2_270_794,
        "sparsity_effective": 0.96 * variant.recipe.amount / 100,
        "per_class": [
            {"class": name, "n": int(n), "correct": int(right), "accuracy": float(share)}
            for name, n, right, share in zip(classes, counts.n, counts.correct, counts.accuracy, strict=True)
        ],
        "confusion": metrics.confusion(logits, labels).tolist(),
        "facts": [
            {
                "variant": variant.name,
                "sha256": sha256(variant.name),
                "preset": "quick",
                "data_fingerprint": fingerprint,
                "dataset": "CIFAR-10",
                "runtime": "ai_edge_litert",
                "runtime_version": "2.3.0",
                "resolver": "xnnpack",
                "threads": 1,
                "min_runtime": "1.14.0",
                "ops": {"CONV_2D": 3},
                "packages": {"numpy": "1.26.4", "tensorflow": "2.19.1"},
                "machine": {"cpu": "Synthetic CPU", "processors": 2},
                "code_version": "0123456789ab",
            }
        ],
    }


def sha256(variant: str) -> str:
    """Some hash of a variant's file."""
    return variant.encode().hex().ljust(64, "0")[:64]


def epochs(variant: Variant, random: Any, number: int = 6) -> list[dict[str, float]]:
    """A history with a falling loss."""
    floor = 0.7 if variant.recipe.is_dense else 0.65
    return [
        {
            "epoch": float(epoch),
            "learning_rate": 0.001,
            "train_loss": 2.0 / epoch,
            "val_loss": 2.2 / epoch,
            "train_accuracy": floor - 0.4 / epoch + 0.02,
            "val_accuracy": floor - 0.4 / epoch + float(random.normal(0, 0.01)),
        }
        for epoch in range(1, number + 1)
    ]


def missing(level: Level) -> int:
    """Per cent of a network that its recipe took: of a level the channels that it lacks."""
    return level.variant.recipe.amount if level.width is None else 100 - level.width


def of_level(level: Level) -> dict[str, Any]:
    """What the evaluation of a family's level says otherwise than that of an ordinary file."""
    if level.width is None:
        return {}
    share = (level.width / 100) ** 2
    return {"macs": int(6_300_000 * share), "arena_bytes": int(262144 * level.width / 100), "sparsity_effective": 0.0}


def measurement(level: Level, runtime: str, threads: int) -> dict[str, Any]:
    """A latency document of three rounds; a level is faster the narrower it is."""
    variant = level.variant
    amount, whole = variant.recipe.amount, variant.quantization.name == "int8"
    random = np.random.default_rng([len(variant.name), threads, len(runtime), amount])
    middle = SIZES.get(variant.architecture.name, 5.0) * 45_000 * (0.35 if whole else 1) / threads**0.6
    middle *= ((level.width or 100) / 100) ** 1.2
    rounds = [
        {
            "invoke_ns": (middle * random.lognormal(0, 0.05, 40)).astype(int).tolist(),
            "end_to_end_ns": (middle * random.lognormal(0.02, 0.05, 40)).astype(int).tolist(),
        }
        for _ in range(3)
    ]
    unstable = amount == 60 and threads == 2 and whole
    return {
        "variant": level.name,
        "model_sha256": sha256(variant.name),
        "device": "host",
        "kind": "measured",
        "runtime": runtime,
        "runtime_version": "2.3.0",
        "delegate": "xnnpack",
        "threads": threads,
        "rounds": rounds,
        "private_bytes": 9_200_000,
        "peak_rss_bytes": 61_000_000,
        "empty_rss_bytes": 40_000_000,
        "status": "unstable" if unstable else "ok",
        "flags": ["p90/median 1.31"] if unstable else [],
        "context": {"identity": "the synthetic machine"},
    }


def write(inputs: Inputs, folder: Path) -> list[str]:
    """Write what the other stages would have written; return the arguments of the report stage."""
    cells = {result.variant.name: variant_cell(result.variant) for result in inputs.results}
    plan_ = {"exported": cells, "devices": {"host": {"device": "host"}}, "excluded": dict(inputs.excluded)}
    files.write_text(folder / "plan.yaml", yaml.safe_dump(plan_, sort_keys=False))
    files.write_text(
        folder / "params.yaml",
        yaml.safe_dump({"preset": inputs.preset, "latency": LATENCY, "robustness": synthetic_robustness.SPEC}),
    )
    files.write_json(folder / "card.json", inputs.card)
    for result in inputs.results:
        if result.evaluation:
            files.write_json(folder / f"accuracy/{result.name}.json", result.evaluation.document)
        if result.predictions:
            arrays = {"logits": answered(result).logits, "labels": result.predictions.labels}
            files.write_npz(folder / f"predictions/{result.name}.npz", **arrays)
    for slot in inputs.latency:
        if slot.document is not None:
            files.write_json(
                folder / f"latency/{slot.device}/{slot.variant}__{slot.runtime}__t{slot.threads}.json",
                slot.document,
            )
    if inputs.images is not None:
        files.write_npz(folder / "test.npz", images=inputs.images)
    for name, document in inputs.encoded.items():
        files.write_json(folder / f"encoded/{name}.json", document)
    for name, entry in inputs.robustness.items():
        files.write_json(folder / f"robustness/{name}.json", entry)
    for name, profiles in inputs.profiles.items():
        for profile in profiles:
            files.write_json(folder / f"profiles/{name}__{profile['runtime']}.json", profile)
    for model, document in inputs.diagnosis.items():
        files.write_json(folder / f"history/{model}.diagnosis.json", document)
    for model, document in inputs.compression.items():
        files.write_json(folder / f"history/{model}.compression.json", document)
    for model, times in inputs.timing.items():
        files.write_json(folder / f"history/{model}.timing.json", times)
    for model, rows in inputs.history.items():
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        files.write_text(folder / f"history/{model}.csv", out.getvalue())
    named = [
        ("plan", "plan.yaml"),
        ("params", "params.yaml"),
        ("card", "card.json"),
        ("accuracy", "accuracy"),
        ("predictions", "predictions"),
        ("latency", "latency"),
        ("history", "history"),
        ("encoded", "encoded"),
        ("diagnosis", "history"),
        ("robustness", "robustness"),
        ("profiles", "profiles"),
        ("test-images", "test.npz"),
        ("out", "reports"),
    ]
    return [part for name, path in named for part in (f"--{name}", str(folder / path))]
