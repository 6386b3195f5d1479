"""How a variant came to be, in sentences."""

from study.compress import METHODS
from study.convert import SCHEMES
from study.report import names
from study.report.blocks import Point
from study.report.inputs import Document, Inputs, Row, method_of
from study.report.phrases import number, sentence


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
    how = METHODS[method].how
    length = f" ({number(epochs, 'epoch')})" if epochs else ""
    return f"{names.recipe({'method': method, 'amount': cell['amount']})}: {how}{length}."


def _quantization(inputs: Inputs, cell: Document) -> str:
    scheme = str(cell.get("converter") or cell["scheme"])
    text = SCHEMES[scheme].how
    images = cell.get("calibration_images") or (inputs.card.get("counts") or {}).get("calibration")
    if SCHEMES[scheme].calibrated and images:
        text += f"; calibrated with {images:,} training images"
    return f"{text[:1].upper()}{text[1:]}."


def _data(inputs: Inputs) -> str:
    card = inputs.card
    counts = ", ".join(f"{count:,} {split}" for split, count in (card.get("counts") or {}).items())
    notes = " ".join(sentence(names.clean(note)) for note in card.get("notes") or [])
    said = f"{names.clean(card.get('name') or 'unnamed')}, {len(card['classes'])} classes"
    return f"{said}; images: {counts}. {notes}".strip()
