"""Figures of 2021 with ours beside them: means over the seeds that hold."""

from dataclasses import replace

import numpy as np
import synthetic_study as synthetic
from report_topics import tables_of

from study.report.blocks import Table
from study.report.topics import reference


def test_a_collapsed_seed_is_no_part_of_the_mean() -> None:
    inputs = synthetic.study(["mobilenet"], {}, seeds=(0, 1))
    whole = inputs.by_name["mobilenet_dense_s1_int8"].predictions
    assert whole is not None
    lost = replace(whole, predicted=np.zeros_like(whole.labels), correct=whole.labels == 0)
    made = tables_of(synthetic.changed(inputs, {"mobilenet_dense_s1_int8": {"predictions": lost}}))
    shown = reference.TOPIC.section(made, set())
    assert shown is not None
    tables = {block.name: block for block in shown.blocks if isinstance(block, Table)}
    results = made["results"].set_index("variant")
    (line,) = tables["reference-int8"].rows
    assert line[4].text == f"{100 * results.loc['mobilenet_dense_s0_int8', 'top1']:.2f}"
    assert tables["reference-int8"].note.endswith("1 file that collapsed is left out.")
    (line,) = tables["reference-float32"].rows
    both = results.loc[["mobilenet_dense_s0_float32", "mobilenet_dense_s1_float32"], "top1"]
    assert line[4].text == f"{100 * both.mean():.2f}"
    assert tables["reference-float32"].note.endswith("means over up to 2 seeds.")
