"""The name that a file's only level has: the key that TensorFlow gives a model's usual signature."""

SERVING_DEFAULT = "serving_default"
