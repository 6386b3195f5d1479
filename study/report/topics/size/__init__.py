"""Size: what a variant costs to transfer and on flash, under which codec, and what is bought with it."""

import pandas as pd

from study.report.tables import Row, Tables, frame
from study.report.topics.size.charts import charts
from study.report.topics.size.figures import codec_share, size
from study.report.topics.size.findings import findings
from study.report.topics.size.section import section
from study.report.topics.topic import Topic

COLUMNS = "variant codec bytes decode_ms version".split()


def codecs(tables: Tables) -> pd.DataFrame:
    """`codecs.csv`: one row a file and codec, a file of several levels under the name of the widest. Decode times are
    measurements of the machine that encoded.
    """
    first = {result.variant.name: result for result in reversed(tables.inputs.results)}
    rows: list[Row] = [
        {
            "variant": result.name,
            "codec": codec,
            "bytes": one["bytes"],
            "decode_ms": 1000 * one["decode_seconds"],
            "version": one.get("version"),
        }
        for result in tables.inputs.results
        if first[result.variant.name] is result
        for codec, one in sorted(tables.inputs.encoded.get(result.variant.name, {"codecs": {}})["codecs"].items())
    ]
    return frame(rows, COLUMNS)


TOPIC = Topic(
    tables={"codecs": codecs},
    findings=findings,
    figures=lambda tables: {"size": size, "codec_share": codec_share},
    charts=charts,
    section=section,
)
