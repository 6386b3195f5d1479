"""Who teaches whom, where a section of params.yaml asks for distillation: a dense network of the plan, of equal seed.

A section's methods and their controls have one teacher and one weight, so that what stands beside each other in a
report learned alike. Of a recipe of two steps each learns by its own section, as the same step of its control does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from study.compress import METHODS
from study.errors import StudyError, nearest
from study.plan.variant import Variant
from study.specs.distillation import DistillationSpec

Teaching = Mapping[str, DistillationSpec]
"""Section -> what it says of distillation."""


def teacher_of(variant: Variant, teaching: Teaching, variants: Sequence[Variant]) -> Variant | None:
    """The dense network that `variant` learns from in its last step; None where that has no teacher.

    Raises:
        StudyError: the network is none of `variants` of its seed, or the method takes no teacher.
    """
    method = METHODS[variant.recipe.steps[-1].method]
    spec = teaching.get(method.section, DistillationSpec())
    key = f"params.yaml, {method.section}"
    if not spec.distillation_weight:
        if spec.teacher:
            raise StudyError(
                f"{key}.teacher: {spec.teacher:.80} teaches nothing at distillation_weight 0: raise that, or leave the "
                "teacher out"
            )
        return None
    if method.kind == "family":
        raise StudyError(
            f"{key}.distillation_weight: {variant.recipe.method} trains several widths of a network and takes no "
            "teacher: set it to 0, or leave the method out"
        )
    if not method.trains:
        return None
    if not spec.teacher:
        return variant.start
    known = {one.architecture.name: one.architecture for one in variants}
    architecture = known.get(spec.teacher)
    if architecture is None:
        raise StudyError(
            f"{key}.teacher: no architecture of grid is named {spec.teacher!r:.80}{nearest(spec.teacher, known)}: "
            f"choose from {', '.join(sorted(known))}"
        )
    if architecture.own or variant.architecture.own:
        raise StudyError(f"{key}.teacher: networks of one's own neither teach others nor learn from them: leave it out")
    if not any(one.architecture == architecture and one.seed == variant.seed for one in variants):
        raise StudyError(
            f"{key}.teacher: grid has no {spec.teacher} of seed {variant.seed}, which is to teach {variant.model}: add "
            "that seed"
        )
    return replace(variant.start, architecture=architecture)
