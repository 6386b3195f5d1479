"""`latency.csv` and `speed_ups.csv`: every planned measurement, and ratios within one place."""

import pandas as pd

from study.errors import StudyError
from study.latency.devices.rpi4.label import left_out_percent
from study.latency.measurement import OK, THREADS_DO_NOT_HELP, UNSTABLE, summarise
from study.latency.network_kind import network_kind
from study.report import names
from study.report.inputs import Inputs, Slot
from study.report.tables import Row, Tables, frame, known, records
from study.report.topics.latency import boards

SUMMARY = "n rounds median_us p90_us ci_low_us ci_high_us".split()
STATED = "kind runtime runtime_version delegate threads status model_sha256".split()
COMPUTED = "instructions l1_misses l2_misses off_host_percent".split()
MEMORY = "private_bytes peak_rss_bytes empty_rss_bytes".split()
COLUMNS = [
    *"variant device kind runtime delegate threads".split(),
    *SUMMARY,
    *"private_bytes peak_rss_bytes status runtime_version end_to_end_us empty_rss_bytes flags".split(),
    *"model_sha256 machine computed_from left_out_percent".split(),
    *COMPUTED,
    *boards.COLUMNS,
    *["_planned", "_place"],
]
KINDS = ("measured", "emulated", "predicted")
PLACE = "kind device runtime threads".split()
"""What times compare within."""
TREATMENT = "arch method amount level quantization seed dense".split()


def latency(tables: Tables) -> pd.DataFrame:
    """`latency.csv`: one row a planned measurement, in the order given. `_planned` and `_place` say where, the one with
    the threads as asked for, the other as they were.

    A measurement of another file than the one evaluated (its SHA-256 differs) is not shown: its row is
    `stale`. One that was not made has the status of its device's session, where that ended early.

    Raises:
        StudyError: a document whose kind is not measured, emulated or predicted, or that is damaged.
    """
    return frame((_row(tables.inputs, slot) for slot in tables.inputs.latency), COLUMNS)


def comparable(latency: pd.DataFrame) -> pd.DataFrame:
    """Rows with a figure to quote: those of one PLACE compare with each other, and with no others.

    Figures of several threads that do not beat one thread stay in the table and out of every comparison.
    """
    timed = known(latency, "median_us")
    return timed.loc[[THREADS_DO_NOT_HELP not in str(flags) for flags in timed["flags"]]]


def speed_ups(tables: Tables) -> pd.DataFrame:
    """`speed_ups.csv`: how many times as fast as dense float32 of the same network, in the same place, each treatment
    is: the median over `networks` (architectures), each the mean over its seeds; `files` counts all of them.

    Files that collapsed are left out. Training changes no time, so pruned networks are held to the dense one too.
    """
    rows = comparable(tables["latency"]).drop_duplicates([*PLACE, "variant"], keep="last")
    results = tables["results"]
    rows = rows[[*PLACE, "_place", "variant", "median_us"]].merge(
        results.loc[results["collapsed"].isna(), ["variant", *TREATMENT]], on="variant"
    )
    rows["order"] = rows.groupby(PLACE, sort=False).ngroup()
    bases = rows[["order", "variant", "median_us"]].set_axis(["order", "dense", "base_us"], axis=1)
    paired = rows.merge(bases, on=["order", "dense"]).query("variant != dense and median_us > 0")
    ratios = paired.assign(
        treatment=[names.treatment(row, False) for row in records(paired)],
        speed_up=paired["base_us"] / paired["median_us"],
    ).sort_values("order", kind="stable")
    where = [*PLACE, "_place", "treatment"]
    by_network = ratios.groupby([*where, "arch"], sort=False)["speed_up"].agg(speed_up="mean", files="size")
    return (
        by_network.groupby(where, sort=False)
        .agg(networks=("speed_up", "size"), files=("files", "sum"), speed_up=("speed_up", "median"))
        .reset_index()
    )


def _row(inputs: Inputs, slot: Slot) -> Row:
    row: Row = {"variant": slot.variant, "device": slot.device, "runtime": slot.runtime}
    row |= {"threads": slot.threads, "_planned": names.place(slot.device, slot.runtime, slot.threads)}
    document = slot.document
    if document is None:
        return row | {"status": inputs.ended.get(slot.device, {}).get("status") or "missing"}
    if document.get("kind") not in KINDS:
        raise StudyError(
            f"the latency of {slot.variant} on {slot.device} has the kind {document.get('kind')!r}: "
            f"it must be one of {', '.join(KINDS)}, measure it again"
        )
    row |= {key: document.get(key) for key in STATED}
    row["_place"] = names.place(slot.device, str(row["runtime"]), document.get("threads", slot.threads))
    row["machine"] = (document.get("context") or {}).get("architecture")  # as `uname -m` says it
    row["flags"] = "; ".join(str(flag) for flag in document.get("flags") or []) or None
    result = inputs.by_name.get(slot.variant)
    evaluated = result.evaluation.sha256 if result and result.evaluation else None
    if evaluated and document.get("model_sha256") != evaluated:
        return row | {"status": "stale"}
    row |= {key: document.get(key) for key in MEMORY} | boards.facts(document)
    if document.get("status") in (OK, UNSTABLE):
        summary = document.get("summary") or summarise(document)
        row |= {key: summary[key] for key in SUMMARY} | {"end_to_end_us": summary.get("end_to_end_us")}
        computed = document.get("computed") or {}
        row |= {"computed_from": computed.get("method")} | {key: computed.get(key) for key in COMPUTED}
        if result and row["kind"] == "predicted":
            size = int(inputs.card.get("image_size") or 0)
            row["left_out_percent"] = left_out_percent(network_kind(result.variant, size), document)
    return row
