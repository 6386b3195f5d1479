"""Figures of the 2021 study that this one rebuilds: somebody else's measurements, with their source."""

from dataclasses import dataclass

SOURCE = (
    "Hoever (2021), slide deck \u201cUntersuchung der Auswirkungen von Quantisierung und Pruning auf "
    "Convolutional Neural Networks für Mobilgeräte\u201d"
)
NOT_ORIGINAL = (
    "This data set has CIFAR-10\u2019s classes but is not the original CIFAR-10: figures of this study "
    "and of 2021 are not comparable as they stand."
)


@dataclass(frozen=True)
class Figures:
    """One row of the 2021 tables: fractions, megabytes, microseconds on a Raspberry Pi 4B."""

    parameters_m: float
    top1: float
    top3: float
    file_mb: float
    ram_mb: float
    inference_us: float


FLOAT32: dict[str, Figures] = {
    "mobilenet": Figures(3.2, 0.7277, 0.9226, 12.8453, 16.1016, 11803),
    "mobilenet_v2": Figures(2.3, 0.7325, 0.9263, 8.9153, 11.2148, 4961),
    "mobilenet_v3_large": Figures(4.2, 0.6934, 0.9064, 16.8829, 20.4141, 8051),
    "mobilenet_v3_small": Figures(1.5, 0.6687, 0.9033, 6.1536, 8.5859, 2954),
    "efficientnet_b0": Figures(4.1, 0.7514, 0.9296, 16.0860, 16.6719, 12453),
}
INT8: dict[str, Figures] = {
    "mobilenet": Figures(3.2, 0.7401, 0.9312, 3.6149, 6.0156, 3750),
    "mobilenet_v2": Figures(2.3, 0.7507, 0.9411, 2.8626, 6.9141, 2843),
    "mobilenet_v3_large": Figures(4.2, 0.3963, 0.7743, 4.9440, 6.93359, 5259),
    "mobilenet_v3_small": Figures(1.5, 0.6349, 0.8926, 1.9539, 5.2031, 2183),
    "efficientnet_b0": Figures(4.1, 0.7464, 0.9324, 5.1753, 9.6367, 8629),
}
TABLES: dict[str, tuple[str, dict[str, Figures]]] = {
    "float32": ("After training (float32)", FLOAT32),
    "int8": ("After quantization (int8, float fallback)", INT8),
}
