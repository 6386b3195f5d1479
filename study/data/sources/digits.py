"""scikit-learn's digits: 1,797 handwritten digits of 8x8 pixels, shipped in the package. For runs offline."""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from study.data.dataset import Dataset, generator, stratified
from study.data.examples import Examples
from study.data.sources.images import resize_all
from study.errors import StudyError

TRAIN_SHARE = 0.8
SPLIT_SEED = 0  # Fixed: which digits are test images is part of the data set, not of a study's choices.


def load(path: Path | None, cache: Path, image_size: int = 32) -> Dataset:
    """Return the digits as RGB of `image_size` (bicubic), split 80/20, stratified. Nothing is downloaded.

    Raises:
        StudyError: a path is given.
    """
    if path is not None:
        raise StudyError("data.path is set, but the digits ship inside scikit-learn: set it to null")
    bunch = load_digits()
    grey = np.rint(bunch.images * (255 / 16)).astype(np.uint8)  # 17 grey levels, 0 to 16
    images = resize_all(np.repeat(grey[..., None], 3, axis=3), image_size)
    labels = bunch.target.astype(np.int64)
    chosen = stratified(labels, round(TRAIN_SHARE * len(labels)), generator(SPLIT_SEED, "digits"))
    rest = np.setdiff1d(np.arange(len(labels)), chosen)
    return Dataset(
        name="digits",
        classes=tuple(map(str, range(10))),
        train=Examples(images[chosen], labels[chosen]),
        test=Examples(images[rest], labels[rest]),
        notes=(f"grey 8x8 images made RGB and enlarged to {image_size}x{image_size} (bicubic)",),
        caveats=("1,797 small grey digits: they show that the pipeline runs, not how architectures compare",),
    )
