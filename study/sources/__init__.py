"""The data sources: name -> module with load(path, cache, image_size) -> Dataset."""

SOURCES = {
    "cifar10": "study.sources.cifar10",
    "folder": "study.sources.folder",
    "digits": "study.sources.digits",
}
