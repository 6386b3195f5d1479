"""`training.csv`: which epoch was kept, and what a model's training took."""

from dataclasses import replace

import synthetic_study as synthetic

from study.report.facts import csv_files, gather
from study.report.rows.trainings import trainings

WHO = {"arch": "m", "method": "magnitude", "amount": 60.0, "seed": 0}


def test_the_best_epoch_is_one_that_could_be_kept() -> None:
    epochs = [
        WHO | {"model": "m", "epoch": number, "val_accuracy": accuracy, "selectable": number > 1}
        for number, accuracy in enumerate((0.9, 0.5, 0.6), 1)
    ]
    (row,) = trainings(epochs, {"m": {"seconds": 30.0, "images_per_second": 2.0}})
    assert (row["epochs"], row["best_epoch"], row["val_accuracy"], row["seconds"]) == (3, 3, 0.6, 30.0)
    assert (row["method"], row["amount"], "analysis_seconds" in row) == ("magnitude", 60.0, False)


def test_a_compressed_model_of_before_does_not_say_which_epoch_was_kept() -> None:
    old = [WHO | {"model": "m", "epoch": 1, "val_accuracy": 0.5}]
    assert trainings(old, {})[0]["best_epoch"] is None
    assert trainings([old[0] | {"method": "dense"}], {})[0]["best_epoch"] == 1


def test_a_row_for_every_model_that_was_trained() -> None:
    inputs = synthetic.study(images=5)
    lines = csv_files(gather(inputs))["training.csv"].splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == list(inputs.history)
    assert csv_files(gather(replace(inputs, history={})))["training.csv"].count("\n") == 1
