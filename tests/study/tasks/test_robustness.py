from typing import Any

import numpy as np
import pytest

from study.data.corrupted import EVERY, images_of, probe, settings, subset
from study.data.corruptions import CORRUPTIONS, SEVERITIES
from study.errors import StudyError
from study.tasks import metrics
from study.tasks.robustness import CLEAN, Setting, decoded, scored

CLASSES = ["a", "<b>", "c"]
LABELS = np.repeat([0, 1, 2], [3, 5, 4])


def logits() -> Any:
    found = np.random.default_rng(3).normal(size=(len(LABELS), 3))
    found[np.arange(len(LABELS)), LABELS] += 0.7
    return found


def test_a_result_holds_counts_and_answers() -> None:
    result = scored(logits(), LABELS, CLASSES)
    counts = metrics.per_class(logits(), LABELS)
    assert result["top1"] == metrics.top_k(logits(), LABELS)
    assert [tuple(row.values()) for row in result["per_class"]] == [
        (name, n, right) for name, n, right in zip(CLASSES, counts.n, counts.correct, strict=True)
    ]
    right, labels = decoded(result)
    assert np.array_equal(right, metrics.correct(logits(), LABELS))
    assert np.array_equal(labels, LABELS)


def test_bad_predictions_are_refused() -> None:
    with pytest.raises(StudyError, match="3 outputs and the data 2 classes"):
        scored(logits(), LABELS, CLASSES[:2])
    with pytest.raises(StudyError, match="not finite"):
        scored(np.where(np.arange(3) == 1, np.nan, logits()), LABELS, CLASSES)
    with pytest.raises(StudyError, match="one class after the other"):
        scored(logits(), LABELS[::-1], CLASSES)


@pytest.mark.parametrize(
    "change",
    [
        {"correct": "AA=="},
        {"correct": "////"},
        {"correct": None},
        {"per_class": []},
        {"per_class": [{"n": 2}]},
        {"per_class": None},
        {"per_class": [{"n": -1, "correct": 0}]},
        {"per_class": [{"n": "x", "correct": 0}]},
    ],
)
def test_a_damaged_result_is_one_line(change: dict[str, Any]) -> None:
    with pytest.raises(StudyError, match="evaluate again") as error:
        decoded(scored(logits(), LABELS, CLASSES) | change)
    assert "\n" not in str(error.value)


def test_settings_are_in_one_order_and_clean_images_among_them() -> None:
    assert settings([], [1]) == [CLEAN]
    assert settings(["contrast", "gaussian_noise"], [3, 1]) == [
        CLEAN,
        Setting("gaussian_noise", 1),
        Setting("gaussian_noise", 3),
        Setting("contrast", 1),
        Setting("contrast", 3),
    ]
    assert tuple(settings(list(CORRUPTIONS), SEVERITIES)) == EVERY
    for names, severities, said in (
        (["fog"], [1], "'fog' is unknown"),
        (["contrast"] * 2, [1], "stands twice"),
        (["contrast"], [1, 1], "severity stands twice"),
    ):
        with pytest.raises(StudyError, match=said):
            settings(names, severities)


def test_the_subset_keeps_shares_and_stands_by_class() -> None:
    labels = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [60, 30, 10]))
    chosen = subset(labels, 20)
    assert labels[chosen].tolist() == [0] * 12 + [1] * 6 + [2] * 2
    assert len(set(chosen.tolist())) == 20
    assert set(chosen.tolist()) <= set(subset(labels, 40).tolist())
    assert sorted(subset(labels, 1000).tolist()) == list(range(100))


def test_an_image_is_corrupted_alike_in_every_subset_and_its_probe_tells_settings_apart() -> None:
    images = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3)).astype(np.uint8)
    one = Setting("gaussian_noise", 2)
    few, many = np.array([3, 9]), np.arange(20)
    assert np.array_equal(images_of(images, few, one), images_of(images, many, one)[few])
    assert np.array_equal(images_of(images, few, CLEAN), images[few])
    probes = [probe(images, many, setting) for setting in EVERY]
    assert len(set(probes)) == len(EVERY)
    assert probe(images, many, one) == probes[EVERY.index(one)]
    assert probe(255 - images, many, one) != probes[EVERY.index(one)]
