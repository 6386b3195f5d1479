"""The measured sensitivities of a study, each once: methods of different amounts share what they measured."""

from collections.abc import Sequence
from dataclasses import dataclass

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
    def shares(self) -> list[float]:
        """Shares of a group that were cut, from small to large."""
        return sorted({float(row["share"]) for row in self.rows})


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
