"""Which figures a report has: the fixed ones, one an architecture, one a kind of latency."""

import re

from study.report import names
from study.report.facts import Facts
from study.report.figures import (
    class_heatmap,
    class_intervals,
    pareto_gzip,
    pareto_latency,
    size,
    sparsity,
    training,
)
from study.report.figures.render import Draw
from study.report.latencies import KINDS


def drawings(facts: Facts) -> dict[str, Draw]:
    """File stem -> drawing function, in the order of the report."""
    found: dict[str, Draw] = {"top1_over_sparsity": sparsity.draw, "class_change": class_heatmap.draw}
    found |= {
        intervals_name(arch): class_intervals.architecture(arch) for arch in names.distinct(facts.results, "arch")
    }
    found |= {"size": size.draw, "pareto_gzip": pareto_gzip.draw}
    found |= {latency_name(kind): pareto_latency.kind(kind) for kind in KINDS}
    return found | {"training": training.draw}


def intervals_name(arch: str) -> str:
    """File stem of an architecture's class figure."""
    return "class_intervals_" + re.sub(r"[^A-Za-z0-9_]", "_", arch)


def latency_name(kind: str) -> str:
    """File stem of the accuracy-latency figure of one kind."""
    return f"pareto_latency_{kind}"
