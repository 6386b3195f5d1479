"""The findings of the 2021 study in its order: what each says, what would decide it, and the test that does."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from study.plan.variant import DENSE
from study.report.correction import LEVEL
from study.report.phrases import span
from study.report.reference import FLOAT32, INT8
from study.report.tables import Tables
from study.report.topics.verdicts import judging
from study.report.topics.verdicts.evidence import PRUNED, Untestable, memory, share, sizes
from study.report.topics.verdicts.judging import EVEN_PP, HIGHEST_2021, NOT_TESTABLE, SMALLEST_MB, Limits, Verdict
from study.statistics.seeds import ENOUGH

SMALL = 0.4  # of the float32 file
SAME_SIZE, SAME_MEMORY, SAME_TIME = 0.01, 0.05, 0.05
LITTLE_PP, COLLAPSE_PP = 1.0, 10.0
LITTLE, COLLAPSE = (Limits(ceiling=-loss, open=True) for loss in (LITTLE_PP, COLLAPSE_PP))
V3 = {"mobilenet_v3_large": COLLAPSE, "mobilenet_v3_small": LITTLE}
"""The exceptions of 2021, and the loss that makes each one."""
STURDY = {name: Limits(floor=-LITTLE_PP, open=True) for name in FLOAT32 if name not in V3}
INT8_FILES, PRUNED_FILES = (DENSE, "int8"), (PRUNED, "float32")
SHARES_2021 = span([INT8[name].file_mb / FLOAT32[name].file_mb for name in FLOAT32], share)
INT8_SIZE = f"The int8 file takes {{}} of the float32 file (2021: {SHARES_2021})."
PRUNED_SIZE = "Pruned, the {} is {{}} of the unpruned one."
BOARD = "measured on an ARM board with one thread"
SEEDS = f"over {ENOUGH} seeds or more (Student\u2019s), none of them collapsed"
UNEVEN = (
    "in at least one treatment a class changes by more or less than the average class of its network, tested over "
    f"{ENOUGH} seeds or more (paired, Holm over all tests of the report whose unit is the seed, level {LEVEL:g})"
)
EVEN = f"in none, and every class\u2019s 95 % interval over seeds lies within {EVEN_PP:g} points of that average"


@dataclass(frozen=True)
class Claim:
    """A statement of the 2021 study, what was settled beforehand to decide it, in words, and how it is decided.

    `select` are the method and the scheme of the results that it is about, `test` is called with tables and these.
    """

    key: str
    statement: str
    confirmed_if: str
    refuted_if: str
    select: tuple[str, str]
    test: Callable[[Tables, str, str], Verdict]

    def judge(self, tables: Tables) -> Verdict:
        """Its verdict, whatever the tables hold."""
        try:
            return self.test(tables, *self.select)
        except Untestable as why:
            text = str(why)
            return Verdict(NOT_TESTABLE, f"{text[:1].upper()}{text[1:]}.")


def _same(share: float) -> Limits:
    return Limits(1 - share, 1 + share)


CLAIMS = (
    Claim(
        "int8-size",
        "Quantization to int8 shrinks every network strongly.",
        f"every int8 file takes at most {100 * SMALL:g} % of its float32 file",
        f"one takes more than {100 * SMALL:g} %",
        INT8_FILES,
        partial(judging.ratios, partial(sizes, "file_bytes"), Limits(ceiling=SMALL), INT8_SIZE),
    ),
    Claim(
        "int8-accuracy",
        "Quantization to int8 costs MobileNet, MobileNetV2 and EfficientNet-B0 little accuracy.",
        f"the 95 % interval of each one\u2019s change in top-1, {SEEDS}, lies above \u2212{LITTLE_PP:g} point",
        f"the interval of one lies wholly below \u2212{LITTLE_PP:g} point",
        INT8_FILES,
        partial(judging.losses, STURDY),
    ),
    Claim(
        "int8-mobilenet-v3",
        "MobileNetV3 is the exception: under int8, Small loses accuracy and Large collapses.",
        f"the 95 % interval of the change in top-1, {SEEDS}, lies wholly below \u2212{COLLAPSE_PP:g} points for Large "
        f"and below \u2212{LITTLE_PP:g} point for Small",
        "the interval of either lies wholly above that limit",
        INT8_FILES,
        partial(judging.losses, V3),
    ),
    Claim(
        "int8-time",
        "Quantization to int8 cuts the inference time.",
        f"{BOARD}, every network is surely faster in int8 than in float32 (95 % intervals of the medians apart)",
        "one is surely slower",
        INT8_FILES,
        partial(judging.times, Limits(floor=1.0, open=True)),
    ),
    Claim(
        "int8-time-mobilenet",
        "Quantization cuts the inference time most for MobileNet.",
        f"{BOARD}, MobileNet\u2019s speed-up lies surely above that of every other network (95 % intervals apart)",
        "that of another network lies surely above MobileNet\u2019s",
        INT8_FILES,
        partial(judging.times, None),
    ),
    Claim(
        "sparsity-accuracy",
        "Accuracy falls with sparsity.",
        f"in every network of {ENOUGH} seeds or more the sparsest model surely loses top-1 against the equally trained "
        f"unpruned one (95 % interval {SEEDS}, below 0), and no sparser model is surely better than a less sparse one "
        "(interval wholly above that one\u2019s)",
        "in one network the sparsest model surely loses nothing (interval not below 0 anywhere), or a sparser model "
        "surely is the better one",
        PRUNED_FILES,
        judging.falls,
    ),
    Claim(
        "sparsity-mobilenet",
        "MobileNet loses least by pruning.",
        "at the highest sparsity that all networks share, the 95 % interval of MobileNet\u2019s change in top-1, "
        f"{SEEDS}, lies wholly above those of all others",
        "the interval of another network lies wholly above MobileNet\u2019s",
        PRUNED_FILES,
        judging.loses_least,
    ),
    Claim(
        "pruning-file",
        "The file size does not change with pruning.",
        f"every pruned float32 file is within {100 * SAME_SIZE:g} % of the unpruned one",
        "one is not",
        PRUNED_FILES,
        partial(judging.ratios, partial(sizes, "file_bytes"), _same(SAME_SIZE), PRUNED_SIZE.format("file")),
    ),
    Claim(
        "pruning-gzip",
        "The gzip size does change with pruning.",
        f"every pruned float32 file is more than {100 * SAME_SIZE:g} % smaller under gzip than the unpruned one",
        "one is not",
        PRUNED_FILES,
        partial(
            judging.ratios, partial(sizes, "gzip_bytes"), Limits(ceiling=1 - SAME_SIZE), PRUNED_SIZE.format("gzip file")
        ),
    ),
    Claim(
        "pruning-memory",
        "The memory does not change with pruning.",
        f"the private memory of a process is within {100 * SAME_MEMORY:g} % of that with the unpruned float32 file, in "
        "every network on every measured machine (weights keep their shapes, so any processor will do)",
        "it is not in one",
        PRUNED_FILES,
        partial(judging.ratios, memory, _same(SAME_MEMORY), PRUNED_SIZE.format("private memory")),
    ),
    Claim(
        "pruning-time",
        "The inference time does not change with pruning.",
        f"{BOARD}, every pruned float32 file takes surely within {100 * SAME_TIME:g} % of the time of the unpruned one",
        f"one surely differs by more than {100 * SAME_TIME:g} %",
        PRUNED_FILES,
        partial(judging.times, _same(SAME_TIME)),
    ),
    Claim(
        "smallest",
        "Pruning, quantization and gzip together bring MobileNet to 0.9 MB.",
        f"a pruned int8 file of MobileNet takes less than {SMALLEST_MB:g} MB under gzip (no other network bears on it)",
        f"none does, though MobileNet was pruned to {HIGHEST_2021} %",
        (PRUNED, "int8"),
        judging.smallest,
    ),
    Claim("classes-pruning", "Pruning hits the classes unevenly.", UNEVEN, EVEN, PRUNED_FILES, judging.uneven),
    Claim("classes-int8", "Quantization to int8 hits the classes unevenly.", UNEVEN, EVEN, INT8_FILES, judging.uneven),
)
