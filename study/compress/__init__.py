"""The compression methods: name -> module with compress(model, amount, spec, trainer) -> (Model, history)."""

METHODS = {
    "magnitude": "study.compress.magnitude",
    "magnitude_bn": "study.compress.magnitude_bn",
    "soft_filter": "study.compress.soft_filter",
}
