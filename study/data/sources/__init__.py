"""The data sources."""

from study.registry import Source

SOURCES = {
    "cifar10": Source("study.data.sources.cifar10", 50_000),
    "folder": Source("study.data.sources.folder"),
    "digits": Source("study.data.sources.digits", 1_438),
}
