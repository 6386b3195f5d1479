"""The data sources: name -> module with load(path, cache, image_size) -> Dataset."""

SOURCES = {
    "cifar10": "study.data.sources.cifar10",
    "folder": "study.data.sources.folder",
    "digits": "study.data.sources.digits",
}
