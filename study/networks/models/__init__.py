"""The architectures."""

from study.registry import Family

ARCHITECTURES = {
    "mobilenet": Family("study.networks.models.mobilenet", sparse_ready=True, chain=True, timed=True),
    "mobilenet_v2": Family("study.networks.models.mobilenet_v2", sparse_ready=True, timed=True),
    "mobilenet_v3_large": Family("study.networks.models.mobilenet_v3_large", timed=True),
    "mobilenet_v3_small": Family("study.networks.models.mobilenet_v3_small", timed=True),
    "alexnet": Family("study.networks.models.alexnet", chain=True),
    # EfficientNet scales width and depth by B0..B7.
    "efficientnet_b0": Family("study.networks.models.efficientnet_b0", width=False, timed=True),
    # A trained network of one's own.
    "file": Family("study.networks.models.file", width=False, brought=True),
}
