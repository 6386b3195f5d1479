"""The compression methods: name -> module with compress(model, amount, spec, trainer) -> (Model, history)."""

METHODS = {
    "magnitude": "study.compress.magnitude",
}
