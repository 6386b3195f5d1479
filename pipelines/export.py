"""Stage `export`: one set of weights under one quantization scheme, as .tflite and .tflite.gz."""

from pathlib import Path

from pipelines import cli, modeling
from pipelines.files import write_bytes
from pipelines.stored_models import read_levels
from study.codecs import CODECS
from study.convert import SCHEMES
from study.registry import load
from study.tflite.packing import packed


def main() -> None:
    """Convert, compress losslessly, write both files."""
    parser = modeling.arguments(__doc__ or "")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--scheme", required=True, choices=sorted(SCHEMES))
    parser.add_argument("--calibration", type=Path, required=True)
    parser.add_argument("--calibration-images", type=int, default=0, help="the first so many; 0: all")
    parser.add_argument("--validation", type=Path, required=True)
    parser.add_argument("--plain", action="store_true", help="several levels as the converter wrote them, not packed")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    modeling.start_tensorflow(seed=0, threads=1)

    levels = read_levels(options, options.weights)
    calibration = modeling.calibration(options.calibration, options.calibration_images)
    validation = modeling.examples(options.validation)
    tflite = load(SCHEMES, options.scheme, "convert")(levels, calibration, validation)

    if len(levels) > 1 and not options.plain:
        tflite = packed(tflite)
    encode, _ = CODECS["gzip"]
    write_bytes(options.out, tflite)
    write_bytes(options.out.with_name(options.out.name + ".gz"), encode(tflite))


if __name__ == "__main__":
    cli.run(main)
