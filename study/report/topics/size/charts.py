"""Top-1 and the worst class against what is transferred, of all architectures, and of each."""

from collections.abc import Mapping
from dataclasses import replace

from study.report import names
from study.report.drawing.chart import Chart, Panel, labels
from study.report.drawing.pareto import Axes, panel, points
from study.report.shipping import FLASH_BYTES, size_column, size_words
from study.report.shown import column as column_of
from study.report.tables import Record, Tables, known, records
from study.report.treatments import one_a_file

ALL_OF_THEM, EACH = "pareto_size", "pareto_size_by_architecture"
GAINS = {"top1": "Top-1 [%]", "worst_class_accuracy": "Accuracy of the worst class [%]"}
TITLES = {"top1": "Size and top-1", "worst_class_accuracy": "Size and the worst class"}
SAID = "variant top1 worst_class_accuracy delta_pp".split()


def charts(tables: Tables) -> Mapping[str, Chart]:
    """A panel an accuracy; still, the same of each architecture too, whose list the page has."""
    results = tables["results"]
    size, archs, schemes = size_column(results), labels(results, "arch"), labels(results, "quantization")
    results = results.assign(
        group=results["arch"].map(archs),
        hue=results["arch"].map(archs),
        shape=results["quantization"].map(schemes),
        recipe=[names.recipe(row) for row in records(results)],
    )
    words = size_words(size)
    panels: list[Panel] = []
    whole: list[Panel] = []
    single: dict[tuple[str, str], Panel] = {}
    rows: dict[str, list[Record]] = {}
    for gain, title in TITLES.items():
        usable, name = one_a_file(known(results, size, gain)), f"size-{gain}"
        if usable.empty:
            continue
        rows[name] = points(usable, size, 1e-6, gain, [*SAID, size, FLASH_BYTES])
        axes = Axes(
            f"{words[:1].upper()}{words[1:]} [MB], logarithmic",
            GAINS[gain],
            list(archs.values()),
            list(schemes.values()),
            "Architecture",
            names.distinct(usable, "group"),
            "all",
            said=tuple(column_of(key).title for key in (*SAID, size, FLASH_BYTES)),
        )
        panels.append(panel(name, title, name, axes, description=f"{title}: each point is a variant"))
        whole.append(panel(name, title, name, axes, ""))
        recipes = replace(axes, hues=names.distinct(results, "recipe"), hue=("recipe", "Recipe"))
        single |= {(arch, gain): panel(f"{name}-{arch}", arch, name, recipes, arch) for arch in axes.options}
    still = [single[key] for arch in archs.values() for key in single if key[0] == arch]
    found = {ALL_OF_THEM: Chart(tuple(panels), rows, tuple(whole))} if panels else {}
    return found | ({EACH: Chart((), rows, tuple(still))} if len(archs) > 1 and still else {})
