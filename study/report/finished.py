"""A finished report as its CSV files hold it, for whoever shows a part of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from study.report.tables import Record
from study.report.treatments import KEYS

RESULTS = (
    "variant arch method amount level quantization seed baseline top1 test_images delta_pp worst_drop_pp "
    "worst_drop_class file_bytes gzip_bytes shipped_bytes shipped_codec preset dataset caveat collapsed"
).split()
LATENCY = "variant device kind runtime threads median_us status left_out_percent".split()
"""Columns that are read; an earlier version of the code may have written fewer."""


@dataclass(frozen=True)
class Finished:
    """What of a finished report is shown: frames and rows of its CSV files, and which files there are.

    `figures` are file stems, `cards` variants, `models` the rows of the index of handed-on files, `journals` those of
    `wall_times.csv` by part, of a study in one go under its own name, ""; `missing` names what a report has today and
    this one has not.
    """

    results: pd.DataFrame
    latency: pd.DataFrame
    seeds: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*KEYS, "class", "delta_pp"]))
    summary: Mapping[str, float] = field(default_factory=dict)
    figures: Collection[str] = ()
    cards: Collection[str] = ()
    models: Sequence[Record] = ()
    training_time: Sequence[Record] = ()
    journals: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    missing: Sequence[str] = ()


@dataclass(frozen=True)
class Place:
    """One column of times: where they hold and what they are, and the row of each variant."""

    title: str
    said: str
    kind: str
    rows: Mapping[str, Record]
