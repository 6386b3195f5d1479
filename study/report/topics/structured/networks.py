"""`structured.csv` and `channels.csv`: networks with fewer channels, beside unpruned ones of every width."""

from dataclasses import replace

import numpy as np
import pandas as pd

from study.plan.variant import DENSE, Recipe
from study.report.inputs import Inputs, Result
from study.report.tables import Row, Tables, frame, records
from study.report.topics.latency.measurements import PLACE, comparable

COLUMNS = (
    "variant arch family method amount level quantization seed alpha macs macs_ratio parameters parameters_ratio "
    "file_bytes top1 baseline delta_pp ci_low_pp ci_high_pp p_value median_us ci_low_us ci_high_us latency_ratio "
    "device runtime status predicted_us left_out_percent predicted_ratio analysis_seconds training_seconds full "
    "collapsed _kin"
).split()
OWN = "variant full _kin _cut analysis_seconds training_seconds".split()
TIMES = "median_us ci_low_us ci_high_us device runtime status".split()
RATIOS = {
    "macs": "macs_ratio",
    "parameters": "parameters_ratio",
    "median_us": "latency_ratio",
    "predicted_us": "predicted_ratio",
}
CHANNELS = "model layer kept_channels full_channels arch method amount seed".split()
NETWORK = "model arch method amount seed".split()
OF_RECORD = {
    "channels": "layer kept of",
    "schedule": "epoch step share factor penalty returned",
    "scales": "quantile before after",
    "sensitivity": "group share loss_pp cost_saved",
    "plan": "cost predicted_loss_pp",
}
"""Tables of the record that a method leaves, and the columns of each that are shown."""


def structured(tables: Tables) -> pd.DataFrame:
    """`structured.csv`: each variant with fewer channels, and each unpruned one of its kind and any width.

    One kind (`_kin`) has the same family and options, seed and scheme; `full` is its unpruned network of width 1, of
    which ratios are fractions. Times are those of one thread on the host, and predicted ones, at the first place that
    timed the full network, or else this one. What is not known is missing.
    """
    own = frame((_own(tables.inputs, result) for result in tables.inputs.results), OWN)
    rows = tables["results"].merge(own, on="variant")
    cut = rows["_cut"].astype(bool)
    rows = rows[cut | (rows["method"] == DENSE) & rows["_kin"].isin(rows["_kin"][cut])].reset_index(drop=True)
    times = one_thread(tables["latency"])
    here = times["device"].map(lambda device: device == "host" or device.startswith("host_")).astype(bool)
    rows[TIMES] = _first(rows, times[here & (times["kind"] == "measured")])[TIMES]
    predicted = _first(rows, times[times["kind"] == "predicted"])
    rows["predicted_us"], rows["left_out_percent"] = predicted["median_us"], predicted["left_out_percent"]
    for key, ratio in RATIOS.items():
        value = rows[key].astype("float64")
        rows[ratio] = value / rows["full"].map(value.set_axis(rows["variant"])).replace(0, np.nan)
    return rows.reindex(columns=COLUMNS)


def one_thread(latency: pd.DataFrame) -> pd.DataFrame:
    """Times of one thread, places numbered (`_place`) in order of appearance; emulations have no time."""
    rows = comparable(latency)
    rows = rows.assign(_place=rows.groupby(PLACE, sort=False).ngroup())
    rows = rows[(rows["kind"] != "emulated") & (rows["threads"] == 1)]
    return rows.drop_duplicates(["_place", "variant"], keep="last")


def channels(tables: Tables) -> pd.DataFrame:
    """`channels.csv`: each layer that opens channels, of each structured network, in the order of the network."""
    rows = recorded(tables.inputs, "channels").rename(columns={"kept": "kept_channels", "of": "full_channels"})
    return rows[CHANNELS]


def networks(inputs: Inputs) -> pd.DataFrame:
    """The structured networks that left a record, in the order of the plan, by the columns of NETWORK."""
    rows: list[Row] = []
    for model, own in inputs.models.items():
        if is_cut(own.recipe) and model in inputs.compression:
            named: Row = {"model": model, "arch": own.architecture.name, "method": own.recipe.method}
            rows.append(named | {"amount": float(own.recipe.amount), "seed": own.seed})
    return frame(rows, NETWORK)


def recorded(inputs: Inputs, table: str) -> pd.DataFrame:
    """The entries of one table (see OF_RECORD) of all records, each with the columns of its network."""
    rows = (
        {**entry, **network}
        for network in records(networks(inputs))
        for entry in inputs.compression[network["model"]].get(table) or ()
    )
    return frame(rows, [*NETWORK, *OF_RECORD[table].split()])


def first_seeds(rows: pd.DataFrame) -> pd.DataFrame:
    """Of networks that differ in their seed alone those of the first."""
    first = rows.drop_duplicates(["arch", "method", "amount"])["model"]
    return rows[rows["model"].isin(first)]


def is_cut(recipe: Recipe) -> bool:
    """Whether a recipe cuts whole channels."""
    return "structured" in recipe.kinds


def _own(inputs: Inputs, result: Result) -> Row:
    """What it is, and seconds that its network took to train: all epochs, and what its method did before them."""
    own = result.variant
    full = replace(own, architecture=replace(own.architecture, alpha=1.0), recipe=Recipe()).name
    times = inputs.timing.get(own.model, {})
    analysis, epochs = times.get("analysis_seconds") or 0.0, times.get("seconds")
    row: Row = {"variant": result.name, "full": full if full in inputs.by_name else None, "_kin": full}
    row |= {"_cut": is_cut(own.recipe), "analysis_seconds": analysis if times else None}
    return row | {"training_seconds": None if epochs is None else analysis + epochs}


def _first(rows: pd.DataFrame, times: pd.DataFrame) -> pd.DataFrame:
    """The time of each row at the first place that timed its full network, or else its own; NaN where there is none."""
    place = times.groupby("variant")["_place"].min()
    at = rows["full"].map(place).fillna(rows["variant"].map(place))
    return rows[["variant"]].assign(_place=at).merge(times, on=["variant", "_place"], how="left")
