"""Which figures a report has: the fixed ones, one an architecture, one a kind of latency."""

import re

from study.report import names
from study.report.facts import Facts
from study.report.figures import (
    class_heatmap,
    class_intervals,
    codec_share,
    diagnosis,
    pareto_latency,
    pareto_size,
    robustness_change,
    robustness_curves,
    size,
    sparsity,
    training,
)
from study.report.figures.render import Draw
from study.report.latencies import KINDS


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
    return found | {"training": training.draw}


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


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", name)
