"""The section on training: curves, what it took, and each model."""

from collections.abc import Collection

from study.report import tables
from study.report.blocks import Block, Paragraph, Section, picture
from study.report.facts import Facts
from study.report.rows.training_time import COLUMNS, STAGES

NOT_INCLUDED = (
    "Time is the wall time of the epochs, validation included, and of what a compression method does beside them, "
    "added up over models as if one had been made after another, each beside whatever else the machine did at that "
    "time. Not in it: starting the programs, epochs that were interrupted and made again, and the other stages "
    "(export, diagnosis, evaluation, encoding, latency)."
)


def training_section(facts: Facts, drawn: Collection[str]) -> Section:
    """Empty where nothing was trained."""
    if not facts.history:
        return Section("training", "Training", ())
    figure = picture(
        drawn,
        "training",
        "Training and validation accuracy over epochs",
        "Accuracy over epochs; test images play no part in training.",
    )
    return Section("training", "Training", (*figure, *_time(facts), tables.training_table(facts)))


def _time(facts: Facts) -> tuple[Block, ...]:
    """The sums of `training_time.csv` with what they do not include."""
    if not facts.training_time:
        return ()
    stages = "; ".join(f"{stage}: {what}" for stage, what in STAGES.items())
    caption = f"Training time of the grid by architecture and stage ({stages})."
    return tables.plain("training-time", caption, facts.training_time, COLUMNS), Paragraph(NOT_INCLUDED)
