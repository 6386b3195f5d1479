"""A recipe for trainings of seconds; of no TensorFlow, so that tests of either kind can have it."""

from study.specs.training import TrainingSpec

TINY = TrainingSpec(
    epochs=3,
    batch_size=16,
    learning_rate=0.01,
    warmup_epochs=1.0,
    weight_decay=0.01,
    label_smoothing=0.05,
    clip_norm=1.0,
    batch_norm_momentum=0.9,
    shift=1,
    flip=True,
)
