"""How long and how often latency is measured (see docs/measuring.md for why)."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from study.specs.parse import STRICT


@dataclass(frozen=True, config=STRICT)
class LatencySpec:
    """Section `latency` of params.yaml.

    Each round is a fresh process: at least `warmup_runs` and `warmup_seconds` untimed, then at least `runs`
    invocations and `seconds`, but no more than `max_seconds`. `threads` lists counts, `all` for every processor.
    """

    runtimes: Annotated[list[Literal["ai_edge_litert", "tflite_runtime"]], Field(min_length=1)]
    threads: Annotated[list[Annotated[int, Field(ge=1)] | Literal["all"]], Field(min_length=1)]
    warmup_runs: Annotated[int, Field(ge=1)]
    warmup_seconds: Annotated[float, Field(ge=0)]
    runs: Annotated[int, Field(ge=3)]
    seconds: Annotated[float, Field(ge=0)]
    max_seconds: Annotated[float, Field(gt=0)]
    rounds: Annotated[int, Field(ge=1)]
