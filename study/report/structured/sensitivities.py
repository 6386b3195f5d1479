"""The measured sensitivities of a study, each once: methods of different amounts share what they measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from study.report.inputs import Row


@dataclass(frozen=True)
class Sensitivity:
    """One table of measurements, and the networks that were planned from it."""

    rows: Sequence[Row]
    models: Sequence[Row]

    @property
    def groups(self) -> list[str]:
        """Groups of channels in the order measured, which is that of the network."""
        return list(dict.fromkeys(str(row["group"]) for row in self.rows))

    @property
    def cuts(self) -> list[list[Row | None]]:
        """The measurements [K, G]: of each group its k-th smallest cut, groups as in `groups`.

        Whole channels are cut, so shares differ a little between groups; a group with fewer cuts than others has gaps.
        """
        own = [
            sorted((row for row in self.rows if str(row["group"]) == group), key=lambda row: float(row["share"]))
            for group in self.groups
        ]
        most = max(map(len, own), default=0)
        return [[rows[place] if place < len(rows) else None for rows in own] for place in range(most)]

    @property
    def shares(self) -> list[float]:
        """Share of a group that each line of `cuts` takes: the median over groups, to a hundredth."""
        return [round(median(float(row["share"]) for row in line if row), 2) for line in self.cuts]


def sensitivities(made: Sequence[Row]) -> list[Sensitivity]:
    """The distinct tables of structured networks, in order; `made` are rows of `models`."""
    found: list[Sensitivity] = []
    for row in made:
        if not row["sensitivity"]:
            continue
        same = [one for one in found if one.rows == row["sensitivity"] and one.models[0]["arch"] == row["arch"]]
        if same:
            found[found.index(same[0])] = Sensitivity(same[0].rows, [*same[0].models, row])
        else:
            found.append(Sensitivity(row["sensitivity"], [row]))
    return found
