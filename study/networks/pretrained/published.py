"""Keras' own weights, trained on ImageNet, as `tf_keras.applications` names them: without the classifier.

Source: modules `mobilenet`, `mobilenet_v2`, `mobilenet_v3` and `efficientnet` of tf_keras.applications 2.19: addresses,
names, MD5s, widths, and the sizes of the images that the two older networks were trained on. For those two no hash is
published.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from study.data.sources.download import Remote
from study.errors import StudyError

GOOGLE = "https://storage.googleapis.com/"
BASE = f"{GOOGLE}tensorflow/keras-applications/"
LARGEST = 224
ENDINGS = (".npz", ".h5", ".hdf5")
"""Of files of one's own: weights of this study, and HDF5 of Keras."""


@dataclass(frozen=True)
class Published:
    """Files of one family: `name` has the fields `alpha` and `size`; `alphas`: width multiplier -> how names spell it.

    `sizes`: images that it was trained on, each a file of its own. `md5`: width multiplier -> hex, where published.
    """

    name: str
    alphas: Mapping[float, str]
    sizes: tuple[int, ...] = (LARGEST,)
    md5: Mapping[float, str] | None = None


def _plain(*alphas: float) -> dict[float, str]:
    return {alpha: str(alpha) for alpha in alphas}


PUBLISHED = {
    "mobilenet": Published(
        f"{BASE}mobilenet/mobilenet_{{alpha}}_{{size}}_tf_no_top.h5",
        {0.25: "2_5", 0.5: "5_0", 0.75: "7_5", 1.0: "1_0"},
        (128, 160, 192, 224),
    ),
    "mobilenet_v2": Published(
        f"{BASE}mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{{alpha}}_{{size}}_no_top.h5",
        _plain(0.35, 0.5, 0.75, 1.0, 1.3, 1.4),
        (96, 128, 160, 192, 224),
    ),
    "mobilenet_v3_large": Published(
        f"{BASE}mobilenet_v3/weights_mobilenet_v3_large_224_{{alpha}}_float_no_top_v2.h5",
        _plain(0.75, 1.0),
        md5={0.75: "40af19a13ebea4e2ee0c676887f69a2e", 1.0: "07fb09a5933dd0c8eaafa16978110389"},
    ),
    "mobilenet_v3_small": Published(
        f"{BASE}mobilenet_v3/weights_mobilenet_v3_small_224_{{alpha}}_float_no_top_v2.h5",
        _plain(0.75, 1.0),
        md5={0.75: "ebdb5cc8e0b497cd13a7c275d475c819", 1.0: "d3e8ec802a04aa4fc771ee12a9a9b836"},
    ),
    "efficientnet_b0": Published(
        f"{GOOGLE}keras-applications/efficientnetb0_notop.h5",
        _plain(1.0),
        md5={1.0: "50bc09e76180e00e4465e1a485ddc09d"},
    ),
}
"""Family -> its files."""


def check(family: str, alpha: float) -> None:
    """Whether a network can start from ImageNet's weights.

    Raises:
        StudyError: nothing is published for this family or width.
    """
    if family not in PUBLISHED:
        raise StudyError(f"{family} cannot start from weights: only {', '.join(PUBLISHED)}")
    if alpha not in PUBLISHED[family].alphas:
        known = ", ".join(f"{one:g}" for one in PUBLISHED[family].alphas)
        raise StudyError(f"{family} has no ImageNet weights of alpha {alpha:g}: choose from {known}")


def remote(family: str, alpha: float, size: int, cache: object) -> Remote:
    """The published file for images of `size` pixels a side, or for those of 224 where there is none of that size.

    Args:
        family: one of PUBLISHED.
        alpha: width multiplier.
        size: of the images as a stem of stride 2 would see them.
        cache: folder that keeps it, for the message of a download that fails.

    Raises:
        StudyError: as `check`.
    """
    check(family, alpha)
    own = PUBLISHED[family]
    trained_on = size if size in own.sizes else LARGEST
    url = own.name.format(alpha=own.alphas[alpha], size=trained_on)
    instead = f"fetch that file by hand and put it into {cache}"
    return Remote(url, None, md5=(own.md5 or {}).get(alpha, ""), instead=instead)
