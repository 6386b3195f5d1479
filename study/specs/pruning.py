"""The budget of a compression method that trains: it fine-tunes with the training recipe, shorter."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from study.specs.distillation import DistillationSpec
from study.specs.parse import STRICT


@dataclass(frozen=True, config=STRICT)
class PruningSpec(DistillationSpec):
    """Section `pruning` of params.yaml.

    Sparsity rises over the first `ramp` of the steps, in updates every `frequency` steps, and stays for the rest.
    """

    epochs: Annotated[int, Field(ge=1)]
    learning_rate: Annotated[float, Field(gt=0)]
    ramp: Annotated[float, Field(gt=0, lt=1)]
    frequency: Annotated[int, Field(ge=1)]

    def ramp_steps(self, steps_per_epoch: int) -> tuple[int, int]:
        """Return (last step of the ramp, steps between updates), the first a multiple of the second.

        tfmot updates masks only at multiples of the frequency, so an end between two of them would leave the
        network below its target.
        """
        steps = max(1, round(self.ramp * self.epochs * steps_per_epoch))
        frequency = min(self.frequency, steps)
        return steps // frequency * frequency, frequency

    def first_sparse_epoch(self, steps_per_epoch: int) -> int:
        """The first epoch, from 1, that starts at the full sparsity, so that it may be chosen; at worst the last."""
        end, _ = self.ramp_steps(steps_per_epoch)
        return min(self.epochs, 1 + -(-end // steps_per_epoch))
