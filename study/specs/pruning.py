"""The budget of a compression method that trains: it fine-tunes with the training recipe, shorter."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from study.specs.parse import STRICT


@dataclass(frozen=True, config=STRICT)
class PruningSpec:
    """Section `pruning` of params.yaml.

    Sparsity rises over the first `ramp` of the steps, in updates every `frequency` steps, and stays for the rest.
    """

    epochs: Annotated[int, Field(ge=1)]
    learning_rate: Annotated[float, Field(gt=0)]
    ramp: Annotated[float, Field(gt=0, lt=1)]
    frequency: Annotated[int, Field(ge=1)]
