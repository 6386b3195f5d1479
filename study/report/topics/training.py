"""Training: curves of every network, the epoch that was kept, and what the trainings took."""

from collections.abc import Collection

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from study.plan.variant import DENSE
from study.report import names
from study.report.blocks import Block, Paragraph, Section, picture
from study.report.drawing.style import WIDTH, Theme, colours
from study.report.shown import plain
from study.report.tables import Row, Tables, frame, known, records
from study.report.topics.topic import Topic

WHO = "model arch method amount seed".split()
HISTORY = [*WHO, *"epoch learning_rate train_loss train_accuracy val_loss val_accuracy _selectable".split()]
TIMES = "seconds analysis_seconds images_per_second".split()
TRAINING = [*WHO, *"epochs best_epoch val_accuracy".split(), *TIMES]
SHOWN = "model epochs best_epoch val_accuracy seconds images_per_second".split()
TIME = "arch stage models timed epochs images total_seconds images_per_second".split()
ALL = "all"
STAGES = {"train": "from random weights", "compress": "compression with its training"}
NOT_INCLUDED = (
    "Time is what the epochs took by the clock, validation included, and what a compression method did beside them, "
    "added up over models as if one had been made after another, each beside whatever else the machine did at that "
    "time: no wall time of a study. Not in it: starting the programs, epochs that were interrupted and made again, and "
    "the other stages (export, diagnosis, evaluation, encoding, latency). From its first start to its last end, with "
    "the gaps in between, a study is timed by the journal of make study, wall_times.csv."
)
DASHES = {"val_accuracy": "", "train_accuracy": (3, 1.5)}
WIDTHS = {"val_accuracy": 1.8, "train_accuracy": 1.0}


def history(tables: Tables) -> pd.DataFrame:
    """`history.csv`: one row a model and epoch; `_selectable` says whether its weights could be kept."""
    inputs = tables.inputs
    rows: list[Row] = []
    for model, variant in inputs.models.items():
        own: Row = {"model": model, "arch": variant.architecture.name, "seed": variant.seed}
        own |= {"method": variant.recipe.method, "amount": float(variant.recipe.amount)}
        rows += [{**own, **epoch, "_selectable": epoch.get("selectable")} for epoch in inputs.history.get(model, ())]
    return frame(rows, HISTORY)


def training(tables: Tables) -> pd.DataFrame:
    """`training.csv`: every model that has a history, the epoch whose weights were kept, and its times.

    Early epochs of a compressed model are not sparse enough to be kept. Histories of before that was recorded do not
    say which one was.
    """
    epochs = tables["history"]
    could = epochs["_selectable"].where(epochs["_selectable"].notna(), epochs["method"] == DENSE).astype(bool)
    choice = known(epochs[could], "val_accuracy").astype({"val_accuracy": float})
    best = choice.loc[choice.groupby("model")["val_accuracy"].idxmax(), ["model", "epoch", "val_accuracy"]]
    times = pd.DataFrame.from_dict(dict(tables.inputs.timing), "index").reindex(columns=TIMES)
    made = epochs[WHO].drop_duplicates().merge(epochs.groupby("model").size().rename("epochs"), on="model")
    made = made.merge(best.rename(columns={"epoch": "best_epoch"}), on="model", how="left")
    return made.join(times, on="model")[TRAINING]


def training_time(tables: Tables) -> pd.DataFrame:
    """`training_time.csv`: sums by architecture and stage, by stage, and of all; nothing where no time is known.

    `models` counts the planned ones, `timed` those whose time is known: the other columns are sums over these. `images`
    are those that were trained on, each as often as it was. `images_per_second` is their share of the epochs' time.
    """
    inputs = tables.inputs
    rows: list[Row] = []
    for model, variant in inputs.models.items() if inputs.timing else ():
        if variant.architecture.own and variant.recipe.is_dense:
            continue  # it came trained
        times = inputs.timing.get(model, {})
        seconds = times.get("seconds", 0.0)
        own: Row = {"arch": variant.architecture.name, "stage": "train" if variant.recipe.is_dense else "compress"}
        own |= {"models": 1, "timed": int(model in inputs.timing), "seconds": seconds}
        own |= {"epochs": len(inputs.history.get(model, ())) if times else 0}
        own |= {"images": seconds * (times.get("images_per_second") or 0.0)}
        rows.append(own | {"total_seconds": seconds + (times.get("analysis_seconds") or 0.0)})
    each = frame(rows, [*TIME[:-1], "seconds"])
    groups = pd.concat([each, each.assign(arch=ALL), each.assign(arch=ALL, stage=ALL)])
    sums = groups.groupby(["arch", "stage"], sort=False).sum().reset_index()
    sums["images_per_second"] = sums["images"] / sums["seconds"].where(sums["seconds"] > 0)
    return sums[TIME]


def draw(tables: Tables, theme: Theme) -> Figure | None:
    """Accuracy over epochs, one panel an architecture: solid on validation, dashed on training images."""
    epochs = tables["history"]
    if epochs.empty:
        return None
    epochs = epochs.assign(recipe=[names.recipe(row) for row in records(epochs)])
    lines = epochs.melt(["arch", "model", "recipe", "epoch"], list(DASHES), "kind", "accuracy")
    lines["accuracy"] = 100 * lines["accuracy"].astype(float)
    archs, palette = names.distinct(epochs, "arch"), colours(theme, names.distinct(epochs, "recipe"))
    across = min(len(archs), 3)
    down = -(-len(archs) // across)
    figure = Figure(figsize=(WIDTH, 2.9 * down + 0.5), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False, sharey=True)
    for axes in grid.flat[len(archs) :]:
        axes.set_visible(False)
    for axes, arch in zip(grid.flat, archs, strict=False):
        own = lines[lines["arch"] == arch]
        shown = {"hue": "recipe", "palette": palette, "style": "kind", "dashes": DASHES, "size": "kind"}
        marker = "o" if own["epoch"].nunique() == 1 else None
        fixed = {"sizes": WIDTHS, "units": "model", "estimator": None, "legend": False, "marker": marker}
        sns.lineplot(own, x="epoch", y="accuracy", ax=axes, **shown, **fixed)
        axes.set_title(names.shorten(arch, 34))
        axes.set(xlabel="", ylabel="Accuracy [%]")
        axes.xaxis.get_major_locator().set_params(integer=True)
    handles = [Line2D([], [], color=colour) for colour in palette.values()]
    handles += [Line2D([], [], color=theme.text), Line2D([], [], color=theme.text, linestyle=(0, (3, 1.5)))]
    figure.supxlabel("Epoch", fontsize=10, color=theme.text)
    figure.legend(handles, [*palette, "validation", "training"], loc="outside upper right", ncols=min(len(handles), 6))
    return figure


def section(tables: Tables, drawn: Collection[str]) -> Section | None:
    """Curves, what they took with what that does not include, and each model; nothing where nothing was trained."""
    if tables["history"].empty:
        return None
    blocks: list[Block] = [
        *picture(
            drawn,
            "training",
            "Training and validation accuracy over epochs",
            "Accuracy over epochs; test images play no part in training.",
        )
    ]
    if len(tables["training_time"]):
        stages = "; ".join(f"{stage}: {what}" for stage, what in STAGES.items())
        caption = f"Training time of the grid by architecture and stage ({stages})."
        blocks += [plain("training-time", caption, tables["training_time"], TIME), Paragraph(NOT_INCLUDED)]
    text = (
        "Training. Compressed models go on from the trained one. Best epoch: the highest validation accuracy among the "
        "epochs that could be kept."
    )
    return Section("training", "Training", (*blocks, plain("training", text, tables["training"], SHOWN)))


TOPIC = Topic(
    tables={"history": history, "training": training, "training_time": training_time},
    figures=lambda tables: {"training": draw},
    section=section,
)
