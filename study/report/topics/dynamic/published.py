"""Published figures of dynamic networks, frozen as their abstracts state them, and what differs from those here."""

from dataclasses import dataclass

XUN = "Xun et al., MLCAD 2019 (arXiv 2105.03600, 2021), abstract"
LOU = "Lou et al., CVPR workshops 2021 (arXiv 2105.03596), abstract"


@dataclass(frozen=True)
class Published:
    """A figure of somebody else's networks and devices; `here` names what of this report may stand beside it."""

    what: str
    figure: str
    source: str
    differs: str
    here: str = ""


FIGURES = (
    Published(
        "Dynamic range of time",
        "up to 2.73 times wider",
        XUN,
        "AlexNet for CIFAR-10 on an Odroid XU3 and a Jetson Nano. Theirs says how much wider the range is than that of "
        "earlier dynamic networks; here stands the range itself: time of the widest level over that of the narrowest.",
        "range",
    ),
    Published(
        "Dynamic range of energy",
        "up to 2.36 times wider",
        XUN,
        "As above. Here: energy of the whole board, only where a meter read it.",
        "energy_range",
    ),
    Published(
        "The same with task mapping and frequency scaling",
        "41.6 times wider (time), 10.6 times (energy)",
        XUN,
        "Theirs takes in other processors and clock rates; the levels here are timed with one thread at one place.",
    ),
    Published(
        "Memory",
        "2.4 times smaller",
        XUN,
        "Theirs: the memory footprint against earlier dynamic networks at the same compression rate. Here: files of "
        "single networks of every width together over the one file of all levels; what levels take in memory while "
        "they run is another matter.",
        "sum",
    ),
    Published(
        "Time at similar accuracy",
        "up to 3.5 times faster on the CPU",
        LOU,
        "Sub-networks of Once-for-all with a manager that picks one, on ImageNet and a Jetson Xavier NX, against the "
        "dynamic networks before them. This study has no other dynamic network to hold its own against.",
    ),
)
"""What the abstracts state; nothing of it was measured again."""
