"""How a variant came to be, in sentences."""

from study.report import names
from study.report.blocks import Point
from study.report.inputs import Document, Inputs, Row, method_of
from study.report.phrases import number, sentence

METHODS = {
    "magnitude": "the smallest weights of its convolutions and dense layers were removed step by step while it went on "
    "training (Zhu and Gupta, 2017); depthwise kernels stay dense",
    "magnitude_bn": "the smallest weights of its convolutions and dense layers were removed at once, and the "
    "statistics of its batch normalisation were estimated again, without training",
    "sfp": "the filters of the lowest norm were set to zero after every epoch of further training, where they could "
    "come back, then cut away and the narrower network trained on (soft filter pruning, He et al., 2018)",
    "asfp": "a growing share of the filters of the lowest norm was set to zero after every epoch of further training, "
    "then cut away and the narrower network trained on (asymptotic soft filter pruning, He et al., 2020)",
    "srfp": "the filters of the lowest norm were weakened after every epoch of further training, ever more, then cut "
    "away and the narrower network trained on (softer filter pruning, Cai et al., 2021)",
    "slimming": "the scales of its batch normalisation were shrunk in further training, the channels of the smallest "
    "were cut, and the narrower network trained on (network slimming, Liu et al., 2017)",
    "increg": "weights of the filters that stayed among the weakest decayed more and more in further training until "
    "they were gone, and the narrower network was trained on (incremental regularisation, Wang et al., 2019)",
    "automatic": "the importance of its channels was measured layer by layer, those that cost most for the accuracy "
    "they carry were cut, blocks of a residual stream each by itself with zeros in place of the others, and the "
    "narrower network trained on (after Glinserer, 2021)",
    "automatic_coupled": "the importance of its channels was measured layer by layer, those that cost most for the "
    "accuracy they carry were cut, blocks of a residual stream alike, and the narrower network trained on (after "
    "Glinserer, 2021)",
    "automatic_budget": "the importance of its channels was measured layer by layer, as many were cut as a predicted "
    "loss of accuracy allows, and the narrower network trained on (after Glinserer, 2021)",
    "asrfp": "a growing share of the filters of the lowest norm was weakened after every epoch of further training, "
    "ever more, then cut away and the narrower network trained on (asymptotic softer filter pruning, Cai et al., 2021)",
}
SCHEMES = {
    "float32": "none: float32 weights and activations",
    "float16": "float16 weights, computed in float32",
    "dynamic": "int8 weights; activations are quantized while it runs",
    "int8": "int8 weights and activations after training, float32 input and output",
    "int8_full": "int8 weights and activations after training, int8 input and output",
    "int8_tuned": "int8 weights and activations after training, with activation ranges of least error",
    "int8_selective": "int8 with ranges of least error; the layers that cost most accuracy stay in float32",
    "int8_per_tensor": "int8 with one scale for each whole kernel",
    "int16x8": "int8 weights and int16 activations after training",
    "float32_sparse": "none: float32 weights, zeros not stored",
    "int8_sparse": "int8 weights and activations after training, zeros not stored",
}
CALIBRATED = ("int8", "int16")  # how the names of schemes that need calibration images begin


def making(inputs: Inputs, row: Row) -> tuple[Point, ...]:
    """Architecture, training, compression, quantization and data of a row of `results.csv`."""
    cell = inputs.exported[row["variant"]]
    return (
        Point("Architecture", _architecture(cell)),
        Point("Training", _training(inputs, row)),
        *((Point("Compression", _compression(inputs, cell)),) if method_of(cell) != "dense" else ()),
        Point("Quantization", _quantization(inputs, cell)),
        Point("Training data", _data(inputs)),
    )


def _architecture(cell: Document) -> str:
    options = [
        f"{title} {cell[key]}"
        for key, title in (("stem_stride", "stride of the first convolution"), ("alpha", "width multiplier"))
        if key in cell
    ]
    if cell.get("sparse_ready"):
        options.append("rearranged for sparse inference")
    name = names.clean(cell.get("family") or cell["architecture"])
    return name + (f" ({', '.join(options)})" if options else "") + "."


def _training(inputs: Inputs, row: Row) -> str:
    base = inputs.exported.get(row.get("baseline") or "")
    epochs = len(inputs.history.get(base["model"] if base else "", ()))
    length = f" for {number(epochs, 'epoch')}" if epochs else ""
    return f"From random weights{length}, seed {row['seed']}; the epoch with the best validation accuracy was kept."


def _compression(inputs: Inputs, cell: Document) -> str:
    method, epochs = method_of(cell), len(inputs.history.get(cell["model"], ()))
    how = METHODS.get(method, "")
    length = f" ({number(epochs, 'epoch')})" if epochs else ""
    return f"{names.recipe({'method': method, 'amount': cell['amount']})}{': ' + how if how else ''}{length}."


def _quantization(inputs: Inputs, cell: Document) -> str:
    scheme = str(cell.get("converter") or cell["scheme"])
    text = SCHEMES.get(scheme, names.clean(scheme))
    images = cell.get("calibration_images") or (inputs.card.get("counts") or {}).get("calibration")
    if scheme.startswith(CALIBRATED) and images:
        text += f"; calibrated with {images:,} training images"
    return f"{text[:1].upper()}{text[1:]}."


def _data(inputs: Inputs) -> str:
    card = inputs.card
    counts = ", ".join(f"{count:,} {split}" for split, count in (card.get("counts") or {}).items())
    notes = " ".join(sentence(names.clean(note)) for note in card.get("notes") or [])
    said = f"{names.clean(card.get('name') or 'unnamed')}, {len(card['classes'])} classes"
    return f"{said}; images: {counts}. {notes}".strip()
