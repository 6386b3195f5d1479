"""The compression methods, and behind each that trains the control that it is counted against."""

from study.registry import Method

METHODS = {
    "magnitude": Method(
        "study.compress.magnitude",
        "unstructured",
        "pruning",
        "the smallest weights of its convolutions and dense layers were removed step by step while it went on training "
        "(Zhu and Gupta, 2017); depthwise kernels stay dense",
        control="retrained",
    ),
    "magnitude_bn": Method(
        "study.compress.magnitude_bn",
        "unstructured",
        "pruning",
        "the smallest weights of its convolutions and dense layers were removed at once, and the statistics of its "
        "batch normalisation were estimated again, without training",
    ),
    "sfp": Method(
        "study.compress.soft_filter.sfp",
        "structured",
        "structured",
        "the filters of the lowest norm were set to zero after every epoch of further training, where they could come "
        "back, then cut away and the narrower network trained on (soft filter pruning, He et al., 2018)",
        control="retrained_structured",
    ),
    "asfp": Method(
        "study.compress.soft_filter.asfp",
        "structured",
        "structured",
        "a growing share of the filters of the lowest norm was set to zero after every epoch of further training, then "
        "cut away and the narrower network trained on (asymptotic soft filter pruning, He et al., 2020)",
        control="retrained_structured",
    ),
    "srfp": Method(
        "study.compress.soft_filter.srfp",
        "structured",
        "structured",
        "the filters of the lowest norm were weakened after every epoch of further training, ever more, then cut away "
        "and the narrower network trained on (softer filter pruning, Cai et al., 2021)",
        control="retrained_structured",
    ),
    "asrfp": Method(
        "study.compress.soft_filter.asrfp",
        "structured",
        "structured",
        "a growing share of the filters of the lowest norm was weakened after every epoch of further training, ever "
        "more, then cut away and the narrower network trained on (asymptotic softer filter pruning, Cai et al., 2021)",
        control="retrained_structured",
    ),
    "slimming": Method(
        "study.compress.slimming.slimming",
        "structured",
        "structured",
        "the scales of its batch normalisation were shrunk in further training, the channels of the smallest were cut, "
        "and the narrower network trained on (network slimming, Liu et al., 2017)",
        control="retrained_structured",
    ),
    "increg": Method(
        "study.compress.increg.increg",
        "structured",
        "structured",
        "weights of the filters that stayed among the weakest decayed more and more in further training until they "
        "were gone, and the narrower network was trained on (incremental regularisation, Wang et al., 2019)",
        control="retrained_structured",
    ),
    "automatic": Method(
        "study.compress.automatic.automatic",
        "structured",
        "structured",
        "the importance of its channels was measured layer by layer, those that cost most for the accuracy they carry "
        "were cut, blocks of a residual stream each by itself with zeros in place of the others, and the narrower "
        "network trained on (after Glinserer, 2021)",
        control="retrained_finetune",
    ),
    "automatic_coupled": Method(
        "study.compress.automatic.automatic_coupled",
        "structured",
        "structured",
        "the importance of its channels was measured layer by layer, those that cost most for the accuracy they carry "
        "were cut, blocks of a residual stream alike, and the narrower network trained on (after Glinserer, 2021)",
        control="retrained_finetune",
    ),
    "automatic_budget": Method(
        "study.compress.automatic.automatic_budget",
        "structured",
        "structured",
        "the importance of its channels was measured layer by layer, as many were cut as a predicted loss of accuracy "
        "allows, and the narrower network trained on (after Glinserer, 2021)",
        unit="points",
        control="retrained_finetune",
    ),
    "incremental": Method(
        "study.compress.incremental.incremental",
        "family",
        "structured",
        "the channels of its layers were put into the order of their importance and cut into four groups, each of "
        "which reads those before it; the groups were trained one after the other, the earlier ones frozen (after Tann "
        "et al., 2016, and Xun et al., 2021)",
        control="retrained_incremental",
        levels=4,
        chain=True,
    ),
    "incremental_block": Method(
        "study.compress.incremental.incremental_block",
        "family",
        "structured",
        "the channels of its layers were put into the order of their importance and cut into four groups that read "
        "nothing of each other; the groups were trained one after the other, the earlier ones frozen (after Xun et "
        "al., 2021)",
        control="retrained_incremental",
        levels=4,
        chain=True,
    ),
    "incremental_alone": Method(
        "study.compress.incremental.incremental_alone",
        "family",
        "structured",
        "the channels of its layers were put into the order of their importance and cut into four groups, each of "
        "which reads those before it; of the first groups networks were made that share no weights, and each was "
        "trained by itself",
        control="retrained_incremental",
        levels=4,
        chain=True,
    ),
    "incremental_block_alone": Method(
        "study.compress.incremental.incremental_block_alone",
        "family",
        "structured",
        "the channels of its layers were put into the order of their importance and cut into four groups that read "
        "nothing of each other; of the first groups networks were made that share no weights, and each was trained by "
        "itself",
        control="retrained_incremental",
        levels=4,
        chain=True,
    ),
    "uniform": Method(
        "study.compress.uniform.uniform",
        "structured",
        "structured",
        "the same share of the channels of every layer was cut, those whose scaling moves the loss least (Molchanov et "
        "al., 2019), and the narrower network trained on",
        control="retrained_finetune",
    ),
    "uniform_hidden": Method(
        "study.compress.uniform.uniform_hidden",
        "structured",
        "structured",
        "the same share of the channels inside of its blocks was cut, those whose scaling moves the loss least "
        "(Molchanov et al., 2019), while residual streams stayed whole, and the narrower network trained on",
        control="retrained_finetune",
    ),
    "slimmable": Method(
        "study.compress.slimmable.slimmable",
        "family",
        "structured",
        "its channels were put into the order of their importance, and its first quarters trained together as networks "
        "of their own, the narrower ones by the widest (slimmable networks, Yu and Huang, 2019)",
        control="retrained_finetune",
        levels=4,
    ),
    "slimmable_hidden": Method(
        "study.compress.slimmable.slimmable_hidden",
        "family",
        "structured",
        "the channels inside of its blocks were put into the order of their importance, and their first quarters "
        "trained together as networks of their own with whole residual streams, the narrower ones by the widest "
        "(slimmable networks, Yu and Huang, 2019)",
        control="retrained_finetune",
        levels=4,
    ),
    "retrained": Method(
        "study.compress.retrained",
        "control",
        "pruning",
        "nothing was removed from it: it was trained on as long as magnitude pruning trains, at the same rates",
    ),
    "retrained_structured": Method(
        "study.compress.retrained_structured",
        "control",
        "structured",
        "nothing was removed from it: it was trained on as long as the methods that choose channels in training take, "
        "at the same rates",
    ),
    "retrained_finetune": Method(
        "study.compress.retrained_finetune",
        "control",
        "structured",
        "nothing was removed from it: it was trained on as long as networks are whose channels were cut, at the same "
        "rates",
    ),
    "retrained_incremental": Method(
        "study.compress.incremental.retrained_incremental",
        "control",
        "structured",
        "nothing was removed from it: it was trained on through as many steps as networks are whose groups of channels "
        "were trained one after the other, at the same rates",
        chain=True,
    ),
}
