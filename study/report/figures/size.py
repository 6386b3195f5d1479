"""File and gzip size of every variant, one panel an architecture."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from study.report import names
from study.report.facts import Facts
from study.report.figures.style import WIDTH, Theme

ROW = 0.27  # inches a bar


def draw(facts: Facts, theme: Theme) -> Figure | None:
    """The gzip bar lies over the file bar: what is left bare is what gzip saves."""
    rows = [row for row in facts.results if row.get("file_bytes") is not None]
    if not rows:
        return None
    archs, seeds = names.distinct(rows, "arch"), names.several_seeds(rows)
    across = 2 if len(archs) > 1 else 1
    lines = [archs[start : start + across] for start in range(0, len(archs), across)]
    count = {arch: len([row for row in rows if row["arch"] == arch]) for arch in archs}
    heights = [max(max(count[arch] for arch in line), 3) for line in lines]
    figure = Figure(figsize=(WIDTH, ROW * sum(heights) + 0.62 * len(lines) + 0.7), layout="constrained")
    grid = figure.subplots(len(lines), across, squeeze=False, sharex=True, height_ratios=heights)
    top = max(row["file_bytes"] for row in rows) / 1e6
    pale, full = "#484f58" if theme.name == "dark" else "#c9d1d9", theme.gain
    for axes, arch in zip(grid.flat, archs, strict=False):
        own = [row for row in rows if row["arch"] == arch]
        labels = [names.treatment(row, seeds) for row in own]
        for key, colour, width, title in (
            ("file_bytes", pale, 0.82, "file"),
            ("gzip_bytes", full, 0.46, "gzip"),
        ):
            frame = pd.DataFrame(
                {"Size [MB]": [(row.get(key) or float("nan")) / 1e6 for row in own], "variant": labels}
            )
            sns.barplot(
                frame,
                x="Size [MB]",
                y="variant",
                ax=axes,
                color=colour,
                saturation=1,
                width=width,
                label=title,
                legend=False,
                errorbar=None,
                linewidth=0,
            )
        for place, row in enumerate(own):
            said = " / ".join(
                f"{row[key] / 1e6:.2f}" if row.get(key) is not None else "?" for key in ("file_bytes", "gzip_bytes")
            )
            axes.text(
                row["file_bytes"] / 1e6 + top * 0.012,
                place,
                said,
                va="center",
                fontsize=8.5,
                color=theme.text,
            )
        axes.set_title(names.shorten(arch, 40))
        axes.set_ylabel("")
        axes.set_xlim(0, top * 1.24)
        axes.grid(False, axis="y")
        axes.tick_params(axis="y", length=0)
    for axes in grid.flat[len(archs) :]:
        axes.set_visible(False)
    for column in range(across):
        last = [axes for axes in grid[:, column] if axes.get_visible()][-1]
        last.tick_params(labelbottom=True)
        last.set_xlabel("Size [MB]")
        last.xaxis.label.set_visible(True)
    handles, titles = grid.flat[0].get_legend_handles_labels()
    figure.legend(handles, titles, loc="outside upper right", ncols=2)
    return figure
