"""How a value is written: for each column one format for the CSV files, one for people."""

from dataclasses import dataclass
from typing import Any

import numpy as np

MISSING = "missing"
NOT_VALIDATED = "not validated"
"""Of a prediction whose error nobody knows: no known time is of its kind of network."""


@dataclass(frozen=True)
class Field:
    """A column: its title and unit for people, its formats, and what one should know about it."""

    title: str
    csv: str = ""
    shown: str = ""
    scale: float = 1.0
    help: str = ""
    absent: str = MISSING  # what people read where there is no value

    @property
    def numeric(self) -> bool:
        """Whether values are numbers (right-aligned, sorted as numbers)."""
        return bool(self.csv)


def _share(title: str, note: str = "") -> Field:
    return Field(title, ".6f", ".2f", 100.0, note)


def _megabytes(title: str, note: str = "") -> Field:
    return Field(title, ".0f", ".3f", 1e-6, note or "1 MB = 1,000,000 bytes")


def _points(title: str, note: str = "") -> Field:
    return Field(title, ".4f", "+.2f", 1.0, note)


def _micros(title: str, note: str = "") -> Field:
    return Field(title, ".3f", ",.1f", 1.0, note)


def _count(title: str, note: str = "") -> Field:
    return Field(title, ".0f", ",.0f", 1.0, note)


FIELDS: dict[str, Field] = {
    "amount": Field("Amount", "g", "g", 1.0, "per cent; of automatic_budget, points of predicted loss"),
    "seed": Field("Seed", ".0f", ".0f"),
    "parameters": Field("Parameters [M]", ".0f", ".2f", 1e-6),
    "macs": Field("MACs [M]", ".0f", ",.1f", 1e-6, "multiply-accumulate operations of one inference"),
    "alpha": Field("Alpha", "g", "g", 1.0, "width multiplier of the architecture"),
    "stem_stride": Field("Stem stride", ".0f", ".0f", 1.0, "stride of the first convolution; 2 as published"),
    "macs_ratio": _share("MACs [% of full]"),
    "parameters_ratio": _share("Parameters [% of full]"),
    "latency_ratio": _share("Time [% of full]", "host, one thread; on another machine it may be another"),
    "predicted_ratio": _share("Predicted [% of full]", f"a ratio of predictions is {NOT_VALIDATED}"),
    "analysis_seconds": Field("Analysis [s]", ".3f", ",.0f"),
    "training_seconds": Field(
        "Training [s]", ".3f", ",.0f", 1.0, "wall time, without that of the network that a structured one comes from"
    ),
    "curve_top1": _share("Line of widths [%]", "top-1 of the straight line between the next faster and slower network"),
    "difference_pp": _points("Difference [points]", "top-1 minus that of the line"),
    "faster_alpha": Field("Alpha, faster", "g", "g"),
    "slower_alpha": Field("Alpha, slower", "g", "g"),
    "against": Field("Against"),
    "against_alpha": Field("Its alpha", "g", "g"),
    "against_us": _micros("Its time [µs]"),
    "against_top1": _share("Its top-1 [%]"),
    "against_pp": _points("Beside it [points]", "top-1 minus that of the other network, on the same images"),
    "against_low_pp": _points("95 % from"),
    "against_high_pp": _points("95 % to"),
    "against_macs_ratio": _share("Its MACs [% of full]"),
    "against_latency_ratio": _share("Its time [% of full]", "host, one thread"),
    "against_predicted_ratio": _share("Its predicted [% of full]"),
    "against_seconds": Field("Its training [s]", ".3f", ",.0f"),
    "training_ratio": _share("Training [% of its]"),
    "sparsity_target": _share("Target sparsity [%]"),
    "sparsity_effective": _share("Zeros in file [%]", "share of zeros over all weights of the exported file"),
    "top1": _share("Top-1 [%]"),
    "top3": _share("Top-3 [%]"),
    "accuracy": _share("Accuracy [%]"),
    "ece": Field("ECE", ".6f", ".3f", 1.0, "expected calibration error, 15 bins"),
    "nll": Field("NLL", ".6f", ".3f", 1.0, "negative log-likelihood in nats"),
    "brier": Field("Brier", ".6f", ".3f"),
    "file_bytes": _megabytes("On flash [MB]", "the .tflite file itself, which the interpreter needs whole"),
    "bytes": _megabytes("Size [MB]", "under one codec"),
    "gzip_bytes": _megabytes("gzip [MB]", "gzip level 9 of the .tflite file"),
    "shipped_bytes": _megabytes("Transferred [MB]", "the smallest lossless form of the .tflite file, and its codec"),
    "decode_ms": Field("Decode [ms]", ".3f", ",.1f", 1.0, "time to restore the file from its smallest form"),
    "worst_class_accuracy": _share("Worst class [%]", "accuracy of the class with the lowest recall"),
    "worst_drop_pp": _points("Worst drop [points]", "largest drop of a single class of this file"),
    "arena_bytes": _megabytes("Arena [MB]", "peak of the activations, read from the file"),
    "weight_bytes": _megabytes("Weights [MB]"),
    "agreement_with_float": _share("Same as float [%]", "test images that get the class of its float32 baseline"),
    "flips": _count("Flips", "test images whose class differs from that of its float32 baseline"),
    "retrain_flips": _count("Flips, retrained", "of its float32 baseline: between two seeds, mean over pairs"),
    "confidence": _share("Confidence [%]", "mean of the highest softmax probability"),
    "overconfidence_pp": _points("Overconfidence [points]", "mean confidence minus top-1"),
    "bin": _count("Bin"),
    "bin_low": Field("Above", ".6f", ".2f"),
    "bin_high": Field("Up to", ".6f", ".2f"),
    "gap_pp": _points("Gap [points]", "accuracy minus confidence; negative: too sure"),
    "seeds": _count("Seeds"),
    "pairs": _count("Pairs"),
    "mean_accuracy": _share("Accuracy [%]", "mean over seeds"),
    "sd_pp": Field("SD [points]", ".4f", ".2f", 1.0, "standard deviation over seeds"),
    "base_sd_pp": Field("SD, baseline [points]", ".4f", ".2f", 1.0, "standard deviation over seeds"),
    "collapsed_seeds": _count("Collapsed", "seeds whose file collapsed: left out"),
    "shifted_pp": _points("Place [points]", "change of the accuracy minus the model\u2019s mean over classes"),
    "shifted_low_pp": _points("95 % from"),
    "shifted_high_pp": _points("95 % to"),
    "shifted_p_value": Field("p, place", ".6g", "p"),
    "shifted_p_adjusted": Field("p, place, Holm", ".6g", "p"),
    "outcome": Field("Outcome"),
    "compression_flip_rate": _share("Flips [%]", "against the float32 baseline of the same seed, mean over seeds"),
    "base_retrain_flip_rate": _share("Flips, base retrained [%]", "between two seeds of the float32 baseline"),
    "retrain_flip_rate": _share("Flips, itself retrained [%]", "between two seeds of this configuration"),
    "retrain_flip_least": _share("Least [%]"),
    "retrain_flip_most": _share("Most [%]"),
    "class_spread_pp": Field("Class SD [points]", ".4f", ".2f", 1.0, "over seeds, mean over classes"),
    "widest_spread_pp": Field("Widest class SD [points]", ".4f", ".2f", 1.0, "over seeds, and its class"),
    "joint_pp": _points("Both [points]", "change of top-1 by pruning and quantizing"),
    "sum_pp": _points("Sum [points]", "change by pruning alone plus change by quantizing alone"),
    "interaction_pp": _points("Beyond the sum [points]", "negative: together they cost more than their sum"),
    "interaction_low_pp": _points("95 % from"),
    "interaction_high_pp": _points("95 % to"),
    "models": _count("Models"),
    "timed": _count("Timed", "models whose time is known; epochs, images and time are those of these"),
    "images": Field("Images [M]", ".0f", ",.2f", 1e-6, "images trained on, each as often as it was"),
    "stage": Field("Stage"),
    "base_models": _count("Base models"),
    "modal": _count("Modal exemplars", "most compressed models name another class than most base models"),
    "modal_ties": _count("Ties left out"),
    "modal_base_top1": _share("Base, on them [%]", "mean top-1 of the base models on the modal exemplars"),
    "modal_top1": _share("Compressed, on them [%]", "mean top-1 of the compressed models on the modal exemplars"),
    "taxicab": Field("Taxicab", ".6f", ".3f", 1.0, "mean L1 distance of the label distributions, 0 to 2"),
    "taxicab_half": _count("Half moved", "images with a distance of 1 or more: half of the answers have moved"),
    "clean_accuracy": _share("Clean [%]", "top-1 on the same images without a corruption"),
    "corrupted_accuracy": _share("Corrupted [%]", "mean top-1 over corruptions and severities"),
    "kept": _share("Kept [%]", "accuracy under corruption as a share of the clean one"),
    "extra_pp": _points("Extra [points]", "change under corruption minus change on the clean images"),
    "extra_low_pp": _points("95 % from"),
    "extra_high_pp": _points("95 % to"),
    "extra_p_value": Field("p", ".6g", "p"),
    "extra_p_adjusted": Field("p, Holm", ".6g", "p"),
    "ce": _share("Error ratio [%]", "mean corruption error: errors against those of the float32 baseline"),
    "corruption": Field("Corruption"),
    "severity": _count("Severity"),
    "delta_pp": _points("Change [points]", "top-1 against float32, nothing removed, as much training"),
    "dense_delta_pp": _points("From dense [points]", "against the dense network before its further training"),
    "dense_low_pp": _points("95 % from"),
    "dense_high_pp": _points("95 % to"),
    "same_as": Field("Same answers as", help="a file that answers every test image alike: one result", absent=""),
    "collapsed": Field("Collapsed", absent=""),
    "untested": Field("Not tested", absent=""),
    "ci_low_pp": _points("95 % from"),
    "ci_high_pp": _points("95 % to"),
    "p_value": Field("p", ".6g", "p"),
    "p_adjusted": Field("p, Holm", ".6g", "p"),
    "q_value": Field("q", ".6g", "p", 1.0, "Benjamini-Hochberg, for exploration: a false discovery rate, no claim"),
    "excess_pp": _points("Beyond average [points]", "change of the class minus the mean change of all classes"),
    "excess_low_pp": _points("95 % from"),
    "excess_high_pp": _points("95 % to"),
    "excess_p_value": Field("p", ".6g", "p"),
    "excess_p_adjusted": Field("p, Holm", ".6g", "p"),
    "n": _count("n"),
    "correct": _count("Correct"),
    "base_only": _count("Base only"),
    "variant_only": _count("Variant only"),
    "ties": _count("Ties"),
    "test_images": _count("Test images"),
    "rounds": _count("Rounds"),
    "median_us": _micros("Median [µs]"),
    "end_to_end_us": _micros("With copying [µs]", "set_tensor, invoke and get_tensor together"),
    "p90_us": _micros("p90 [µs]"),
    "predicted_us": _micros("Predicted [µs]"),
    "computed_from": Field("Computed"),
    "left_out_percent": Field(
        "Error [%]",
        ".3f",
        ".0f",
        1.0,
        "mean error of predictions made as this one on known times of its kind of network, each architecture left out; "
        f"{NOT_VALIDATED}: none is of its kind",
        NOT_VALIDATED,
    ),
    "instructions": Field("Instructions [M]", ".0f", ",.2f", 1e-6, "executed in one inference"),
    "l1_misses": _count("L1 misses", "lines of 64 bytes, instructions and data"),
    "l2_misses": _count("L2 misses", "lines of 64 bytes read from memory"),
    "off_host_percent": Field(
        "Off host [%]", ".6g", ".2g", 1.0, "largest difference of an output from the host's, of the span of its outputs"
    ),
    "board": Field("Board"),
    "same_as_host": _share("Same as host [%]", "images that get the class that the host gives them"),
    "largest_difference": Field("Off host", ".6g", ".2g", 1.0, "largest difference of an output from the host's"),
    "millijoules": Field("Energy [mJ]", ".6g", ".3g", 1.0, "of the whole board for one inference"),
    "treatment": Field("Treatment"),
    "networks": _count("Networks"),
    "files": _count("Files"),
    "speed_up": Field("Speed-up", ".6f", ".2f", 1.0, "time of dense float32 over its own; above 1 is faster"),
    "ci_low_us": _micros("95 % from"),
    "ci_high_us": _micros("95 % to"),
    "private_bytes": _megabytes("Private [MB]", "private memory of a fresh process, minus the empty runtime's"),
    "peak_rss_bytes": _megabytes("Peak RSS [MB]", "highest resident memory of the process"),
    "empty_rss_bytes": _megabytes("Empty RSS [MB]", "peak resident memory of the runtime without a model"),
    "layer": Field("Layer"),
    "op": Field("Operator"),
    "place": _count("Place", "position of the layer in the graph, counted from 1"),
    "sqnr_db": Field("SQNR [dB]", ".3f", ".1f", 1.0, "signal-to-quantization-noise ratio; higher is better"),
    "plain_sqnr_db": Field("Plain SQNR [dB]", ".3f", ".1f", 1.0, "SQNR with the converter's own ranges"),
    "share": _share("Noise [%]", "share of the noise of all layers together"),
    "float_layers": _count("Float layers"),
    "ranges": Field("Ranges"),
    "validation_images": _count("Validation images"),
    "float32_top1": _share("Top-1 in float32 [%]"),
    "from_float_pp": _points("Change [points]"),
    "agreement": _share("Same as float [%]", "images that get the class of the float32 file"),
    "reason": Field("Reason"),
    "recipes": Field("Recipes"),
    "count": _count("Variants"),
    "sparse_inference": Field("Sparse inference"),
    "variant": Field("Variant"),
    "class": Field("Class"),
    "arch": Field("Architecture"),
    "method": Field("Method"),
    "level": Field("Level", help="the signature: which network of its file"),
    "quantization": Field("Scheme"),
    "status": Field("Status"),
    "device": Field("Device"),
    "kind": Field("Kind"),
    "runtime": Field("Runtime"),
    "runtime_version": Field("Version"),
    "delegate": Field("Delegate"),
    "threads": Field("Threads"),
    "flags": Field("Flags"),
    "model": Field("Model"),
    "recipe": Field("Recipe"),
    "sha256": Field("SHA-256"),
    "epoch": _count("Epoch"),
    "epochs": _count("Epochs"),
    "best_epoch": _count("Best epoch"),
    "seconds": Field("Time [s]", ".3f", ",.0f"),
    "total_seconds": Field("Time [h]", ".3f", ",.2f", 1 / 3600),
    "images_per_second": Field("Images/s", ".3f", ",.0f"),
    "learning_rate": Field("Learning rate", ".8g", ".3g"),
    "train_loss": Field("Train loss", ".6f", ".3f"),
    "val_loss": Field("Validation loss", ".6f", ".3f"),
    "train_accuracy": _share("Train accuracy [%]"),
    "val_accuracy": _share("Validation accuracy [%]"),
}


def field(key: str) -> Field:
    """The field of a column; `<codec>_bytes` of a further codec is in megabytes, other unknowns are text."""
    if key not in FIELDS and key.endswith("_bytes"):
        return _megabytes(f"{key.removesuffix('_bytes')} [MB]")
    return FIELDS.get(key, Field(key))


def csv_value(key: str, value: Any) -> str:
    """A value as in the CSV: fixed formats, so that equal results give equal bytes; missing is empty."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    form = field(key).csv
    return _signless(format(float(value), form)) if form and not isinstance(value, str) else str(value)


def shown_value(key: str, value: Any) -> str:
    """A value as a person reads it, in the unit of the column's title."""
    text, known = csv_value(key, value), field(key)
    if text == "":
        return known.absent
    if not known.numeric or isinstance(value, str):
        return text
    if known.shown == "p":
        return p_text(float(value))
    return minus(_signless(format(float(text) * known.scale, known.shown)))


def p_text(p: float) -> str:
    """A p-value for people: three decimals, below that a bound."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def minus(text: str) -> str:
    """The typographic minus sign, as wide as a plus."""
    return text.replace("-", "\u2212")


def _signless(text: str) -> str:
    """Drop the sign of a negative zero."""
    return text.lstrip("-+") if float(text.replace(",", "")) == 0 else text
