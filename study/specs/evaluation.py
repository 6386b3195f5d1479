"""How accuracy is taken from the exported files."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from study.specs.parse import STRICT


@dataclass(frozen=True, config=STRICT)
class EvaluationSpec:
    """Section `evaluation` of params.yaml."""

    runtime: Literal["ai_edge_litert", "tflite_runtime"]
    threads: Annotated[int, Field(ge=1)]
    batch_size: Annotated[int, Field(ge=1)]
