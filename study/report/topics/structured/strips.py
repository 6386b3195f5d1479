"""Heat maps over the layers of a network: channels that are kept, and what cutting each group alone costs and saves."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import seaborn as sns
from matplotlib.colors import LinearSegmentedColormap, Normalize, PowerNorm
from matplotlib.figure import Figure

from study.report import names
from study.report.drawing.render import Draw
from study.report.drawing.style import WIDTH, Theme
from study.report.fields import minus
from study.report.inputs import Inputs
from study.report.names import NBSP
from study.report.tables import Tables, records
from study.report.topics.structured.networks import NETWORK, first_seeds, recorded

MOST = 42  # columns of a line: a cell has room for three signs
NAME = 24  # characters of a layer's name
ROW, LAYERS, TITLE = 0.25, 1.45, 0.4  # inches: a row, the names of the layers below, a title


class Strip(NamedTuple):
    """Cells [R, C] whose rows and columns are named by the frame, as colours from the background to `strong`."""

    title: str
    values: pd.DataFrame
    numbers: pd.DataFrame
    norm: Normalize
    strong: str


def figures(tables: Tables) -> Mapping[str, Draw]:
    """`channels_`, a figure an architecture; `sensitivity_`, a figure a table of measurements."""
    archs = names.distinct(tables["channels"], "arch")
    found: dict[str, Draw] = {f"channels_{names.file_stem(arch)}": partial(_channels, arch=arch) for arch in archs}
    return found | {stem(one): partial(_sensitivity, planned=one) for one in sensitivities(tables.inputs)}


def _channels(tables: Tables, theme: Theme, arch: str) -> Figure:
    """A cell's colour is the share of a layer's channels that is kept, its number how many; above, the full network."""
    made = first_seeds(tables["channels"][tables["channels"]["arch"] == arch])
    models = made.drop_duplicates("model")
    full = made.drop_duplicates("layer").set_index("layer")["full_channels"]
    kept = made.pivot(index="model", columns="layer", values="kept_channels").loc[models["model"], full.index]
    kept = kept.set_axis([names.recipe(row) for row in records(models)])
    numbers = pd.concat([full.to_frame("full network").T, kept]).astype(float)
    return draw([Strip("Channels kept in each layer", numbers / full, numbers, Normalize(0, 1), theme.gain)], theme)


def _sensitivity(tables: Tables, theme: Theme, planned: pd.DataFrame) -> Figure:
    """Above points of top-1 that are lost, below the share of the network's cost that is saved."""
    rows = [f"{100 * share:g}{NBSP}% cut" for share in shares(planned)]
    lost, saved = cuts(planned, "loss_pp").set_axis(rows), 100 * cuts(planned, "cost_saved").set_axis(rows)
    most = [max(float(np.nanmax(cells.to_numpy(float), initial=0.0)), 1e-9) for cells in (lost, saved)]
    roots = PowerNorm(0.5, 0, most[0], clip=True)  # one group that breaks the network would pale all others
    above = Strip("Lost top-1 [points] where one group alone is cut", lost, lost, roots, theme.loss)
    linear = Normalize(0, most[1], clip=True)
    return draw([above, Strip("Saved cost [% of the network\u2019s]", saved, saved, linear, theme.gain)], theme)


def sensitivities(inputs: Inputs) -> list[pd.DataFrame]:
    """The distinct tables of measurements, in order: rows of all the networks that were planned from each."""
    rows = recorded(inputs, "sensitivity")
    measured = {model: own.drop(columns=NETWORK).to_csv(index=False) for model, own in rows.groupby("model")}
    return [own for _, own in rows.groupby(["arch", rows["model"].map(measured)], sort=False)]


def stem(planned: pd.DataFrame) -> str:
    """File stem of the figure of one table of measurements."""
    return f"sensitivity_{names.file_stem(planned['model'].iloc[0])}"


def cuts(planned: pd.DataFrame, key: str) -> pd.DataFrame:
    """A column of the measurements [K, G]: of each group its k-th smallest cut, groups in the order measured.

    Whole channels are cut, so shares differ a little between groups; a group with fewer cuts than others has gaps.
    """
    rows = planned[planned["model"] == planned["model"].iloc[0]]
    ranked = rows.assign(rank=rows.sort_values("share", kind="stable").groupby("group").cumcount())
    found: pd.DataFrame = ranked.pivot(index="rank", columns="group", values=key)[list(rows["group"].unique())]
    return found.astype("float64")


def shares(planned: pd.DataFrame) -> list[float]:
    """Share of a group that each line of `cuts` takes: the median over groups, to a hundredth."""
    return [round(float(share), 2) for share in cuts(planned, "share").median(axis=1)]


def lines(count: int) -> list[npt.NDArray[np.intp]]:
    """Places of `count` columns in lines of nearly equal length, at most `MOST` each."""
    return np.array_split(np.arange(count), -(-count // MOST)) if count else []


def draw(strips: Sequence[Strip], theme: Theme) -> Figure:
    """Strips of the same columns one below the other, line by line."""
    layers = names.short_names(list(strips[0].values.columns), NAME)
    parts = lines(len(layers))
    height = sum(ROW * len(one.values) + TITLE for one in strips) + LAYERS
    figure = Figure(figsize=(WIDTH, height * len(parts)), layout="constrained")
    grid = figure.subplots(len(parts) * len(strips), 1, squeeze=False).flat
    for axes, (part, one) in zip(grid, product(parts, strips), strict=True):
        sns.heatmap(
            one.values.take(part, axis=1),
            annot=one.numbers.take(part, axis=1).map(_said),
            fmt="",
            norm=one.norm,
            cmap=LinearSegmentedColormap.from_list("strip", [theme.background, one.strong]),
            cbar=False,
            linewidths=0.6,
            linecolor=theme.grid,
            annot_kws={"fontsize": 7},
            xticklabels=[layers[place] for place in part] if one is strips[-1] else False,
            ax=axes,
        )
        axes.set(title=one.title, xlabel="", ylabel="", xlim=(0, len(parts[0])))  # cells of the same size everywhere
        axes.tick_params(axis="x", labelrotation=90, labelsize=7.5, length=0)
        axes.tick_params(axis="y", labelrotation=0, length=0)
    return figure


def _said(value: float) -> str:
    """One decimal, none from ten on and of whole numbers."""
    text = f"{value:.0f}" if abs(value) >= 9.95 or float(value).is_integer() else f"{value:.1f}"
    return minus("0.0" if text == "-0.0" else text)
