"""A trace as a picture: times of frames with one level and with the manager, and which level ran."""

from collections.abc import Sequence
from io import BytesIO

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

from study.manager.trace import Frame, outcome, phases
from study.report.drawing.style import LIGHT, WIDTH, Theme, colours, settings


def svg(fixed: Sequence[Frame], managed: Sequence[Frame], deadline_us: float, levels: Sequence[str]) -> bytes:
    """The picture of two runs as SVG.

    Args:
        fixed: a run of one level.
        managed: a run under the same loads with the manager.
        deadline_us: microseconds.
        levels: from the widest to the narrowest.
    """
    with matplotlib.rc_context(settings(LIGHT)):  # type: ignore[arg-type]
        figure = draw(fixed, managed, deadline_us, levels, LIGHT)
        out = BytesIO()
        FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None})  # type: ignore[no-untyped-call]
    return out.getvalue()


def draw(
    fixed: Sequence[Frame], managed: Sequence[Frame], deadline_us: float, levels: Sequence[str], theme: Theme
) -> Figure:
    """The figure: three panels over the time since a run's start."""
    figure = Figure(figsize=(WIDTH, 7.6), layout="constrained")
    above, middle, below = figure.subplots(3, 1, height_ratios=(2, 2, 1.1))
    middle.sharex(above)
    below.sharex(above)
    middle.sharey(above)
    colour = colours(theme, levels)
    for axes, frames, title in ((above, fixed, f"Always {fixed[0].entry.level}"), (middle, managed, "Managed")):
        share = outcome(frames)
        axes.set_title(f"{title}: {share.late:.0%} of {share.frames:,} frames late")
        for level in levels:
            own = [frame for frame in frames if frame.entry.level == level]
            seconds, times = [frame.begin_us / 1e6 for frame in own], [frame.microseconds / 1e3 for frame in own]
            axes.plot(seconds, times, ".", color=colour[level], markersize=3, zorder=2)
        axes.axhline(deadline_us / 1e3, color=theme.text, linestyle="--", linewidth=1.2, zorder=3)
        axes.set_ylabel("time of a frame [ms]")
        _phases(axes, frames, theme)
    above.set_yscale("log")
    low, high = above.get_ylim()
    above.set_ylim(low, high * (high / low) ** 0.12)  # room for what is said of the phases
    for axes in (above, middle):
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(ScalarFormatter())
        axes.yaxis.set_minor_formatter(NullFormatter())
    handles = [Line2D([], [], marker="o", linestyle="", color=colour[level], label=level) for level in levels]
    handles.append(Line2D([], [], color=theme.text, linestyle="--", linewidth=1.2, label="deadline"))
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    place = {level: -number for number, level in enumerate(levels)}
    seconds = [frame.begin_us / 1e6 for frame in managed]
    below.step(seconds, [place[frame.entry.level] for frame in managed], where="post", color=theme.text, linewidth=1)
    below.set_yticks(list(place.values()), list(place))
    below.set_ylim(0.5 - len(levels), 0.5)
    below.set_title(f"Level chosen: {outcome(managed).switches} switches")
    below.set_xlabel("time since the start of the run [s]")
    _phases(below, managed, theme, named=False)
    return figure


def _phases(axes: Axes, frames: Sequence[Frame], theme: Theme, named: bool = True) -> None:
    """Where the load changes, and how many frames were late between two changes."""
    axes.grid(axis="x", visible=False)
    for phase in phases(frames):
        begin, end = phase[0].begin_us / 1e6, (phase[-1].begin_us + phase[-1].microseconds) / 1e6
        if phase[0].load:
            axes.axvspan(begin, end, color=theme.grid, alpha=0.6, linewidth=0, zorder=0)
        if named:
            said = f"{phase[0].load} co-runner{'' if phase[0].load == 1 else 's'}: {outcome(phase).late:.0%} late"
            axes.annotate(
                said,
                (begin, 1),
                (4, -4),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                va="top",
                size=9,
            )
