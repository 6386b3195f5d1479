"""Mix the images of a batch in pairs, and their labels with them.

A mixed image has shares of classes in place of a label, float32 [C] that sum to one. Label smoothing then acts on them
as on a label (study/tasks/classification_loss.py), which gives the mixture of smoothed labels. Partners are the same
batch in another order, as in both papers' programs; the share is drawn for each image, there for each batch.
"""

import numpy as np

from study.arrays import Array, Floats32, Images, Ints
from study.data.augmentation.erase import rectangles


def shares_of(labels: Ints, classes: int) -> Floats32:
    """Labels [N] as shares of classes [N, classes]: all of the true one."""
    shares: Floats32 = np.eye(classes, dtype=np.float32)[labels]
    return shares


def mixup(images: Images, shares: Floats32, rng: np.random.Generator, alpha: float) -> tuple[Array, Floats32]:
    """Weigh each image and its shares with those of its partner, by a share from Beta(alpha, alpha).

    Zhang et al. (2018), "mixup: Beyond Empirical Risk Minimization", arXiv 1710.09412, equation 2.

    Args:
        images: uint8 [N, H, W, 3].
        shares: float32 [N, C].
        rng: decides partners and shares.
        alpha: above 0; the smaller, the more one of the two prevails.

    Returns:
        Images float32 [N, H, W, 3] in 0..255, not rounded, and shares [N, C].
    """
    own = rng.beta(alpha, alpha, len(images)).astype(np.float32)
    partner = rng.permutation(len(images))
    return _weighed(images, images[partner], own[:, None, None, None]), _weighed(shares, shares[partner], own[:, None])


def cutmix(images: Images, shares: Floats32, rng: np.random.Generator, alpha: float) -> tuple[Images, Floats32]:
    """Paste a rectangle of its partner into each image; its shares are those of the pixels, exactly.

    Yun et al. (2019), "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features", arXiv
    1905.04899, equations 1 and 2: the sides are sqrt(1 - own) of the image's with own from Beta(alpha, alpha), the
    centre is any pixel, and where a part lies outside, the share is counted again from what is left, as in the authors'
    program.

    Args, returns: as `mixup`; images stay uint8.
    """
    count, height, width, _ = images.shape
    scale = np.sqrt(1.0 - rng.beta(alpha, alpha, count))
    high, wide = (height * scale).astype(np.int64), (width * scale).astype(np.int64)
    tops = rng.integers(0, height, count) - high // 2
    lefts = rng.integers(0, width, count) - wide // 2
    partner = rng.permutation(count)
    inside = rectangles(tops, lefts, high, wide, height, width)
    own = (1.0 - inside.mean(axis=(1, 2))).astype(np.float32)
    return np.where(inside[..., None], images[partner], images), _weighed(shares, shares[partner], own[:, None])


def _weighed(own: Array, others: Array, share: Floats32) -> Floats32:
    weighed = np.multiply(own, share, dtype=np.float32)
    weighed += np.multiply(others, np.float32(1.0) - share, dtype=np.float32)
    return weighed
