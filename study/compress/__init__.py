"""The compression methods: name -> module with compress(model, amount, spec, trainer) -> Compressed, and its SPEC."""

METHODS = {
    "magnitude": "study.compress.magnitude",
    "magnitude_bn": "study.compress.magnitude_bn",
    "sfp": "study.compress.soft_filter.sfp",
    "asfp": "study.compress.soft_filter.asfp",
    "srfp": "study.compress.soft_filter.srfp",
    "asrfp": "study.compress.soft_filter.asrfp",
    "slimming": "study.compress.slimming.slimming",
    "increg": "study.compress.increg.increg",
    "automatic": "study.compress.automatic.automatic",
    "automatic_coupled": "study.compress.automatic.automatic_coupled",
    "automatic_budget": "study.compress.automatic.automatic_budget",
}
