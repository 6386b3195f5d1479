"""Train a Keras model: one recipe, resumable to the bit.

Every random choice is a function of (seed, epoch, purpose), and one epoch is the unit of progress: the state
at its end is all that the next one needs. So a run that was killed and resumed ends, on CPU, in the same bytes.
AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101), weight decay on kernels only.
"""

import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras
from tqdm import tqdm

from study.arrays import Array
from study.data.augment import epoch_order, normalise
from study.data.augmentation import recipe
from study.data.examples import Examples
from study.errors import StudyError
from study.networks.averaging import averaging
from study.specs.training import TrainingSpec
from study.tasks import classification_loss as task

State = dict[str, Array]


@dataclass(frozen=True)
class Epoch:
    """One line of the history. Losses in nats, accuracies as fractions, seconds of wall time.

    Training figures are those of the batches as they were augmented: a mixed image counts as right where the class of
    its larger share is named. Validation figures are those of the weights that could be kept, the average if there is.
    `selectable` is 1 where the epoch could be chosen as the best (see Hooks.select_from), else 0.
    """

    epoch: int
    learning_rate: float
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    selectable: int
    seconds: float


@dataclass(frozen=True)
class Resume:
    """Where the state between epochs is kept: `load` gives the last one saved, or None.

    `phase` gives the place of another training of the same run, by its name.
    """

    load: Callable[[], State | None] = lambda: None
    save: Callable[[State], None] = lambda state: None
    phase: Callable[[str], "Resume"] = lambda name: Resume()


@dataclass(frozen=True)
class Objective:
    """What a training minimises and is judged by, where its model is several networks in one.

    `loss` is given a batch, float32 [B, H, W, 3] in the network's range and labels [B] or shares of classes [B, C], and
    the smoothing of labels; it returns the scalar to minimise and the logits [B, C] whose accuracy stands in the
    history. An epoch is judged by the mean over `networks`, which have the same classes.
    """

    loss: Callable[[Any, Any, float], tuple[Any, Any]]
    networks: Sequence[tf_keras.Model]


@dataclass(frozen=True)
class Hooks:
    """What a compression method adds to a training.

    `after_step` runs after every update of the weights and is told the number of the step (from 0) and its learning
    rate; `before_evaluation` at the end of every epoch, whose number it is told (from 1), before weights are judged or
    kept. Where the average of the weights is judged and kept instead (training.average), `on_average` runs after that
    and is told the same, while the average stands in the model: it gives the average what it has lost, such as the
    zeros of a mask, and leaves the method's own state alone. Epochs before `select_from` cannot be chosen as the best,
    since their model is not the one asked for. `state` are variables of the method's own, which a training that is
    resumed needs as well. `objective` stands in place of the model's own loss.
    """

    before_evaluation: Callable[[int], None] = lambda epoch: None
    after_step: Callable[[int, float], None] = lambda step, rate: None
    select_from: int = 1
    state: Sequence[tf.Variable] = ()
    objective: Objective | None = None
    on_average: Callable[[int], None] = lambda epoch: None


@dataclass(frozen=True)
class Trainer:
    """All that a training needs besides the model. Compression methods get one: see study/compress."""

    train: Examples
    validation: Examples
    spec: TrainingSpec
    seed: int
    resume: Resume = field(default_factory=Resume)
    label: str = ""

    @property
    def steps_per_epoch(self) -> int:
        """Full batches only: a last small batch would disturb the batch statistics."""
        return max(1, len(self.train) // self.spec.batch_size)

    @property
    def images_per_epoch(self) -> int:
        """Images that one epoch trains on."""
        return self.steps_per_epoch * min(self.spec.batch_size, len(self.train))

    def fit(self, model: tf_keras.Model, hooks: Hooks = Hooks()) -> list[Epoch]:
        """Train `model` in place; it ends with the weights of its best epoch by validation accuracy.

        Raises:
            StudyError: the training set is empty or the loss is no longer finite.
        """
        return _fit(model, self, hooks)

    def phase(self, name: str, epochs: int, learning_rate: float) -> "Trainer":
        """The same recipe for a training of its own in a run of several, with its own length, peak rate and states."""
        warmup = min(self.spec.warmup_epochs, epochs / 10)  # what is trained already needs little
        spec = replace(self.spec, epochs=epochs, learning_rate=learning_rate, warmup_epochs=warmup)
        return replace(self, spec=spec, resume=self.resume.phase(name))


def learning_rate(step: int, steps_per_epoch: int, spec: TrainingSpec) -> float:
    """Linear warm-up, then half a cosine to zero (Loshchilov & Hutter 2017, arXiv 1608.03983)."""
    warmup = spec.warmup_epochs * steps_per_epoch
    total = spec.epochs * steps_per_epoch
    if step < warmup:
        return spec.learning_rate * (step + 1) / (warmup + 1)
    progress = (step - warmup) / max(1.0, total - warmup)
    return spec.learning_rate * 0.5 * (1.0 + math.cos(math.pi * progress))


def evaluate(predict: Callable[[Any], Any], examples: Examples, batch_size: int = 500) -> tuple[float, float]:
    """Loss and accuracy of a function from images to logits: for choosing an epoch, not for a report."""
    logits = np.concatenate(
        [
            predict(tf.constant(normalise(examples.images[start : start + batch_size]))).numpy()
            for start in range(0, len(examples), batch_size)
        ]
    )
    return task.judged(examples.labels, logits)


def _fit(model: tf_keras.Model, trainer: Trainer, hooks: Hooks) -> list[Epoch]:
    spec = trainer.spec
    if not len(trainer.train) or not len(trainer.validation):
        raise StudyError("the training or validation split is empty: check data.train_limit and validation_fraction")
    _set_batch_norm_momentum(model, spec.batch_norm_momentum)
    _multiply_pointwise(model)
    optimizer = _optimizer(model, spec)
    objective = hooks.objective or _own_objective(model)
    step = _train_step(model, optimizer, objective, spec)
    predicts = [_predict(network) for network in objective.networks]
    classes = objective.networks[0].output_shape[-1]
    average = averaging(model, spec.average)
    variables = [*model.variables, *optimizer.variables, *hooks.state, *average.values]
    history, best = _restore(trainer.resume.load(), variables, model)

    with _progress(trainer, done=len(history)) as bar:
        for epoch in range(len(history) + 1, spec.epochs + 1):
            _seed_dropout(model, trainer.seed, epoch)
            started = time.monotonic()
            total_loss, correct, seen, rate = 0.0, 0, 0, 0.0
            for number, (images, labels) in enumerate(_batches(trainer, epoch, classes)):
                done = (epoch - 1) * trainer.steps_per_epoch + number
                rate = learning_rate(done, trainer.steps_per_epoch, spec)
                optimizer.learning_rate.assign(rate)
                loss, hits = step(tf.constant(normalise(images)), tf.constant(labels))
                hooks.after_step(done, rate)
                average.update(done)
                total_loss += float(loss) * len(labels)
                correct += int(hits)
                seen += len(labels)
                bar.update(len(labels))
            if not math.isfinite(total_loss):
                raise StudyError(
                    f"{trainer.label}: the loss is not finite in epoch {epoch}: "
                    "lower training.learning_rate in params.yaml"
                )
            hooks.before_evaluation(epoch)
            with average.standing():
                if average.values:
                    hooks.on_average(epoch)
                judged = [evaluate(predict, trainer.validation) for predict in predicts]
                val_loss, val_accuracy = (sum(values) / len(judged) for values in zip(*judged, strict=True))
                selectable = int(epoch >= hooks.select_from)
                before = max((old.val_accuracy for old in history if old.selectable), default=-1.0)
                if selectable and val_accuracy > before:
                    best = model.get_weights()
            seconds = time.monotonic() - started
            row = Epoch(epoch, rate, total_loss / seen, correct / seen, val_loss, val_accuracy, selectable, seconds)
            history.append(row)
            bar.set_postfix(epoch=f"{epoch}/{spec.epochs}", val=f"{val_accuracy:.4f}")
            trainer.resume.save(_state(history, variables, best))
    model.set_weights(best)
    return history


def _progress(trainer: Trainer, done: int) -> "tqdm[Any]":
    return tqdm(
        desc=trainer.label,
        initial=done * trainer.images_per_epoch,
        total=trainer.spec.epochs * trainer.images_per_epoch,
        unit="img",
        unit_scale=True,
        dynamic_ncols=True,
        mininterval=1.0 if sys.stderr.isatty() else 30.0,  # a log wants lines, not a film
    )


def _batches(trainer: Trainer, epoch: int, classes: int) -> Iterator[tuple[Array, Array]]:
    """Augmented batches of one epoch, images in 0..255, in its own order."""
    spec = trainer.spec
    order = epoch_order(len(trainer.train), trainer.seed, epoch)
    augmented = recipe.of_epoch(spec, trainer.seed, epoch, classes)
    for start in range(trainer.steps_per_epoch):
        chosen = order[start * spec.batch_size : (start + 1) * spec.batch_size]
        yield augmented(trainer.train.images[chosen], trainer.train.labels[chosen])


def _optimizer(model: tf_keras.Model, spec: TrainingSpec) -> tf_keras.optimizers.Optimizer:
    optimizer = tf_keras.optimizers.AdamW(
        spec.learning_rate, weight_decay=spec.weight_decay, global_clipnorm=spec.clip_norm, jit_compile=False
    )
    optimizer.exclude_from_weight_decay([v for v in model.trainable_variables if len(v.shape) < 2])
    optimizer.build(model.trainable_variables)
    return optimizer


def _own_objective(model: tf_keras.Model) -> Objective:
    def loss(images: Any, labels: Any, smoothing: float) -> tuple[Any, Any]:
        logits = model(images, training=True)
        return task.loss(labels, logits, smoothing), logits

    return Objective(loss, [model])


def _predict(network: tf_keras.Model) -> Callable[[Any], Any]:
    found: Callable[[Any], Any] = tf.function(lambda images: network(images, training=False), reduce_retracing=True)
    return found


def _train_step(
    model: tf_keras.Model, optimizer: tf_keras.optimizers.Optimizer, objective: Objective, spec: TrainingSpec
) -> Callable[[Any, Any], tuple[Any, Any]]:
    # XLA is 5-10x slower for these networks on CPU, and slower for depthwise convolutions on some GPUs.
    @tf.function(jit_compile=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(images: Any, labels: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            loss, logits = objective.loss(images, labels, spec.label_smoothing)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss, task.hits(labels, logits)

    return step  # type: ignore[no-any-return]


def _set_batch_norm_momentum(model: tf_keras.Model, momentum: float) -> None:
    """Published momenta (0.99, 0.999) suit 100,000 steps; short runs would be judged on stale statistics."""
    for layer in model.submodules:
        if isinstance(layer, tf_keras.layers.BatchNormalization):
            layer.momentum = momentum


def _multiply_pointwise(model: tf_keras.Model) -> None:
    """Compute 1x1 convolutions as matrix products while training: the same function, gradients up to 20x faster.

    TensorFlow's CPU kernels spend most of a MobileNet step in the input gradient of convolutions on 1x1 and
    2x2 maps. Export rebuilds the network from code, so the exported graph holds convolutions.
    """

    def product(inputs: Any, kernel: Any) -> Any:
        shape = tf.shape(inputs)
        rows = tf.reshape(inputs, [-1, kernel.shape[2]]) @ kernel[0, 0]
        return tf.reshape(rows, tf.concat([shape[:3], [kernel.shape[3]]], 0))

    for layer in model.submodules:
        pointwise = type(layer) is tf_keras.layers.Conv2D and layer.kernel_size == layer.strides == (1, 1)
        if pointwise and layer.groups == 1:
            layer.convolution_op = product


def _seed_dropout(model: tf_keras.Model, seed: int, epoch: int) -> None:
    """Restart each dropout generator from (seed, epoch, layer), so that no generator state need be saved."""
    for number, layer in enumerate(layer for layer in model.submodules if isinstance(layer, tf_keras.layers.Dropout)):
        generator = layer._random_generator._generator
        if generator is not None:
            derived = np.random.SeedSequence([seed, epoch, 2, number]).generate_state(1)[0]
            generator.reset_from_seed(int(derived))


def _state(history: list[Epoch], variables: list[Any], best: list[Array]) -> State:
    table = np.array([list(asdict(row).values()) for row in history], dtype=np.float64)
    return (
        {"history": table}
        | {f"variable_{i:04d}": variable.numpy() for i, variable in enumerate(variables)}
        | {f"best_{i:04d}": array for i, array in enumerate(best)}
    )


def _restore(state: State | None, variables: list[Any], model: tf_keras.Model) -> tuple[list[Epoch], list[Array]]:
    if state is None:
        return [], []
    for i, variable in enumerate(variables):
        variable.assign(state[f"variable_{i:04d}"])
    history = [
        Epoch(int(epoch), rate, loss, accuracy, val_loss, val_accuracy, int(selectable), seconds)
        for epoch, rate, loss, accuracy, val_loss, val_accuracy, selectable, seconds in state["history"].tolist()
    ]
    best = [state[f"best_{i:04d}"] for i in range(len(model.weights)) if f"best_{i:04d}" in state]
    return history, best
