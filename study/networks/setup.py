"""Start TensorFlow the way the study needs it: repeatable, and with the threads that it was given."""

import tensorflow as tf
import tf_keras


def prepare(seed: int, threads: int) -> None:
    """Call once, before the first operation.

    Operations become deterministic, dropout draws from generators that can be restarted (see
    study.networks.training), initial weights follow from `seed`, and TensorFlow uses `threads` threads (0: all
    processors). A GPU is used where TensorFlow sees one; its memory is taken as needed.
    """
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    tf.config.experimental.enable_op_determinism()
    tf_keras.backend.experimental.enable_tf_random_generator()
    tf_keras.utils.set_random_seed(seed)
