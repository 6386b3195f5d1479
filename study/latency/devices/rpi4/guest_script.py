"""Run one model on one input inside the emulated aarch64 Python, with marks around the inference to be profiled.

Self-contained, since nothing of this project is there. In the current folder it reads `model.tflite`, `input.npy` and
`request.json` (runtime: ai_edge_litert or tflite_runtime; kernels: default, builtin or reference; signature, of a file
that has several) and writes `output.npy` and `answer.json`. Two inferences come first, for what a runtime does once
(packing weights, choosing kernels); a third fills the simulated caches; the fourth is counted.
"""

import gc
import importlib
import json
import os
import platform
from functools import partial
from typing import Any

import numpy as np

MARK = 0x5CE10000
"""As in profiler.c: getpgid(MARK + step) is a system call that nothing else makes."""
FILL, START, STOP = 1, 2, 3
RESOLVERS = {"builtin": "BUILTIN_WITHOUT_DEFAULT_DELEGATES", "reference": "BUILTIN_REF"}


def main() -> None:
    """Load, warm up, run between the marks."""
    with open("request.json") as file:
        request = json.load(file)
    package = importlib.import_module(request["runtime"])
    module = importlib.import_module(request["runtime"] + ".interpreter")
    options: dict[str, Any] = {"model_path": "model.tflite", "num_threads": 1}
    if request["kernels"] != "default":
        options["experimental_op_resolver_type"] = module.OpResolverType[RESOLVERS[request["kernels"]]]
    interpreter = module.Interpreter(**options)
    interpreter.allocate_tensors()  # before any runner: tflite-runtime 2.14 would run it without XNNPACK
    model = Level(interpreter, request["signature"]) if request.get("signature") else interpreter
    (source,), (target,) = model.get_input_details(), model.get_output_details()
    model.set_tensor(source["index"], np.load("input.npy"))
    invoke = model.invoke
    invoke()
    invoke()
    gc.disable()
    mark(FILL)
    invoke()
    mark(START)
    invoke()
    mark(STOP)
    np.save("output.npy", model.get_tensor(target["index"]))
    delegated = any(operator["op_name"] == "DELEGATE" for operator in interpreter._get_ops_details())
    answer = {
        "runtime_version": getattr(package, "__version__", "unknown"),
        "numpy": np.__version__,
        "delegate": "xnnpack" if delegated else "none",
        "architecture": platform.machine(),
        "python": platform.python_version(),
    }
    with open("answer.json", "w") as file:
        json.dump(answer, file)


class Level:
    """One signature behind the interpreter's own methods: its subgraph is invoked as a runner does, without copies."""

    def __init__(self, interpreter: Any, signature: str) -> None:
        runner = interpreter.get_signature_runner(signature)
        self._wrapper, self._subgraph = runner._interpreter_wrapper, runner._subgraph_index
        self._wrapper.AllocateTensors(self._subgraph)
        self.get_input_details = lambda: list(runner.get_input_details().values())
        self.get_output_details = lambda: list(runner.get_output_details().values())
        self.invoke = partial(self._wrapper.Invoke, self._subgraph)

    def set_tensor(self, index: int, value: Any) -> None:
        """Copy an input."""
        self._wrapper.SetTensor(index, value, self._subgraph)

    def get_tensor(self, index: int) -> Any:
        """A copy of an output."""
        return self._wrapper.GetTensor(index, self._subgraph)


def mark(step: int) -> None:
    """Tell the profiler, if there is one; otherwise nothing happens."""
    try:  # noqa: SIM105  contextlib's own instructions would be counted
        os.getpgid(MARK + step)
    except OSError:  # no process has that number
        pass


if __name__ == "__main__":
    main()
