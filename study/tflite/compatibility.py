"""Which operators of a model a runtime does not know: found before the runtime is started, named one by one.

A runtime registers each builtin operator with the highest version it executes, and refuses a file that asks for more.
tflite-runtime ended with 2.14.0, so its table is final: `tensorflow/lite/core/kernels/register.cc` at v2.14.0 (commit
4dacf3f368e), compared entry by entry with the wheel by test_compatibility.py. ai-edge-litert goes on, and knows every
operator that the pinned converter writes; what it refuses it names itself.

ai-edge-quantizer 0.10 leaves operators of float activations at the version that they had with float weights. Two such
files tflite-runtime 2.14 takes and computes wrongly, without a word (as tried): it answers NaN where a convolution has
int4 weights, and zeros where a dense layer has int8 weights with a scale each. They are told by what they hold.
"""

from collections.abc import Iterator

from study.tflite.facts import Summary

_BY_VERSION = {
    10: "FULLY_CONNECTED",
    8: "STRIDED_SLICE",
    7: "CONV_2D DEPTHWISE_CONV_2D MUL",
    6: "GATHER SLICE TRANSPOSE",
    5: "ABS ADD CAST DEQUANTIZE SUB",
    4: "BATCH_MATMUL BATCH_TO_SPACE_ND CONCATENATION EQUAL FILL GATHER_ND LSTM MAXIMUM MINIMUM PACK PAD "
    "PADV2 RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR SELECT SPACE_TO_BATCH_ND SPLIT SVDF TRANSPOSE_CONV "
    "UNIDIRECTIONAL_SEQUENCE_LSTM UNPACK",
    3: "ARG_MAX ARG_MIN AVERAGE_POOL_2D BIDIRECTIONAL_SEQUENCE_LSTM BIDIRECTIONAL_SEQUENCE_RNN BROADCAST_TO "
    "EMBEDDING_LOOKUP FLOOR_DIV GREATER_EQUAL LESS LOGISTIC MAX_POOL_2D MEAN MIRROR_PAD NOT_EQUAL "
    "QUANTIZE REDUCE_MAX REDUCE_MIN RELU RELU6 REVERSE_V2 RNN SOFTMAX SPARSE_TO_DENSE TANH TILE TOPK_V2 "
    "UNIDIRECTIONAL_SEQUENCE_RNN",
    2: "DEPTH_TO_SPACE DIV EXP FAKE_QUANT FLOOR_MOD GELU GREATER L2_NORMALIZATION LEAKY_RELU LESS_EQUAL "
    "LOG_SOFTMAX RANGE REDUCE_PROD RSQRT SELECT_V2 SIGN SPACE_TO_DEPTH SPLIT_V SQUARED_DIFFERENCE SQUEEZE "
    "SUM WHERE",
    1: "ADD_N ASSIGN_VARIABLE ATAN2 BITCAST BITWISE_XOR BROADCAST_ARGS BUCKETIZE CALL_ONCE CEIL COMPLEX_ABS "
    "CONV_3D CONV_3D_TRANSPOSE COS CUMSUM DENSIFY DYNAMIC_UPDATE_SLICE ELU EMBEDDING_LOOKUP_SPARSE "
    "EXPAND_DIMS FLOOR HARD_SWISH HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_LOOKUP "
    "HASHTABLE_SIZE IF IMAG L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOG LOGICAL_AND LOGICAL_NOT "
    "LOGICAL_OR LSH_PROJECTION MATRIX_DIAG MATRIX_SET_DIAG MULTINOMIAL NEG NON_MAX_SUPPRESSION_V4 "
    "NON_MAX_SUPPRESSION_V5 ONE_HOT POW PRELU RANDOM_STANDARD_NORMAL RANDOM_UNIFORM RANK READ_VARIABLE "
    "REAL REDUCE_ALL REDUCE_ANY RELU_0_TO_1 RELU_N1_TO_1 RESHAPE REVERSE_SEQUENCE RFFT2D RIGHT_SHIFT "
    "ROUND SCATTER_ND SEGMENT_SUM SHAPE SIN SKIP_GRAM SQRT SQUARE UNIQUE UNSORTED_SEGMENT_MAX "
    "UNSORTED_SEGMENT_MIN UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_SUM VAR_HANDLE WHILE ZEROS_LIKE",
}

TFLITE_RUNTIME_2_14 = {name: version for version, names in _BY_VERSION.items() for name in names.split()}
"""Builtin operator -> highest version that tflite-runtime 2.14.0 executes."""

CUSTOM_2_14 = ("NumericVerify", "Mfcc", "AudioSpectrogram", "TFLite_Detection_PostProcess", "HadamardRotation")
"""Custom operators that come with the runtime (same file)."""


INT4 = {"CONV_2D": 7, "DEPTHWISE_CONV_2D": 7}
"""Operator -> the version in which tflite-runtime 2.14 computes with int4 weights: of int8 activations."""

DENSE_INT8 = 4
"""The same of FULLY_CONNECTED and int8 weights with a scale each; of float activations it is version 12."""


def unsupported(summary: Summary, runtime: str) -> list[str]:
    """Operators of a file that `runtime` cannot execute, each as `NAME version V (RUNTIME executes up to W)` or with
    the weights that it has no kernel for.

    Args:
        summary: of the file, from `study.tflite.facts.read`.
        runtime: import name of the interpreter package; only `tflite_runtime` has a table.
    """
    if runtime != "tflite_runtime":
        return []
    found = list(_weights_without_kernel(summary))
    for name, version in sorted(summary.ops.items()):
        if name.removeprefix("CUSTOM:") in CUSTOM_2_14:
            continue
        known = TFLITE_RUNTIME_2_14.get(name)
        if known is None:
            found.append(f"{name} (unknown to tflite_runtime 2.14)")
        elif version > known:
            found.append(f"{name} version {version} (tflite_runtime 2.14 executes up to {known})")
    return found


def _weights_without_kernel(summary: Summary) -> Iterator[str]:
    """Layers whose weights the version asked for does not tell of."""
    kernels = [weight for weight in summary.weights if weight.kernel]
    for op, version in INT4.items():
        if summary.ops.get(op, version) < version and any((one.op, one.dtype) == (op, "int4") for one in kernels):
            yield f"{op} with int4 weights (tflite_runtime 2.14 has no such kernel)"
    dense = [one for one in kernels if (one.op, one.dtype) == ("FULLY_CONNECTED", "int8") and one.scales > 1]
    if dense and summary.ops["FULLY_CONNECTED"] < DENSE_INT8 and "DEQUANTIZE" not in summary.ops:
        yield "FULLY_CONNECTED with int8 weights of several scales (tflite_runtime 2.14 has no such kernel)"
