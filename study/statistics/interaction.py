"""Is pruning and quantizing worse than the sum of both: the difference of differences on the same images.

The joint change is (both - base), the sum of the single ones (pruned - base) + (quantized - base). What is left,

    both - pruned - quantized + base,

is a whole number from -2 to 2 for each image, 1 standing for right and 0 for wrong. Its mean is 0 where accuracy lost
to pruning and to quantization adds up, negative where the two together cost more.
"""

from dataclasses import dataclass

import numpy as np

from study.arrays import Array
from study.errors import StudyError
from study.statistics.clustered import mean


@dataclass(frozen=True)
class Interaction:
    """Percentage points on n images; `interaction_pp` is `joint_pp - sum_pp`, with a 95 % interval."""

    n: int
    joint_pp: float
    sum_pp: float
    interaction_pp: float
    low_pp: float
    high_pp: float
    p_value: float


def interaction(base: Array, pruned: Array, quantized: Array, both: Array) -> Interaction:
    """Compare the correctness [n] (bool) of four models on the same images, in the same order.

    Interval and two-sided test are those of a mean over independent images (`clustered.mean`), by the central limit
    theorem, after one image of each sign has been added: without these two, intervals are too short where few images
    differ from 0; with them they are then rather too wide. Source: Bonett and Price (2012), "Adjusted
    Wald confidence interval for a difference of binomial proportions based on paired data", Journal of Educational and
    Behavioral Statistics 37, 479-488, here for values of more than one step.

    Raises:
        StudyError: fewer than two images, arrays of different length or that are not booleans.
    """
    sides = [np.asarray(side) for side in (base, pruned, quantized, both)]
    if any(side.shape != sides[0].shape or side.dtype != np.bool_ or side.ndim != 1 for side in sides):
        raise StudyError("an interaction needs the right/wrong values of four models on the same images")
    of_base, of_pruned, of_quantized, of_both = (side.astype(np.float64) for side in sides)
    values = of_both - of_pruned - of_quantized + of_base
    if len(values) < 2:
        raise StudyError("an interaction needs at least two images")
    found = mean(np.append(values, [1.0, -1.0]))
    joint, beyond = (100 * float(change.mean()) for change in (of_both - of_base, values))
    return Interaction(len(values), joint, joint - beyond, beyond, 100 * found.low, 100 * found.high, found.p_value)
