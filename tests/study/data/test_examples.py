"""Labelled images and parts of them."""

import numpy as np

from study.data.examples import Examples


def examples(count: int) -> Examples:
    """Sorted by class, as a split may be."""
    return Examples(np.arange(count * 3, dtype=np.uint8).reshape(count, 1, 1, 3), np.arange(count) * 10 // count)


def test_a_subset_is_spread_over_the_split() -> None:
    whole = examples(80)
    part = whole.spread(20)
    assert len(part) == len(part.images) == 20
    assert set(part.labels) == set(range(10))
    positions = part.images[:, 0, 0, 0].astype(int) // 3
    assert positions[0] == 0 and positions[-1] == 79 and len(set(positions)) == 20
    np.testing.assert_array_equal(part.labels, whole.labels[positions])


def test_a_small_split_is_taken_whole() -> None:
    whole = examples(20)
    assert whole.spread(20) is whole


def test_taking_keeps_images_and_labels_together() -> None:
    part = examples(20).take(np.array([3, 0, 19]))
    np.testing.assert_array_equal(part.images[:, 0, 0, 0], [9, 0, 57])
    np.testing.assert_array_equal(part.labels, [1, 0, 9])


def test_batches_hold_every_example_once_and_each_is_spread() -> None:
    whole = examples(25)
    batches = list(whole.batches(4))
    assert [len(batch) for batch in batches] == [7, 6, 6, 6]
    assert sorted(np.concatenate([batch.images[:, 0, 0, 0] for batch in batches])) == sorted(whole.images[:, 0, 0, 0])
    for batch in batches:
        positions = batch.images[:, 0, 0, 0].astype(int) // 3
        np.testing.assert_array_equal(batch.labels, whole.labels[positions])
        assert positions.max() - positions.min() >= 20
