"""Thin stages: parse arguments, load, call the library, save. The only code that touches the disk."""

import os

# TensorFlow reads these while it is imported. Its start-up chatter hides a stage's own lines;
# tensorflow-model-optimization needs Keras 2; oneDNN's depthwise gradients are 2-4x slower here, and whether
# it is on would depend on the processor (make bench).
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
