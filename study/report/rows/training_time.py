"""`training_time.csv`: what the trainings took, by architecture and stage, and all of them together."""

from collections.abc import Sequence

from study.report.inputs import Document, Inputs, Row, method_of

ALL = "all"
STAGES = {"train": "from random weights", "compress": "compression with its training"}
COLUMNS = ["arch", "stage", "models", "timed", "epochs", "images", "total_seconds", "images_per_second"]


def training_time(inputs: Inputs) -> list[Row]:
    """One row an architecture and stage, then one a stage and one for all; none where no time is known.

    `models` counts the planned ones, `timed` those whose time is known: the other columns are sums over these. `images`
    are those that were trained on, each as often as it was. `images_per_second` is their share of the epochs' time; it
    is empty where none is known.
    """
    if not inputs.timing:
        return []
    models = {str(cell["model"]): cell for cell in inputs.exported.values()}
    stages = {model: "train" if method_of(cell) == "dense" else "compress" for model, cell in models.items()}
    archs = dict.fromkeys(str(cell["architecture"]) for cell in models.values())
    own = {
        (arch, stage): [
            model for model, cell in models.items() if cell["architecture"] == arch and stages[model] == stage
        ]
        for arch in archs
        for stage in STAGES
    }
    groups = own | {(ALL, stage): [model for model in models if stages[model] == stage] for stage in STAGES}
    groups[ALL, ALL] = list(models)
    return [
        {"arch": arch, "stage": stage} | _sums(inputs, members) for (arch, stage), members in groups.items() if members
    ]


def _sums(inputs: Inputs, models: Sequence[str]) -> Row:
    timed = {model: inputs.timing[model] for model in models if model in inputs.timing}
    images = sum(_images(times) for times in timed.values())
    epochs = sum(times["seconds"] for times in timed.values())
    return {
        "models": len(models),
        "timed": len(timed),
        "epochs": sum(len(inputs.history.get(model, ())) for model in timed),
        "images": images,
        "total_seconds": epochs + sum(times.get("analysis_seconds") or 0.0 for times in timed.values()),
        "images_per_second": images / epochs if epochs else None,
    }


def _images(times: Document) -> float:
    return times["seconds"] * (times.get("images_per_second") or 0.0)
