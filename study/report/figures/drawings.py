"""Which figures a report has: the fixed ones, one an architecture, one a kind of latency."""

import re

from study.report import names
from study.report.facts import Facts
from study.report.figures import (
    channels,
    class_heatmap,
    class_intervals,
    codec_share,
    diagnosis,
    pareto_latency,
    pareto_size,
    robustness_change,
    robustness_curves,
    schedules,
    sensitivity,
    size,
    sparsity,
    training,
    widths,
)
from study.report.figures.render import Draw
from study.report.rows.latencies import KINDS
from study.report.structured.sensitivities import sensitivities


def drawings(facts: Facts) -> dict[str, Draw]:
    """File stem -> drawing function, in the order of the report."""
    archs = names.distinct(facts.results, "arch")
    found: dict[str, Draw] = {"top1_over_sparsity": sparsity.draw, "class_change": class_heatmap.draw}
    found |= {heatmap_name(arch): class_heatmap.architecture(arch) for arch in archs}
    found |= {intervals_name(arch): class_intervals.architecture(arch) for arch in archs}
    found |= {"size": size.draw, "codec_share": codec_share.draw}
    found |= {"pareto_size": pareto_size.together, "pareto_size_by_architecture": pareto_size.apart}
    found |= {diagnosis_name(model): diagnosis.model(model) for model in facts.diagnosis}
    found |= {latency_name(kind): pareto_latency.kind(kind) for kind in KINDS}
    found |= {"robustness": robustness_curves.draw, "robustness_change": robustness_change.draw}
    found |= {change_name(arch): robustness_change.architecture(arch) for arch in archs}
    return found | _structured(facts) | {"training": training.draw}


def _structured(facts: Facts) -> dict[str, Draw]:
    """Those of methods that cut whole channels."""
    found: dict[str, Draw] = {}
    for arch in names.distinct([row for row in facts.structured if row["method"] != "dense"], "arch"):
        found |= {widths_name(arch): widths.architecture(arch), channels_name(arch): channels.architecture(arch)}
        found[schedules_name(arch)] = schedules.architecture(arch)
    for one in sensitivities(facts.structured_models):
        found[sensitivity_name(one.models[0]["model"])] = sensitivity.of(one)
    return found


def intervals_name(arch: str) -> str:
    """File stem of an architecture's class figure."""
    return f"class_intervals_{_plain(arch)}"


def heatmap_name(arch: str) -> str:
    """File stem of an architecture's own heat map."""
    return f"class_change_{_plain(arch)}"


def change_name(arch: str) -> str:
    """File stem of an architecture's own heat map of changes by corruption."""
    return f"robustness_change_{_plain(arch)}"


def diagnosis_name(model: str) -> str:
    """File stem of the figure of a model's diagnosis."""
    return f"diagnosis_{_plain(model)}"


def latency_name(kind: str) -> str:
    """File stem of the accuracy-latency figure of one kind."""
    return f"pareto_latency_{kind}"


def widths_name(arch: str) -> str:
    """File stem of the figure of an architecture's structured variants beside networks of other widths."""
    return f"structured_{_plain(arch)}"


def channels_name(arch: str) -> str:
    """File stem of the figure of the channels that an architecture's structured networks keep."""
    return f"channels_{_plain(arch)}"


def schedules_name(arch: str) -> str:
    """File stem of the figure of how methods chose an architecture's channels."""
    return f"schedules_{_plain(arch)}"


def sensitivity_name(model: str) -> str:
    """File stem of the figure of the sensitivities that a model was planned from."""
    return f"sensitivity_{_plain(model)}"


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", name)
