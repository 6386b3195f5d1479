import re

import numpy as np
from compared import NAME, answered, by_counts

from study.comparing.comparison import comparison
from study.comparing.side import side
from study.comparing.unseen import missed, unseen
from study.statistics.paired import mcnemar_exact
from study.statistics.power import detectable_drop


def test_paired_and_unpaired_parts_are_told_apart() -> None:
    labels, random = np.repeat([0, 1], 1000), np.random.default_rng(0)
    one, other = (
        answered(labels, np.where(random.random(2000) < 0.1, 1 - labels, labels), ("cat", "dog")) for _ in range(2)
    )
    alone = by_counts({"n": {"cat": (1000, 900), "dog": (1000, 900)}}).results["n"]
    found = comparison(side("a", {NAME: one, "n": alone}), side("b", {NAME: other, "n": alone}))
    rows = [row for row in found.of("class") if row["test"] == "paired"]
    share = np.median([(row["a_only"] + row["b_only"]) / 1000 for row in rows])
    drop = detectable_drop(1000, share, 4)
    texts = missed(found.of("class")).split(". ")
    assert texts[0] == (
        f"A drop of one class below about {drop:g} points would often have been missed where tests are paired"
    )
    assert texts[1].endswith("would often have been missed where tests are unpaired.")
    assert f"of which {100 * share:.2f}\u00a0% are right on one side alone" in unseen(found.of("class")).text


def test_a_drop_larger_than_the_usual_disagreement_is_found_as_often_as_said() -> None:
    labels = np.repeat([0, 1], 36)
    same = side("a", {NAME: answered(labels, labels, ("cat", "dog"))})
    (drop,) = re.findall(r"below about ([0-9.]+) points", missed(comparison(same, same).of("class")))
    losses = np.random.default_rng(1).binomial(36, float(drop) / 100, 3000)
    assert 0.77 <= np.mean([mcnemar_exact(int(lost), 0) <= 0.05 / 2 for lost in losses]) <= 0.85
