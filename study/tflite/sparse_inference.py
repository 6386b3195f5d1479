"""Whether XNNPACK would run a model in its sparse inference mode: the one mode in which pruned weights save time.

The delegate asks for it when a file has weights in sparse encoding (`has_sparse_weights` in TensorFlow Lite's
`xnnpack_delegate.cc`); then `xnn_check_nchw_compatibility` and `xnn_subgraph_rewrite_for_nchw` in XNNPACK's
`src/subgraph.c` look for a cluster of operators that starts with a 3x3 stride-2 convolution of 3 channels padded by 1,
ends with a mean over the image, holds only operators with channel-major (NCHW) kernels, lets nothing else read its
values, and has more than two thirds zeros in its 1x1 convolutions. Padding must be explicit and symmetric: TensorFlow's
SAME is turned into that for stride 1 alone. Method: Elsen et al., "Fast Sparse ConvNets" (2020).

One rule is observed, not read: where a 1x1 convolution reads that mean, ai-edge-litert 2.3 rewrites the model and then
fails to load it ("failed to reshape runtime").

Stated for float32. XNNPACK takes float16 arithmetic too, where the processor has it.
"""

from collections import defaultdict
from collections.abc import Iterable

from study.tflite.operators import UNPACKING, Operator
from study.tflite.parse import Graph
from study.tflite.tensors import Tensor
from study.tflite.untrusted import untrusted

ELEMENTWISE = {
    "ABS",
    "CEIL",
    "ELU",
    "FLOOR",
    "HARD_SWISH",
    "LEAKY_RELU",
    "LOGISTIC",
    "NEG",
    "RELU",
    "RELU6",
    "RELU_0_TO_1",
    "RELU_N1_TO_1",
    "ROUND",
    "SQUARE",
}
"""Operators on one image that XNNPACK computes in any layout."""

TRANSPARENT = ("PAD", "QUANTIZE")
"""What may stand in front of the stem or of another convolution without being one of the cluster's operators."""


def failed_rules(graph: Graph) -> list[str]:
    """Rules of sparse inference that a model fails, each as a phrase for people; none, and the model is eligible.

    Eligible is not yet faster: that is measured.

    Raises:
        StudyError: the tables contradict one another.
    """
    with untrusted():
        model = _Model(graph)
        closing = [operator for operator in graph.operators if model.averages(operator)]
        cluster, stem = model.cluster(closing[-1]) if closing else (list(graph.operators), None)
        return [
            *_weights(model, cluster),
            *_stem(model, stem if closing else model.first_convolution()),
            *_cluster(model, cluster, stem, closing),
        ]


class _Model:
    """A graph with its links: who computes a tensor, who reads it, seen through unpacking of constants."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.producer = {index: operator for operator in graph.operators for index in operator.outputs}
        self.readers: defaultdict[int, list[Operator]] = defaultdict(list)
        for operator in graph.operators:
            for index in set(operator.inputs):
                self.readers[index].append(operator)

    def constant(self, index: int) -> Tensor | None:
        """The stored tensor behind an input, None for an activation or an input left out."""
        for _ in UNPACKING:
            source = self.producer.get(index)
            if source and source.name in UNPACKING and source.inputs:
                index = source.inputs[0]
        tensor = self.graph.tensors[index] if index >= 0 else None
        return tensor if tensor and tensor.stored is not None else None

    def activations(self, operator: Operator) -> list[int]:
        """Inputs that are computed or given, not stored."""
        return [index for index in operator.inputs if index >= 0 and self.constant(index) is None]

    def shape(self, operator: Operator, position: int) -> tuple[int, ...]:
        """Shape of one input, () if there is none."""
        index = operator.inputs[position] if position < len(operator.inputs) else -1
        return self.graph.tensors[index].shape if index >= 0 else ()

    def averages(self, operator: Operator) -> bool:
        """Whether it is a mean over height and width."""
        axes = self.constant(operator.inputs[1]) if operator.name == "MEAN" and len(operator.inputs) > 1 else None
        return (
            axes is not None
            and sorted(int(axis) % 4 for axis in axes.values) == [1, 2]
            and len(self.shape(operator, 0)) == 4
        )

    def padding(self, operator: Operator) -> tuple[int, ...] | None:
        """Zeros above, below, left and right of the image: those of a PAD that is read by this operator alone."""
        source = self.producer.get(operator.inputs[0]) if operator.inputs else None
        if source is None or source.name != "PAD" or len(source.inputs) < 2:
            return (0, 0, 0, 0)
        amounts = self.constant(source.inputs[1])
        if amounts is None or len(self.readers[operator.inputs[0]]) > 1 or len(amounts.values) != 8:
            return None
        around = tuple(int(amount) for amount in amounts.values)
        return around[2:6] if not any(around[:2] + around[6:]) else None

    def first_convolution(self) -> Operator | None:
        """The first CONV_2D of the file."""
        return next((operator for operator in self.graph.operators if operator.name == "CONV_2D"), None)

    def cluster(self, closing: Operator) -> tuple[list[Operator], Operator | None]:
        """All operators that a closing one depends on, in the file's order, and the stem; PAD belongs to its reader."""
        found: dict[int, Operator] = {}
        stem = None
        left = [closing]
        while left:
            operator = left.pop()
            if id(operator) in found:
                continue
            found[id(operator)] = operator
            for index in self.activations(operator):
                source = self.producer.get(index)
                for _ in TRANSPARENT:
                    if source is not None and source.name in TRANSPARENT and source.inputs:
                        source = self.producer.get(source.inputs[0])
                if source is not None:
                    left.append(source)
                elif operator.name == "CONV_2D":
                    stem = operator
        return [operator for operator in self.graph.operators if id(operator) in found], stem

    def pointwise(self, operators: Iterable[Operator]) -> list[Tensor]:
        """Kernels of the 1x1 convolutions."""
        kernels = [
            self.constant(operator.inputs[1])
            for operator in operators
            if operator.name == "CONV_2D" and self.shape(operator, 1)[1:3] == (1, 1)
        ]
        return [kernel for kernel in kernels if kernel is not None]


def _weights(model: _Model, cluster: list[Operator]) -> Iterable[str]:
    kernels = [
        kernel
        for operator in cluster
        if operator.name in ("CONV_2D", "DEPTHWISE_CONV_2D")
        and len(operator.inputs) > 1
        and (kernel := model.constant(operator.inputs[1])) is not None
    ]
    others = sorted({kernel.dtype.lower() for kernel in kernels} - {"float32"})
    if others:
        yield f"weights are {' and '.join(others)}, float32 is needed"
    if not any(tensor.sparse for tensor in model.graph.tensors):
        yield "no weights are stored in sparse encoding"
    pointwise = model.pointwise(cluster)
    elements = sum(kernel.elements for kernel in pointwise)
    zeros = elements - sum(_nonzero(kernel) for kernel in pointwise)
    if not elements:
        yield "there are no 1x1 convolutions"
    elif zeros * 3 <= elements * 2:
        yield f"1x1 kernels hold {100 * zeros / elements:.0f} % zeros, more than 67 % are needed"


def _nonzero(kernel: Tensor) -> int:
    # A zero of a quantized kernel is its zero point; TFLite fixes that of int8 weights at 0.
    point = int(kernel.zero_points[0]) if len(kernel.zero_points) == 1 else 0
    return int((kernel.values != point).sum())


def _stem(model: _Model, stem: Operator | None) -> Iterable[str]:
    window = stem.window if stem else None
    if not (
        stem
        and window
        and model.shape(stem, 1)[1:] == (3, 3, 3)
        and window.stride == (2, 2)
        and window.dilation == (1, 1)
        and not window.same
        and model.padding(stem) == (1, 1, 1, 1)
    ):
        yield "stem is not a 3x3 stride-2 convolution of 3 channels with padding 1 on each side"


def _cluster(model: _Model, cluster: list[Operator], stem: Operator | None, closing: list[Operator]) -> Iterable[str]:
    if not closing:
        yield "no MEAN over height and width closes the network"
        return
    if not closing[-1].keeps_dims:
        yield "the closing MEAN drops height and width, it must keep them with size 1"
    if any(reader.name == "CONV_2D" for index in closing[-1].outputs for reader in model.readers[index]):
        yield "a convolution reads the closing MEAN, XNNPACK refuses such a file in this mode (a dense layer may)"
    wrong: defaultdict[str, int] = defaultdict(int)
    for operator in cluster:
        if operator not in (stem, closing[-1]) and not _channel_major(model, operator):
            wrong[_described(model, operator)] += 1
    for what, count in wrong.items():
        yield f"no channel-major kernel for {what}" + (f" ({count} times)" if count > 1 else "")
    inside = {id(operator) for operator in cluster}
    inside |= {
        id(reader)
        for operator in cluster
        for index in operator.outputs
        for reader in model.readers[index]
        if reader.name in TRANSPARENT
        and all(id(after) in inside for out in reader.outputs for after in model.readers[out])
    }
    leaving = [
        operator
        for operator in cluster
        if operator is not closing[-1]
        for index in operator.outputs
        if index in model.graph.outputs or any(id(reader) not in inside for reader in model.readers[index])
    ]
    if leaving:
        yield f"the output of {leaving[0].name} is also needed outside the part that ends with the MEAN"


def _channel_major(model: _Model, operator: Operator) -> bool:
    """Whether XNNPACK has a kernel for NCHW images; of a padded one, with its padding."""
    window, kernel = operator.window, model.shape(operator, 1)
    padding = model.padding(operator)
    if operator.name in ELEMENTWISE:
        return len(model.shape(operator, 0)) == 4 and padding == (0, 0, 0, 0)
    if operator.name in ("ADD", "MUL"):
        images = [model.shape(operator, 0), model.shape(operator, 1)]
        stored = any(model.constant(index) is not None for index in operator.inputs)
        vector = sum(size != 1 for size in images[0]) <= 1  # XNNPACK asks this of the first operand in either case
        return all(len(image) == 4 for image in images) and (vector or not stored) and padding == (0, 0, 0, 0)
    if operator.name == "MEAN":
        return model.averages(operator) and operator.keeps_dims and padding == (0, 0, 0, 0)
    if window is None or len(kernel) != 4 or window.dilation != (1, 1):
        return False
    if operator.name == "CONV_2D":
        return (
            kernel[1:3] == (1, 1)
            and kernel[3] == model.shape(operator, 0)[-1]
            and window.stride == (1, 1)
            and padding == (0, 0, 0, 0)
        )
    if operator.name != "DEPTHWISE_CONV_2D" or kernel[1:3] not in ((3, 3), (5, 5)):
        return False
    if window.stride not in ((1, 1), (2, 2)) or kernel[3] != model.shape(operator, 0)[-1]:
        return False
    explicit = not window.same and padding == (kernel[1] // 2,) * 4
    return explicit or (window.same and window.stride == (1, 1) and padding == (0, 0, 0, 0))


def _described(model: _Model, operator: Operator) -> str:
    if operator.window is None:
        return operator.name
    height, width = (*model.shape(operator, 1)[1:3], 0, 0)[:2]
    padding = model.padding(operator)
    padded = (
        "SAME" if operator.window.same else "padding " + ("unknown" if padding is None else "/".join(map(str, padding)))
    )
    return f"{operator.name} {height}x{width} stride {operator.window.stride[0]} {padded}"
