"""How long and how often latency is measured."""

from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from study.specs.parse import STRICT


@dataclass(frozen=True, config=STRICT)
class LatencySpec:
    """Section `latency` of params.yaml.

    Each round is a fresh process: at least `warmup_runs` and `warmup_seconds` untimed, then at least `runs`
    invocations and `seconds`, but no more than `max_seconds`. `threads` lists counts, `all` for every processor.
    `rpi4`, where given, is a CalibrationSpec that `python -m pipelines.device calibrate` printed.
    """

    runtimes: Annotated[list[Literal["ai_edge_litert", "tflite_runtime"]], Field(min_length=1)]
    threads: Annotated[list[Annotated[int, Field(ge=1)] | Literal["all"]], Field(min_length=1)]
    warmup_runs: Annotated[int, Field(ge=1)]
    warmup_seconds: Annotated[float, Field(ge=0)]
    runs: Annotated[int, Field(ge=3)]
    seconds: Annotated[float, Field(ge=0)]
    max_seconds: Annotated[float, Field(gt=0)]
    rounds: Annotated[int, Field(ge=1)]
    rpi4: dict[str, Any] | None = None


@dataclass(frozen=True, config=STRICT)
class CalibrationSpec:
    """Constants of the Raspberry Pi predictions, refitted to measurements of one's own board.

    `scale` multiplies the time from an emulated profile, the three rates are those of a prediction from the file alone;
    either may be missing. The errors, in per cent, are those of architectures left out of the fit, for each kind of
    network that was measured (`study.latency.network_kind`); predictions of other kinds are not validated.
    """

    scale: Annotated[float, Field(gt=0)] | None = None
    scale_error_percent: dict[str, Annotated[float, Field(ge=0)]] | None = None
    us_per_million_macs: Annotated[float, Field(ge=0)] | None = None
    us_per_megabyte: Annotated[float, Field(ge=0)] | None = None
    us_per_operator: Annotated[float, Field(ge=0)] | None = None
    rates_error_percent: dict[str, Annotated[float, Field(ge=0)]] | None = None
